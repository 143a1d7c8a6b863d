"""One half of a double cone with a soft edge: its coefficients and their weights.

The weight of a coefficient falls as a squared cosine with its angle from the axis, to zero at
26 degrees for an opening of 30: at half of the opening, power has fallen to a seventh.  The
transform of a hard edge decays more slowly, so that it would smear strong parts of a map further.
Only the half with ``u . d > 0`` is kept: the squared modulus of its inverse transform, doubled, is
the local power of the map in the double cone, without the oscillation of the map itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Tuple

import numba
import numpy as np

from ..geometry.soft_edges import falling_cosine
from .lattice_runs import box_of, coefficients_in, gathered, runs_of

__all__ = ["SoftCone", "cone_weight", "half_space", "soft_cone"]

#: Parts of a Fourier shell in which power is summed; with two, coarse bands would be wrong by 2 %.
PARTS = 16
#: Angle at which the weight has fallen to zero, in units of the opening.
_REACH = 26 / 30
#: Steps of the table of weights by the cosine of the angle.
_TABLE = 4096
#: Axis so close to x that the half space about it holds one coefficient of each conjugate pair.
_NEARLY_X = np.array([1.0, 1e-4, 1e-8])


@dataclass(frozen=True)
class SoftCone:
    """Coefficients of a half cone, run after run along x.

    Attributes
    ----------
    size : int
        Side of the box in voxels.
    runs : ndarray, shape (m, 4), int32
        As of :func:`.lattice_runs.runs_of`.
    squares : ndarray, shape (n,), int32
        Squared distances of the coefficients from the origin of the lattice.
    weights : ndarray, shape (n,), float32
        Factors for the coefficients.
    """

    size: int
    runs: np.ndarray
    squares: np.ndarray
    weights: np.ndarray

    @property
    def x(self) -> np.ndarray:
        """Lattice index along x of every coefficient, shape (n,)."""
        first, stop = self.runs[:, 2], self.runs[:, 3]
        before = np.cumsum(stop - first) - (stop - first)
        return np.arange(len(self.squares)) - np.repeat(before - first, stop - first)

    def values(self, spectrum: np.ndarray) -> np.ndarray:
        """Weighted coefficients of a half spectrum, shape (n,), complex64."""
        found = gathered(spectrum, self.runs)
        found *= self.weights
        return found

    def power(self, power: np.ndarray) -> np.ndarray:
        """Weighted sums of the power of a half spectrum, by parts of a Fourier shell.

        Parameters
        ----------
        power : ndarray, shape (N, N, N // 2 + 1), float32

        Returns
        -------
        ndarray, shape (PARTS * (N // 2 + 1),), float64
            Part ``i`` holds the radii nearest to ``i / PARTS`` shells.
        """
        sums = np.zeros(PARTS * (self.size // 2 + 1))
        _add_up(power, self.runs, self.squares, self.weights, sums)
        return sums

    def box_of(self, first: int, last: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Box about the coefficients between two squared distances.

        As :func:`.lattice_runs.box_of`.
        """
        return box_of(self.runs, first, last)


def cone_weight(angle: np.ndarray, opening: float) -> np.ndarray:
    """Weight of coefficients at angles from the axis.

    Parameters
    ----------
    angle : ndarray
        Degrees, 0 to 90.
    opening : float
        Opening angle of the cone, degrees.

    Returns
    -------
    ndarray, float64
        1 at the axis, 0 beyond the edge.
    """
    # A raised cosine, which is the squared cosine of half the angle.
    return falling_cosine(np.asarray(angle, float) / (_REACH * opening))


def soft_cone(size: int, axis: np.ndarray, opening: float) -> SoftCone:
    """Coefficients in a cone with a soft edge about one end of an axis.

    Parameters
    ----------
    size : int
        Side of the box in voxels.
    axis : ndarray, shape (3,)
        Unit vector, ``x, y, z``.
    opening : float
        Opening angle of the cone, degrees, at most 90.
    """
    direction = np.ascontiguousarray(axis[::-1], np.float64)
    runs = runs_of(size, axis, _REACH * opening, False)
    # A table replaces the arc cosine and cosine of every coefficient, which take most of the time.
    cosines = np.minimum(np.arange(_TABLE + 2) / _TABLE, 1.0)
    table = cone_weight(np.rad2deg(np.arccos(cosines)), opening).astype(np.float32)
    return SoftCone(size, runs, *_weights(runs, direction, table))


def half_space(size: int) -> SoftCone:
    """One coefficient of each conjugate pair of a whole spectrum, all with weight 1.

    That includes the plane ``kx = 0``, of which half of the coefficients are listed.
    """
    axis = _NEARLY_X / np.linalg.norm(_NEARLY_X)
    runs = runs_of(size, axis, 90.0, False)
    table = np.ones(_TABLE + 2, np.float32)
    return SoftCone(size, runs, *_weights(runs, np.ascontiguousarray(axis[::-1]), table))


@numba.njit(nogil=True, cache=True)
def _weights(runs, direction, table):  # type: ignore[no-untyped-def]
    """Squared distances and weights of the coefficients of runs."""
    count = coefficients_in(runs)
    squares, weights = np.empty(count, np.int32), np.empty(count, np.float32)
    i = 0
    for run in range(len(runs)):
        z, y = runs[run, 0], runs[run, 1]
        offset = z * direction[0] + y * direction[1]
        transverse = z * z + y * y
        for x in range(runs[run, 2], runs[run, 3]):
            square = transverse + x * x
            cosine = (offset + x * direction[2]) / math.sqrt(square)
            place = min(max(cosine, 0.0), 1.0) * _TABLE
            low = int(place)
            squares[i] = square
            weights[i] = table[low] + np.float32(place - low) * (table[low + 1] - table[low])
            i += 1
    return squares, weights


@numba.njit(nogil=True, cache=True)
def _add_up(power, runs, squares, weights, sums):  # type: ignore[no-untyped-def]
    size = power.shape[0]
    i = 0
    for run in range(len(runs)):
        kz, ky = runs[run, 0], runs[run, 1]
        positive, negative = power[kz % size, ky % size], power[-kz % size, -ky % size]
        for kx in range(runs[run, 2], runs[run, 3]):
            value = negative[-kx] if kx < 0 else positive[kx]
            part = int(PARTS * math.sqrt(squares[i]) + 0.5)
            sums[part] += value * weights[i] * weights[i]
            i += 1
