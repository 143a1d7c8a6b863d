"""The sets of axes on the projective plane."""

import numpy as np
import pytest

from monodir_plugin.numerics.geometry.axes import (
    AxisSet,
    icosahedral_axes,
    rot_tilt_to_vectors,
    vectors_to_rot_tilt,
)


@pytest.mark.parametrize(("count", "frequency"), [(46, 3), (81, 4), (126, 5), (181, 6)])
def test_frequency_n_gives_5_n2_plus_1_axes_evenly_spread(count, frequency):
    axes = AxisSet.icosahedral(count)
    assert len(axes) == len(icosahedral_axes(frequency)) == 5 * frequency**2 + 1 == count
    # Arcs cut from the apex break the icosahedral symmetry by up to 1.5 degrees, no more.
    np.testing.assert_allclose(axes.vectors.T @ axes.vectors / count, np.eye(3) / 3, atol=3e-3)
    angles = axes.angles_to(axes.vectors)
    np.fill_diagonal(angles, 90)
    closest = angles.min(axis=1)
    assert closest.max() / closest.min() < 1.35


def test_vertices_lie_at_z_and_at_tilt_63_435():
    axes = AxisSet.icosahedral(81)
    vertices = rot_tilt_to_vectors(np.arange(36, 360, 72), 63.43494882)
    assert axes.angles_to(np.vstack([vertices, [0, 0, 1]])).min(axis=1).max() < 1e-4


def test_edges_are_cut_into_equal_arcs_not_equal_chords():
    # On the edge from z to the vertex at rot 36: three points 15.859 degrees apart.
    tilts = np.array([15.858741, 31.717482, 47.576224])
    found = AxisSet.icosahedral(81).angles_to(rot_tilt_to_vectors(36.0, tilts)).min(axis=1)
    assert found.max() < 2e-5
    # A point inside a face that a flat subdivision would put 1.5 degrees away.
    inside = rot_tilt_to_vectors(12.811021, 42.234673)
    assert AxisSet.icosahedral(81).angles_to(inside).min() < 2e-5


def test_listed_ends_are_the_upper_ones():
    axes = AxisSet.icosahedral(81)
    equator = np.abs(axes.tilt - 90) < 1e-6
    assert equator.sum() == 10
    assert axes.tilt.max() <= 90 + 1e-6
    assert np.all((axes.rot[equator] > -1e-6) & (axes.rot[equator] < 180 - 1e-6))


def test_angles_round_trip():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(100, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(rot_tilt_to_vectors(*vectors_to_rot_tilt(vectors)), vectors)
    rot, tilt = vectors_to_rot_tilt(rot_tilt_to_vectors(120.0, 30.0))
    assert (rot, tilt) == (pytest.approx(120), pytest.approx(30))


def test_an_axis_and_its_opposite_are_the_same():
    axes = AxisSet.icosahedral(46)
    rng = np.random.default_rng(1)
    lines = rng.normal(size=(50, 3))
    np.testing.assert_array_equal(axes.closest(lines), axes.closest(-lines))
    np.testing.assert_array_equal(axes.closest(lines), axes.mirror().closest(lines))
    unit = lines / np.linalg.norm(lines, axis=1, keepdims=True)
    np.testing.assert_allclose(axes.angles_to(unit), axes.mirror().angles_to(unit), atol=1e-5)
    np.testing.assert_array_equal(axes.closest(axes.vectors), np.arange(46))


def test_neighbours_are_mutual_and_cross_the_equator():
    axes = AxisSet.icosahedral(81)
    neighbours = axes.neighbours(20.0)
    assert all(i in neighbours[j] for i in range(81) for j in neighbours[i])
    # Vertices have five neighbours at this angle, all others six.
    assert sorted({len(n) for n in neighbours}) == [5, 6]
    assert sum(len(n) == 5 for n in neighbours) == 6


def test_bad_axes_are_refused():
    with pytest.raises(ValueError, match="direction"):
        AxisSet([[0, 0, 0]])
    with pytest.raises(ValueError, match="shape"):
        AxisSet([[1, 2]])
    with pytest.raises(ValueError, match="46, 81, 126 and 181"):
        AxisSet.icosahedral(80)
