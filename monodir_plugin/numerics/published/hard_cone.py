"""One half of a double cone of Fourier coefficients, as a compact list.

Only the half with ``u . d > 0`` of the double cone about an axis ``d`` is listed
(:mod:`.coned_amplitude` says why).  It is convex, so that it holds one run of coefficients of every
row of the lattice along x.  The coefficients are listed run by run, in the order of memory.  A band
holds the coefficients beyond a squared radius.

Cone filter: Vilas et al. 2020, Methods, "Directional filtering".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Tuple

import numba
import numpy as np

from ..fourier.lattice_runs import box_of, gathered, runs_of, squares_of

__all__ = ["HalfCone", "half_cone"]


@dataclass(frozen=True)
class HalfCone:
    """Coefficients of one half of a double cone, in the order of the lattice.

    Attributes
    ----------
    size : int
        Side of the box in voxels.
    runs : ndarray, shape (m, 4), int32
        For every row along x that holds coefficients: its lattice indices z and y, the x of its
        first coefficient, and the x after its last.
    values : ndarray, shape (n,), complex64
        Coefficients of the signal along the axis, run after run.
    squares : ndarray, shape (n,), int32
        Their squared distances from the origin of the lattice.
    transverse_power : ndarray, shape (last + 1,), float32
        Power of the two components perpendicular to the axis over that along it, for the
        coefficients at a squared distance and beyond it.
    """

    size: int
    runs: np.ndarray
    values: np.ndarray
    squares: np.ndarray
    transverse_power: np.ndarray

    @property
    def last(self) -> int:
        """Largest squared distance of a coefficient; -1 if there is none."""
        return len(self.transverse_power) - 1

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
            For every row of the box along x, over all z: the position in the box of its first
            coefficient, and the position after its last.
        """
        return box_of(self.runs, start, self.last)


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
        Also keep the coefficients beyond the sphere of radius Nyquist.

    Returns
    -------
    HalfCone
    """
    size = spectrum.shape[0]
    direction = np.ascontiguousarray(axis[::-1], dtype=np.float64)
    runs = runs_of(size, axis, half_angle, corners)
    squares = squares_of(runs)
    most = int(squares.max(initial=-1))
    values = gathered(spectrum, runs)
    along, transverse = _along_and_transverse(runs, squares, values, direction, most)
    return HalfCone(size, runs, along, squares, transverse)


@numba.njit(nogil=True, cache=True)
def _along_and_transverse(runs, squares, values, direction, most):  # type: ignore[no-untyped-def]
    """Coefficients of the signal along a direction (``z, y, x``), and ``transverse_power``.

    No matrix product: the threads of the linear algebra library would busy-wait afterwards.
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
