"""Structure that lies outside a mask, found by what solvent is: alike everywhere.

The rest of a particle of which a part is measured, a membrane, a micelle or a gold bead is no
noise.  It stands out of the solvent by its mean density or by its variance, both taken over a few
voxels.  What solvent is like is told by its quieter part, so that structure may fill most of the
box.  Nothing is left out unless it changes the power of the noise: of a map whose solvent is clean
no voxel is touched.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter, label

__all__ = ["find_structure"]

#: Standard deviation of the window in which mean and variance are taken, voxels.
_WINDOW = 2.0
#: Share of the solvent, the quietest, from which it is told what solvent is like.
_QUIET = 0.4
#: Structure lies this many deviations of the mean from that of the solvent, ...
_DEVIATIONS = 8.0
#: ... or varies this many times as much.
_VARIANCE = 3.0
#: Structure has at least this share of the particle's mean density, or of its variance.
_OF_PARTICLE = 0.35
#: Smaller parts, voxels, are chance or too small to matter.
_SMALLEST = 30
#: Voxels about a part that are left out with it.
_ABOUT = 3
#: Structure matters if without it the variance of the solvent, or that of its mean over the
#: window, is less by these shares.
_MATTERS, _MATTERS_COARSE = 0.5, 0.6


def find_structure(
    volume: np.ndarray, outside: np.ndarray, mask: np.ndarray
) -> Optional[np.ndarray]:
    """Structure in a region that should hold noise alone.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map.
    outside : ndarray of bool, shape (N, N, N)
        The region.
    mask : ndarray of bool, shape (N, N, N)
        The particle, or the part of it that is measured.

    Returns
    -------
    ndarray of bool, shape (N, N, N), or None
        Voxels of the region to leave out; ``None`` if there are none that matter.
    """
    values = volume[outside].astype(np.float64)
    if len(values) < 4 * _SMALLEST:
        return None
    middle, spread = np.median(values), float(values.std())
    if not spread > 0:
        return None
    mean, variance = _local(volume, outside, middle, spread)
    means, variances = mean[outside], variance[outside]
    quiet = variances <= np.quantile(variances, _QUIET)
    level = float(np.median(means[quiet]))
    deviation = 1.4826 * float(np.median(np.abs(means[quiet] - level)))
    usual = float(np.median(variances[quiet]))
    mean, variance = _local(volume, mask, middle, spread)
    density = float(np.sqrt(np.mean((mean[mask] - level) ** 2)))
    varied = float(np.median(variance[mask]))
    del mean, variance
    found = np.zeros(outside.shape, bool)
    found[outside] = (
        np.abs(means - level) > max(_DEVIATIONS * deviation, _OF_PARTICLE * density)
    ) | (variances > max(_VARIANCE * usual, _OF_PARTICLE * varied))
    labels, count = label(found)
    if not count:
        return None
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    found = binary_dilation((sizes >= _SMALLEST)[labels], iterations=_ABOUT) & outside
    left = found[outside]
    if not left.any():
        return None
    if left.all():
        return found
    less, coarse = (_less(all_of, left) for all_of in (values, means))
    return found if less > _MATTERS or coarse > _MATTERS_COARSE else None


def _local(
    volume: np.ndarray, region: np.ndarray, middle: float, spread: float
) -> Tuple[np.ndarray, np.ndarray]:
    """Mean and variance in a window, of the voxels of a region alone, in units of ``spread``."""
    weight = np.maximum(gaussian_filter(region.astype(np.float32), _WINDOW, truncate=3), 1e-3)
    # The unit first: squares must stay within single precision.
    scaled = np.where(region, (volume - middle) / spread, 0).astype(np.float32)
    mean = gaussian_filter(scaled, _WINDOW, truncate=3) / weight
    square = gaussian_filter(scaled * scaled, _WINDOW, truncate=3) / weight
    return mean, np.maximum(square - mean * mean, 0)


def _less(values: np.ndarray, left: np.ndarray) -> float:
    """Share of the variance that goes with the values that are left out."""
    return 1 - float(np.var(values[~left], dtype=np.float64)) / max(
        float(np.var(values, dtype=np.float64)), np.finfo(float).tiny
    )
