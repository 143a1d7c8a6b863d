"""Figure of the study of the angular error."""

from __future__ import annotations

from typing import List

import numpy as np
import scipy.stats
from matplotlib.figure import Figure

from monodir_plugin.figures.drawing.layout import several_plots
from monodir_plugin.figures.drawing.style import TWO_COLUMNS, new_figure, styled
from studies.angles.calibration import estimated
from studies.angles.measure import NOISES
from studies.harness import Record, column

__all__ = ["draw"]

_COLOURS = {"solvent": "#D55E00", "half maps": "#0072B2"}


@styled
def draw(rows: List[Record]) -> Figure:
    """Estimates against the truth, their deviations, and how often the error is significant."""
    figure = new_figure(TWO_COLUMNS, 2.5)
    estimates, deviations, power = several_plots(figure, 1, 3)
    rng = np.random.default_rng(0)
    for noise, shift in zip(NOISES, (-0.07, 0.07)):
        test = [r for r in estimated(rows, noise_from=noise) if r["half"] != "training"]
        sigma = column(test, "sigma")
        x = sigma + shift + rng.uniform(-0.06, 0.06, size=len(sigma))
        low, middle, high = (column(test, f"found_{n}") for n in ("low", "sigma", "high"))
        if noise == "half maps":
            estimates.errorbar(
                x, middle, [middle - low, high - middle], fmt="o", ms=1.5, lw=0.4, alpha=0.7,
                color=_COLOURS[noise], label="half maps: interval",
            )  # fmt: skip
        else:
            estimates.plot(
                x, low, "^", ms=2.5, alpha=0.7, color=_COLOURS[noise],
                label="single map: lower bound",
            )  # fmt: skip
        z = (column(test, "found_squared") - sigma**2) / column(test, "found_squared_error")
        deviations.hist(
            np.clip(z, -4, 4), np.linspace(-4, 4, 25).tolist(), density=True, histtype="step",
            color=_COLOURS[noise],
        )  # fmt: skip
        every = np.unique(sigma)
        share = [np.mean(low[sigma == s] > 0) for s in every]
        power.plot(every, 100 * np.array(share), "o-", ms=2.5, lw=0.9, color=_COLOURS[noise])
    top = 6.0
    estimates.plot([0, top], [0, top], color="0.5", lw=0.6)
    estimates.set(xlabel="Simulated angular error (degrees)", xlim=(-0.3, 4.4))
    estimates.set(ylabel="Estimate or lower bound (degrees)", ylim=(0, top))
    estimates.legend(frameon=False, loc="upper left")
    grid = np.linspace(-4, 4, 200)
    deviations.plot(grid, scipy.stats.norm.pdf(grid), color="0.5", lw=0.6)
    deviations.set(xlabel="Deviation of σ² (standard errors)", ylabel="Density")
    power.axhline(5, color="0.5", lw=0.6)
    power.set(xlabel="Simulated angular error (degrees)", ylabel="Significant (%)", ylim=(0, 102))
    return figure
