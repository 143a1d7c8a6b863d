"""Moments of noise agree with those of distributions that are known; changed noise is named."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, median_filter
from scipy.stats import norm

from monodir_plugin.numerics.half_maps.checks import compare_half_maps
from monodir_plugin.numerics.half_maps.independence import check_noise_of_halves
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.solvent.faded_solvent import distance_of_blocks
from monodir_plugin.numerics.solvent.noise_values import (
    UNLIKE_NOISE,
    changed_noise,
    noise_values,
    solvent_parts,
)
from monodir_plugin.numerics.solvent.region import off_the_particle
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE, SAMPLING = 48, 1.5
#: Moments of the Laplacian of independent values over those of the values, with its sign reversed.
THIRD, FOURTH = (6**3 - 6) / 42**1.5, (6**4 + 6) / 42**2


@pytest.fixture(scope="module")
def particle():
    return blob_particle(SIZE, seed=4)


@pytest.fixture(scope="module")
def solvent(particle):
    return solvent_parts(distance_of_blocks(particle[1]), ~particle[1])


@pytest.fixture(scope="module")
def volume(particle):
    return noisy_map(particle[0], noise=0.3, seed=2)


def white(seed=0):
    return np.random.default_rng(seed).normal(size=(SIZE,) * 3)


def ranked(values, function):
    """A map whose values have the distribution of a function of equal shares."""
    shares = (np.argsort(np.argsort(values.ravel())) + 0.5) / values.size
    return function(shares).reshape(values.shape)


@pytest.mark.parametrize("level", [0.0, 1e4])
@pytest.mark.parametrize("curvature", [-0.2, 0.1])
def test_skewness_of_a_quadratic_change(solvent, curvature, level):
    noise = white()
    found = noise_values(noise + curvature * noise**2 + level, solvent)
    expected = (6 * curvature + 8 * curvature**3) / (1 + 2 * curvature**2) ** 1.5
    assert found.skewness == pytest.approx(expected, abs=0.08)
    assert found.fine_skewness == pytest.approx(THIRD * expected, abs=0.08)


@pytest.mark.parametrize(
    "noise, excess",
    [
        (white(), 0.0),
        (np.random.default_rng(1).uniform(size=(SIZE,) * 3), -1.2),
        (np.random.default_rng(2).laplace(size=(SIZE,) * 3), 3.0),
    ],
)
def test_kurtosis_of_known_distributions(solvent, noise, excess):
    found = noise_values(noise, solvent)
    assert found.kurtosis == pytest.approx(FOURTH * excess, rel=0.15, abs=0.1)
    assert abs(found.skewness) < 0.08


def test_noise_that_is_nine_times_stronger_at_one_side(solvent):
    """In an octant its deviation grows by 2 or by 1.5; the excess is known for either."""
    found = noise_values(white() * np.linspace(1, 3, SIZE), solvent)
    # Means of the fourth and second powers of a deviation that is uniform from 1 to 2, and to 3.
    low, high = 3 * (31 / 5 / (7 / 3) ** 2 - 1), 3 * (211 / 5 / (19 / 3) ** 2 - 1)
    assert high - 0.1 < found.kurtosis < low + 0.1
    assert changed_noise(white() * np.linspace(1, 3, SIZE), solvent) is None


def test_share_of_equal_neighbours(solvent):
    """Every value twice along x, and values that are rounded to a few levels."""
    twice = noise_values(np.repeat(white()[..., ::2], 2, axis=2), solvent)
    assert twice.equal == pytest.approx(0.5, abs=0.02) and twice.by_chance < 1e-3
    rounded = np.rint(2 * white())
    few = noise_values(rounded, solvent)
    chance = np.sum((np.unique(rounded, return_counts=True)[1] / SIZE**3) ** 2)
    assert few.equal == pytest.approx(chance, abs=0.02)
    assert few.by_chance == pytest.approx(chance, abs=0.02)
    assert changed_noise(rounded, solvent) is None


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda v: median_filter(v, 3), "repeats its values"),
        (lambda v: median_filter(v, 5), "repeats its values"),
        (lambda v: (v - v.min()) ** 0.6, "is skewed"),
        (lambda v: (v - v.min()) ** 1.6, "is skewed"),
        (lambda v: np.log1p(np.exp(4 * v)), "is skewed"),
        (lambda v: ranked(v, lambda q: -np.log(1 - q)), "is skewed"),
        (np.abs, "is skewed"),
        (lambda v: np.sign(v) * np.sqrt(np.abs(v)), "is too flat"),
        (lambda v: np.sign(v) * v**2, "is too peaked"),
    ],
)
def test_changed_maps_are_named(volume, particle, change, words):
    (text,) = (t for t in prepare(change(volume), particle[1], SAMPLING).warnings if words in t)
    assert UNLIKE_NOISE in text and text.endswith("as they were reconstructed")


@pytest.mark.parametrize("blur", [0.0, 0.8, 1.5, 3.0])
@pytest.mark.parametrize("noise", [0.03, 0.1, 0.5, 2.0])
def test_sound_maps_are_not_named(particle, noise, blur):
    """Of a clear map that was blurred, density reaches into the solvent."""
    values = gaussian_filter(noisy_map(particle[0], noise=noise, seed=7), blur)
    parts = solvent_parts(
        distance_of_blocks(particle[1]), off_the_particle(values, particle[1], None).region
    )
    assert changed_noise(values, parts) is None


@pytest.mark.parametrize("changed, where", [((0, 1), "in both"), ((1,), "in the second")])
def test_half_maps_that_were_changed(particle, changed, where):
    """A matched histogram compresses the density; without it nothing is found."""
    halves = [noisy_map(particle[0], noise=0.3, seed=seed) for seed in (8, 88)]
    fsc = compare_half_maps(*halves, SAMPLING).fsc
    assert not check_noise_of_halves(*halves, particle[1], fsc)[1]
    for half in changed:
        halves[half] = ranked(halves[half], norm.ppf).astype(np.float32)
    found = check_noise_of_halves(*halves, particle[1], fsc)[1]
    (sentence,) = (each.sentence for each in found if each.kind == "changed")
    assert sentence.startswith(where) and "is skewed" in sentence


def test_few_voxels_show_nothing(particle):
    few = np.zeros((SIZE,) * 3, bool)
    few[:6, :6, :6] = True
    assert solvent_parts(distance_of_blocks(particle[1]), few) is None
    assert changed_noise(white(), None) is None
