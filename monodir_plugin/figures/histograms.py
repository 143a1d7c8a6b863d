"""Histograms of the maps inside the mask."""

from __future__ import annotations

from typing import Optional

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter

from ..files.loading import Results
from ..numerics.reduction.result_maps import displayed_maps, resolution_names
from .drawing.alike_axes import CHANCE_COLOUR, AlikeMaps, alike_maps
from .drawing.layout import several_plots
from .drawing.style import (
    TWO_COLUMNS,
    Limits,
    checked_limits,
    from_zero,
    new_figure,
    nyquist,
    plain,
    styled,
)
from .drawing.unresolved import at_limit, resolved_values

__all__ = ["histograms"]

_BINS = 40
_COLOUR, _OTHER = "#0072B2", "#7B3294"
_EXPLANATION = (
    "Resolutions: the same bins,\nfiner to the left.\nDashed: the median.\n"
    "Percentages are\nof all voxels."
)
_REFERENCE = "\n\nOrange: the same map,\nif at every voxel all axes\nwere alike but for scatter."
#: Room above the highest bar for the median, in heights of this bar.
_ROOM = 0.2


@styled
def histograms(results: Results, limits: Optional[Limits] = None) -> Figure:
    """A histogram of every map inside the mask; those of resolution have the same bins.

    Voxels that are not resolved are in no bin; the title has their share.  A line is the histogram
    of the same map if at every voxel all axes were alike.

    Parameters
    ----------
    results : Results
    limits : tuple of float, optional
        Å at the ends of the bins; default: the finest and the coarsest value.
    """
    low, high = checked_limits(limits, lambda: _range(results))
    alike = alike_maps(results)
    figure = new_figure(TWO_COLUMNS, 3.6)
    figure.suptitle(f"Voxels of the mask: {plain(results.name)}")
    # Maps of resolution first, and the explanation in the last place.
    entries = sorted(displayed_maps(), key=lambda entry: not entry.is_resolution)
    columns = (len(entries) + 2) // 2
    plots = several_plots(figure, 2, columns)
    for unused in plots[len(entries) :]:
        unused.set_axis_off()
    edges = np.linspace(low, high, _BINS + 1)
    for plot, entry in zip(plots, entries):
        values = results.values(entry.name)
        if not entry.is_resolution:
            top = from_zero(values)[1]
            bins = np.linspace(0, max(top, float(values.max())), _BINS + 1)
            _histogram(plot, values, bins, _OTHER)
            _reference(plot, alike, entry.name, bins)
            plot.set_title(entry.label)
            plot.set_xlabel(f"{entry.label} ({entry.unit})")
            continue
        unresolved = at_limit(results, values)
        _histogram(plot, values, edges, _COLOUR, unresolved)
        _reference(plot, alike, entry.name, edges)
        share = float(unresolved.mean())
        plot.set_title(entry.label + (f"\n{_percent(share)} not resolved" if share else ""))
        plot.set_xlabel(f"Resolution ({entry.unit})")
    for plot in plots[::columns]:
        plot.set_ylabel("Voxels of the mask")
    last = plots[-1]
    explanation = _EXPLANATION + (_REFERENCE if alike else "")
    last.text(0.5, 0.5, explanation, ha="center", va="center", transform=last.transAxes)
    return figure


def _range(results: Results) -> Limits:
    """The finest and the coarsest value of the voxels that are resolved."""
    values = np.concatenate([resolved_values(results, name) for name in resolution_names()])
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
    """Draw shares of all voxels, also of those beyond the bins and of those not resolved."""
    share = np.full(len(values), 1 / len(values))
    left_out = np.zeros(len(values), bool) if unresolved is None else unresolved
    heights, _, _ = plot.hist(
        values[~left_out],
        bins=edges.tolist(),
        weights=share[~left_out],
        color=colour,
        histtype="stepfilled",
        alpha=0.8,
    )
    median = float(np.median(values))
    if np.mean(left_out) < 0.5:
        plot.axvline(median, color="0.1", linestyle="--", linewidth=0.8)
        right = median > (edges[0] + edges[-1]) / 2
        plot.annotate(
            # An anisotropy is often below an Ångström.
            f"{median:.1f} Å" if median >= 1 else f"{median:.2f} Å",
            (median, 1.0),
            xycoords=plot.get_xaxis_transform(),
            xytext=(-3 if right else 3, -2),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top",
            fontsize=6.5,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )
    plot.set_xlim(edges[0], edges[-1])
    highest = float(np.max(heights))
    plot.set_ylim(0, (1 + _ROOM) * highest if highest else None)
    plot.yaxis.set_major_formatter(FuncFormatter(lambda part, _: f"{100 * part:g} %"))


def _reference(plot: Axes, alike: Optional[AlikeMaps], name: str, edges: np.ndarray) -> None:
    """Draw the outline of the histogram of a map if all axes were alike, where it is known."""
    values = None if alike is None else alike.values.get(name)
    if values is None:
        return
    heights, _, _ = plot.hist(
        values,
        bins=edges.tolist(),
        weights=np.full(len(values), 1 / len(values)),
        color=CHANCE_COLOUR,
        histtype="step",
        linewidth=1.0,
    )
    plot.set_ylim(0, max(plot.get_ylim()[1], (1 + _ROOM) * float(np.max(heights))))


def _percent(share: float) -> str:
    return "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"
