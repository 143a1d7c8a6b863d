"""Figure of the study of uniform views."""

from __future__ import annotations

from typing import List

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monodir_plugin.diagnosis.views.isotropy import LEVEL
from monodir_plugin.figures.drawing.layout import several_plots
from monodir_plugin.figures.drawing.style import TWO_COLUMNS, new_figure, styled
from studies.harness import Record, binomial_interval, column, some
from studies.isotropy.measure import SOURCES

__all__ = ["draw"]

#: Okabe and Ito's colours.
_COLOURS = {"solvent": "#0072B2", "half maps": "#D55E00"}
_MARKS = {"solvent": "o", "half maps": "s"}


@styled
def draw(records: List[Record]) -> Figure:
    """Size, power and score."""
    drawn = new_figure(TWO_COLUMNS, 2.5)
    plots = several_plots(drawn, 1, 4, width_ratios=(1.1, 0.8, 1.0, 1.0))
    known = some(records, images_known=True)
    for source in SOURCES:
        _draw_size(plots[0], some(known, study="uniform", source=source), source)
        for plot, study in ((plots[1], "cone"), (plots[2], "watson")):
            _draw_power(plot, some(known, study=study, source=source), source)
        _draw_scores(plots[3], known, source)
    plots[0].plot([0, 1], [0, 1], color="0.6", lw=0.7, zorder=0)
    plots[0].set(xlabel="p-value", ylabel="Share of maps below", title="Uniform views")
    plots[0].legend(frameon=False, loc="upper left")
    for plot, label, title in (
        (plots[1], "Half-angle (degrees)", "Missing cone"),
        (plots[2], "Concentration of views", "Preferred views"),
    ):
        plot.axhline(LEVEL, color="0.6", lw=0.7, zorder=0)
        plot.set(xlabel=label, ylabel="Rejected at 5 %", title=title, ylim=(-0.03, 1.03))
    top = plots[3].get_xlim()[1]
    plots[3].plot([0, top], [0, top], color="0.6", lw=0.7, zorder=0)
    plots[3].set(xlabel="True score", ylabel="Score, 90 % interval", title="Score")
    return drawn


def _draw_size(plot: Axes, records: List[Record], source: str) -> None:
    ordered = np.sort(column(records, "p_value"))
    share = np.arange(1, len(ordered) + 1) / len(ordered)
    plot.step(ordered, share, where="post", color=_COLOURS[source], lw=1, label=source)


def _draw_power(plot: Axes, records: List[Record], source: str) -> None:
    shift = {"solvent": -1, "half maps": 1}[source]
    named = sorted({r["named"] for r in records})
    width = 0.012 * (named[-1] - named[0])
    for value in named:
        found = [r for r in records if r["named"] == value]
        hits = column(found, "p_value") < LEVEL
        share, (low, high) = hits.mean(), binomial_interval(hits.sum(), len(hits))
        plot.errorbar(
            value + shift * width, share, [[share - low], [high - share]],
            fmt=_MARKS[source], ms=3, color=_COLOURS[source], lw=0.8,
        )  # fmt: skip


def _draw_scores(plot: Axes, known: List[Record], source: str) -> None:
    shift = {"solvent": -0.004, "half maps": 0.004}[source]
    chosen = some(known, source=source, study="uniform") + some(
        known, source=source, study="watson"
    )
    for truth in sorted({r["true_score"] for r in chosen}):
        found = [r for r in chosen if r["true_score"] == truth]
        score, low, high = (np.mean(column(found, name)) for name in ("score", "low", "high"))
        plot.errorbar(
            truth + shift, score, [[score - low], [high - score]],
            fmt=_MARKS[source], ms=3, color=_COLOURS[source], lw=0.8,
        )  # fmt: skip
