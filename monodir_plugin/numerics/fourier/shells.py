"""Fourier shells of a half spectrum: shell ``s`` holds the coefficients nearest to radius ``s``."""

from __future__ import annotations

import numba
import numpy as np

from .lattice import shell_of, signed_index, signed_indices

__all__ = ["mean_over_shells", "power_over_shells", "shell_index", "shells_between"]


def shell_index(size: int) -> np.ndarray:
    """Nearest Fourier shell of every coefficient of a half spectrum.

    Parameters
    ----------
    size : int
        Side N of the box in voxels.

    Returns
    -------
    ndarray, shape (N, N, N // 2 + 1), int32
        Beyond ``N // 2`` in the corners of the box.
    """
    k = signed_indices(size)
    transverse = k[:, None, None] ** 2 + k[None, :, None] ** 2
    return np.rint(np.sqrt(transverse + np.arange(size // 2 + 1.0) ** 2)).astype(np.int32)


def shells_between(coarsest: float, finest: float, size: int) -> np.ndarray:
    """Fourier shells of a range of frequencies, without that of the mean.

    Parameters
    ----------
    coarsest, finest : float
        Cycles per voxel.
    size : int
        Side of the box, voxels.

    Returns
    -------
    ndarray of int, shape (shells,)
        In lattice units, ascending.
    """
    return np.arange(max(1, int(coarsest * size)), int(finest * size) + 1)


def mean_over_shells(power: np.ndarray) -> np.ndarray:
    """Mean of a quantity over the stored coefficients of every Fourier shell.

    Parameters
    ----------
    power : ndarray, shape (N, N, N // 2 + 1), float32 or float64

    Returns
    -------
    ndarray, shape (shells,), float64
        To the corners of the box.
    """
    size = len(power)
    sums = np.zeros(int(np.sqrt(3 * (size // 2) ** 2) + 0.5) + 1)
    counts = np.zeros(len(sums))
    _add_up(power, sums, counts)
    return sums / np.maximum(counts, 1)


def power_over_shells(spectrum: np.ndarray) -> np.ndarray:
    """Mean power of the stored coefficients of every Fourier shell up to Nyquist.

    Parameters
    ----------
    spectrum : ndarray, shape (N, N, N // 2 + 1), complex64

    Returns
    -------
    ndarray, shape (N // 2 + 1,), float64
    """
    sums, counts = np.zeros((2, len(spectrum) // 2 + 1))
    _add_power(spectrum, sums, counts)
    return sums / counts


@numba.njit(nogil=True, cache=True)
def _add_power(spectrum, sums, counts):  # type: ignore[no-untyped-def]
    size = len(spectrum)
    for z in range(size):
        kz = signed_index(z, size)
        for y in range(size):
            ky = signed_index(y, size)
            transverse = kz * kz + ky * ky
            for x in range(spectrum.shape[2]):
                shell = shell_of(transverse + x * x)
                if shell >= len(sums):
                    break
                value = spectrum[z, y, x]
                sums[shell] += np.float64(value.real) ** 2 + np.float64(value.imag) ** 2
                counts[shell] += 1


@numba.njit(nogil=True, cache=True)
def _add_up(power, sums, counts):  # type: ignore[no-untyped-def]
    """A plane at a time: an array of all shell indices takes more memory than the power."""
    size = len(power)
    of_plane = np.empty(len(sums))
    for z in range(size):
        kz = signed_index(z, size)
        of_plane[:] = 0
        for y in range(size):
            ky = signed_index(y, size)
            transverse = kz * kz + ky * ky
            for x in range(power.shape[2]):
                shell = shell_of(transverse + x * x)
                of_plane[shell] += power[z, y, x]
                counts[shell] += 1
        sums += of_plane
