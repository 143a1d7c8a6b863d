"""Indices, shells, coarse parts and whitening of half spectra, against loops and full spectra."""

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.numerics.fourier.lattice import (
    shell_of,
    signed_index,
    signed_indices,
    times_counted,
)
from monodir_plugin.numerics.fourier.shells import mean_over_shells, shell_index
from monodir_plugin.numerics.fourier.spectrum import coarse_half
from monodir_plugin.numerics.fourier.whitening import whitened, whitening_gains


@pytest.mark.parametrize("size", [6, 7])
def test_signed_indices_are_those_of_a_discrete_transform(size):
    expected = [0, 1, 2, -3, -2, -1] if size == 6 else [0, 1, 2, 3, -3, -2, -1]
    np.testing.assert_array_equal(signed_indices(size), expected)
    assert [signed_index(i, size) for i in range(size)] == expected


@pytest.mark.parametrize("size", [8, 9])
def test_shells_are_the_nearest_integers_to_the_distance(size):
    shells = shell_index(size)
    assert shells.shape == (size, size, size // 2 + 1)
    for z in range(size):
        for y in range(size):
            for x in range(size // 2 + 1):
                kz, ky = (v - size if v > size // 2 else v for v in (z, y))
                assert shells[z, y, x] == round(np.sqrt(kz**2 + ky**2 + x**2))
                assert shells[z, y, x] == shell_of(kz**2 + ky**2 + x**2)


@pytest.mark.parametrize("size", [8, 9])
def test_stored_coefficients_stand_for_those_of_the_whole_spectrum(size):
    values = np.random.default_rng(0).normal(size=(size,) * 3)
    counted = [times_counted(x, size) for x in range(size // 2 + 1)]
    assert sum(counted) == size
    power = (np.abs(scipy.fft.rfftn(values)) ** 2 * counted).sum()
    assert power == pytest.approx(np.sum(np.abs(scipy.fft.fftn(values)) ** 2))


@pytest.mark.parametrize("size, side", [(16, 8), (17, 8), (16, 7), (9, 9)])
def test_coarse_half_has_the_coefficients_that_a_smaller_box_has(size, side):
    values = np.random.default_rng(1).normal(size=(size,) * 3)
    coarse, whole = coarse_half(scipy.fft.rfftn(values), side), scipy.fft.fftn(values)
    assert coarse.shape == (side, side, side // 2 + 1)
    k = [v if 2 * v < side else v - side for v in range(side)]
    for z in range(side):
        for y in range(side):
            for x in range(side // 2 + 1):
                assert coarse[z, y, x] == pytest.approx(whole[k[z] % size, k[y] % size, x])


def test_means_are_taken_over_stored_coefficients():
    shells = shell_index(10)
    power = np.random.default_rng(0).random(shells.shape)
    found = mean_over_shells(power)
    assert len(found) == shells.max() + 1
    for shell in np.unique(shells):
        assert found[shell] == pytest.approx(power[shells == shell].mean())


@pytest.mark.parametrize("size", [12, 13])
def test_whitened_noise_has_unit_power_up_to_the_end_of_information(size):
    rng = np.random.default_rng(1)
    shells = shell_index(size)
    spectrum = (rng.normal(size=shells.shape) + 1j * rng.normal(size=shells.shape)) * 0.5**shells
    spectrum = spectrum.astype(np.complex64)
    power = np.abs(spectrum.astype(complex)) ** 2
    radial = mean_over_shells(power)[: size // 2 + 1]
    gains = whitening_gains(radial, 4.2 / (2 * (size // 2)))
    np.testing.assert_allclose(
        mean_over_shells(np.abs(whitened(spectrum.copy(), gains)) ** 2)[:5],
        [0, 1, 1, 1, 1],
        rtol=1e-5,
    )
    of_power = whitened(power.astype(np.float32), gains**2)
    np.testing.assert_allclose(of_power, np.abs(whitened(spectrum, gains)) ** 2, rtol=1e-4)
    assert not spectrum[shells > 4].any()
