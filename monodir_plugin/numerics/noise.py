"""Noise regions, samples of the noise, and the threshold they set.

Cone filtering smears the particle, mostly across the axis.  By default the noise
along an axis is therefore the amplitude over solvent that lies beyond the
particle's extent along that axis, whatever its shape; Vilas et al. 2020 (Methods)
take solvent within 45 degrees of the axis, seen from the centre, which is as good
for a round particle.  The threshold of a rung is the ``significance`` quantile of
that sample.

The sample is taken on lines of the grid on which the amplitude was computed;
the interpolation to voxels reproduces these values, so that the quantile has no
bias against the values it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import ducc0
import numba
import numpy as np

from .fade import STEPS
from .lines import Lines, points_of
from .scratch import Scratch

__all__ = ["SOLVENT_ANGLE", "NoiseAlong", "NoiseRegion", "NoiseSample", "threshold"]

#: Angle from the axis within which solvent is sampled by the published rule, degrees.
SOLVENT_ANGLE = 45.0
#: Share of the particle's voxels that may stick out of its extent at either end, and the
#: distance from it in voxels.
_STICKING_OUT, _CLEARANCE = 0.002, 2.0
#: With a smaller share of the solvent, or fewer voxels, beyond the particle the published rule
#: is used.
_LEAST_BEYOND, _FEWEST_BEYOND = 0.02, 1000

#: Small boxes hold few independent noise values, which are sampled the more finely: at this many
#: points over the square of the box's side, of larger boxes no fewer than ENOUGH_POINTS.
_POINTS_TIMES_SQUARED_SIZE, _ENOUGH_POINTS = 1.2e9, 60_000


@dataclass(frozen=True)
class NoiseSample:
    """Noise along an axis.

    Attributes
    ----------
    values : ndarray, float32
    volume : float
        Voxels of the region that the values stand for.
    """

    values: np.ndarray
    volume: float


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

    def sample(self, lines: Lines, carried: np.ndarray, scratch: Scratch) -> NoiseSample:
        """Values of a low-passed field in the region, free of the fading.

        Parameters
        ----------
        lines : Lines
        carried : ndarray, float32
            Fading by radius (:func:`monodir_plugin.numerics.fade.carried_inwards`)
            to divide by; empty to leave the values as they are.
        scratch : Scratch

        Returns
        -------
        NoiseSample
        """
        lz, ly, width = lines.coefficients.shape
        points = max(ducc0.fft.good_size(2 * width), min(lz, ly))
        enough = max(_ENOUGH_POINTS, _POINTS_TIMES_SQUARED_SIZE / lines.size**2)
        stride = max(1, int(lz * ly * points / enough))
        chosen = np.flatnonzero((np.arange(lz)[:, None] + 2 * np.arange(ly)) % stride == 0)
        padded = scratch.zeros("noise lines", (len(chosen), points // 2 + 1), np.complex64)
        padded[:, :width] = lines.coefficients.reshape(-1, width)[chosen]
        values = scratch.empty("noise", (len(chosen) * points,), np.float32)
        count = _collect(
            points_of(padded, points, scratch),
            np.stack([chosen // ly / lz, chosen % ly / ly], axis=1) * lines.size,
            self.voxels,
            self.direction,
            self.cosine2,
            self.low,
            self.high,
            1 / carried,
            values,
        )
        return NoiseSample(values[:count], count / values.size * lines.size**3)


def threshold(values: np.ndarray, significance: float) -> float:
    """Quantile of a noise sample: element ``floor(significance * n)`` of the sorted values."""
    position = min(int(significance * values.size), values.size - 1)
    return float(np.partition(values, position)[position])


@numba.njit(nogil=True, cache=True)
def _collect(  # type: ignore[no-untyped-def]
    values, places, region, direction, cosine2, low, high, inverse, out
):
    lines, points = values.shape
    size = region.shape[0]
    centre = size // 2
    last = len(inverse) - 1
    place = np.arange(points) * (size / points)
    near = (place + 0.5).astype(np.int64) % size
    count = 0
    for line in range(lines):
        z, y = places[line, 0], places[line, 1]
        row = region[int(z + 0.5) % size, int(y + 0.5) % size]
        dz, dy = z - centre, y - centre
        aside, offside = dz * direction[0] + dy * direction[1], dz * dz + dy * dy
        for x in range(points):
            dx = place[x] - centre
            along, square = aside + dx * direction[2], offside + dx * dx
            beyond = (along <= low) | (along >= high)
            if row[near[x]] & beyond & (along * along >= cosine2 * square):
                value = values[line, x]
                if last >= 0:
                    value *= inverse[min(int(np.sqrt(square) * STEPS + 0.5), last)]
                out[count] = value
                count += 1
    return count
