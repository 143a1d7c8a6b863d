"""Shifts of noisy halves are found; a repeat of a helix and a single odd shell are none."""

import numpy as np
import pytest
import scipy.fft
from scipy.ndimage import gaussian_filter

from monodir_plugin.numerics.half_maps.checks import compare_half_maps
from monodir_plugin.numerics.half_maps.peaks import peak_place, shown_peak
from monodir_plugin.simulation import blob_particle

SIZE, SAMPLING = 48, 2.0


def noise(seed, deviation):
    return np.random.default_rng(seed).normal(scale=deviation, size=(SIZE,) * 3)


def moved(values, by):
    """Shifted along x."""
    turn = np.exp(-2j * np.pi * by * np.fft.rfftfreq(SIZE))
    return scipy.fft.irfftn(scipy.fft.rfftn(values) * turn, s=values.shape)


def findings(first, second):
    return compare_half_maps(np.float32(first), np.float32(second), SAMPLING).findings


def filament(repeat):
    """Blobs about z that repeat along it, with a deviation of one inside."""
    box = np.zeros((SIZE,) * 3)
    z, y, x = np.random.default_rng(1).integers(-5, 6, (3, 25))
    for start in range(0, SIZE, repeat):
        np.add.at(box, ((z + start) % SIZE, y + SIZE // 2, x + SIZE // 2), 1.0)
    density = gaussian_filter(box, 1.2, mode="wrap")
    return density / density[density > density.std()].std()


def test_shift_of_noisy_halves_is_measured():
    """Their finest shells are noise, in which the shift drowns."""
    particle = gaussian_filter(blob_particle(SIZE, seed=6)[0], 1.0)
    particle /= particle[particle > particle.std()].std()
    first = particle + noise(1, 1.2)
    assert not findings(first, particle + noise(2, 1.2))
    (finding,) = findings(first, moved(particle, 4.0) + noise(2, 1.2))
    assert finding.kind == "shifted" and "shifted by 4." in finding.sentence.replace("3.9", "4.0")


@pytest.mark.parametrize("seed", range(4))
def test_repeat_of_a_filament_is_no_shift(seed):
    density = filament(12)
    assert not findings(density + noise(seed, 1.0), density + noise(seed + 50, 1.0))


def test_shifted_filament_is_found():
    density = filament(12)
    (finding,) = findings(density + noise(3, 0.5), moved(density, 3.0) + noise(4, 0.5))
    assert finding.kind == "shifted"


def test_peak_about_zero_is_shown_if_it_is_as_high():
    correlation = np.zeros((16,) * 3)
    correlation[0, 0, 0], correlation[5, 0, 0] = 0.50, 0.52
    assert shown_peak(correlation, 0.01).tolist() == [0, 0, 0]
    assert shown_peak(correlation, 0.001).tolist() == [5, 0, 0]
    assert peak_place(correlation, np.array([5, 0, 0]))[0] == pytest.approx([5, 0, 0])


def test_one_odd_shell_is_no_filter_and_two_are():
    """Amplitudes of the second are doubled in shell 6, or in shells 6 and 7."""
    k = np.rint(np.fft.fftfreq(SIZE) * SIZE)
    shell = np.rint(np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + np.arange(25) ** 2))
    particle = blob_particle(SIZE, seed=7)[0]
    first, second = particle + noise(5, 0.3), particle + noise(6, 0.3)

    def doubled(*shells):
        gain = np.where(np.isin(shell, shells), 2.0, 1.0)
        return scipy.fft.irfftn(scipy.fft.rfftn(second) * gain, s=second.shape)

    assert not any(f.kind == "filtered" for f in findings(first, doubled(6)))
    assert any(f.kind == "filtered" for f in findings(first, doubled(6, 7)))
