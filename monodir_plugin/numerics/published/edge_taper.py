"""Fading of the amplitude to zero at the inscribed sphere, as the authors' program does.

The amplitude is multiplied by a taper before it is low-passed, so that amplitudes beyond the sphere
do not leak in.  The low-pass filter spreads the taper inwards, so that amplitudes near the sphere
are too small.  The default preset has no taper.
"""

from __future__ import annotations

import math
from typing import Sequence, Tuple

import numba
import numpy as np

from ..geometry.soft_edges import rising_cosine
from ..solvent.region import SPHERE_MARGIN

__all__ = ["FADE_WIDTH", "Fade"]

#: Voxels over which the amplitude fades before the inscribed sphere.
FADE_WIDTH = SPHERE_MARGIN
#: Entries per squared voxel in the table of weights.
_PARTS = 4


class Fade:
    """Raised cosine that ends at a sphere about the centre of the box.

    Parameters
    ----------
    size : int
        Box side in voxels; the centre is voxel ``size // 2``.
    outer : float
        Radius in voxels at which the weight is zero.
    width : float
        Voxels over which the weight falls from 1 to 0.
    """

    def __init__(self, size: int, outer: float, width: float) -> None:
        self.size = size
        self.outer = outer
        self.width = width
        squares = self._inner**2 + np.arange(int((outer**2 - self._inner**2) * _PARTS) + 2) / _PARTS
        self._rim = self.weights(np.sqrt(squares)).astype(np.float32)

    @property
    def _inner(self) -> float:
        return max(self.outer - self.width, 0.0)

    def weights(self, radius: np.ndarray) -> np.ndarray:
        """Weight at each distance from the centre, in voxels."""
        return rising_cosine((self.outer - radius) / self.width)

    def apply(self, part: np.ndarray, start: Tuple[int, int], shape: Sequence[int]) -> None:
        """Multiply a part of a grid that spans the box by the taper, in place.

        Parameters
        ----------
        part : ndarray, shape (planes, rows, mx), float32
            Some planes, and some rows of them; point ``m`` of ``M`` lies at voxel ``m * N / M``.
        start : tuple of int
            First plane and first row.
        shape : sequence of int
            Shape of the whole grid, ``(mz, my, mx)``.
        """
        whole = (int(shape[0]), int(shape[1]))
        _fade(part, start, whole, self.size, self.outer**2, self._inner**2, self._rim)

    def rows_within(
        self, first: int, stop: int, shape: Sequence[int], further: int = 0
    ) -> Tuple[int, int]:
        """Rows that reach into the sphere: the first, and the one after the last.

        Parameters
        ----------
        first, stop : int
            Planes of a grid that spans the box.
        shape : sequence of int
            Shape of the whole grid.
        further : int
            Points of the grid by which the radius of the sphere is increased.
        """
        z_step, y_step = self.size / shape[0], self.size / shape[1]
        centre = self.size // 2
        outer = self.outer + further * max(z_step, y_step)
        beside = max(first * z_step - centre, centre - (stop - 1) * z_step, 0.0)
        half = math.sqrt(max(outer**2 - beside**2, 0.0))
        low = max(math.floor((centre - half) / y_step), 0)
        return low, min(math.ceil((centre + half) / y_step) + 1, shape[1])


@numba.njit(nogil=True, cache=True, fastmath=True)
def _fade(part, start, shape, size, outer2, inner2, rim):  # type: ignore[no-untyped-def]
    """Multiply rows by the taper; the middle of most rows has weight 1 and is skipped."""
    planes, rows, mx = part.shape
    centre = size // 2
    step = size / mx
    for plane in range(planes):
        z = (plane + start[0]) * size / shape[0] - centre
        for line in range(rows):
            y = (line + start[1]) * size / shape[1] - centre
            row = part[plane, line]
            offside = z * z + y * y
            half, clear = np.sqrt(max(outer2 - offside, 0.0)), np.sqrt(max(inner2 - offside, 0.0))
            begin = min(max(int(np.ceil((centre - half) / step)), 0), mx)
            stop = max(min(int((centre + half) / step) + 1, mx), begin)
            row[:begin] = 0
            row[stop:] = 0
            left = min(max(int(np.ceil((centre - clear) / step)), begin), stop)
            right = max(min(int((centre + clear) / step) + 1, stop), left)
            if clear == 0.0:
                left = right = stop
            _fade_part(row[begin:left], begin * step - centre, step, offside - inner2, rim)
            _fade_part(row[right:stop], right * step - centre, step, offside - inner2, rim)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _fade_part(row, place, step, offset, rim):  # type: ignore[no-untyped-def]
    last = len(rim) - 1
    for x in range(len(row)):
        position = place + x * step
        beyond = max(position * position + offset, 0.0)
        row[x] *= rim[min(int(beyond * _PARTS + 0.5), last)]
