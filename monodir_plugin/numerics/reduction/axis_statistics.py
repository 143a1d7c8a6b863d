"""Statistics over the axes of every voxel: quantiles and weighted means.

Functions take resolutions of shape (voxels, axes) and return one value for each voxel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Callable, List, Sequence

import numba
import numpy as np

__all__ = [
    "MIDDLE_TWO_THIRDS",
    "Position",
    "VoxelResolutions",
    "angle_cosines",
    "quantiles",
    "sort_kept",
    "weighted_mean",
]

#: Quantiles between which two thirds of the axes lie.
MIDDLE_TWO_THIRDS = (0.17, 0.83)

#: ``(quantile, count) -> float``: where a quantile lies among sorted values.
Position = Callable[[float, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class VoxelResolutions:
    """Resolutions of some voxels along every axis, and what several result maps need of them.

    Attributes
    ----------
    values : ndarray, shape (voxels, axes), float32
        Å; the coarse limit where a voxel is not resolved along an axis.
    keep : ndarray of bool, shape (voxels, axes)
        Pairs of voxel and axis that count.
    ordered : ndarray, shape (voxels, axes), float32
        The values that count, sorted; infinity after them.
    position : callable
        Where a quantile lies among the sorted values.
    radial_weights, tangential_weights : ndarray, shape (voxels, axes)
        Weights of the axes near the radial direction of the voxel, and near the plane
        perpendicular to it.
    """

    values: np.ndarray
    keep: np.ndarray
    ordered: np.ndarray
    position: Position
    radial_weights: np.ndarray
    tangential_weights: np.ndarray

    def quantile(self, quantile: float) -> np.ndarray:
        """A quantile over the axes that count, shape (voxels,), Å."""
        return _quantile(self.ordered, self.count, quantile, self.position)

    @cached_property
    def count(self) -> np.ndarray:
        """Number of axes that count, shape (voxels,): summed once for all quantiles."""
        count: np.ndarray = self.keep.sum(axis=1)
        return count

    def mean(self, weights: np.ndarray) -> np.ndarray:
        """A weighted mean over the axes, shape (voxels,), Å (:func:`weighted_mean`)."""
        return weighted_mean(self.values, weights, self.keep)


def sort_kept(values: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """The values that count, sorted for every voxel, with infinity after them."""
    return np.sort(np.where(keep, values, np.float32(np.inf)), axis=1)


def quantiles(
    values: np.ndarray, keep: np.ndarray, wanted: Sequence[float], position: Position
) -> List[np.ndarray]:
    """Quantiles over the axes that count of every voxel, shape (voxels,) each."""
    ordered, count = sort_kept(values, keep), keep.sum(axis=1)
    return [_quantile(ordered, count, quantile, position) for quantile in wanted]


def _quantile(
    ordered: np.ndarray, count: np.ndarray, quantile: float, position: Position
) -> np.ndarray:
    row = np.arange(len(ordered))
    place = position(quantile, count)
    below = np.minimum(np.floor(place).astype(int), count - 1)
    above = np.minimum(below + 1, count - 1)
    share = (place - below).astype(np.float32)
    return ordered[row, below] * (1 - share) + ordered[row, above] * share


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
