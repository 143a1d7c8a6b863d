"""Half maps that hold detail of their own are named; noise that is stronger inside is not."""

import re

import numpy as np
import pytest

from monodir_plugin.numerics.half_maps.unlike_detail import unlike_detail
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE, SAMPLING = 56, 1.5
FREQUENCY = np.arange(SIZE // 2 + 1) / SIZE
GRID = np.array([0.07, 0.49])
WORDS = "each holds detail that the other lacks"


def test_range_and_strength_of_unlike_detail_are_stated():
    noise = np.ones(len(FREQUENCY))
    inside = np.where((FREQUENCY > 0.1) & (FREQUENCY < 0.3), 5.0, 1.0)
    text = unlike_detail(inside + 1, inside, noise, GRID, SAMPLING)
    low, high, factor = map(float, re.findall(r"([\d.]+)(?: to| Å| times)", text)[:3])
    assert (low, high, factor) == pytest.approx((15, SAMPLING / 0.3, 5), rel=0.1)


@pytest.mark.parametrize("kind", ["noise of the particle", "common", "few"])
def test_sound_differences_are_not_named(kind):
    noise = np.ones(len(FREQUENCY))
    coarse = FREQUENCY < 0.3
    inside, mean = {
        # Stronger by one factor at all frequencies.
        "noise of the particle": (4 * noise, 4 * noise),
        # Much of a strong signal is not in both, but most is.
        "common": (np.where(coarse, 5.0, 1.0), np.where(coarse, 30.0, 1.0)),
        "few": (np.where(FREQUENCY < 0.09, 5.0, 1.0), np.where(FREQUENCY < 0.09, 5.5, 1.0)),
    }[kind]
    assert unlike_detail(mean, inside, noise, GRID, SAMPLING) is None


@pytest.mark.parametrize("kind", ["sound", "other", "symmetry"])
def test_halves_of_which_one_is_another_particle_or_symmetrised(kind):
    particle, mask = blob_particle(SIZE, seed=6)
    first, second = (noisy_map(particle, noise=0.6, seed=seed) for seed in (4, 44))
    if kind == "other":
        second = noisy_map(blob_particle(SIZE, seed=60)[0], noise=0.6, seed=44)
    if kind == "symmetry":
        second = sum(np.rot90(second, turns, (1, 2)) for turns in range(4)) / 4
    mean, apart = (first + second) / 2, (first - second) / 2
    warnings = prepare(mean, mask >= 0.5, SAMPLING, noise_map=apart).warnings
    assert len([text for text in warnings if WORDS in text]) == (kind != "sound")
