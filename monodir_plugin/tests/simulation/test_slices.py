"""Orientations, slices and their adjoint, and reconstructions from projections."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import scipy.fft
from scipy.spatial.transform import Rotation

from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.simulation import (
    CentralSlices,
    Reconstructor,
    Views,
    blob_particle,
    coverage_of_axes,
    euler_of_orientation,
    orientation_of_euler,
    project,
    views_of,
)
from monodir_plugin.simulation.noise import image_noise

needs_gemmi = pytest.mark.skipif(
    importlib.util.find_spec("gemmi") is None,
    reason="gemmi is not installed (the simulate extra)",
)


def _blobs(size, count, width, seed=0):
    """A volume of Gaussian blobs off the centre; their places, ``x, y, z``, and heights."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(-0.2 * size, 0.2 * size, size=(count, 3))
    heights = rng.uniform(0.5, 2.0, size=count)
    g = np.arange(size) - size // 2
    volume = np.zeros((size,) * 3)
    for (x, y, z), height in zip(places, heights):
        along = [np.exp(-0.5 * ((g - c) / width) ** 2) for c in (z, y, x)]
        volume += height * np.einsum("i,j,k->ijk", *along)
    return volume, places, heights


def _power_along(volume, axis, half_angle, shells):
    """Mean power of a volume within an angle of an axis, between two radii in voxels."""
    size = volume.shape[0]
    k = np.fft.fftfreq(size, 1 / size)
    kz, ky, kx = np.meshgrid(k, k, k, indexing="ij")
    length = np.sqrt(kx**2 + ky**2 + kz**2)
    cosine = np.abs(kx * axis[0] + ky * axis[1] + kz * axis[2]) / np.maximum(length, 1e-9)
    inside = (length > shells[0]) & (length < shells[1]) & (cosine > np.cos(np.deg2rad(half_angle)))
    return np.mean(np.abs(scipy.fft.fftn(volume)[inside]) ** 2)


