"""Figures of the simulated experiments."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Tuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes

from monodir_plugin.figures.curves import draw_curves
from monodir_plugin.figures.directions.polar import SPAN, draw_disc, states_of
from monodir_plugin.figures.drawing.layout import several_plots
from monodir_plugin.figures.drawing.planes import choose_planes, draw_planes, not_resolved
from monodir_plugin.figures.drawing.style import (
    RELATIVE_COLOURS,
    RESOLUTION_COLOURS,
    TWO_COLUMNS,
    Limits,
    colours_of,
    curve_styles,
    new_figure,
    robust_limits,
    styled,
)
from monodir_plugin.files.loading import Results

__all__ = ["draw_cases", "draw_series"]

_ROW, _FOOT = 1.65, 0.85
_COLUMNS = (1.0, 1.0, 1.0, 1.25)
_SERIES_COLOURS = "viridis"

#: Title, results, and coverage of the axes.
Row = Tuple[str, Results, np.ndarray]


@styled
def draw_cases(rows: Sequence[Row], common_scale: bool) -> Figure:
    """One row for each case: ADR across y, axes, axes against their coverage, curves.

    Parameters
    ----------
    rows : sequence of (str, Results, ndarray)
        Title, what was measured, coverage of every axis.
    common_scale : bool
        Whether to draw ADR and curves of all rows on one scale.
    """
    figure = new_figure(TWO_COLUMNS, _ROW * len(rows) + _FOOT)
    panels = figure.subfigures(len(rows) + 1, 1, height_ratios=[_ROW] * len(rows) + [_FOOT])
    together = robust_limits([results for _, results, _ in rows], ["adr"])
    last = []
    for panel, (title, results, coverage) in zip(panels, rows):
        panel.suptitle(title, x=0.01, ha="left", fontsize=7.5, weight="bold")
        grid = panel.add_gridspec(1, 4, width_ratios=_COLUMNS)
        scale = together if common_scale else robust_limits([results], ["adr"])
        _slice(panel.add_subplot(grid[0]), results, scale)
        _disc(panel.add_subplot(grid[1], projection="polar"), results)
        _against_coverage(panel.add_subplot(grid[2]), results, coverage)
        last.append(panel.add_subplot(grid[3]))
        _curves(last[-1], results)
    if common_scale:
        _share_ranges(last)
    _legends(panels[-1], together if common_scale else None)
    return figure


def _slice(plot: Axes, results: Results, scale: Limits) -> None:
    (plane,) = (p for p in choose_planes(results.mask) if p.axis == "y")
    draw_planes(
        [plot],
        results,
        [plane],
        results.volumes["adr"],
        hatched=not_resolved(results, "adr"),
        cmap=colours_of(None, RESOLUTION_COLOURS),
        vmin=scale[0],
        vmax=scale[1],
    )
    plot.set_title(f"ADR, {scale[0]:.1f} to {scale[1]:.1f} Å", fontsize=6)


def _disc(plot: PolarAxes, results: Results) -> None:
    draw_disc(plot, results)
    plot.set_title("")
    plot.set_yticklabels([])
    plot.set_xticks(np.deg2rad([0, 90, 180, 270]))
    plot.tick_params(axis="x", pad=1)


def _against_coverage(plot: Axes, results: Results, coverage: np.ndarray) -> None:
    """Resolution along every axis; colour is the axis's angle to z.

    Axes that are not resolved in most of the mask stand on the lower edge, as triangles.
    """
    tilt = results.axes.upper().tilt
    known = states_of(results).resolved
    look: Dict[str, Any] = {
        "s": 9,
        "cmap": matplotlib.colormaps["cividis"],
        "vmin": 0,
        "vmax": 90,
        "edgecolors": "0.2",
        "linewidths": 0.2,
        "clip_on": False,
    }
    plot.scatter(coverage[known], results.axis_resolution[known], c=tilt[known], **look)
    if not known.all():
        below, edge = coverage[~known], plot.get_xaxis_transform()
        zeros = np.zeros(len(below))
        plot.scatter(below, zeros, c=tilt[~known], marker="v", transform=edge, **look)
    plot.invert_yaxis()
    plot.set_xlim(0, max(2.0, 1.05 * float(coverage.max())))
    plot.set_xlabel("Coverage of the axis")
    plot.set_ylabel("Resolution\nalong the axis (Å)")


def _curves(plot: Axes, results: Results) -> None:
    draw_curves(plot, results)
    plot.get_legend().remove()
    for text in plot.texts:
        text.remove()
    slopes = ", ".join(
        f"{word} {round(results.slopes[name]['slope'], 3) + 0.0:+.3f}"
        for name, word in (("radial", "rad."), ("tangential", "tang."))
    )
    plot.set_title(f"Slopes (Å/Å): {slopes}", fontsize=6)
    plot.set_ylabel("Resolution (Å)")


def _share_ranges(plots: Sequence[Axes]) -> None:
    low = min(min(plot.get_ylim()) for plot in plots)
    high = max(max(plot.get_ylim()) for plot in plots)
    for plot in plots:
        plot.set_ylim(high, low)


def _legends(panel: Figure, adr: Optional[Limits]) -> None:
    """The scales of all rows, side by side; without one scale of ADR its own stands above each."""
    bars = panel.add_gridspec(2, 4, height_ratios=[1, 4], width_ratios=_COLUMNS)
    ratios = ScalarMappable(LogNorm(1 / SPAN, SPAN), colours_of(None, RELATIVE_COLOURS))
    tilts = ScalarMappable(Normalize(0, 90), "cividis")
    ends = Normalize(0, 1) if adr is None else Normalize(*adr)
    colours = ScalarMappable(ends, colours_of(None, RESOLUTION_COLOURS))
    labels = (
        "ADR (Å), finer to the right",
        "Resolution along the axis\nover the median axis's,\nfiner to the right",
        "Angle of the axis to z (°)",
    )
    for column, (mappable, label) in enumerate(zip((colours, ratios, tilts), labels)):
        bar = panel.colorbar(
            mappable, cax=panel.add_subplot(bars[0, column]), orientation="horizontal"
        )
        bar.set_label(label, fontsize=6)
        if column < 2:
            bar.ax.invert_xaxis()
        if column == 0 and adr is None:
            bar.set_ticks([0, 1], labels=["finest", "coarsest"])
        if column == 1:
            bar.set_ticks([1 / SPAN, 1, SPAN], labels=[f"{1 / SPAN:.2f}", "1", f"{SPAN:.1f}"])
            bar.ax.minorticks_off()
        if column == 2:
            bar.set_ticks([0, 30, 60, 90])
    words = panel.add_subplot(bars[:, 3])
    words.set_axis_off()
    for entry, colour in curve_styles():
        words.plot([], [], color=colour, label=entry.short_label)
    words.legend(frameon=False, ncol=2, loc="upper center", borderaxespad=0)


@styled
def draw_series(angles: Sequence[float], results: Sequence[Results], shifted: Results) -> Figure:
    """Tangential curves for errors of angle, and the slopes of all curves.

    Parameters
    ----------
    angles : sequence of float
        Standard deviations, degrees.
    results : sequence of Results
        One for each.
    shifted : Results
        With errors of shift and none of angle.
    """
    figure = new_figure(TWO_COLUMNS, 2.8)
    left, middle, right = several_plots(figure, 1, 3, width_ratios=[1.2, 1.0, 1.0])
    shades = matplotlib.colormaps[_SERIES_COLOURS](np.linspace(0.0, 0.9, len(angles)))
    for angle, found, shade in zip(angles, results, shades):
        _tangential(left, found, f"{angle:g}°", color=shade)
    _tangential(left, shifted, "shifts of 1 voxel", color="0.3", linestyle=":")
    left.invert_yaxis()
    left.set_xlabel("Distance from the centre (Å)")
    left.set_ylabel("Tangential resolution (Å), finer upwards")
    below: Dict[str, Any] = {"frameon": False, "loc": "upper center", "bbox_to_anchor": (0.5, -0.2)}
    left.legend(ncol=3, **below)
    for plot, key, label in (
        (middle, "slope", "Slope (Å/Å)"),
        (right, "intercept", "Resolution at the centre (Å),\nextrapolated, finer upwards"),
    ):
        for entry, colour in curve_styles():
            if not entry.needs_centre:
                continue
            values = [found.slopes[entry.name][key] for found in results]
            plot.plot(angles, values, "o-", color=colour, markersize=3, label=entry.short_label)
            level = shifted.slopes[entry.name][key]
            plot.axhline(level, color=colour, linestyle=":", linewidth=0.9)
        plot.set_xlabel("Angular error (°)")
        plot.set_ylabel(label)
    middle.axhline(0, color="0.8", linewidth=0.6, zorder=0)
    right.invert_yaxis()
    middle.plot([], [], color="0.3", linestyle=":", label="shifts of 1 voxel, 0°")
    middle.legend(**below)
    return figure


def _tangential(plot: Axes, results: Results, label: str, **line: Any) -> None:
    profile = results.profile
    enough = profile.count >= 10
    plot.plot(profile.radius[enough], profile.mean["tangential"][enough], label=label, **line)
