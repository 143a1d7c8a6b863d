"""Noise that a soft mask made weaker is found; structure and uniform noise are something else."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, distance_transform_edt, gaussian_filter

from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.solvent.faded_solvent import distance_of_blocks, fades_from_the_mask
from monodir_plugin.numerics.solvent.region import off_the_particle
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 64


@pytest.fixture(scope="module")
def particle():
    return blob_particle(SIZE, seed=3)


@pytest.fixture(scope="module", params=[0.6, 2.0])
def volume(particle, request):
    return noisy_map(particle[0], noise=request.param, seed=1)


def fades(volume, mask):
    return off_the_particle(volume, mask, None).fades


@pytest.mark.parametrize("width", [1.5, 2.5])
def test_a_map_times_a_soft_mask_fades(volume, particle, width):
    mask = particle[1]
    soft = np.clip(1.5 * gaussian_filter(mask.astype(float), width), 0, 1)
    assert fades(volume * soft, mask)


def test_uniform_noise_and_padding_do_not_fade(volume, particle):
    mask = particle[1]
    assert not fades(volume, mask)
    assert not fades(np.pad(volume, 8), np.pad(mask, 8))
    assert not fades(gaussian_filter(volume, 1.5), mask)


def test_structure_beside_the_mask_is_not_fading(volume, particle):
    """A third of the solvent, next to the mask, is ten times stronger; the rest is uniform."""
    mask = particle[1]
    near = binary_dilation(mask, iterations=6)
    voxels = ~binary_dilation(mask, iterations=3)
    strong = np.where(near, 3.2 * volume, volume)
    assert not fades_from_the_mask(strong, distance_of_blocks(mask), voxels)


def test_a_few_voxels_show_nothing():
    voxels = np.zeros((16,) * 3, bool)
    voxels[0, 0, :10] = True
    assert not fades_from_the_mask(np.ones(voxels.shape), distance_of_blocks(~voxels), voxels)


def test_solvent_that_was_low_passed_from_some_distance_on_fades(volume, particle):
    """Next to the particle it is as it was; farther away only the coarse part of the noise is."""
    near = binary_dilation(particle[1], iterations=6)
    assert fades(np.where(near, volume, gaussian_filter(volume, 2.0)), particle[1])


@pytest.mark.parametrize("grown, edge", [(4, 12), (2, 16)])
def test_a_soft_mask_far_from_a_flat_particle_fades(grown, edge):
    """The mask begins and ends at distances that depend on the direction."""
    flat = np.ones((SIZE,) * 3, bool)
    flat[: SIZE // 2 - 5] = flat[SIZE // 2 + 5 :] = False
    mask = flat & (distance_map(SIZE) < 14)
    values = np.random.default_rng(2).normal(size=mask.shape) + 3 * mask
    distance = distance_transform_edt(~binary_dilation(mask, iterations=grown))
    soft = 0.5 + 0.5 * np.cos(np.pi * np.minimum(distance, edge) / edge)
    # In exact arithmetic the cosine ends at zero.
    assert fades(values * np.where(distance < edge, soft, 0), mask)
    assert not fades(values * (distance < edge), mask)
