"""Statistics over the axes of every voxel, from which result maps are made.

Functions take resolutions of shape (voxels, axes) and return one value for each voxel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Callable, List, Sequence

import numpy as np

__all__ = [
    "MIDDLE_TWO_THIRDS",
    "Position",
    "VoxelResolutions",
    "quantiles",
    "sort_kept",
]

#: Quantiles between which two thirds of the axes lie.
MIDDLE_TWO_THIRDS = (0.17, 0.83)

#: ``(quantile, count) -> float``: where a quantile lies among sorted values.
Position = Callable[[float, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class VoxelResolutions:
    """Resolutions of some voxels along every axis, and quantities that several result maps share.

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
        """A weighted mean over the axes, shape (voxels,), Å (:mod:`.weighted_mean`)."""
        # Only here: the registry of result maps needs this class, and numba takes time to import.
        from .weighted_mean import weighted_mean

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
