"""Fourier shell correlation of half maps in cones: curves, and resolution along axes as a disc."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, FigureBase
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import FixedLocator, FuncFormatter

from ...diagnosis.conical_fsc import THRESHOLDS, ConicalFsc
from ..drawing.alike_axes import CHANCE_COLOUR
from ..drawing.disc import draw_heat, label_disc
from ..drawing.layout import one_disc, one_plot
from ..drawing.style import (
    RELATIVE_COLOURS,
    TWO_COLUMNS,
    colours_of,
    explain,
    new_figure,
    plain,
    styled,
)
from ..drawing.unresolved import AxisStates, draw_without_resolution, filled, legend_of_axes
from .polar import SPAN, legend_at_disc, resolution_bar, two_thirds

__all__ = ["conical_curves", "conical_disc", "conical_fsc"]

_ALONG, _PLAIN = "#0072B2", "#000000"
_RESOLUTIONS = (100, 50, 30, 20, 15, 10, 8, 6, 5, 4, 3.5, 3, 2.5, 2, 1.5, 1.2, 1)
#: Least distance between marks of resolution, as a part of the axis.
_APART = 0.09


@styled
def conical_fsc(found: ConicalFsc, name: str) -> Figure:
    """Curves beside the disc.

    Parameters
    ----------
    found : ConicalFsc
    name : str
        Name of the map, for the title.
    """
    figure = new_figure(TWO_COLUMNS, 3.2)
    figure.suptitle(f"Half maps in cones: {plain(name)}")
    left, right = figure.subfigures(1, 2, width_ratios=[1.1, 1.0])
    conical_curves(one_plot(left), found)
    conical_disc(right, found)
    return figure


def conical_curves(plot: Axes, found: ConicalFsc) -> None:
    """Draw the curves of all axes that have data as bands, and the FSC of whole shells."""
    frequency = found.frequency[1:]
    curves = found.fsc[~found.without_data, 1:]
    if len(curves):
        every = "All axes that have data" if found.without_data.any() else "All axes"
        whole = curves.min(axis=0), curves.max(axis=0)
        bands = ((whole, 0.15, every), (two_thirds(curves, axis=0), 0.35, "Two thirds of them"))
        for (low, high), alpha, label in bands:
            plot.fill_between(
                frequency, low, high, alpha=alpha, label=label, color=_ALONG, linewidth=0
            )
    plot.plot(frequency, found.plain[1:], color=_PLAIN, linewidth=1.2, label="Whole shells")
    _mark_chance(plot, found)
    for threshold in THRESHOLDS:
        plot.axhline(threshold, color="0.5", linewidth=0.5, linestyle=":")
        plot.annotate(
            f"{threshold:g}",
            (1.0, threshold),
            xycoords=plot.get_yaxis_transform(),
            xytext=(2, 0),
            textcoords="offset points",
            fontsize=6,
            color="0.35",
            va="center",
            annotation_clip=False,
        )
    plot.axhline(0, color="0.5", linewidth=0.5)
    plot.set_xlim(0, frequency[-1])
    plot.set_ylim(min(-0.1, float(found.plain.min())), 1.02)
    plot.set_xlabel("Resolution (Å), on a scale of spatial frequency")
    plot.set_ylabel("FSC of the half maps")
    _mark_resolutions(plot, float(frequency[-1]))
    plot.legend(frameon=False, loc="center left", bbox_to_anchor=(1.04, 0.5))


def _mark_chance(plot: Axes, found: ConicalFsc) -> None:
    """Draw bars at the thresholds between whose ends two thirds of equal axes would lie."""
    for k, (threshold, (finer, coarser)) in enumerate(zip(THRESHOLDS, found.by_chance)):
        if 0 < finer < coarser < np.inf:
            plot.plot(
                [1 / coarser, 1 / finer],
                [threshold, threshold],
                color=CHANCE_COLOUR,
                linewidth=3.5,
                solid_capstyle="butt",
                label="Two thirds if all were alike" if k == 0 else None,
                zorder=3,
            )


def _mark_resolutions(plot: Axes, highest: float) -> None:
    """Label round resolutions at their spatial frequencies."""
    marks = [1 / highest]
    for resolution in sorted(_RESOLUTIONS):
        if 1 / resolution < 1 / marks[-1] - _APART * highest:
            marks.append(float(resolution))
    plot.xaxis.set_major_locator(FixedLocator([1 / mark for mark in marks]))
    plot.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{1 / value:.3g}"))


def conical_disc(panel: FigureBase, found: ConicalFsc) -> PolarAxes:
    """Draw the resolution along each axis, on a scale of ratios as in the polar plot.

    The disc is hatched about axes without data.
    """
    plot = one_disc(panel)
    known = ~found.without_data
    along = found.resolution[0]
    middle = float(np.median(along[known])) if known.any() else found.plain_resolution[0]
    along = filled(found.axes, along, known, middle)
    heat = draw_heat(
        plot,
        found.axes,
        along,
        cmap=colours_of(None, RELATIVE_COLOURS),
        norm=LogNorm(middle / SPAN, middle * SPAN),
    )
    states = AxisStates(known, np.zeros(len(known), bool), ~known)
    draw_without_resolution(plot, found.axes, states)
    label_disc(plot, f"Resolution at {THRESHOLDS[0]:g}\n(angle rot, radius tilt)")
    legend_at_disc(plot, legend_of_axes(states, ""))
    nyquist = 1 / float(found.frequency[-1])
    label = "Resolution\nalong the axis (Å)"
    resolution_bar(panel, plot, heat, (nyquist, np.inf), label)
    finer, coarser = found.by_chance[0]
    explain(
        panel,
        f"Whole shells: {found.plain_resolution[0]:.1f} Å. Expected if all axes were alike:\n"
        f"two thirds of them between {finer:.1f} and {coarser:.1f} Å. "
        f"Sphericity at {THRESHOLDS[1]:g}: {found.sphericity[1]:.2f}.",
    )
    return plot
