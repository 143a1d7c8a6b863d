"""Structure outside a mask, recognised because solvent is uniform and structure is not.

The rest of a particle of which a part is measured, a membrane, a micelle or a gold bead is no
noise.  It stands out of the solvent by its mean density or by its variance, both taken over a few
voxels.  Mean and variance of solvent are taken from its quieter part, so that structure may fill
most of the box.  Nothing is left out unless it changes the power of the noise: in a map whose
solvent is clean no voxel is left out.
"""

from __future__ import annotations

from functools import partial
from typing import Optional, Tuple

import numba
import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter, label

from ..parallel.threads import in_threads

__all__ = ["find_structure", "local_moments"]

#: Standard deviation of the window in which mean and variance are taken, and side of the blocks
#: in which that is done, voxels.
_WINDOW, _BLOCK = 2.0, 2
#: Share of the solvent, the quietest, whose mean and variance stand for solvent.
_QUIET = 0.4
#: Structure lies this many deviations of the mean from that of the solvent, ...
_DEVIATIONS = 8.0
#: ... or varies this many times as much.
_VARIANCE = 3.0
#: Structure has at least this share of the particle's mean density, or of its variance.
_OF_PARTICLE = 0.35
#: Smaller parts, voxels, are chance or too small to matter.
_SMALLEST = 30
#: Blocks about a part that are left out with it.
_ABOUT = 2
#: Structure is left out if this reduces the variance of the solvent, or that of its mean over the
#: window, by at least these shares.
_MATTERS, _MATTERS_COARSE = 0.5, 0.6
_TINY = 1e-300


def find_structure(
    volume: np.ndarray, outside: np.ndarray, mask: np.ndarray, threads: int = 1
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
    threads : int

    Returns
    -------
    ndarray of bool, shape (N, N, N), or None
        Voxels of the region to leave out; ``None`` if there are none that matter.
    """
    if int(outside.sum()) < 4 * _SMALLEST:
        return None
    values = volume[outside]
    middle, spread = (float(each(values, dtype=np.float64)) for each in (np.mean, np.std))
    del values
    if not spread > 0:
        return None
    mean, variance, held = local_moments(volume, outside, middle, spread, threads)
    means, variances = mean[held], variance[held]
    quiet = variances <= np.quantile(variances, _QUIET)
    level = float(np.median(means[quiet]))
    deviation = 1.4826 * float(np.median(np.abs(means[quiet] - level)))
    usual = float(np.median(variances[quiet]))
    means_inside, variances_inside, inside = local_moments(volume, mask, middle, spread, threads)
    density = float(np.sqrt(np.mean((means_inside[inside] - level) ** 2)))
    varied = float(np.median(variances_inside[inside]))
    found = held & (
        (np.abs(mean - level) > max(_DEVIATIONS * deviation, _OF_PARTICLE * density))
        | (variance > max(_VARIANCE * usual, _OF_PARTICLE * varied))
    )
    labels, count = label(found)
    if not count:
        return None
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    blocks = binary_dilation((sizes >= _SMALLEST / _BLOCK**3)[labels], iterations=_ABOUT)
    whole = np.repeat(np.repeat(np.repeat(blocks, _BLOCK, 0), _BLOCK, 1), _BLOCK, 2)
    left = whole[tuple(slice(n) for n in outside.shape)] & outside
    if not left.any() or (left == outside).all():
        return left if left.any() else None
    before, after = (
        float(np.var(volume[part], dtype=np.float64)) for part in (outside, outside & ~left)
    )
    less = 1 - after / before
    coarse = 1 - float(np.var(mean[held & ~blocks])) / max(float(np.var(means)), _TINY)
    return left if less > _MATTERS or coarse > _MATTERS_COARSE else None


def local_moments(
    volume: np.ndarray, region: np.ndarray, middle: float, spread: float, threads: int = 1
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and variance in a window of 2 voxels, of the voxels of a region alone.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    region : ndarray of bool, shape (N, N, N)
    middle, spread : float
        Values are taken from the first, in units of the second.
    threads : int

    Returns
    -------
    mean, variance : ndarray, shape (M, M, M), float64
        Of every block of 2³ voxels.
    held : ndarray of bool, shape (M, M, M)
        Whether half of the block lies in the region.
    """
    weight, total, square = np.zeros((3, *(-(-n // _BLOCK) for n in volume.shape)))
    for z, planes in enumerate(zip(volume, region)):
        # Copied, so that Numba compiles no second variant for parts of a larger box.
        values, inside = map(np.ascontiguousarray, planes)
        block = z // _BLOCK
        _add_plane(values, inside, middle, 1 / spread, weight[block], total[block], square[block])
    held = weight >= 0.5 * _BLOCK**3
    if not held.any():
        held = weight > 0
    # The blocks themselves contribute to the variance of the window.
    width = np.sqrt(_WINDOW**2 - (_BLOCK**2 - 1) / 12) / _BLOCK
    smooth = partial(gaussian_filter, sigma=width, truncate=3)
    weight, total, square = in_threads(smooth, (weight, total, square), threads)
    weight = np.maximum(weight, 1e-3)
    mean = total / weight
    return mean, np.maximum(square / weight - mean * mean, 0), held


@numba.njit(nogil=True, cache=True)
def _add_plane(values, region, middle, gain, weight, total, square):  # type: ignore[no-untyped-def]
    """Add the voxels of a region in a plane to numbers, sums and sums of squares of blocks."""
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            if region[y, x]:
                value = (values[y, x] - middle) * gain
                weight[y // _BLOCK, x // _BLOCK] += 1
                total[y // _BLOCK, x // _BLOCK] += value
                square[y // _BLOCK, x // _BLOCK] += value * value
