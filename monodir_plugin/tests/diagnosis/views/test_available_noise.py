"""Maps that hold no noise from which views can be found, and maps that do."""

from __future__ import annotations

import numpy as np
import pytest

from monodir_plugin.diagnosis.diagnose import diagnose
from monodir_plugin.diagnosis.sentences import headlines
from monodir_plugin.diagnosis.views.available_noise import check_half_maps, noise_of_solvent
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.solvent.region import NoNoiseError
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 56


@pytest.fixture(scope="module")
def particle():
    return blob_particle(SIZE, 1, 2000)


def _halves(particle, noise=0.8):
    return [noisy_map(particle[0], noise, 0.0, seed) for seed in (1, 2)]


def _checked(halves, mask):
    check_half_maps((halves[0] + halves[1]) / 2, (halves[0] - halves[1]) / 2, mask)


@pytest.mark.parametrize("noise", [0.2, 0.8, 2.0])
@pytest.mark.parametrize("concentration", [0.0, 4.0])
def test_sound_maps_pass(particle, noise, concentration):
    halves = [noisy_map(particle[0], noise, concentration, seed) for seed in (1, 2)]
    _checked(halves, particle[1])
    region = noise_of_solvent(halves[0], particle[1])
    assert region.any() and not (region & particle[1]).any()


def test_a_soft_sphere_leaves_the_noise_inside_it(particle):
    half = _halves(particle)[0] * (distance_map(SIZE) < 25)
    assert distance_map(SIZE)[noise_of_solvent(half, particle[1])].max() < 25


def test_half_maps_that_do_not_fit_are_refused(particle):
    one, two = _halves(particle)
    with pytest.raises(NoNoiseError, match="do not fit each other"):
        _checked([one, np.roll(two, 7, axis=0)], particle[1])
    with pytest.raises(NoNoiseError, match=r"factor of (1\.9|2\.0)"):
        _checked([one, 2 * two], particle[1])


def test_structure_in_the_solvent_is_left_out_of_the_noise(particle):
    """A slab with 25 times the power of the noise, as of a neighbour."""
    volume = _halves(particle)[0].copy()
    sound = noise_of_solvent(volume, particle[1])
    volume[5:10] += 4 * np.random.default_rng(0).normal(size=volume[5:10].shape)
    region = noise_of_solvent(volume, particle[1])
    assert not region[5:10].any() and region.sum() > 0.5 * sound.sum()


def test_one_strong_block_is_no_noise(particle):
    """A bead of gold."""
    volume = _halves(particle)[0].copy()
    volume[30:32, 46:48, 30:32] += 40
    with pytest.raises(NoNoiseError, match="more than noise"):
        noise_of_solvent(volume, particle[1])


def test_what_needs_noise_is_withheld_and_said_first(particle):
    """Most of the solvent is zero: as a map whose solvent was flattened but for a few voxels."""
    volume, mask = _halves(particle)[0].copy(), particle[1]
    keep = np.random.default_rng(0).uniform(size=volume.shape) < 0.2
    volume[~mask & ~keep] *= 0.02
    found = diagnose(volume, mask, 2.0, AxisSet.icosahedral(46), 30.0)
    record = found.record()
    assert next(iter(record)) == "noise" and "empty" in record["noise"]["reason"]
    assert not {"isotropy", "views", "angular_error"} & set(record)
    assert headlines({"diagnosis": record}) == record["noise"]["sentences"][:1]
