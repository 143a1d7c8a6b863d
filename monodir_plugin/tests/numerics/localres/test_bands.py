"""Frequencies, bands and windows."""

import numpy as np
import pytest

from monodir_plugin.numerics.localres import bands as module
from monodir_plugin.numerics.localres.bands import FINEST, bands_of, frequency_grid
from monodir_plugin.tests.fixtures.dense_oracle import raised_cosine

SIZE = 64


def test_neighbouring_frequencies_differ_by_a_tenth():
    grid = frequency_grid(0.05, FINEST)
    assert grid[0] == 0.05
    assert grid[-1] == FINEST
    np.testing.assert_allclose(grid[2:] / grid[1:-1], module._RATIO)
    assert module._RATIO**0.5 <= grid[1] / grid[0] <= module._RATIO**1.5


def test_frequencies_do_not_depend_on_the_coarse_limit():
    fine = frequency_grid(0.1, FINEST)
    for coarsest in (0.02, 0.03, 0.0413, 0.07):
        np.testing.assert_allclose(
            frequency_grid(coarsest, FINEST)[-len(fine) + 2 :], fine[2:], rtol=1e-12
        )


@pytest.mark.parametrize("limits", [(0.0, 0.4), (0.5, 0.4), (0.3, 0.6), (0.49, 0.49)])
def test_limits_without_a_frequency_between_them_are_refused(limits):
    with pytest.raises(ValueError, match="no frequency fits"):
        frequency_grid(*limits)


def test_limits_close_together_leave_both():
    np.testing.assert_allclose(frequency_grid(0.47, 0.49), [0.47, 0.49])


@pytest.fixture(scope="module")
def bands():
    return bands_of(frequency_grid(0.06, FINEST), SIZE, 0.3)


def test_bands_are_raised_cosines_about_their_middles(bands):
    for which, table in enumerate(bands.band_tables):
        radius = np.sqrt(np.arange(len(table) - 1)) / SIZE
        away = np.abs(radius - bands.centre[which]) / bands.half_width[which]
        np.testing.assert_allclose(table[:-1], 1 - raised_cosine(away), atol=1e-6)
        assert table[-1] == 0
        assert radius[-1] <= 0.5
        low, high = bands.limits(which)
        weights = table[:-1]
        held = np.flatnonzero(weights > 1e-6)
        assert low <= held[0] + 1
        assert high >= held[-1]
        squares = np.arange(len(weights))
        np.testing.assert_allclose(
            bands.passed(squares)[which], weights.astype(float) ** 2, atol=1e-6
        )


def test_widths_follow_frequency_and_the_resolution_of_the_map(bands):
    expected = np.minimum(module._OF_FREQUENCY * bands.centre, module._OF_RESOLUTION * 0.3)
    np.testing.assert_allclose(bands.half_width, expected)
    # The half-width is at least a shell and a half.
    narrow = bands_of(frequency_grid(0.06, FINEST), SIZE, 0.05)
    np.testing.assert_allclose(narrow.half_width, 1.5 / SIZE)


def test_the_frequency_of_a_band_is_the_mean_of_its_coefficients(bands):
    k = np.fft.fftfreq(SIZE) * SIZE
    square = k[:, None, None] ** 2 + k[None, :, None] ** 2 + k[None, None, :] ** 2
    radius, passed = np.sqrt(square.ravel()) / SIZE, bands.passed(square.ravel())
    means = (passed * radius).sum(axis=1) / passed.sum(axis=1)
    np.testing.assert_allclose(bands.frequency[1:-1], means[1:-1], rtol=0.01)
    assert bands.frequency[0] == bands.centre[0]
    assert bands.frequency[-1] == FINEST
    assert np.all(np.diff(bands.frequency) >= 0)


def test_the_window_is_a_gaussian_somewhat_wider_than_the_resolution_of_the_map(bands):
    assert bands.window == pytest.approx(module._WINDOW / 0.3)
    radius = np.sqrt(np.arange(len(bands.low_pass) - 1)) / SIZE
    exact = np.exp(-2 * (np.pi * bands.window * radius) ** 2)
    np.testing.assert_allclose(bands.low_pass[:-1], exact, atol=1e-6)
    assert exact[-1] == pytest.approx(np.exp(-(module._CUT**2) / 2), rel=0.1)
    assert bands.reach == int(np.sqrt(len(bands.low_pass) - 2))


def test_bands_and_window_in_angstroms_do_not_depend_on_the_voxel_size():
    fine = bands_of(np.array([0.1, 0.15, 0.2]), 96, 0.2)
    coarse = bands_of(np.array([0.15, 0.225, 0.3]), 64, 0.3)
    for name in ("centre", "half_width"):
        np.testing.assert_allclose(getattr(fine, name) * 96, getattr(coarse, name) * 64)
    assert fine.window / 96 == pytest.approx(coarse.window / 64)
    np.testing.assert_allclose(fine.low_pass, coarse.low_pass, atol=1e-6)
    for one, other in zip(fine.band_tables, coarse.band_tables):
        np.testing.assert_allclose(one, other, atol=1e-6)
