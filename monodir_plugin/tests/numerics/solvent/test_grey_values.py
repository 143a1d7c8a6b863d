"""Compressed values and ramps of density are found; sound maps, smooth ones too, have neither."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from monodir_plugin.numerics.solvent.grey_values import compressed_values, ramp_of_solvent
from monodir_plugin.numerics.solvent.region import off_the_particle
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 48


@pytest.fixture(scope="module")
def particle():
    return blob_particle(SIZE, seed=4)


@pytest.fixture(scope="module", params=[0.2, 1.0])
def volume(particle, request):
    return noisy_map(particle[0], noise=request.param, seed=2)


def ranked(values):
    """A map with the histogram of equal shares of every value."""
    return np.argsort(np.argsort(values.ravel())).reshape(values.shape) / values.size


@pytest.mark.parametrize("change", [np.tanh, ranked, lambda v: np.minimum(v, 1.0)])
def test_compressed_values_are_found(volume, particle, change):
    sentence = compressed_values(change(volume), particle[1])
    assert sentence is not None and "nearly equal" in sentence


@pytest.mark.parametrize("blur", [0.0, 1.0, 3.0])
def test_values_of_sound_maps_spread(volume, particle, blur):
    assert compressed_values(gaussian_filter(volume, blur), particle[1]) is None


def test_few_values_show_nothing(volume, particle):
    few = np.zeros_like(particle[1])
    few[20:25, 20:25, 20:25] = True
    assert compressed_values(np.ones_like(volume), few) is None


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_share_of_a_ramp_is_that_of_its_variance(axis):
    """Noise of variance 1, and a ramp whose variance in the region is known."""
    noise = np.random.default_rng(axis).normal(size=(SIZE,) * 3)
    ramp = 0.15 * np.indices(noise.shape)[axis]
    region = np.ones(noise.shape, bool)
    region[10:30, 12:36, 8:40] = False
    variance = float(np.var(ramp[region]))
    expected = variance / (1 + variance)
    assert ramp_of_solvent(noise + ramp, region) == pytest.approx(expected, abs=0.01)
    assert ramp_of_solvent(noise, region) == 0


def test_solvent_has_the_ramp(volume, particle):
    ramp = 6 * volume.std() * (np.indices(volume.shape)[1] / SIZE - 0.5)
    assert off_the_particle(volume + ramp, particle[1], None).ramp > 0.6
    assert off_the_particle(volume, particle[1], None).ramp == 0
