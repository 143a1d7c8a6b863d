"""Point groups by name, and found in maps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import affine_transform, gaussian_filter
from scipy.spatial.transform import Rotation

from monodir_plugin.diagnosis.symmetry_search import found_symmetry, named_symmetry
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.geometry.symmetry import rotations_of, standard_name
from monodir_plugin.simulation import Reconstructor, Views, blob_particle, project

SIZE = 48


@pytest.mark.parametrize(
    "name, members",
    [("C1", 1), ("c7", 7), ("D1", 2), ("D4", 8), ("T", 12), ("T222", 12), ("tz180", 12), ("o", 24),
     ("I", 60), ("I1", 60), ("I3", 60), ("I4", 60)],
)  # fmt: skip
def test_groups_have_their_members_and_are_closed(name, members):
    matrices = rotations_of(name).as_matrix()
    assert len(matrices) == members
    np.testing.assert_allclose(matrices[0], np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(matrices), 1.0)
    for product in matrices @ matrices[-1]:
        assert np.abs(matrices - product).max(axis=(1, 2)).min() < 1e-6


@pytest.mark.parametrize(
    "name, fold, axis",
    [
        ("D5", 2, (1, 0, 0)),
        ("T", 3, (0, 0, 1)),
        ("T", 2, (0, 0.816496, 0.577350)),
        ("O", 4, (1, 0, 0)),
        ("I", 5, (0.525731114, 0, 0.850650807)),
        ("I2", 3, (0, 0.356822076, 0.934172364)),
        ("I1", 5, (0.85065080702670, 0, -0.5257311142635)),
        ("I1", 3, (0.9341723640, 0.3568220765, 0)),
        ("I3", 3, (-0.4911234778630044, 0.3568220764705179, 0.7946544753759428)),
        ("I4", 5, (0.8944271932547096, 0, 0.4472135909903704)),
        ("I4", 3, (0.4911234778630044, 0.3568220764705179, 0.7946544753759428)),
    ],
)
def test_axes_lie_where_relion_has_them(name, fold, axis):
    """Numbers from RELION's symmetries.cpp."""
    turn = Rotation.from_rotvec(2 * np.pi / fold * np.array(axis) / np.linalg.norm(axis))
    off = np.abs(rotations_of(name).as_matrix() - turn.as_matrix()).max(axis=(1, 2))
    assert off.min() < 1e-5


@pytest.mark.parametrize("name", ["", "C0", "C100", "E", "CI", "I5", "D", "OH"])
def test_other_names_are_refused(name):
    with pytest.raises(ValueError, match="is not a point group"):
        standard_name(name)


