"""Sums over the Fourier coefficients in the double cone about every axis, by Fourier shell.

Power, correlation and number of coefficients along axes are computed from them.  The cones have a
hard edge, and a coefficient and its conjugate are counted as two.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Tuple

import numba
import numpy as np

from ..geometry.axes import AxisSet
from .lattice import in_double_cone, shell_of, signed_index, times_counted

__all__ = ["cone_sums", "quotient"]


def cone_sums(
    weights: np.ndarray, axes: AxisSet, half_angle: float, threads: int = 1
) -> Tuple[np.ndarray, np.ndarray]:
    """Sums of real quantities and numbers of coefficients, by axis and Fourier shell.

    Parameters
    ----------
    weights : ndarray, shape (k, N, N, N // 2 + 1), float32 or float64
        Quantities that are the same for a coefficient and its conjugate, on the lattice of the
        half spectrum (:func:`monodir_plugin.numerics.fourier.spectrum.spectrum_of`): ``|F|²``,
        the real part of ``F conj(G)``.
    axes : AxisSet
    half_angle : float
        Half the opening of the cones, degrees; 90 for whole shells.
    threads : int

    Returns
    -------
    sums : ndarray, shape (k, axes, N // 2 + 1), float64
        Shell ``s`` holds the spatial frequencies nearest ``s / N`` cycles per voxel, none
        beyond the sphere of radius Nyquist; shell 0 is empty, because the mean of a map has no
        direction.
    counts : ndarray, shape (axes, N // 2 + 1), float64
        Coefficients of the full spectrum.

    Raises
    ------
    ValueError
        If the arrays are not half spectra of a cube.
    """
    kinds, size = weights.shape[0], weights.shape[1]
    if weights.shape[1:] != (size, size, size // 2 + 1):
        raise ValueError(f"the half spectrum of a cube is needed, not {weights.shape[1:]}")
    cosine2 = np.cos(np.deg2rad(half_angle)) ** 2 if half_angle < 90 else 0.0
    directions = np.ascontiguousarray(axes.vectors[:, ::-1])
    sums = np.zeros((len(axes), kinds, size // 2 + 1))
    counts = np.zeros((len(axes), size // 2 + 1))

    def along(axis: int) -> None:
        _add_up(weights, directions[axis], cosine2, sums[axis], counts[axis])

    if len(axes) == 1:
        along(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(along, range(len(axes))))
    return np.ascontiguousarray(sums.transpose(1, 0, 2)), counts


def quotient(sums: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Quotient of two arrays, float64; 0 where the divisor is not positive."""
    sums, by = np.broadcast_arrays(sums, by)
    return np.divide(sums, by, out=np.zeros(sums.shape), where=by > 0)


@numba.njit(nogil=True, cache=True)
def _add_up(weights, direction, cosine2, sums, counts):  # type: ignore[no-untyped-def]
    """Add up the coefficients about one axis.

    In the planes ``kx = 0`` and Nyquist of a half spectrum both a coefficient and its conjugate are
    stored; elsewhere only one of them is, which counts twice.
    """
    kinds, size = weights.shape[0], weights.shape[1]
    limit = size * size // 4
    edge = size // 2
    for iz in range(size):
        kz = signed_index(iz, size)
        for iy in range(size):
            ky = signed_index(iy, size)
            transverse = kz * kz + ky * ky
            if transverse > limit:
                continue
            offset = kz * direction[0] + ky * direction[1]
            low, high = _within(offset, direction[2], transverse, cosine2, edge)
            for kx in range(low, high + 1):
                square = transverse + kx * kx
                if square > limit:
                    break
                along = offset + kx * direction[2]
                if square == 0 or not in_double_cone(along, square, cosine2):
                    continue
                shell = shell_of(square)
                times = times_counted(kx, size)
                counts[shell] += times
                for kind in range(kinds):
                    sums[kind, shell] += times * weights[kind, iz, iy, kx]


@numba.njit(nogil=True, cache=True)
def _within(offset, slope, transverse, cosine2, edge):  # type: ignore[no-untyped-def]
    """First and last ``kx`` of a row that may lie in the cone: 0 and ``edge``, or fewer.

    In the cone ``(offset + slope kx)² >= cosine2 (transverse + kx²)``.  Where x is not in the cone,
    this holds between two roots or nowhere; one index is added on either side for rounding.
    """
    open_ = cosine2 - slope * slope
    if open_ < 1e-6:
        return 0, edge
    discriminant = cosine2 * (offset * offset - open_ * transverse)
    if discriminant < -1e-6 * (1 + cosine2 * offset * offset):
        return 1, 0
    half = np.sqrt(max(discriminant, 0.0)) / open_
    middle = offset * slope / open_
    return max(0, int(np.floor(middle - half)) - 1), min(edge, int(np.ceil(middle + half)) + 1)
