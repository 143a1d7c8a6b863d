"""White noise at all spatial frequencies, so that sharpening and other radial filters drop out.

A band holds coefficients of many shells.  In a map that was sharpened or blurred those with
strong noise would outweigh the others.  So every Fourier shell is divided by the root of the
noise's power there.
"""

from __future__ import annotations

from typing import Optional

import numba
import numpy as np

__all__ = ["whitened", "whitening_gains"]

#: Shells with less of the power of the strongest one hold rounding errors.
_NOTHING = 1e-10


def whitening_gains(radial: np.ndarray, end: Optional[float]) -> np.ndarray:
    """Gains that give the noise unit power in every Fourier shell.

    Parameters
    ----------
    radial : ndarray, shape (N // 2 + 1,), float64
        Mean power of the noise by Fourier shell.
    end : float or None
        Where the information of the map ends, cycles per voxel.

    Returns
    -------
    ndarray, shape (N // 2 + 1,), float32
        0 for the mean, beyond ``end`` and where there is no noise.
    """
    frequency = np.arange(len(radial)) / (2 * (len(radial) - 1))
    held = (radial > _NOTHING * radial.max()) & (frequency > 0)
    if end is not None:
        held &= frequency <= end
    inverse = np.divide(1.0, radial, out=np.zeros(len(radial)), where=held)
    return np.sqrt(inverse).astype(np.float32)


def whitened(half: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """Multiply a half spectrum, or its power, by a gain for every Fourier shell, in place.

    Parameters
    ----------
    half : ndarray, shape (N, N, N // 2 + 1), complex64 or float32
    gains : ndarray, shape (N // 2 + 1,), float32
        Of power their squares.

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
