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
    indices : ndarray, shape (n, 3), int32
        Lattice indices in ``z, y, x`` order.
    values : ndarray, shape (n,), complex64
        Coefficients of the signal along the axis.
    across : ndarray, shape (n,), float32
        Power of the two components across the axis over that along it, of
        coefficient ``i`` and those above it.
    radii : ndarray, shape (n,), float32
        Spatial frequency, cycles per voxel, ascending.
    lower, upper : ndarray, shape (n, 3), int32
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
    limit = 0.75 * size**2 if corners else 0.25 * size**2
    indices, values, squares = _gather(
        spectrum, direction, np.cos(np.deg2rad(half_angle)) ** 2, limit, low, high
    )
    order = np.argsort(squares, kind="stable")
    indices = indices[order]
    lower = np.minimum.accumulate(indices[::-1], axis=0)[::-1]
    upper = np.maximum.accumulate(indices[::-1], axis=0)[::-1]
    radii = (np.sqrt(squares[order]) / size).astype(np.float32)
    return weighed_along(axis, indices, values[order], radii, lower, upper)


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
    cosine2 = _squared_cosines(indices, np.ascontiguousarray(axis[::-1], np.float64))
    power = values.real.astype(np.float64) ** 2 + values.imag**2
    along, across = (_from_here_up(power * (1 + c) / 2) for c in (cosine2, -cosine2))
    return HalfCone(
        indices,
        values * np.sqrt((1 + cosine2) / 2).astype(np.float32),
        np.divide(across, along, out=np.zeros_like(along), where=along > 0).astype(np.float32),
        radii,
        lower,
        upper,
    )


@numba.njit(nogil=True, cache=True)
def _squared_cosines(indices, direction):  # type: ignore[no-untyped-def]
    """Of the angles between lattice points and a direction, ``z, y, x``.

    A product of matrices would wake the threads of the linear algebra, which then spin.
    """
    found = np.empty(len(indices))
    for i in range(len(indices)):
        z, y, x = float(indices[i, 0]), float(indices[i, 1]), float(indices[i, 2])
        along = z * direction[0] + y * direction[1] + x * direction[2]
        found[i] = along * along / (z * z + y * y + x * x)
    return found


def _from_here_up(values: np.ndarray) -> np.ndarray:
    """Sum of each value and those after it."""
    return np.cumsum(values[::-1])[::-1]


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
    """List the lattice points of the half cone with their coefficients.

    The two halves of a Nyquist plane are one plane of coefficients: it counts
    as the positive half of the stored spectrum, as in the authors' program.
    """
    size = spectrum.shape[0]
    edge = size // 2
    even = size % 2 == 0
    room = (high[0] - low[0] + 1) * (high[1] - low[1] + 1) * (high[2] - low[2] + 1)
    indices = np.empty((room, 3), np.int32)
    values = np.empty(room, np.complex64)
    squares = np.empty(room, np.float64)
    count = 0
    for kz in range(low[0], high[0] + 1):
        for ky in range(low[1], high[1] + 1):
            for kx in range(low[2], high[2] + 1):
                square = float(kz * kz + ky * ky + kx * kx)
                if square == 0.0 or square > limit:
                    continue
                along = kz * direction[0] + ky * direction[1] + kx * direction[2]
                if along <= 0.0 or along * along < cosine2 * square:
                    continue
                sign = -1 if kx < 0 else 1
                hz, hy, hx = sign * kz, sign * ky, sign * kx
                if even and (hz == -edge or hy == -edge):
                    continue
                value = spectrum[hz % size, hy % size, hx]
                indices[count, 0] = kz
                indices[count, 1] = ky
                indices[count, 2] = kx
                values[count] = value if sign > 0 else np.conj(value)
                squares[count] = square
                count += 1
    return indices[:count].copy(), values[:count].copy(), squares[:count].copy()
