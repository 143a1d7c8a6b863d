"""Fourier coefficients in one half of a double cone, as runs along x.

A half cone is convex, so that it holds one run of consecutive coefficients of every row of the
lattice along x.  They are listed run by run, so that copying them into a box accesses memory in
order.
"""

from __future__ import annotations

import math
from typing import Tuple

import numba
import numpy as np

from .lattice import in_double_cone

__all__ = ["box_of", "coefficients_in", "gathered", "part_within", "runs_of", "squares_of"]


def runs_of(size: int, axis: np.ndarray, half_angle: float, corners: bool) -> np.ndarray:
    """Rows of the lattice within a cone about one end of an axis.

    Parameters
    ----------
    size : int
        Side of the box in voxels.
    axis : ndarray, shape (3,)
        Unit vector, ``x, y, z``.
    half_angle : float
        Half the opening of the cone, degrees, at most 90.
    corners : bool
        Keep the coefficients beyond the sphere of radius Nyquist.

    Returns
    -------
    ndarray, shape (m, 4), int32
        For every run its lattice indices z and y, the x of its first coefficient, and the x after
        that of its last.
    """
    direction = np.ascontiguousarray(axis[::-1], dtype=np.float64)
    low, high = _bounds(direction, half_angle, size, corners)
    limit = 3 * size**2 // 4 if corners else size**2 // 4
    cosine2 = np.cos(np.deg2rad(half_angle)) ** 2
    runs, count = _runs(size, direction, cosine2, limit, low, high)
    return runs[:count].copy()


@numba.njit(nogil=True, cache=True)
def part_within(z, y, x, stop, first, last):  # type: ignore[no-untyped-def]
    """First x of a run between two squared distances from the origin, and the x after the last.

    Coefficients nearer than the first distance may lie between them.  Without any coefficient the
    second value is no larger than the first.
    """
    transverse = z * z + y * y
    if transverse > last:
        return x, x
    furthest = int(math.sqrt(last - transverse))
    x, stop = max(x, -furthest), min(stop, furthest + 1)
    missing = first - transverse
    if missing <= 0:
        return x, stop
    nearest = int(math.sqrt(missing - 1)) + 1
    if x > -nearest:
        x = max(x, nearest)
    if stop <= nearest:
        stop = min(stop, 1 - nearest)
    return x, stop


# Too short to be worth releasing the GIL.
@numba.njit(cache=True)
def box_of(runs, first, last):  # type: ignore[no-untyped-def]
    """Box about the coefficients of runs between two squared distances from the origin.

    Returns
    -------
    lower, upper : ndarray, shape (3,), int64
        Smallest and largest index, ``z, y, x``; without coefficients ``upper < lower``.
    spans : ndarray, shape (rows, 2), int64
        For every row of the box along y, over all z: the position along x in the box of its first
        coefficient, and the position after its last.
    """
    lower, upper = np.empty(3, np.int64), np.empty(3, np.int64)
    for dimension in range(3):
        lower[dimension], upper[dimension] = 2**31, -(2**31)
    for run in range(len(runs)):
        z, y = runs[run, 0], runs[run, 1]
        left, right = part_within(z, y, runs[run, 2], runs[run, 3], first, last)
        if left < right:
            lower[0], upper[0] = min(lower[0], z), max(upper[0], z)
            lower[1], upper[1] = min(lower[1], y), max(upper[1], y)
            lower[2], upper[2] = min(lower[2], left), max(upper[2], right - 1)
    spans = np.empty((max(upper[1] + 1 - lower[1], 0), 2), np.int64)
    for y in range(len(spans)):
        spans[y, 0], spans[y, 1] = upper[2] + 1 - lower[2], 0
    for run in range(len(runs)):
        z, y = runs[run, 0], runs[run, 1]
        left, right = part_within(z, y, runs[run, 2], runs[run, 3], first, last)
        if left < right:
            row = y - lower[1]
            spans[row, 0] = min(spans[row, 0], left - lower[2])
            spans[row, 1] = max(spans[row, 1], right - lower[2])
    return lower, upper, spans


