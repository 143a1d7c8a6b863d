"""Rules that were tried, on amplitudes that are measured once: which is nearest to the oracles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from benchmarks.validation_cases import Experiment
from benchmarks.validation_metric import rungs_passed
from benchmarks.validation_oracle import (
    ORACLES,
    REALISATIONS,
    SIGNIFICANCE,
    SOME_AXES,
    oracles_of,
    settings_of,
)
from benchmarks.validation_race import NEVER, Rule, amplitudes_of, raced
from benchmarks.validation_study import FIRST, LEVELS
from monodir_plugin.numerics import AxisSet
from monodir_plugin.numerics.amplitude import coned_amplitude
from monodir_plugin.numerics.analysis import measure_table
from monodir_plugin.numerics.cone import HalfCone, half_cone
from monodir_plugin.numerics.directional import DirectionalProblem
from monodir_plugin.numerics.fade import FADE_WIDTH, Fade
from monodir_plugin.numerics.filters import Filters
from monodir_plugin.numerics.interpolation import VoxelRows, at_voxels
from monodir_plugin.numerics.ladder import Ladder
from monodir_plugin.numerics.levelling import SLOPE, level
from monodir_plugin.numerics.noise import SOLVENT_ANGLE, NoiseSample, SampledNoise
from monodir_plugin.numerics.noise_power import NoisePower
from monodir_plugin.numerics.noise_tails import PowerNoise, Tails, tails_of_noise
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.presets import DEFAULT, POOLING, PUBLISHED
from monodir_plugin.numerics.scratch import Scratch
from monodir_plugin.numerics.spectrum import spectrum_of, unit_gain
from monodir_plugin.numerics.table import encode

__all__ = ["NOISES", "POOLINGS", "Tried", "rules_tried", "tried_on"]

#: Low-pass filter of the amplitude over the rung's frequency.
POOLINGS = (1.0, 0.5, 0.3)
#: Where thresholds come from: the solvent's amplitude, its power, the noise itself in the mask.
NOISES = ("sampled", "power", "true")
_CONTROLS = (
    ("cells", 0.95),
    ("cells", 0.99),
    ("fdr", 0.998),
    ("fdr", 0.995),
    ("fdr", 0.99),
    ("fdr", 0.97),
    ("fdr", 0.95),
)
_FAILURES = (1, 2, 3, 4, 6, NEVER)
LEVELLED = "levelled"
#: What the noise's power grows as, before anything is measured: a power of spatial frequency.
SPECTRA: Dict[str, Optional[float]] = {
    LEVELLED: SLOPE, "as it is": None, "white": 0.0, "root": 0.5, "ramp": 1.0
}  # fmt: skip


@dataclass(frozen=True)
class Tried:
    """A rule, the amplitude that it tests, and the noise that it is held against."""

    noise: str
    pooling: float
    rule: Rule
    spectrum: str = LEVELLED


def rules_tried() -> List[Tried]:
    """The whole grid; among those that run, and floors, only for the default's other choices."""
    controls = product(_CONTROLS, _FAILURES)
    rules = [Rule(control, significance, n) for (control, significance), n in controls]
    grid = [Tried(n, p, r) for n, p, r in product(NOISES, POOLINGS, rules)]
    default = Rule(DEFAULT.race.control, DEFAULT.significance, DEFAULT.race.failures)
    aside = [replace(default, among_running=True)]
    aside += [replace(default, floor=floor) for floor in (0.01, 0.02, 0.05)]
    grid += [Tried("power", POOLING, rule) for rule in aside]
    stricter = [replace(default, significance=s) for control, s in _CONTROLS if control == "fdr"]
    others = [spectrum for spectrum in SPECTRA if spectrum != LEVELLED]
    return grid + [Tried("power", POOLING, r, other) for other, r in product(others, stricter)]


