"""What an estimator should report when signal and noise are known apart.

At every rung, with ``A`` the amplitude inside the mask, low-passed at the rung's frequency
as in the paper, and ``T`` its 95 % quantile over 20 realisations of the noise alone, taken
inside the mask where no experimenter can:

* strict: ``A(clean) / T``;
* fair: the median over the realisations of ``A(clean + noise) / T``.

The oracle's resolution is that of the finest rung at which the ratio exceeds one.  Where an
estimator interpolates the crossing of the threshold, so does its oracle.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from benchmarks.validation_cases import Experiment
from monodir_plugin.numerics import AxisSet, Settings
from monodir_plugin.numerics.amplitude import coned_amplitude
from monodir_plugin.numerics.cone import half_cone
from monodir_plugin.numerics.directional import DirectionalProblem
from monodir_plugin.numerics.interpolation import VoxelRows, at_voxels
from monodir_plugin.numerics.monores import monogenic_amplitude
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.presets import Preset
from monodir_plugin.numerics.scratch import Scratch
from monodir_plugin.numerics.spectrum import spectrum_of
from monodir_plugin.numerics.table import encode

__all__ = [
    "ORACLES",
    "REALISATIONS",
    "SIGNIFICANCE",
    "SOME_AXES",
    "finest_passed",
    "oracles_of",
    "oracles_without_cone",
    "settings_of",
]

SIGNIFICANCE = 0.95
#: Realisations that the thresholds and the fair oracle are made of.
REALISATIONS = 20
DIRECTIONS = 46
#: Ten of the axes, for what costs much.
SOME_AXES = AxisSet(AxisSet.icosahedral(DIRECTIONS).vectors[::5])
ORACLES = ("strict", "fair")


#: Codes (:mod:`monodir_plugin.numerics.table`) by name of the oracle and level of noise.
Codes = Dict[Tuple[str, float], np.ndarray]


def settings_of(experiment: Experiment, directions: int = DIRECTIONS) -> Settings:
    """Settings of every measurement: the coarse limit, ten voxels, is the same for all presets."""
    return Settings(directions=directions, coarsest=10 * experiment.sampling)


def finest_passed(ratio: np.ndarray, rungs: np.ndarray, interpolate: bool) -> np.ndarray:
    """Spatial frequency of the finest rung at which a ratio exceeds one.

    Parameters
    ----------
    ratio : ndarray, shape (rungs, n)
    rungs : ndarray, shape (rungs,)
        Cycles per voxel.
    interpolate : bool
        Go on to where the ratio crosses one.

    Returns
    -------
    ndarray, shape (n,)
        Cycles per voxel; 0 where no rung is passed.
    """
    passed = ratio > 1
    last = len(rungs) - 1 - np.argmax(passed[::-1], axis=0)
    found = rungs[last]
    if interpolate:
        column = np.arange(ratio.shape[1])
        following = np.minimum(last + 1, len(rungs) - 1)
        here, there = ratio[last, column], ratio[following, column]
        inside = (following > last) & (here > 1)
        share = np.divide(here - 1, here - there, out=np.zeros_like(here), where=inside)
        found = found + share * (rungs[following] - found)
    return np.where(passed.any(axis=0), found, 0.0)


def oracles_of(
    experiment: Experiment,
    preset: Preset,
    levels: Sequence[float],
    threads: int = 2,
    axes: Optional[AxisSet] = None,
) -> Codes:
    """Tables of both oracles of a preset at every level of noise.

    Parameters
    ----------
    experiment : Experiment
        With at least :data:`REALISATIONS` realisations of noise.
    preset : Preset
    levels : sequence of float
        In standard deviations of the clean images.
    threads : int
    axes : AxisSet, optional
        The 46 axes of the study by default.

    Returns
    -------
    dict of (str, float) to ndarray, shape (axes, n), uint16
        By name of the oracle and level, for the sampled voxels.
    """
    problem, signal, noises = _problem(experiment, preset, levels, threads)

    def along(axis: np.ndarray) -> Codes:
        return _codes(problem, _coned(problem, axis, signal, noises, levels), levels)

    with ThreadPoolExecutor(threads) as pool:
        rows = list(pool.map(along, axes or AxisSet.icosahedral(DIRECTIONS)))
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def oracles_without_cone(
    experiment: Experiment, preset: Preset, levels: Sequence[float], threads: int = 2
) -> Codes:
    """The same for MonoRes; arrays have shape (n,)."""
    problem, signal, noises = _problem(experiment, preset, levels, threads)
    return _codes(problem, _unconed(problem, signal, noises, levels, threads), levels)


def _problem(
    experiment: Experiment, preset: Preset, levels: Sequence[float], threads: int
) -> Tuple[DirectionalProblem, np.ndarray, List[np.ndarray]]:
    """Filters and ladder for the sampled voxels; spectra of signal and noises."""
    # Noise as of half maps: an oracle's ladder must not hang on what is left of the solvent.
    prepared = prepare(
        experiment.map(levels[0]), experiment.mask, experiment.sampling, settings_of(experiment),
        preset, np.float32(levels[0]) * experiment.noise[0], threads=threads,
    )  # fmt: skip
    problem = replace(
        prepared.problem,
        voxels=VoxelRows(experiment.sampled),
        filters=prepared.problem.unpooled,
    )
    noises = [spectrum_of(noise) for noise in experiment.noise[:REALISATIONS]]
    return problem, spectrum_of(experiment.clean), noises


#: Amplitudes at a rung: clean, of the noises, and of the noisy maps by level.
Amplitudes = Tuple[np.ndarray, np.ndarray, Dict[float, np.ndarray]]


def _codes(
    problem: DirectionalProblem, amplitudes: Iterator[Amplitudes], levels: Sequence[float]
) -> Codes:
    ratios: Dict[Tuple[str, float], list] = {(o, level): [] for o in ORACLES for level in levels}
    for clean, noise, noisy in amplitudes:
        threshold = float(np.quantile(noise, SIGNIFICANCE))
        for level in levels:
            ratios["strict", level].append(clean / (level * threshold))
            ratios["fair", level].append(_half(noisy[level]) / (level * threshold))
    rungs = problem.filters.ladder.frequency
    return {
        key: encode(finest_passed(np.array(ratio), rungs[: len(ratio)], problem.rules.interpolate))
        for key, ratio in ratios.items()
    }


def _half(values: np.ndarray) -> np.ndarray:
    """What at least half of the realisations reach."""
    place = len(values) // 2
    return np.partition(values, place, axis=0)[place]


def _coned(problem, axis, signal, noises, levels) -> Iterator[Amplitudes]:  # type: ignore[no-untyped-def]
    half = problem.cone / 2
    clean = half_cone(signal, axis, half, problem.rules.corners)
    grains = [half_cone(noise, axis, half, problem.rules.corners) for noise in noises]
    # Cones of sums are sums of cones but for the power across the axis, so they are made anew.
    sums = {
        level: [half_cone(signal + level * n, axis, half, problem.rules.corners) for n in noises]
        for level in levels
    }
    everyone = np.arange(len(problem.voxels), dtype=np.int32)
    scratch = Scratch()

    def amplitude(cone, rung: int) -> np.ndarray:  # type: ignore[no-untyped-def]
        lines = coned_amplitude(cone, problem.filters, rung, problem.fade, scratch)
        return at_voxels(lines, problem.voxels, everyone, scratch).copy()

    for rung in range(len(problem.filters.ladder)):
        yield (
            amplitude(clean, rung),
            np.array([amplitude(cone, rung) for cone in grains]),
            {level: np.array([amplitude(c, rung) for c in sums[level]]) for level in levels},
        )


def _unconed(problem, signal, noises, levels, threads) -> Iterator[Amplitudes]:  # type: ignore[no-untyped-def]
    filters, fade, corners = problem.filters, problem.fade, problem.rules.corners
    scratch = Scratch()

    def amplitude(spectrum: np.ndarray, rung: int) -> np.ndarray:
        box = monogenic_amplitude(spectrum, filters, rung, fade, corners, 1, scratch)
        return box.ravel()[problem.voxels.flat]

    with ThreadPoolExecutor(threads) as pool:
        for rung in range(len(problem.filters.ladder)):
            every = [signal, *noises, *(signal + level * n for level in levels for n in noises)]
            found = list(pool.map(lambda s: amplitude(s, rung), every))  # noqa: B023
            stacks = np.array(found[1:]).reshape(1 + len(levels), len(noises), -1)
            yield found[0], stacks[0], dict(zip(levels, stacks[1:]))
