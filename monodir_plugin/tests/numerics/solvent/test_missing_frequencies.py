"""Frequencies that a filter removed are named with their limits; low-passed maps lack none."""

import re

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.numerics.fourier.shells import mean_over_shells, power_over_shells
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.solvent.filtered_solvent import weaker_than_solvent
from monodir_plugin.numerics.solvent.missing_frequencies import missing_frequencies
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE, SAMPLING = 56, 1.5
GONE = "holds hardly anything"


@pytest.fixture(scope="module")
def particle():
    return blob_particle(SIZE, seed=5)


@pytest.fixture(scope="module")
def volume(particle):
    return noisy_map(particle[0], noise=0.3, seed=3)


def filtered(values, gain):
    """A map times a function of spatial frequency, cycles per voxel."""
    k = np.fft.fftfreq(SIZE)
    radius = np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(SIZE) ** 2)
    return scipy.fft.irfftn(scipy.fft.rfftn(values) * gain(radius), s=values.shape).astype("f4")


def found(values, mask):
    return [text for text in prepare(values, mask, SAMPLING).warnings if GONE in text]


@pytest.mark.parametrize("left", [0.0, 0.1])
def test_limits_of_a_removed_ring(volume, particle, left):
    low, high = 8 / SIZE, 11 / SIZE
    ring = filtered(volume, lambda k: np.where((k > low) & (k < high), left, 1))
    (text,) = found(ring, particle[1])
    coarse, fine = map(float, re.search(r"from ([\d.]+) to ([\d.]+) Å", text).groups())
    box = SIZE * SAMPLING
    assert box / coarse == pytest.approx(8, abs=1) and box / fine == pytest.approx(11, abs=1)


def test_half_maps_without_a_ring(particle):
    halves = [
        filtered(noisy_map(particle[0], noise=0.4, seed=seed), lambda k: abs(k - 9.5 / SIZE) > 0.03)
        for seed in (8, 88)
    ]
    mean, noise = (halves[0] + halves[1]) / 2, (halves[0] - halves[1]) / 2
    assert any(GONE in t for t in prepare(mean, particle[1], SAMPLING, noise_map=noise).warnings)


def test_a_high_passed_map(volume, particle):
    (text,) = found(filtered(volume, lambda k: k > 6.5 / SIZE), particle[1])
    assert "coarser than 12 Å" in text  # 84 Å over shell 7


@pytest.mark.parametrize(
    "gain",
    [
        lambda k: np.ones_like(k),
        lambda k: k < 0.3,
        lambda k: np.exp(12 * k**2),
        lambda k: np.exp(-12 * k**2),
    ],
)
def test_sound_maps_lack_nothing(volume, particle, gain):
    assert not found(filtered(volume, gain), particle[1])


def test_a_gap_among_noise_alone_is_none():
    """Shells beyond the resolution may be multiplied by an FSC of zero."""
    noise = np.ones(29)
    particle = 1 + 100 * np.exp(-np.arange(29.0))
    total = particle.copy()
    total[20] = 1e-6
    assert missing_frequencies(total, particle, noise, (0.07, 0.5), SAMPLING) is None
    particle[24:] = 5
    assert missing_frequencies(total, particle, noise, (0.07, 0.5), SAMPLING) is not None
    # Shell 20 of 28 is at 0.36 cycles per voxel: it is not tested.
    assert missing_frequencies(total, particle, noise, (0.07, 0.3), SAMPLING) is None


def test_power_over_shells_is_the_mean_square(volume):
    spectrum = scipy.fft.rfftn(volume).astype(np.complex64)
    mean = mean_over_shells(np.abs(spectrum).astype(float) ** 2)[: SIZE // 2 + 1]
    assert power_over_shells(spectrum) == pytest.approx(mean, rel=1e-5)


def test_a_particle_weaker_than_its_solvent_at_fine_shells():
    solvent, grid = np.ones(29), np.array([0.1, 0.2, 0.45])
    particle = np.where(np.arange(29) < 18, 3.0, 0.3)
    text = weaker_than_solvent(particle, solvent, grid, SAMPLING, 20000)
    assert text is not None and "only 0.3 times" in text
    particle[-10:-7] = 0.9
    assert weaker_than_solvent(particle, solvent, grid, SAMPLING, 20000) is None
    assert weaker_than_solvent(np.ones(29), solvent, grid, SAMPLING, 20000) is None
