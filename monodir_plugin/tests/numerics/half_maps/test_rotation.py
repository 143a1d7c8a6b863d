"""Rotations and magnifications between maps are found with their axis, angle, size and sense."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial.transform import Rotation

from monodir_plugin.numerics.geometry.symmetry import rotations_of
from monodir_plugin.numerics.half_maps.checks import compare_half_maps
from monodir_plugin.numerics.half_maps.rotation import (
    best_lattice_change,
    fit_rotation,
    rotation_vector,
)
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 48


def spots(rotation, size=SIZE, factor=1.0):
    """Gaussian spots at places x, y, z that are turned about the centre, and magnified."""
    places = np.random.default_rng(5).uniform(-0.22 * size, 0.22 * size, (9, 3))
    z, y, x = np.ogrid[tuple(slice(-(size // 2), size - size // 2) for _ in range(3))]
    return sum(
        np.exp(-((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2) / 18 / factor**2)
        for a, b, c in factor * rotation.apply(places)
    )


@pytest.mark.parametrize(
    ("vector", "size"), [((6, 0, 0), 48), ((0, -9, 3), 48), ((4, 5, 12), 47), ((-1, 0.5, 1), 48)]
)
def test_small_rotation_is_found_with_its_sense(vector, size):
    """Without noise what is left is the interpolation of the turned map."""
    turned = spots(Rotation.from_rotvec(vector, degrees=True), size)
    found = fit_rotation(spots(Rotation.identity(), size), turned, 1000)
    np.testing.assert_allclose(found.vector, vector, atol=0.02)
    assert found.after > 0.9999 and found.magnification == pytest.approx(1.0, abs=2e-4)


@pytest.mark.parametrize(("factor", "vector"), [(1.01, (0, 0, 0)), (0.95, (0, 3, -2))])
def test_magnification_is_found_with_its_sense(factor, vector):
    changed = spots(Rotation.from_rotvec(vector, degrees=True), factor=factor)
    found = fit_rotation(spots(Rotation.identity()), changed, 1000)
    assert found.magnification == pytest.approx(factor, abs=2e-4)
    np.testing.assert_allclose(found.vector, vector, atol=0.02)


@pytest.mark.parametrize("vector", [(90, 0, 0), (0, 180, 0), (0, 0, -90), (69.282, 69.282, 69.282)])
def test_lattice_rotation_is_found_with_its_sense(vector):
    """The last one takes x to y, y to z and z to x."""
    rotation = Rotation.from_rotvec(vector, degrees=True)
    matrix, correlation = best_lattice_change(spots(Rotation.identity()), spots(rotation))
    np.testing.assert_allclose(matrix, rotation.as_matrix(), atol=1e-5)
    np.testing.assert_allclose(np.degrees(rotation_vector(matrix)), vector, atol=1e-3)
    assert correlation > 0.9999


def pair(noise):
    """Half maps of one particle."""
    particle, _ = blob_particle(SIZE, seed=1)
    return [noisy_map(particle, noise=noise, seed=seed) for seed in (8, 78)]


def turned(values, vector, factor=1.0):
    """A map turned about the centre of its box, by another interpolation than that of the fit."""
    matrix = factor * Rotation.from_rotvec(vector, degrees=True).as_matrix()
    z, y, x = np.indices(values.shape) - SIZE // 2
    places = np.tensordot(np.linalg.inv(matrix), np.array([x, y, z]), 1)[::-1] + SIZE // 2
    return map_coordinates(values, places, order=3, mode="wrap").astype(np.float32)


@pytest.mark.parametrize("vector", [(0, 0, 6), (12, -8, 0), (0, 25, 0), (0, -90, 0)])
def test_turned_half_map_is_refused(vector):
    first, second = pair(0.3)
    found = compare_half_maps(first, turned(second, vector), 1.5)
    assert [(finding.kind, finding.fatal) for finding in found.findings] == [("rotated", True)]
    angle = np.linalg.norm(vector)
    stated = float(found.findings[0].sentence.split("rotated by ")[1].split(" degrees")[0])
    assert stated == pytest.approx(angle, abs=0.05 * angle)


@pytest.mark.parametrize("percent", [2, -3, 5])
def test_magnified_half_map_is_named(percent):
    """Detail beyond the compared shells moves the fit towards no magnification."""
    particle = blob_particle(SIZE, seed=1)[0]
    other = turned(particle, (0, 0, 0), 1 + percent / 100)
    halves = [noisy_map(each, noise=0.5, seed=seed) for each, seed in ((particle, 8), (other, 78))]
    (found,) = compare_half_maps(*halves, 1.5).findings
    assert found.kind == "magnified" and ("larger" in found.sentence) == (percent > 0)
    stated = float(found.sentence.split("about ")[1].split(" %")[0])
    assert 0.6 * abs(percent) < stated < 1.1 * abs(percent)


def test_small_rotation_of_noisy_half_maps_is_a_warning():
    first, second = pair(1.0)
    (found,) = compare_half_maps(first, turned(second, (3, -4, 0)), 1.5).findings
    assert (found.kind, found.fatal) == ("rotated", False)
    stated = float(found.sentence.split("rotated by ")[1].split(" degrees")[0])
    assert stated == pytest.approx(5, abs=1.5)


@pytest.mark.parametrize("noise", [0.1, 0.3, 1.0, 3.0])
def test_nothing_is_said_of_a_pair_in_one_orientation(noise):
    assert compare_half_maps(*pair(noise), 1.5).findings == []


def test_noise_of_an_imposed_symmetry_is_no_magnification():
    """Twelve copies of the noise: counted as independent, errors would be underestimated."""
    group = rotations_of("T222").as_rotvec(degrees=True)
    for seed in range(3):
        particle = blob_particle(SIZE, seed)[0]
        halves = [
            sum(turned(noisy_map(particle, noise=4.0, seed=seed + k), each) for each in group)
            for k in (10, 20)
        ]
        assert compare_half_maps(*halves, 1.5).findings == []


def test_symmetric_particle_is_not_called_turned():
    """A particle of fourfold symmetry correlates as well with itself turned by 90 degrees."""
    first, second = pair(0.5)
    fourfold = [
        gaussian_filter(sum(np.rot90(half, turn, (1, 2)) for turn in range(4)), 0.5)
        for half in (first, second)
    ]
    assert compare_half_maps(*fourfold, 1.5).findings == []
