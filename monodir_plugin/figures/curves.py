"""Radial curves: resolution against the distance from the centre."""

from __future__ import annotations

from typing import Optional

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D, ScaledTranslation

from ..files.loading import Results
from ..numerics.reduction.profiles import radial_profile
from .drawing.alike_axes import UNKNOWN, AlikeMaps, alike_maps
from .drawing.layout import one_plot
from .drawing.style import (
    ONE_COLUMN,
    Limits,
    checked_limits,
    curve_styles,
    explain,
    new_figure,
    plain,
    styled,
)
from .drawing.unresolved import at_limit

__all__ = ["curves", "draw_curves"]

#: Shells with fewer voxels are not drawn: their means are too uncertain.
_FEWEST = 10
_LEGEND_BELOW = 24.0
_REFERENCE = "Dashed: the same map, if at every voxel all axes were alike but for scatter."
#: Room below the coarsest curve, and where a curve is near the text there, as parts of the axis.
_ROOM, _ROOM_OF_TEXT = 0.08, 0.18


def _dpi_scale(plot: Axes) -> Affine2D:
    """From inches to pixels of the figure of a subplot."""
    if plot.figure is None:
        raise ValueError("the subplot has no figure")
    return plot.figure.dpi_scale_trans


@styled
def curves(results: Results, limits: Optional[Limits] = None) -> Figure:
    """Means of some maps over shells, with standard deviations and fitted slopes.

    Parameters
    ----------
    results : Results
    limits : tuple of float, optional
        Å at the ends of the axis of resolution.
    """
    figure = new_figure(ONE_COLUMN, 3.2)
    plot = one_plot(figure)
    alike = alike_maps(results)
    draw_curves(plot, results, alike=alike)
    if alike is None:
        explain(figure, f"No dashed lines: {UNKNOWN}.")
    elif len(plot.lines) > len(curve_styles()):
        explain(figure, _REFERENCE)
    plot.set_title(f"Means over shells: {plain(results.name)}")
    if limits is not None:
        low, high = checked_limits(limits, lambda: results.resolution_limits)
        plot.set_ylim(high, low)
    return figure


def draw_curves(plot: Axes, results: Results, alike: Optional[AlikeMaps] = None) -> None:
    """Draw the curves with bands of a standard deviation, and slopes in the legend.

    Maps in which at least half of the voxels are not resolved are dotted, without a slope.

    Parameters
    ----------
    plot : Axes
    results : Results
    alike : AlikeMaps, optional
        For a dashed line beside each curve: the same map if at every voxel all axes were alike.
    """
    profile = results.profile
    enough = profile.count >= _FEWEST
    radius = profile.radius[enough]
    means = np.array([profile.mean[entry.name][enough] for entry, _ in curve_styles()])
    for entry, colour in curve_styles():
        name, label = entry.name, entry.short_label
        mean, spread = profile.mean[name][enough], profile.std[name][enough]
        fit, style = results.slopes.get(name), "-"
        # From the summary: the maps would take several times the memory of the figure.
        if at_limit(results, results.summary["median_A"][name]):
            label, style = f"{label}: mostly not resolved", ":"
        elif fit is not None and np.isfinite(fit["slope"]):
            label += f" ({round(fit['slope'], 3) + 0.0:+.3f} Å/Å)"
        plot.plot(radius, mean, color=colour, label=label, linewidth=1.2, linestyle=style)
        # The band must not reach beyond the limits, where no voxel lies.
        ends = np.clip([mean - spread, mean + spread], *results.resolution_limits)
        plot.fill_between(radius, *ends, color=colour, alpha=0.10, linewidth=0)
        if alike is not None and name in alike.values and style == "-":
            _draw_reference(plot, results, alike, name, colour)
    if results.slope_range is not None:
        plot.axvspan(*results.slope_range, ymax=0.02, color="0.6", linewidth=0)
        plot.annotate(
            "slopes fitted",
            (float(np.mean(results.slope_range)), 0.03),
            xycoords=plot.get_xaxis_transform(),
            ha="center",
            fontsize=6,
            color="0.35",
        )
        first, last = results.slope_range
        above = means[:, (radius >= first) & (radius <= last)]
        if above.size:
            # No curve may run through the text.  The axis may be shared and grow afterwards: what
            # it has to hold is extended, not its limits.
            finest, shown = plot.dataLim.y0, 1 + _ROOM - _ROOM_OF_TEXT * (1 + 2 * _ROOM)
            coarsest = finest + (float(above.max()) - finest) / shown
            plot.update_datalim([(radius[0], coarsest)], updatex=False)
    plot.margins(y=_ROOM)
    plot.invert_yaxis()
    plot.set_xlim(0, float(radius.max()) if len(radius) else 1.0)
    plot.set_xlabel("Distance from the centre (Å)")
    plot.set_ylabel("Resolution (Å), finer upwards")
    below = ScaledTranslation(0, -_LEGEND_BELOW / 72, _dpi_scale(plot))
    plot.legend(
        frameon=False,
        ncol=2,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=plot.transAxes + below,
    )


def _draw_reference(plot: Axes, results: Results, alike: AlikeMaps, name: str, colour: str) -> None:
    """Draw means over shells of a map if at every voxel all axes were alike."""
    some = {name: alike.values[name]}
    profile = radial_profile(alike.radius / results.sampling, some, results.sampling)
    enough = profile.count >= _FEWEST
    plot.plot(
        profile.radius[enough],
        profile.mean[name][enough],
        color=colour,
        linewidth=0.8,
        linestyle=(0, (4, 2)),
    )
