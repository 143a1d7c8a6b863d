"""Fading of the amplitude to zero at the inscribed sphere, as the authors' program does.

The amplitude is faded before it is low-passed, so that what lies beyond the
sphere does not leak in.  The low-pass filter carries the fading inwards: near the sphere the
amplitude comes out too small.  The default preset leaves it out.
"""

from __future__ import annotations

from typing import Optional

import numba
import numpy as np

__all__ = ["FADE_WIDTH", "Fade"]

#: Voxels over which the amplitude fades before the inscribed sphere.
FADE_WIDTH = 7.0
#: Weights per squared voxel in the table of the rim.
_PARTS = 4


class Fade:
    """Raised cosine that ends at a sphere about the centre of the box.

    Parameters
    ----------
    size : int
        Box side in voxels; the centre is voxel ``size // 2``.
    outer : float
        Radius in voxels at which the amplitude has faded to zero.
    width : float
        Voxels over which it fades.
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
        inward = np.clip((self.outer - radius) / self.width, 0.0, 1.0)
        return 0.5 * (1 - np.cos(np.pi * inward))

    def apply(self, grid: np.ndarray, first: int = 0, planes: Optional[int] = None) -> None:
        """Fade a grid that spans the box, or some of its planes, in place.

        Parameters
        ----------
        grid : ndarray, shape (mz, my, mx), float32
            Point ``m`` lies at voxel ``m * N / M``.
        first : int
            Which plane of the whole grid the first one is.
        planes : int, optional
            Planes of the whole grid; as many as there are in ``grid`` by default.
        """
        _fade(grid, first, planes or len(grid), self.size, self.outer**2, self._inner**2, self._rim)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _fade(grid, first, planes, size, outer2, inner2, rim):  # type: ignore[no-untyped-def]
    """Fade rows; of most of them the middle needs none."""
    mz, my, mx = grid.shape
    centre = size // 2
    step = size / mx
    for z in range(mz):
        for y in range(my):
            row = grid[z, y]
            offside = ((z + first) * size / planes - centre) ** 2 + (y * size / my - centre) ** 2
            half, clear = np.sqrt(max(outer2 - offside, 0.0)), np.sqrt(max(inner2 - offside, 0.0))
            start = min(max(int(np.ceil((centre - half) / step)), 0), mx)
            stop = max(min(int((centre + half) / step) + 1, mx), start)
            row[:start] = 0
            row[stop:] = 0
            left = min(max(int(np.ceil((centre - clear) / step)), start), stop)
            right = max(min(int((centre + clear) / step) + 1, stop), left)
            if clear == 0.0:
                left = right = stop
            _fade_part(row[start:left], start * step - centre, step, offside - inner2, rim)
            _fade_part(row[right:stop], right * step - centre, step, offside - inner2, rim)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _fade_part(row, place, step, offset, rim):  # type: ignore[no-untyped-def]
    last = len(rim) - 1
    for x in range(len(row)):
        position = place + x * step
        beyond = max(position * position + offset, 0.0)
        row[x] *= rim[min(int(beyond * _PARTS + 0.5), last)]
