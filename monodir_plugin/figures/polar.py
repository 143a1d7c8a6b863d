"""Polar plots: how fine the map is along each axis, and where voxels are finest."""

from __future__ import annotations

from typing import Optional

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, FigureBase
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ..errors import InputError
from ..files.loading import Results
from .disc import draw_dots, draw_heat, label_disc
from .style import (
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
    plain,
    styled,
)

__all__ = [
    "AXES_NOT_VIEWS",
    "SPAN",
    "dot_areas",
    "draw_disc",
    "draw_polar",
    "polar",
    "polar_limits",
    "resolution_bar",
    "spread_of_axes",
    "spread_sentence",
    "votes",
    "votes_sentence",
]

#: The scale reaches from the median axis divided by this to the median times this, so that
#: every map has the same span of ratios and a small spread looks small.
SPAN = 1.5
_LARGEST_DOT = 26.0
_SMALLEST_DOT = 1.5
_TWO_THIRDS = (17, 83)
AXES_NOT_VIEWS = (
    "A point is an axis of Fourier space, not a view:\n"
    "resolution along an axis comes from the views across it."
)


def spread_of_axes(results: Results) -> float:
    """Half of the 83rd less the 17th percentile of the axes' mean resolutions, over their median.

    The same statistic over axes as the anisotropy of a voxel, for the whole map; no unit.
    """
    low, high = np.percentile(results.mean_resolution, _TWO_THIRDS)
    return float((high - low) / 2 / np.median(results.mean_resolution))


def polar_limits(results: Results, asked: Optional[Limits] = None) -> Limits:
    """Ends of the scale of the polar plot in Å: those asked for, or about the median axis."""
    middle = float(np.median(results.mean_resolution))
    low, high = checked_limits(asked, lambda: (middle / SPAN, middle * SPAN))
    if low <= 0:
        raise InputError(f"limits {low:g},{high:g}: a scale of ratios begins above 0 Å")
    return low, high


@styled
def polar(results: Results, limits: Optional[Limits] = None, cmap: Optional[str] = None) -> Figure:
    """Mean resolution along each axis as colours of the disc, votes as dots.

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
    resolution_bar(panel, plot, heat, scale)
    explain(panel, f"{spread_sentence(results)} {votes_sentence(results)}\n{AXES_NOT_VIEWS}")
    return plot


def draw_disc(
    plot: PolarAxes,
    results: Results,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
    title: str = "",
) -> QuadMesh:
    """Draw the disc alone."""
    heat = draw_heat(
        plot,
        results.axes,
        results.mean_resolution,
        cmap=colours_of(cmap, RELATIVE_COLOURS),
        norm=LogNorm(*polar_limits(results, limits)),
    )
    dots = {"c": "0.1", "edgecolors": "white", "linewidths": 0.3}
    draw_dots(plot, results.axes, dot_areas(results.counts), **dots)
    label_disc(plot, f"{title}\n(angle rot, radius tilt)")
    return heat


def spread_sentence(results: Results) -> str:
    """What the colours of the polar plot amount to, in numbers."""
    low, high = np.percentile(results.mean_resolution, _TWO_THIRDS)
    return (
        f"The middle two thirds of the axes: {low:.1f} to {high:.1f} Å,\n"
        f"±{100 * spread_of_axes(results):.0f} % of the median."
    )


def votes_sentence(results: Results) -> str:
    """What the dots of the polar plot amount to."""
    return f"Dots: votes, up to {results.counts.max():.0f}."


def dot_areas(counts: np.ndarray) -> np.ndarray:
    """Areas of dots, proportional to votes; the smallest can still be seen."""
    top = float(counts.max()) if counts.max() > 0 else 1.0
    return np.maximum(_LARGEST_DOT * counts / top, _SMALLEST_DOT)


def resolution_bar(
    panel: FigureBase,
    plot: Axes,
    heat: ScalarMappable,
    limits: Limits,
    label: str = "Mean resolution\nalong the axis (Å)",
) -> None:
    """A colour bar with round ratios marked in Å, the finer end up."""
    bar = panel.colorbar(heat, ax=plot, extend="both", pad=0.1, shrink=0.8)
    bar.ax.yaxis.set_major_locator(FixedLocator(np.geomspace(*limits, 5)))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1f}"))
    finer_upwards(bar, label)


@styled
def votes(results: Results, limits: Optional[Limits] = None, cmap: Optional[str] = None) -> Figure:
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
    draw_dots(
        left,
        results.axes,
        3 * dot_areas(counts),
        c=counts,
        edgecolors="0.3",
        linewidths=0.3,
        **scale,
    )
    heat = draw_heat(right, results.axes, counts, **scale)
    label_disc(left, "Every axis\n(angle rot, radius tilt)")
    label_disc(right, "Between axes\n(angle rot, radius tilt)")
    bar = figure.colorbar(heat, ax=[left, right], extend="neither" if limits is None else "both")
    bar.set_label("Votes: voxels finest along the axis")
    explain(figure, AXES_NOT_VIEWS.replace("\n", " "))
    return figure
