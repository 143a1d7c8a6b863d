"""Noise of a few frequencies is named with its frequency and strength; sharpened maps have none."""

import re

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.solvent.missing_frequencies import strong_noise
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE, SAMPLING = 56, 1.5
STRONG = "times as strong as at"
SHELLS = np.arange(SIZE // 2 + 1)
FREQUENCY = SHELLS / SIZE
SIGNAL = 200 * np.exp(-((FREQUENCY / 0.12) ** 2))


@pytest.fixture(scope="module")
def particle():
    return blob_particle(SIZE, seed=5)


def filtered(values, gain):
    """A map times a function of spatial frequency, cycles per voxel."""
    k = np.fft.fftfreq(SIZE)
    radius = np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(SIZE) ** 2)
    return scipy.fft.irfftn(scipy.fft.rfftn(values) * gain(radius), s=values.shape).astype("f4")


def ring_of_noise(frequency, deviation, seed=3):
    white = np.random.default_rng(seed).normal(size=(SIZE,) * 3)
    ring = filtered(white, lambda k: np.exp(-(((k - frequency) / 0.012) ** 2) / 2))
    return (deviation * ring / ring.std()).astype(np.float32)


def found(warnings):
    """Resolution, Å, and factor that the warnings name; ``None`` without."""
    texts = [text for text in warnings if STRONG in text]
    if not texts:
        return None
    (text,) = texts
    return [
        float(x) for x in re.search(r"at ([\d.]+) Å the noise is ([\d.]+) times", text).groups()
    ]


@pytest.mark.parametrize("shell, factor", [(9, 4.0), (12, 2.5), (17, 30.0)])
def test_shell_and_factor_are_those_that_were_added(shell, factor):
    noise = np.where(shell == SHELLS, factor, 1.0)
    text = strong_noise(noise + SIGNAL, noise + SIGNAL, noise, 0.1, SAMPLING)
    assert found([text]) == pytest.approx([SIZE * SAMPLING / shell, factor], rel=0.02)


@pytest.mark.parametrize("sharpening", [0.0, 10.0, 40.0])
def test_sharpened_and_weighted_spectra_have_no_strong_noise(sharpening):
    """The noise of a sharpened map rises, and falls where the map was weighted by its FSC."""
    weight = SIGNAL / (1 + SIGNAL) * np.exp(sharpening * FREQUENCY**2)
    noise = np.maximum(weight**2, 1e-12)
    total = (1 + SIGNAL) * noise
    assert strong_noise(total, total, noise, 0.1, SAMPLING) is None


@pytest.mark.parametrize("frequency", [0.2, 0.27])
@pytest.mark.parametrize("halves", [False, True])
def test_a_ring_of_noise_in_a_map(particle, frequency, halves):
    first, second = (
        noisy_map(particle[0], noise=0.3, seed=seed) + ring_of_noise(frequency, 0.4, seed)
        for seed in (8, 88)
    )
    noise = (first - second) / 2 if halves else None
    volume = (first + second) / 2 if halves else first
    resolution, factor = found(prepare(volume, particle[1], SAMPLING, noise_map=noise).warnings)
    assert SIZE * SAMPLING / resolution == pytest.approx(SIZE * frequency, abs=1) and factor > 3


@pytest.mark.parametrize("sharpening", [0.0, 20.0])
@pytest.mark.parametrize("noise", [0.1, 0.6])
def test_sound_maps_have_no_strong_noise(particle, noise, sharpening):
    volume = noisy_map(particle[0], noise=noise, concentration=2.0, seed=4)
    sharpened = filtered(volume, lambda k: np.exp(sharpening * k**2) * (k < 0.4))
    assert found(prepare(sharpened, particle[1], SAMPLING).warnings) is None