def _bounds(
    direction: np.ndarray, half_angle: float, size: int, corners: bool
) -> Tuple[np.ndarray, np.ndarray]:
    """Bounds of the lattice indices in the cone, ``z, y, x``."""
    angles = np.rad2deg(np.arccos(np.clip(direction, -1.0, 1.0)))
    reach = size / 2 * (np.sqrt(3.0) if corners else 1.0)
    high = np.cos(np.deg2rad(np.maximum(angles - half_angle, 0.0))) * reach
    low = np.cos(np.deg2rad(np.minimum(angles + half_angle, 180.0))) * reach
    edge = size // 2
    return (
        np.clip(np.floor(np.minimum(low, 0.0)), -edge, edge).astype(np.int64),
        np.clip(np.ceil(np.maximum(high, 0.0)), -edge, edge).astype(np.int64),
    )


@numba.njit(nogil=True, cache=True)
def _runs(size, direction, cosine2, limit, low, high):  # type: ignore[no-untyped-def]
    """Runs of the half cone at the start of a longer array, and their number."""
    runs = np.empty(((high[0] - low[0] + 1) * (high[1] - low[1] + 1), 4), np.int32)
    count = 0
    for kz in range(low[0], high[0] + 1):
        for ky in range(low[1], high[1] + 1):
            first, stop = high[2], low[2]
            for kx in range(low[2], high[2] + 1):
                if _inside(kz, ky, kx, size, direction, cosine2, limit):
                    first, stop = min(first, kx), kx + 1
            if first < stop:
                runs[count, 0], runs[count, 1] = kz, ky
                runs[count, 2], runs[count, 3] = first, stop
                count += 1
    return runs, count


@numba.njit(nogil=True, cache=True)
def coefficients_in(runs):  # type: ignore[no-untyped-def]
    """Number of the coefficients of runs."""
    total = 0
    for run in range(len(runs)):
        total += runs[run, 3] - runs[run, 2]
    return total


@numba.njit(nogil=True, cache=True)
def gathered(spectrum, runs):  # type: ignore[no-untyped-def]
    """Coefficients of runs from a half spectrum, run after run, complex64."""
    size = spectrum.shape[0]
    values = np.empty(coefficients_in(runs), np.complex64)
    i = 0
    for run in range(len(runs)):
        kz, ky = runs[run, 0], runs[run, 1]
        positive, negative = spectrum[kz % size, ky % size], spectrum[-kz % size, -ky % size]
        for kx in range(runs[run, 2], runs[run, 3]):
            values[i] = np.conj(negative[-kx]) if kx < 0 else positive[kx]
            i += 1
    return values


@numba.njit(nogil=True, cache=True)
def squares_of(runs):  # type: ignore[no-untyped-def]
    """Squared distances of the coefficients of runs from the origin, int32."""
    squares = np.empty(coefficients_in(runs), np.int32)
    i = 0
    for run in range(len(runs)):
        kz, ky = runs[run, 0], runs[run, 1]
        for kx in range(runs[run, 2], runs[run, 3]):
            squares[i] = kz * kz + ky * ky + kx * kx
            i += 1
    return squares


@numba.njit(nogil=True, cache=True)
def _inside(kz, ky, kx, size, direction, cosine2, limit):  # type: ignore[no-untyped-def]
    """Whether a coefficient belongs to the half cone.

    The planes at plus and minus Nyquist are the same coefficients: they count at plus Nyquist
    where ``kx >= 0``, and at minus Nyquist elsewhere, as in Xmipp.
    """
    square = kz * kz + ky * ky + kx * kx
    along = kz * direction[0] + ky * direction[1] + kx * direction[2]
    if square == 0 or square > limit or along <= 0.0:
        return False
    if not in_double_cone(along, square, cosine2):
        return False
    sign = -1 if kx < 0 else 1
    return size % 2 == 1 or (2 * sign * kz != -size and 2 * sign * ky != -size)
