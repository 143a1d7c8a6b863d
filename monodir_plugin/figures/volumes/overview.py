"""ADR slices, polar plot and radial curves: the layout of Figure 2 of the paper."""

from __future__ import annotations

from contextlib import suppress
from typing import Optional

from matplotlib.figure import Figure

from ...errors import InputError
from ...files.loading import Results
from ..curves import draw_curves
from ..directions.polar import draw_polar, median_axis
from ..drawing.layout import one_plot, several_plots
from ..drawing.planes import (
    ADR_BOUND,
    adr_marks,
    choose_planes,
    draw_planes,
    legend_of_voxels,
    outline_density,
)
from ..drawing.style import (
    RESOLUTION_COLOURS,
    TWO_COLUMNS,
    Limits,
    checked_limits,
    colours_of,
    new_figure,
    nyquist,
    plain,
    robust_limits,
    scale_bar,
    styled,
    within_ends,
)
from ..drawing.unresolved import at_limit

__all__ = ["overview"]

#: Least span of the scale of ADR, as a part of its middle.
_LEAST_SPAN = 0.25


@styled
def overview(
    results: Results, limits: Optional[Limits] = None, cmap: Optional[str] = None
) -> Figure:
    """Central slices of ADR with the outline of the density, the polar plot and radial curves.

    Parameters
    ----------
    results : Results
    limits : tuple of float, optional
        Å at the ends of the scale of ADR; default: percentiles inside the
        mask, at least a quarter of their mean apart.
    cmap : str, optional
        Name of a colour map of Matplotlib, for ADR.
    """
    figure = new_figure(TWO_COLUMNS, 5.4)
    figure.suptitle(_title(results))
    upper, lower = figure.subfigures(2, 1, height_ratios=[1.0, 1.2])
    scale = checked_limits(limits, lambda: _adr_limits(results))
    colours = colours_of(cmap, RESOLUTION_COLOURS)
    subplots = several_plots(upper, 1, 3)
    planes, hatched = choose_planes(results.mask), adr_marks(results)
    draw_planes(
        subplots,
        results,
        planes,
        results.volumes["adr"],
        hatched=hatched,
        cmap=colours,
        vmin=scale[0],
        vmax=scale[1],
    )
    # If the map was moved since, the figure has no outlines.
    with suppress(InputError):
        outline_density(subplots, results, planes, results.read_density().values)
    scale_bar(upper, subplots, colours, scale, "ADR (Å)")
    legend_of_voxels(upper, results, planes, hatched, ADR_BOUND)
    left, right = lower.subfigures(1, 2, width_ratios=[1.0, 1.15])
    draw_polar(left, results)
    plot = one_plot(right)
    draw_curves(plot, results)
    plot.set_title("Means over shells, with standard deviations")
    return figure


def _adr_limits(results: Results) -> Limits:
    """Percentiles of ADR, with a least distance, so that a small spread looks small."""
    low, high = robust_limits([results], ["adr"])
    ends = nyquist(results), results.resolution_limits[1]
    return within_ends(low, high, _LEAST_SPAN * (low + high) / 2, ends)


def _title(results: Results) -> str:
    medians = results.summary["median_A"]
    preset = results.summary["parameters"]["preset"]
    along = median_axis(results)
    axis = "not resolved" if along is None else f"{along:.1f} Å"
    adr = "not resolved" if at_limit(results, medians["adr"]) else f"{medians['adr']:.1f} Å"
    return f"{plain(results.name)}, {preset} preset: median axis {axis}, median ADR {adr}"