def _shell_correlation(first, second):
    """Fourier shell correlation up to Nyquist."""
    size = first.shape[0]
    k = np.fft.fftfreq(size, 1 / size)
    shell = np.rint(np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + k**2)).astype(int)
    a, b = scipy.fft.fftn(first), scipy.fft.fftn(second)

    def per_shell(values):
        return np.bincount(shell.ravel(), values.ravel())[: size // 2]

    cross = per_shell((a * b.conj()).real)
    return cross / np.sqrt(per_shell(np.abs(a) ** 2) * per_shell(np.abs(b) ** 2))


def test_orientations_are_scipions_euler_angles_as_written_down():
    rot, tilt, psi = 30.0, 50.0, -70.0
    a, b, g = np.deg2rad([rot, tilt, psi])
    about_z = lambda t: np.array(  # noqa: E731
        [[np.cos(t), np.sin(t), 0], [-np.sin(t), np.cos(t), 0], [0, 0, 1]]
    )
    about_y = np.array([[np.cos(b), 0, -np.sin(b)], [0, 1, 0], [np.sin(b), 0, np.cos(b)]])
    # Heymann, Chagoyen and Belnap 2005: R = Rz(psi) Ry(tilt) Rz(rot), particle to image.
    expected = about_z(g) @ about_y @ about_z(a)
    orientation = orientation_of_euler(rot, tilt, psi)
    np.testing.assert_allclose(orientation.inv().as_matrix(), expected, atol=1e-12)
    view = [np.cos(a) * np.sin(b), np.sin(a) * np.sin(b), np.cos(b)]
    np.testing.assert_allclose(views_of(orientation), view, atol=1e-12)


def test_euler_angles_of_orientations_come_back():
    angles = np.array([[30.0, 50.0, -70.0], [-120.0, 130.0, 160.0], [0.0, 90.0, 0.0]])
    back = euler_of_orientation(orientation_of_euler(*angles.T))
    np.testing.assert_allclose(back, angles, atol=1e-9)


def test_orientations_are_those_of_xmipp():
    xmipp = pytest.importorskip("xmippLib", reason="Xmipp's library is not installed")
    for angles in ((30.0, 50.0, -70.0), (-120.0, 130.0, 200.0)):
        expected = np.array(xmipp.Euler_angles2matrix(*angles))[:3, :3]
        found = orientation_of_euler(*angles).inv().as_matrix()
        np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("size", [12, 13])
def test_slices_and_their_adjoint_equal_sums_written_out(size):
    rng = np.random.default_rng(1)
    volume = rng.normal(size=(size,) * 3)
    orientations = Rotation.random(5, random_state=2)
    slices = CentralSlices(size, orientations)
    found = slices.sample(volume)
    lattice = [
        (kx / size, ky / size)
        for ky in np.fft.fftfreq(size, 1 / size)
        for kx in range(size // 2 + 1)
        if np.hypot(kx, ky) < size / 2
    ]
    g = np.arange(size) - size // 2
    z, y, x = (v.ravel() for v in np.meshgrid(g, g, g, indexing="ij"))
    k = np.array(
        [[m[:, 0] * a + m[:, 1] * b for a, b in lattice] for m in orientations.as_matrix()]
    )
    waves = np.exp(-2j * np.pi * (k.reshape(-1, 3) @ np.stack([x, y, z])))
    expected = waves @ volume.ravel()
    # Measured: 1e-6.
    assert np.linalg.norm(found.ravel() - expected) < 1e-5 * np.linalg.norm(expected)

    values = rng.normal(size=found.shape) + 1j * rng.normal(size=found.shape)
    twice = np.array([2 if a > 0 else 1 for a, _ in lattice])
    whole = (waves.conj().T @ (values * twice).ravel()).real.reshape(volume.shape)
    spread = slices.spread(values)
    assert np.linalg.norm(spread - whole) < 1e-5 * np.linalg.norm(whole)


def test_slices_taken_in_chunks_are_the_same(monkeypatch):
    volume = blob_particle(16, atoms=100)[0]
    orientations = Rotation.random(7, random_state=3)
    whole = CentralSlices(16, orientations)
    values = whole.sample(volume)
    monkeypatch.setattr("monodir_plugin.simulation.slices._AT_ONCE", 3 * values.shape[1])
    chunked = CentralSlices(16, orientations)
    np.testing.assert_allclose(chunked.sample(volume), values, atol=1e-4 * np.abs(values).max())
    spread = whole.spread(values)
    np.testing.assert_allclose(chunked.spread(values), spread, atol=1e-4 * np.abs(spread).max())


@pytest.mark.parametrize("size", [40, 41])
def test_projections_of_blobs_are_blobs_where_geometry_puts_them(size):
    width = 1.7
    volume, places, heights = _blobs(size, 4, width)
    angles = np.array([[0, 0, 0], [0, 90, 0], [30, 50, -70], [-100, 120, 15]], float)
    shifts = np.array([[0, 0], [2.5, 0], [0, -3], [1.2, 0.7]])
    images = project(volume, orientation_of_euler(*angles.T), shifts)
    g = np.arange(size) - size // 2
    for image, (rot, tilt, psi), (dx, dy) in zip(images, angles, shifts):
        frame = orientation_of_euler(rot, tilt, psi).as_matrix()
        expected = np.zeros((size, size))
        for place, height in zip(places, heights):
            u, v = place @ frame[:, 0] + dx, place @ frame[:, 1] + dy
            bump = np.exp(
                -0.5 * (((g - u) / width)[None, :] ** 2 + ((g - v) / width)[:, None] ** 2)
            )
            expected += height * np.sqrt(2 * np.pi) * width * bump
        # Measured: 2e-5; the transform is asked for 1e-5 in the root mean square.
        np.testing.assert_allclose(image, expected, atol=1e-4 * expected.max())


def test_even_views_give_the_particle_back():
    size = 48
    particle, mask = blob_particle(size, seed=1)
    orientations = Views().draw(500, np.random.default_rng(0))
    images = project(particle, orientations, threads=2)
    found = Reconstructor(size, orientations, threads=2).reconstruct(images)
    agreement = _shell_correlation(found * mask, particle * mask)
    assert agreement[: int(0.47 * size)].min() > 0.99
    # Amplitudes are right to 2 %, a little more where slices overlap most; phases are exact.
    gain = np.sum(found[mask] * particle[mask]) / np.sum(particle[mask] ** 2)
    assert abs(gain - 1) < 0.03


def test_reconstruction_is_linear_in_the_images():
    rng = np.random.default_rng(4)
    orientations = Rotation.random(30, random_state=5)
    one, other = rng.normal(size=(2, 30, 24, 24))
    tool = Reconstructor(24, orientations)
    parts = 2 * tool.reconstruct(one) - 3 * tool.reconstruct(other)
    whole = tool.reconstruct(2 * one - 3 * other)
    np.testing.assert_allclose(whole, parts, atol=1e-5 * whole.std())


@pytest.mark.parametrize("concentration", [0.0, 2.0, -2.0])
def test_noise_along_an_axis_goes_as_one_over_its_coverage(concentration):
    size, count, seeds = 32, 1200, 3
    views = Views(concentration)
    tilts = np.array([0.0, 30.0, 60.0, 90.0])
    axes = np.stack([np.sin(np.deg2rad(tilts)), 0 * tilts, np.cos(np.deg2rad(tilts))], axis=1)
    power = np.zeros(len(axes))
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        orientations = views.draw(count, rng)
        images = image_noise((count, size, size), 1.0, 0.0, rng)
        noise = Reconstructor(size, orientations, 2).reconstruct(images)
        power += [_power_along(noise, axis, 12.0, (6, 12)) for axis in axes]
    expected = 1 / coverage_of_axes(axes[:, 2], concentration)
    ratio = power / power.mean() / (expected / expected.mean())
    # About 100 independent coefficients per axis: a standard deviation of 0.1 / sqrt(3).
    np.testing.assert_allclose(ratio, 1.0, atol=0.2)


def test_a_missing_cone_is_where_the_theorem_has_it():
    size = 48
    particle, _ = blob_particle(size, seed=2)
    top = Views(tilts=(0.0, 50.0)).draw(600, np.random.default_rng(6))
    found = Reconstructor(size, top, 2).reconstruct(project(particle, top, threads=2))
    # What the missing cone draws out along z is cut by the box, which smears it over the axis.
    softly = 0.5 * (1 + np.cos(np.pi * np.clip(distance_map(size) / 10 - 1.4, 0, 1)))
    tilts = np.arange(0, 91, 10)
    angle = np.deg2rad(tilts)
    axes = np.stack([np.sin(angle), np.zeros(len(angle)), np.cos(angle)], axis=1)
    left, whole = (
        np.array([_power_along(volume * softly, axis, 5.0, (12, 20)) for axis in axes])
        for volume in (found, particle)
    )
    assert (left / whole)[tilts <= 30].max() < 0.05
    assert (left / whole)[tilts >= 50].min() > 0.9
