"""Soft masks and windows: values at known distances, and known sums."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt, gaussian_filter

from monodir_plugin.numerics.geometry.soft_edges import (
    falling_cosine,
    gaussian_mask,
    rising_cosine,
    soft_mask,
    soft_sphere,
)


def test_raised_cosines_have_their_known_values():
    position = np.array([-1.0, 0.0, 1 / 3, 0.5, 2 / 3, 1.0, 2.0])
    np.testing.assert_allclose(falling_cosine(position), [1, 1, 0.75, 0.5, 0.25, 0, 0], atol=1e-15)
    np.testing.assert_allclose(rising_cosine(position), [0, 0, 0.25, 0.5, 0.75, 1, 1], atol=1e-15)
    assert falling_cosine(position.astype(np.float32)).dtype == np.float32


def test_a_soft_mask_falls_with_the_distance_from_the_region():
    region = np.zeros((16, 16, 16), bool)
    region[8, 8, 8] = True
    mask = soft_mask(region, 4.0)
    assert mask.dtype == np.float32
    # One voxel, two along a diagonal of a face, and the end of the edge.
    for offset, distance in (
        ((0, 0, 1), 1),
        ((1, 1, 0), np.sqrt(2)),
        ((0, 3, 0), 3),
        ((4, 0, 0), 4),
    ):
        z, y, x = 8 + np.array(offset)
        assert mask[z, y, x] == pytest.approx((1 + np.cos(np.pi * distance / 4)) / 2, abs=1e-6)
    assert mask[8, 8, 8] == 1 and mask[8, 8, 14] == 0


@pytest.mark.parametrize("share", [0.001, 0.1, 0.99])
@pytest.mark.parametrize("width", [3.0, 4.5, 13.3])
def test_a_soft_mask_is_that_of_the_transform_of_all_distances(share, width):
    region = np.random.default_rng(2).random((25, 26, 27)) < share
    region[0, 25, 3] = True
    expected = falling_cosine(distance_transform_edt(~region) / width).astype(np.float32)
    np.testing.assert_array_equal(soft_mask(region, width), expected)


def test_a_soft_mask_of_nothing_is_zero():
    assert not soft_mask(np.zeros((8, 8, 8), bool), 3.0).any()


@pytest.mark.parametrize("size", [32, 33])
def test_a_soft_sphere_ends_at_its_radius(size):
    sphere = soft_sphere(size, 12.0, 4.0)
    row = sphere[size // 2, size // 2, size // 2 :]
    np.testing.assert_allclose(row[[0, 8, 9, 10, 12, 14]], [1, 1, 0.853553, 0.5, 0, 0], atol=1e-6)
    z, y, x = np.indices(sphere.shape) - size // 2
    assert ((sphere > 0) == (z**2 + y**2 + x**2 < 144)).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_a_gaussian_mask_is_a_smoothed_region(threads):
    region = np.random.default_rng(0).random((20, 20, 20)) < 0.4
    expected = gaussian_filter(region.astype(float), 1.5, truncate=3)
    np.testing.assert_allclose(gaussian_mask(region, 1.5, threads), expected, atol=1e-5)
