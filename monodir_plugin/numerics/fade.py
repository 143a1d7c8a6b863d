"""Fading of the amplitude to zero at the sphere in which the map holds noise.

The amplitude is faded before it is low-passed, so that what lies beyond the
sphere (corners, the end of a spherical mask) does not leak in.  The low-pass filter
carries the fading inwards: near the sphere the amplitude comes out too small,
which would bias the noise.  Divided by the fading low-passed in the same way
(normalised convolution: Knutsson and Westin, CVPR 1993) it is unbiased again.
"""

from __future__ import annotations

from typing import Optional

import numba
import numpy as np
from scipy.integrate import trapezoid

from .ladder import Ladder

__all__ = ["FADE_WIDTH", "STEPS", "Fade", "carried_inwards"]

#: Radii per voxel at which the carried fading is tabulated.
STEPS = 4
#: Voxels over which the amplitude fades before the inscribed sphere.
FADE_WIDTH = 7.0
#: Weights per squared voxel in the table of the rim.
_PARTS = 4
_LEAST = 0.05


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


def carried_inwards(fade: Fade, ladder: Ladder) -> np.ndarray:
    """The fading as the low-pass filter of every rung leaves it.

    Both are radial, so their convolution is a pair of radial Fourier (order
    zero Hankel) transforms.

    Parameters
    ----------
    fade : Fade
    ladder : Ladder

    Returns
    -------
    ndarray, shape (rungs, points), float32
        Value at radius ``i / STEPS`` voxels, from the centre to the sphere.
    """
    radius = np.arange(int(fade.outer * STEPS) + 2) / STEPS
    limit = float(ladder.high_foot.max())
    frequency = np.linspace(0.0, limit, int(8 * limit * fade.outer) + 2)
    kernel = np.sinc(2 * frequency[:, None] * radius)
    transform = trapezoid(
        4 * np.pi * fade.weights(radius) * radius**2 * kernel, dx=1 / STEPS, axis=1
    )
    edge, foot = ladder.high_edge[:, None], ladder.high_foot[:, None]
    fall = (frequency - edge) / (foot - edge)
    low_pass = 0.5 * (1 + np.cos(np.pi * np.clip(fall, 0.0, 1.0)))
    weighted = low_pass * transform * 4 * np.pi * frequency**2
    carried = trapezoid(weighted[:, :, None] * kernel, frequency, axis=1)
    return np.maximum(carried, _LEAST).astype(np.float32)


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
