"""The baseband amplitude, thresholds and race against the exact dense evaluation."""

import numpy as np
import pytest

from monodir_plugin.numerics import PUBLISHED, AxisSet
from monodir_plugin.numerics.amplitude import coned_amplitude
from monodir_plugin.numerics.cone import half_cone
from monodir_plugin.numerics.directional import race_along
from monodir_plugin.numerics.effective import corrected_quantile
from monodir_plugin.numerics.fade import STEPS
from monodir_plugin.numerics.interpolation import at_voxels
from monodir_plugin.numerics.noise import threshold
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.race import Race
from monodir_plugin.numerics.scratch import Scratch
from monodir_plugin.numerics.table import decode
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.tests.dense_oracle import along_axis, dense_amplitude, radius_of

SIZE = 64
AXES = AxisSet.icosahedral(81).vectors[[0, 7, 22, 40, 63, 80]]


@pytest.fixture(scope="module")
def phantom():
    particle, mask = blob_particle(SIZE, seed=1)
    return noisy_map(particle, noise=1.0, seed=1), mask


def _fast(problem, axis, rung):
    """Values at the voxels, the noise sample and the quantile to take of it."""
    scratch = Scratch()
    cone = half_cone(problem.spectrum, axis, problem.cone / 2, problem.corners)
    lines = coned_amplitude(cone, problem.filters, rung, problem.fade, scratch)
    everyone = np.arange(len(problem.voxels), dtype=np.int32)
    carried = problem.carried[rung]
    values = at_voxels(lines, problem.voxels, everyone, carried, scratch)
    noise = problem.region.along(axis).sample(lines, carried, scratch)
    quantile = corrected_quantile(problem.significance, noise.volume * problem.modes[rung])
    return values, noise.values, quantile


def _dense(problem, volume, axis, rung, finer=1):
    """Dense amplitude at every voxel, free of the fading as the fast one is."""
    ladder = problem.filters.ladder
    feet = ladder.frequency[rung], ladder.low_foot[rung], ladder.high_foot[rung]
    box = dense_amplitude(volume, axis, feet, problem.corners, finer=finer)
    carried = problem.carried[rung]
    if len(carried):
        steps = np.rint(radius_of(SIZE) * STEPS).astype(int)
        box = box / carried[np.minimum(steps, len(carried) - 1)]
    return box


@pytest.mark.parametrize("axis", AXES)
def test_default_path_agrees_with_dense(phantom, axis):
    volume, mask = phantom
    problem = prepare(volume, mask, 1.5).problem
    ladder = problem.filters.ladder
    scaled = (volume - volume.mean()) / volume.std()
    low, high = problem.region.beyond(axis)
    along = along_axis(SIZE, axis)
    solvent = problem.region.voxels & ((along <= low) | (along >= high))
    race = Race(int(mask.sum()), interpolate=True)
    correlations, ratios = [], []
    for rung in range(len(ladder)):
        box = _dense(problem, scaled, axis, rung)
        values, noise, quantile = _fast(problem, axis, rung)
        exact = box[mask]
        level = threshold(box[solvent], quantile)
        correlations.append(np.corrcoef(values, exact)[0, 1])
        ratios.append(threshold(noise, quantile) / level)
        if len(race.running) >= problem.least_left * mask.sum():
            race.step(exact[race.running].astype(np.float32), level, ladder.frequency[rung])
    coarsest = ladder.frequency[0]
    exact = 1 / np.maximum(race.frequency, coarsest)
    found = 1 / np.maximum(decode(race_along(problem, axis).codes), coarsest)
    assert min(correlations) >= 0.99
    assert np.abs(np.array(ratios) - 1).max() <= 0.02
    assert np.corrcoef(found, exact)[0, 1] >= 0.985


def test_published_amplitude_with_corners_agrees_with_dense(phantom):
    volume, mask = phantom
    problem = prepare(volume, mask, 1.5, preset=PUBLISHED).problem
    scaled = (volume - volume.mean()) / volume.std()
    rungs = range(0, len(problem.filters.ladder), 4)
    found = [
        np.corrcoef(
            _fast(problem, AXES[3], r)[0], _dense(problem, scaled, AXES[3], r, finer=2)[mask]
        )[0, 1]
        for r in rungs
    ]
    # In the corners sums of two frequencies have aliases on the full grid: hence the finer one.
    assert min(found) >= 0.99


@pytest.mark.parametrize("cone", [20.0, 45.0, 60.0, 90.0])
def test_mean_amplitude_is_right_for_any_cone(phantom, cone):
    volume, mask = phantom
    scaled = (volume - volume.mean()) / volume.std()
    from monodir_plugin.numerics import Settings

    problem = prepare(volume, mask, 1.5, Settings(cone=cone)).problem
    ladder = problem.filters.ladder
    rung = len(ladder) // 2
    feet = ladder.frequency[rung], ladder.low_foot[rung], ladder.high_foot[rung]
    exact = dense_amplitude(scaled, AXES[2], feet, corners=False, half_angle=cone / 2)[mask]
    values = _fast(problem, AXES[2], rung)[0]
    assert np.corrcoef(values, exact)[0, 1] >= 0.99
    assert np.mean(values) == pytest.approx(np.mean(exact), rel=0.02)
