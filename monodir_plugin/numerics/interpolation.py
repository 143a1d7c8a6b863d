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
#: Best for three lines a wave: the finest waves come out right within 1.2 %, most within 0.3 %.
_KAISER_SHAPE = 4.25
#: Planes made at a time: as many as stay in cache.
_PLANES = 8


class VoxelRows:
    """The voxels of a mask, arranged by rows along x.

    Parameters
    ----------
    mask : ndarray of bool, shape (N, N, N)
        Voxels of interest, ``[z, y, x]``.

    Attributes
    ----------
    rows : ndarray, shape (n, 2), int32
        The z and y of each row that holds voxels.
    ends : ndarray, shape (n,), int32
        Position, in the list of voxels, of the first one after each row.
    y_range, x_range : tuple of int
        Smallest and largest y and x of all voxels.
    row, x : ndarray, int32
        Row and x of every voxel, in the order of ``np.flatnonzero(mask)``.
    flat : ndarray, int64
        Flat index of every voxel.
    """

    def __init__(self, mask: np.ndarray) -> None:
        self.size = mask.shape[0]
        z, y, x = np.nonzero(mask)
        rows, row = np.unique(z * self.size + y, return_inverse=True)
        self.rows = np.stack([rows // self.size, rows % self.size], axis=1).astype(np.int32)
        self.row = row.astype(np.int32)
        self.ends = np.searchsorted(row, np.arange(1, len(rows) + 1)).astype(np.int32)
        self.x = x.astype(np.int32)
        self.y_range = int(y.min()), int(y.max())
        self.x_range = int(x.min()), int(x.max())
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
    out = scratch.empty("values", (len(which),), np.float32)
    if not len(which):
        return out
    size = voxels.size
    lz, ly = lines.coefficients.shape[:2]
    # Values along x on the lines about the voxels: a few lines for many rows of voxels.
    z_lines = _lines_about(*voxels.rows[voxels.row[which[[0, -1]]], 0], lz, size)
    y_lines = _lines_about(*voxels.y_range, ly, size)
    shape = (len(y_lines), len(z_lines))
    padded = scratch.empty("padded", (*shape, size // 2 + 1), np.complex64)
    _take_lines(lines.coefficients, y_lines, z_lines, padded)
    points = points_of(padded.reshape(-1, size // 2 + 1), size, scratch)
    first, last = voxels.x_range
    _interpolate(
        points.reshape(*shape, size),
        (*_taps(lz, size), z_lines[0], lz),
        (*_taps(ly, size), y_lines[0], ly),
        scratch.empty("planes", (_PLANES, len(y_lines), last + 1 - first), np.float32),
        voxels.rows,
        voxels.ends,
        voxels.row,
        voxels.x,
        first,
        which,
        out,
    )
    return out


def _lines_about(first: int, last: int, points: int, size: int) -> np.ndarray:
    """Grid points, wrapped, that the interpolation to voxels ``first`` to ``last`` needs."""
    start, stop = _taps(points, size)[0][[first, last]] + (0, _TAPS)
    return np.arange(start, min(stop, start + points)) % points


@numba.njit(nogil=True, cache=True)
def _take_lines(coefficients, y_lines, z_lines, out):  # type: ignore[no-untyped-def]
    """Some of the lines, ``[y, z]``, with zeros for the frequencies that they do not hold."""
    width = coefficients.shape[2]
    for j in range(len(y_lines)):
        for i in range(len(z_lines)):
            source, target = coefficients[z_lines[i], y_lines[j]], out[j, i]
            for x in range(width):
                target[x] = source[x]
            for x in range(width, len(target)):
                target[x] = 0


@numba.njit(nogil=True, cache=True)
def _interpolate(  # type: ignore[no-untyped-def]
    points, along_z, along_y, planes, rows, ends, row, x, x_first, which, out
):
    """Interpolate along z to some planes at a time, in them along y to rows, and pick voxels.

    ``along_z`` and ``along_y`` are the taps of every voxel, the grid point that comes first in
    ``points`` and ``planes``, and the points of the whole period.
    """
    first, weights, origin, period = along_y
    values = np.empty(planes.shape[2], np.float32)
    done = -1
    start = 0
    while start < len(which):
        own = row[which[start]]
        stop = _end_of_row(which, start, row, ends[own])
        z, y = rows[own, 0], rows[own, 1]
        if z > done:
            z_start = z
            done = min(z + len(planes) - 1, rows[-1, 0])
            _make_planes(points, x_first, along_z, z_start, planes[: done + 1 - z])
        left, right = x[which[start]] - x_first, x[which[stop - 1]] - x_first + 1
        plane, tap = planes[z - z_start], first[y] - origin
        if right - left == stop - start:
            _weighted_sum(plane, tap, period, left, weights[y], out[start:stop])
        else:
            _weighted_sum(plane, tap, period, left, weights[y], values[left:right])
            for i in range(start, stop):
                out[i] = values[x[which[i]] - x_first]
        start = stop


@numba.njit(nogil=True, cache=True)
def _make_planes(points, left, along_z, z, planes):  # type: ignore[no-untyped-def]
    """Interpolate to planes from ``z`` on, line by line, as neighbours take the same points."""
    first, weights, origin, period = along_z
    for line in range(planes.shape[1]):
        for i in range(len(planes)):
            tap = first[z + i] - origin
            _weighted_sum(points[line], tap, period, left, weights[z + i], planes[i, line])


@numba.njit(nogil=True, cache=True)
def _end_of_row(which, start, row, end):  # type: ignore[no-untyped-def]
    """Where in ``which`` the voxels of the row of ``which[start]`` end."""
    stop = start + end - which[start]
    if stop <= len(which) and which[stop - 1] == end - 1:
        return stop
    stop = start + 1
    while stop < len(which) and row[which[stop]] == row[which[start]]:
        stop += 1
    return stop


@numba.njit(nogil=True, cache=True, fastmath=True)
def _weighted_sum(source, first, period, left, w, out):  # type: ignore[no-untyped-def]
    """Weighted sum of parts, from ``left`` on, of eight rows of a periodic source.

    In one pass, and of slices that are known to be contiguous, for speed.
    """
    stop = left + len(out)
    a, b = source[first % period][left:stop], source[(first + 1) % period][left:stop]
    c, d = source[(first + 2) % period][left:stop], source[(first + 3) % period][left:stop]
    e, f = source[(first + 4) % period][left:stop], source[(first + 5) % period][left:stop]
    g, h = source[(first + 6) % period][left:stop], source[(first + 7) % period][left:stop]
    w0, w1, w2, w3, w4, w5, w6, w7 = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
    for x in range(len(out)):
        near = w2 * c[x] + w3 * d[x] + w4 * e[x] + w5 * f[x]
        out[x] = near + w0 * a[x] + w1 * b[x] + w6 * g[x] + w7 * h[x]
