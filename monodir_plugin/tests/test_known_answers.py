"""Maps whose directional resolution is known."""

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.numerics import AxisSet, Settings, analyse
from monodir_plugin.numerics.amplitude import coned_amplitude
from monodir_plugin.numerics.cone import half_cone
from monodir_plugin.numerics.filters import Filters
from monodir_plugin.numerics.interpolation import VoxelRows, at_voxels
from monodir_plugin.numerics.ladder import even_ladder
from monodir_plugin.numerics.scratch import Scratch
from monodir_plugin.numerics.spectrum import spectrum_of
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.tests.dense_oracle import lattice, radius_of

SIZE = 48


def _amplitudes_at_centre(volume, axes, rung):
    """Amplitude along each axis near the centre of the box, at one rung."""
    ladder = even_ladder(SIZE, 0.1, 0.4, 0.05, 0.1)
    filters = Filters(ladder, SIZE)
    voxels = VoxelRows(radius_of(SIZE) < 5)
    everyone = np.arange(len(voxels), dtype=np.int32)
    out, scratch = [], Scratch()
    for axis in axes:
        cone = half_cone(spectrum_of(volume), axis, 15.0, corners=False)
        lines = coned_amplitude(cone, filters, rung, None, scratch)
        if lines is None:
            out.append(np.zeros(len(voxels), np.float32))
        else:
            out.append(at_voxels(lines, voxels, everyone, scratch).copy())
    return np.array(out)


@pytest.mark.parametrize("wave", [(9, 3, 2), (2, 9, 3), (3, 2, 9), (-7, 6, 4), (0, 0, 12)])
def test_a_plane_wave_has_amplitude_one_and_wins_only_in_cones_that_hold_it(wave):
    kx, ky, kz = wave
    g = np.arange(SIZE)
    phase = 2 * np.pi * (kx * g[None, None, :] + ky * g[None, :, None] + kz * g[:, None, None])
    axes = AxisSet.icosahedral(81)
    found = _amplitudes_at_centre(np.cos(phase / SIZE + 0.7), axes.vectors, rung=1)
    unit = np.array(wave) / np.linalg.norm(wave)
    held = axes.angles_to(unit) <= 15.0
    assert held.any()
    np.testing.assert_allclose(found[held], 1.0, atol=0.002)
    assert np.abs(found[~held]).max() < 1e-5


def _low_passed_along(volume, axis, frequency):
    """Remove what lies beyond a frequency within 30 degrees of an axis, softly."""
    kz, ky, kx = lattice(volume.shape[0])
    length = np.sqrt(kz**2 + ky**2 + kx**2)
    length[0, 0, 0] = 1
    cosine = np.abs(kx * axis[0] + ky * axis[1] + kz * axis[2]) / length
    beyond = (cosine > np.cos(np.deg2rad(30))) & (length > frequency)
    return scipy.fft.irfftn(scipy.fft.rfftn(volume) * ~beyond, s=volume.shape)


@pytest.mark.parametrize("letter", ["x", "y", "z"])
def test_a_blurred_direction_is_found_in_that_direction_and_in_those_voxels(letter):
    axis = np.eye(3)["xyz".index(letter)]
    sharp, mask = (np.pad(box, 10) for box in blob_particle(SIZE, seed=4))
    centre = len(sharp) // 2
    left = (np.arange(len(sharp)) < centre)[None, :, None]  # the half with y below the centre
    blurred = np.where(left, _low_passed_along(sharp, axis, 0.14), sharp)
    noise = np.random.default_rng(3).normal(scale=0.15, size=sharp.shape)
    axes = AxisSet(np.eye(3))
    before = analyse(sharp + noise, mask, 1.0, Settings(directions=46), along=axes, threads=2)
    after = analyse(blurred + noise, mask, 1.0, Settings(directions=46), along=axes, threads=2)
    change = np.median  # of many voxels
    y = np.unravel_index(after.table.indices, mask.shape)[1] - centre
    coarser = after.along.resolutions() - before.along.resolutions()
    for column, other in enumerate("xyz"):
        in_half, away = coarser[y < -4, column], coarser[y > 4, column]
        assert abs(change(away)) < 0.5
        if other == letter:
            assert change(in_half) > 2.0
        else:
            assert abs(change(in_half)) < 0.5


def test_radial_and_tangential_follow_the_line_from_the_centre():
    # Blurred along x everywhere: radial resolution is coarse in the voxels on the x axis, and
    # tangential resolution is coarse in those off it.
    particle, mask = blob_particle(SIZE, seed=5)
    blurred = _low_passed_along(particle.astype(float), np.array([1.0, 0, 0]), 0.12)
    noise = np.random.default_rng(4).normal(scale=0.1, size=particle.shape)
    found = analyse(blurred + noise, mask, 1.0, threads=2)
    z, y, x = (p - SIZE // 2 for p in np.unravel_index(found.table.indices, mask.shape))
    radius = np.sqrt(x**2 + y**2 + z**2)
    far = radius > 6
    on = {n: far & (np.abs(v) > 0.93 * radius) for n, v in zip("xyz", (x, y, z))}
    radial = {n: np.median(found.reduced.radial[where]) for n, where in on.items()}
    tangential = {n: np.median(found.reduced.tangential[where]) for n, where in on.items()}
    assert radial["x"] > radial["y"] + 1.5
    assert radial["x"] > radial["z"] + 1.5
    assert tangential["x"] < tangential["y"]
    assert tangential["x"] < tangential["z"]


def test_isotropic_map_has_the_same_mean_resolution_along_every_axis():
    means, spreads = [], []
    for seed in range(6):
        particle, mask = blob_particle(SIZE, seed=seed)
        volume = noisy_map(particle, noise=0.5, seed=seed)
        found = analyse(volume, mask, 1.0, Settings(directions=46), threads=2)
        means.append(found.reduced.mean_resolution)
    means = np.array(means) - np.mean(means, axis=1, keepdims=True)
    spreads = means.std(axis=0, ddof=1) / np.sqrt(len(means))
    # Axes as a class: chi-squared of their means over independent maps and particles.
    score = np.mean(means.mean(axis=0) ** 2 / np.mean(spreads**2))
    # 46 axes, of which overlapping cones leave about 20 independent: 99.9 % limit of F(20, 230).
    assert score < 2.4


def test_preferred_orientation_shows_in_the_axes_across_the_views():
    particle, mask = blob_particle(SIZE, seed=7)
    volume = noisy_map(particle, noise=0.5, concentration=4.0, seed=1)
    found = analyse(volume, mask, 1.0, Settings(directions=46), threads=2)
    tilt, mean = found.table.axes.tilt, found.reduced.mean_resolution
    assert mean[tilt > 70].max() < mean[tilt < 25].min()
    votes = found.reduced.counts / found.reduced.counts.sum()
    assert votes[tilt > 70].sum() > 1.5 * np.mean(tilt > 70)
