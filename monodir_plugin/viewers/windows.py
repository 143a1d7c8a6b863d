"""Windows that do not block Scipion's: a figure with its toolbar, and a program that is started."""

from __future__ import annotations

import subprocess
import tempfile
import tkinter as tk
from typing import Any, Callable, Optional, Sequence

import matplotlib
from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg, NavigationToolbar2Tk
from matplotlib.figure import Figure
from pyworkflow.viewer import View

__all__ = ["FigureView", "ProgramView"]

#: For files that are saved from the window: text stays text, and prints are sharp.
_EXPORT = {"savefig.dpi": 300, "svg.fonttype": "none", "pdf.fonttype": 42}
#: Pixels per inch on the screen, and the share of the screen that a window may take.
_SCREEN_DPI, _SHARE = 110.0, 0.85
_LOOK_EVERY = 500  # milliseconds


class FigureView(View):
    """A figure in matplotlib's window, with the toolbar that saves PNG, SVG and PDF.

    Parameters
    ----------
    figure : Figure
    title : str
        Of the window.
    stem : str
        Name proposed for the file, without suffix.
    """

    def __init__(self, figure: Figure, title: str, stem: str) -> None:
        self._figure, self._title, self._stem = figure, title, stem

    def getFigure(self) -> Figure:
        """The figure."""
        return self._figure

    def getTitle(self) -> str:
        """The title of the window."""
        return self._title

    def savefig(self, *args: Any, **kwargs: Any) -> None:
        """Write the figure to a file, as the toolbar does."""
        with matplotlib.rc_context(_EXPORT):
            self._figure.savefig(*args, **kwargs)

    def show(self) -> None:
        """Open the window, and return at once."""
        # A window of the whole program: it outlives the form that has opened it.
        window = tk.Toplevel()
        window.title(self._title)
        self._figure.set_dpi(_fitting_dpi(self._figure, window))
        canvas = _Canvas(self._figure, master=window)
        canvas.stem = self._stem
        _Toolbar(canvas, window)
        canvas.get_tk_widget().pack(fill=tk.BOTH, expand=True)
        canvas.draw_idle()


class _Canvas(FigureCanvasTkAgg):
    stem = "figure"

    def get_default_filename(self) -> str:
        return f"{self.stem}.{self.get_default_filetype()}"


class _Toolbar(NavigationToolbar2Tk):
    def save_figure(self, *args: Any) -> Any:
        with matplotlib.rc_context(_EXPORT):
            return super().save_figure(*args)


def _fitting_dpi(figure: Figure, window: tk.Misc) -> float:
    width, height = figure.get_size_inches()
    screen = window.winfo_screenwidth() / width, window.winfo_screenheight() / height
    return min(_SCREEN_DPI, _SHARE * min(screen))


class ProgramView(View):
    """A program that runs beside Scipion; if it fails, a window says so.

    Parameters
    ----------
    words : sequence of str
        Program and arguments.
    tell : callable
        Takes what the program printed if it failed, and shows it.
    widget : tkinter widget, optional
        Of a window that stays open: its loop looks after the program.
    then : callable, optional
        What to do when the program has ended well.
    """

    def __init__(
        self,
        words: Sequence[str],
        tell: Callable[[str], None],
        widget: Optional[tk.Misc] = None,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        self._words, self._tell, self._widget, self._then = list(words), tell, widget, then

    def getWords(self) -> Sequence[str]:
        """Program and arguments."""
        return self._words

    def show(self) -> None:
        """Start the program, and return at once."""
        printed = tempfile.TemporaryFile("w+")  # noqa: SIM115 (open as long as the program)
        process = subprocess.Popen(
            self._words, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT
        )

        def look() -> None:
            status = process.poll()
            if status is None and self._widget is not None:
                self._widget.after(_LOOK_EVERY, look)
            elif status == 0:
                self._then()
            elif status:
                printed.seek(0)
                self._tell(printed.read().strip() or f"exit status {status}")

        look()
