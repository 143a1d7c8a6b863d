"""The noise-free map, and how maps are compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np

from studies.truth.experiment import Experiment

__all__ = ["Truth", "by_shell", "shells_of", "truth_of"]

#: Shells count up to where the signal has this ratio over the noise: FSC 0.143.
_LAST_RATIO = 1 / 3
#: FSC with the truth at which a resolution is read.
_FSC = 0.5


@dataclass(frozen=True)
class Truth:
    """The noise-free map.

    Attributes
    ----------
    clean : ndarray, shape (N, N, N)
    mask : ndarray of bool, shape (N, N, N)
    gain : ndarray, shape (shells,)
        Brings the signal to the same power in every shell; 0 where noise outweighs it.
    sampling : float
    """

    clean: np.ndarray
    mask: np.ndarray
    gain: np.ndarray
    sampling: float

    def error(self, volume: np.ndarray, best_gain: bool = False) -> float:
        """Squared difference over the square of the truth, inside the mask."""
        found, truth = (by_shell(v, self.gain)[self.mask] for v in (volume, self.clean))
        if best_gain:
            found = found * (found @ truth) / (found @ found)
        return float(np.sum((found - truth) ** 2) / np.sum(truth**2))

    def by_frequency(self, volume: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """FSC with the truth, and relative squared difference, of shells 1 to N / 2 - 1.

        Both maps are masked; shape (N // 2 - 1,) each.
        """
        first, second = (np.fft.rfftn(v * self.mask) for v in (volume, self.clean))
        shells = shells_of(len(volume)).ravel()
        common, found, truth, apart = (
            np.bincount(shells, np.real(a * np.conj(b)).ravel())[1 : len(volume) // 2]
            for a, b in (
                *((first, second), (first, first), (second, second)),
                (first - second, first - second),
            )
        )
        return common / np.sqrt(found * truth + 1e-30), apart / np.maximum(truth, 1e-30)

    def resolution(self, fsc: np.ndarray) -> float:
        """Å at which an FSC with the truth falls below a half."""
        below = np.flatnonzero(fsc < _FSC)
        last = below[0] + 1 if len(below) else len(fsc) + 1
        return len(self.clean) * self.sampling / float(last)


def shells_of(size: int) -> np.ndarray:
    """Fourier shell of every coefficient of a half spectrum, (N, N, N // 2 + 1)."""
    k = np.fft.fftfreq(size) * size
    across = k[:, None, None] ** 2 + k[None, :, None] ** 2
    return np.rint(np.sqrt(across + np.arange(size // 2 + 1.0) ** 2)).astype(int)


def by_shell(volume: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """A map whose Fourier shells are multiplied by a gain."""
    shells = np.minimum(shells_of(len(volume)), len(gain) - 1)
    return np.fft.irfftn(np.fft.rfftn(volume) * gain[shells], s=volume.shape)


def truth_of(experiment: Experiment) -> Truth:
    """The noise-free map of an experiment, with its mask."""
    shells, mask = shells_of(experiment.case.size).ravel(), experiment.mask
    signal, noise = (
        np.bincount(shells, (np.abs(np.fft.rfftn(v * mask)) ** 2).ravel())
        for v in (experiment.clean, experiment.noises[1])
    )
    counted = np.arange(1, experiment.case.size // 2)
    last = counted[signal[counted] > _LAST_RATIO * noise[counted]].max()
    gain = np.zeros(len(signal))
    gain[1 : last + 1] = np.sqrt(np.bincount(shells)[1 : last + 1] / signal[1 : last + 1])
    return Truth(experiment.clean, mask, gain, experiment.case.sampling)
