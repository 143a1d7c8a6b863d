"""Radial curves: means of the maps over shells about a centre, and their slopes.

Vilas et al. 2020, Results: errors of shift raise the tangential curve, errors
of angle make it steeper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict

import numpy as np

__all__ = ["RadialProfile", "radial_profile"]

#: Slopes are fitted from this radius on, in voxels.
SLOPE_FROM = 5.0


@dataclass(frozen=True)
class RadialProfile:
    """Means over shells one voxel thick.

    Attributes
    ----------
    radius : ndarray, shape (shells,)
        Å.
    count : ndarray, shape (shells,)
        Voxels per shell.
    mean, std : dict of ndarray
        By name of the map, Å.
    """

    radius: np.ndarray
    count: np.ndarray
    mean: Dict[str, np.ndarray]
    std: Dict[str, np.ndarray]

    def slope(self, name: str, start: float, stop: float) -> Dict[str, float]:
        """Slope and intercept of one curve between two radii in Å, weighted by shell counts.

        Returns
        -------
        dict
            ``slope`` in Å per Å and ``intercept`` in Å; NaN with fewer than
            three shells.
        """
        inside = (self.radius >= start) & (self.radius <= stop) & (self.count > 0)
        if inside.sum() < 3:
            return {"slope": float("nan"), "intercept": float("nan")}
        slope, intercept = np.polyfit(
            self.radius[inside], self.mean[name][inside], 1, w=np.sqrt(self.count[inside])
        )
        return {"slope": float(slope), "intercept": float(intercept)}


def radial_profile(
    radius: np.ndarray, maps: Dict[str, np.ndarray], sampling: float
) -> RadialProfile:
    """Average maps over shells.

    Parameters
    ----------
    radius : ndarray, shape (voxels,)
        Distance of every voxel from the centre, voxels.
    maps : dict of ndarray, shape (voxels,)
        Å.
    sampling : float
        Voxel size, Å.

    Returns
    -------
    RadialProfile
        Only shells that hold voxels.
    """
    shell = np.rint(radius).astype(int)
    count = np.bincount(shell)
    full = count > 0
    mean, std = {}, {}
    for name, values in maps.items():
        values = values.astype(np.float64)
        average = np.bincount(shell, values)[full] / count[full]
        square = np.bincount(shell, values**2)[full] / count[full]
        mean[name] = average
        std[name] = np.sqrt(np.maximum(square - average**2, 0.0))
    return RadialProfile(np.flatnonzero(full) * sampling, count[full], mean, std)
