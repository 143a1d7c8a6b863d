"""What the study of filters computes, against direct sums."""

import numpy as np
import pytest

from studies.filter.atoms import at_positions, local_correlation
from studies.filter.truth import Truth, by_shell, shells_of

SIZE = 16


def _maps():
    rng = np.random.default_rng(1)
    first = rng.normal(size=(SIZE,) * 3)
    return first, first + rng.normal(size=first.shape)


def test_local_correlation_is_that_of_the_voxels_of_a_ball():
    first, second = _maps()
    found = local_correlation(first, second, 2.5)
    z, y, x = np.indices((SIZE,) * 3)
    for centre in ((8, 8, 8), (5, 9, 6)):
        ball = sum((u - c) ** 2 for u, c in zip((z, y, x), centre)) <= 2.5**2
        assert found[centre] == pytest.approx(np.corrcoef(first[ball], second[ball])[0, 1])
    assert np.abs(local_correlation(first, 3 * first + 7, 2.5) - 1).max() < 1e-9
    edge = local_correlation(first, np.where(z == 0, 1.0, 0.0), 2.5)
    assert (edge[6:10] == 0).all()


def test_positions_are_voxels_in_the_order_of_the_array():
    z, y, _ = np.indices((SIZE,) * 3)
    assert at_positions(10.0 * z + y, np.array([[3.5], [7.0], [2.0]])) == pytest.approx((42, 42))


def test_fsc_and_error_of_a_map_with_half_of_the_amplitude_in_fine_shells():
    clean, _ = _maps()
    truth = Truth(clean, np.ones(clean.shape, bool), np.ones(SIZE), 2.0)
    gain = np.where(np.arange(SIZE) < 5, 1.0, 0.5)
    changed = by_shell(clean, gain)
    fsc, apart = truth.by_frequency(changed)
    np.testing.assert_allclose(fsc, 1.0)
    np.testing.assert_allclose(apart, [0, 0, 0, 0, 0.25, 0.25, 0.25], atol=1e-12)
    assert truth.resolution(fsc) == SIZE * 2.0 / 8
    assert truth.resolution(np.array([1.0, 0.8, 0.4, 0.9])) == SIZE * 2.0 / 3
    noisy = clean + np.random.default_rng(2).normal(scale=0.5, size=clean.shape)
    assert truth.error(noisy) == pytest.approx(
        np.sum((noisy - clean) ** 2) / np.sum(clean**2), rel=1e-6
    )
    assert shells_of(SIZE)[0, 0].tolist() == list(range(9))
