"""Slices that a window can move: another slice is drawn in the place of the first.

A subplot of a slice keeps the functions that draw it.  Only a window with sliders needs this; a
figure in a file does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from .style import common_settings

if TYPE_CHECKING:
    from .planes import Plane

__all__ = [
    "MovableSlice",
    "draw_movable",
    "keep_legend",
    "movable_slices",
    "move_slice",
    "slice_of",
]

#: Attributes of subplots and of panels.  A table beside them would keep closed figures in memory.
_SLICE, _LEGEND = "_monodir_slice", "_monodir_legend"


class MovableSlice:
    """A slice in a subplot.

    Attributes
    ----------
    plot : Axes
    plane : Plane
        The slice that is drawn.
    window : slice
        Voxels that are shown along both sides.
    sampling : float
        Voxel size, Å.
    middle : int
        The voxel whose centre has the coordinate zero.
    """

    def __init__(
        self, plot: Axes, plane: Plane, window: slice, sampling: float, middle: int
    ) -> None:
        self.plot, self.plane = plot, plane
        self.window, self.sampling, self.middle = window, sampling, middle
        self._parts: List[Callable[[Plane], None]] = []

    def draw(self, part: Callable[[Plane], None]) -> None:
        """Draw a part of the slice, and draw it anew whenever the slice moves.

        Collections that the part added are removed before.
        """
        added: List[Artist] = []

        def draw_anew(plane: Plane) -> None:
            while added:
                added.pop().remove()
            before = list(self.plot.collections)
            part(plane)
            added.extend(one for one in self.plot.collections if one not in before)

        self._parts.append(draw_anew)
        draw_anew(self.plane)

    def move(self, plane: Plane) -> None:
        """Draw another slice, perpendicular to the same axis."""
        self.plane = plane
        for part in self._parts:
            part(plane)

    def voxel_at(self, horizontal: float, vertical: float) -> Tuple[int, int, int]:
        """Return the voxel ``x, y, z``, counted from 0, at coordinates of the subplot in Å."""
        found = {self.plane.axis: self.plane.number}
        for side, place in zip(self.plane.sides, (horizontal, vertical)):
            found[side] = round(place / self.sampling) + self.middle
        return found["x"], found["y"], found["z"]


def movable_slices(panel: FigureBase) -> List[MovableSlice]:
    """Return the slices of a figure or of a panel, in the order of its subplots."""
    plots: Any = panel.axes
    found = (slice_of(plot) for plot in plots)
    return [one for one in found if one is not None]


def slice_of(plot: Optional[Axes]) -> Optional[MovableSlice]:
    """Return the slice in a subplot; ``None`` if there is none."""
    shown: Optional[MovableSlice] = getattr(plot, _SLICE, None)
    return shown


def draw_movable(shown: MovableSlice, part: Callable[[Plane], None]) -> None:
    """Draw the first part of a slice, and keep the slice with its subplot."""
    setattr(shown.plot, _SLICE, shown)
    shown.draw(part)


def keep_legend(panel: FigureBase, draw: Callable[[List[Plane]], None]) -> None:
    """Draw the legend of the slices of a panel, and draw it anew whenever one of them moves."""
    setattr(panel, _LEGEND, draw)
    draw([shown.plane for shown in movable_slices(panel)])


def move_slice(figure: FigureBase, shown: MovableSlice, plane: Plane) -> None:
    """Draw another slice in a subplot, and the legends of the figure anew."""
    with common_settings():
        shown.move(plane)
        for panel in _panels(figure):
            draw: Optional[Callable[[List[Plane]], None]] = getattr(panel, _LEGEND, None)
            if draw is not None:
                for legend in list(panel.legends):
                    legend.remove()
                draw([one.plane for one in movable_slices(panel)])


def _panels(figure: FigureBase) -> List[FigureBase]:
    """A figure and all panels in it."""
    return [figure, *(inner for panel in figure.subfigs for inner in _panels(panel))]
