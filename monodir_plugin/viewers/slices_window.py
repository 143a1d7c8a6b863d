"""A window of slices: sliders move them, and a click on a voxel shows its resolution by axis."""

from __future__ import annotations

import tkinter as tk
from typing import Any, Callable, Dict, List, Optional, Tuple

from matplotlib.backend_bases import MouseEvent
from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure
from matplotlib.widgets import Slider

from ..errors import InputError
from ..figures.drawing.movable import MovableSlice, movable_slices, move_slice, slice_of
from ..figures.drawing.planes import Plane
from .windows import FigureView

__all__ = ["SlicesView", "Voxel"]

Voxel = Tuple[int, int, int]

#: Height of the strip with the sliders, inches, and its parts: left end and width of a slider.
_STRIP, _LEFT, _WIDTH = 0.32, 0.38, 0.42
_HINT = "Slide to move the slices. Click on a voxel for its resolution along every axis."


class SlicesView(FigureView):
    """A window with a figure of slices, a slider for each axis, and clicks on voxels.

    The sliders are beside the figure, so that saved figures do not contain them.

    Parameters
    ----------
    figure, title, stem
        As for :class:`FigureView`.
    show_voxel : callable
        ``show_voxel(x, y, z) -> FigureView`` for a voxel of the mask; it raises an ``InputError``
        for others.
    """

    def __init__(
        self,
        figure: Figure,
        title: str,
        stem: str,
        show_voxel: Callable[[Voxel], FigureView],
    ) -> None:
        super().__init__(figure, title, stem)
        self._show_voxel = show_voxel
        self.voxel_window: Optional[tk.Toplevel] = None
        self.sliders: Dict[str, Slider] = {}

    def addControls(self, window: tk.Toplevel, dpi: float) -> None:
        """Add the sliders and the hint below the figure."""
        by_axis: Dict[str, List[MovableSlice]] = {}
        for shown in movable_slices(self._figure):
            by_axis.setdefault(shown.plane.axis, []).append(shown)
        if not by_axis:
            return
        width = self._figure.get_size_inches()[0]
        strip = Figure(figsize=(width, _STRIP), dpi=dpi, facecolor="0.94")
        canvas = FigureCanvasTkAgg(strip, master=window)
        share = 1 / len(by_axis)
        for number, (axis, slices) in enumerate(by_axis.items()):
            place = (share * (number + _LEFT), 0.25, share * _WIDTH, 0.5)
            self.sliders[axis] = self._slider(strip, place, axis, slices)
        canvas.mpl_connect("button_release_event", lambda event: self._lay_out())
        canvas.get_tk_widget().pack(side=tk.BOTTOM, fill=tk.X)
        tk.Label(window, text=_HINT, anchor=tk.W).pack(side=tk.BOTTOM, fill=tk.X, padx=6)
        self.canvas.mpl_connect("button_press_event", self._clicked)

    def _slider(
        self,
        strip: Figure,
        place: Tuple[float, float, float, float],
        axis: str,
        slices: List[MovableSlice],
    ) -> Slider:
        """Return a slider that moves all slices across an axis by the same number of voxels."""
        numbers = sorted({shown.plane.number for shown in slices})
        window, extent = slices[0].window, numbers[-1] - numbers[0]
        several = len(numbers) > 1
        slider = Slider(
            strip.add_axes(place),
            f"First slice across {axis}" if several else f"Slice across {axis}",
            min(window.start, numbers[0]),
            max(window.stop - 1 - extent, numbers[0]),
            valinit=numbers[0],
            valstep=1,
            valfmt="%d",
            initcolor="none",
        )
        for text in (slider.label, slider.valtext):
            text.set_fontsize(7)
        offsets = [shown.plane.number - numbers[0] for shown in slices]

        def move(first: float) -> None:
            # Laying out takes most of the time of drawing; it waits for the end of the movement.
            self._figure.set_layout_engine("none")
            for shown, offset in zip(slices, offsets):
                move_slice(self._figure, shown, Plane(axis, round(first) + offset))
            self.canvas.draw_idle()

        slider.on_changed(move)
        return slider

    def _lay_out(self) -> None:
        self._figure.set_layout_engine("constrained")
        self.canvas.draw_idle()

    def _clicked(self, event: Any) -> None:
        """Show the voxel at the mouse, unless the toolbar zooms or pans."""
        shown = slice_of(event.inaxes) if isinstance(event, MouseEvent) else None
        if shown is None or self.toolbar.mode or event.button != 1:
            return
        try:
            view = self._show_voxel(shown.voxel_at(event.xdata, event.ydata))
        except InputError as error:
            self.toolbar.set_message(str(error).partition(";")[0])
            return
        before, position = self.voxel_window, None
        if before is not None and before.winfo_exists():
            position = f"+{before.winfo_x()}+{before.winfo_y()}"
            before.destroy()
        view.show()
        self.voxel_window = view.window
        if position is not None:
            view.window.geometry(position)
