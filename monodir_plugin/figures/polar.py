"""Polar plots: how fine the map is along each axis, and where voxels are finest."""

from __future__ import annotations

from typing import List, Optional, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure, FigureBase
from matplotlib.patches import Patch
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ..errors import InputError
from ..files.loading import Results
from ..numerics.geometry.axes import AxisSet
from .drawing.disc import draw_dots, draw_heat, label_disc
from .drawing.style import (
    COUNT_COLOURS,
    ONE_COLUMN,
    RELATIVE_COLOURS,
    TWO_COLUMNS,
    Limits,
    checked_limits,
    colours_of,
    explain,
    finer_upwards,
    new_figure,
    nyquist,
    plain,
    styled,
)
from .drawing.unresolved import (
    AxisStates,
    axis_states,
    draw_without_resolution,
    filled,
    legend_of_axes,
)

__all__ = [
    "AXES_NOT_VIEWS",
    "MOST_UNRESOLVED",
    "SPAN",
    "cut_scale",
    "dot_areas",
    "draw_disc",
    "draw_polar",
    "legend_at_disc",
    "median_axis",
    "polar",
    "polar_limits",
    "resolution_bar",
    "spread_of_axes",
    "spread_sentence",
    "states_of",
    "counts",
    "counts_sentence",
]

#: The scale reaches from the median axis divided by this to the median times this, so that
#: every map has the same span of ratios and a small spread looks small.
SPAN = 1.5
_LARGEST_DOT = 26.0
_SMALLEST_DOT = 1.5
_TWO_THIRDS = (17, 83)
_COLOURS = 256
#: In legends.
MOST_UNRESOLVED = "Most voxels not resolved"
AXES_NOT_VIEWS = (
    "A point is an axis of Fourier space, not a view:\n"
    "resolution along an axis comes from the views across it."
)


def states_of(results: Results) -> AxisStates:
    """Which axes are resolved in most of the mask, which are not, and which have no data."""
    return axis_states(results.with_data, results.axis_resolution)


def median_axis(results: Results) -> Optional[float]:
    """Median over the axes that have a resolution, Å; ``None`` where none has."""
    known = results.axis_resolution[states_of(results).resolved]
    return float(np.median(known)) if len(known) else None


def spread_of_axes(results: Results) -> float:
    """Half of the 83rd less the 17th percentile of the axes' resolutions, over their median.

    The same statistic over axes as the anisotropy of a voxel, for the whole map; no unit.  Axes
    without resolution do not count; NaN if none has one.
    """
    known = results.axis_resolution[states_of(results).resolved]
    if not len(known):
        return float("nan")
    low, high = np.percentile(known, _TWO_THIRDS)
    return float((high - low) / 2 / np.median(known))


def polar_limits(results: Results, asked: Optional[Limits] = None) -> Limits:
    """Ends of the scale of the polar plot in Å: those asked for, or about the median axis."""
    middle = median_axis(results) or float(np.sqrt(np.prod(results.resolution_limits)))
    low, high = checked_limits(asked, lambda: (middle / SPAN, middle * SPAN))
    if low <= 0:
        raise InputError(f"limits {low:g},{high:g}: a scale of ratios begins above 0 Å")
    return low, high


@styled
def polar(results: Results, limits: Optional[Limits] = None, cmap: Optional[str] = None) -> Figure:
    """Median resolution along each axis as colours of the disc, counts as dots.

    Parameters
    ----------
    results : Results
    limits : tuple of float, optional
        Å at the ends of the scale; default: :func:`polar_limits`.
    cmap : str, optional
        Name of a colour map of Matplotlib.
    """
    figure = new_figure(ONE_COLUMN, 3.4)
    draw_polar(figure, results, limits, cmap, f"Axes: {plain(results.name)}")
    return figure


def draw_polar(
    panel: FigureBase,
    results: Results,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
    title: str = "Resolution along axes",
) -> PolarAxes:
    """Draw the polar plot with its scale and what it shows into a panel."""
    scale = polar_limits(results, limits)
    plot = panel.subplots(subplot_kw={"projection": "polar"})
    heat = draw_disc(plot, results, scale, cmap, title)
    legend_at_disc(plot, legend_of_axes(states_of(results), MOST_UNRESOLVED))
    if states_of(results).resolved.any():
        within = scale if limits else (nyquist(results), results.resolution_limits[1])
        resolution_bar(panel, plot, heat, within)
    explain(panel, f"{spread_sentence(results)} {counts_sentence(results)}\n{AXES_NOT_VIEWS}")
    return plot


def draw_disc(
    plot: PolarAxes,
    results: Results,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
    title: str = "",
) -> QuadMesh:
    """Draw the disc alone.

    It is hatched about axes without data, and about those along which most voxels are not resolved.
    """
    states, scale = states_of(results), polar_limits(results, limits)
    values = filled(results.axes, results.axis_resolution, states.resolved, scale[0])
    heat = draw_heat(
        plot, results.axes, values, cmap=colours_of(cmap, RELATIVE_COLOURS), norm=LogNorm(*scale)
    )
    draw_without_resolution(plot, results.axes, states)
    draw_counts(plot, results, dot_areas(results.counts), c="0.1", edgecolors="white")
    label_disc(plot, f"{title}\n(angle rot, radius tilt)")
    return heat


