"""Figures as pictures inside the page, each with a caption and a caution."""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass
from typing import Iterator, Tuple

import matplotlib
from matplotlib.figure import Figure

from ..errors import InputError
from ..figures import FIGURES, draw_figure
from ..figures.drawing.style import WHEN_DRAWN
from ..files.loading import Results

__all__ = ["Picture", "pictures"]

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
    """

    name: str
    title: str
    caption: str
    caution: str
    source: str = ""
    size: Tuple[int, int] = (0, 0)
    missing: str = ""


def pictures(results: Results) -> Iterator[Picture]:
    """All figures of the registry that the report has and that can be drawn of the results."""
    for name, kind in FIGURES.items():
        if not kind.in_report or not kind.drawable(results):
            continue
        texts = (name, kind.title, kind.caption, kind.caution)
        try:
            figure = draw_figure(name, results)
            width, height = (round(_DPI * inches) for inches in figure.get_size_inches())
            yield Picture(*texts, source=_png(figure), size=(width, height))
        except InputError as error:
            # The map may have been moved since: the page says so in place of the figure.
            yield Picture(*texts, missing=str(error))


def _png(figure: Figure) -> str:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Letters that the font lacks are drawn as boxes, which needs no warning.
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        with matplotlib.rc_context(WHEN_DRAWN):
            figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
