"""How much of an enhanced map the data support: slices, and shares by frequency."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from matplotlib.figure import Figure, FigureBase

from ..files.loading import Results
from ..numerics.filtering.support import Support
from .drawing.planes import Plane, choose_planes, draw_planes, grid_of, height_of
from .drawing.style import TWO_COLUMNS, new_figure, plain, styled

__all__ = ["support_figure", "unsupported_slices"]

_CURVES_HEIGHT = 2.2


@styled
def support_figure(results: Results, support: Support, name: str) -> Figure:
    """Slices of the unsupported share, and unsupported power against spatial frequency.

    Parameters
    ----------
    results : Results
        Results of the run with which the map was compared.
    support : Support
        Support of the same run.
    name : str
        Name of the enhanced map, for the title.
    """
    planes = choose_planes(results.mask)
    figure = new_figure(TWO_COLUMNS, height_of(planes) + _CURVES_HEIGHT)
    figure.suptitle(f"Power that the data do not support: {plain(name)}")
    top, bottom = figure.subfigures(2, 1, height_ratios=[height_of(planes), _CURVES_HEIGHT])
    box = np.zeros(results.mask.shape, np.float32)
    box[results.mask] = 100 * support.voxels
    _draw_shares(top, results, planes, box)
    plot = bottom.subplots()
    frequency = support.frequency / results.sampling
    plot.plot(
        frequency, 100 * np.cumsum(support.by_band), label=f"this map: {100 * support.share:.0f} %"
    )
    plot.plot(
        frequency,
        100 * np.cumsum(support.by_band_of_filtered),
        linestyle="--",
        label=f"filtered map: {100 * support.of_filtered:.0f} %",
    )
    plot.set_xlabel("Spatial frequency (1/Å)")
    plot.set_ylabel("Unsupported power\nup to here (% of the map's)")
    plot.set_ylim(0, None)
    plot.legend()
    return figure


@styled
def unsupported_slices(results: Results, shares: np.ndarray, name: str) -> Figure:
    """Slices of the unsupported share.

    Parameters
    ----------
    results : Results
        Of the run with which the map was compared.
    shares : ndarray, shape (N, N, N)
        Share of the power that is not supported, 0 to 1, ``[z, y, x]``.
    name : str
        Of the check, for the title.
    """
    planes = choose_planes(results.mask)
    figure = new_figure(TWO_COLUMNS, height_of(planes) + 0.25)
    figure.suptitle(f"Power that the data do not support: {plain(name)}")
    _draw_shares(figure, results, planes, 100 * shares)
    return figure


def _draw_shares(
    panel: FigureBase, results: Results, planes: Sequence[Plane], box: np.ndarray
) -> None:
    plots = grid_of(panel, len(planes))
    images = draw_planes(plots, results, planes, box, vmin=0, vmax=100, cmap="magma_r")
    panel.colorbar(images[0], ax=plots).set_label("Unsupported share of power (%)")
