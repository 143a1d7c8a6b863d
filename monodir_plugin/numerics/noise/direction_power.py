"""Sums of powers by directions and Fourier shells."""

from __future__ import annotations

from typing import Sequence, Tuple

import numba
import numpy as np

from ..fourier.lattice import shell_of, signed_index, times_counted
from ..geometry.direction_bins import bin_of_index

__all__ = ["power_by_direction"]


def power_by_direction(
    powers: Sequence[np.ndarray], table: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Sum one power or two over the coefficients of bins of directions and shells.

    Parameters
    ----------
    powers : sequence of ndarray, shape (N, N, N // 2 + 1), float32 or float64
        One or two, on the lattice of the half spectrum.
    table : ndarray
        Bins along an edge (:func:`monodir_plugin.numerics.geometry.direction_bins.slope_table`).

    Returns
    -------
    sums : ndarray, shape (powers, directions, N // 2 + 1), float64
    counts : ndarray, shape (directions, N // 2 + 1), float64
        Numbers of coefficients of the whole spectrum.
    """
    size, directions = len(powers[0]), 3 * int(table[-1] + 1) ** 2
    sums = np.zeros((len(powers), directions, size // 2 + 1))
    counts = np.zeros((directions, size // 2 + 1))
    _add_up(powers[0], powers[-1], table, sums, counts)
    return sums, counts


@numba.njit(nogil=True, cache=True)
def _add_up(total, noise, table, sums, counts):  # type: ignore[no-untyped-def]
    """Sum powers by bin of directions and shell; those of the noise if ``sums`` has two rows."""
    size = total.shape[0]
    limit, both = size * size // 4, sums.shape[0] > 1
    for iz in range(size):
        kz = signed_index(iz, size)
        for iy in range(size):
            ky = signed_index(iy, size)
            for kx in range(size // 2 + 1):
                square = kz * kz + ky * ky + kx * kx
                if square > limit:
                    break
                if square == 0:
                    continue
                direction = bin_of_index(kz, ky, kx, table)
                shell = shell_of(square)
                times = times_counted(kx, size)
                counts[direction, shell] += times
                sums[0, direction, shell] += times * total[iz, iy, kx]
                if both:
                    sums[1, direction, shell] += times * noise[iz, iy, kx]
