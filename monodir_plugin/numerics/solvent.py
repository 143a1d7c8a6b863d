"""Where a map holds noise alone: solvent off the particle, inside the sphere of noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional

import numpy as np
from scipy.ndimage import binary_dilation

from .fade import FADE_WIDTH
from .geometry import box_centre, distance_map, voxel_positions
from .noise import SOLVENT_ANGLE, NoiseRegion

__all__ = [
    "NoNoiseError",
    "Solvent",
    "beyond_the_particle",
    "inside_the_mask",
    "noise_edge",
    "outside_the_largest_radius",
    "shell_variances",
]

#: Voxels between the mask and the solvent.
_CLEARANCE = 3
#: A thinner shell of solvent beyond the particle does not tell where the noise ends.
_THINNEST_SHELL = 4
#: The noise has ended where its variance has fallen to this fraction.
_FALLEN = 0.1
#: Solvent with a smaller share of the particle's deviation holds no noise.
_LEAST_NOISE = 1e-4
#: Positions kept to find the particle's extent along an axis.
_POSITIONS = 20_000
#: Where the fading is divided out, its inner quarter is still of use.
_MARGIN = 0.75 * FADE_WIDTH


class NoNoiseError(ValueError):
    """Nowhere in the box is there noise to compare with."""


@dataclass(frozen=True)
class Solvent:
    """Where the noise is.

    Attributes
    ----------
    region : NoiseRegion
    edge : float
        Radius in voxels at which the noise ends: half the box, or that of a sphere
        by which the map was masked.
    outer : float
        Radius in voxels up to which noise is sampled.
    """

    region: NoiseRegion
    edge: float
    outer: float


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


def beyond_the_particle(
    volume: np.ndarray, mask: np.ndarray, noise_radius: Optional[float]
) -> Solvent:
    """Solvent off the mask; of it, along an axis, what lies beyond the particle.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map.
    mask : ndarray of bool, shape (N, N, N)
    noise_radius : float or None
        Radius in voxels beyond which there is no noise; ``None``: found.

    Returns
    -------
    Solvent

    Raises
    ------
    NoNoiseError
        If the solvent holds no noise.
    """
    size = volume.shape[0]
    radius = distance_map(size)
    near = binary_dilation(mask, iterations=_CLEARANCE)
    reach = float(np.floor(radius[mask].max()))
    shell = ~near & (radius > reach) if reach < size / 2 - _THINNEST_SHELL else ~near
    edge = min(float(noise_radius or noise_edge(volume, shell, radius)), size / 2)
    voxels = ~near & (radius <= edge - _MARGIN)
    check_noise(volume, mask, voxels)
    region = NoiseRegion(
        voxels, SOLVENT_ANGLE, particle=_some_positions(mask), solvent=_some_positions(voxels)
    )
    return Solvent(region, edge, edge - _MARGIN)


def outside_the_largest_radius(
    volume: np.ndarray,
    mask: np.ndarray,
    noise_radius: Optional[float],
    find_edge: Callable[[np.ndarray, np.ndarray, np.ndarray], int],
) -> Solvent:
    """Solvent beyond the largest radius of the mask, within 45 degrees of the axis.

    Parameters, value and errors as for :func:`beyond_the_particle`; ``find_edge``
    is called with map, solvent and radius.
    """
    size = volume.shape[0]
    radius = distance_map(size)
    inner = float(np.floor(radius[mask].max()))
    edge = noise_radius or find_edge(volume, ~mask & (radius > inner), radius)
    outer = min(size / 2 - FADE_WIDTH, float(edge))
    voxels = ~mask & (radius > inner) & (radius <= outer)
    check_noise(volume, mask, voxels)
    return Solvent(NoiseRegion(voxels, SOLVENT_ANGLE), min(float(edge), size / 2), outer)


def inside_the_mask(mask: np.ndarray) -> NoiseRegion:
    """The mask itself, for a map of noise alone; without the rim where the amplitude is faded."""
    size = mask.shape[0]
    return NoiseRegion(mask & (distance_map(size) <= size / 2 - _MARGIN), 90.0)


def check_noise(volume: np.ndarray, mask: np.ndarray, voxels: np.ndarray) -> None:
    """Refuse solvent without noise."""
    particle = float(np.std(volume[mask], dtype=np.float64))
    solvent = float(np.std(volume[voxels], dtype=np.float64)) if voxels.any() else 0.0
    if not solvent > _LEAST_NOISE * particle:
        raise NoNoiseError(
            "there is no noise left in the solvent: give the half maps, or the map as it was "
            "before masking"
        )


def _some_positions(voxels: np.ndarray) -> np.ndarray:
    """Positions from the centre, ``x, y, z``, of evenly chosen voxels."""
    indices = np.flatnonzero(voxels)
    chosen = indices[:: max(1, len(indices) // _POSITIONS)]
    return voxel_positions(chosen, voxels.shape) - box_centre(voxels.shape[0])