def tried_on(
    experiment: Experiment, axes: AxisSet = SOME_AXES, threads: int = 2
) -> Dict[str, List[dict]]:
    """Every rule, and ``published``, against both oracles at every level of noise.

    Parameters
    ----------
    experiment : Experiment
        With a realisation of noise more for each level than the oracles take.
    axes : AxisSet
    threads : int

    Returns
    -------
    dict
        ``rules``: ``noise``, ``pooling``, ``spectrum``, the fields of the rule, ``level``,
        ``oracle``, ``mean_rungs``, ``rank``; ``published``: the last four of these;
        ``thresholds``: for noise
        ``sampled`` and ``power``, ``level`` and percentiles 5, 50 and 95 (``low``, ``median``,
        ``high``) and the largest (``most``) over axes and rungs of the threshold over that of
        the noise itself.
    """
    truth = oracles_of(experiment, DEFAULT, list(LEVELS.values()), threads, axes)
    about = experiment.mask, experiment.sampling, settings_of(experiment)
    out: Dict[str, List[dict]] = {"rules": [], "published": [], "thresholds": []}
    for seed, (name, strength) in enumerate(LEVELS.items()):
        volume = experiment.map(strength, REALISATIONS + seed)
        prepared = prepare(volume, *about, threads=threads)
        problem = replace(prepared.problem, voxels=VoxelRows(experiment.sampled))
        scale = np.float32(strength * unit_gain(volume))
        inside = _inside(problem, scale * experiment.noise[:_INSIDE], axes, threads)
        kept = _kept(problem, inside, axes, threads)
        rungs = problem.filters.ladder.frequency
        for spectrum, slope in SPECTRA.items():
            mine = kept
            if spectrum != LEVELLED:
                mine = _kept(_respaced(problem, slope), [], axes, threads)
            for tried in (t for t in rules_tried() if t.spectrum == spectrum):
                codes = _codes(mine, rungs, tried)
                about_rule = {
                    "noise": tried.noise, "pooling": tried.pooling, "spectrum": spectrum,
                    **asdict(tried.rule),
                }  # fmt: skip
                for oracle in ORACLES:
                    error = _error(codes, truth[oracle, strength])
                    out["rules"].append({**about_rule, "level": name, "oracle": oracle, **error})
        codes = measure_table(prepare(volume, *about, PUBLISHED), axes, threads).codes
        codes = codes[:, experiment.sampled[experiment.mask]]
        for oracle in ORACLES:
            error = _error(codes, truth[oracle, strength])
            out["published"].append({"level": name, "oracle": oracle, **error})
        out["thresholds"] += [{"level": name, **row} for row in _thresholds(kept)]
    return out


#: Along an axis and by pooling: noise of the level one in the mask, of every rung.
Inside = Dict[float, List[Tails]]
#: Realisations of the noise inside the mask.
_INSIDE = 7
#: Likewise: amplitudes (rungs, voxels), and by source the noise of every rung.
Kept = Dict[float, Tuple[np.ndarray, Dict[str, List[Tails]]]]


def _inside(
    problem: DirectionalProblem, noises: np.ndarray, axes: AxisSet, threads: int
) -> List[Inside]:
    """The noise itself, where no experimenter can see it."""
    pooled, half = _filters(problem), problem.cone / 2
    spectra = [level(spectrum_of(noise), problem.gains) for noise in noises]

    def along(axis: np.ndarray) -> Inside:
        scratch, cones = Scratch(), [half_cone(spectrum, axis, half, False) for spectrum in spectra]
        return {
            share: [
                _tails(amplitudes_of(cones, filters, rung, problem.voxels, scratch))
                for rung in range(len(filters.ladder))
            ]
            for share, filters in pooled.items()
        }

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(along, axes.vectors))


def _tails(amplitudes: np.ndarray) -> Tails:
    return NoiseSample(amplitudes.ravel()).tails()


def _kept(
    problem: DirectionalProblem,
    inside: Sequence[Inside],
    axes: AxisSet,
    threads: int,
) -> List[Kept]:
    """Amplitudes of the map and its noise, from everywhere, by axis.

    Without the noise ``inside`` only the default's pooling, and the noise's power.
    """
    pooled, power, half = _filters(problem), problem.noise.power, problem.cone / 2
    if not inside:
        pooled = {POOLING: pooled[POOLING]}
    by_power = {
        share: PowerNoise(
            power, filters, half, tails_of_noise(problem.spectrum, power.radial, filters, half)
        )
        for share, filters in pooled.items()
    }

    def along(axis: np.ndarray, true: Inside) -> Kept:
        cone = half_cone(problem.spectrum, axis, half, False)
        out = {}
        for share, filters in pooled.items():
            amplitudes, noise = _along(problem, cone, axis, filters, by_power[share])
            out[share] = amplitudes, {**noise, "true": true.get(share, [])}
        return out

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(along, axes.vectors, inside or [{}] * len(axes)))


