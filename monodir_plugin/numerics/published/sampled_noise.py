"""Samples of the noise along an axis, and the quantile of a sample.

Vilas et al. 2020 (Methods) sample the noise at a frequency by the amplitude over solvent within 45
degrees of the axis, seen from the centre: a cone filter smears the particle mostly perpendicular
to the axis.  Without a cone, all of the solvent is sampled.

The sample is taken on lines of the grid on which the amplitude was computed.  The interpolation to
voxels reproduces these values, so that the quantile has no bias against the values that are
compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import ducc0
import numba
import numpy as np

from ..fourier.lattice import in_double_cone
from ..fourier.partial_fourier import Lines, points_of
from ..parallel.buffers import Scratch
from .coned_amplitude import coned_amplitude
from .edge_taper import Fade
from .filters import Filters
from .hard_cone import HalfCone, half_cone

__all__ = [
    "SAMPLED_LINES",
    "NoiseSample",
    "SampledNoise",
    "SampledNoiseAlong",
    "TooLittleNoiseError",
]

#: Angle from the axis within which solvent is sampled, degrees.
SOLVENT_ANGLE = 45.0
#: Fewer values have no quantile that could be used.
FEWEST_NOISE_VALUES = 100
#: Number of sampled points: the first number over the square of the box's side, at least the
#: second.  Small boxes hold few independent noise values, and are sampled more finely.
_POINTS_TIMES_SQUARED_SIZE, _ENOUGH_POINTS = 1.2e9, 60_000
#: Least number of lines of a low-passed field along z and along y.
SAMPLED_LINES = 64


class TooLittleNoiseError(ValueError):
    """The noise region holds too few points for a threshold."""


@dataclass(frozen=True)
class NoiseSample:
    """Amplitudes of noise.

    Attributes
    ----------
    values : ndarray, float32
    """

    values: np.ndarray

    def quantile(self, share: float) -> float:
        """Element ``floor(share * n)`` of the sorted values; changes the order of ``values``."""
        position = min(int(share * self.values.size), self.values.size - 1)
        self.values.partition(position)
        return float(self.values[position])


@dataclass(frozen=True)
class SampledNoise:
    """Noise whose amplitude is sampled.

    Attributes
    ----------
    spectrum : ndarray or None
        Half spectrum of a map of noise alone; ``None``: the noise is sampled in the map itself.
    region : ndarray of bool, shape (N, N, N)
        Where the amplitude is noise, ``[z, y, x]``.
    angle : float
        Only voxels within this angle of the axis are sampled (degrees; 90 for all).
    filters : Filters
    fade : Fade
    half_angle : float
        Half the opening of the cones, degrees.
    """

    spectrum: Optional[np.ndarray]
    region: np.ndarray
    angle: float
    filters: Filters
    fade: Fade
    half_angle: float

    def for_axis(self, axis: np.ndarray) -> SampledNoiseAlong:
        """Noise along an axis (unit vector, ``x, y, z``)."""
        cone = None
        if self.spectrum is not None:
            cone = half_cone(self.spectrum, axis, self.half_angle, True)
        return SampledNoiseAlong(self, cone, np.ascontiguousarray(axis[::-1], np.float64))


@dataclass(frozen=True)
class SampledNoiseAlong:
    """Noise along one axis, by frequency."""

    noise: SampledNoise
    cone: Optional[HalfCone]
    direction: np.ndarray

    def planes(self, depth: int) -> np.ndarray:
        """Which of ``depth`` planes of lines are sampled, ascending."""
        # Twice as many planes as points equally sparse in all three dimensions would have.
        step = int((depth**3 / _enough_points(self.noise.filters.size)) ** 0.5 / 2)
        return np.arange(0, depth, max(step, 1))

    def sample(self, index: int, lines: Lines, scratch: Scratch) -> NoiseSample:
        """Sample of the amplitude at one test frequency.

        Parameters
        ----------
        index : int
        lines : Lines
            Amplitude of the map, at least in :meth:`planes`; used if the noise is that of the map.
        scratch : Scratch

        Raises
        ------
        TooLittleNoiseError
            If the noise region holds too few points within its angle of the axis.
        """
        if self.cone is not None:
            noise = self.noise
            found = coned_amplitude(
                self.cone, noise.filters, index, noise.fade, scratch, self.planes
            )
            # The cone of the map holds the same coefficients, and is not empty in this band.
            assert found is not None
            lines = found
        sample = self._sample(lines, scratch)
        if sample.values.size < FEWEST_NOISE_VALUES:
            z, y, x = self.direction
            raise TooLittleNoiseError(
                f"only {sample.values.size} points of noise near the axis {x:.2f}, {y:.2f}, {z:.2f}"
            )
        return sample

    def _sample(self, lines: Lines, scratch: Scratch) -> NoiseSample:
        """Values of a low-passed field in the part of the region that is sampled."""
        sampled = self.planes(lines.depth)
        _, ly, width = lines.coefficients.shape
        points = max(ducc0.fft.good_size(2 * width), min(lines.depth, ly))
        stride = max(1, int(len(sampled) * ly * points / _enough_points(lines.size)))
        # The chosen lines of neighbouring planes do not lie above one another.
        chosen = np.flatnonzero(
            (np.arange(len(sampled))[:, None] + 2 * np.arange(ly)) % stride == 0
        )
        planes, rows = chosen // ly, chosen % ly
        padded = scratch.empty("padded", (len(chosen), points // 2 + 1), np.complex64)
        padded[:, :width] = lines.coefficients[np.searchsorted(lines.planes, sampled)[planes], rows]
        padded[:, width:] = 0
        found = scratch.empty("points", (len(chosen), points), np.float32)
        points_of(padded, found)
        values = scratch.empty("noise", (found.size,), np.float32)
        count = _collect(
            found,
            np.stack([sampled[planes] / lines.depth, rows / ly], axis=1) * lines.size,
            self.noise.region,
            self.direction,
            float(np.cos(np.deg2rad(self.noise.angle))) ** 2 if self.noise.angle < 90 else 0.0,
            values,
        )
        return NoiseSample(values[:count])


def _enough_points(size: int) -> float:
    """Number of points of a box at which noise is sampled."""
    return max(_ENOUGH_POINTS, _POINTS_TIMES_SQUARED_SIZE / size**2)


@numba.njit(nogil=True, cache=True)
def _collect(values, places, region, direction, cosine2, out):  # type: ignore[no-untyped-def]
    lines, points = values.shape
    size = region.shape[0]
    centre = size // 2
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
            if row[near[x]] and in_double_cone(along, square, cosine2):
                out[count] = values[line, x]
                count += 1
    return count
