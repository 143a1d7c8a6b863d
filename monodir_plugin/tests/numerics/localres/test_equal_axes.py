"""The scatter of equal axes against random fields whose power is the same in all directions."""

import numpy as np
import pytest

from monodir_plugin.numerics.fourier.soft_cone import cone_weight
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.localres.bands import bands_of
from monodir_plugin.numerics.localres.equal_axes import independent_in_mask, spread_of_equal_axes

SIZE, RADIUS, CONE = 48, 14, 30.0
GRID = np.array([0.15, 0.2, 0.25, 0.3])


@pytest.fixture(scope="module")
def powers():
    """Powers in cones and bands of white noise in a ball, (draws, axes, bands), by dense sums."""
    bands = bands_of(GRID, SIZE, 0.25)
    k = np.fft.fftfreq(SIZE)
    z, y, x = np.meshgrid(k, k, k, indexing="ij")
    radius = np.sqrt(x**2 + y**2 + z**2)
    # Far apart, so that the cones share nothing.
    axes = AxisSet.icosahedral(46).vectors[::6]
    weights = []
    for axis in axes:
        cosine = (x * axis[0] + y * axis[1] + z * axis[2]) / np.maximum(radius, 1e-9)
        angle = np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))
        inside = np.where(angle < 90, cone_weight(np.minimum(angle, 90), CONE) ** 2, 0.0)
        weights.append([inside * part for part in bands.passed((radius * SIZE) ** 2)])
    weights = np.array(weights, np.float32).reshape(len(axes) * len(GRID), -1)
    middle = np.indices((SIZE,) * 3) - SIZE // 2
    ball = (middle**2).sum(axis=0) <= RADIUS**2
    rng = np.random.default_rng(1)
    drawn = [
        weights @ (np.abs(np.fft.fftn(ball * rng.normal(size=ball.shape))) ** 2).ravel()
        for _ in range(40)
    ]
    return bands, int(ball.sum()), np.array(drawn).reshape(40, len(axes), len(GRID))


def test_number_of_independent_values_is_that_of_the_scatter_of_white_noise(powers):
    bands, voxels, drawn = powers
    number, _ = independent_in_mask(bands, voxels, CONE)
    scatter = np.sqrt(np.mean(drawn.var(axis=0) / drawn.mean(axis=0) ** 2, axis=0))
    assert number**-0.5 == pytest.approx(scatter, rel=0.15)


def test_bands_that_overlap_correlate_as_those_of_white_noise(powers):
    bands, voxels, drawn = powers
    _, correlation = independent_in_mask(bands, voxels, CONE)
    each = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0)
    found = np.einsum("dai,daj->ij", each, each) / each[:, :, 0].size
    assert np.abs(found - correlation).max() < 0.15


def test_a_steep_ratio_gives_the_scatter_of_a_single_crossing():
    """Many values and one ratio for all bands: the crossing moves by deviation over slope."""
    frequency = 0.1 * 1.02 ** np.arange(60)
    slope, many = 5.0, 4000.0
    snr = (0.2 / frequency) ** slope
    number, all_alike = np.full(60, many), np.ones((60, 60))
    finer, coarser = spread_of_equal_axes(frequency, snr, number, all_alike, 1.0, 2, np.zeros(60))
    # d log(1 + SNR) is half of d log SNR at the criterion 1; 0.954 is the 83rd percentile.
    expected = 0.954 * 2 / np.sqrt(many) / slope
    assert (np.log(coarser), -np.log(finer)) == pytest.approx((expected, expected), rel=0.06)
    wider = spread_of_equal_axes(frequency, snr, number, all_alike, 1.0, 2, np.ones(60))
    assert np.log(wider[1] / wider[0]) == pytest.approx(2 * np.sqrt(2) * expected, rel=0.06)


def test_nothing_is_said_where_axes_reach_the_ends_or_cones_hold_few_values():
    frequency = 0.1 * 1.1 ** np.arange(16)
    snr, number, alone = (0.2 / frequency) ** 4, np.full(16, 50.0), np.eye(16)
    known = np.zeros(16)
    assert spread_of_equal_axes(frequency, snr, number, alone, 1.0, 2, known) is not None
    for ratio, values in ((snr + 9, number), (snr / 100, number), (snr, number / 20)):
        assert spread_of_equal_axes(frequency, ratio, values, alone, 1.0, 2, known) is None
