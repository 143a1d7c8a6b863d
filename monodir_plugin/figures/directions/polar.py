"""Polar plots: resolution along each axis, and the number of voxels that are finest along it."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure, FigureBase
from matplotlib.patches import Patch
from matplotlib.projections.polar import PolarAxes

from ...errors import InputError
from ...files.loading import Results
from ...numerics.geometry.axes import AxisSet
from ...numerics.reduction.axis_statistics import MIDDLE_TWO_THIRDS
from ..drawing.alike_axes import mark_range
from ..drawing.disc import draw_dots, draw_heat, label_disc
from ..drawing.layout import one_disc, several_discs
from ..drawing.style import (
    COUNT_COLOURS,
    ONE_COLUMN,
    RELATIVE_COLOURS,
    TWO_COLUMNS,
    Limits,
    checked_limits,
    colours_of,
    explain,
    finer_upwards,
    mark_ratios,
    new_figure,
    nyquist,
    plain,
    styled,
)
from ..drawing.unresolved import (
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
    "chance_of_axes",
    "cut_scale",
    "dot_areas",
    "draw_disc",
    "draw_polar",
    "ends_of",
    "legend_at_disc",
    "median_axis",
    "polar",
    "polar_limits",
    "range_text",
    "resolution_bar",
    "spread_of_axes",
    "spread_sentence",
    "states_of",
    "counts",
    "counts_sentence",
    "two_thirds",
]

#: The scale reaches from the median axis divided by this to the median times this, so that
#: every map has the same span of ratios and a small spread looks small.
SPAN = 1.5
_LARGEST_DOT = 26.0
_SMALLEST_DOT = 1.5
_COLOURS = 256
#: Distance of a legend from its disc, in sizes of its font: room for the labels of the disc.
_BELOW_TICKS = 2.2
#: Text of legends.
MOST_UNRESOLVED = "Most voxels not resolved"
AXES_NOT_VIEWS = (
    "A point is an axis of Fourier space, not a view:\n"
    "resolution along an axis comes from the views perpendicular to it."
)


def states_of(results: Results) -> AxisStates:
    """Whether each axis is resolved in most of the mask, is not, or has no data."""
    return axis_states(results.with_data, results.axis_resolution)


def median_axis(results: Results) -> Optional[float]:
    """Median over the axes that have a resolution, Å; ``None`` where none has."""
    known = results.axis_resolution[states_of(results).resolved]
    return float(np.median(known)) if len(known) else None


def spread_of_axes(results: Results) -> float:
    """Half of the 83rd less the 17th percentile of the axes' resolutions, over their median.

    This is the anisotropy of a voxel for the whole map, relative to the median; no unit.  Axes
    without resolution do not count; NaN if no axis has a resolution.
    """
    known = results.axis_resolution[states_of(results).resolved]
    if not len(known):
        return float("nan")
    low, high = two_thirds(known)
    return float((high - low) / 2 / np.median(known))


def chance_of_axes(results: Results) -> Optional[Limits]:
    """Between which resolutions two thirds of the axes would lie if all were alike, Å.

    ``None`` where the run has no such range (:mod:`monodir_plugin.numerics.localres.equal_axes`).
    """
    ratios, middle = (
        results.summary["found"].get("axes_by_chance_over_median"),
        median_axis(results),
    )
    if not ratios or middle is None:
        return None
    return middle * ratios[0], middle * ratios[1]


def two_thirds(values: np.ndarray, axis: Optional[int] = None) -> Any:
    """The 17th and the 83rd percentile, between which two thirds of some values lie."""
    return np.percentile(values, [100 * quantile for quantile in MIDDLE_TWO_THIRDS], axis=axis)


def polar_limits(results: Results, asked: Optional[Limits] = None) -> Limits:
    """Ends of the scale of the polar plot in Å: those of the user, or about the median axis."""
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
    figure = new_figure(ONE_COLUMN, 3.5)
    draw_polar(figure, results, limits, cmap, f"Axes: {plain(results.name)}")
    return figure


def draw_polar(
    panel: FigureBase,
    results: Results,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
    title: str = "Resolution along axes",
) -> PolarAxes:
    """Draw the polar plot with its scale and its explanation into a panel."""
    scale = polar_limits(results, limits)
    plot = one_disc(panel)
    heat = draw_disc(plot, results, scale, cmap, title)
    legend_at_disc(plot, legend_of_axes(states_of(results), MOST_UNRESOLVED))
    if states_of(results).resolved.any():
        within = scale if limits else (nyquist(results), results.resolution_limits[1])
        resolution_bar(panel, plot, heat, within, chance=chance_of_axes(results))
    explain(panel, f"{spread_sentence(results)}\n{counts_sentence(results)}\n{AXES_NOT_VIEWS}")
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
    label_disc(plot, f"{title}\n(angle rot, radius tilt)", results.axes)
    return heat


def draw_counts(
    plot: PolarAxes, results: Results, areas: np.ndarray, **dots: Any
) -> Optional[PathCollection]:
    """Draw and return dots for the counts of the axes that have data."""
    known = results.with_data
    if not known.any():
        return None
    some = AxisSet(results.axes.vectors[known])
    if isinstance(dots["c"], np.ndarray):
        dots["c"] = dots["c"][known]
    return draw_dots(plot, some, areas[known], linewidths=0.3, **dots)


def legend_at_disc(plot: PolarAxes, entries: List[Patch]) -> None:
    """Draw a legend of hatched areas below a disc, if there are entries."""
    if entries:
        plot.legend(
            handles=entries,
            loc="upper left",
            bbox_to_anchor=(-0.35, 0.0),
            borderaxespad=_BELOW_TICKS,
            frameon=False,
        )


def spread_sentence(results: Results, marked: bool = True) -> str:
    """The range of the axes' resolutions, and that of equal axes, as text below the polar plot.

    Parameters
    ----------
    results : Results
    marked : bool
        Whether the range of equal axes is marked beside the scale.
    """
    known = results.axis_resolution[states_of(results).resolved]
    if not len(known):
        return "There is no axis along which most voxels are resolved."
    low, high = two_thirds(known)
    which = "the axes" if len(known) == len(results.axes) else f"{len(known)} resolved axes"
    sentence = (
        f"Middle two thirds of {which}: {range_text(low, high)} "
        f"(±{100 * spread_of_axes(results):.0f} % of the median)."
    )
    chance = chance_of_axes(results)
    if chance is None:
        # The preset published has no such range at all.
        asked = "axes_by_chance_over_median" in results.summary["found"]
        return f"{sentence}\nIf all axes were alike, by chance: not known." if asked else sentence
    ends = range_text(*chance) + (" (orange bar)" if marked else "")
    return f"{sentence}\nIf all axes were alike, by chance: {ends}."


def range_text(low: float, high: float) -> str:
    """A range as text, with a second decimal if its ends are alike in the first."""
    decimals = 1 if f"{low:.1f}" != f"{high:.1f}" else 2
    return f"{low:.{decimals}f} to {high:.{decimals}f} Å"


def counts_sentence(results: Results) -> str:
    """Explanation of the dots, as text below the polar plot."""
    most = results.counts.max()
    if results.with_data.all():
        return f"Dot area: number of voxels finest along the axis (at most {most:.0f})."
    return f"Dot area: voxels finest along the axis (at most {most:.0f}). Hollow: no data."


def dot_areas(counts: np.ndarray) -> np.ndarray:
    """Areas of dots, proportional to counts, but large enough to be visible."""
    top = float(counts.max()) if counts.max() > 0 else 1.0
    return np.maximum(_LARGEST_DOT * counts / top, _SMALLEST_DOT)


def resolution_bar(
    panel: FigureBase,
    plot: Axes,
    heat: ScalarMappable,
    within: Limits,
    label: str = "Median resolution\nalong the axis (Å)",
    chance: Optional[Limits] = None,
) -> None:
    """Draw a colour bar with five resolutions in equal ratios, the finer end at the top.

    Parameters
    ----------
    panel : FigureBase
    plot : Axes
    heat : ScalarMappable
        With a logarithmic scale of colours.
    within : tuple of float
        Å beyond which the bar does not reach, as there is no finer and no coarser resolution.
    label : str
    chance : tuple of float, optional
        Å between which two thirds of the axes would lie if all were alike: a bar beside the scale.
    """
    shown, extend = cut_scale(heat, within)
    bar = panel.colorbar(shown, ax=plot, extend=extend, pad=0.1, shrink=0.8)
    if chance is not None:
        mark_range(bar, chance)
    mark_ratios(bar, ends_of(shown), lambda value: f"{value:.1f}")
    finer_upwards(bar, label)


def cut_scale(heat: ScalarMappable, within: Limits) -> Tuple[ScalarMappable, str]:
    """The part of a logarithmic scale within limits, and ``extend`` for its colour bar."""
    low, high = ends_of(heat)
    ends = max(low, within[0]), min(high, within[1])
    if not ends[0] < ends[1]:
        ends = low, high
    colours = heat.to_rgba(np.geomspace(*ends, _COLOURS))
    at_end = ends[0] <= within[0], ends[1] >= within[1]
    extends = {
        (False, False): "both",
        (True, False): "max",
        (False, True): "min",
        (True, True): "neither",
    }
    extend = extends[at_end]
    return ScalarMappable(LogNorm(*ends), ListedColormap(colours)), extend


def ends_of(scale: ScalarMappable) -> Limits:
    """Values at the two ends of a scale of colours."""
    low, high = scale.get_clim()
    if low is None or high is None:
        raise ValueError("the scale of colours has no ends")
    return float(low), float(high)


@styled
def counts(results: Results, limits: Optional[Limits] = None, cmap: Optional[str] = None) -> Figure:
    """Numbers of voxels that are finest along each axis, as dots and as colours of the disc.

    Parameters
    ----------
    results : Results
    limits : tuple of float, optional
        Numbers of voxels at the ends of the scale; default: zero and the largest.
    cmap : str, optional
        Name of a colour map of Matplotlib.
    """
    counts = results.counts
    low, high = checked_limits(limits, lambda: (0.0, float(counts.max()) or 1.0))
    scale = {"cmap": colours_of(cmap, COUNT_COLOURS), "vmin": low, "vmax": high}
    figure = new_figure(TWO_COLUMNS, 3.8)
    figure.suptitle(f"Voxels finest along each axis: {plain(results.name)}")
    left, right = several_discs(figure, 2)
    draw_counts(left, results, 3 * dot_areas(counts), c=counts, edgecolors="0.3", **scale)
    heat = draw_heat(right, results.axes, counts, **scale)
    known, none = results.with_data, np.zeros(len(counts), bool)
    for plot in (left, right):
        draw_without_resolution(plot, results.axes, AxisStates(known, none, ~known))
    label_disc(left, "At the axes\n(angle rot, radius tilt)", results.axes)
    label_disc(right, "Interpolated\n(angle rot, radius tilt)")
    legend_at_disc(left, legend_of_axes(AxisStates(known, none, ~known), MOST_UNRESOLVED))
    bar = figure.colorbar(heat, ax=[left, right], extend="neither" if limits is None else "both")
    bar.set_label("Number of voxels finest along the axis")
    explain(figure, AXES_NOT_VIEWS.replace("\n", " "))
    return figure
