"""How many particles of the most frequent views to leave out for a more even coverage.

Views whose density is above a limit are thinned out to it.  That adds no signal along any axis; it
makes the map less uneven, and it keeps a refinement from being led by the most frequent views.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

__all__ = ["ENOUGH", "Thinning", "thinned_out"]

#: Coverage of the worst axis, as part of the mean of the axes, that is aimed at.
ENOUGH = 0.5
#: No more than this part of the particles is left out.
_MOST = 0.8
#: Limits of the density that are tried, down to the least; 1 is the mean.
_LIMITS, _LEAST = 200, 0.1


@dataclass(frozen=True)
class Thinning:
    """Effect of thinning out the most frequent views.

    Attributes
    ----------
    before : float
        Coverage of the worst axis with all particles; 1 is the mean of the axes.
    then : float
        The same without the particles that are left out.
    removed : float
        Part of the particles that is left out; 0 if nothing has to be.
    limit : float or None
        Density to which more frequent views are thinned out, 1 is uniform; ``None``: thinning out
        at most 80 % of the particles does not help enough.
    """

    before: float
    then: float
    removed: float
    limit: Optional[float]


def thinned_out(by_bin: np.ndarray, counts: np.ndarray, density: np.ndarray) -> Thinning:
    """The least thinning with which the worst axis has half of the mean coverage.

    Parameters
    ----------
    by_bin : ndarray, shape (axes, bins)
        Contribution of all views of a bin to the coverage of an axis, any unit.
    counts : ndarray, shape (bins,)
        Number of views in a bin.
    density : ndarray, shape (bins,)
        Density of views, 1 is that of uniform views.

    Returns
    -------
    Thinning
    """
    before = _worst(by_bin.sum(axis=1))
    if before >= ENOUGH:
        return Thinning(before, before, 0.0, float(density.max()))
    for limit in np.geomspace(density.max(), _LEAST, _LIMITS):
        kept = np.minimum(limit / np.maximum(density, limit), 1.0)
        removed = 1 - float(counts @ kept / counts.sum())
        if removed > _MOST:
            break
        then = _worst(by_bin @ kept)
        if then >= ENOUGH:
            return Thinning(before, then, removed, float(limit))
    return Thinning(before, before, 0.0, None)


def _worst(coverage: np.ndarray) -> float:
    return float(max(coverage.min(), 0.0) / coverage.mean())
