"""Effect of a stage tilt on the worst covered axis, with an interval.

Particles lie on the grid with some side down, which the density of views shows, and at every
azimuth.  The stage is tilted about an axis in the plane of the grid.  In the frame of a
particle whose view was ``d``, the beam then comes from the ring of half-angle ``tilt`` about ``d``,
with equal probability everywhere on the ring: the density of views is averaged over rings.
Every symmetric copy of a particle has its own ring, which a density of all copies includes.

The uncertainty of the density is found by fitting it to coverages that are drawn about the measured
one, with its error and that of the model.  Predictions in simulations are off by more, because
a narrow peak of views is fitted too wide; the interval is widened accordingly
(``docs/diagnosis/strong_preference.rst``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence

import numpy as np

from ...numerics.geometry.axes import AxisSet
from .view_density import ViewDensity

__all__ = ["TILTS", "StageTilts", "tilts_of"]

#: Tilts that are looked at, degrees.
TILTS = np.arange(0.0, 61.0, 5.0)
#: Ends of the interval, 90 %.
_ENDS = (0.05, 0.95)
#: Added to either end: how far predictions were off in simulated maps, 5th and 95th percentile;
#: most were above the truth of 500 images, which leave coefficients that none of them covers.
_BELOW, _ABOVE = 0.16, 0.06


@dataclass(frozen=True)
class StageTilts:
    """Coverage of the worst axis by tilt of the stage; 1 is the mean over the axes.

    Attributes
    ----------
    worst : ndarray, shape (tilts,)
        At each of ``TILTS``.
    low, high : ndarray, shape (tilts,)
        Its 90 % interval.
    """

    worst: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def advised(self, enough: float) -> int:
        """Number of the tilt that helps.

        0 if the worst coverage is enough as it is.  Else the smallest tilt at which it is, with the
        lower end of the interval; if there is none, the one whose lower end is highest.
        """
        if self.worst[0] >= enough:
            return 0
        reached = np.flatnonzero(self.low >= enough)
        return int(reached[0]) if len(reached) else int(np.argmax(self.low))


def tilts_of(
    views: ViewDensity, others: Sequence[ViewDensity], axes: AxisSet, half_angle: float
) -> StageTilts:
    """Coverage of the worst axis by tilt of the stage.

    Parameters
    ----------
    views : ViewDensity
        The density that was found.
    others : sequence of ViewDensity
        Densities that are as compatible with the measurement; there may be none.
    axes : AxisSet
    half_angle : float
        Half the opening of the cones about the axes, degrees.

    Returns
    -------
    StageTilts
    """
    kernels = [views.kernel(axes, half_angle, tilt) for tilt in TILTS]

    def worst(each: ViewDensity) -> List[float]:
        covered = [np.maximum(kernel @ (each.shares * each.values), 0.0) for kernel in kernels]
        return [float(values.min() / values.mean()) for values in covered]

    found = np.array(worst(views))
    sampled = np.array([worst(each) for each in others]) if others else found[None]
    low, high = np.quantile(sampled, _ENDS, axis=0)
    low, high = np.minimum(low, found) - _BELOW, np.maximum(high, found) + _ABOVE
    return StageTilts(found, np.maximum(low, 0.0), np.minimum(high, 1.0))
