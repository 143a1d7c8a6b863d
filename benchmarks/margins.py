"""How near amplitudes and resolutions are to the dense evaluation, by the margin for aliases.

    python -m benchmarks.margins published 1.0 0.85 0.7 0.55

prints, for every margin (:func:`monodir_plugin.numerics.amplitude.grid_shape`): points of the
grids of all rungs along one axis; the smallest correlation of the amplitude at the voxels with
its dense evaluation, over rungs and axes; and the correlation of the resolutions, of axes
together and of the worst one.  Three simulated maps of a box of 64, of little to much noise.
Thresholds are those of the margin, so that amplitudes alone differ.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import List, NamedTuple, Sequence

import numpy as np
import scipy.fft

from monodir_plugin.numerics import PRESETS, AxisSet
from monodir_plugin.numerics.amplitude import coned_amplitude, grid_shape
from monodir_plugin.numerics.cone import half_cone
from monodir_plugin.numerics.directional import DirectionalProblem, race_along
from monodir_plugin.numerics.discoveries import threshold_of
from monodir_plugin.numerics.fade import FADE_WIDTH
from monodir_plugin.numerics.interpolation import at_voxels
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.presets import Preset
from monodir_plugin.numerics.race import Race
from monodir_plugin.numerics.scratch import Scratch
from monodir_plugin.numerics.table import decode
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.tests.dense_oracle import dense_amplitude

SIZE, SAMPLING = 64, 1.5
NOISES = (0.15, 0.3, 0.5)
AXES = AxisSet.icosahedral(81).vectors[::9]


class Agreement(NamedTuple):
    """Of one map: the smallest correlation of amplitudes, and those of resolutions by axis."""

    amplitude: float
    together: float
    axes: List[float]


def problem_of(preset: Preset, noise: float) -> DirectionalProblem:
    """A map of this much noise."""
    particle, mask = blob_particle(SIZE, seed=1)
    return prepare(noisy_map(particle, noise=noise, seed=1), mask, SAMPLING, preset=preset).problem


def dense(problem: DirectionalProblem, axis: np.ndarray) -> List[np.ndarray]:
    """Amplitude at the voxels at every rung, evaluated without a grid of the band's own."""
    ladder = problem.filters.ladder
    volume = scipy.fft.irfftn(problem.spectrum.astype(complex), s=(SIZE,) * 3)
    rungs = zip(ladder.frequency, ladder.low_foot, ladder.high_edge, ladder.high_foot)
    corners, half = problem.rules.corners, problem.cone / 2
    fade = None if problem.fade is None else FADE_WIDTH
    # In the corners sums of two frequencies have aliases on the full grid: hence a finer one.
    finer = 2 if corners else 1
    return [
        dense_amplitude(volume, axis, rung, corners, half, fade, finer).ravel()[problem.voxels.flat]
        for rung in rungs
    ]


def agreement(problem: DirectionalProblem, exact: Sequence[Sequence[np.ndarray]]) -> Agreement:
    """Compare amplitudes and races along the axes with dense ones."""
    everyone = np.arange(len(problem.voxels), dtype=np.int32)
    ladder, rules, scratch = problem.filters.ladder, problem.rules, Scratch()
    correlations, found, expected = [], [], []
    for axis, amplitudes in zip(AXES, exact):
        cone = half_cone(problem.spectrum, axis, problem.cone / 2, rules.corners)
        noise, race = (
            problem.noise.along(axis),
            Race(len(everyone), rules.failures, rules.interpolate),
        )
        for rung, amplitude in enumerate(amplitudes):
            lines = coned_amplitude(cone, problem.filters, rung, problem.fade, scratch)
            tails = noise.tails(rung, lines, scratch)
            values = at_voxels(lines, problem.voxels, everyone, scratch)
            correlations.append(np.corrcoef(values, amplitude)[0, 1])
            if len(race.running) >= max(rules.least_left * len(everyone), 1):
                running = amplitude[race.running].astype(np.float32)
                level = threshold_of(
                    rules.control, problem.significance, tails, running, len(everyone)
                )
                race.step(running, level, float(ladder.frequency[rung]))
        codes = race_along(problem, axis, scratch=scratch).codes
        found.append(1 / np.maximum(decode(codes), ladder.frequency[0]))
        expected.append(1 / np.maximum(race.frequency, ladder.frequency[0]))
    by_axis = [float(np.corrcoef(one, other)[0, 1]) for one, other in zip(found, expected)]
    together = float(np.corrcoef(np.ravel(found), np.ravel(expected))[0, 1])
    return Agreement(float(min(correlations)), together, by_axis)


def points(problem: DirectionalProblem) -> float:
    """Grid points of all rungs, mean over the axes."""
    filters, total = problem.filters, 0
    for axis in AXES:
        cone = half_cone(problem.spectrum, axis, problem.cone / 2, problem.rules.corners)
        for rung in range(len(filters.ladder)):
            start = cone.start_of(filters.ladder.low_foot[rung])
            if start <= cone.last:
                lower, upper, _ = cone.box_of(start)
                shape = grid_shape(upper - lower + 1, filters.reach(rung), filters.margin)
                total += int(np.prod(shape))
    return total / len(AXES)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Agreement with the dense evaluation by margin.")
    parser.add_argument("preset", choices=sorted(PRESETS))
    parser.add_argument("margins", type=float, nargs="+")
    options = parser.parse_args()
    preset = PRESETS[options.preset]
    with ThreadPoolExecutor(2) as pool:
        exact = {
            noise: list(pool.map(lambda axis, p=problem_of(preset, noise): dense(p, axis), AXES))
            for noise in NOISES
        }
    print("margin  points   least amplitude, R of all axes (of the worst) for noise of", *NOISES)
    for margin in options.margins:
        problems = [problem_of(replace(preset, margin=margin), noise) for noise in NOISES]
        told = [agreement(problem, exact[noise]) for problem, noise in zip(problems, NOISES)]
        row = "   ".join(f"{a.amplitude:.4f} {a.together:.4f} ({min(a.axes):.4f})" for a in told)
        print(f"{margin:<6g}  {points(problems[0]) / 1e6:.2f} M   {row}", flush=True)


if __name__ == "__main__":
    main()
