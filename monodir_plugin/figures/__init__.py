"""Figures of results: functions that return a Matplotlib figure.

Scales of resolution have the finer end at the top, voxels outside the mask are white, and maps
that are compared share one scale.
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
