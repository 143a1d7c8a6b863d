"""Views that do not block the windows of Scipion: a figure with a toolbar, and a program."""

from __future__ import annotations

import os
import subprocess
import tempfile
import tkinter as tk
from typing import Any, Callable, Optional, Sequence

import matplotlib
from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg, NavigationToolbar2Tk
from matplotlib.figure import Figure
from pyworkflow.viewer import View

from ..figures.drawing.style import common_settings

__all__ = ["FigureView", "ProgramView"]

#: Matplotlib settings of saved files, beside those of all figures: 300 dpi.
_EXPORT = {"savefig.dpi": 300}
#: Pixels per inch for every pixel of the screen's height, which makes a figure across two columns
#: two thirds as wide as a screen of 16 by 10 with 1000 lines.
_DPI_OF_SCREEN = 0.145
#: Least width of a figure, in heights of the screen, if it is not too tall then.
_NARROWEST = 0.62
#: Largest shares of the screen that a figure fills; toolbar, sliders and title bar need the rest.
_WIDEST, _TALLEST = 0.85, 0.78
#: A figure that fits on the screen only with fewer pixels per inch, for every pixel of the screen's
#: height, has scroll bars, and then this many.
_TOO_SMALL, _SCROLLED_DPI = 0.09, 0.115
#: Pixels on both sides of a text that is as wide as the window.
_MARGIN = 6
#: Interval at which a running program is checked, milliseconds.
_CHECK_INTERVAL = 500
#: Characters in the line of a program that runs, and bytes at the end of its output that are read.
_LINE, _TAIL = 60, 400


class FigureView(View):
    """A window with a Matplotlib figure and a toolbar that saves it as PNG, SVG or PDF.

    A figure that would be illegible if all of it fitted on the screen has scroll bars.

    Parameters
    ----------
    figure : Figure
    title : str
        Title of the window.
    stem : str
        Proposed file name, without suffix.
    """

    def __init__(self, figure: Figure, title: str, stem: str) -> None:
        self._figure, self._title, self._stem = figure, title, stem

    def getFigure(self) -> Figure:
        """Return the figure."""
        return self._figure

    def getTitle(self) -> str:
        """Return the title of the window."""
        return self._title

    def savefig(self, *args: Any, **kwargs: Any) -> None:
        """Save the figure with the settings of the toolbar."""
        with common_settings(), matplotlib.rc_context(_EXPORT):
            self._figure.savefig(*args, **kwargs)

    def show(self) -> None:
        """Open the window and return immediately."""
        # A child of the main window: it stays open when the form is closed.
        self.window = window = tk.Toplevel()
        window.title(self._title)
        dpi = _fitting_dpi(self._figure, window)
        down = window.winfo_screenheight()
        area = tk.Canvas(window, highlightthickness=0) if dpi < _TOO_SMALL * down else None
        self._figure.set_dpi(dpi if area is None else _SCROLLED_DPI * down)
        self.canvas = _Canvas(self._figure, master=window if area is None else area)
        self.canvas.stem = self._stem
        self.toolbar = _Toolbar(self.canvas, window)
        self.addControls(window, dpi)
        shown = self.canvas.get_tk_widget()
        if area is None:
            shown.pack(fill=tk.BOTH, expand=True)
        else:
            _scroll(window, area, shown)
        self.canvas.draw_idle()

    def addControls(self, window: tk.Toplevel, dpi: float) -> None:
        """Add widgets below the figure, with text of the size of the figure's; here: none."""


class _Canvas(FigureCanvasTkAgg):
    stem = "figure"

    def get_default_filename(self) -> str:
        return f"{self.stem}.{self.get_default_filetype()}"


class _Toolbar(NavigationToolbar2Tk):
    def save_figure(self, *args: Any) -> Any:
        with common_settings(), matplotlib.rc_context(_EXPORT):
            return super().save_figure(*args)


def _fitting_dpi(figure: Figure, window: tk.Misc) -> float:
    """Pixels per inch at which text is legible and the window fits on the screen."""
    width, height = figure.get_size_inches()
    across, down = window.winfo_screenwidth(), window.winfo_screenheight()
    legible = max(_DPI_OF_SCREEN * down, _NARROWEST * down / width)
    return min(legible, _WIDEST * across / width, _TALLEST * down / height)


