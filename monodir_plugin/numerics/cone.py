"""One half of a double cone of Fourier coefficients, as a compact list.

Of the double cone about an axis ``d`` only the half with ``u . d > 0`` is
kept (why: :mod:`.amplitude`).  The coefficients are sorted
by radius, so that the band above a frequency is the tail of the list,
and the box of the lattice that holds a band is known at once.

Cone filter: Vilas et al. 2020, Methods, "Directional filtering".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numba
import numpy as np

__all__ = ["HalfCone", "half_cone", "weighed_along"]


@dataclass(frozen=True)
class HalfCone:
    """Coefficients of one half of a double cone, sorted by radius.

    Attributes
    ----------
    indices : ndarray, shape (n, 3), int16
        Lattice indices in ``z, y, x`` order.
    values : ndarray, shape (n,), complex64
        Coefficients of the signal along the axis.
    across : ndarray, shape (n,), float32
        Power of the two components across the axis over that along it, of
        coefficient ``i`` and those above it.
    radii : ndarray, shape (n,), float32
        Spatial frequency, cycles per voxel, ascending.
    lower, upper : ndarray, shape (n, 3), int16
        Smallest and largest index among coefficient ``i`` and those above it.
    """

    indices: np.ndarray
    values: np.ndarray
    across: np.ndarray
    radii: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def start_of(self, frequency: float) -> int:
        """Position of the first coefficient above a frequency in cycles per voxel."""
        return int(np.searchsorted(self.radii, frequency, side="right"))


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
    indices, values, squares = _gather(spectrum, direction, cosine2, limit, low, high)
    radii = (np.sqrt(squares) / size).astype(np.float32)
    return weighed_along(axis, indices, values, radii, *_extents(indices))


def weighed_along(
    axis: np.ndarray,
    indices: np.ndarray,
    values: np.ndarray,
    radii: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
) -> HalfCone:
    """The part of coefficients that lies along an axis, and the power of that across it.

    Parameters
    ----------
    axis : ndarray, shape (3,)
        Unit vector, ``x, y, z``.
    indices, radii, lower, upper
        As in :class:`HalfCone`.
    values : ndarray, shape (n,), complex64
        Coefficients, sorted by radius.

    Returns
    -------
    HalfCone
    """
    direction = np.ascontiguousarray(axis[::-1], np.float64)
    along, across = _along_and_across(indices, values, direction)
    return HalfCone(indices, along, across, radii, lower, upper)


@numba.njit(nogil=True, cache=True)
def _along_and_across(indices, values, direction):  # type: ignore[no-untyped-def]
    """Coefficients of the signal along a direction, ``z, y, x``, and the share of power across.

    A product of matrices would wake the threads of the linear algebra, which then spin.
    """
    signal = np.empty(len(values), np.complex64)
    share = np.empty(len(values), np.float32)
    power_along = power_across = 0.0
    for i in range(len(values) - 1, -1, -1):
        z, y, x = float(indices[i, 0]), float(indices[i, 1]), float(indices[i, 2])
        along = z * direction[0] + y * direction[1] + x * direction[2]
        cosine2 = along * along / (z * z + y * y + x * x)
        real, imaginary = float(values[i].real), float(values[i].imag)
        power = real * real + imaginary * imaginary
        power_along += power * (1 + cosine2) / 2
        power_across += power * (1 - cosine2) / 2
        share[i] = power_across / power_along if power_along > 0 else 0.0
        signal[i] = values[i] * np.float32(np.sqrt((1 + cosine2) / 2))
    return signal, share


@numba.njit(nogil=True, cache=True)
def _extents(indices):  # type: ignore[no-untyped-def]
    """Smallest and largest index, per dimension, among every coefficient and those after it."""
    lower, upper = np.empty_like(indices), np.empty_like(indices)
    for dimension in range(3):
        least = most = indices[-1, dimension] if len(indices) else 0
        for i in range(len(indices) - 1, -1, -1):
            least, most = min(least, indices[i, dimension]), max(most, indices[i, dimension])
            lower[i, dimension], upper[i, dimension] = least, most
    return lower, upper


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
def _gather(spectrum, direction, cosine2, limit, low, high):  # type: ignore[no-untyped-def]
    """The lattice points of the half cone with their coefficients, sorted by radius.

    They are counted at every squared radius, and then put where those counts say.
    """
    size = spectrum.shape[0]
    places = np.zeros(limit + 2, np.int64)
    for kz in range(low[0], high[0] + 1):
        for ky in range(low[1], high[1] + 1):
            for kx in range(low[2], high[2] + 1):
                if _inside(kz, ky, kx, size, direction, cosine2, limit):
                    places[kz * kz + ky * ky + kx * kx + 1] += 1
    places = np.cumsum(places)
    indices = np.empty((places[-1], 3), np.int16)
    values = np.empty(places[-1], np.complex64)
    squares = np.empty(places[-1], np.int32)
    for kz in range(low[0], high[0] + 1):
        for ky in range(low[1], high[1] + 1):
            for kx in range(low[2], high[2] + 1):
                if not _inside(kz, ky, kx, size, direction, cosine2, limit):
                    continue
                square = kz * kz + ky * ky + kx * kx
                place = places[square]
                places[square] += 1
                indices[place, 0], indices[place, 1], indices[place, 2] = kz, ky, kx
                squares[place] = square
                if kx < 0:
                    values[place] = np.conj(spectrum[-kz % size, -ky % size, -kx])
                else:
                    values[place] = spectrum[kz % size, ky % size, kx]
    return indices, values, squares


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
