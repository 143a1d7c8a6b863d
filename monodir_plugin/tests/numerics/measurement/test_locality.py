"""How far signal reaches into a part of the mask that holds none."""

import numpy as np
import pytest

from monodir_plugin.numerics import AxisSet
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.reduction.table import decode
from monodir_plugin.simulation import blob_particle
from monodir_plugin.tests.fixtures.dense_oracle import lattice, radius_of
from monodir_plugin.tests.fixtures.maps import half_maps, random_field, snr_of_a_map

SIZE = 64
X = np.broadcast_to((np.arange(SIZE) - SIZE // 2)[None, None, :], (SIZE,) * 3)
AXES = AxisSet(AxisSet.icosahedral(46).vectors[::2])


def _field(seed):
    """Random density whose ratio is 25 at f = 0.2, and 2 at 0.33."""
    return random_field(SIZE, snr_of_a_map(0.33), seed), radius_of(SIZE) < 23


def _blob(seed):
    """A particle, so strong that its ratio is 25 at f = 0.2."""
    particle, mask = blob_particle(SIZE, seed=seed)
    shell = np.abs(np.sqrt(sum(k**2 for k in lattice(SIZE))) - 0.2) < 0.02
    ratio = np.mean(np.abs(np.fft.rfftn(particle))[shell] ** 2) / mask.sum()
    return particle * np.sqrt(25 / ratio), mask


def _leaked(signal, mask, seed):
    """Share of pairs finer than f = 0.2, by distance from the half x < 0 that holds signal."""
    volume, noise = half_maps(np.where(X < 0, signal, 0), seed)
    problem = prepare(volume, mask, 1.5, noise_map=noise).problem
    found = np.array([decode(row) for _, row in problem.rows(AXES, 1)])
    x = X[mask]
    borders = ((-30, -4), (8, 12), (12, 40))
    return np.array([np.mean(found[:, (x >= a) & (x < b)] > 0.2) for a, b in borders])


@pytest.mark.parametrize("make", [_field, _blob])
def test_strong_signal_stays_where_it_is(make):
    """Less than 10 % of the pairs 8 to 12 voxels away, and 1 % beyond, are finer; FSC 0.5."""
    shares = np.mean([_leaked(*make(seed), seed + 100) for seed in range(3)], axis=0)
    inside, near, far = shares
    assert inside > 0.9
    assert near < 0.10
    assert far < 0.01


@pytest.mark.parametrize("axis", [0, 2])
def test_a_blurred_half_is_coarser_along_the_axis_of_the_blur_and_there_alone(axis):
    # Signal of the half x < 0 falls off faster along one axis; noise is the same everywhere.
    def blurred(z, y, x):
        along = (z, y, x)[2 - axis] ** 2 + 0 * (z + y + x)
        return snr_of_a_map(0.33)(z, y, x) * np.exp(-60 * along)

    sharp, mask = _field(1)
    soft = random_field(SIZE, blurred, 1)
    volume, noise = half_maps(np.where(X < 0, soft, sharp), 5)
    problem = prepare(volume, mask, 1.5, noise_map=noise).problem
    axes = AxisSet(np.eye(3))
    rows = dict(problem.rows(axes, 1))
    x = X[mask]
    soft, sharp = (
        np.array([np.median(decode(rows[i])[where]) for i in range(3)]) for where in (x < -8, x > 8)
    )
    # The ratio 2 exp(-4 (f² / 0.33² - 1)) exp(-60 f²) falls to 2 at about 0.2.
    others = np.arange(3) != axis
    assert soft[axis] == pytest.approx(0.33 / np.sqrt(1 + 60 * 0.33**2 / 4), rel=0.15)
    np.testing.assert_allclose(soft[others], 0.33, rtol=0.12)
    np.testing.assert_allclose(sharp, 0.33, rtol=0.12)
