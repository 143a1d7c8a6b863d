"""A map that was cut from stronger density is not reported, and detail put into it is found."""

import numpy as np
import pytest

from monodir_plugin.numerics.filtering.filter_bank import faded, filtered
from monodir_plugin.numerics.filtering.sharpening import sharpening_gain
from monodir_plugin.numerics.filtering.support import MOST_UNLIKE, support_of
from monodir_plugin.numerics.filtering.support_by_mask import support_by_mask
from monodir_plugin.numerics.filtering.weights import filter_weights
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE, SAMPLING = 40, 2.0


@pytest.fixture(scope="module")
def cut():
    """An anisotropic run with little noise, whose mask holds the half of the particle below."""
    particle, mask = blob_particle(SIZE, seed=5)
    first, second = (
        noisy_map(particle, noise=0.05, concentration=5.0, seed=seed) for seed in (21, 22)
    )
    inside = mask >= 0.5
    inside[SIZE // 2 :] = False
    mean, noise = (first + second) / 2, (first - second) / 2
    problem = prepare(mean, inside, SAMPLING, noise_map=noise).problem
    return problem, inside, mean, filter_weights(problem)


@pytest.mark.parametrize(
    ("kind", "b_factor"), [("directional", 0.0), ("isotropic", 0.0), ("directional", 300.0)]
)
def test_filtered_maps_beside_strong_density_follow_the_data(cut, kind, b_factor):
    problem, inside, mean, weights = cut
    frequency = np.arange(SIZE // 2 + 1) / (SIZE * SAMPLING)
    gain = sharpening_gain(b_factor, frequency, SAMPLING / problem.resolution)
    volume = filtered(mean, filter_weights(problem, kind), problem.nodes, inside, gain=gain)
    # The measured map holds density at the surface of the mask that this map lacks.
    assert support_of(volume, mean, problem, weights=weights).unlike_data > MOST_UNLIKE
    found = support_by_mask(volume, mean, problem, inside)
    assert found.unlike_data < 0.25 * MOST_UNLIKE
    assert not found.from_elsewhere and not found.amplified


def test_turned_detail_is_found_beside_strong_density(cut):
    problem, inside, mean, weights = cut
    changed = filtered(mean, weights, problem.nodes, inside)
    z, y, x = (slice(int(c) - 4, int(c) + 4) for c in np.argwhere(inside).mean(axis=0))
    changed[z, y, x] = np.rot90(changed[z, y, x], axes=(1, 2))
    found = support_by_mask(changed, mean, problem, inside)
    assert found.from_elsewhere and found.unlike_data > 5 * MOST_UNLIKE


def test_what_is_said_of_the_measured_map_does_not_depend_on_the_second_comparison(cut):
    problem, inside, mean, weights = cut
    volume = filtered(mean, weights, problem.nodes, inside)
    first = support_of(volume, mean, problem, weights=weights)
    found = support_by_mask(volume, mean, problem, inside)
    assert found.beyond_of_measured == first.beyond_of_measured
    assert found.beyond_data == pytest.approx(first.beyond_data, rel=1e-6)
    assert found.of_filtered == first.of_filtered


def test_a_faded_map_is_itself_in_the_mask_and_zero_far_from_it(cut):
    problem, inside, mean, _ = cut
    found = faded(mean, problem.nodes, inside)
    np.testing.assert_array_equal(found[inside], mean[inside].astype(np.float32))
    assert not found[-3:].any()
