"""The simulator against sums written out, closed forms and theorems."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
import scipy.fft
from scipy.spatial.transform import Rotation
from scipy.special import dawsn

from monodir_plugin.errors import InputError
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.simulation import (
    CentralSlices,
    Imaging,
    Reconstructor,
    Views,
    blob_particle,
    coverage_of_axes,
    coverage_of_density,
    coverage_of_views,
    euler_of_orientation,
    orientation_of_euler,
    project,
    simulate,
    views_of,
    with_angular_errors,
)
from monodir_plugin.simulation.models import density_of_model
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


# Conventions


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


# Slices


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


# Projections


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


# Reconstruction


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


# Views and their coverage


@pytest.mark.parametrize("concentration", [-8.0, 0.0, 3.0, 400.0])
def test_views_are_spread_as_watsons_distribution_says(concentration):
    views = views_of(Views(concentration).draw(20_000, np.random.default_rng(7)))
    k = concentration
    # Mean cos²: d/dk of the log of the integral of exp(k t²) over 0 to 1.
    if k > 0:
        expected = 1 / (2 * np.sqrt(k) * dawsn(np.sqrt(k))) - 1 / (2 * k)
    elif k == 0:
        expected = 1 / 3
    else:
        t = np.linspace(0, 1, 100_001)
        weight = np.exp(k * t**2)
        expected = np.sum(t**2 * weight) / np.sum(weight)
    square = views[:, 2] ** 2
    assert abs(square.mean() - expected) < 5 * square.std() / np.sqrt(len(square))
    assert abs(np.mean(views[:, 2] > 0) - 0.5) < 0.02
    assert np.abs(np.mean(views[:, :2], axis=0)).max() < 0.03


def test_views_about_another_axis_and_within_tilts():
    axis = np.array([1.0, -2.0, 0.5])
    views = views_of(
        Views(tilts=(20.0, 35.0), axis=tuple(axis)).draw(2000, np.random.default_rng(8))
    )
    tilt = np.rad2deg(np.arccos(np.abs(views @ axis) / np.linalg.norm(axis)))
    assert 20 - 1e-6 < tilt.min() < 20.5
    assert 34.5 < tilt.max() < 35 + 1e-6


def test_a_tilted_stage_puts_top_views_on_a_ring():
    views = views_of(Views(1e6, stage_tilt=40.0).draw(4000, np.random.default_rng(9)))
    tilt = np.rad2deg(np.arccos(np.abs(views[:, 2])))
    np.testing.assert_allclose(tilt, 40.0, atol=0.3)
    # All around: the particles lie on the support in every in-plane direction.
    assert np.abs(np.mean(np.sign(views[:, 2:]) * views[:, :2], axis=0)).max() < 0.05


@pytest.mark.parametrize("tilts", [(0.0, 50.0), (40.0, 90.0)])
def test_coverage_by_views_is_the_funk_transform_of_their_density(tilts):
    views = views_of(Views(tilts=tilts).draw(40_000, np.random.default_rng(10)))
    tilt = np.array([0, 25, 60, 75, 90])
    angle = np.deg2rad(tilt)
    axes = np.stack([np.sin(angle), np.zeros(5), np.cos(angle)], axis=1)
    kept = np.deg2rad(tilts)
    closed = coverage_of_density(
        np.cos(angle),
        lambda z: np.abs(np.arccos(np.abs(z)) - kept.mean()) < np.ptp(kept) / 2 + 1e-9,
    )
    found = coverage_of_views(views, axes, width=2.0)
    np.testing.assert_allclose(found, closed, atol=0.1)
    if tilts == (40.0, 90.0):
        # Great circles that keep off the caps hold only density that is left, 1 / cos 40.
        np.testing.assert_allclose(closed[:2], 1 / np.cos(np.deg2rad(40)), rtol=0.01)
    else:
        np.testing.assert_array_equal(found[:2], 0.0)  # the missing cone: tilt below 40


# Noise


@pytest.mark.parametrize("colour", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("size", [32, 33])
def test_image_noise_has_the_strength_and_the_colour_asked_for(colour, size):
    noise = image_noise((400, size, size), 3.0, colour, np.random.default_rng(11))
    assert abs(noise.std() - 3.0) < 0.03
    power = np.mean(np.abs(scipy.fft.fft2(noise)) ** 2, axis=0)
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size)))
    low, high = (power[(k > a) & (k < b)].mean() for a, b in ((0.10, 0.14), (0.38, 0.42)))
    assert abs(np.log(low / high) / np.log(0.40 / 0.12) - colour) < 0.08


def test_half_maps_have_independent_noise_twice_as_strong():
    particle, _ = blob_particle(32, seed=3, atoms=800)
    imaging = Imaging(images=600, noise=1.0, seed=1)
    noisy = simulate(particle, imaging, threads=2)
    clean = simulate(particle, Imaging(images=600, noise=0.0, seed=1), threads=2)
    assert np.abs(clean.noise).max() == 0
    np.testing.assert_allclose(clean.clean, noisy.clean, atol=1e-5)
    first, second = noisy.half1 - clean.half1, noisy.half2 - clean.half2
    # Within the ball that fits the box about 13000 values, of which a third are independent.
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05
    for half in (first, second):
        assert abs(half.var() / noisy.noise.var() - 2) < 0.3


# Errors of angles and shifts


def test_errors_of_angle_blur_across_the_line_to_the_centre():
    size, width, radius, sigma = 48, 2.0, 14.0, 6.0
    g = np.arange(size) - size // 2
    z, y, x = np.meshgrid(g, g, g, indexing="ij")
    blob = np.exp(-0.5 * ((x - radius) ** 2 + y**2 + z**2) / width**2)
    imaging = Imaging(images=1500, noise=0.0, angle_error=sigma, seed=2)
    found = simulate(blob, imaging, threads=2).clean
    near = (x - radius) ** 2 + y**2 + z**2 < 10**2

    def variance(volume, coordinate):
        weight = volume[near] / volume[near].sum()
        mean = np.sum(weight * coordinate[near])
        return np.sum(weight * (coordinate[near] - mean) ** 2)

    grown = [variance(found, c) - variance(blob, c) for c in (x, y, z)]
    expected = (radius * np.sin(np.deg2rad(sigma))) ** 2
    np.testing.assert_allclose(grown[1:], expected, rtol=0.15)
    assert abs(grown[0]) < 0.1 * expected


def test_angular_errors_have_the_given_standard_deviation():
    rng = np.random.default_rng(12)
    true = Rotation.random(20_000, random_state=13)
    vectors = (with_angular_errors(true, 1.2, rng) * true.inv()).as_rotvec(degrees=True)
    np.testing.assert_allclose(vectors.std(axis=0), 1.2, rtol=0.03)
    np.testing.assert_allclose(vectors.mean(axis=0), 0.0, atol=0.05)


def test_errors_of_shift_blur_alike_everywhere_and_in_all_directions():
    size, width, sigma = 40, 2.0, 1.5
    g = np.arange(size) - size // 2
    z, y, x = np.meshgrid(g, g, g, indexing="ij")
    blob = np.exp(-0.5 * ((x - 9) ** 2 + y**2 + z**2) / width**2)
    imaging = Imaging(images=1500, noise=0.0, shift_error=sigma, seed=3)
    found = simulate(blob, imaging, threads=2).clean
    wider = np.sqrt(width**2 + sigma**2)
    expected = (width / wider) ** 3 * np.exp(-0.5 * ((x - 9) ** 2 + y**2 + z**2) / wider**2)
    # A shift moves images in their planes: every axis is blurred by views across it.
    np.testing.assert_allclose(found, expected, atol=0.04 * expected.max())


# Atomic models

_CARBONS = """\
CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1
ATOM      1  CA  ALA A   1    {0:8.3f}{1:8.3f}{2:8.3f}  1.00 20.00           C
ATOM      2  CB  ALA A   1    {3:8.3f}{4:8.3f}{5:8.3f}  1.00 20.00           C
HETATM    3  O   HOH A   2      50.000  50.000  50.000  1.00 20.00           O
END
"""


@needs_gemmi
@pytest.mark.parametrize("size", [32, 33])
def test_density_of_two_carbons_is_their_scattering_factor_at_their_places(tmp_path, size):
    places = np.array([[4.0, -1.0, 2.5], [-4.0, 1.0, -2.5]]) + 100
    model = tmp_path / "two.pdb"
    model.write_text(_CARBONS.format(*places.ravel()))
    sampling, b_factor = 1.1, 40.0
    turn = Rotation.from_euler("z", 90, degrees=True)
    found = density_of_model(model, size, sampling, b_factor, turn)
    centred = turn.apply(places - places.mean(axis=0)) / sampling
    # Carbon: International Tables C, 4.3.2.2 (Peng et al. 1996), Å and Å².
    a = np.array([0.0893, 0.2563, 0.7570, 1.0487, 0.3575])
    b = np.array([0.2465, 1.7100, 6.4094, 18.6113, 50.2523])
    k = np.fft.fftfreq(size)
    kz, ky, kx = np.meshgrid(k, k, k, indexing="ij")
    square = (kx**2 + ky**2 + kz**2) / sampling**2
    factor = np.einsum("i,i...->...", a, np.exp(-np.multiply.outer(b + b_factor, square) / 4))
    waves = sum(np.exp(-2j * np.pi * (kx * x + ky * y + kz * z)) for x, y, z in centred)
    expected = np.where(square * sampling**2 < 0.25, factor * waves, 0)
    transform = scipy.fft.fftn(scipy.fft.ifftshift(found)) * sampling**3
    np.testing.assert_allclose(transform, expected, atol=0.005 * a.sum() * 2)


@needs_gemmi
def test_models_that_cannot_be_used_are_told_in_a_sentence(tmp_path):
    model = tmp_path / "two.pdb"
    model.write_text(_CARBONS.format(0, 0, 0, 90, 0, 0))
    with pytest.raises(InputError, match="needs a sphere of 90 Å, but the box is 32 Å"):
        density_of_model(model, 32, 1.0)
    with pytest.raises(InputError, match="there is no such file"):
        density_of_model(tmp_path / "none.pdb", 32, 1.0)
    (tmp_path / "empty.pdb").write_text("nothing\n")
    with pytest.raises(InputError, match="no atoms"):
        density_of_model(tmp_path / "empty.pdb", 32, 1.0)


def test_a_missing_library_is_told_with_its_mend(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "gemmi", None)
    with pytest.raises(InputError, match=r"needs the library gemmi.*pip install '.*\[simulate\]'"):
        density_of_model(tmp_path / "model.pdb", 32, 1.0)


def test_a_share_of_the_views_is_even():
    """All others look along the axis, so that those off it are the even ones outside a cone."""
    spread = Views(1e6, axis=(1.0, 0.0, 1.0), even=0.3)
    views = views_of(spread.draw(40_000, np.random.default_rng(1)))
    off = np.abs(views @ np.array([1.0, 0.0, 1.0])) / np.sqrt(2) < np.cos(np.deg2rad(20))
    assert off.mean() == pytest.approx(0.3 * np.cos(np.deg2rad(20)), abs=0.01)
    moments = views[off].T @ views[off] / off.sum()
    # Of directions outside a cone of 20 degrees, the mean square along its axis is cos² / 3.
    along = np.array([1.0, 0.0, 1.0]) / np.sqrt(2)
    assert along @ moments @ along == pytest.approx(np.cos(np.deg2rad(20)) ** 2 / 3, abs=0.01)
    with pytest.raises(InputError, match="share of 2 of even views"):
        Views(even=2.0)
