"""From the coverage of axes back to the views: the Funk transform and its inverse.

A view contributes the Fourier plane across it, so the coverage of an axis is the mean density of
views over the great circle across it: the Funk transform, which multiplies the even spherical
harmonics of order ``l`` by ``P_l(0)``.  Seen through a cone, and after a tilt of the stage by
``beta`` about an azimuth that differs from particle to particle, order ``l`` is multiplied by
the mean of ``P_l`` over the cone and by ``P_l(cos beta)``, too.  None of these is small up to
the orders that a set of axes can tell apart, so the inverse is tame; what it needs is
that no density of views is negative.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Tuple

import numpy as np
from numpy.polynomial.legendre import legval
from scipy.spatial import SphericalVoronoi
from scipy.special import eval_legendre

from ...numerics.geometry.axes import AxisSet, icosahedral_axes

__all__ = ["ViewDensity", "funk_kernel", "views_from_coverage"]

#: Frequency of the icosahedral set of views: 181 of them, 10 degrees apart.
_GRID = 6
#: Order up to which the coverage by a given density is computed.
_FINE_ORDER = 40
#: Pull of the density towards evenly spread views, in units of the squared relative error.
_RIDGE = 1e-2
#: Relative error of the model itself: noise power in a cone is a mean of one over coverage.
_MODEL_ERROR = 0.05
#: Errors are relative to the coverage, but to no less than this.
_LEAST_COVERAGE = 0.2
#: Axes per coefficient that is fitted, at least.
_AXES_A_COEFFICIENT = 1.5


@dataclass(frozen=True)
class ViewDensity:
    """Density of views on RP².

    Attributes
    ----------
    views : AxisSet
    shares : ndarray, shape (views,)
        Part of all directions that each stands for; the sum is 1.
    values : ndarray, shape (views,)
        Density; 1 is that of evenly spread views, and the mean.
    order : int
        Largest order of the harmonics that the data determine; 0 is evenly spread.
    """

    views: AxisSet
    shares: np.ndarray
    values: np.ndarray
    order: int

    def coverage(self, axes: AxisSet, half_angle: float, stage_tilt: float = 0.0) -> np.ndarray:
        """Coverage of axes by these views, if the stage is tilted as well.

        Parameters
        ----------
        axes : AxisSet
        half_angle : float
            Half the opening of the cones about the axes, degrees.
        stage_tilt : float
            As in :class:`monodir_plugin.simulation.views.Views`, degrees.

        Returns
        -------
        ndarray, shape (axes,)
            1 is what evenly spread views give.
        """
        cosine = axes.vectors @ self.views.vectors.T
        kernel = funk_kernel(cosine, _FINE_ORDER, half_angle, stage_tilt)
        return np.maximum(kernel @ (self.shares * self.values), 0.0)

    def near(self, axis: np.ndarray, angle: float) -> float:
        """Mean density within an angle in degrees of a line."""
        return self._mean(self.views.angles_to(axis) <= angle)

    def across(self, axis: np.ndarray, angle: float) -> float:
        """Mean density within an angle in degrees of the plane across a line."""
        return self._mean(self.views.angles_to(axis) >= 90 - angle)

    def moments(self) -> np.ndarray:
        """Second moments of the views, shape (3, 3); a third of unity if evenly spread."""
        weights = self.shares * self.values
        return np.einsum("v,vi,vj->ij", weights, self.views.vectors, self.views.vectors)

    def _mean(self, chosen: np.ndarray) -> float:
        return float(np.average(self.values[chosen], weights=self.shares[chosen]))


def funk_kernel(
    cosine: np.ndarray, order: int, half_angle: float, stage_tilt: float = 0.0
) -> np.ndarray:
    """What a view adds to the coverage of the cone about an axis.

    Parameters
    ----------
    cosine : ndarray
        Of the angle between view and axis.
    order : int
        Of the last harmonic.
    half_angle : float
        Half the opening of the cone, degrees; 0 for the axis itself.
    stage_tilt : float
        Degrees.

    Returns
    -------
    ndarray
        With a mean of 1 over all axes.
    """
    orders = np.arange(0, order + 1, 2)
    edge = np.cos(np.deg2rad(half_angle))
    in_cone = np.ones(len(orders))
    if half_angle > 0:
        below, above = eval_legendre(orders[1:] - 1, edge), eval_legendre(orders[1:] + 1, edge)
        in_cone[1:] = (below - above) / ((2 * orders[1:] + 1) * (1 - edge))
    tilted = eval_legendre(orders, np.cos(np.deg2rad(stage_tilt)))
    series = np.zeros(order + 1)
    series[::2] = (2 * orders + 1) * eval_legendre(orders, 0.0) * in_cone * tilted
    return legval(cosine, series)


def views_from_coverage(
    coverage: np.ndarray, error: float, used: np.ndarray, axes: AxisSet, half_angle: float
) -> ViewDensity:
    """The density of views that explains a coverage.

    Least squares with no negative density and a slight pull towards evenly spread views, for every
    even order; of these the one with the smallest information criterion of Akaike.

    Parameters
    ----------
    coverage : ndarray, shape (axes,)
        Relative coverage, of any mean.
    error : float
        Relative error of its values.
    used : ndarray of bool, shape (axes,)
        Axes whose coverage is known.
    axes : AxisSet
    half_angle : float
        Half the opening of the cones, degrees.

    Returns
    -------
    ViewDensity
    """
    # Loaded late: it takes long, and runs without diagnosis do not need it.
    from scipy.optimize import nnls

    views, shares = _grid()
    known = coverage[used] / coverage[used].mean()
    scale = np.hypot(error, _MODEL_ERROR) * np.maximum(known, _LEAST_COVERAGE)
    cosine = axes.vectors[used] @ views.vectors.T
    pull = np.sqrt(_RIDGE * np.count_nonzero(used) * shares) / np.hypot(error, _MODEL_ERROR)
    best, fitted, chosen = np.inf, np.ones(len(views)), 0
    for order in range(0, np.count_nonzero(used), 2):
        coefficients = (order + 1) * (order + 2) // 2
        if coefficients * _AXES_A_COEFFICIENT > np.count_nonzero(used):
            break
        kernel = funk_kernel(cosine, order, half_angle) * shares / scale[:, None]
        values, _ = nnls(np.vstack([kernel, np.diag(pull)]), np.r_[known / scale, pull])
        misfit = np.sum((kernel @ values - known / scale) ** 2)
        if misfit + 2 * coefficients < best:
            best, fitted, chosen = misfit + 2 * coefficients, values, order
    return ViewDensity(views, shares, fitted / np.sum(shares * fitted), chosen)


@functools.lru_cache(maxsize=1)
def _grid() -> Tuple[AxisSet, np.ndarray]:
    """Views on RP², and the part of all directions that is closest to either end of each."""
    views = AxisSet(icosahedral_axes(_GRID))
    ends = np.concatenate([views.vectors, -views.vectors])
    areas = SphericalVoronoi(ends).calculate_areas()
    return views, areas.reshape(2, -1).sum(axis=0) / (4 * np.pi)
