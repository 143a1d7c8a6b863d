"""Detail that is not in the data is found where it was added; maps without it are not reported."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from monodir_plugin.numerics.filtering.filter_bank import filtered
from monodir_plugin.numerics.filtering.support import support_of
from monodir_plugin.numerics.filtering.weights import FilterWeights, filter_weights
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 56


class Run(NamedTuple):
    """What a run knows, its mask and map, and the filtered map."""

    problem: SnrProblem
    weights: FilterWeights
    inside: np.ndarray
    mean: np.ndarray
    plain: np.ndarray

    def support(self, volume):
        return support_of(volume, self.mean, self.problem, weights=self.weights)


@pytest.fixture(scope="module")
def run():
    particle, mask = blob_particle(SIZE, seed=5)
    first, second = (noisy_map(particle, noise=0.8, seed=seed) for seed in (21, 22))
    inside = mask >= 0.5
    mean = (first + second) / 2
    problem = prepare(mean, inside, 2.0, noise_map=(first - second) / 2).problem
    weights = filter_weights(problem)
    return Run(problem, weights, inside, mean, filtered(mean, weights, problem.nodes, inside))


def test_maps_made_of_the_data_follow_them(run):
    """Whatever the gain by frequency: nothing comes from elsewhere."""
    smooth = gaussian_filter(run.mean, 1.0)
    for volume in (run.mean, run.plain, run.mean - smooth, 3 * smooth):
        assert run.support(volume).unlike_data < 0.01


def test_filtered_map_is_not_reported_and_sharpened_noise_is(run):
    of_plain = support_of(run.plain, run.mean, run.problem)
    assert of_plain.share < of_plain.of_filtered + 0.1
    # Hardly more than the noise of the fine shells is left of this.
    sharpened = run.support(run.mean - gaussian_filter(run.mean, 0.6))
    assert sharpened.share > of_plain.share + 0.25


def _times(volume, gain):
    """A map whose coefficients are multiplied by a function of their frequency."""
    k = np.fft.fftfreq(SIZE)
    radius = np.sqrt(k[:, None, None] ** 2 + k[None, :, None] ** 2 + np.fft.rfftfreq(SIZE) ** 2)
    spectrum = np.fft.rfftn(volume) * gain(radius)
    return np.fft.irfftn(spectrum, s=volume.shape).astype(np.float32)


def test_filtered_sharpened_and_low_passed_maps_are_not_reported(run):
    problem, mean, limit = run.problem, run.mean, run.problem.resolution
    of_map = filter_weights(problem, "global")
    maps = {
        "measured": mean,
        "filtered": run.plain,
        "global": filtered(mean, of_map, problem.nodes, run.inside),
        "sharpened": _times(run.plain, lambda f: np.exp(2 * np.minimum(f / limit, 1.0) ** 2)),
        "low-passed": _times(mean, lambda f: f < limit),
    }
    for name, volume in maps.items():
        found = run.support(volume)
        assert not found.from_elsewhere and not found.amplified, name


def test_noise_that_was_sharpened_is_reported_as_that_alone(run):
    limit = run.problem.resolution
    found = run.support(_times(run.mean, lambda f: np.exp(2.5 * np.minimum(f / limit, 2.0) ** 2)))
    assert found.amplified and not found.from_elsewhere


def _cone(angle):
    """Coefficients within an angle of z, degrees."""
    k = np.fft.fftfreq(SIZE)
    length = np.sqrt(k[:, None, None] ** 2 + k[None, :, None] ** 2 + np.fft.rfftfreq(SIZE) ** 2)
    return np.abs(k)[:, None, None] > np.cos(np.deg2rad(angle)) * length


@pytest.fixture(scope="module")
def without_cone():
    """Half maps that lack a cone about z, and the whole particle."""
    particle, mask = blob_particle(SIZE, seed=6)
    first, second = (
        np.fft.irfftn(
            np.fft.rfftn(noisy_map(particle, noise=0.8, seed=seed)) * ~_cone(40), s=(SIZE,) * 3
        )
        for seed in (23, 24)
    )
    inside = mask >= 0.5
    mean = (first + second) / 2
    problem = prepare(mean, inside, 2.0, noise_map=(first - second) / 2).problem
    weights = filter_weights(problem)
    plain = filtered(mean, weights, problem.nodes, inside)
    return particle, Run(problem, weights, inside, mean, plain)


def test_an_empty_cone_is_not_reported(without_cone):
    _, run = without_cone
    found = run.support(run.plain)
    assert not found.from_elsewhere and not found.amplified


@pytest.mark.parametrize("part", [0.5, 0.1])
def test_power_beyond_the_data_is_that_of_the_wave_in_the_empty_cone(without_cone, part):
    """Two waves: one along x, where the data are good, and one along z, where there are none.

    Cones overlap, so that directions count as often as the sum of the squares of their weights.
    """
    _, run = without_cone
    axes = run.weights.axes.vectors
    angles = np.rad2deg(np.arccos(np.minimum(np.abs(axes), 1.0)))
    counted = (run.weights.shape.weight(angles, run.weights.opening) ** 2).sum(axis=0)
    along_x, along_z = (1 - part) * counted[0], part * counted[2]
    cycles = np.rint(run.problem.frequencies[4] * SIZE)
    wave = np.cos(2 * np.pi * cycles / SIZE * np.arange(SIZE))
    both = np.sqrt(1 - part) * wave + np.sqrt(part) * wave[:, None, None]
    found = run.support(np.broadcast_to(both, (SIZE,) * 3).astype(np.float32))
    assert found.beyond_data == pytest.approx(along_z / (along_x + along_z), abs=0.02)


@pytest.mark.parametrize("source", ["noise", "turned", "truth"])
def test_a_filled_cone_is_found_along_its_axes(without_cone, source):
    """With noise, or with the particle, whose cone no data show: right or turned by 90 degrees."""
    particle, run = without_cone
    inside, plain = run.inside, run.plain
    fill = {
        "noise": np.random.default_rng(9).normal(size=plain.shape) * inside,
        "turned": np.rot90(particle, axes=(1, 2)),
        "truth": particle,
    }[source]
    fill = np.fft.rfftn(_times(fill, lambda f: f < run.problem.resolution)) * _cone(40)
    fill = np.fft.irfftn(fill, s=plain.shape).astype(np.float32)
    fill *= 0.5 * plain[inside].std() / fill[inside].std()
    found, before = run.support(plain + fill), run.support(plain)
    assert found.amplified
    upright = np.abs(found.axes[:, 2]) > 0.9
    assert found.by_axis[upright].min() > 0.95
    # Of the map, a share that is about the power of the fill; coarse frequencies are not counted.
    assert 0.1 < found.beyond_data - before.beyond_data < 0.5


def test_turned_detail_is_found_where_it_is(run):
    inside, plain = run.inside, run.plain
    middle = SIZE // 2
    block = (slice(middle - 7, middle + 7),) * 2 + (slice(middle + 2, middle + 16),)
    changed = plain.copy()
    changed[block] = np.rot90(changed[block], axes=(0, 1))
    found = run.support(changed)
    assert found.unlike_data > 0.05 and found.from_elsewhere
    box = np.zeros((SIZE,) * 3, np.float32)
    box[inside] = found.voxels
    core = (slice(middle - 4, middle + 4),) * 2 + (slice(middle + 5, middle + 13),)
    away = (slice(None), slice(None), slice(None, middle - 8))
    assert box[core][inside[core]].mean() > 2 * box[away][inside[away]].mean()


def test_little_detail_that_is_turned_is_found_by_the_window_that_it_is_in(run):
    changed = run.plain.copy()
    middle = SIZE // 2
    block = (slice(middle - 3, middle + 3),) * 2 + (slice(middle + 4, middle + 10),)
    changed[block] = np.rot90(changed[block], axes=(0, 1))
    found = run.support(changed)
    assert found.unlike_data < 0.01 and found.from_elsewhere
    assert np.abs(found.place - (middle, middle, middle + 7)).max() <= 4
    assert found.unlike_voxels.max() == pytest.approx(found.unlike_locally, rel=0.1)


def test_detail_of_one_axis_is_found_along_it(run):
    """A wave along x that is not in the data."""
    inside, plain = run.inside, run.plain
    wave = np.cos(2 * np.pi * 0.2 * np.arange(SIZE))
    found = run.support(plain + 2 * plain[inside].std() * wave)
    assert np.abs(found.axes[np.argmax(found.by_axis), 0]) > 0.9
    assert found.by_axis.max() > 2 * np.median(found.by_axis)


def test_parts_add_up(run):
    found = run.support(run.mean)
    assert found.by_band.sum() == pytest.approx(found.share)
    assert found.beyond_data == pytest.approx(found.beyond_of_measured, rel=1e-3)
    assert found.by_band_of_filtered.sum() == pytest.approx(found.of_filtered)
    with pytest.raises(ValueError, match="constant"):
        run.support(np.ones_like(run.mean))
