"""Whitening: noise of the same power in every Fourier shell.

A band holds coefficients of many shells.  In a map that was sharpened or blurred, those with
strong noise would outweigh the others.  Every Fourier shell is therefore divided by the root of
the power of the noise in it, so that results do not depend on radial filters.
"""

from __future__ import annotations

from typing import Optional

import numba
import numpy as np

from .lattice import shell_of, signed_index

__all__ = ["whitened", "whitening_gains"]

#: A shell with less than this share of the strongest shell's power holds rounding errors.
_NOTHING = 1e-10


def whitening_gains(radial: np.ndarray, end: Optional[float]) -> np.ndarray:
    """Gains that give the noise unit power in every Fourier shell.

    Parameters
    ----------
    radial : ndarray, shape (N // 2 + 1,), float64
        Mean power of the noise by Fourier shell.
    end : float or None
        Spatial frequency at which the information of the map ends, cycles per voxel.

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
    gains : ndarray, shape (N // 2 + 1,), float32 or float64
        For a half spectrum; give their squares for its power.

    Returns
    -------
    ndarray
        ``half``, zero beyond the sphere of radius Nyquist.
    """
    _multiply(half, gains)
    return half


@numba.njit(nogil=True, cache=True)
def _multiply(half, gains):  # type: ignore[no-untyped-def]
    size, last = half.shape[0], len(gains) - 1
    for z in range(size):
        kz = signed_index(z, size)
        for y in range(size):
            ky = signed_index(y, size)
            transverse = kz * kz + ky * ky
            row = half[z, y]
            for x in range(half.shape[2]):
                shell = shell_of(transverse + x * x)
                row[x] *= gains[shell] if shell <= last else np.float32(0.0)
