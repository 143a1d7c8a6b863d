"""Soft windows through which spectra are taken, and what a window leaves of a spectrum."""

from __future__ import annotations

import numpy as np

from ..numerics.geometry.grid import distance_map

__all__ = ["extent", "first_sharp_shell", "independent_share", "soft_sphere"]

#: Waves of the first shell that counts, across the window.
_LEAST_WAVES = 3.0


def soft_sphere(size: int, radius: float, width: float) -> np.ndarray:
    """A ball about the centre of the box whose soft edge ends at a radius (voxels), float32."""
    beyond = (distance_map(size) - np.float32(radius - width)) / np.float32(width)
    return 0.5 * (1 + np.cos(np.float32(np.pi) * np.clip(beyond, 0.0, 1.0)))


def independent_share(window: np.ndarray) -> float:
    """Independent coefficients over all coefficients of noise seen through a window.

    The number of voxels that count alike, ``(sum w²)² / sum w⁴``, over all voxels.

    Parameters
    ----------
    window : ndarray, shape (N, N, N)

    Returns
    -------
    float
        1 for the whole box.
    """
    square = np.square(window, dtype=np.float64)
    return float(square.sum() ** 2 / (square**2).sum() / window.size)


def extent(window: np.ndarray) -> float:
    """Diameter in voxels of the ball with the same radius of gyration, at most the box."""
    size = window.shape[0]
    radius2 = distance_map(size).astype(np.float64) ** 2
    mean = np.sum(radius2 * window) / np.sum(window, dtype=np.float64)
    return float(min(2 * np.sqrt(5 / 3 * mean), size))


def first_sharp_shell(window: np.ndarray) -> int:
    """First Fourier shell whose directions a window does not blur much."""
    return int(np.ceil(_LEAST_WAVES * window.shape[0] / extent(window)))
