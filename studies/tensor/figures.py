"""Figure of the study of tensors."""

from __future__ import annotations

from typing import Dict, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monodir_plugin.figures.drawing.layout import several_plots
from monodir_plugin.figures.drawing.style import TWO_COLUMNS, new_figure, styled
from studies.harness import Record, column, some
from studies.tensor.measure import CUBES
from studies.tensor.page import BOUND, largest_error

__all__ = ["draw"]

#: Okabe and Ito's colours, and marks, of the blurs that are not alike along all axes.
_LOOKS = [("#0072B2", "o"), ("#D55E00", "^"), ("#009E73", "s")]


@styled
def draw(records: Sequence[Record]) -> Figure:
    """Errors of the mean tensor and of local means; fractional anisotropy."""
    figure = new_figure(TWO_COLUMNS, 2.5)
    of_mean, of_cubes, of_anisotropy = several_plots(figure, 1, 3)
    blurs = list(dict.fromkeys(r["blur"] for r in records if not r["alike"]))
    looks = dict(zip(blurs, _LOOKS))
    _draw_mean(of_mean, records, looks)
    _draw_cubes(of_cubes, records, looks)
    _draw_anisotropy(of_anisotropy, records, looks)
    return figure


def _draw_mean(plot: Axes, records: Sequence[Record], looks: Dict[str, tuple]) -> None:
    for blur, (colour, mark) in looks.items():
        for shape in sorted({r["shape"] for r in records}):
            mine = some(records, blur=blur, shape=shape)
            plot.plot(
                [100 * r["unresolved"] for r in mine],
                [largest_error(r) for r in mine],
                mark,
                ms=3.5,
                mec=colour,
                mfc=colour if shape == "sphere" else "white",
            )
    plot.axhline(BOUND, color="0.4", lw=0.8, ls="--")
    plot.set_ylim(0, None)
    plot.set_xlabel("Pairs not resolved (%)")
    plot.set_ylabel("Largest error of an axis (degrees)")
    plot.set_title("Mean tensor (open: rods)")


def _draw_cubes(plot: Axes, records: Sequence[Record], looks: Dict[str, tuple]) -> None:
    levels = sorted({r["noise"] for r in records})
    for blur, (colour, mark) in looks.items():
        for noise, line in ((levels[0], "-"), (levels[-1], ":")):
            mine = some(records, blur=blur, noise=noise, shape="sphere")
            errors = [np.median(column(mine, f"cube_{side}_deg")) for side in CUBES]
            label = blur if line == "-" else None
            plot.plot(CUBES, errors, mark, ls=line, color=colour, ms=3, lw=0.9, label=label)
    plot.axhline(BOUND, color="0.4", lw=0.8, ls="--")
    plot.set_ylim(0, None)
    plot.set_xticks(CUBES)
    place = {"loc": "center right", "bbox_to_anchor": (1, 0.77)}
    plot.legend(title="Blur (voxels)", title_fontsize=6.5, frameon=False, **place)
    plot.set_xlabel("Side of the cube averaged over (voxels)")
    plot.set_ylabel("Median error of an axis (degrees)")
    plot.set_title("Voxels and local means")


def _draw_anisotropy(plot: Axes, records: Sequence[Record], looks: Dict[str, tuple]) -> None:
    alike = some(records, alike=True)
    plot.plot([0, 1], [0, 1], color="0.4", lw=0.8, ls="--")
    plot.plot(
        [r["chance"] for r in alike],
        [r["anisotropy"] for r in alike],
        "D",
        ms=3,
        color="0.55",
        label="isotropic, voxels",
    )
    rng = np.random.default_rng(0)
    for blur, (colour, mark) in looks.items():
        mine = some(records, blur=blur)
        aside = rng.uniform(-0.012, 0.012, len(mine))
        plot.plot(
            np.array([r["anisotropy_of_blur"] for r in mine]) + aside,
            [r["mean_anisotropy"] for r in mine],
            mark,
            ms=3,
            color=colour,
        )
    plot.set_xlim(0, 1)
    plot.set_ylim(0, 1)
    plot.set_aspect("equal")
    plot.set_xlabel("By chance, or of the blur")
    plot.set_ylabel("Fractional anisotropy")
    plot.set_title("Fractional anisotropy")
    plot.legend(frameon=False, loc="upper left")
