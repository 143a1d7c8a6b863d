"""From the coverage of axes back to the views: the Funk transform and its inverse.

A view contributes the Fourier plane across it, so the coverage of an axis is the mean density of
views over the great circle across it: the Funk transform, which multiplies the even spherical
harmonics of order ``l`` by ``P_l(0)``.  Seen through a cone, and after a tilt of the stage by
``beta`` about an azimuth that differs from particle to particle, order ``l`` is multiplied by the
mean of ``P_l`` over the cone and by ``P_l(cos beta)``, too.  None of these is small up to the
orders that a set of axes can distinguish, so that the inverse is well conditioned; densities of
views are constrained not to be negative.

The measured quantity in a cone is the mean power of the noise, which is inversely proportional to
the harmonic mean of the coverage there: where coverage changes within a cone, as beside the belt
that most views cover, that is well below the arithmetic mean.  The fit accounts for this.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import List, Optional, Tuple

import numpy as np
from numpy.polynomial.legendre import legval
from scipy.spatial import SphericalVoronoi
from scipy.spatial.transform import Rotation
from scipy.special import eval_legendre

from ...numerics.geometry.axes import AxisSet, icosahedral_axes

__all__ = [
    "Cones",
    "ViewDensity",
    "fitted_views",
    "funk_kernel",
    "resampled_views",
    "view_grid",
    "views_from_coverage",
]

#: Frequency of the icosahedral set of views: 181 of them, 10 degrees apart.
_GRID = 6
#: Order up to which the coverage by a given density is computed.
_FINE_ORDER = 40
#: Pulls of the density towards evenly spread views, in units of the squared relative error.
_RIDGES = (1.0, 0.1, 0.03, 0.01, 0.003, 0.001)
#: Order and half angle, degrees, with which coverage at the points of a cone is computed.
_POINT_ORDER, _POINT_ANGLE = 16, 5.0
#: Rings of points in a cone: outer edges in parts of its half angle, and points.
_RINGS = ((0.2, 1), (0.6, 6), (1.0, 8))
#: Coverage at a point is no less than this.
_LEAST_AT_POINT = 0.02
#: Relative error of the model itself: noise power in a cone is a mean of one over coverage.
_MODEL_ERROR = 0.05
#: Errors are relative to the coverage, but to no less than this.
_LEAST_COVERAGE = 0.1
#: Densities below this are none.
_NO_VIEWS = 1e-9
#: Seed of the coverages that are drawn.
_SEED = 1843


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
    parameters : float
        Effective number of parameters that the data determine; 0 is evenly spread.
    pull : float
        Strength of the pull towards evenly spread views in the fit.
    """

    views: AxisSet
    shares: np.ndarray
    values: np.ndarray
    parameters: float
    pull: float = np.inf

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
        kernel = self.kernel(axes, half_angle, stage_tilt)
        return np.maximum(kernel @ (self.shares * self.values), 0.0)

    def kernel(self, axes: AxisSet, half_angle: float, stage_tilt: float = 0.0) -> np.ndarray:
        """Contribution of a view to the coverage of an axis, (axes, views); as ``coverage``."""
        cosine = axes.vectors @ self.views.vectors.T
        return funk_kernel(cosine, _FINE_ORDER, half_angle, stage_tilt)

    def near(self, axis: np.ndarray, angle: float) -> float:
        """Mean density within an angle in degrees of a line."""
        return self._mean(self.views.angles_to(axis) <= angle)

    def across(self, axis: np.ndarray, angle: float) -> float:
        """Mean density within an angle in degrees of the plane across a line."""
        return self._mean(self.views.angles_to(axis) >= 90 - angle)

    def ring(self, axis: np.ndarray, radius: float, angle: float) -> float:
        """Mean density within an angle of a ring about a line, whose half-angle is ``radius``."""
        return self._mean(np.abs(self.views.angles_to(axis) - radius) <= angle)

    def apart(self, lines: np.ndarray, angle: float) -> float:
        """Mean density beyond an angle in degrees of lines, shape (lines, 3); 0 if nothing is."""
        beyond = self.views.angles_to(lines).min(axis=0) > angle
        return self._mean(beyond) if beyond.any() else 0.0

    def peak(self, angle: float) -> np.ndarray:
        """The view about which, within an angle in degrees, the mean density is largest."""
        return self.views.vectors[np.argmax(self.means(angle))]

    def means(self, angle: float) -> np.ndarray:
        """Mean density within an angle in degrees of every view, shape (views,)."""
        weights = (self.views.angles_to(self.views.vectors) <= angle) * self.shares
        means: np.ndarray = weights @ self.values / weights.sum(axis=1)
        return means

    def share(self, axis: np.ndarray, angle: float, group: Rotation) -> float:
        """Part of the particles viewed within an angle in degrees of a line or of its copies."""
        near = (self.views.angles_to(group.apply(axis)[:, None])[:, 0] <= angle).any(axis=0)
        return float(np.sum((self.shares * self.values)[near]))

    def moments(self) -> np.ndarray:
        """Second moments of the views, shape (3, 3); a third of unity if evenly spread."""
        weights = self.shares * self.values
        return np.einsum("v,vi,vj->ij", weights, self.views.vectors, self.views.vectors)

    def _mean(self, chosen: np.ndarray) -> float:
        return float(np.average(self.values[chosen], weights=self.shares[chosen]))


