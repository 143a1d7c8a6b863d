"""Where noise is sampled, and the threshold it sets.

The noise along an axis is the amplitude over solvent that lies, seen from the
centre, within 45 degrees of the axis: cone filtering smears the particle
mostly across the axis (Vilas et al. 2020, Methods).  The threshold of a rung
is the ``significance`` quantile of that sample.

The sample is taken at the points of the coarse grid on which the amplitude was
computed; the interpolation to voxels reproduces these values, so that the
quantile has no bias against the values it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from .fade import STEPS

__all__ = ["NoiseRegion", "noise_edge", "sample", "shell_variances", "threshold"]

#: Angle from the axis within which solvent is sampled, degrees.
SOLVENT_ANGLE = 45.0
#: The noise has ended where its variance has fallen to this fraction.
_FALLEN = 0.1


@dataclass(frozen=True)
class NoiseRegion:
    """Voxels whose amplitude is noise.

    Attributes
    ----------
    voxels : ndarray of bool, shape (N, N, N)
        The region, ``[z, y, x]``.
    angle : float
        Only voxels within this angle of the axis count (degrees; 90 for all).
    """

    voxels: np.ndarray
    angle: float


def shell_variances(volume: np.ndarray, solvent: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Variance of the solvent in shells one voxel thick.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map.
    solvent : ndarray of bool, shape (N, N, N)
        Voxels outside the particle.
    radius : ndarray, shape (N, N, N)
        Distance from the centre in voxels.

    Returns
    -------
    ndarray, shape (N // 2,), float64
        Variance per shell; NaN for shells without solvent.
    """
    edge = volume.shape[0] // 2
    inside = solvent & (radius < edge)
    shell = radius[inside].astype(np.int32)
    values = volume[inside].astype(np.float64)
    count = np.bincount(shell, minlength=edge).astype(float)
    count[count == 0] = np.nan
    mean = np.bincount(shell, values, minlength=edge) / count
    return np.bincount(shell, (values - mean[shell]) ** 2, minlength=edge) / count


def noise_edge(volume: np.ndarray, solvent: np.ndarray, radius: np.ndarray) -> int:
    """Radius at which the noise ends: that of a spherical mask, sharp or soft.

    Parameters
    ----------
    volume, solvent, radius
        As for :func:`shell_variances`.

    Returns
    -------
    int
        First shell whose variance is below a tenth of the median over the
        shells inside it, or ``N // 2`` if there is none; voxels.
    """
    variances = shell_variances(volume, solvent, radius)
    shells = np.flatnonzero(np.isfinite(variances))
    for i in range(1, len(shells)):
        if variances[shells[i]] < _FALLEN * np.median(variances[shells[:i]]):
            return int(shells[i])
    return len(variances)


def sample(
    grid: np.ndarray, region: NoiseRegion, axis: np.ndarray, carried: np.ndarray
) -> np.ndarray:
    """Values of a coarse grid in a noise region, free of the fading.

    Parameters
    ----------
    grid : ndarray, shape (mz, my, mx), float32
        Amplitude; grid point ``m`` lies at voxel ``m * N / M``.
    region : NoiseRegion
    axis : ndarray, shape (3,)
        Unit vector, ``x, y, z``.
    carried : ndarray, float32
        Fading by radius (:func:`monodir_plugin.numerics.fade.carried_inwards`)
        to divide by; empty to leave the values as they are.

    Returns
    -------
    ndarray, float32
    """
    cosine2 = np.cos(np.deg2rad(region.angle)) ** 2 if region.angle < 90 else 0.0
    direction = np.ascontiguousarray(axis[::-1], np.float64)
    return _collect(grid, region.voxels, direction, cosine2, carried)


def threshold(values: np.ndarray, significance: float) -> float:
    """Quantile of a noise sample: element ``floor(significance * n)`` of the sorted values."""
    position = min(int(significance * values.size), values.size - 1)
    return float(np.partition(values, position)[position])


@numba.njit(nogil=True, cache=True)
def _collect(grid, region, direction, cosine2, carried):  # type: ignore[no-untyped-def]
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
                if along * along >= cosine2 * square:
                    out[count] = grid[z, y, x]
                    if len(carried):
                        place = int(np.sqrt(square) * STEPS + 0.5)
                        out[count] /= carried[min(place, len(carried) - 1)]
                    count += 1
    return out[:count]
