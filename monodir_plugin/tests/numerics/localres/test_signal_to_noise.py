"""Signal-to-noise ratio: criterion, power of the noise, expected ratio, and axes without data."""

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.numerics import AxisSet, Settings
from monodir_plugin.numerics.fourier.soft_cone import half_space, soft_cone
from monodir_plugin.numerics.fourier.whitening import whitened, whitening_gains
from monodir_plugin.numerics.localres.bands import bands_of, frequency_grid
from monodir_plugin.numerics.localres.map_resolution import map_resolution
from monodir_plugin.numerics.localres.signal_to_noise import (
    SPREAD,
    _band_power,
    needed_ratio,
)
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.noise.noise_power import noise_power
from monodir_plugin.numerics.problem.criterion import CRITERION, fsc_of_snr, snr_of_fsc
from monodir_plugin.numerics.reduction.table import decode
from monodir_plugin.simulation import blob_particle
from monodir_plugin.tests.fixtures.dense_oracle import (
    dense_local_power,
    lattice,
    mean_power,
    radius_of,
)
from monodir_plugin.tests.fixtures.maps import filtered, half_maps, random_field, snr_of_a_map

SIZE = 48
AXES = AxisSet.icosahedral(81).vectors[[0, 22, 63]]


def test_criteria_are_half_map_correlations():
    assert CRITERION == 0.5
    assert snr_of_fsc(0.5) == pytest.approx(2.0)
    assert snr_of_fsc(0.143) == pytest.approx(1 / 3, rel=0.002)
    for fsc in (0.01, 0.143, 0.5, 0.9):
        assert fsc_of_snr(snr_of_fsc(fsc)) == pytest.approx(fsc)
    for wrong in (0.0, 1.0, -0.2, 3.0, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            snr_of_fsc(wrong)


@pytest.mark.parametrize("ratio", [1 / 3, 2.0, 10.0])
def test_half_maps_have_the_correlation_of_their_ratio(ratio):
    signal = np.sqrt(ratio) * random_field(SIZE, lambda z, y, x: 1 + 0 * (z + y + x), 1)
    mean, half = half_maps(signal, 2)
    found = np.corrcoef((mean + half).ravel(), (mean - half).ravel())[0, 1]
    assert found == pytest.approx(fsc_of_snr(ratio), abs=0.006)
    # Half of the difference is as strong as the noise of the mean.
    assert np.var(half) == pytest.approx(np.var(mean - signal), rel=0.02)


def _levels(noise, region, bands, axis):
    """Estimated power in every band of noise in a region, in a cone and without one."""
    power = noise_power(noise, region)
    return [
        _band_power(cone.power(power.power), bands)
        for cone in (soft_cone(SIZE, axis, 30.0), half_space(SIZE))
    ]


def _coloured(z, y, x):
    """Amplitude of noise that falls with frequency and is stronger along x."""
    square = z**2 + y**2 + x**2
    return np.exp(-3 * square) * (1 + x**2 / np.maximum(square, 1e-9))


@pytest.mark.parametrize("gain", [None, _coloured])
def test_the_estimated_power_of_noise_is_its_mean_power_over_realisations(gain):
    """Estimated in a ball of noise; within three standard errors and 1 %."""
    bands = bands_of(frequency_grid(0.12, 0.49)[::3], SIZE, 0.3)
    shapes = list(zip(bands.centre, bands.half_width))
    region = radius_of(SIZE) < 14
    estimates = []
    for seed in range(40):
        noise = np.random.default_rng(seed).normal(size=(SIZE,) * 3)
        noise = noise if gain is None else filtered(noise, gain)
        along, every = _levels(noise, region, bands, AXES[1])
        estimates.append(np.array([along, 2 * every]))
    exact = np.array(
        [[mean_power(SIZE, axis, 30.0, *s, gain) for s in shapes] for axis in (AXES[1], None)]
    )
    ratio = np.mean(estimates, axis=0) / exact
    error = np.std(estimates, axis=0, ddof=1) / np.sqrt(len(estimates)) / exact
    assert np.all(np.abs(ratio - 1) < 3 * error + 0.01)
    assert np.all(error < 0.07)


def test_the_estimated_power_is_the_mean_of_the_local_power_of_the_same_noise():
    # The region is the whole box, so that only the radii, in parts of a shell, differ.
    noise = np.random.default_rng(3).normal(size=(SIZE,) * 3)
    bands = bands_of(frequency_grid(0.12, 0.49)[::3], SIZE, 0.3)
    found = _levels(noise, np.ones(noise.shape, bool), bands, AXES[2])
    for which, shape in enumerate(zip(bands.centre, bands.half_width)):
        along = dense_local_power(noise, AXES[2], 30.0, *shape, bands.window).mean()
        every = dense_local_power(noise, None, 30.0, *shape, bands.window).mean()
        assert found[0][which] == pytest.approx(along, rel=0.03)
        assert 2 * found[1][which] == pytest.approx(every, rel=0.01)


def test_whitened_noise_has_the_same_power_in_all_shells():
    noise = filtered(
        np.random.default_rng(0).normal(size=(SIZE,) * 3),
        lambda z, y, x: np.exp(-8 * (z**2 + y**2 + x**2)),
    )
    power = noise_power(noise, np.ones(noise.shape, bool))
    for end in (None, 0.3):
        gains = whitening_gains(power.radial, end)
        half = whitened(scipy.fft.rfftn(noise).astype(np.complex64), gains)
        shells = np.rint(np.sqrt(sum((SIZE * k) ** 2 for k in lattice(SIZE)))).astype(int)
        sums = np.bincount(shells.ravel(), np.abs(half.ravel()) ** 2)
        found = (sums / np.bincount(shells.ravel()))[: SIZE // 2 + 1]
        last = SIZE // 2 if end is None else int(end * SIZE)
        # The measured power is that of the noise less its mean, in a region with a soft edge, and
        # the sums here count the planes of the half spectrum once: hence the tolerance.
        np.testing.assert_allclose(found[1 : last + 1], 1.0, rtol=0.15)
        assert not sums[last + 1 :].any()
        assert half[0, 0, 0] == 0


def test_shells_without_noise_are_left_out():
    radial = np.array([1.0, 4.0, 1.0, 1e-14, 0.25])
    np.testing.assert_allclose(whitening_gains(radial, None), [0, 0.5, 1, 0, 2])
    np.testing.assert_allclose(whitening_gains(radial, 0.25), [0, 0.5, 1, 0, 0])


def test_the_resolution_of_the_map_is_where_its_ratio_falls_below_the_criterion():
    frequency = np.arange(65) / 128
    ratio = 2 * np.exp(-4 * ((frequency / 0.25) ** 2 - 1))
    noise = np.ones(65)
    assert map_resolution(1 + ratio, noise, 2.0, 0.05, 0.49) == pytest.approx(0.25, abs=2 / 128)
    assert map_resolution(1 + ratio, noise, 0.5, 0.05, 0.49) > 0.28
    # A single shell without signal does not end the resolution.
    ratio[12] = 0
    assert map_resolution(1 + ratio, noise, 2.0, 0.05, 0.49) == pytest.approx(0.25, abs=2 / 128)
    assert map_resolution(9 * noise, noise, 2.0, 0.05, 0.49) == 0.49
    assert map_resolution(noise, noise, 2.0, 0.05, 0.49) == pytest.approx(0.05, abs=1 / 128)


def test_the_needed_ratio_is_the_criterion_where_the_expected_ratio_is_the_criterion():
    independent = np.array([1.5, 3.0])
    found = needed_ratio(2.0, np.ones(2), independent)
    ratio = np.exp(-2 + 0.05 * np.arange(256)) - 1
    at = np.abs(ratio - 2).argmin()
    np.testing.assert_allclose(found[:, at], 3.0, rtol=0.03)
    # The needed ratio is larger where less is expected; no voxel has it where none is expected.
    assert np.all(np.diff(found[:, : at + 1], axis=1) <= 1e-9)
    assert np.all(found[:, at + 1 :] < 3.03)
    assert found[:, 0].min() > 1e3


def test_the_expected_ratio_has_less_weight_with_more_independent_values():
    relative = np.array([0.3, 1.0, 4.0])
    few, many, all_ = (needed_ratio(2.0, relative, np.full(3, k)) for k in (1.5, 20.0, 1e9))
    signal = np.exp(-2 + 0.05 * np.arange(256)) > 1.2
    np.testing.assert_allclose(all_[:, signal], 3.0, rtol=1e-3)
    assert np.all(np.abs(np.log(many / 3)) <= np.abs(np.log(few / 3)) + 1e-9)
    # Where the signal is strong, the measured ratio alone decides.
    assert few[1, 250] == pytest.approx(3.0, rel=0.01)


def test_the_needed_ratio_follows_from_the_weighted_mean_of_logarithms():
    # By hand: code 80 is a ratio without a cone of exp(2) - 1 = 6.39; the axis has half of it.
    level = 1 + (np.exp(2.0) - 1) / 2
    measured = (2 * level - 1) / (2.5 * level**2)
    expected = (SPREAD * (level - 1) / level) ** 2
    found = needed_ratio(0.8, np.array([0.5]), np.array([2.5]))[0, 80]
    mean = (np.log(found) / measured + np.log(level) / expected) / (1 / measured + 1 / expected)
    assert np.exp(mean) == pytest.approx(1.8, rel=1e-6)


def test_codes_without_a_cone_hold_the_ratio_in_steps_of_a_twentieth():
    signal = random_field(SIZE, snr_of_a_map(0.3), 1)
    volume, noise = half_maps(signal, 2)
    mask = radius_of(SIZE) < 14
    problem = prepare(volume, mask, 1.5, noise_map=noise).problem
    white = scipy.fft.irfftn(problem.spectrum.astype(complex), s=(SIZE,) * 3)
    level = 2 * _band_power(half_space(SIZE).power(problem.noise.power), problem.bands)
    for band in (2, 6):
        shape = problem.bands.centre[band], problem.bands.half_width[band]
        power = dense_local_power(white, None, 0.0, *shape, problem.bands.window)
        found = problem.nodes.to_voxels(problem.without_cone.codes[band].astype(np.float32))
        exact = np.log(power[mask] / level[band])
        # One step at most, and the error of the linear interpolation between nodes.
        assert np.median(np.abs(-2 + 0.05 * found - exact)) < 0.05
        assert np.corrcoef(found, exact)[0, 1] > 0.99


def _with_a_gap(width, depth, seed=0):
    """Half maps of a particle, and the same with a gain of ``depth`` within ``width`` of z."""
    particle, mask = blob_particle(64, seed=1)

    def gap(z, y, x):
        length = np.sqrt(z**2 + y**2 + x**2)
        angle = np.arccos(np.clip(np.abs(z) / np.where(length > 0, length, 1), 0, 1))
        return np.where((np.rad2deg(angle) < width) & (length > 0), depth, 1.0)

    mean, half = half_maps(particle, seed, 0.5)
    return (mean, half), (filtered(mean, gap), filtered(half, gap)), mask


def _rows(problem, axes):
    rows = dict(problem.rows(axes, 1))
    return np.array([decode(rows[row]) for row in range(len(axes))])


@pytest.mark.parametrize("width", [26.0, 40.0])
@pytest.mark.parametrize("depth", [0.0, 0.01])
def test_axes_without_data_are_not_resolved_and_others_are_unaffected(width, depth):
    """A cone about z without data, exactly or nearly.

    Axes near the rim of the gap, whose own cone reaches beyond it, hold data in part: those within
    it that hold data over less than half of their cone end.  Directions are distinguished in bins
    of 7 degrees, and in shells from the twelfth of 64 on.
    """
    whole, pair, mask = _with_a_gap(width, depth)
    axes = AxisSet.icosahedral(181)
    tilt = np.rad2deg(np.arccos(np.abs(axes.vectors[:, 2])))
    chosen = np.flatnonzero((tilt < width) | (tilt > width + 5))
    axes, tilt = AxisSet(axes.vectors[chosen]), tilt[chosen]
    problem = prepare(pair[0], mask, 1.5, noise_map=pair[1]).problem
    found = _rows(problem, axes)
    within = tilt < max(width - 15, 5)
    assert within.any()
    assert not found[within].any()
    assert not problem.axes_with_data(AxisSet(axes.vectors[within])).any()
    # R lies before the first band without data: between it and the last one the crossing is
    # interpolated.
    without = ~problem.with_data(axes)
    ends = np.where(without.any(axis=1), problem.frequencies[without.argmax(axis=1)], 0.5)
    ends[without[:, 0]] = 0
    assert np.all(found <= ends[:, None] + 1e-4)
    far = tilt > width
    assert problem.axes_with_data(AxisSet(axes.vectors[far])).all()
    before = _rows(
        prepare(whole[0], mask, 1.5, noise_map=whole[1]).problem, AxisSet(axes.vectors[far])
    )
    assert np.median(found[far]) == pytest.approx(np.median(before), rel=0.02)
    untouched = tilt[far] > width + 26
    by_axis = np.median(found[far], axis=1) / np.median(before, axis=1)
    assert np.abs(by_axis[untouched] - 1).max() < 0.05
    # Axes whose cone reaches into the gap have less signal and, in proportion, less noise.
    assert np.abs(by_axis - 1).max() < 0.10


def test_a_map_without_gaps_has_data_along_all_axes():
    whole, _, mask = _with_a_gap(25.0, 0.0)
    problem = prepare(whole[0], mask, 1.5, noise_map=whole[1]).problem
    assert problem.with_data(AxisSet.icosahedral(181)).all()


def test_resolution_along_an_axis_ends_at_the_first_band_without_data():
    # The map holds nothing finer than 0.25 along x: only R along x ends there.
    particle, mask = blob_particle(64, seed=1)

    def cut(z, y, x):
        length = np.sqrt(z**2 + y**2 + x**2)
        near = np.abs(x) > np.cos(np.deg2rad(35)) * length
        return np.where(near & (length > 0.25), 0.0, 1.0)

    pair = [filtered(box, cut) for box in half_maps(particle, 0, 0.5)]
    problem = prepare(pair[0], mask, 1.5, noise_map=pair[1]).problem
    along_x, along_z = _rows(problem, AxisSet(np.eye(3)[[0, 2]]))
    assert np.median(along_x) == pytest.approx(0.25, rel=0.1)
    assert np.quantile(along_x, 0.99) < 0.31
    assert np.median(along_z) > 0.33


def test_a_problem_without_spectra_keeps_its_results():
    _, pair, mask = _with_a_gap(25.0, 0.0)
    prepared = prepare(pair[0], mask, 1.5, Settings(), noise_map=pair[1])
    left = prepared.without_spectra()
    np.testing.assert_array_equal(left.problem.frequencies, prepared.problem.frequencies)
    np.testing.assert_array_equal(left.problem.monores(1), prepared.problem.monores(1))
    assert left.problem.spectrum.size == 0


@pytest.mark.parametrize("halves", [True, False])
def test_a_mask_in_a_corner_of_the_box_is_measured(halves):
    mask = np.zeros((SIZE,) * 3, bool)
    mask[2:9, 2:9, 2:9] = True
    volume, noise = half_maps(3.0 * mask, 1)
    problem = prepare(volume, mask, 1.5, noise_map=noise if halves else None).problem
    assert _rows(problem, AxisSet(np.eye(3))).shape == (3, mask.sum())
