"""Weighted means over the axes of every voxel, and the angles that weights depend on."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["angle_cosines", "weighted_mean"]


def weighted_mean(values: np.ndarray, weights: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Mean over the axes that count; over all axes where none that counts has a weight.

    NaN where no axis has a weight.

    Parameters
    ----------
    values, weights : ndarray, shape (voxels, axes), float32
    keep : ndarray of bool, shape (voxels, axes)

    Returns
    -------
    ndarray, shape (voxels,), float32
    """
    return _weighted_mean(values, weights.astype(np.float32, copy=False), keep)


@numba.njit(nogil=True, cache=True)
def angle_cosines(directions, axes):  # type: ignore[no-untyped-def]
    """Cosines of the angles between directions, shape (n, 3), and axes, shape (3, m).

    Not a product of matrices: the threads of BLAS busy-wait after one.
    """
    found = np.empty((len(directions), axes.shape[1]), np.float32)
    along_x, along_y, along_z = axes[0], axes[1], axes[2]
    for i in range(len(directions)):
        x, y, z = directions[i, 0], directions[i, 1], directions[i, 2]
        row = found[i]
        for k in range(len(row)):
            product = abs(x * along_x[k] + y * along_y[k] + z * along_z[k])
            row[k] = min(product, np.float32(1.0))
    return found


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")
def _weighted_mean(values, weights, keep):  # type: ignore[no-untyped-def]
    found = np.empty(len(values), np.float32)
    for i in range(len(values)):
        row, weighed, kept = values[i], weights[i], keep[i]
        total = weight = every = everywhere = np.float32(0.0)
        for k in range(len(row)):
            part = weighed[k] if kept[k] else np.float32(0.0)
            total += part * row[k]
            weight += part
            every += weighed[k] * row[k]
            everywhere += weighed[k]
        found[i] = total / weight if weight > 0 else every / everywhere
    return found
