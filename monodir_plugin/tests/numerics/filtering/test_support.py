"""Detail that is not in the data is found where it was put, and honest maps are not accused."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from monodir_plugin.numerics.filtering.filter_bank import filtered
from monodir_plugin.numerics.filtering.support import support_of
from monodir_plugin.numerics.filtering.weights import filter_weights
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 56


@pytest.fixture(scope="module")
def run():
    particle, mask = blob_particle(SIZE, seed=5)
    first, second = (noisy_map(particle, noise=0.8, seed=seed) for seed in (21, 22))
    inside = mask >= 0.5
    mean = (first + second) / 2
    problem = prepare(mean, inside, 2.0, noise_map=(first - second) / 2).problem
    return problem, inside, mean, filtered(mean, filter_weights(problem), problem.nodes, inside)


def test_maps_made_of_the_data_follow_them(run):
    """Whatever the gain by frequency: nothing comes from elsewhere."""
    problem, _, mean, plain = run
    smooth = gaussian_filter(mean, 1.0)
    for volume in (mean, plain, mean - smooth, 3 * smooth):
        assert support_of(volume, problem).unlike_data < 0.01


def test_filtered_map_is_not_accused_and_sharpened_noise_is(run):
    problem, _, mean, plain = run
    of_plain = support_of(plain, problem)
    assert of_plain.share < of_plain.of_filtered + 0.1
    # Hardly more than the noise of the fine shells is left of this.
    sharpened = support_of(mean - gaussian_filter(mean, 0.6), problem)
    assert sharpened.share > of_plain.share + 0.25


def test_turned_detail_is_found_where_it_is(run):
    problem, inside, _, plain = run
    middle = SIZE // 2
    block = (slice(middle - 7, middle + 7),) * 2 + (slice(middle + 2, middle + 16),)
    changed = plain.copy()
    changed[block] = np.rot90(changed[block], axes=(0, 1))
    found = support_of(changed, problem)
    assert found.unlike_data > 0.05
    box = np.zeros((SIZE,) * 3, np.float32)
    box[inside] = found.voxels
    core = (slice(middle - 4, middle + 4),) * 2 + (slice(middle + 5, middle + 13),)
    away = (slice(None), slice(None), slice(None, middle - 8))
    assert box[core][inside[core]].mean() > 2 * box[away][inside[away]].mean()


def test_detail_of_one_axis_is_found_along_it(run):
    """A wave along x that is not in the data."""
    problem, inside, _, plain = run
    wave = np.cos(2 * np.pi * 0.2 * np.arange(SIZE))
    found = support_of(plain + 2 * plain[inside].std() * wave, problem)
    assert np.abs(found.axes[np.argmax(found.by_axis), 0]) > 0.9
    assert found.by_axis.max() > 2 * np.median(found.by_axis)


def test_parts_add_up(run):
    problem, _, mean, _ = run
    found = support_of(mean, problem)
    assert found.by_band.sum() == pytest.approx(found.share)
    assert found.by_band_of_filtered.sum() == pytest.approx(found.of_filtered)
    with pytest.raises(ValueError, match="constant"):
        support_of(np.ones_like(mean), problem)
