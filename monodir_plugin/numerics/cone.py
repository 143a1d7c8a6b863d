"""One half of a double cone of Fourier coefficients, as a compact list.

Of the double cone about an axis ``d`` only the half with ``u . d > 0`` is
kept (why: :mod:`.amplitude`).  It is convex, so that of every row of the lattice along x
it holds one run of coefficients.  They are listed run by run, and so put into a box without
leaps; a band is what lies beyond a squared radius.

Cone filter: Vilas et al. 2020, Methods, "Directional filtering".
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Tuple

import numba
import numpy as np

__all__ = ["HalfCone", "half_cone", "part_of_run", "with_values"]


@dataclass(frozen=True)
class HalfCone:
    """Coefficients of one half of a double cone, in the order of the lattice.

    Attributes
    ----------
    size : int
        Side of the box in voxels.
    runs : ndarray, shape (m, 4), int32
        Of every row along x that holds coefficients: its lattice indices z and y, the x of its
        first coefficient, and that of the one after its last.
    values : ndarray, shape (n,), complex64
        Coefficients of the signal along the axis, run after run.
    squares : ndarray, shape (n,), int32
        Their squared distances from the origin of the lattice.
    across : ndarray, shape (last + 1,), float32
        Power of the two components across the axis over that along it, of the
        coefficients at a squared distance and beyond it.
    """

    size: int
    runs: np.ndarray
    values: np.ndarray
    squares: np.ndarray
    across: np.ndarray

    @property
    def last(self) -> int:
        """Largest squared distance of a coefficient; -1 if there is none."""
        return len(self.across) - 1

    def start_of(self, frequency: float) -> int:
        """Smallest squared distance beyond a frequency in cycles per voxel."""
        return int((frequency * self.size) ** 2 + 1e-6) + 1

    def box_of(self, start: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The box of the coefficients at a squared distance from ``start`` on.

        Parameters
        ----------
        start : int
            At most ``last``.

        Returns
        -------
        lower, upper : ndarray, shape (3,), int64
            Smallest and largest index, ``z, y, x``.
        spans : ndarray, shape (rows, 2), int64
            Of every row of the box along x, whatever its z: the place in the box of its first
            coefficient, and of the one after its last.
        """
        return _box(self.runs, start)


def half_cone(spectrum: np.ndarray, axis: np.ndarray, half_angle: float, corners: bool) -> HalfCone:
    """Coefficients within a cone about one end of an axis.

    Parameters
    ----------
    spectrum : ndarray, shape (N, N, N // 2 + 1), complex64
        Half spectrum of the map.
    axis : ndarray, shape (3,)
        Unit vector, ``x, y, z``.
    half_angle : float
        Half the opening of the cone, degrees.
    corners : bool
        Keep the coefficients beyond the sphere of radius Nyquist, too.

    Returns
    -------
    HalfCone
    """
    size = spectrum.shape[0]
    direction = np.ascontiguousarray(axis[::-1], dtype=np.float64)
    low, high = _bounds(direction, half_angle, size, corners)
    limit = 3 * size**2 // 4 if corners else size**2 // 4
    cosine2 = np.cos(np.deg2rad(half_angle)) ** 2
    runs, count = _runs(size, direction, cosine2, limit, low, high)
    runs = runs[:count].copy()
    values, squares = _gather(spectrum, runs)
    return with_values(HalfCone(size, runs, values, squares, np.empty(0)), axis, values)


def with_values(cone: HalfCone, axis: np.ndarray, values: np.ndarray) -> HalfCone:
    """Other coefficients at the same places.

    Parameters
    ----------
    cone : HalfCone
    axis : ndarray, shape (3,)
        Unit vector, ``x, y, z``.
    values : ndarray, shape (n,), complex64
        Coefficients of a map; what is kept is their part that lies along the axis.

    Returns
    -------
    HalfCone
    """
    direction = np.ascontiguousarray(axis[::-1], np.float64)
    most = int(cone.squares.max(initial=-1))
    along, across = _along_and_across(cone.runs, cone.squares, values, direction, most)
    return replace(cone, values=along, across=across)


