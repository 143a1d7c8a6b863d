"""Positions of voxels, and their distances and directions from a centre.

The one place that turns ``[z, y, x]`` into ``x, y, z``.
"""

from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

__all__ = [
    "box_centre",
    "distances_from",
    "distance_map",
    "largest_distance",
    "mask_centre",
    "radii_and_directions",
    "voxel_positions",
]

#: Voxels whose positions are held at the same time.
_AT_ONCE = 65_536


def box_centre(size: int) -> np.ndarray:
    """Voxel ``size // 2`` in every dimension, ``x, y, z``, float64."""
    return np.full(3, float(size // 2))


def mask_centre(mask: np.ndarray) -> np.ndarray:
    """Centre of mass of a mask in voxels, ``x, y, z``, float64."""
    return voxel_positions(np.flatnonzero(mask), mask.shape).mean(axis=0)


def voxel_positions(indices: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Positions in voxels, ``x, y, z``, of flat indices of a ``[z, y, x]`` array.

    Parameters
    ----------
    indices : ndarray of int, shape (n,)
    shape : sequence of int
        Shape of the array.

    Returns
    -------
    ndarray, shape (n, 3), float64
    """
    z, y, x = np.unravel_index(indices, tuple(shape))
    return np.stack([x, y, z], axis=1).astype(np.float64)


def distance_map(size: int) -> np.ndarray:
    """Distance of every voxel of a box from its centre, in voxels, float32 ``[z, y, x]``."""
    square = (np.arange(size, dtype=np.float32) - size // 2) ** 2
    return np.sqrt(square[:, None, None] + square[None, :, None] + square[None, None, :])


def largest_distance(region: np.ndarray) -> float:
    """Distance of the farthest voxel of a region from the centre of its box, in voxels.

    In single precision, as those of :func:`distance_map`.

    Parameters
    ----------
    region : ndarray of bool, shape (N, N, N)
        Not empty.

    Notes
    -----
    Of every row only the first and the last voxel can be the farthest one: a list of all voxels
    would take twenty times the time, and the memory of several boxes.
    """
    size = len(region)
    square = (np.arange(size) - size // 2) ** 2
    first, last = region.argmax(axis=2), size - 1 - region[:, :, ::-1].argmax(axis=2)
    farthest = square[:, None] + square + np.maximum(square[first], square[last])
    # Of an empty row both are ends of the box.
    most = np.max(farthest, where=region.any(axis=2), initial=0)
    return float(np.float32(np.sqrt(most)))


def radii_and_directions(
    positions: np.ndarray, centre: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Distance from a centre, and radial direction.

    Parameters
    ----------
    positions : ndarray, shape (n, 3)
        Voxels, ``x, y, z``.
    centre : ndarray, shape (3,)

    Returns
    -------
    radius : ndarray, shape (n,)
        Voxels.
    unit : ndarray, shape (n, 3)
        Unit vectors from the centre; zero at the centre itself, which has no radial direction.
    """
    offset = positions - centre
    radius = np.linalg.norm(offset, axis=1)
    return radius, offset / np.where(radius > 0, radius, 1.0)[:, None]


def distances_from(indices: np.ndarray, shape: Sequence[int], centre: np.ndarray) -> np.ndarray:
    """Distances in voxels, float32, of flat indices of a ``[z, y, x]`` array from a centre.

    Computed in parts: the positions of all voxels at once take twenty times the memory.
    """
    out = np.empty(len(indices), np.float32)
    for first in range(0, len(indices), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        out[part] = np.linalg.norm(voxel_positions(indices[part], shape) - centre, axis=1)
    return out
