"""Noise of every map brought to one spectrum, so that filters and sharpening change nothing.

A rung looks at all frequencies beyond it.  In a map that was sharpened, the noise near Nyquist
drowns the signal at every rung; in one that was blurred it does not.  So coefficients are
divided by the root of the noise's radial power, and multiplied by a fixed one: a radial
filter, such as a B-factor, drops out.  What is left grows slowly with spatial frequency: between
white noise and that of a reconstruction from images with white noise, whose power grows as
spatial frequency.  The oracles favour it (``docs/validation.rst``).
"""

from __future__ import annotations

from typing import Optional, Tuple

import numba
import numpy as np

from .noise_power import NoisePower

__all__ = ["SLOPE", "level", "levelled"]

#: The power of levelled noise grows as this power of spatial frequency.
SLOPE = 0.25
#: Shells with less of the power of the strongest one hold rounding errors.
_NOTHING = 1e-10


def levelled(
    power: NoisePower, end: Optional[float], slope: float = SLOPE
) -> Tuple[np.ndarray, NoisePower]:
    """Gains that level the noise, and its power then.

    Parameters
    ----------
    power : NoisePower
        It is changed.
    end : float or None
        Where the information of the map ends, cycles per voxel; nothing is left beyond.
    slope : float

    Returns
    -------
    gains : ndarray, shape (N // 2 + 1,), float32
        By Fourier shell; 0 where nothing is left.
    levelled : NoisePower
    """
    shells = len(power.radial)
    frequency = np.arange(shells) / (2 * (shells - 1))
    wanted = frequency**slope
    held = (power.radial > _NOTHING * power.radial.max()) & (frequency > 0)
    if end is not None:
        held &= frequency <= end
    gains = np.sqrt(np.divide(wanted, power.radial, out=np.zeros(shells), where=held))
    gains = gains.astype(np.float32)
    level(power.power, gains**2)
    return gains, NoisePower(power.power, np.where(held, wanted, 0.0))


def level(half: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """Multiply a half spectrum, or its power, by a gain for every Fourier shell, in place.

    Parameters
    ----------
    half : ndarray, shape (N, N, N // 2 + 1), complex64 or float32
    gains : ndarray, shape (N // 2 + 1,), float32

    Returns
    -------
    ndarray
        ``half``; nothing is left beyond the sphere of radius Nyquist.
    """
    _multiply(half, gains)
    return half


@numba.njit(nogil=True, cache=True)
def _multiply(half, gains):  # type: ignore[no-untyped-def]
    size, last = half.shape[0], len(gains) - 1
    for z in range(size):
        kz = z if 2 * z <= size else z - size
        for y in range(size):
            ky = y if 2 * y <= size else y - size
            across = kz * kz + ky * ky
            row = half[z, y]
            for x in range(half.shape[2]):
                shell = int(np.sqrt(across + x * x) + 0.5)
                row[x] *= gains[shell] if shell <= last else np.float32(0.0)
