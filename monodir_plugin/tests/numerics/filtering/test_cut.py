"""Masks by which a map was multiplied are recognised, and such maps are not reported."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from monodir_plugin.numerics.filtering.cut import cut_of
from monodir_plugin.numerics.filtering.filter_bank import filtered
from monodir_plugin.numerics.filtering.support import MOST_LOCALLY, MOST_UNLIKE, support_of
from monodir_plugin.numerics.filtering.support_by_mask import support_by_mask
from monodir_plugin.numerics.filtering.weights import filter_weights
from monodir_plugin.numerics.geometry.soft_edges import soft_mask
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 40


def _ball(radius):
    z, y, x = np.indices((SIZE,) * 3) - SIZE // 2
    return z**2 + y**2 + x**2 <= radius**2


def _noise(seed=1):
    return np.random.default_rng(seed).normal(size=(SIZE,) * 3).astype(np.float32)


@pytest.mark.parametrize("background", [0.0, -0.7])
def test_distance_from_what_was_cut_away(background):
    """Also if the map was shifted after it was cut; single zeros are no cut."""
    ball = _ball(12)
    volume = np.where(ball, _noise(), 0.0).astype(np.float32)
    volume[20, 20, 20:22] = 0
    found = cut_of(volume + np.float32(background), _ball(12))
    assert found.background == np.float32(background)
    expected = np.minimum(distance_transform_edt(ball), 10)
    np.testing.assert_allclose(found.away, expected, atol=1e-6)
    assert (found.window[~ball] == 0).all() and (found.window[expected >= 4] == 1).all()
    np.testing.assert_array_equal(found.left_out, expected < 2)


def test_a_map_that_was_not_cut_within_the_mask_is_left_as_it_is():
    assert cut_of(_noise(), _ball(10)) is None
    assert cut_of(_noise() * _ball(14), _ball(10)) is None
    assert cut_of(_noise() * _ball(11), _ball(10)) is not None


def test_the_edge_of_a_mask_is_read_from_the_maps():
    """Two maps whose densities differ: what is read is the mask, not the map."""
    edge = soft_mask(_ball(8), 6.0)
    like, other = _noise(1) * edge, 3 * _noise(2)
    found = cut_of(like, _ball(12)).with_edge_of(other, like) / other
    there = edge > 0.1
    # Amplitudes of noise, at whole distances: the edge changes by 0.13 over half a voxel.
    assert np.abs(found / found.max() - edge)[there].max() < 0.2
    assert np.abs(found / found.max() - edge)[there].mean() < 0.05


@pytest.fixture(scope="module")
def run():
    """A run with little noise: the surface of its mask lies in the particle."""
    particle, mask = blob_particle(SIZE, seed=5)
    halves = [noisy_map(particle, noise=0.1, concentration=5.0, seed=seed) for seed in (21, 22)]
    inside = (mask >= 0.5) & (distance_transform_edt(mask >= 0.5) > 2)
    mean, noise = sum(halves) / 2, (halves[0] - halves[1]) / 2
    problem = prepare(mean, inside, 2.0, noise_map=noise).problem
    weights = filter_weights(problem)
    return problem, inside, mean, weights, filtered(mean, weights, problem.nodes, inside)


def _masks(inside):
    half = inside.copy()
    half[:, :, SIZE // 2 :] = False
    within = distance_transform_edt(inside) > 2
    return {"hard": inside, "half": half, "soft": soft_mask(within, 5.0)}


@pytest.mark.parametrize("name", ["hard", "half", "soft"])
def test_maps_that_were_multiplied_by_a_mask_follow_the_data(run, name):
    problem, inside, mean, weights, plain = run
    edge = _masks(inside)[name]
    for volume in (mean, plain):
        cut = (volume * edge).astype(np.float32)
        found = support_by_mask(cut, mean, problem, inside, weights=weights)
        assert not found.from_elsewhere and not found.amplified
        assert found.left_out > 0
        if name != "soft":
            # Where a hard mask is one, the map is what it was.
            assert found.unlike_data < 0.1 * MOST_UNLIKE
            assert found.unlike_locally < 0.1 * MOST_LOCALLY


def test_without_the_cut_they_would_seem_not_to(run):
    problem, inside, mean, weights, plain = run
    cut = (plain * _masks(inside)["half"]).astype(np.float32)
    assert support_of(cut, mean, problem, weights=weights).unlike_data > 5 * MOST_UNLIKE


def test_turned_detail_in_a_map_that_was_cut_is_found_where_it_is(run):
    problem, inside, mean, weights, plain = run
    changed = plain.copy()
    place = np.rint(np.argwhere(inside).mean(axis=0)).astype(int)
    block = tuple(slice(c - 4, c + 4) for c in place)
    changed[block] = np.rot90(changed[block], axes=(1, 2))
    cut = (changed * inside).astype(np.float32)
    found = support_by_mask(cut, mean, problem, inside, weights=weights)
    assert found.from_elsewhere
    assert np.abs(found.place - place).max() <= 6
    gone = distance_transform_edt(inside)[inside] < 2
    np.testing.assert_array_equal(found.voxels == 0, gone)
    assert found.left_out == pytest.approx(gone.mean())


def test_a_map_that_is_empty_in_the_mask_is_refused(run):
    problem, inside, mean, weights, _ = run
    away = np.where(inside, 0, mean).astype(np.float32)
    away[0, 0, 0] = 0
    with pytest.raises(ValueError, match="constant in the mask"):
        support_by_mask(away, mean, problem, inside, weights=weights)