def funk_kernel(
    cosine: np.ndarray, order: int, half_angle: float, stage_tilt: float = 0.0
) -> np.ndarray:
    """Contribution of a view to the coverage of the cone about an axis.

    Parameters
    ----------
    cosine : ndarray
        Cosine of the angle between view and axis.
    order : int
        Order of the last harmonic.
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
    coverage: np.ndarray,
    error: float,
    used: np.ndarray,
    axes: AxisSet,
    half_angle: float,
    of_noise: bool = False,
    symmetry: Optional[Rotation] = None,
) -> ViewDensity:
    """The density of views that explains a coverage.

    Least squares with no negative density and a pull towards evenly spread views, for pulls of
    several strengths; of these the one with the smallest information criterion of Akaike, in which
    the trace of the matrix from data to fit counts as the number of parameters.

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
    of_noise : bool
        Whether the coverage is one over the mean of noise power in cones, rather than a mean.
    symmetry : Rotation, optional
        All rotations of the particle's point group; the density is that of all copies.

    Returns
    -------
    ViewDensity
    """
    return fitted_views(Cones(axes, half_angle, of_noise, symmetry), coverage, error, used)


class Cones:
    """Contributions of views to the coverage of cones about axes and their symmetric copies.

    Coverage by a symmetric density is the same for all copies; the fit enforces this, and all
    copies of an axis together have the weight of one axis.
    """

    def __init__(
        self, axes: AxisSet, half_angle: float, of_noise: bool, symmetry: Optional[Rotation]
    ) -> None:
        self.views, self.shares = view_grid()
        group = Rotation.identity(1) if symmetry is None else symmetry
        self.copies = len(group)
        turned = np.concatenate([axes.vectors @ turn.T for turn in group.as_matrix()])
        self.means = self._kernel(turned, _FINE_ORDER, half_angle)
        self.points, self.weights = None, np.ones(1)
        if of_noise:
            around, self.weights = _points_about(turned, half_angle)
            self.points = self._kernel(around, _POINT_ORDER, _POINT_ANGLE)

    def _kernel(self, vectors: np.ndarray, order: int, half_angle: float) -> np.ndarray:
        """Contribution of every view to every vector, from a table, as there may be many."""
        cosine = np.linspace(-1, 1, 2001)
        table = funk_kernel(cosine, order, half_angle)
        return np.interp(vectors @ self.views.vectors.T, cosine, table) * self.shares

    def seen(self, density: np.ndarray, nothing: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Coverage as it is measured, shape (copies of axes,), and its derivative by the density.

        It is homogeneous: the derivative times the density is the coverage.  For empty axes the
        mean is taken.
        """
        level = self.level(density, nothing)
        if self.points is None:
            return level, self.means
        there = self._at_points(density)
        harmonic = 1 / (1 / there @ self.weights)
        by_point = harmonic[:, None] ** 2 * self.weights / there**2
        points = self.points.reshape(*there.shape, -1)
        slope = np.einsum("ap,apv->av", by_point, points, optimize=True)
        empty = np.tile(nothing, self.copies)
        slope[empty] = self.means[empty]
        return level, slope

    def level(self, density: np.ndarray, nothing: np.ndarray) -> np.ndarray:
        """The first of :meth:`seen` alone, which takes a fraction of the time."""
        mean: np.ndarray = self.means @ density
        if self.points is None:
            return mean
        harmonic = 1 / (1 / self._at_points(density) @ self.weights)
        return np.where(np.tile(nothing, self.copies), mean, harmonic)

    def _at_points(self, density: np.ndarray) -> np.ndarray:
        """Coverage at the points in every cone, shape (copies of axes, points)."""
        assert self.points is not None
        there: np.ndarray = np.maximum(self.points @ density, _LEAST_AT_POINT)
        return there.reshape(-1, len(self.weights))


