"""Histograms of the maps inside the mask."""

from __future__ import annotations

from typing import Optional

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ..files.loading import Results
from .drawing.style import (
    RESOLUTION_MAPS,
    TITLES,
    TWO_COLUMNS,
    Limits,
    checked_limits,
    new_figure,
    nyquist,
    plain,
    styled,
)
from .drawing.unresolved import at_limit, resolved_values

__all__ = ["histograms"]

_BINS = 40
_X = "Resolution (Å)"
_COLOUR, _OTHER = "#0072B2", "#7B3294"


@styled
def histograms(results: Results, limits: Optional[Limits] = None) -> Figure:
    """A histogram of every map inside the mask; those of resolution have the same bins.

    Voxels that are not resolved are in no bin; their share is written.

    Parameters
    ----------
    results : Results
    limits : tuple of float, optional
        Å at the ends of the bins; default: the finest and the coarsest value.
    """
    low, high = checked_limits(limits, lambda: _range(results))
    figure = new_figure(TWO_COLUMNS, 3.6)
    figure.suptitle(f"Voxels of the mask: {plain(results.name)}")
    names = (*RESOLUTION_MAPS, "anisotropy")
    plots = figure.subplots(2, 4).ravel()
    plots[-1].set_axis_off()
    edges = np.linspace(low, high, _BINS + 1)
    for plot, name in zip(plots, names):
        values = results.values(name)
        if name == "anisotropy":
            top = max(float(values.max()), 1e-3)
            _histogram(plot, values, np.linspace(0, top, _BINS + 1), _OTHER)
            plot.set_title(TITLES[name])
            plot.set_xlabel("Half of 83rd less 17th percentile (Å)")
            continue
        unresolved = at_limit(results, values)
        _histogram(plot, values, edges, _COLOUR, unresolved)
        share = float(unresolved.mean())
        plot.set_title(TITLES[name] + (f"\n{_percent(share)} not resolved" if share else ""))
        plot.set_xlabel(_X)
    for plot in plots[:: len(plots) // 2]:
        plot.set_ylabel("Voxels of the mask")
    plots[-1].text(
        0.5,
        0.5,
        "Resolutions: the same bins,\nfiner to the left.\nDashed: the median.\n"
        "Shares are of all voxels.",
        ha="center",
        va="center",
        transform=plots[-1].transAxes,
    )
    return figure


def _range(results: Results) -> Limits:
    """The finest and the coarsest value of the voxels that are resolved."""
    values = np.concatenate([resolved_values(results, name) for name in RESOLUTION_MAPS])
    if not len(values):
        return nyquist(results), results.resolution_limits[1]
    return float(values.min()), max(float(values.max()), float(values.min()) + 0.5)


def _histogram(
    plot: Axes,
    values: np.ndarray,
    edges: np.ndarray,
    colour: str,
    unresolved: Optional[np.ndarray] = None,
) -> None:
    """Shares of all voxels; those beyond the bins, and those not resolved, count as well."""
    share = np.full(len(values), 1 / len(values))
    left_out = np.zeros(len(values), bool) if unresolved is None else unresolved
    style = {"color": colour, "histtype": "stepfilled", "alpha": 0.8}
    plot.hist(values[~left_out], bins=edges, weights=share[~left_out], **style)
    median = float(np.median(values))
    if np.mean(left_out) < 0.5:
        plot.axvline(median, color="0.1", linestyle="--", linewidth=0.8)
        right = median > (edges[0] + edges[-1]) / 2
        plot.annotate(
            f"{median:.1f} Å",
            (median, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-3 if right else 3, -2),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top",
            fontsize=6.5,
        )
    plot.set_xlim(edges[0], edges[-1])
    plot.set_ylim(bottom=0)
    plot.yaxis.set_major_formatter(FuncFormatter(lambda part, _: f"{100 * part:g} %"))


def _percent(share: float) -> str:
    return "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"
