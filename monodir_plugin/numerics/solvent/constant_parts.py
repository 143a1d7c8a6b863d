"""Parts of a map that are exactly constant: padding, or what a mask has left blank."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["constant_parts"]


def constant_parts(volume: np.ndarray) -> np.ndarray:
    """Voxels of some cube of 3³ voxels that all hold the same value.

    Noise of real numbers never does; of integers or of a map cut off at zero a few voxels may.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)

    Returns
    -------
    ndarray of bool, shape (N, N, N)
    """
    found = np.zeros(volume.shape, np.bool_)
    _mark(volume, found)
    return found


@numba.njit(nogil=True, cache=True)
def _mark(volume, found):  # type: ignore[no-untyped-def]
    size_z, size_y, size_x = volume.shape
    for z in range(1, size_z - 1):
        for y in range(1, size_y - 1):
            for x in range(1, size_x - 1):
                value = volume[z, y, x]
                if volume[z, y, x - 1] != value or volume[z, y, x + 1] != value:
                    continue
                if not _alike(volume, z, y, x, value):
                    continue
                found[z - 1 : z + 2, y - 1 : y + 2, x - 1 : x + 2] = True


@numba.njit(nogil=True, cache=True)
def _alike(volume, z, y, x, value):  # type: ignore[no-untyped-def]
    for dz in range(-1, 2):
        for dy in range(-1, 2):
            for dx in range(-1, 2):
                if volume[z + dz, y + dy, x + dx] != value:
                    return False
    return True
