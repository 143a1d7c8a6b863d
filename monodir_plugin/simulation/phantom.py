"""Maps with known properties that are made without images.

A particle of random atoms, and maps of it with the noise of a reconstruction from views that are
not uniform: the noise power along every axis follows from the coverage by the views.  And random
density that is blurred by a known Gaussian.
"""

from __future__ import annotations

from typing import Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import gaussian_filter

from ..numerics.geometry.grid import distance_map
from .coverage import coverage_of_axes

__all__ = ["blob_particle", "blurred_density", "noisy_map"]

_RADIUS = 0.27
_ATOM_WIDTH = 0.8


def blob_particle(size: int, seed: int = 0, atoms: int = 3000) -> Tuple[np.ndarray, np.ndarray]:
    """A compact particle of random atoms, and its mask.

    Parameters
    ----------
    size : int
        Box side in voxels.
    seed : int
    atoms : int
        Number of atoms.

    Returns
    -------
    volume : ndarray, shape (size, size, size), float32
        Density with a standard deviation of one inside the mask.
    mask : ndarray of bool, shape (size, size, size)
    """
    rng = np.random.default_rng(seed)
    radius = distance_map(size)
    lumps = gaussian_filter(rng.normal(size=(size,) * 3), 0.06 * size)
    lumps /= lumps.std()
    mask = radius < _RADIUS * size * (1 + 0.12 * lumps)
    places = rng.choice(np.flatnonzero(mask), size=atoms)
    volume = np.bincount(places, minlength=size**3).reshape(mask.shape).astype(np.float32)
    volume = gaussian_filter(volume, _ATOM_WIDTH)
    return volume / volume[mask].std(), mask


def noisy_map(
    particle: np.ndarray, noise: float, concentration: float = 0.0, seed: int = 0
) -> np.ndarray:
    """Map of a particle with the noise of a reconstruction from views about z.

    Parameters
    ----------
    particle : ndarray, shape (N, N, N)
    noise : float
        Standard deviation of the noise where the coverage is one.
    concentration : float
        Of the views about z, as in :func:`.coverage.coverage_of_axes`.
    seed : int

    Returns
    -------
    ndarray, shape (N, N, N), float32
    """
    size = particle.shape[0]
    rng = np.random.default_rng(seed)
    k = np.fft.fftfreq(size)
    length = np.sqrt(
        k[:, None, None] ** 2 + k[None, :, None] ** 2 + np.fft.rfftfreq(size)[None, None, :] ** 2
    )
    length[0, 0, 0] = 1.0
    coverage = coverage_of_axes(k[:, None, None] / length, concentration)
    grains = scipy.fft.rfftn(rng.normal(scale=noise, size=particle.shape))
    signal = scipy.fft.rfftn(particle.astype(np.float64))
    # As in a Wiener filter, so that axes with next to no coverage do not dominate.
    regular = 1e-2
    total = (coverage * signal + np.sqrt(coverage) * grains) * (1 + regular) / (coverage + regular)
    return scipy.fft.irfftn(total, s=particle.shape).astype(np.float32)


def blurred_density(
    size: int,
    covariance: np.ndarray,
    noise: float,
    seed: int = 0,
    half_axes: Tuple[float, float, float] = (_RADIUS, _RADIUS, _RADIUS),
) -> Tuple[np.ndarray, np.ndarray]:
    """White density in an ellipsoid, blurred by a Gaussian, plus white noise.

    The amplitude along the axis d is damped by exp(-2 pi² f² d'Sd).

    Parameters
    ----------
    size : int
        Box side in voxels.
    covariance : ndarray, shape (3, 3)
        S in voxels², in the order ``x, y, z``.
    noise : float
        Standard deviation, in units of that of the density before the blur.
    seed : int
    half_axes : tuple of float
        Half axes of the ellipsoid along ``x, y, z``, in units of the side of the box.

    Returns
    -------
    volume : ndarray, shape (size, size, size), float32
    mask : ndarray of bool, shape (size, size, size)
    """
    rng = np.random.default_rng(seed)
    z, y, x = np.indices((size,) * 3) - size // 2
    mask = sum((u / (h * size)) ** 2 for u, h in zip((x, y, z), half_axes)) < 1
    density = np.where(mask, rng.normal(size=mask.shape), 0.0)
    k = np.fft.fftfreq(size)
    z, y, x = np.meshgrid(k, k, np.fft.rfftfreq(size), indexing="ij")
    frequency = np.stack([x, y, z], axis=-1)
    square = np.einsum("...i,ij,...j->...", frequency, covariance, frequency, optimize=True)
    spectrum = scipy.fft.rfftn(density) * np.exp(-2 * np.pi**2 * square)
    volume = scipy.fft.irfftn(spectrum, s=mask.shape) + rng.normal(scale=noise, size=mask.shape)
    return volume.astype(np.float32), mask
