"""Whether a map was multiplied by a soft mask, or filtered, off its particle.

Its noise then becomes weaker and weaker away from the particle, or is weak from some distance on.
Structure outside the mask is something else: it raises the variance in one place, and the solvent
farther away is uniform.  What lies about a real particle is coarse, so that the noise is also
compared by the Laplacian, which weighs high spatial frequencies the most.

A solvent whose noise is stronger than that of the particle was amplified, or replaced.  Just
outside of the mask lies the noise of the particle, and some of its density, which only adds to it.
"""

from __future__ import annotations

from typing import List, Optional, Tuple

import numpy as np
from scipy.ndimage import distance_transform_edt

__all__ = [
    "by_distance",
    "distance_of_blocks",
    "fades_from_the_mask",
    "laplacian",
    "stronger_than_beside",
]

#: Side of the blocks of voxels that have one distance from the mask.
_BLOCK = 2
#: Groups of equal numbers of voxels by their distance.  The noise fades if the variance of each is
#: smaller than that of the one before by these factors; structure next to the mask changes the
#: first one only.
_GROUPS, _FACTORS = 3, (0.75, 0.25)
#: Of the Laplacian: groups, and the least share that the variance of the second has of that of the
#: first, and that of the last of that of the second.  In sound maps they are 0.37 or more.
_FINE_GROUPS, _LEAST = 5, 0.2
#: In as many groups by their distance from empty voxels, which have this share of the box at least,
#: the mean variance has this share of the largest one; in sound maps it is 0.93 or more.
_EMPTY, _OF_LARGEST = 0.01, 0.8
#: The variance of the Laplacian just outside of the mask has this share of that of the solvent at
#: least, less so many deviations of chance, as if of a fourth of the voxels; in sound maps it is
#: 0.89 or more.
_BESIDE, _CERTAIN, _DEPENDENT = 0.65, 5.0, 4.0
#: Fewer voxels in a group show nothing.
_FEWEST = 60
#: Largest number of voxels that are used.
_MOST = 100_000


def fades_from_the_mask(
    volume: np.ndarray,
    distance: np.ndarray,
    voxels: np.ndarray,
    empty: Optional[np.ndarray] = None,
) -> bool:
    """Whether the noise of the solvent is weaker with the distance from the mask.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    distance : ndarray, shape (M, M, M)
        Distance from the mask (:func:`distance_of_blocks`).
    voxels : ndarray of bool, shape (N, N, N)
        The solvent.
    empty : ndarray of bool, shape (N, N, N), optional
        Voxels that are exactly constant.  If there are many, the noise is also compared by the
        distance from them: a soft mask begins at different distances from a flat particle.

    Returns
    -------
    bool
        False where there are too few voxels.
    """
    found = np.flatnonzero(voxels)
    if len(found) < _FINE_GROUPS * _FEWEST:
        return False
    places = np.unravel_index(found[:: -(-len(found) // _MOST)], voxels.shape)
    order = by_distance(distance, places)
    variances = _variances(volume[places].astype(np.float64)[order], _GROUPS)
    if all(far < f * near for near, far, f in zip(variances, variances[1:], _FACTORS)):
        return True
    fine = laplacian(volume, places)
    first, second, *_, last = _variances(fine[order], _FINE_GROUPS)
    if second < _LEAST * first or last < _LEAST * second:
        return True
    if empty is None or np.count_nonzero(empty) < _EMPTY * empty.size:
        return False
    variances = _variances(fine[by_distance(distance_of_blocks(empty), places)], _FINE_GROUPS)
    return float(np.mean(variances)) < _OF_LARGEST * max(variances)


def stronger_than_beside(volume: np.ndarray, beside: np.ndarray, voxels: np.ndarray) -> float:
    """How many times as strong the noise of the solvent is as that beside the particle.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    beside : ndarray of bool, shape (N, N, N)
        The layer of two voxels about the mask.
    voxels : ndarray of bool, shape (N, N, N)
        The solvent.

    Returns
    -------
    float
        Ratio of variances of the Laplacian; 0 where it is no larger than by chance.
    """
    flat = [np.flatnonzero(part) for part in (beside, voxels)]
    if min(map(len, flat)) < _FEWEST:
        return 0.0
    near, far = (
        float(np.var(laplacian(volume, np.unravel_index(f[:: -(-len(f) // _MOST)], volume.shape))))
        for f in flat
    )
    chance = _CERTAIN * np.sqrt(2 * _DEPENDENT / len(flat[0]))
    return far / near if 0 < near < min(_BESIDE, 1 - chance) * far else 0.0


def distance_of_blocks(region: np.ndarray) -> np.ndarray:
    """Distance of blocks of 2³ voxels from a region.

    Parameters
    ----------
    region : ndarray of bool, shape (N, N, N)

    Returns
    -------
    ndarray, shape (M, M, M), float64
        In blocks; 0 where a block holds a voxel of the region.
    """
    blocks = region
    for axis in range(region.ndim):
        # Not ``any`` over reshaped axes: it takes twenty times as long.
        even, odd = (blocks[(slice(None),) * axis + (slice(k, None, _BLOCK),)] for k in (0, 1))
        blocks = even.copy()
        blocks[tuple(slice(n) for n in odd.shape)] |= odd
    return distance_transform_edt(~blocks)


def by_distance(distance: np.ndarray, places: Tuple[np.ndarray, ...]) -> np.ndarray:
    """Order of some voxels by their distance from a region.

    Parameters
    ----------
    distance : ndarray, shape (M, M, M)
        Of the blocks of voxels (:func:`distance_of_blocks`).
    places : tuple of ndarray, each of shape (voxels,), int
        Indices ``z, y, x`` of the voxels.

    Returns
    -------
    ndarray, shape (voxels,), int
        Numbers of the voxels, the nearest first.
    """
    # Ties are split by the order of the voxels, which does not depend on their values.
    return np.argsort(distance[tuple(place // _BLOCK for place in places)], kind="stable")


def _variances(values: np.ndarray, groups: int) -> List[float]:
    return [float(np.var(group)) for group in np.array_split(values, groups)]


def laplacian(volume: np.ndarray, places: Tuple[np.ndarray, ...], step: int = 1) -> np.ndarray:
    """Sum of the six neighbours of voxels less six times their value; the box is periodic.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    places : tuple of ndarray, each of shape (voxels,), int
        Indices ``z, y, x`` of the voxels.
    step : int
        Distance of the neighbours, voxels.

    Returns
    -------
    ndarray, shape (voxels,), float64
    """
    found = -6 * volume[places].astype(np.float64)
    for axis, size in enumerate(volume.shape):
        for beside_by in (-step, step):
            beside = list(places)
            beside[axis] = (places[axis] + beside_by) % size
            found += volume[tuple(beside)]
    return found
