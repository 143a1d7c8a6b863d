"""A signal-to-noise ratio that levels off is named with its level; that of signal falls on."""

import re

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.solvent.levels_off import level_of, shared_noise, weaker_noise
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE, SAMPLING = 56, 1.5
FREQUENCY = np.arange(SIZE // 2 + 1) / SIZE
GRID = np.array([0.07, 0.49])
#: As of atoms with a B-factor of 90 Å².
SIGNAL = 100 * np.exp(-20 * FREQUENCY**2)
#: With twice the B-factor: it has ended at the finest frequency.
ENDED = 100 * np.exp(-40 * FREQUENCY**2)
WEAKER, SHARED = "times as strong as the solvent from", "inside the mask stays at"


@pytest.fixture(scope="module")
def particle():
    density, mask = blob_particle(SIZE, seed=6)
    return density, mask >= 0.5


@pytest.fixture(scope="module")
def halves(particle):
    return [noisy_map(particle[0], noise=1.0, seed=seed) for seed in (4, 44)]


@pytest.mark.parametrize("level", [0.5, 1.0, 3.0])
def test_level_is_that_of_the_weaker_noise(level):
    found = level_of(1 + level + ENDED, np.ones(len(ENDED)), GRID, SAMPLING)
    assert found.ratio == pytest.approx(level, rel=0.1)
    assert found.fine == pytest.approx(SAMPLING / 0.49, rel=0.05)
    assert found.coarse == pytest.approx(SAMPLING / 0.35, rel=0.05)


@pytest.mark.parametrize("strength", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("colour", [0.0, 1.0])
def test_signal_alone_does_not_level_off(strength, colour):
    noise = np.maximum(FREQUENCY, 0.02) ** colour
    assert level_of(noise + strength * SIGNAL, noise, GRID, SAMPLING) is None


def test_the_folds_of_proteins_are_not_looked_at():
    """With voxels of 2 Å, the finest third of the shells is that from 6 to 4 Å."""
    assert level_of(2 + ENDED, np.ones(len(ENDED)), GRID, 2.0) is None


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_correlation_of_shared_noise_is_stated(share):
    # The mean of the half maps has the common noise, and half of the power of each one's own.
    own = np.full(len(SIGNAL), (1 - share) / 2)
    text = shared_noise(ENDED + share + own, own, GRID, SAMPLING)
    assert float(re.search(rf"{SHARED} ([\d.]+)", text)[1]) == pytest.approx(share, abs=0.02)
    assert weaker_noise(SIGNAL + own, own, GRID, SAMPLING) is None


def stated(warnings, words):
    return [text for text in warnings if words in text]


def test_solvent_that_was_made_weaker_is_named(particle, halves):
    mask = particle[1]
    volume = (halves[0] + halves[1]) / 2
    away = np.clip((distance_transform_edt(~mask) - 2) / 4, 0, 1)
    weak = (volume * (1 - 0.4 * (1 - np.cos(np.pi * away)) / 2)).astype(np.float32)
    (text,) = stated(prepare(weak, mask, SAMPLING).warnings, WEAKER)
    # The deviation is 0.6 of what it was.
    assert float(re.search(r"stays ([\d.]+) times", text)[1]) == pytest.approx(0.6**-2, rel=0.15)
    assert not stated(prepare(volume, mask, SAMPLING).warnings, WEAKER)


def test_noise_that_half_maps_share_in_the_particle_is_named(particle, halves):
    mask = particle[1]
    away = np.clip((distance_transform_edt(~mask) - 2) / 4, 0, 1)
    common = noisy_map(np.zeros_like(particle[0]) + particle[0], noise=1.0, seed=99)
    common = (common - noisy_map(particle[0], noise=0.0, seed=99)) * (1 - away)
    for added in (0, common):
        first, second = (half + added for half in halves)
        mean, apart = (first + second) / 2, (first - second) / 2
        warnings = prepare(mean, mask, SAMPLING, noise_map=apart).warnings
        texts = stated(warnings, SHARED)
        assert len(texts) == (added is common)
    assert float(re.search(rf"{SHARED} ([\d.]+)", texts[0])[1]) == pytest.approx(0.5, abs=0.08)
