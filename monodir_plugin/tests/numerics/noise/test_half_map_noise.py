"""The noise of half maps: its strength is that in the mask, its directions also those around it."""

import numpy as np
import pytest

from monodir_plugin.numerics.fourier.soft_cone import soft_cone
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.noise.half_map_noise import around_the_mask, half_map_noise
from monodir_plugin.numerics.noise.noise_power import noise_power
from monodir_plugin.tests.fixtures.maps import random_field

SIZE = 56
INSIDE = distance_map(SIZE) < 12
AXES = AxisSet.icosahedral(46)


def _uneven(z, y, x):
    """Power that is up to twice as large along z as across it, and falls with frequency."""
    square = z**2 + y**2 + x**2
    return np.exp(-6 * square) * (1 + z**2 / np.maximum(square, 1e-9))


def _flat(z, y, x):
    """Power that is three times as large across z as along it."""
    square = z**2 + y**2 + x**2
    return 3 - 2 * z**2 / np.maximum(square, 1e-9)


def _in_cones(power, shells=slice(12, 24)):
    """Mean power in a cone about every axis, between the shells 12 and 24."""
    found = []
    for axis in AXES.vectors:
        cone = soft_cone(SIZE, axis, 30.0)
        sums, counts = (cone.power(values) for values in (power, np.ones_like(power)))
        parts = len(sums) // (SIZE // 2 + 1)
        chosen = slice(shells.start * parts, shells.stop * parts)
        found.append(sums[chosen].sum() / counts[chosen].sum())
    return np.array(found)


def _measured(difference):
    """Powers along the axes from the mask alone and from both regions, and the scatter."""

    def measure(region):
        return noise_power(difference, region)

    alone = _in_cones(measure(INSIDE).power)
    noise, scatter, _ = half_map_noise(measure, difference, INSIDE)
    return alone, _in_cones(noise.power), scatter


def test_directions_are_known_better_than_from_the_mask_and_the_strength_is_that_of_the_mask():
    """Noise of known power; inside the mask it is 1.3 times as strong (in amplitude)."""
    truth = _in_cones(_uneven(*_frequencies()).astype(np.float32) * np.float32(SIZE**3 * 1.3**2))
    errors = {"alone": [], "combined": []}
    levels, weights = [], []
    for seed in range(4):
        field = random_field(SIZE, _uneven, seed)
        alone, combined, weight = _measured(np.where(INSIDE, 1.3, 1.0) * field)
        for name, found in (("alone", alone), ("combined", combined)):
            errors[name].append(np.std(np.log(found / truth)))
        levels.append(combined.mean() / alone.mean())
        # Where both regions agree exactly, the weight is the share of the voxels.
        share = INSIDE.sum() / (INSIDE | around_the_mask(field, INSIDE)).sum()
        assert share - 1e-6 <= weight.min() <= weight.max() < 1
        weights.append(weight.mean())
    assert np.mean(errors["combined"]) < 0.6 * np.mean(errors["alone"])
    assert np.mean(errors["combined"]) < 0.07
    assert np.mean(weights) < 0.5
    assert levels == pytest.approx([1] * 4, rel=0.02)


def _frequencies():
    k = np.fft.fftfreq(SIZE)
    return k[:, None, None], k[None, :, None], np.fft.rfftfreq(SIZE)[None, None, :]


def test_other_directions_around_the_mask_are_left_out():
    """Around the mask the half maps differ three times as much along other axes."""
    inside, outside = random_field(SIZE, _uneven, 1), random_field(SIZE, _flat, 2)
    difference = np.where(INSIDE, inside, outside)
    alone, combined, weight = _measured(difference)
    assert weight[12:24].min() > 0.7
    assert weight[23] > 0.9
    truth = _in_cones(_uneven(*_frequencies()).astype(np.float32) * np.float32(SIZE**3))
    errors = [np.std(np.log(found / truth)) for found in (alone, combined)]
    assert errors[1] < 1.1 * errors[0]
    of_both = _in_cones(noise_power(difference, INSIDE | around_the_mask(difference, INSIDE)).power)
    assert np.std(np.log(of_both / truth)) > 2 * errors[0]


def test_half_maps_without_noise_around_the_mask_keep_that_of_the_mask():
    difference = np.where(INSIDE, random_field(SIZE, _uneven, 1), 0.0)
    assert not around_the_mask(difference, INSIDE).any()
    alone, combined, weight = _measured(difference)
    np.testing.assert_array_equal(weight, 1)
    np.testing.assert_allclose(combined, alone, rtol=1e-6)


def test_the_region_around_is_the_sphere_without_mask_and_excluded_voxels():
    difference = random_field(SIZE, _flat, 3)
    excluded = np.zeros((SIZE,) * 3, bool)
    excluded[:, :, 40:] = True
    region = around_the_mask(difference, INSIDE, excluded)
    expected = (distance_map(SIZE) <= SIZE / 2 - 7) & ~INSIDE & ~excluded
    np.testing.assert_array_equal(region, expected)
