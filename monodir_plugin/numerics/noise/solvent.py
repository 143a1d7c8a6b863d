"""Where a map holds noise alone: solvent off the particle, inside the sphere of noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterator, Optional, Tuple

import numpy as np
from scipy.ndimage import binary_dilation

from ..geometry.grid import distance_map
from ..published.edge_taper import FADE_WIDTH

__all__ = [
    "NoNoiseError",
    "Solvent",
    "off_the_particle",
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
#: Voxels kept clear of the sphere at which the noise ends, which may be soft.
_MARGIN = 4.0


class NoNoiseError(ValueError):
    """Nowhere in the box is there noise to compare with."""


@dataclass(frozen=True)
class Solvent:
    """Where the noise is.

    Attributes
    ----------
    region : ndarray of bool, shape (N, N, N)
    edge : float
        Radius in voxels at which the noise ends: half the box, or that of a sphere
        by which the map was masked.
    outer : float
        Radius in voxels up to which noise is sampled.
    """

    region: np.ndarray
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

    def planes() -> Iterator[Tuple[np.ndarray, np.ndarray]]:
        # The whole box at once would take thirty bytes a voxel.
        for values, outside, far in zip(volume, solvent, radius):
            inside = outside & (far < edge)
            yield far[inside].astype(np.int32), values[inside].astype(np.float64)

    count, total, squares = np.zeros((3, edge))
    for shell, values in planes():
        count += np.bincount(shell, minlength=edge)
        total += np.bincount(shell, values, minlength=edge)
    count[count == 0] = np.nan
    mean = total / count
    for shell, values in planes():
        squares += np.bincount(shell, (values - mean[shell]) ** 2, minlength=edge)
    return squares / count


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


def off_the_particle(
    volume: np.ndarray, mask: np.ndarray, noise_radius: Optional[float]
) -> Solvent:
    """All solvent off the mask and inside the sphere of noise.

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
    return Solvent(voxels, edge, edge - _MARGIN)


def outside_the_largest_radius(
    volume: np.ndarray,
    mask: np.ndarray,
    noise_radius: Optional[float],
    find_edge: Callable[[np.ndarray, np.ndarray, np.ndarray], int],
) -> Solvent:
    """Solvent beyond the largest radius of the mask.

    Parameters, value and errors as for :func:`off_the_particle`; ``find_edge``
    is called with map, solvent and radius.
    """
    size = volume.shape[0]
    radius = distance_map(size)
    inner = float(np.floor(radius[mask].max()))
    edge = noise_radius or find_edge(volume, ~mask & (radius > inner), radius)
    outer = min(size / 2 - FADE_WIDTH, float(edge))
    voxels = ~mask & (radius > inner) & (radius <= outer)
    check_noise(volume, mask, voxels)
    return Solvent(voxels, min(float(edge), size / 2), outer)


def check_noise(volume: np.ndarray, mask: np.ndarray, voxels: np.ndarray) -> None:
    """Refuse solvent without noise, or with hardly more than the rim of a mask in it."""
    particle = float(np.std(volume[mask], dtype=np.float64))
    values = volume[voxels]
    solvent = float(np.median(np.abs(values - np.median(values)))) if values.size else 0.0
    if not solvent > _LEAST_NOISE * particle:
        raise NoNoiseError(
            "there is no noise left in the solvent: give the half maps, or the map as it was "
            "before masking"
        )
