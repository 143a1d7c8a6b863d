"""Parts of a box that are neither particle nor noise: a membrane, gold, a neighbouring particle.

Their voxels are not measured, and no noise is taken from them.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from ..checks.arrays import check_mask

__all__ = ["without_excluded"]

#: An exclusion mask that covers a larger share of the particle's mask is not meant for this map.
_MOST_OF_THE_MASK = 0.5


def without_excluded(
    mask: np.ndarray, exclude: Optional[np.ndarray]
) -> Tuple[np.ndarray, Optional[str]]:
    """Remove excluded voxels from the mask of a particle.

    Parameters
    ----------
    mask : ndarray of bool, shape (N, N, N)
        Voxels to measure.
    exclude : ndarray of bool, shape (N, N, N), or None
        Voxels that are neither particle nor noise.

    Returns
    -------
    mask : ndarray of bool, shape (N, N, N)
        The same array if the two have no voxel in common.
    warning : str or None
        The number of voxels that the two had in common, and the fix.

    Raises
    ------
    ValueError
        If shapes or types differ, no voxel is excluded, or more than half of the mask is.
    """
    if exclude is None:
        return mask, None
    check_mask(exclude, mask.shape, "exclusion mask")
    shared = int(np.count_nonzero(mask & exclude))
    if not shared:
        return mask, None
    whole = int(np.count_nonzero(mask))
    if shared > _MOST_OF_THE_MASK * whole:
        raise ValueError(
            f"the exclusion mask covers {shared} of the {whole} voxels of the particle's mask: "
            "give a mask of what is neither particle nor noise"
        )
    return mask & ~exclude, (
        f"{shared} of the {whole} voxels of the mask are also in the exclusion mask and are not "
        "measured: if they belong to the particle, remove them from the exclusion mask"
    )
