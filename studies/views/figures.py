"""Figures of the calibration of the conical correlation and of missing views."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Sequence

import numpy as np
from matplotlib.figure import Figure

from monodir_plugin.diagnosis.conical_fsc import THRESHOLDS
from monodir_plugin.figures.directions.views import draw_coverage, draw_views
from monodir_plugin.figures.drawing.layout import several_plots
from monodir_plugin.figures.drawing.style import TWO_COLUMNS, new_figure, styled
from studies.harness import Record, column, some
from studies.views.cones import OPENINGS, SIZES, cone_records
from studies.views.measure import TREATMENTS, example

__all__ = ["draw"]

#: Okabe and Ito's colours.
_SOURCES = {"half maps": ("o", "#0072B2"), "solvent": ("^", "#D55E00")}
_BLACK = "#000000"
_SHOWN = ("top, k = 2", "side, k = -6", "tilts 0-50")


def draw(records: Sequence[Record]) -> Dict[str, Figure]:
    """All figures of the page, by name; those of examples and cones are measured here."""
    return {
        "figure_diagnosis_views": _draw_worst(records),
        "figure_diagnosis_views_examples": _draw_examples(),
        "figure_diagnosis_cones": _draw_cones(cone_records()),
    }


@styled
def _draw_worst(records: Sequence[Record]) -> Figure:
    """Coverage of the worst axis as found against true, by treatment."""
    figure = new_figure(TWO_COLUMNS, 2.2)
    plots = several_plots(figure, 1, len(TREATMENTS), sharex=True, sharey=True)
    for plot, treatment in zip(plots, TREATMENTS):
        plot.plot([0, 1], [0, 1], color="0.6", linewidth=0.6)
        for source, (mark, colour) in _SOURCES.items():
            chosen = some(records, treatment=treatment, **{"from": source})
            plot.plot(
                column(chosen, "true_worst"),
                column(chosen, "worst"),
                linestyle="none",
                marker=mark,
                markersize=2.5,
                markeredgewidth=0,
                color=colour,
                alpha=0.7,
                label=source,
            )
        plot.set_title(treatment.replace(" and", "\nand").replace(" along", "\nalong"))
        plot.set_xlabel("True worst coverage")
        plot.set_aspect("equal")
    plots[0].set_ylabel("Worst coverage found")
    plots[0].legend(frameon=False, loc="upper left", handletextpad=0.1)
    return figure


@styled
def _draw_examples() -> Figure:
    """Views found beside the true ones, for three distributions."""
    figure = new_figure(TWO_COLUMNS, 6.6)
    for row, name in zip(figure.subfigures(len(_SHOWN), 1), _SHOWN):
        found, truth = example(name)
        left, middle, right = row.subfigures(1, 3)
        row.suptitle(name)
        draw_coverage(left, found)
        draw_views(middle, found)
        draw_views(right, replace(found, views=truth))
        middle.axes[0].set_title("Views found", pad=9)
        right.axes[0].set_title("Views as drawn", pad=9)
    return figure


@styled
def _draw_cones(records: List[Record]) -> Figure:
    """Sphericity against a missing cone, and the scatter of axes against the size of the box."""
    figure = new_figure(TWO_COLUMNS, 2.6)
    left, right = several_plots(figure, 1, 2)
    cones = [r for r in records if r["size"] == 96]
    for i, (threshold, mark) in enumerate(zip(THRESHOLDS, "os")):
        left.plot(
            OPENINGS,
            [r["sphericity"][i] for r in sorted(cones, key=lambda r: r["opening"])],
            marker=mark,
            markersize=3,
            color=(_BLACK, "#0072B2")[i],
            label=f"at {threshold:g}",
        )
    left.set_ylim(0.5, 1.02)
    left.set_xlabel("Half-angle of the missing cone (degrees)")
    left.set_ylabel("Sphericity")
    left.legend(frameon=False)
    whole = sorted((r for r in records if r["opening"] == 0), key=lambda r: r["size"])
    size = [r["size"] for r in whole]
    low, high = (np.array([r["by_chance"][i] for r in whole]) for i in (0, 1))
    right.fill_between(size, low, high, color="0.85", linewidth=0, label="Two thirds by chance")
    right.errorbar(
        size,
        [r["plain"] for r in whole],
        yerr=[
            [r["plain"] - r["low"] for r in whole],
            [r["high"] - r["plain"] for r in whole],
        ],
        fmt="o",
        markersize=3,
        capsize=2,
        color="#D55E00",
        label="Whole shells; two thirds of the axes",
    )
    right.axhline(whole[0]["known"], color="0.4", linewidth=0.6, linestyle=":", label="Known")
    right.set_xticks(SIZES)
    right.invert_yaxis()
    right.set_xlabel("Side of the box (voxels)")
    right.set_ylabel("Resolution at 0.143 (Å), finer upwards")
    right.legend(frameon=False, loc="upper right")
    return figure
