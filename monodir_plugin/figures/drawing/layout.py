"""Subplots of a figure or of a panel, typed by what they are."""

from __future__ import annotations

from typing import Any, List, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.projections.polar import PolarAxes

__all__ = ["one_disc", "one_plot", "several_discs", "several_plots"]


def one_plot(panel: FigureBase) -> Axes:
    """The only subplot of a panel."""
    return several_plots(panel, 1, 1)[0]


def several_plots(panel: FigureBase, rows: int, columns: int, **grid: Any) -> List[Axes]:
    """Subplots of a panel, row by row; further arguments are those of ``subplots``."""
    plots = np.asarray(panel.subplots(rows, columns, squeeze=False, **grid))
    return cast(List[Axes], plots.ravel().tolist())


def one_disc(panel: FigureBase) -> PolarAxes:
    """The only subplot of a panel, with polar axes."""
    return several_discs(panel, 1)[0]


def several_discs(panel: FigureBase, columns: int) -> List[PolarAxes]:
    """Subplots beside each other, with polar axes."""
    polar = {"projection": "polar"}
    return cast(List[PolarAxes], several_plots(panel, 1, columns, subplot_kw=polar))
