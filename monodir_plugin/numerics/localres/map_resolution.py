"""The spatial frequency up to which a whole map is resolved."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

__all__ = ["map_resolution"]

#: Shells over which the ratio of the map is smoothed.
_SMOOTHED = 1.5
#: Least ratio of which a logarithm is taken.
_TINY = 1e-6


def map_resolution(
    particle: np.ndarray, noise: np.ndarray, criterion: float, coarsest: float, finest: float
) -> float:
    """Spatial frequency at which the ratio of the whole map falls to the criterion.

    Parameters
    ----------
    particle, noise : ndarray, shape (N // 2 + 1,)
        Power of the map inside the mask, and of the noise, by Fourier shell.
    criterion : float
        Signal-to-noise ratio.
    coarsest, finest : float
        Limits between which the frequency is sought, cycles per voxel.

    Returns
    -------
    float
        Cycles per voxel.
    """
    size = 2 * (len(noise) - 1)
    # Logarithms are smoothed, so that a strong shell does not outweigh its neighbours.
    ratio = np.divide(particle, noise, out=np.ones(len(noise)), where=noise > 0)
    ratio = np.exp(gaussian_filter1d(np.log(np.maximum(ratio, _TINY)), _SMOOTHED)) - 1
    shells = np.arange(int(np.ceil(coarsest * size)), int(finest * size) + 1)
    following = np.minimum(shells + 1, len(ratio) - 1)
    below = np.flatnonzero((ratio[shells] < criterion) & (ratio[following] < criterion))
    return float(shells[below[0]] / size) if len(below) else finest
