"""Distances and directions of voxels from a centre.

The one place that turns ``[z, y, x]`` into ``x, y, z``.
"""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

import numpy as np
from scipy.spatial import ConvexHull, QhullError

__all__ = [
    "box_centre",
    "distances_from",
    "distance_map",
    "ends_of_rows",
    "largest_sphere_in_hull",
    "lines_from",
    "mask_centre",
    "voxel_positions",
]

#: Voxels whose positions are held at the same time.
_AT_ONCE = 65_536


def box_centre(size: int) -> np.ndarray:
    """Voxel ``size // 2`` in every dimension, ``x, y, z``."""
    return np.full(3, float(size // 2))


def mask_centre(mask: np.ndarray) -> np.ndarray:
    """Centre of mass of a mask in voxels, ``x, y, z``."""
    return voxel_positions(np.flatnonzero(mask), mask.shape).mean(axis=0)


def voxel_positions(indices: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Positions in voxels, ``x, y, z``, of flat indices of a ``[z, y, x]`` array.

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


def lines_from(positions: np.ndarray, centre: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Distance from a centre and unit vector of the line to it.

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
        Unit vectors; zero at the centre itself, which lies on no line.
    """
    offset = positions - centre
    radius = np.linalg.norm(offset, axis=1)
    return radius, offset / np.where(radius > 0, radius, 1.0)[:, None]


def distances_from(indices: np.ndarray, shape: Sequence[int], centre: np.ndarray) -> np.ndarray:
    """Distances in voxels, float32, of flat indices of a ``[z, y, x]`` array from a centre.

    In parts: positions of all voxels at once take twenty times the memory.
    """
    out = np.empty(len(indices), np.float32)
    for first in range(0, len(indices), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        out[part] = np.linalg.norm(voxel_positions(indices[part], shape) - centre, axis=1)
    return out


def ends_of_rows(indices: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Positions of the first and the last voxel of every row along x: all that a hull needs.

    Parameters
    ----------
    indices : ndarray, shape (n,)
        Flat indices of a ``[z, y, x]`` array, ascending.
    shape : tuple of int

    Returns
    -------
    ndarray, shape (m, 3), float64
        Voxels, ``x, y, z``.
    """
    row = indices // shape[2]
    last = np.append(row[1:] != row[:-1], True)
    first = np.insert(last[:-1], 0, True)
    return voxel_positions(indices[first | last], shape)


def largest_sphere_in_hull(positions: np.ndarray, centre: np.ndarray) -> Optional[float]:
    """Radius in voxels of the largest sphere about a centre inside the convex hull of points.

    ``None`` if the centre lies outside the hull or the points are flat.
    """
    try:
        equations = ConvexHull(positions).equations
    except QhullError:
        return None
    radius = float(np.min(-equations[:, 3] - equations[:, :3] @ centre))
    return radius if radius > 0 else None
