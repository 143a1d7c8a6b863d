"""In a map of noise alone, few pairs are resolved, and only at coarse resolution."""

import numpy as np
import pytest

from monodir_plugin.numerics import AxisSet, Settings
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.reduction.table import decode
from monodir_plugin.tests.fixtures.dense_oracle import radius_of
from monodir_plugin.tests.fixtures.maps import filtered

SIZE = 48
SEEDS = 10
AXES = AxisSet(AxisSet.icosahedral(46).vectors[::2])


def _shares(halves, criterion, coloured=False):
    """Shares of pairs that are resolved, and that are finer than half the coarse limit."""
    mask = radius_of(SIZE) < 0.27 * SIZE
    shares = []
    for seed in range(SEEDS):
        maps = np.random.default_rng(seed).normal(size=(2, SIZE, SIZE, SIZE))
        if coloured:
            maps = [
                filtered(box, lambda z, y, x: np.exp(-4 * (z**2 + y**2 + x**2))) for box in maps
            ]
        settings = Settings(directions=46, criterion=criterion)
        noise = maps[1] if halves else None
        problem = prepare(maps[0], mask, 1.5, settings, noise_map=noise).problem
        found = np.array([decode(row) for _, row in problem.rows(AXES, 1)])
        shares.append((np.mean(found > 0), np.mean(found > 2 * problem.frequencies[0])))
    return np.mean(shares, axis=0)


# Most of the resolved pairs are near the coarse limit, where a mask holds few independent voxels
# and the noise of half maps is known to some ten per cent.
@pytest.mark.parametrize("coloured", [False, True])
@pytest.mark.parametrize(
    "halves, criterion, most",
    [(True, 0.5, 0.10), (False, 0.5, 0.05), (True, 0.143, 0.30), (False, 0.143, 0.25)],
)
def test_less_than_one_pair_of_noise_in_a_hundred_is_finer_than_half_the_coarse_limit(
    halves, criterion, most, coloured
):
    resolved, fine = _shares(halves, criterion, coloured)
    assert resolved < most
    assert fine < 0.01
