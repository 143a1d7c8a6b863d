"""How hollow a particle is about the centre: rings and shells, whose walls are curved about it.

Layers of density that follow a wall are one oscillation in the radial direction, as tangential
components that angular errors damped would leave it.  The correction for shape
(:mod:`.shape_correction`) takes the density inside a wall for random.  So no angular error is given
for particles that are more hollow than those of the calibration (``docs/diagnosis/angles.rst``).
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from ...numerics.geometry.crop import bounding_box
from ...numerics.geometry.grid import box_centre, distances_from

__all__ = ["hollow_share"]

#: The density is smoothed over this share of the radius, so that noise and the gaps between atoms
#: do not count, and is matter above this share of its value in the densest parts of the mask.
_SMOOTH, _MATTER, _DENSEST = 1 / 7, 0.2, 90.0
#: The hole is sought within this share of the radius.
_INNER = 0.5
#: Standard deviations that the Gaussian reaches.
_TRUNCATE = 3.0


def hollow_share(volume: np.ndarray, mask: np.ndarray, reach: float) -> float:
    """Share of the inner half of a sphere, by radius, that holds no matter.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``, particle positive.
    mask : ndarray of bool, shape (N, N, N)
        The particle; a hole in it counts as empty, and one that it covers is seen in the density.
    reach : float
        Radius of the sphere about the centre of the box, voxels.

    Returns
    -------
    float
        0 for a full particle, 1 if nothing lies about the centre.

    Raises
    ------
    ValueError
        If the mask is empty or the shapes differ.
    """
    if volume.shape != mask.shape or not mask.any():
        raise ValueError("the mask is empty or of another shape than the map")
    size = mask.shape[0]
    window = bounding_box(mask)
    inside = mask[window]
    smooth = gaussian_filter(
        np.where(inside, volume[window], 0).astype(np.float32),
        _SMOOTH * reach, truncate=_TRUNCATE,
        mode="constant",
    )  # fmt: skip
    matter = np.zeros(mask.shape, bool)
    matter[window] = inside & (smooth > _MATTER * np.percentile(smooth[inside], _DENSEST))
    centre, inner = size // 2, int(np.ceil(_INNER * reach))
    near = (slice(max(centre - inner, 0), centre + inner + 1),) * 3
    box = matter[near]
    middle = box_centre(size) - near[0].start
    sphere = distances_from(np.arange(box.size), box.shape, middle) <= _INNER * reach
    return float(1.0 - box.ravel()[sphere].mean())
