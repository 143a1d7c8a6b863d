"""Noise regions, samples of the noise, and the threshold they set.

Cone filtering smears the particle, mostly across the axis.  By default the noise
along an axis is therefore the amplitude over solvent that lies beyond the
particle's extent along that axis, whatever its shape; Vilas et al. 2020 (Methods)
take solvent within 45 degrees of the axis, seen from the centre, which is as good
for a round particle.  The threshold of a rung is the ``significance`` quantile of
that sample.

The sample is taken at the points of the coarse grid on which the amplitude was
computed; the interpolation to voxels reproduces these values, so that the
quantile has no bias against the values it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import numba
import numpy as np

from .fade import STEPS

__all__ = ["SOLVENT_ANGLE", "NoiseAlong", "NoiseRegion", "threshold"]

#: Angle from the axis within which solvent is sampled by the published rule, degrees.
SOLVENT_ANGLE = 45.0
#: Share of the particle's voxels that may stick out of its extent at either end, and the
#: distance from it in voxels.
_STICKING_OUT, _CLEARANCE = 0.002, 2.0
#: With a smaller share of the solvent, or fewer voxels, beyond the particle the published rule
#: is used.
_LEAST_BEYOND, _FEWEST_BEYOND = 0.02, 1000


@dataclass(frozen=True)
class NoiseRegion:
    """Voxels whose amplitude is noise.

    Attributes
    ----------
    voxels : ndarray of bool, shape (N, N, N)
        The region, ``[z, y, x]``.
    angle : float
        Only voxels within this angle of the axis count (degrees; 90 for all).
    particle, solvent : ndarray, shape (n, 3), or None
        Positions from the centre of the box, ``x, y, z``, of some of the voxels of
        particle and region: only what lies beyond the particle along the axis
        counts then, at any angle, where there is enough of it.
    """

    voxels: np.ndarray
    angle: float
    particle: Optional[np.ndarray] = None
    solvent: Optional[np.ndarray] = None

    def along(self, axis: np.ndarray) -> NoiseAlong:
        """The part of the region that counts along an axis (unit vector, ``x, y, z``)."""
        low, high = self.beyond(axis) or (0.0, 0.0)
        cosine = 0.0
        if low == high and self.angle < 90:
            cosine = float(np.cos(np.deg2rad(self.angle)))
        direction = np.ascontiguousarray(axis[::-1], np.float64)
        return NoiseAlong(self.voxels, direction, cosine**2, low, high)

    def beyond(self, axis: np.ndarray) -> Optional[Tuple[float, float]]:
        """Extent of the particle along an axis in voxels; none if hardly anything is beyond."""
        if self.particle is None or self.solvent is None:
            return None
        low, high = np.quantile(self.particle @ axis, [_STICKING_OUT, 1 - _STICKING_OUT])
        low, high = low - _CLEARANCE, high + _CLEARANCE
        along = self.solvent @ axis
        share = np.mean((along < low) | (along > high))
        if share < _LEAST_BEYOND or share * np.count_nonzero(self.voxels) < _FEWEST_BEYOND:
            return None
        return float(low), float(high)


@dataclass(frozen=True)
class NoiseAlong:
    """The part of a noise region that counts along one axis.

    Attributes
    ----------
    voxels : ndarray of bool, shape (N, N, N)
    direction : ndarray, shape (3,)
        The axis, ``z, y, x``.
    cosine2 : float
        Least squared cosine of the angle from the axis.
    low, high : float
        Extent along the axis, in voxels from the centre, that does not count.
    """

    voxels: np.ndarray
    direction: np.ndarray
    cosine2: float
    low: float
    high: float

    def sample(self, grid: np.ndarray, carried: np.ndarray) -> np.ndarray:
        """Values of a coarse grid in the region, free of the fading.

        Parameters
        ----------
        grid : ndarray, shape (mz, my, mx), float32
            Amplitude; grid point ``m`` lies at voxel ``m * N / M``.
        carried : ndarray, float32
            Fading by radius (:func:`monodir_plugin.numerics.fade.carried_inwards`)
            to divide by; empty to leave the values as they are.

        Returns
        -------
        ndarray, float32
        """
        return _collect(
            grid, self.voxels, self.direction, self.cosine2, self.low, self.high, carried
        )


def threshold(values: np.ndarray, significance: float) -> float:
    """Quantile of a noise sample: element ``floor(significance * n)`` of the sorted values."""
    position = min(int(significance * values.size), values.size - 1)
    return float(np.partition(values, position)[position])


@numba.njit(nogil=True, cache=True)
def _collect(grid, region, direction, cosine2, low, high, carried):  # type: ignore[no-untyped-def]
    mz, my, mx = grid.shape
    size = region.shape[0]
    centre = size // 2
    out = np.empty(grid.size, np.float32)
    count = 0
    near_x = np.empty(mx, np.int64)
    for x in range(mx):
        near_x[x] = int(x * size / mx + 0.5) % size
    for z in range(mz):
        dz = z * size / mz - centre
        plane = region[int(z * size / mz + 0.5) % size]
        for y in range(my):
            dy = y * size / my - centre
            row = plane[int(y * size / my + 0.5) % size]
            for x in range(mx):
                if not row[near_x[x]]:
                    continue
                dx = x * size / mx - centre
                along = dz * direction[0] + dy * direction[1] + dx * direction[2]
                square = dz * dz + dy * dy + dx * dx
                if low < along < high:
                    continue
                if along * along >= cosine2 * square:
                    out[count] = grid[z, y, x]
                    if len(carried):
                        place = int(np.sqrt(square) * STEPS + 0.5)
                        out[count] /= carried[min(place, len(carried) - 1)]
                    count += 1
    return out[:count]
