"""Figures of how much of an enhanced map the data support: slices, and shares by frequency.

Voxels that were left out, as the map was cut there, are blank.
"""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

import numpy as np
from matplotlib.figure import Figure, FigureBase

from ..files.loading import Results
from ..numerics.filtering.support import MOST_LOCALLY, Support
from .drawing.planes import Plane, choose_planes, draw_planes, grid_of, height_of
from .drawing.style import TWO_COLUMNS, judge, new_figure, plain, styled

__all__ = ["support_figure", "unsupported_slices"]

#: How slices of the unsupported share look for a good and for a bad enhanced map.
_SHARES_JUDGED = "Good: pale inside the particle. Bad: dark where the enhanced map shows detail."
_JUDGED = (
    "Good: pale slices, and a line no higher than the dashed one. Bad: dark slices where the map "
    "shows detail, or colours of the second row beyond the line in its scale: detail that is not "
    "from these data."
)

_CURVES_HEIGHT = 2.2
_TITLE = 0.25
#: Least per cent at the end of the scale of the part that does not follow the data.
_UNLIKE = 10.0


@styled
def support_figure(
    results: Results,
    support: Support,
    name: str,
    through: Optional[Tuple[int, int, int]] = None,
) -> Figure:
    """Slices of the unsupported power, and unsupported power against spatial frequency.

    Parameters
    ----------
    results : Results
        Results of the run with which the map was compared.
    support : Support
        Support of the same run.
    name : str
        Name of the enhanced map, for the title.
    through : tuple of int, optional
        Voxel ``z, y, x`` through which the slices of the part that does not follow the data go; by
        default they go through the middle of the mask.
    """
    planes = choose_planes(results.mask)
    height = height_of(planes)
    figure = new_figure(TWO_COLUMNS, 2 * (height + _TITLE) + _CURVES_HEIGHT)
    figure.suptitle(f"Power that the data do not support: {plain(name)}")
    top, middle, bottom = figure.subfigures(
        3, 1, height_ratios=[height, height + _TITLE, _CURVES_HEIGHT]
    )
    _draw_shares(top, results, planes, _percent(results, support.voxels))
    if through is not None:
        planes = [Plane(axis, number) for axis, number in zip("zyx", through)]
    middle.suptitle(
        "Part that does not follow the data although they hold signal there "
        f"(line in the scale: limit of {100 * MOST_LOCALLY:g} %)"
    )
    _draw_unlike(middle, results, planes, _percent(results, support.unlike_voxels))
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
    judge(figure, _JUDGED)
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
    # The check writes 0 only where voxels were left out.
    _draw_shares(figure, results, planes, np.where(shares > 0, 100 * shares, np.nan))
    judge(figure, _SHARES_JUDGED)
    return figure


def _percent(results: Results, voxels: np.ndarray) -> np.ndarray:
    """The box of shares at voxels of the mask; those that were left out are not a number."""
    box = np.zeros(results.mask.shape, np.float32)
    box[results.mask] = np.where(voxels > 0, 100 * voxels, np.nan)
    return box


def _draw_unlike(
    panel: FigureBase, results: Results, planes: Sequence[Plane], box: np.ndarray
) -> None:
    plots = grid_of(panel, len(planes))
    most = max(_UNLIKE, float(np.nanmax(box)))
    images = draw_planes(plots, results, planes, box, vmin=0, vmax=most, cmap="magma_r")
    bar = panel.colorbar(images[0], ax=plots)
    bar.set_label("Share of power of a window (%)")
    # Above this line the map is said to hold detail from elsewhere.
    bar.ax.axhline(100 * MOST_LOCALLY, color="#0072B2", linewidth=1.5)


def _draw_shares(
    panel: FigureBase, results: Results, planes: Sequence[Plane], box: np.ndarray
) -> None:
    plots = grid_of(panel, len(planes))
    images = draw_planes(plots, results, planes, box, vmin=0, vmax=100, cmap="magma_r")
    panel.colorbar(images[0], ax=plots).set_label("Unsupported share of power (%)")
