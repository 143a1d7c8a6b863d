"""Sharpening of a filtered map: a B-factor, or the fall of the signal's own amplitude."""

from __future__ import annotations

import numpy as np

__all__ = ["b_factor_of", "sharpening_gain", "signal_power"]

#: Å; coarser shells show the shape of the particle, not the fall of its amplitude.
_GUINIER_FROM = 10.0
_FEWEST_SHELLS = 4


def signal_power(power: np.ndarray, snr: np.ndarray) -> np.ndarray:
    """Power of the signal in every Fourier shell.

    Parameters
    ----------
    power : ndarray, shape (shells,)
        Mean power of the map inside the mask.
    snr : ndarray, shape (shells,)
        Signal-to-noise ratio there.
    """
    ratio = np.maximum(snr, 0.0)
    return power * ratio / (1 + ratio)


def b_factor_of(signal: np.ndarray, frequency: np.ndarray, resolution: float) -> float:
    """B-factor with which the amplitude of the signal falls, Å².

    The slope of a straight line through the logarithm of the amplitude over f², from 10 Å to the
    map's own resolution (Rosenthal & Henderson 2003, J. Mol. Biol. 333); the amplitude falls as
    ``exp(-B f² / 4)``.

    Parameters
    ----------
    signal : ndarray, shape (shells,)
        Power of the signal.
    frequency : ndarray, shape (shells,)
        Spatial frequencies, 1/Å.
    resolution : float
        Å.

    Raises
    ------
    ValueError
        If fewer than four shells lie between 10 Å and the resolution.
    """
    used = (frequency >= 1 / _GUINIER_FROM) & (frequency <= 1 / resolution) & (signal > 0)
    if used.sum() < _FEWEST_SHELLS:
        raise ValueError(
            f"no B-factor can be fitted between {_GUINIER_FROM:g} Å and the map's resolution, "
            f"{resolution:.2f} Å: give one"
        )
    slope = np.polyfit(frequency[used] ** 2, np.log(signal[used]) / 2, 1)[0]
    return float(-4 * slope)


def sharpening_gain(b_factor: float, frequency: np.ndarray, resolution: float) -> np.ndarray:
    """Factor of amplitudes that undoes a B-factor up to the map's own resolution.

    Beyond it the factor does not grow: what the filter has removed is not amplified.

    Parameters
    ----------
    b_factor : float
        Å²; positive sharpens.
    frequency : ndarray, shape (shells,)
        Spatial frequencies, 1/Å.
    resolution : float
        Å.
    """
    return np.exp(b_factor * np.minimum(frequency, 1 / resolution) ** 2 / 4)
