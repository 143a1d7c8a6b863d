"""A procedural particle, and maps of it as if reconstructed from unevenly spread views.

A particle seen along a view ``p`` contributes the Fourier plane across ``p``.
The coverage of an axis is thus the mean of the density of views over the great
circle across the axis (its Funk transform), and the power of the noise along an
axis goes as one over its coverage.
"""

from __future__ import annotations

from typing import Tuple

import numpy as np
import scipy.fft
import scipy.integrate
from scipy.ndimage import gaussian_filter

from ..numerics.geometry import distance_map

__all__ = ["blob_particle", "coverage_of_axes", "noisy_map"]

_RADIUS = 0.27
_ATOM_WIDTH = 0.8
_ON_CIRCLE = 720


def blob_particle(size: int, seed: int = 0, atoms: int = 3000) -> Tuple[np.ndarray, np.ndarray]:
    """A compact particle of random atoms, and its mask.

    Parameters
    ----------
    size : int
        Box side in voxels.
    seed : int
    atoms : int
        Number of atoms, spread over the particle.

    Returns
    -------
    volume : ndarray, shape (size, size, size), float32
        Density of unit standard deviation inside the mask.
    mask : ndarray of bool
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


def coverage_of_axes(cosine: np.ndarray, concentration: float) -> np.ndarray:
    """Coverage of axes by views spread about z with a Watson distribution.

    Parameters
    ----------
    cosine : ndarray
        Cosine of the angle between axis and z.
    concentration : float
        Density of views goes as ``exp(concentration cos² tilt)``; 0 is
        uniform, positive prefers views along z.

    Returns
    -------
    ndarray
        1 everywhere for uniform views, mean 1 over the axes otherwise.
    """
    phase = np.linspace(0, 2 * np.pi, _ON_CIRCLE, endpoint=False)
    nodes = np.linspace(0, 1, 513)
    # A view on the great circle across the axis has a z of at most sin(angle of the axis).
    view_z = np.sqrt(1 - nodes**2)[:, None] * np.cos(phase)
    density = np.exp(concentration * (view_z**2 - 1)).mean(axis=1)
    density /= scipy.integrate.trapezoid(density, nodes)
    return np.interp(np.abs(cosine), nodes, density)


def noisy_map(
    particle: np.ndarray, noise: float, concentration: float = 0.0, seed: int = 0
) -> np.ndarray:
    """The particle as reconstructed from noisy images with a distribution of views.

    Parameters
    ----------
    particle : ndarray, shape (N, N, N)
    noise : float
        Standard deviation of the noise where coverage is one.
    concentration : float
        Of the views about z, as in :func:`coverage_of_axes`.
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
    regular = 1e-2
    total = (coverage * signal + np.sqrt(coverage) * grains) * (1 + regular) / (coverage + regular)
    return scipy.fft.irfftn(total, s=particle.shape).astype(np.float32)
