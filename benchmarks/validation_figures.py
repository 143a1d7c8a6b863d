"""Figures of the validation."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

import numpy as np
from matplotlib.figure import Figure

from benchmarks.pictures import save_picture
from monodir_plugin.figures.style import TWO_COLUMNS, new_figure, styled

__all__ = ["draw_all", "oracle_records", "records_named"]

#: Okabe and Ito's colours.
COLOURS = {"published": "#000000", "default": "#0072B2", "cell by cell": "#D55E00"}
MARKS = {"published": "s", "default": "o", "cell by cell": "^"}
_NOISE = ("low", "middle", "high")


def oracle_records(found: Dict[str, dict]) -> List[dict]:
    """All records of the comparison with oracles."""
    return records_named(found, "oracle ")


def records_named(found: Dict[str, dict], start: str) -> List[dict]:
    """All records of the sections whose names start alike."""
    return [
        record
        for name, section in found.items()
        if name.startswith(start)
        for record in section["content"]
    ]


def draw_all(found: Dict[str, dict], output: Path) -> None:
    """Write every figure as PNG."""
    save_picture(draw_errors(oracle_records(found)), output / "figure_validation_errors.png")
    save_picture(draw_calibration(found), output / "figure_validation_calibration.png")


@styled
def draw_errors(records: List[dict]) -> Figure:
    """Mean absolute error and rank correlation of R(r, d) against both oracles, by noise."""
    figure = new_figure(TWO_COLUMNS, 4.2)
    plots = figure.subplots(2, 2, sharex=True, sharey="row")
    cases = sorted({(r["particle"], r["views"]) for r in records})
    for column, oracle in enumerate(("strict", "fair")):
        chosen = [r for r in records if r["oracle"] == oracle and r["quantity"] == "R"]
        for row, (value, label) in enumerate(
            (("mean_rungs", "Mean absolute error (rungs)"), ("rank", "Rank correlation"))
        ):
            plot = plots[row, column]
            for shift, name in zip((-0.2, 0.0, 0.2), COLOURS):
                for number, case in enumerate(cases):
                    mine = {
                        r["noise"]: r[value]
                        for r in chosen
                        if r["estimator"] == name and (r["particle"], r["views"]) == case
                    }
                    x = np.arange(len(_NOISE)) + shift + 0.025 * (number - (len(cases) - 1) / 2)
                    plot.plot(
                        x, [mine[noise] for noise in _NOISE], MARKS[name], ms=3,
                        color=COLOURS[name], label=name if number == 0 else None,
                    )  # fmt: skip
            plot.set_xticks(np.arange(len(_NOISE)), _NOISE)
            if column == 0:
                plot.set_ylabel(label)
        plots[0, column].set_title(f"{oracle.capitalize()} oracle")
        plots[1, column].set_xlabel("Noise")
    for row, value in enumerate(("mean_rungs", "rank")):
        drawn = [r[value] for r in records if r["quantity"] == "R" and r["estimator"] in COLOURS]
        plots[row, 0].set_ylim(0, 1.08 * np.nanmax(drawn))
    plots[0, 1].legend(frameon=False)
    return figure


@styled
def draw_calibration(found: Dict[str, dict]) -> Figure:
    """Noise alone, leakage, and the spread between highest and lowest with more axes."""
    figure = new_figure(TWO_COLUMNS, 2.4)
    noise, leak, axes = figure.subplots(1, 3)
    for name in COLOURS:
        shares = found[f"noise {name}"]["content"]
        noise.semilogy(
            1 / np.array(shares["resolution_voxels"]), 100 * np.array(shares["share"]),
            MARKS[name] + "-", ms=2.5, lw=0.8, color=COLOURS[name], label=name,
        )  # fmt: skip
        place, resolved, _ = np.array(found[f"leakage {name}"]["content"]).T
        leak.plot(place, 100 * resolved, MARKS[name] + "-", ms=2.5, lw=0.8, color=COLOURS[name])
    noise.set_ylim(1e-3, 10)
    noise.set(xlabel="Rung (cycles per voxel)", ylabel="Cells that reach it (%)")
    noise.set_title("Noise alone")
    noise.legend(frameon=False)
    leak.axvline(0, color="0.6", lw=0.6)
    leak.set(xlabel="Distance from the signal (voxels)", ylabel="Cells resolved (%)")
    leak.set_title("Signal in one half")
    leak.set_ylim(0, 100)
    for style, level in zip(("-", "--", ":"), _NOISE):
        rows = found[f"axes {level}"]["content"]
        count = [row["axes"] for row in rows]
        for which, colour in (("highest", "#009E73"), ("lowest", "#CC79A7")):
            axes.plot(
                count, [row[which] for row in rows], style, marker="o", ms=2.5, lw=0.9,
                color=colour, label=f"{which}, {level}",
            )  # fmt: skip
    axes.set(xlabel="Number of axes", ylabel="Median resolution (voxels)", ylim=(11, 0))
    axes.set_xticks(count)
    axes.set_title("Default preset, noise low to high")
    axes.legend(frameon=False, fontsize=5.5, ncols=2, loc="center", bbox_to_anchor=(0.5, 0.36))
    return figure
