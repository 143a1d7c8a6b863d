"""Share of cones that holds data, on maps whose gaps are known."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.direction_bins import slope_table
from monodir_plugin.numerics.geometry.soft_edges import soft_sphere
from monodir_plugin.numerics.noise.data_coverage import (
    _BINS,
    ENOUGH_DATA,
    data_share,
    first_fine_shell,
)
from monodir_plugin.numerics.noise.direction_power import power_by_direction

SIZE = 64
AXES = AxisSet.icosahedral(81)
FINE = first_fine_shell(SIZE)


def _lattice(size=SIZE):
    """Shell radius, and angle from z in degrees, of every coefficient of a half spectrum."""
    k = np.fft.fftfreq(size) * size
    kz, ky, kx = np.meshgrid(k, k, np.arange(size // 2 + 1), indexing="ij")
    radius = np.sqrt(kx**2 + ky**2 + kz**2)
    return radius, np.rad2deg(np.arccos(np.minimum(np.abs(kz) / np.maximum(radius, 1), 1)))


def _white(seed=0, size=SIZE):
    """Spectrum of white noise."""
    return scipy.fft.rfftn(np.random.default_rng(seed).normal(size=(size,) * 3).astype(np.float32))


def _power(spectrum):
    return spectrum.real**2 + spectrum.imag**2


@pytest.mark.parametrize("size", [48, 63, 64])
def test_white_noise_has_data_everywhere(size):
    for noise in (None, _power(_white(1, size))):
        share = data_share(_power(_white(size=size)), AXES, 15.0, noise)
        assert share.shape == (81, size // 2 + 1) and share.dtype == np.float64
        np.testing.assert_array_equal(share, 1.0)


@pytest.mark.parametrize("left", [0.0, 1e-3])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("with_noise", [False, True])
def test_a_missing_cone_is_empty_and_nothing_else(left, masked, with_noise):
    _, angle = _lattice()
    gain = np.where(angle < 40, np.sqrt(left), 1.0)
    spectra = [gain * (3 * _white(0) + _white(1)), gain * _white(2)]
    if masked:
        soft = soft_sphere(SIZE, 28.0, 8.0)
        spectra = [scipy.fft.rfftn(soft * scipy.fft.irfftn(s, s=(SIZE,) * 3)) for s in spectra]
    total, noise = (_power(spectrum) for spectrum in spectra)
    share = data_share(total, AXES, 15.0, noise if with_noise else None)
    assert (share[AXES.tilt < 30, FINE:] < ENOUGH_DATA).all()
    assert (share[AXES.tilt > 55] > 0.999).all()
    if not masked:
        assert (share[AXES.tilt < 15, FINE:] == 0).all()
        assert (share[0, 6:FINE] == 0).all()


def test_a_missing_cone_is_found_where_it_is_most_of_a_shell():
    _, angle = _lattice()
    share = data_share(_power(np.where(angle > 65, 1.0, 0.03) * _white()), AXES, 15.0)
    assert (share[AXES.tilt < 50, FINE:] < 0.2).all()
    assert (share[AXES.tilt > 85, FINE:] > 0.9).all()


def test_low_noise_along_well_covered_axes_is_no_gap():
    _, angle = _lattice()
    # From 1 at z to 1 / 30 across it, 13 times below the median; signal ten times the strongest.
    noise = 30 ** -(np.sin(np.deg2rad(angle)) ** 8)
    weak = np.sqrt(noise) * _white(1)
    share = data_share(_power(np.sqrt(10.0) * _white(0) + weak), AXES, 15.0, _power(weak))
    np.testing.assert_array_equal(share, 1.0)
    # Without signal, a belt with 60 times less noise does not differ from a gap; a quarter
    # of the noise as signal is enough.
    weak = np.sqrt(np.where(angle > 70, 1 / 60, 1.0)) * _white(1)
    across = AXES.tilt > 87
    assert (data_share(_power(weak), AXES, 15.0)[across, FINE:] < ENOUGH_DATA).all()
    share = data_share(_power(0.5 * _white(0) + weak), AXES, 15.0, _power(weak))
    np.testing.assert_array_equal(share, 1.0)


def test_beyond_a_low_pass_filter_there_is_no_gap():
    radius, angle = _lattice()
    volume = scipy.fft.irfftn(np.where(radius <= 20, _white(), 0), s=(SIZE,) * 3)
    power = _power(scipy.fft.rfftn(volume.astype(np.float32)))
    np.testing.assert_array_equal(data_share(power, AXES, 15.0), 1.0)
    np.testing.assert_array_equal(data_share(power, AXES, 15.0, np.zeros_like(power)), 1.0)
    np.testing.assert_array_equal(data_share(np.zeros_like(power), AXES, 15.0), 1.0)
    # The filter does not hide a gap at lower frequencies.
    share = data_share(np.where((radius > 20) | (angle < 40), 0, power), AXES, 15.0)
    assert (share[AXES.tilt < 15, FINE:19] == 0).all()
    np.testing.assert_array_equal(share[:, 22:], 1.0)


def test_fall_of_the_power_with_frequency_changes_nothing():
    radius, angle = _lattice()
    fall = np.exp(-radius / 3)
    np.testing.assert_array_equal(data_share(_power(fall * _white()), AXES, 15.0), 1.0)
    share = data_share(_power(np.where(angle < 40, 0, fall) * _white()), AXES, 15.0)
    assert (share[AXES.tilt < 15, FINE:] == 0).all()


def test_the_share_is_that_of_the_area_and_of_the_weight():
    _, angle = _lattice(128)
    power = _power(np.where(angle < 40, 0, 1) * _white(size=128))
    z = AxisSet(np.eye(3)[2:])
    # A bin on the rim of the gap has data: the gap is up to half a bin narrower.
    for half_angle in (50.0, 60.0, 75.0):
        outside = np.cos(np.deg2rad(37.5)) - np.cos(np.deg2rad(half_angle))
        expected = outside / (1 - np.cos(np.deg2rad(half_angle)))
        np.testing.assert_allclose(data_share(power, z, half_angle)[0, 20:], expected, atol=0.04)
    np.testing.assert_array_equal(
        data_share(power, AXES, 15.0), data_share(power, AXES, lambda a: 2.0 * (a <= 15))
    )
    # A soft cone that reaches beyond the edge of the gap, and a narrow one that does not.
    wide, narrow = (
        data_share(power, z, lambda a, w=width: np.exp(-((a / w) ** 2)))[0, -1]
        for width in (60, 12)
    )
    assert narrow < 0.01 < 0.3 < wide


def test_one_end_of_an_axis_is_like_the_other_and_axes_may_be_turned():
    _, angle = _lattice()
    power = _power(np.where(angle < 40, 0.02, 1) * _white())
    share = data_share(power, AXES, 15.0)
    np.testing.assert_allclose(data_share(power, AXES.mirror(), 15.0), share)
    # The lattice turned about [1, 1, 1]: z becomes x.
    full = scipy.fft.irfftn(np.where(angle < 40, 0.02, 1) * _white(), s=(SIZE,) * 3)
    turned = _power(scipy.fft.rfftn(np.transpose(full, (1, 2, 0))))
    other = data_share(turned, AxisSet(np.roll(AXES.vectors, 1, axis=1)), 15.0)
    # A bin at the rim may be on the other side of its limit: in one axis and shell of 200.
    apart = np.abs(other[:, FINE:] - share[:, FINE:])
    assert np.mean(apart > 0.06) < 0.005 and apart.max() < 0.15
    np.testing.assert_array_equal(other[:, FINE:] >= ENOUGH_DATA, share[:, FINE:] >= ENOUGH_DATA)


def test_all_coefficients_are_counted_once():
    ones = np.ones((SIZE, SIZE, SIZE // 2 + 1), np.float32)
    sums, counts = power_by_direction([ones], slope_table(_BINS))
    k = np.rint(np.fft.fftfreq(SIZE) * SIZE)
    square = k[:, None, None] ** 2 + k[:, None] ** 2 + k**2
    inside = (square > 0) & (square <= SIZE**2 // 4)
    assert counts.sum() == inside.sum() == sums.sum()
    shells = np.bincount(np.rint(np.sqrt(square[inside])).astype(int), minlength=33)
    np.testing.assert_array_equal(counts.sum(axis=0), shells)
    assert counts[:, 25:].sum(axis=1).min() > 0.5 * counts[:, 25:].sum(axis=1).mean()


def test_arrays_that_are_not_half_spectra_are_refused():
    with pytest.raises(ValueError, match="half spectra of a cube are needed"):
        data_share(np.ones((8, 8, 8), np.float32), AXES, 15.0)
    with pytest.raises(ValueError, match="half spectra"):
        data_share(np.ones((8, 8, 5), np.float32), AXES, 15.0, np.ones((8, 8, 8), np.float32))
