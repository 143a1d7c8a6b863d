"""Fourier shells of a half spectrum: shell ``s`` holds the coefficients nearest to radius ``s``."""

from __future__ import annotations

import numpy as np

from .lattice import signed_indices

__all__ = ["mean_over_shells", "shell_index"]


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
    shells = shell_index(size)
    sums = np.zeros(int(shells.max()) + 1)
    counts = np.zeros(len(sums))
    for plane, values in zip(shells, power):
        sums += np.bincount(plane.ravel(), values.ravel(), len(sums))
        counts += np.bincount(plane.ravel(), minlength=len(sums))
    return sums / np.maximum(counts, 1)
