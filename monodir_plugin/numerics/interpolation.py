"""Values of a low-passed field at the voxels of a mask.

The voxels lie on a lattice, so the interpolation is separable: between lines
along z and y for whole rows of voxels, then points along x by a transform.  The
kernel is a Kaiser-windowed sinc: it reproduces the values on the lines, so that a
quantile taken there is unbiased against the values interpolated.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import numba
import numpy as np

from .lines import Lines, points_of
from .scratch import Scratch

__all__ = ["VoxelRows", "at_voxels"]

_TAPS = 8
_KAISER_SHAPE = 5.0


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
    flat : ndarray, int64
        Flat index of every voxel.
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
        self.flat = np.flatnonzero(mask)

    def __len__(self) -> int:
        return len(self.x)


@lru_cache(maxsize=512)
def _taps(points: int, size: int) -> Tuple[np.ndarray, np.ndarray]:
    """First grid point (before wrapping) and weights for each voxel along one dimension."""
    position = np.arange(size) * (points / size)
    first = np.floor(position + 1e-9).astype(np.int32) - (_TAPS // 2 - 1)
    distance = first[:, None] + np.arange(_TAPS) - position[:, None]
    inside = np.maximum(1 - (distance / (_TAPS / 2)) ** 2, 0.0)
    weights = np.sinc(distance) * np.i0(_KAISER_SHAPE * np.sqrt(inside))
    weights[np.abs(distance) >= _TAPS / 2] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    return first, weights.astype(np.float32)


def at_voxels(lines: Lines, voxels: VoxelRows, which: np.ndarray, scratch: Scratch) -> np.ndarray:
    """Values at some of the voxels.

    Parameters
    ----------
    lines : Lines
    voxels : VoxelRows
    which : ndarray of int32
        Positions in the list of voxels, ascending.
    scratch : Scratch

    Returns
    -------
    ndarray, float32
        One value per voxel asked for; in memory of ``scratch``.
    """
    size = voxels.size
    place = scratch.empty("row places", (len(voxels.rows),), np.int32)
    needed = _rows_needed(voxels.row, which, place)
    shape = (needed, size // 2 + 1)
    rows = scratch.zeros("rows", shape, np.complex64)
    lz, ly, width = lines.coefficients.shape
    _interpolate(
        lines.coefficients.view(np.float32),
        voxels.planes,
        voxels.rows,
        place,
        *_taps(lz, size),
        *_taps(ly, size),
        scratch.empty("plane", (ly, 2 * width), np.float32),
        rows.view(np.float32),
    )
    out = scratch.empty("values", (len(which),), np.float32)
    points = points_of(rows, size, scratch)
    _pick(points, place, voxels.row, voxels.x, which, out)
    return out


@numba.njit(nogil=True, cache=True)
def _rows_needed(row, which, place):  # type: ignore[no-untyped-def]
    """Number the rows that hold voxels asked for; -1 for the others."""
    place[:] = -1
    count = 0
    for voxel in which:
        if place[row[voxel]] < 0:
            place[row[voxel]] = count
            count += 1
    return count


@numba.njit(nogil=True, cache=True, fastmath=True)
def _interpolate(  # type: ignore[no-untyped-def]
    lines, planes, rows, place, z_first, z_weights, y_first, y_weights, plane, out
):
    """Interpolate along z to one plane at a time, in it along y to its rows."""
    flat, flat_plane = lines.reshape(len(lines), -1), plane.reshape(1, -1)
    made = -1
    for row in range(len(rows)):
        if place[row] < 0:
            continue
        z, y = planes[rows[row, 0]], rows[row, 1]
        if z != made:
            _weighted_sum(flat, z_first[z], z_weights[z], flat_plane, 0)
            made = z
        _weighted_sum(plane, y_first[y], y_weights[y], out, place[row])


@numba.njit(nogil=True, cache=True, fastmath=True)
def _weighted_sum(source, first, w, out, place):  # type: ignore[no-untyped-def]
    """Weighted sum of eight rows of a periodic source: in one pass, for speed."""
    points, width = source.shape
    start = first + points
    a, b, c, d = start % points, (start + 1) % points, (start + 2) % points, (start + 3) % points
    e, f, g = (start + 4) % points, (start + 5) % points, (start + 6) % points
    h = (start + 7) % points
    w0, w1, w2, w3, w4, w5, w6, w7 = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
    for x in range(width):
        out[place, x] = (
            w0 * source[a, x]
            + w1 * source[b, x]
            + w2 * source[c, x]
            + w3 * source[d, x]
            + w4 * source[e, x]
            + w5 * source[f, x]
            + w6 * source[g, x]
            + w7 * source[h, x]
        )


@numba.njit(nogil=True, cache=True)
def _pick(points, place, row, x, which, out):  # type: ignore[no-untyped-def]
    for i in range(len(which)):
        voxel = which[i]
        out[i] = points[place[row[voxel]], x[voxel]]
