"""Correlation of half maps in cones: curves of all axes, and resolution along them as a disc."""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, FigureBase
from matplotlib.patches import Patch
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import FixedLocator, FuncFormatter

from ..diagnosis.conical_fsc import THRESHOLDS, ConicalFsc
from ..numerics.axes import AxisSet
from .disc import disc_grid, draw_heat, interpolate, label_disc
from .polar import SPAN, resolution_bar
from .style import RELATIVE_COLOURS, TWO_COLUMNS, colours_of, explain, new_figure, plain, styled

__all__ = ["conical_curves", "conical_disc", "conical_fsc"]

#: Percentiles over axes between which the band lies.
_BAND = (17, 83)
_ALONG, _PLAIN = "#0072B2", "#000000"
_RESOLUTIONS = (100, 50, 30, 20, 15, 10, 8, 6, 5, 4, 3.5, 3, 2.5, 2, 1.5, 1.2, 1)
#: Where a cone has no data.
_NO_DATA = {"facecolor": "white", "edgecolor": "0.35", "hatch": "//////", "linewidth": 0}
#: Room between marks of resolution, as a part of the axis.
_APART = 0.09


@styled
def conical_fsc(found: ConicalFsc, name: str) -> Figure:
    """Curves beside the disc.

    Parameters
    ----------
    found : ConicalFsc
    name : str
        Of the map, for the title.
    """
    figure = new_figure(TWO_COLUMNS, 3.2)
    figure.suptitle(f"Half maps in cones: {plain(name)}")
    left, right = figure.subfigures(1, 2, width_ratios=[1.1, 1.0])
    conical_curves(left.subplots(), found)
    conical_disc(right, found)
    return figure


def conical_curves(plot: Axes, found: ConicalFsc) -> None:
    """Draw the curves of all axes that have data as bands, and that of whole shells."""
    frequency = found.frequency[1:]
    curves = found.fsc[~found.without_data, 1:]
    shade = {"color": _ALONG, "linewidth": 0}
    if len(curves):
        low, high = np.percentile(curves, _BAND, axis=0)
        every = "All axes that have data" if found.without_data.any() else "All axes"
        plot.fill_between(
            frequency, curves.min(axis=0), curves.max(axis=0), alpha=0.15, label=every, **shade
        )
        plot.fill_between(frequency, low, high, alpha=0.35, label="Two thirds of them", **shade)
    plot.plot(frequency, found.plain[1:], color=_PLAIN, linewidth=1.2, label="Whole shells")
    for threshold in THRESHOLDS:
        plot.axhline(threshold, color="0.5", linewidth=0.5, linestyle=":")
        plot.annotate(
            f"{threshold:g}",
            (frequency[-1], threshold),
            fontsize=6,
            color="0.35",
            va="bottom",
            ha="right",
        )
    plot.axhline(0, color="0.5", linewidth=0.5)
    plot.set_xlim(0, frequency[-1])
    plot.set_ylim(min(-0.1, float(found.plain.min())), 1.02)
    plot.set_xlabel("Resolution (Å), on a scale of spatial frequency")
    plot.set_ylabel("Correlation of half maps")
    _mark_resolutions(plot, float(frequency[-1]))
    plot.legend(frameon=False, loc="upper right")


def _mark_resolutions(plot: Axes, highest: float) -> None:
    """Round resolutions at their spatial frequencies."""
    marks = [1 / highest]
    for resolution in sorted(_RESOLUTIONS):
        if 1 / resolution < 1 / marks[-1] - _APART * highest:
            marks.append(float(resolution))
    plot.xaxis.set_major_locator(FixedLocator([1 / mark for mark in marks]))
    plot.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{1 / value:.3g}"))


def conical_disc(panel: FigureBase, found: ConicalFsc) -> PolarAxes:
    """Draw the resolution along each axis, on the scale of ratios of the polar plot.

    The disc is hatched about axes without data.
    """
    plot = panel.subplots(subplot_kw={"projection": "polar"})
    without = found.without_data
    along = _filled(found)
    middle = float(np.median(along[~without])) if not without.all() else found.plain_resolution[0]
    limits = (middle / SPAN, middle * SPAN)
    heat = draw_heat(
        plot, found.axes, along, cmap=colours_of(None, RELATIVE_COLOURS), norm=LogNorm(*limits)
    )
    if without.any():
        _hatch(plot, found)
    label_disc(plot, f"Resolution at {THRESHOLDS[0]:g}\n(angle rot, radius tilt)")
    resolution_bar(panel, plot, heat, limits, "Resolution\nalong the axis (Å)")
    finer, coarser = found.by_chance[0]
    explain(
        panel,
        f"Whole shells {found.plain_resolution[0]:.1f} Å; were all axes alike, two thirds\n"
        f"would lie between {finer:.1f} and {coarser:.1f} Å. "
        f"Sphericity {found.sphericity[1]:.2f} at {THRESHOLDS[1]:g}.",
    )
    return plot


def _filled(found: ConicalFsc) -> np.ndarray:
    """Resolution along each axis; without data, that along the closest axis that has some."""
    along = found.resolution[0].copy()
    without = found.without_data
    if without.all():
        return np.full(len(along), found.plain_resolution[0])
    there = AxisSet(found.axes.vectors[~without])
    along[without] = along[~without][there.closest(found.axes.vectors[without])]
    return along


def _hatch(plot: PolarAxes, found: ConicalFsc) -> None:
    """Cover what is closer to axes without data than to others."""
    rot, tilt, vectors = disc_grid()
    share = interpolate(found.axes, found.without_data.astype(float), vectors)
    with rc_context({"hatch.color": _NO_DATA["edgecolor"], "hatch.linewidth": 0.5}):
        plot.contourf(
            np.deg2rad(rot),
            tilt,
            share.reshape(rot.shape),
            levels=[0.5, 2.0],
            colors=[_NO_DATA["facecolor"]],
            hatches=[_NO_DATA["hatch"]],
            zorder=1,
        )
        plot.legend(
            handles=[Patch(label=f"No data ({found.without_data.sum()} axes)", **_NO_DATA)],
            loc="upper left",
            bbox_to_anchor=(-0.25, 0.02),
            frameon=False,
        )