def draw_counts(
    plot: PolarAxes, results: Results, areas: np.ndarray, **dots: object
) -> Optional[PathCollection]:
    """Draw dots for the counts of the axes that have data; returns them."""
    known = results.with_data
    if not known.any():
        return None
    some = AxisSet(results.axes.vectors[known])
    if isinstance(dots["c"], np.ndarray):
        dots["c"] = dots["c"][known]
    return draw_dots(plot, some, areas[known], linewidths=0.3, **dots)


def legend_at_disc(plot: PolarAxes, entries: List[Patch]) -> None:
    """Legend of hatched areas below a disc; none without entries."""
    if entries:
        plot.legend(handles=entries, loc="upper left", bbox_to_anchor=(-0.25, -0.08), frameon=False)


def spread_sentence(results: Results) -> str:
    """What the colours of the polar plot amount to, in numbers."""
    known = results.axis_resolution[states_of(results).resolved]
    if not len(known):
        return "Along no axis are most voxels resolved."
    low, high = np.percentile(known, _TWO_THIRDS)
    which = "the axes" if len(known) == len(results.axes) else f"{len(known)} resolved axes"
    return (
        f"The middle two thirds of {which}: {low:.1f} to {high:.1f} Å,\n"
        f"±{100 * spread_of_axes(results):.0f} % of the median."
    )


def counts_sentence(results: Results) -> str:
    """What the dots of the polar plot amount to."""
    hollow = " Hollow: no data." if not results.with_data.all() else ""
    return f"Dots: counts, up to {results.counts.max():.0f}.{hollow}"


def dot_areas(counts: np.ndarray) -> np.ndarray:
    """Areas of dots, proportional to counts; the smallest can still be seen."""
    top = float(counts.max()) if counts.max() > 0 else 1.0
    return np.maximum(_LARGEST_DOT * counts / top, _SMALLEST_DOT)


def resolution_bar(
    panel: FigureBase,
    plot: Axes,
    heat: ScalarMappable,
    within: Limits,
    label: str = "Median resolution\nalong the axis (Å)",
) -> None:
    """A colour bar with round ratios marked in Å, the finer end up.

    Parameters
    ----------
    panel : FigureBase
    plot : Axes
    heat : ScalarMappable
        Of logarithmic colours.
    within : tuple of float
        Å that the bar does not go beyond, as there is no finer and no coarser resolution.
    label : str
    """
    shown, extend = cut_scale(heat, within)
    bar = panel.colorbar(shown, ax=plot, extend=extend, pad=0.1, shrink=0.8)
    bar.ax.yaxis.set_major_locator(FixedLocator(np.geomspace(*shown.get_clim(), 5)))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1f}"))
    finer_upwards(bar, label)


def cut_scale(heat: ScalarMappable, within: Limits) -> Tuple[ScalarMappable, str]:
    """The part of a logarithmic scale of colours within limits, and at which ends it goes on."""
    low, high = heat.get_clim()
    ends = max(low, within[0]), min(high, within[1])
    if not ends[0] < ends[1]:
        ends = low, high
    colours = heat.cmap(heat.norm(np.geomspace(*ends, _COLOURS)))
    at_end = ends[0] <= within[0], ends[1] >= within[1]
    extend = {(0, 0): "both", (1, 0): "max", (0, 1): "min", (1, 1): "neither"}[at_end]
    return ScalarMappable(LogNorm(*ends), ListedColormap(colours)), extend


@styled
def counts(results: Results, limits: Optional[Limits] = None, cmap: Optional[str] = None) -> Figure:
    """Votes of the axes: as dots sized and coloured by count, and as colours of the disc.

    Parameters
    ----------
    results : Results
    limits : tuple of float, optional
        Counts at the ends of the scale; default: zero and the largest.
    cmap : str, optional
        Name of a colour map of Matplotlib.
    """
    counts = results.counts
    low, high = checked_limits(limits, lambda: (0.0, float(counts.max()) or 1.0))
    scale = {"cmap": colours_of(cmap, COUNT_COLOURS), "vmin": low, "vmax": high}
    figure = new_figure(TWO_COLUMNS, 3.8)
    figure.suptitle(f"Votes: {plain(results.name)}")
    left, right = figure.subplots(1, 2, subplot_kw={"projection": "polar"})
    draw_counts(left, results, 3 * dot_areas(counts), c=counts, edgecolors="0.3", **scale)
    heat = draw_heat(right, results.axes, counts, **scale)
    known, none = results.with_data, np.zeros(len(counts), bool)
    for plot in (left, right):
        draw_without_resolution(plot, results.axes, AxisStates(known, none, ~known))
    label_disc(left, "Every axis\n(angle rot, radius tilt)")
    label_disc(right, "Between axes\n(angle rot, radius tilt)")
    legend_at_disc(left, legend_of_axes(AxisStates(known, none, ~known), MOST_UNRESOLVED))
    bar = figure.colorbar(heat, ax=[left, right], extend="neither" if limits is None else "both")
    bar.set_label("Votes: voxels finest along the axis")
    explain(figure, AXES_NOT_VIEWS.replace("\n", " "))
    return figure
