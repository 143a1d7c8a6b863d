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
    for z in range(1, len(volume) - 1):
        near = slice(z - 1, z + 2)
        # Copied, so that Numba compiles no second variant for parts of a larger box.
        _mark(np.ascontiguousarray(volume[near]), found[near])
    return found


@numba.njit(nogil=True, cache=True)
def _mark(planes, found):  # type: ignore[no-untyped-def]
    """Mark the cubes of 3³ voxels in three planes that hold one value."""
    for y in range(1, planes.shape[1] - 1):
        for x in range(1, planes.shape[2] - 1):
            value = planes[1, y, x]
            beside = planes[1, y, x - 1] == value and planes[1, y, x + 1] == value
            if beside and _alike(planes, y, x, value):
                found[:, y - 1 : y + 2, x - 1 : x + 2] = True


@numba.njit(nogil=True, cache=True)
def _alike(planes, y, x, value):  # type: ignore[no-untyped-def]
    for dz in range(3):
        for dy in range(-1, 2):
            for dx in range(-1, 2):
                if planes[dz, y + dy, x + dx] != value:
                    return False
    return True
