"""The baseband amplitude, thresholds and race against the exact dense evaluation."""

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.numerics import PUBLISHED, AxisSet, Settings
from monodir_plugin.numerics.amplitude import coned_amplitude
from monodir_plugin.numerics.cone import half_cone
from monodir_plugin.numerics.directional import race_along
from monodir_plugin.numerics.discoveries import threshold_of
from monodir_plugin.numerics.interpolation import at_voxels
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.race import Race
from monodir_plugin.numerics.scratch import Scratch
from monodir_plugin.numerics.table import decode
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.tests.dense_oracle import dense_amplitude, lattice, near_axis, radius_of

SIZE = 64
AXES = AxisSet.icosahedral(81).vectors[[0, 7, 22, 40, 63, 80]]


@pytest.fixture(scope="module")
def phantom():
    # With twice this noise 19 of 20 cells are not resolved, and a correlation rests on the rest.
    particle, mask = blob_particle(SIZE, seed=1)
    return noisy_map(particle, noise=0.5, seed=1), mask


def _fast(problem, axis, rung):
    """Values at the voxels, and what the problem says of the noise."""
    scratch = Scratch()
    cone = half_cone(problem.spectrum, axis, problem.cone / 2, problem.rules.corners)
    lines = coned_amplitude(cone, problem.filters, rung, problem.fade, scratch)
    everyone = np.arange(len(problem.voxels), dtype=np.int32)
    values = at_voxels(lines, problem.voxels, everyone, scratch)
    return values, problem.noise.along(axis).tails(rung, lines, scratch)


def _raced(problem):
    """The map that is raced: at unit deviation, or with its noise levelled."""
    return scipy.fft.irfftn(problem.spectrum.astype(complex), s=(SIZE,) * 3)


def _dense(problem, volume, axis, rung, finer=1):
    """Dense amplitude at every voxel."""
    ladder = problem.filters.ladder
    feet = [
        values[rung]
        for values in (ladder.frequency, ladder.low_foot, ladder.high_edge, ladder.high_foot)
    ]
    faded = 7.0 if problem.fade is not None else None
    return dense_amplitude(
        volume, axis, feet, problem.rules.corners, problem.cone / 2, faded, finer
    )


@pytest.mark.parametrize("axis", AXES)
def test_default_path_agrees_with_dense(phantom, axis):
    volume, mask = phantom
    problem = prepare(volume, mask, 1.5).problem
    ladder = problem.filters.ladder
    scaled = _raced(problem)
    race = Race(int(mask.sum()), problem.rules.failures, interpolate=True)
    rule = (problem.rules.control, problem.significance)
    correlations = []
    for rung in range(len(ladder)):
        exact = _dense(problem, scaled, axis, rung)[mask]
        values, tails = _fast(problem, axis, rung)
        correlations.append(np.corrcoef(values, exact)[0, 1])
        if len(race.running) >= problem.rules.least_left * mask.sum():
            running = exact[race.running].astype(np.float32)
            race.step(
                running, threshold_of(*rule, tails, running, len(exact)), ladder.frequency[rung]
            )
    coarsest = ladder.frequency[0]
    exact = 1 / np.maximum(race.frequency, coarsest)
    found = 1 / np.maximum(decode(race_along(problem, axis).codes), coarsest)
    assert min(correlations) >= 0.99
    assert np.corrcoef(found, exact)[0, 1] >= 0.985


@pytest.mark.parametrize("axis", AXES)
def test_published_thresholds_agree_with_dense(phantom, axis):
    volume, mask = phantom
    problem = prepare(volume, mask, 1.5, preset=PUBLISHED).problem
    scaled = (volume - volume.mean()) / volume.std()
    solvent = problem.region & near_axis(SIZE, axis)
    # In the corners sums of two frequencies have aliases on the full grid: hence the finer one.
    for rung in range(0, len(problem.filters.ladder), 4):
        noise = np.sort(_dense(problem, scaled, axis, rung, finer=2)[solvent])
        level = _fast(problem, axis, rung)[1].quantile(0.95)
        assert level == pytest.approx(noise[int(0.95 * noise.size)], rel=0.02)


@pytest.mark.parametrize("coloured", [False, True])
def test_thresholds_from_power_are_quantiles_of_dense_noise(coloured):
    # The noise is known everywhere, not in the solvent alone: its amplitudes inside the mask,
    # densely evaluated, over realisations.
    mask = radius_of(SIZE) < 17
    rungs, axis = (0, 8, 15), AXES[2]
    seen, said = [[] for _ in rungs], [[] for _ in rungs]
    for seed in range(12):
        noise = np.random.default_rng(seed).normal(size=(SIZE,) * 3)
        if coloured:
            square = sum(k**2 for k in lattice(SIZE))
            noise = scipy.fft.irfftn(scipy.fft.rfftn(noise) * np.exp(-4 * square), s=noise.shape)
        noise /= noise.std()
        problem = prepare(noise, mask, 1.5).problem
        for place, rung in enumerate(rungs):
            seen[place].append(_dense(problem, _raced(problem), axis, rung)[mask])
            said[place].append(_fast(problem, axis, rung)[1])
    for share in (0.5, 0.95):
        found = [np.mean([tails.quantile(share) for tails in row]) for row in said]
        exact = [np.quantile(np.concatenate(row), share) for row in seen]
        np.testing.assert_allclose(found, exact, rtol=0.04)


def test_published_path_agrees_with_dense(phantom):
    volume, mask = phantom
    problem = prepare(volume, mask, 1.5, preset=PUBLISHED).problem
    frequencies = problem.filters.ladder.frequency
    scaled = (volume - volume.mean()) / volume.std()
    correlations, found, exact = [], [], []
    for axis in AXES[1::2]:
        race = Race(int(mask.sum()), problem.rules.failures, interpolate=False)
        for rung, frequency in enumerate(frequencies):
            # In the corners sums of two frequencies have aliases on the full grid: hence the
            # finer one.
            amplitude = _dense(problem, scaled, axis, rung, finer=2)[mask]
            values, noise = _fast(problem, axis, rung)
            correlations.append(np.corrcoef(values, amplitude)[0, 1])
            running = amplitude[race.running].astype(np.float32)
            race.step(running, noise.quantile(problem.significance), float(frequency))
        exact.append(1 / np.maximum(race.frequency, frequencies[0]))
        codes = race_along(problem, axis).codes
        found.append(1 / np.maximum(decode(codes), frequencies[0]))
    # Also at the finest rungs, whose bands are thin slabs.
    assert len(correlations) == 3 * len(frequencies)
    assert min(correlations) >= 0.99
    assert np.corrcoef(np.ravel(found), np.ravel(exact))[0, 1] >= 0.985


@pytest.mark.parametrize("cone", [20.0, 45.0, 60.0, 90.0])
def test_mean_amplitude_is_right_for_any_cone(phantom, cone):
    volume, mask = phantom
    problem = prepare(volume, mask, 1.5, Settings(cone=cone)).problem
    scaled = _raced(problem)
    ladder = problem.filters.ladder
    rung = len(ladder) // 2
    exact = _dense(problem, scaled, AXES[2], rung)[mask]
    values = _fast(problem, AXES[2], rung)[0]
    assert np.corrcoef(values, exact)[0, 1] >= 0.99
    assert np.mean(values) == pytest.approx(np.mean(exact), rel=0.02)
