"""The surface that is drawn, and the values that colour it: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

from .palette import OUTSIDE

__all__ = ["REACH", "beyond_mask", "surface_level"]

#: So far beyond the mask, in voxels, the surface takes the colour of the nearest voxel inside.
REACH = 3


def surface_level(density: np.ndarray, mask: np.ndarray) -> float:
    """Density of the surface: the median inside the mask, so that it holds half of the mask."""
    return float(np.median(density[mask]))


def beyond_mask(values: np.ndarray, mask: np.ndarray, reach: int = REACH) -> np.ndarray:
    """A map continued past the rim of its mask.

    ChimeraX interpolates between voxels.  With zeros outside, the rim would take colours
    of resolutions that nobody measured, fine ones among them.

    Parameters
    ----------
    values : ndarray, shape (N, N, N)
        Å inside the mask.
    mask : ndarray of bool
    reach : int
        Voxels within this distance of the mask take the value of the nearest voxel inside.

    Returns
    -------
    ndarray, float32
        ``OUTSIDE`` farther out.
    """
    window = tuple(
        slice(max(int(p.min()) - reach, 0), int(p.max()) + reach + 1) for p in np.nonzero(mask)
    )
    distance, nearest = distance_transform_edt(~mask[window], return_indices=True)
    inner = values[window][tuple(nearest)]
    continued = np.full(values.shape, OUTSIDE, np.float32)
    continued[window] = np.where(distance <= reach, inner, np.float32(OUTSIDE))
    return continued
