"""What lies outside a mask and is no noise: left out of it, or refused; a sound map keeps all."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.geometry.mask import make_mask
from monodir_plugin.numerics.measurement.analysis import analyse
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.noise.noise_power import noise_power
from monodir_plugin.numerics.problem.settings import Settings
from monodir_plugin.numerics.solvent.region import NoNoiseError, off_the_particle
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.tests.fixtures import damaged
from monodir_plugin.tests.fixtures.damaged import VOXEL, ball, filament, grid, whole, with_bead


def noise_of(volume, mask):
    """Power of the noise by shell, in units of the map."""
    return noise_power(volume, off_the_particle(volume, mask, None).region).radial


def expected():
    """Power of white noise of the mean of two half maps: its variance times the voxels."""
    return damaged.NOISE**2 / 2 * 64**3


FOCUSED = {
    "half of the particle": lambda: (whole(), ball()[1] & (grid(64)[2] > 4)),
    "a third of a filament": lambda: (filament()[0], filament()[1] & (np.abs(grid(64)[0]) <= 10)),
    "a few voxels": lambda: (whole(), np.max(np.abs(grid(64)), axis=0) <= 1),
    "beside a bead of gold": lambda: (with_bead(whole()), ball()[1]),
}


@pytest.mark.parametrize("kind", FOCUSED)
def test_structure_outside_the_mask_is_not_taken_for_noise(kind):
    """White noise of known power: 15 % in bands of shells, where with structure it is tenfold."""
    volume, mask = FOCUSED[kind]()
    found = noise_of(volume, mask)
    for shells in (slice(5, 12), slice(12, 22), slice(22, 32)):
        assert np.mean(found[shells]) == pytest.approx(expected(), rel=0.15)
    prepared = prepare(volume, mask, VOXEL)
    assert sum("structure lies outside the mask" in text for text in prepared.warnings) == 1


def test_resolution_in_a_focused_mask_is_that_of_the_whole_particle():
    mask = ball()[1]
    masks = (mask, mask & (grid(64)[2] > 4))
    every, part = (prepare(whole(), m, VOXEL).facts["map_resolution_A"] for m in masks)
    assert part == pytest.approx(every, rel=0.03)


def test_membrane_beside_the_particle_is_left_out():
    z = grid(64)[0]
    lipids = np.abs(z - 4) <= 6
    volume = whole() + 1.5 * lipids + np.where(lipids, damaged.noise(64, 8, 0.5), 0)
    assert np.mean(noise_of(volume, ball()[1])[12:32]) == pytest.approx(expected(), rel=0.2)


SOUND = [
    (size, deviation, views, seed)
    for size, deviation, views in ((48, 0.1, 0), (64, 0.6, 4), (48, 3.0, 0), (64, 1.5, 2))
    for seed in (1, 2)
]


@pytest.mark.parametrize(("size", "deviation", "views", "seed"), SOUND)
def test_sound_map_keeps_all_of_its_solvent(size, deviation, views, seed):
    """The region is all that lies off the mask inside the sphere; nothing is said."""
    particle, mask = blob_particle(size, seed=seed)
    volume = noisy_map(particle, noise=deviation, concentration=views, seed=seed + 5)
    solvent = off_the_particle(volume, mask, None)
    sphere = int((distance_map(size) <= size / 2 - 4).sum())
    assert (solvent.structure, solvent.constant) == (0, 0)
    assert int(solvent.region.sum()) + solvent.beside == sphere
    assert prepare(volume, mask, 1.5).warnings == []


def test_noise_that_is_stronger_about_the_particle_is_no_structure():
    """Noise of real maps falls outwards, here to a twentieth of its power."""
    fall = np.exp(-((distance_map(64) / 22) ** 2)) + 0.05
    volume = ball()[0] + damaged.noise(64, 3, 0.5) * np.sqrt(fall)
    assert off_the_particle(volume, ball()[1], None).structure == 0


@pytest.mark.parametrize("padding", ["cube", "sphere"])
def test_constant_parts_hold_no_noise(padding):
    volume, mask = ball(48, 10, 300)
    volume = volume + damaged.noise(48, 4)
    if padding == "cube":
        volume, mask = (np.pad(box, 16) for box in (volume, mask))
    else:
        volume = np.where(distance_map(48) < 20, volume, 0)
    found = noise_of(volume.astype(np.float32), mask)
    size = len(volume)
    assert np.mean(found[size // 4 : size // 2]) == pytest.approx(
        damaged.NOISE**2 * size**3, rel=0.1
    )


def test_padding_is_reported_as_padding():
    volume, mask = ball(48, 10, 300)
    padded = np.pad(volume + damaged.noise(48, 4), 24).astype(np.float32)
    notes = prepare(padded, np.pad(mask, 24), VOXEL).notes
    assert any("are constant (padding or a mask)" in note for note in notes)
    assert not any("sphere of" in note for note in notes)


def test_mask_of_the_solvent_is_refused():
    with pytest.raises(NoNoiseError, match="the mask seems to be inverted"):
        off_the_particle(whole(), ~ball()[1], None)


def test_tight_box_is_refused_with_its_cause():
    volume, mask = ball(32, 10, 300)
    with pytest.raises(NoNoiseError) as error:
        off_the_particle(volume + damaged.noise(32, 2), mask, None)
    assert "the mask leaves hardly any solvent: 0 voxels" in str(error.value)
    assert "masking" not in str(error.value) and "larger box" in str(error.value)


def test_solvent_that_is_all_structure_is_reported_and_no_larger_box_is_asked_for():
    z, y, _ = grid(64)
    slab = (np.abs(z) <= 4) & (np.abs(y) <= 4)
    rng = np.random.default_rng(1)
    volume = gaussian_filter((rng.random((64,) * 3) < 0.02) * 1.0, 1, mode="wrap")
    stated = "\n".join(prepare(volume.astype(np.float32), slab, VOXEL).warnings)
    assert "what lies outside is structure" in stated and "larger box" not in stated


@pytest.mark.parametrize("deviation", [1.0, 1.5, 2.5])
def test_map_whose_solvent_alone_was_filtered_is_reported(deviation):
    volume = damaged.locally_filtered(whole(), ball()[1], deviation)
    (stated,) = [w for w in prepare(volume, ball()[1], VOXEL).warnings if "the solvent" in w]
    assert "filtered or denoised apart from the particle" in stated and "half maps" in stated


@pytest.mark.parametrize("deviation", [0.0, 0.6, 1.0])
def test_map_that_was_filtered_as_a_whole_is_not(deviation):
    volume = gaussian_filter(whole(), deviation, mode="wrap")
    assert not [w for w in prepare(volume, ball()[1], VOXEL).warnings if "apart from" in w]


def test_bead_is_left_out_of_a_made_mask():
    """With the bead 0.9 of the mask without it are found, and hardly a voxel of the bead."""
    plain, made = (make_mask(v, VOXEL) for v in (whole(), with_bead(whole())))
    inside, found = plain.values >= 0.5, made.values >= 0.5
    assert (found & inside).sum() > 0.9 * inside.sum()
    z, y, x = grid(64)
    bead = (x - 20) ** 2 + (y - 18) ** 2 + (z - 3) ** 2 < 9
    assert not found[bead].any()
    assert plain.warnings == () and "denser than the particle" in made.warnings[0]


def test_dark_particle_is_refused_where_a_mask_must_be_made():
    with pytest.raises(ValueError, match=r"the particle is dark.*multiply the map by -1"):
        make_mask(-whole(), VOXEL)


def adr_in(volume, mask, where):
    """Median of the average directional resolution in some voxels of a mask, Å."""
    found = analyse(volume, mask, VOXEL, Settings(directions=46), threads=2)
    return float(np.median(found.volume("adr")[where]))


ALIKE = {
    "half of the particle": lambda: (whole(), whole(), ball()[1], ball()[1] & (grid(64)[2] > 4)),
    "a third of a filament": lambda: (
        filament()[0],
        filament()[0],
        filament()[1],
        filament()[1] & (np.abs(grid(64)[0]) <= 10),
    ),
    "beside a bead of gold": lambda: (whole(), with_bead(whole()), ball()[1], ball()[1]),
}


@pytest.mark.parametrize("kind", ALIKE)
def test_resolution_is_that_of_the_sound_map_and_mask(kind):
    """In the same voxels, within 3 %; what was left out was taken for noise, and gave 13 to 20 Å.

    The noise comes from a half to a tenth fewer voxels of solvent, and a window at the border of
    the smaller mask sees what lies beyond as it does in the larger one.
    """
    sound, odd, mask, part = ALIKE[kind]()
    assert adr_in(odd, part, part) == pytest.approx(adr_in(sound, mask, part), rel=0.03)


def test_resolution_of_a_padded_map_is_that_of_the_map():
    volume, mask = ball(48, 10, 300)
    volume = (volume + damaged.noise(48, 4)).astype(np.float32)
    padded, wide = np.pad(volume, 24), np.pad(mask, 24)
    assert adr_in(padded, wide, wide) == pytest.approx(adr_in(volume, mask, mask), rel=0.03)
