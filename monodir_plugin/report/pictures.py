"""Figures as pictures inside the page, each with a caption and a caution."""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass
from typing import Callable, Iterator, Tuple

from matplotlib.figure import Figure
from PIL import Image

from ..errors import InputError
from ..figures import FIGURES, draw_figure
from ..figures.drawing.style import common_settings
from ..files.loading import Results

__all__ = ["Picture", "Progress", "overview_picture", "picture_of", "pictures", "silent"]

#: ``progress(done, total)``
Progress = Callable[[int, int], None]

_DPI = 150


@dataclass(frozen=True)
class Picture:
    """One figure of the page.

    Attributes
    ----------
    name, title, caption, caution : str
    source : str
        A data URI; empty if the figure could not be drawn.
    size : tuple of int
        Width and height in pixels.
    missing : str
        Why it could not be drawn.
    judged : str
        How the figure looks for a good and for a bad map.
    """

    name: str
    title: str
    caption: str
    caution: str
    source: str = ""
    size: Tuple[int, int] = (0, 0)
    missing: str = ""
    judged: str = ""


def silent(done: int, total: int) -> None:
    """Show no progress."""


def pictures(results: Results, progress: Progress = silent) -> Iterator[Picture]:
    """All figures of the registry that belong in the report and can be drawn from the results.

    Parameters
    ----------
    results : Results
    progress : callable
        ``progress(done, total)`` is called before the first figure and after each.
    """
    names = [name for name, kind in FIGURES.items() if kind.in_report and kind.drawable(results)]
    progress(0, len(names))
    for done, name in enumerate(names, start=1):
        yield _drawn(results, name)
        progress(done, len(names))


def overview_picture(results: Results) -> Picture:
    """The figure on top of the page."""
    return _drawn(results, "overview")


def picture_of(
    figure: Figure, name: str, title: str, caption: str, caution: str, judged: str = ""
) -> Picture:
    """A figure as a picture with its texts."""
    return Picture(name, title, caption, caution, *_png(figure), judged=judged)


def _drawn(results: Results, name: str) -> Picture:
    kind = FIGURES[name]
    texts = (name, kind.title, kind.caption, kind.caution)
    try:
        return picture_of(draw_figure(name, results, judged=False), *texts, judged=kind.judged)
    except InputError as error:
        # The map may have been moved since: the page says so in place of the figure.
        return Picture(*texts, missing=str(error), judged=kind.judged)


def _png(figure: Figure) -> Tuple[str, Tuple[int, int]]:
    """The data URI of a figure, with its width and height in pixels."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Letters that the font lacks are drawn as boxes, which needs no warning.
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        with common_settings():
            figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    # Without the transparency, which no figure has, the file is smaller.
    small = io.BytesIO()
    image = Image.open(buffer).convert("RGB")
    image.save(small, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(small.getvalue()).decode("ascii"), image.size