@numba.njit(nogil=True, cache=True)
def _along_and_across(runs, squares, values, direction, most):  # type: ignore[no-untyped-def]
    """Coefficients of the signal along a direction, ``z, y, x``, and the share of power across.

    A product of matrices would wake the threads of the linear algebra, which then spin.
    """
    signal = np.empty(len(values), np.complex64)
    power_along, power_across = np.zeros(most + 2), np.zeros(most + 2)
    i = 0
    for run in range(len(runs)):
        aside = runs[run, 0] * direction[0] + runs[run, 1] * direction[1]
        for x in range(runs[run, 2], runs[run, 3]):
            along = aside + x * direction[2]
            cosine2 = along * along / squares[i]
            real, imaginary = float(values[i].real), float(values[i].imag)
            power = real * real + imaginary * imaginary
            power_along[squares[i]] += power * (1 + cosine2) / 2
            power_across[squares[i]] += power * (1 - cosine2) / 2
            signal[i] = values[i] * np.float32(math.sqrt((1 + cosine2) / 2))
            i += 1
    share = np.zeros(most + 1, np.float32)
    for square in range(most, -1, -1):
        power_along[square] += power_along[square + 1]
        power_across[square] += power_across[square + 1]
        if power_along[square] > 0:
            share[square] = power_across[square] / power_along[square]
    return signal, share


@numba.njit(nogil=True, cache=True)
def part_of_run(z, y, x, stop, start):  # type: ignore[no-untyped-def]
    """The first x of a run at a squared distance from ``start`` on, and that after the last.

    Between them may lie some that are nearer.  If there is none, the second is no larger.
    """
    missing = start - z * z - y * y
    if missing <= 0:
        return x, stop
    nearest = int(math.sqrt(missing - 1)) + 1
    if x > -nearest:
        x = max(x, nearest)
    if stop <= nearest:
        stop = min(stop, 1 - nearest)
    return x, stop


# It takes less time than to let others have Python's lock meanwhile.
@numba.njit(cache=True)
def _box(runs, start):  # type: ignore[no-untyped-def]
    """Smallest and largest index of what runs hold from a squared distance on, and its spans."""
    lower, upper = np.empty(3, np.int64), np.empty(3, np.int64)
    for dimension in range(3):
        lower[dimension], upper[dimension] = 2**31, -(2**31)
    for run in range(len(runs)):
        z, y = runs[run, 0], runs[run, 1]
        left, right = part_of_run(z, y, runs[run, 2], runs[run, 3], start)
        if left < right:
            lower[0], upper[0] = min(lower[0], z), max(upper[0], z)
            lower[1], upper[1] = min(lower[1], y), max(upper[1], y)
            lower[2], upper[2] = min(lower[2], left), max(upper[2], right - 1)
    spans = np.empty((upper[1] + 1 - lower[1], 2), np.int64)
    for y in range(len(spans)):
        spans[y, 0], spans[y, 1] = upper[2] + 1 - lower[2], 0
    for run in range(len(runs)):
        z, y = runs[run, 0], runs[run, 1]
        left, right = part_of_run(z, y, runs[run, 2], runs[run, 3], start)
        if left < right:
            row = y - lower[1]
            spans[row, 0] = min(spans[row, 0], left - lower[2])
            spans[row, 1] = max(spans[row, 1], right - lower[2])
    return lower, upper, spans


def _bounds(
    direction: np.ndarray, half_angle: float, size: int, corners: bool
) -> Tuple[np.ndarray, np.ndarray]:
    """Smallest and largest lattice index that the cone can reach, per dimension."""
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
    """The runs of the half cone, and how many they are."""
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
def _gather(spectrum, runs):  # type: ignore[no-untyped-def]
    """The coefficients of runs, and their squared distances from the origin."""
    size = spectrum.shape[0]
    total = 0
    for run in range(len(runs)):
        total += runs[run, 3] - runs[run, 2]
    values, squares = np.empty(total, np.complex64), np.empty(total, np.int32)
    i = 0
    for run in range(len(runs)):
        kz, ky = runs[run, 0], runs[run, 1]
        positive, negative = spectrum[kz % size, ky % size], spectrum[-kz % size, -ky % size]
        for kx in range(runs[run, 2], runs[run, 3]):
            values[i] = np.conj(negative[-kx]) if kx < 0 else positive[kx]
            squares[i] = kz * kz + ky * ky + kx * kx
            i += 1
    return values, squares


@numba.njit(nogil=True, cache=True)
def _inside(kz, ky, kx, size, direction, cosine2, limit):  # type: ignore[no-untyped-def]
    """Whether a lattice point counts.

    The two halves of a Nyquist plane are one plane of coefficients: it counts
    as the positive half of the stored spectrum, as in the authors' program.
    """
    square = kz * kz + ky * ky + kx * kx
    along = kz * direction[0] + ky * direction[1] + kx * direction[2]
    if square == 0 or square > limit or along <= 0.0 or along * along < cosine2 * square:
        return False
    sign = -1 if kx < 0 else 1
    return size % 2 == 1 or (2 * sign * kz != -size and 2 * sign * ky != -size)
