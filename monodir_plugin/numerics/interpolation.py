"""Values of a coarse periodic grid at the voxels of a mask.

The grid spans the same volume as the box with fewer points.  The voxels lie
on a lattice, so the interpolation is separable: along z and y for whole rows,
along x only at the voxels asked for.  The kernel is a Kaiser-windowed sinc:
it reproduces the values at the grid points, so that a quantile taken there is
unbiased against the values interpolated.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import numba
import numpy as np

from .fade import STEPS

__all__ = ["TAPS", "VoxelRows", "at_voxels", "interpolate_rows"]

TAPS = 8
_KAISER_SHAPE = 5.0
#: Fading by less is not worth dividing by.
_WHOLE = 0.999


class VoxelRows:
    """The voxels of a mask, arranged by rows along x.

    Parameters
    ----------
    mask : ndarray of bool, shape (N, N, N)
        Voxels of interest, ``[z, y, x]``.

    Attributes
    ----------
    planes : ndarray, int32
        The z of the planes that hold voxels.
    rows : ndarray, shape (n, 2), int32
        Position in ``planes``, and y, of each row that holds voxels.
    row, x : ndarray, int32
        Row and x of every voxel, in the order of ``np.flatnonzero(mask)``.
    step : ndarray, int32
        Distance of every voxel from the centre of the box, in quarters of a voxel.
    """

    def __init__(self, mask: np.ndarray) -> None:
        self.size = mask.shape[0]
        z, y, x = np.nonzero(mask)
        self.planes, plane = np.unique(z, return_inverse=True)
        self.planes = self.planes.astype(np.int32)
        rows, row = np.unique(plane * self.size + y, return_inverse=True)
        self.rows = np.stack([rows // self.size, rows % self.size], axis=1).astype(np.int32)
        self.row = row.astype(np.int32)
        self.x = x.astype(np.int32)
        centre = self.size // 2
        radius = np.sqrt((z - centre) ** 2 + (y - centre) ** 2 + (x - centre) ** 2)
        self.step = np.rint(radius * STEPS).astype(np.int32)

    def __len__(self) -> int:
        return len(self.x)


@lru_cache(maxsize=512)
def _taps(points: int, size: int) -> Tuple[np.ndarray, np.ndarray]:
    """First grid point (before wrapping) and weights for each voxel along one dimension."""
    position = np.arange(size) * (points / size)
    first = np.floor(position + 1e-9).astype(np.int32) - (TAPS // 2 - 1)
    distance = first[:, None] + np.arange(TAPS) - position[:, None]
    inside = np.maximum(1 - (distance / (TAPS / 2)) ** 2, 0.0)
    weights = np.sinc(distance) * np.i0(_KAISER_SHAPE * np.sqrt(inside))
    weights[np.abs(distance) >= TAPS / 2] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    return first, weights.astype(np.float32)


def interpolate_rows(grid: np.ndarray, voxels: VoxelRows) -> np.ndarray:
    """Interpolate a grid along z and y at the rows of a mask.

    Parameters
    ----------
    grid : ndarray, shape (mz, my, mx), float32
        Values on a periodic grid.
    voxels : VoxelRows

    Returns
    -------
    ndarray, shape (rows, mx + TAPS), float32
        Rows, extended periodically for the interpolation along x.
    """
    z_first, z_weights = _taps(grid.shape[0], voxels.size)
    y_first, y_weights = _taps(grid.shape[1], voxels.size)
    planes = _along_z(grid, z_first[voxels.planes], z_weights[voxels.planes])
    return _along_y(planes, voxels.rows, y_first, y_weights)


def at_voxels(
    rows: np.ndarray, points: int, voxels: VoxelRows, which: np.ndarray, carried: np.ndarray
) -> np.ndarray:
    """Finish the interpolation along x at some of the voxels.

    Parameters
    ----------
    rows : ndarray
        What :func:`interpolate_rows` returned.
    points : int
        Points of the grid along x.
    voxels : VoxelRows
    which : ndarray of int
        Positions in the list of voxels.
    carried : ndarray, float32
        Fading by radius to divide by, as in :func:`monodir_plugin.numerics.noise.sample`.

    Returns
    -------
    ndarray, float32
        One value per voxel asked for.
    """
    first, weights = _taps(points, voxels.size)
    values = _along_x(rows, first, weights, voxels.row, voxels.x, which)
    if len(carried) and carried[min(voxels.step.max(), len(carried) - 1)] < _WHOLE:
        values /= carried[np.minimum(voxels.step[which], len(carried) - 1)]
    return values


@numba.njit(nogil=True, cache=True, fastmath=True)
def _along_z(grid, first, weights):  # type: ignore[no-untyped-def]
    points, height, width = grid.shape
    out = np.zeros((len(first), height, width), np.float32)
    for plane in range(len(first)):
        for tap in range(weights.shape[1]):
            weight = weights[plane, tap]
            if weight == 0.0:
                continue
            source = grid[(first[plane] + tap) % points]
            target = out[plane]
            for y in range(height):
                for x in range(width):
                    target[y, x] += weight * source[y, x]
    return out


@numba.njit(nogil=True, cache=True, fastmath=True)
def _along_y(planes, rows, first, weights):  # type: ignore[no-untyped-def]
    points, width = planes.shape[1:]
    before = TAPS // 2 - 1
    out = np.empty((len(rows), width + TAPS), np.float32)
    for row in range(len(rows)):
        plane = planes[rows[row, 0]]
        start = first[rows[row, 1]] + points
        weight = weights[rows[row, 1]]
        target = out[row]
        # Four rows at a time: the sum stays in registers.
        for half in range(0, TAPS, 4):
            a, b = plane[(start + half) % points], plane[(start + half + 1) % points]
            c, d = plane[(start + half + 2) % points], plane[(start + half + 3) % points]
            wa, wb, wc, wd = weight[half], weight[half + 1], weight[half + 2], weight[half + 3]
            if half == 0:
                for x in range(width):
                    target[before + x] = wa * a[x] + wb * b[x] + wc * c[x] + wd * d[x]
            else:
                for x in range(width):
                    target[before + x] += wa * a[x] + wb * b[x] + wc * c[x] + wd * d[x]
        for x in range(before):
            target[x] = target[width + x]
        for x in range(TAPS - before):
            target[before + width + x] = target[before + x]
    return out


@numba.njit(nogil=True, cache=True, fastmath=True)
def _along_x(rows, first, weights, row, x, which):  # type: ignore[no-untyped-def]
    before = TAPS // 2 - 1
    out = np.empty(len(which), np.float32)
    for i in range(len(which)):
        voxel = which[i]
        source = rows[row[voxel]]
        place = x[voxel]
        start = first[place] + before
        total = np.float32(0.0)
        for tap in range(TAPS):
            total += weights[place, tap] * source[start + tap]
        out[i] = total
    return out
