"""The share of false discoveries that comes about, with signal in one half of the mask."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Dict, List, Tuple

import numpy as np

from benchmarks.validation_cases import Experiment
from benchmarks.validation_oracle import SIGNIFICANCE, settings_of
from benchmarks.validation_race import Noise, Rule, amplitudes_of, passed, raced
from monodir_plugin.numerics import AxisSet
from monodir_plugin.numerics.cone import half_cone
from monodir_plugin.numerics.directional import DirectionalProblem, chances_together
from monodir_plugin.numerics.levelling import level
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.scratch import Scratch
from monodir_plugin.numerics.spectrum import spectrum_of, unit_gain

__all__ = ["AXES", "CLEAR", "RULES", "false_discoveries", "half_filled"]

#: Voxels from the signal's border on which a cell counts as noise alone.
CLEAR = 8
#: Signal of less than this share of the noise's 95 % quantile is none.
NO_SIGNAL = 0.1


@dataclass(frozen=True)
class Together(Rule):
    """The rule for all axes together, with the chances of every rung that it has in a map."""

    chances: Tuple[float, ...] = ()

    def threshold(self, rung: int, noise: Noise, amplitude: np.ndarray, tested: int) -> float:
        """As of any rule; the map's chances say all."""
        return noise.quantile(1 - self.chances[rung]) if self.chances[rung] else np.inf


RULES: Dict[str, Rule] = {
    "cells 5 %": Rule("cells", 0.95),
    "fdr 0.5 %": Rule("fdr", 0.995),
    "fdr 1 %": Rule("fdr", 0.99),
    "fdr 3 %": Rule("fdr", 0.97),
    "fdr 10 %": Rule("fdr", 0.90),
    "fdr-any 3 %": Rule("fdr-any", 0.97),
    "fdr-all 0.5 %": Together("fdr-all", 0.995),
    "fdr-all 3 %": Together("fdr-all", 0.97),
}
#: Every third of the study's axes.
AXES = AxisSet(AxisSet.icosahedral(46).vectors[::3])


def half_filled(experiment: Experiment) -> np.ndarray:
    """The clean map where y is below the centre's, and nothing elsewhere."""
    y = np.arange(len(experiment.mask)) - len(experiment.mask) // 2
    return experiment.clean * (y < 0).astype(np.float32)[None, :, None]


def false_discoveries(
    experiment: Experiment,
    strength: float,
    seeds: int = 4,
    rules: Dict[str, Rule] = RULES,
    axes: AxisSet = AXES,
    threads: int = 2,
) -> Dict[str, Dict[str, List[float]]]:
    """Share of the discoveries that lie in noise, means over axes and realisations.

    Parameters
    ----------
    experiment : Experiment
        With as many realisations of noise.
    strength : float
        Noise, standard deviations of the clean images.
    seeds : int
    rules : dict of str to Rule
    axes : AxisSet
    threads : int

    Returns
    -------
    dict
        By name of the rule lists with a value for every rung: ``test`` (of the voxels that pass
        the rung by itself), ``race`` (of those that reach it or a finer one), ``test_error`` and
        ``race_error`` (their standard errors over axes and realisations), ``signal_free`` (as
        ``test``, for noise into which no cone carries signal), ``discoveries`` (mean number
        that pass), ``together`` and ``together_error`` (as ``test``, of the voxels of all axes
        together), and ``noise`` (share of the cells that are noise; one value).
    """
    half, size = half_filled(experiment), len(experiment.mask)
    y = np.flatnonzero(experiment.mask) // size % size - size // 2
    rows: Dict[str, List[np.ndarray]] = {name: [] for name in rules}
    for seed in range(seeds):
        volume = half + np.float32(strength) * experiment.noise[-1 - seed]
        prepared = prepare(
            volume, experiment.mask, experiment.sampling, settings_of(experiment), threads=threads
        )
        signal = level(spectrum_of(half, unit_gain(volume)), prepared.problem.gains)
        counted = {
            name: _counted(rule, prepared.problem, axes, threads) for name, rule in rules.items()
        }

        def along(axis: np.ndarray) -> Dict[str, np.ndarray]:
            return _along(prepared.problem, signal, axis, y, counted)  # noqa: B023

        with ThreadPoolExecutor(threads) as pool:
            for found in pool.map(along, axes.vectors):
                for name, shares in found.items():
                    rows[name].append(shares)
    return {name: _summary(np.array(shares), y, seeds) for name, shares in rows.items()}


def _counted(rule: Rule, problem: DirectionalProblem, axes: AxisSet, threads: int) -> Rule:
    """A rule for all axes together with the chances that it has in a map."""
    if not isinstance(rule, Together):
        return rule
    strict = replace(problem, significance=rule.significance)
    return replace(rule, chances=tuple(chances_together(strict, axes, threads)))


def _along(
    problem: DirectionalProblem,
    signal: np.ndarray,
    axis: np.ndarray,
    y: np.ndarray,
    rules: Dict[str, Rule],
) -> Dict[str, np.ndarray]:
    """By rule: false shares of those that pass, reach, and pass without signal; how many pass."""
    scratch, rungs, half = Scratch(), problem.filters.ladder.frequency, problem.cone / 2
    cones = [half_cone(spectrum, axis, half, False) for spectrum in (problem.spectrum, signal)]
    along, noise, stacks = problem.noise.along(axis), [], []
    for rung in range(len(rungs)):
        stacks.append(amplitudes_of(cones, problem.filters, rung, problem.voxels, scratch))
        noise.append(along.tails(rung, stacks[-1], scratch))
    found, clean = np.array(stacks).transpose(1, 0, 2)
    least = NO_SIGNAL * np.array([tails.quantile(SIGNIFICANCE) for tails in noise])
    counted, null = (y < 0) | (y >= CLEAR), np.broadcast_to(y >= CLEAR, found.shape)
    free = null & (clean < least[:, None])
    out = {}
    for name, rule in rules.items():
        test = passed(found, noise, rule) & counted
        reached = (raced(found, noise, rungs, rule) >= rungs[:, None] - 1e-4) & counted
        out[name] = np.array(
            [_share(test & null, test), _share(reached & null, reached), _share(test & free, test),
             test.sum(axis=1)]
        )  # fmt: skip
    return out


def _share(some: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Sums over the last axis; where there is nothing, nothing is false."""
    return some.sum(axis=-1) / np.maximum(of.sum(axis=-1), 1)


def _summary(rows: np.ndarray, y: np.ndarray, seeds: int) -> Dict[str, List[float]]:
    """Means and standard errors over axes and realisations, (n, 4, rungs), axes within these."""
    by_seed = rows.reshape(seeds, -1, *rows.shape[1:])
    passing = by_seed[:, :, 3]
    together = _share(np.moveaxis(by_seed[:, :, 0] * passing, 1, -1), np.moveaxis(passing, 1, -1))
    means, errors = rows.mean(axis=0), rows.std(axis=0, ddof=1) / np.sqrt(len(rows))
    noise = np.sum(y >= CLEAR) / np.sum((y < 0) | (y >= CLEAR))
    return {
        "test": list(means[0]),
        "test_error": list(errors[0]),
        "race": list(means[1]),
        "race_error": list(errors[1]),
        "signal_free": list(means[2]),
        "discoveries": list(means[3]),
        "together": list(together.mean(axis=0)),
        "together_error": list(together.std(axis=0, ddof=1) / np.sqrt(seeds)),
        "noise": [float(noise)],
    }
