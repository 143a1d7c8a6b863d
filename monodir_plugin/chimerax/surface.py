"""Level of the surface, and the values that colour it: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

from ..numerics.geometry.crop import bounding_box
from .palette import OUTSIDE

__all__ = ["REACH", "beyond_mask", "surface_level"]

#: Distance from the mask, voxels, within which the surface has the colour of the nearest voxel.
REACH = 3


def surface_level(density: np.ndarray, mask: np.ndarray) -> float:
    """Density of the surface: the median inside the mask, so that it encloses half of the mask."""
    return float(np.median(density[mask]))


def beyond_mask(values: np.ndarray, mask: np.ndarray, reach: int = REACH) -> np.ndarray:
    """A map continued beyond the rim of its mask.

    ChimeraX interpolates between voxels.  With zeros outside, the rim would have colours
    of fine resolutions that were not measured.

    Parameters
    ----------
    values : ndarray, shape (N, N, N)
        Å inside the mask.
    mask : ndarray of bool
    reach : int
        Voxels within this distance of the mask have the value of the nearest voxel inside.

    Returns
    -------
    ndarray, float32
        ``OUTSIDE`` farther out.
    """
    window = bounding_box(mask, reach)
    distance, nearest = distance_transform_edt(~mask[window], return_indices=True)
    inner = values[window][tuple(nearest)]
    continued = np.full(values.shape, OUTSIDE, np.float32)
    continued[window] = np.where(distance <= reach, inner, np.float32(OUTSIDE))
    return continued
