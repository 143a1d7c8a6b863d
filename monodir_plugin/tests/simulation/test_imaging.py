"""Noise, half maps, errors of angle and shift, and atomic models."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
import scipy.fft
from scipy.spatial.transform import Rotation

from monodir_plugin.errors import InputError
from monodir_plugin.simulation import (
    Imaging,
    blob_particle,
    simulate,
)
from monodir_plugin.simulation.models import density_of_model
from monodir_plugin.simulation.noise import image_noise

needs_gemmi = pytest.mark.skipif(
    importlib.util.find_spec("gemmi") is None,
    reason="gemmi is not installed (the simulate extra)",
)


_CARBONS = """\
CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1
ATOM      1  CA  ALA A   1    {0:8.3f}{1:8.3f}{2:8.3f}  1.00 20.00           C
ATOM      2  CB  ALA A   1    {3:8.3f}{4:8.3f}{5:8.3f}  1.00 20.00           C
HETATM    3  O   HOH A   2      50.000  50.000  50.000  1.00 20.00           O
END
"""


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
def test_models_that_cannot_be_used_are_refused_with_a_sentence(tmp_path):
    model = tmp_path / "two.pdb"
    model.write_text(_CARBONS.format(0, 0, 0, 90, 0, 0))
    with pytest.raises(InputError, match="needs a sphere of 90 Å, but the box is 32 Å"):
        density_of_model(model, 32, 1.0)
    with pytest.raises(InputError, match="there is no such file"):
        density_of_model(tmp_path / "none.pdb", 32, 1.0)
    (tmp_path / "empty.pdb").write_text("nothing\n")
    with pytest.raises(InputError, match="no atoms"):
        density_of_model(tmp_path / "empty.pdb", 32, 1.0)


def test_message_on_a_missing_library_has_the_fix(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "gemmi", None)
    with pytest.raises(InputError, match=r"needs the library gemmi.*pip install gemmi"):
        density_of_model(tmp_path / "model.pdb", 32, 1.0)
