"""Figures of results: plain functions that return a matplotlib Figure.

Resolution axes have finer resolution upwards, masked area is white, maps that
are compared share one scale.
"""

from .comparison import compare, findings
from .drawing.saving import check_suffix, save_figure
from .drawing.style import shared_limits
from .registry import FIGURES, FigureKind, draw_figure

__all__ = [
    "FIGURES",
    "FigureKind",
    "check_suffix",
    "compare",
    "draw_figure",
    "findings",
    "save_figure",
    "shared_limits",
]
