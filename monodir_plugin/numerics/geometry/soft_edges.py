"""Soft edges: raised cosines, and the masks and windows that end in one.

A mask with a sharp edge smears strong Fourier shells into weak ones; a soft edge does so less.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import ceil, isqrt

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..parallel.chunking import in_slabs
from .crop import bounding_box
from .grid import distance_map

__all__ = [
    "falling_cosine",
    "gaussian_mask",
    "rising_cosine",
    "soft_mask",
    "soft_sphere",
    "squared_distance",
]


def falling_cosine(position: np.ndarray) -> np.ndarray:
    """Raised cosine that falls from 1 at position 0 to 0 at position 1.

    Parameters
    ----------
    position : ndarray, float32 or float64
        In units of the width of the edge; 1 before the edge and 0 beyond it.

    Returns
    -------
    ndarray
        Array of the same shape and dtype.
    """
    return 0.5 * (1 + np.cos(np.pi * np.clip(position, 0.0, 1.0)))


def rising_cosine(position: np.ndarray) -> np.ndarray:
    """Raised cosine that rises from 0 at position 0 to 1 at position 1; as above otherwise."""
    return 0.5 * (1 - np.cos(np.pi * np.clip(position, 0.0, 1.0)))


def soft_mask(region: np.ndarray, width: float) -> np.ndarray:
    """A region with a soft edge outside of it.

    Parameters
    ----------
    region : ndarray of bool, shape (N, N, N)
    width : float
        Width of the edge, voxels.

    Returns
    -------
    ndarray, shape (N, N, N), float32
        1 in the region, falling to 0 over a raised cosine of the distance from it.
    """
    limit = ceil(width**2)
    table = falling_cosine(np.sqrt(np.arange(limit + 1.0)) / width).astype(np.float32)
    soft = np.zeros(region.shape, np.float32)
    if region.any():
        window = bounding_box(region, ceil(width))
        soft[window] = table[squared_distance(region[window], limit)]
    return soft


def squared_distance(region: np.ndarray, limit: int) -> np.ndarray:
    """Squared distance of every voxel from a region, at most a limit.

    Parameters
    ----------
    region : ndarray of bool, shape (N, N, N)
    limit : int
        Voxels², at least 2.

    Returns
    -------
    ndarray of unsigned int, shape (N, N, N)

    Notes
    -----
    Squared distances are sums over the dimensions, so that each of them is worked on alone.  Only
    the few voxels nearer than the limit are compared: a transform of all distances, which the edge
    of a mask does not need, takes ten times as long and twelve times the memory.
    """
    distance = np.where(region, 0, limit).astype(np.min_scalar_type(2 * limit))
    for axis in range(region.ndim):
        before = np.moveaxis(distance, axis, 0)
        after = before.copy()
        for step in range(1, min(isqrt(limit - 1), len(before) - 1) + 1):
            moved = before + distance.dtype.type(step**2)
            np.minimum(after[step:], moved[:-step], out=after[step:])
            np.minimum(after[:-step], moved[step:], out=after[:-step])
        distance = np.moveaxis(after, 0, axis)
    return np.minimum(distance, distance.dtype.type(limit))


def soft_sphere(size: int, radius: float, width: float) -> np.ndarray:
    """A ball about the centre of the box with a soft edge inside of it.

    Parameters
    ----------
    size : int
        Side of the box in voxels.
    radius : float
        Distance from the centre at which the edge has fallen to 0, voxels.
    width : float
        Width of the edge, voxels.

    Returns
    -------
    ndarray, shape (size, size, size), float32
    """
    return falling_cosine((distance_map(size) - np.float32(radius - width)) / np.float32(width))


def gaussian_mask(region: np.ndarray, deviation: float, threads: int = 1) -> np.ndarray:
    """A region smoothed by a Gaussian, so that its edge is soft on both sides of its border.

    Parameters
    ----------
    region : ndarray of bool, shape (N, N, N)
    deviation : float
        Standard deviation of the Gaussian, voxels; it is cut off at three of them.
    threads : int

    Returns
    -------
    ndarray, shape (N, N, N), float32
    """
    mask = region.astype(np.float32)

    def smooth(axis: int, first: int, stop: int) -> None:
        part = mask[:, first:stop] if axis == 0 else mask[first:stop]
        gaussian_filter1d(part, deviation, axis, output=part, truncate=3)

    with ThreadPoolExecutor(threads) as pool:
        for axis in range(3):
            in_slabs(partial(smooth, axis), len(region), pool)
    return mask