def fitted_views(
    cones: Cones,
    coverage: np.ndarray,
    error: float,
    used: np.ndarray,
    start: Optional[ViewDensity] = None,
) -> ViewDensity:
    """As :func:`views_from_coverage`; with a ``start``, only its own pull is tried."""
    known = coverage[used] / coverage[used].mean()
    relative = np.hypot(error, _MODEL_ERROR)
    scale = relative * np.maximum(known, _LEAST_COVERAGE)
    chosen = np.tile(used, cones.copies)
    known, scale = np.tile(known, cones.copies), np.tile(scale, cones.copies)
    copied = np.sqrt(cones.copies)
    best = np.sum(((known - 1) / scale) ** 2) / cones.copies
    density = np.ones(len(cones.views))
    found = ViewDensity(cones.views, cones.shares, density, 0.0)
    ridges: Tuple[float, ...] = _RIDGES
    if start is not None:
        ridges, density, best = (start.pull,), start.values, np.inf
    for ridge in ridges:
        pull = np.sqrt(ridge * np.count_nonzero(used) * cones.shares) / relative
        level, slope = cones.seen(density, coverage == 0)
        mean = level[chosen].mean()
        slope = slope[chosen] / (mean * scale * copied)[:, None]
        density = _not_negative(slope, known / (scale * copied), pull)
        density /= np.sum(cones.shares * density)
        level = cones.level(density, coverage == 0)
        level = level[chosen] / level[chosen].mean()
        misfit = np.sum(((level - known) / scale) ** 2) / cones.copies
        # Copies of an axis are one datum: parameters of symmetric densities alone count.
        once = slope.reshape(cones.copies, -1, len(density)).mean(axis=0) * copied
        parameters = _parameters(once[:, density > _NO_VIEWS], pull[density > _NO_VIEWS])
        if misfit + 2 * parameters < best:
            best = misfit + 2 * parameters
            found = ViewDensity(cones.views, cones.shares, density, parameters, ridge)
    return found


def resampled_views(
    cones: Cones,
    coverage: np.ndarray,
    error: float,
    used: np.ndarray,
    found: ViewDensity,
    count: int,
) -> List[ViewDensity]:
    """Densities from coverages that are drawn about the measured one with its error.

    Parameters
    ----------
    cones, coverage, error, used
        As for :func:`fitted_views`.
    found : ViewDensity
        Result of that function: the others are fitted with its pull.
    count : int

    Returns
    -------
    list of ViewDensity
        The same for the same parameters.
    """
    rng = np.random.default_rng(_SEED)
    spread = np.hypot(error, _MODEL_ERROR)
    others = []
    for _ in range(count):
        drawn = coverage * np.exp(rng.normal(scale=spread, size=len(coverage)))
        start = found if np.isfinite(found.pull) else replace(found, pull=_RIDGES[0])
        others.append(fitted_views(cones, drawn, error, used, start))
    return others


def _not_negative(matrix: np.ndarray, values: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """Least squares without negative values and with a pull towards 1."""
    # Loaded late: it takes long, and runs without diagnosis do not need it.
    from scipy.linalg import solve_triangular
    from scipy.optimize import nnls

    normal = matrix.T @ matrix + np.diag(pull**2)
    root = np.linalg.cholesky(normal)
    right = solve_triangular(root, matrix.T @ values + pull**2, lower=True)
    return nnls(root.T, right)[0]


def _parameters(matrix: np.ndarray, pull: np.ndarray) -> float:
    """Trace of the matrix that takes data to their fit.

    From the eigenvalues of the smaller one of two matrices of products that have the same ones.
    """
    scaled = matrix / pull
    products = scaled @ scaled.T if len(scaled) < scaled.shape[1] else scaled.T @ scaled
    values = np.linalg.eigvalsh(products)
    return float(np.sum(values / (1 + values)))


def _points_about(axes: np.ndarray, half_angle: float) -> Tuple[np.ndarray, np.ndarray]:
    """Points in the cones about axes, shape (axes x points, 3), and the part each stands for."""
    aside = np.where(np.abs(axes[:, :1]) < 0.8, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    first = np.cross(axes, aside)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(axes, first)
    points, weights, inner = [], [], 0.0
    for outer, number in _RINGS:
        edges = np.cos(np.deg2rad(half_angle * np.array([inner, outer])))
        angle = np.deg2rad(half_angle * (inner + outer) / 2 if number > 1 else 0.0)
        for turn in 2 * np.pi * (np.arange(number) + outer / 2) / number:
            across = np.cos(turn) * first + np.sin(turn) * second
            points.append(np.cos(angle) * axes + np.sin(angle) * across)
            weights.append((edges[0] - edges[1]) / number)
        inner = outer
    together = np.stack(points, axis=1).reshape(-1, 3)
    return together, np.array(weights) / np.sum(weights)


@functools.lru_cache(maxsize=1)
def view_grid() -> Tuple[AxisSet, np.ndarray]:
    """Views on RP², and the part of all directions that is closest to either end of each."""
    views = AxisSet(icosahedral_axes(_GRID))
    ends = np.concatenate([views.vectors, -views.vectors])
    areas = SphericalVoronoi(ends).calculate_areas()
    return views, areas.reshape(2, -1).sum(axis=0) / (4 * np.pi)