def _respaced(problem: DirectionalProblem, slope: Optional[float]) -> DirectionalProblem:
    """The same problem, noise growing as another power of frequency; ``None``: as it was."""
    frequency = np.arange(len(problem.gains)) / problem.filters.size
    old = problem.gains if slope is None else np.maximum(frequency, 1e-3) ** ((SLOPE - slope) / 2)
    gains = np.divide(1.0, old, out=np.zeros(len(old)), where=old > 0).astype(np.float32)
    power = problem.noise.power
    again = NoisePower(level(power.power.copy(), gains**2), power.radial * gains.astype(float) ** 2)
    noise = replace(problem.noise, power=again)
    return replace(problem, spectrum=level(problem.spectrum.copy(), gains), noise=noise)


def _filters(problem: DirectionalProblem) -> Dict[float, Filters]:
    ladder, size = problem.filters.ladder, problem.filters.size
    return {share: Filters(_pooled(ladder, share), size) for share in POOLINGS}


def _pooled(ladder: Ladder, share: float) -> Ladder:
    """The same rungs with amplitudes low-passed at a share of the rung's frequency."""
    width = ladder.high_foot - ladder.high_edge
    edge = np.maximum(share * ladder.frequency, ladder.frequency[0])
    return replace(ladder, high_edge=edge, high_foot=edge + width)


def _along(
    problem: DirectionalProblem,
    cone: HalfCone,
    axis: np.ndarray,
    filters: Filters,
    by_power: PowerNoise,
) -> Tuple[np.ndarray, Dict[str, List[Tails]]]:
    scratch, size, half = Scratch(), filters.size, problem.cone / 2
    fade = Fade(size, size / 2, FADE_WIDTH)
    in_solvent = SampledNoise(None, problem.region, SOLVENT_ANGLE, filters, fade, half).along(axis)
    power = by_power.along(axis)
    rungs = range(len(filters.ladder))
    everyone = np.arange(len(problem.voxels), dtype=np.int32)
    amplitudes = np.empty((len(rungs), len(everyone)), np.float32)
    noise: Dict[str, List[Tails]] = {source: [] for source in NOISES[:2]}
    for rung in rungs:
        lines = coned_amplitude(cone, filters, rung, None, scratch)
        noise["sampled"].append(in_solvent.tails(rung, lines, scratch).tails())
        noise["power"].append(power.tails(rung, lines, scratch))
        amplitudes[rung] = at_voxels(lines, problem.voxels, everyone, scratch)
    return amplitudes, noise


def _codes(kept: Sequence[Kept], rungs: np.ndarray, tried: Tried) -> np.ndarray:
    rows = []
    for along in kept:
        amplitudes, noise = along[tried.pooling]
        rows.append(encode(raced(amplitudes, noise[tried.noise], rungs, tried.rule)))
    return np.array(rows)


def _error(codes: np.ndarray, truth: np.ndarray) -> Dict[str, float]:
    """Mean absolute error in rungs and rank correlation, as those of the study."""
    error = np.abs(rungs_passed(codes, FIRST) - rungs_passed(truth, FIRST)).mean()
    one, other = _ranks(codes), _ranks(truth)
    flat = one.std() == 0 or other.std() == 0
    rank = float("nan") if flat else float(np.corrcoef(one, other)[0, 1])
    return {"mean_rungs": float(error), "rank": rank}


def _ranks(codes: np.ndarray) -> np.ndarray:
    """Mean ranks of integers, without sorting."""
    counts = np.bincount(codes.ravel())
    return (np.cumsum(counts) - counts / 2)[codes.ravel()]


def _thresholds(kept: Sequence[Kept]) -> List[dict]:
    """Thresholds over those of the noise itself, without pooling."""
    rows = []
    for source in NOISES[:2]:
        ratios = [
            mine.quantile(SIGNIFICANCE) / true.quantile(SIGNIFICANCE)
            for along in kept
            for mine, true in zip(along[1.0][1][source], along[1.0][1]["true"])
        ]
        low, median, high = np.percentile(ratios, (5, 50, 95))
        rows.append(
            {"noise": source, "low": low, "median": median, "high": high, "most": max(ratios)}
        )
    return rows
