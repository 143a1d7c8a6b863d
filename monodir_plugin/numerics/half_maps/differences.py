"""Whether one half map holds structure in some place that the other one lacks.

Half of the difference of half maps is noise, whose mean over a few voxels is near zero everywhere.
A domain, a ligand or a bead that is in one of them only stands out of it.
"""

from __future__ import annotations

from typing import Optional

import numpy as np
from scipy.ndimage import label

from ..solvent.outside_structure import local_moments
from .findings import Finding, unlike_place

__all__ = ["find_difference"]

#: Structure of one half map lies this many robust deviations of the mean from zero, ...
_DEVIATIONS = 8.0
#: ... and at this share of the density of the particle; half of a missing part is 0.5 of its own.
_OF_PARTICLE = 0.3
#: One voxel of every block of the moments.
_HALF = (slice(None, None, 2),) * 3
#: Fewer voxels in one place are not named.
_SMALLEST = 60


def find_difference(first: np.ndarray, second: np.ndarray, mask: np.ndarray) -> Optional[Finding]:
    """Find where the half maps differ by more than noise.

    Parameters
    ----------
    first, second : ndarray, shape (N, N, N)
        On one grey scale.
    mask : ndarray of bool, shape (N, N, N)

    Returns
    -------
    Finding or None
    """
    spread = float(first[mask].std(dtype=np.float64))
    if not spread > 0:
        return None
    # In the whole box: at the edge of a region the window would let fine noise through.
    whole = np.ones_like(mask)
    difference, _, _ = local_moments((first - second) / 2, whole, 0.0, spread)
    held = mask[_HALF][tuple(slice(n) for n in difference.shape)]
    if 8 * np.count_nonzero(held) < _SMALLEST:
        return None
    level = float(np.median(difference[held]))
    deviation = 1.4826 * float(np.median(np.abs(difference[held] - level)))
    found = held & (np.abs(difference - level) > _DEVIATIONS * deviation)
    if not found.any():
        return None
    off = float(np.median(first[~mask])) if not mask.all() else 0.0
    mean, _, _ = local_moments((first + second) / 2, whole, off, spread)
    density = float(np.sqrt(np.mean(mean[held] ** 2)))
    labels, count = label(found & (np.abs(difference - level) > _OF_PARTICLE * density))
    if not count:
        return None
    sizes = np.bincount(labels.ravel())[1:]
    block = len(mask) / len(found)
    voxels = round(float(sizes.max() * block**3))
    if voxels < _SMALLEST:
        return None
    place = np.argwhere(labels == 1 + int(sizes.argmax())).mean(axis=0)
    z, y, x = (round(float(block * (p + 0.5) - 0.5)) for p in place)
    return unlike_place(voxels, (x, y, z))
