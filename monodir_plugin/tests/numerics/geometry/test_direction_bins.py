"""Bins of axes on the faces of a cube."""

import numpy as np
import pytest

from monodir_plugin.numerics.geometry.direction_bins import (
    bin_middles,
    bin_of_index,
    bins_of,
    slope_table,
)


@pytest.mark.parametrize("per_edge", [5, 13])
def test_middles_lie_in_their_own_bins(per_edge):
    middles = bin_middles(per_edge)
    assert middles.shape == (3 * per_edge**2, 3)
    np.testing.assert_array_equal(bins_of(middles, per_edge), np.arange(len(middles)))
    # With an odd number of bins, x, y and z are middles.
    for axis in np.eye(3):
        assert np.abs(middles @ axis).max() == pytest.approx(1.0)


def test_both_ends_of_an_axis_and_any_length_give_the_same_bin():
    vectors = np.random.default_rng(0).normal(size=(1000, 3))
    found = bins_of(vectors, 13)
    np.testing.assert_array_equal(bins_of(-vectors, 13), found)
    np.testing.assert_array_equal(bins_of(7.5 * vectors, 13), found)


def test_bins_are_squares_of_equal_angles():
    """On the face of z, an angle of 20 degrees about y from z lies in bin 9 of 13 along x."""
    angle = np.deg2rad(20.0)
    face, first, second = np.unravel_index(
        bins_of(np.array([[np.sin(angle), 0.0, np.cos(angle)]]), 13)[0], (3, 13, 13)
    )
    # Components after z in cyclic order are x and y: (20 + 45) / 90 of 13 bins, and the middle.
    assert (face, first, second) == (2, int(65 / 90 * 13), 6)


def test_the_table_gives_the_bins_of_lattice_points():
    table = slope_table(13)
    k = np.arange(-9, 10)
    kz, ky, kx = (v.ravel() for v in np.meshgrid(k, k, np.arange(10), indexing="ij"))
    some = (kz != 0) | (ky != 0) | (kx != 0)
    kz, ky, kx = kz[some], ky[some], kx[some]
    found = np.array([bin_of_index(z, y, x, table) for z, y, x in zip(kz, ky, kx)])
    expected = bins_of(np.stack([kx, ky, kz], axis=1).astype(float), 13)
    # Where two components have the same size, either face holds the axis.
    size = np.sort(np.abs(np.stack([kx, ky, kz])), axis=0)
    clear = size[2] > size[1]
    np.testing.assert_array_equal(found[clear], expected[clear])
    assert found.min() >= 0 and found.max() < 3 * 13**2
