"""Whether a map was multiplied by a mask whose soft edge lies in the solvent.

Its noise then becomes weaker and weaker away from the particle.  Structure outside the mask is
something else: it raises the variance in one place, and the solvent farther away is uniform.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

__all__ = ["fades_from_the_mask"]

#: Side of the blocks of voxels that have one distance from the mask.
_BLOCK = 2
#: Groups of equal numbers of voxels by their distance.  The noise fades if the variance of each is
#: smaller than that of the one before by these factors; structure next to the mask changes the
#: first one only.
_GROUPS, _FACTORS = 3, (0.75, 0.25)
#: Fewer voxels in a group show nothing.
_FEWEST = 60
#: Largest number of voxels that are used.
_MOST = 100_000


def fades_from_the_mask(volume: np.ndarray, mask: np.ndarray, voxels: np.ndarray) -> bool:
    """Whether the variance of the solvent falls steadily with the distance from the mask.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    mask : ndarray of bool, shape (N, N, N)
        The particle.
    voxels : ndarray of bool, shape (N, N, N)
        The solvent.

    Returns
    -------
    bool
        False where there are too few voxels.
    """
    found = np.flatnonzero(voxels)
    if len(found) < _GROUPS * _FEWEST:
        return False
    places = np.unravel_index(found[:: -(-len(found) // _MOST)], voxels.shape)
    side = -(-len(mask) // _BLOCK)
    padded = np.zeros((side * _BLOCK,) * 3, bool)
    padded[tuple(slice(n) for n in mask.shape)] = mask
    blocks = padded.reshape(side, _BLOCK, side, _BLOCK, side, _BLOCK).any(axis=(1, 3, 5))
    distance = distance_transform_edt(~blocks)[tuple(place // _BLOCK for place in places)]
    values = volume[places].astype(np.float64)
    # Ties are split by the order of the voxels, which does not depend on their values.
    order = np.argsort(distance, kind="stable")
    groups = np.array_split(values[order], _GROUPS)
    variances = [float(np.var(group)) for group in groups]
    pairs = zip(variances, variances[1:], _FACTORS)
    return all(far < factor * near for near, far, factor in pairs)