def _symmetrised(volume, name):
    centre = np.full(3, len(volume) // 2)
    total = np.zeros(volume.shape)
    for turn in rotations_of(name).as_matrix():
        matrix = turn[::-1, ::-1].T
        total += affine_transform(volume, matrix, centre - matrix @ centre, order=3)
    return total / len(rotations_of(name))


NAMES = ["C1", "C2", "C3", "C4", "D2", "D4", "T", "T222", "TZ180", "O", "I1", "I2", "I3", "I4"]


@pytest.mark.parametrize("name", NAMES)
def test_an_imposed_symmetry_is_found(name):
    volume, mask = blob_particle(SIZE, 3, 2000)
    grains = np.random.default_rng(0).normal(size=volume.shape)
    made = _symmetrised(volume + grains, name)
    region = (distance_map(SIZE) < SIZE / 2 - 2) & (distance_map(SIZE) > 0.4 * SIZE)
    found = found_symmetry(made, mask, made, region)
    assert found.name == name and not found.named
    assert ("none was found" in found.sentence()) == (name == "C1")


def _about(name, turn):
    """A group turned by a rotation, as matrices in a fixed order."""
    return turn.as_matrix() @ rotations_of(name).as_matrix() @ turn.as_matrix().T


def _same(one, two):
    apart = np.abs(one[:, None] - two[None]).max(axis=(2, 3))
    return (apart.min(axis=0) < 1e-6).all() and (apart.min(axis=1) < 1e-6).all()


def test_settings_of_t_are_one_group_in_three_orientations():
    # Rows: the new x, y and z; a threefold axis comes to z, and the twofold one along z beside it.
    to_z = Rotation.from_matrix(
        np.array([[1, -1, 0], [1, 1, -2], [1, 1, 1]]) / np.sqrt([[2], [6], [3]])
    )
    assert _same(_about("T222", to_z), rotations_of("TZ180").as_matrix())
    half = Rotation.from_euler("z", 180, degrees=True)
    assert _same(_about("T", half), rotations_of("TZ180").as_matrix())
    assert not _same(rotations_of("T").as_matrix(), rotations_of("TZ180").as_matrix())
    flipped = rotations_of("T").as_matrix() * np.outer([1, -1, 1], [1, -1, 1])
    assert _same(flipped, rotations_of("TZ180").as_matrix())


@pytest.mark.parametrize("seed", range(4, 8))
@pytest.mark.parametrize("name", ["D2", "T222"])
def test_d2_is_no_tetrahedron_and_a_tetrahedron_is_not_d2(name, seed):
    """Without noise the particle decides; with noise, the noise does."""
    volume, mask = blob_particle(SIZE, seed, 2000)
    made = _symmetrised(volume, name)
    nowhere = np.zeros_like(mask)
    assert found_symmetry(made, mask, made, nowhere).name == name
    grains = _symmetrised(np.random.default_rng(seed).normal(size=volume.shape), "D2")
    everywhere = distance_map(SIZE) < SIZE / 2 - 2
    found = found_symmetry(made + 0.2 * grains, mask, grains, everywhere)
    assert (found.name, found.looks_like) == ("D2", name)
    assert ("its noise has the symmetry of D2" in found.sentence()) == (name == "T222")


@pytest.mark.parametrize("name", ["T", "T222", "O", "I1", "I2", "I3", "I4"])
def test_the_symmetry_of_a_noisy_map_is_found_and_no_other(name):
    """Half maps of images that are put in at all symmetric orientations."""
    size = 36
    particle, mask = blob_particle(size, 3, 900)
    particle = _symmetrised(particle, name).astype(np.float32)
    rng = np.random.default_rng(1)
    seen = Views().draw(40, rng)
    images = project(particle, seen)
    images += images.std() * rng.standard_normal(images.shape, dtype=np.float32)
    halves = []
    for part in (slice(0, None, 2), slice(1, None, 2)):
        copies = Rotation.concatenate([turn * seen[part] for turn in rotations_of(name)])
        repeated = np.concatenate([images[part]] * len(rotations_of(name)))
        halves.append(Reconstructor(size, copies).reconstruct(repeated))
    mean, noise = (halves[0] + halves[1]) / 2, (halves[0] - halves[1]) / 2
    found = found_symmetry(mean, mask, noise, distance_map(size) < size / 2 - 2)
    assert found.name == name


@pytest.mark.parametrize("seed", range(3))
def test_a_nearly_round_particle_has_no_symmetry_of_the_lattice(seed):
    """A ball with a shell and weak structure: the radial mean has to leave nothing of the ball."""
    radius = distance_map(SIZE)
    ball = 1 / (1 + np.exp(2 * (radius - 18))) + 0.5 * np.exp(-((radius - 11) ** 2) / 4)
    structure = blob_particle(SIZE, seed, 500)[0]
    structure *= 0.02 * ball.std() / structure.std()
    made = (ball + structure).astype(np.float32)
    found = found_symmetry(made, radius < 19, made, np.zeros(made.shape, bool))
    assert found.name == "C1" and found.looks_like == "C1"


def test_a_particle_that_looks_symmetric_is_not_taken_for_imposed_symmetry():
    volume, mask = blob_particle(SIZE, 3, 2000)
    volume = _symmetrised(volume, "C3")
    noise = 0.3 * np.random.default_rng(0).normal(size=volume.shape)
    ball = distance_map(SIZE) < SIZE / 2 - 2
    found = found_symmetry(volume + noise, mask, noise, ball)
    assert found.name == "C1" and found.looks_like == "C3"
    assert "its noise does not" in found.sentence()
    # Without noise to ask, the particle decides.
    assert found_symmetry(volume, mask, volume, np.zeros_like(mask)).name == "C3"


@pytest.mark.parametrize("name", ["C5", "C7", "D7"])
def test_the_noise_shows_the_symmetry_of_a_particle_without_features(name):
    """A particle that is nearly round about its axis looks like one of any number of copies."""
    volume, mask = blob_particle(SIZE, 17, 2000)
    smooth = gaussian_filter(volume, 3)
    grains = np.random.default_rng(2).normal(scale=0.05 * smooth.std(), size=volume.shape)
    grains = _symmetrised(grains, name)
    ball = distance_map(SIZE) < SIZE / 2 - 2
    found = found_symmetry(_symmetrised(smooth, name) + grains, mask, grains, ball)
    assert found.looks_like == f"{name[0]}12"
    assert found.name == name
    assert f"its noise has the symmetry of {name}" in found.sentence()


def test_noise_that_is_smooth_about_an_axis_has_no_symmetry():
    """As that of few views across an axis: it resembles its copies after any turn about it."""
    x, y, z = np.indices((SIZE,) * 3)[::-1] - SIZE // 2
    rod = (np.hypot(x, y) < 8) & (abs(z) < 15)
    frequencies = np.fft.fftfreq(SIZE)
    across = np.hypot(*np.meshgrid(frequencies, frequencies))
    grains = np.fft.fftn(np.random.default_rng(3).normal(size=(SIZE,) * 3))
    grains = np.fft.ifftn(grains * np.exp(-((across / 0.01) ** 2))).real
    ball = distance_map(SIZE) < SIZE / 2 - 2
    found = found_symmetry(rod + 0.1 * grains / grains.std(), rod, grains, ball)
    assert (found.name, found.looks_like) == ("C1", "D12")


def test_a_named_symmetry_is_taken():
    found = named_symmetry("i")
    assert found.name == "I2" and found.named and "as given" in found.sentence()