def _scroll(window: tk.Toplevel, area: tk.Canvas, shown: tk.Widget) -> None:
    """Put a figure into an area with scroll bars; it grows with the window, but never shrinks.

    The wheel of the mouse moves it, too.
    """
    width, height = shown.winfo_reqwidth(), shown.winfo_reqheight()
    widest = int(_WIDEST * area.winfo_screenwidth())
    tallest = int(_TALLEST * area.winfo_screenheight())
    item = area.create_window(0, 0, window=shown, anchor=tk.NW)
    area.configure(width=min(width, widest), height=min(height, tallest))
    if height > tallest:
        bar = tk.Scrollbar(window, orient=tk.VERTICAL, command=area.yview)
        area.configure(yscrollcommand=bar.set)
        bar.pack(side=tk.RIGHT, fill=tk.Y)
    if width > widest:
        bar = tk.Scrollbar(window, orient=tk.HORIZONTAL, command=area.xview)
        area.configure(xscrollcommand=bar.set)
        bar.pack(side=tk.BOTTOM, fill=tk.X)
    window.bind("<Button-4>", lambda event: area.yview_scroll(-2, tk.UNITS))
    window.bind("<Button-5>", lambda event: area.yview_scroll(2, tk.UNITS))

    def fill(event: Any) -> None:
        across, down = max(width, event.width), max(height, event.height)
        area.itemconfigure(item, width=across, height=down)
        area.configure(scrollregion=(0, 0, across, down))

    area.bind("<Configure>", fill)
    area.pack(side=tk.LEFT, fill=tk.BOTH, expand=True)


class ProgramView(View):
    """A program that runs in its own process.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    on_failure : callable
        Called with the output of the program if it fails.
    widget : tkinter widget, optional
        Widget of a window that stays open; its event loop checks the program.
    on_success : callable, optional
        Called without arguments if the program ends with status 0.
    title : str
        Title of a small window that shows, while the program runs, the last line that it printed;
        empty: there is none.
    """

    def __init__(
        self,
        command: Sequence[str],
        on_failure: Callable[[str], None],
        widget: Optional[tk.Misc] = None,
        on_success: Callable[[], None] = lambda: None,
        title: str = "",
    ) -> None:
        self._command, self._widget, self._title = list(command), widget, title
        self._on_failure, self._on_success = on_failure, on_success
        self._process: Optional[subprocess.Popen[Any]] = None

    def getCommand(self) -> Sequence[str]:
        """Return the program and its arguments."""
        return self._command

    def isRunning(self) -> bool:
        """Return whether the program was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def show(self) -> None:
        """Start the program and return immediately."""
        output = tempfile.TemporaryFile("w+")  # noqa: SIM115 (open while the program runs)
        process = self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        shown = isinstance(self._widget, tk.Misc) and bool(self._title)
        progress = _Progress(self._title) if shown else None

        def check() -> None:
            status = process.poll()
            if status is None and self._widget is not None:
                if progress is not None:
                    progress.show(_last_line(output.fileno()))
                self._widget.after(_CHECK_INTERVAL, check)
                return
            if progress is not None:
                progress.close()
            if status == 0:
                self._on_success()
            elif status:
                output.seek(0)
                self._on_failure(output.read().strip() or f"exit status {status}")

        check()


class _Progress:
    """A small window with one line of text, which may be closed at any time."""

    def __init__(self, title: str) -> None:
        self._window = tk.Toplevel()
        self._window.title(title)
        self._label = tk.Label(self._window, text="Starting", width=_LINE, anchor=tk.W)
        self._label.pack(padx=2 * _MARGIN, pady=2 * _MARGIN)

    def show(self, line: str) -> None:
        """Show a line; an empty one leaves the text as it is."""
        if line and self._window.winfo_exists():
            self._label.configure(text=line[:_LINE])

    def close(self) -> None:
        """Close the window."""
        if self._window.winfo_exists():
            self._window.destroy()


def _last_line(output: int) -> str:
    """Return the last line of a file, without moving the position at which the program writes."""
    size = os.fstat(output).st_size
    # Progress bars end their lines with a carriage return.
    text = os.pread(output, _TAIL, max(size - _TAIL, 0)).decode(errors="replace")
    lines = [line.strip() for line in text.replace("\r", "\n").splitlines() if line.strip()]
    return lines[-1] if lines else ""
