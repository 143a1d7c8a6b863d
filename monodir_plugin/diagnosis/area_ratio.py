"""The conical FSC area ratio, cFAR, and the value that even views would give by chance.

This follows the description that SIMPLE publishes of its ``fsc_area_score`` (default settings): the
half maps' correlation in double cones of 20 degrees about every axis, shell by shell; of every
curve the area up to the first shell at or below 0.143, shells weighted by the square of their
radius; and the smallest area over the largest.  SIMPLE follows what is public of cryoSPARC's
number.  This is not that number: masks and axes differ.  0.5 is the usual line, below which a map
is said to have preferred views.

Curves of cones scatter, so that the smallest and the largest area differ in an isotropic map, too.
The expected difference is found by drawing curves about that of whole shells.  Their scatter
follows from the number of independent coefficients in a cone, and from the coverage of a cone by so
many random even views.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np
from scipy.special import eval_legendre

from ..numerics.geometry.axes import AxisSet

__all__ = ["GOOD", "HALF_ANGLE", "THRESHOLD", "AreaRatio", "area_ratio", "areas"]

#: Half the opening of the cones, degrees; and the correlation at which an area ends.
HALF_ANGLE, THRESHOLD = 20.0, 0.143
#: The usual line between good and bad.
GOOD = 0.5
_DRAWN, _SEED = 200, 6121
_ENDS = (0.05, 0.95)
_LAST_DEGREE = 20


@dataclass(frozen=True)
class AreaRatio:
    """Smallest over largest area under the curves of cones.

    Attributes
    ----------
    value : float
        0 to 1.
    by_chance : float
        Median of the values that even views give.
    low, high : float
        Between these lie 90 % of the values that even views give.
    images : int or None
        Number of images; ``None``: the interval is that of very many images, without the random
        variation of the views.
    """

    value: float
    by_chance: float
    low: float
    high: float
    images: Optional[int]

    def sentence(self) -> str:
        """The finding in words."""
        reads = "below" if self.value < GOOD else "above"
        views = "even views" if self.images is None else f"{self.images} even views"
        return (
            f"The conical FSC area ratio (cFAR) is {self.value:.2f}, {reads} the usual line of "
            f"{GOOD:g}; {views} would give {self.by_chance:.2f} "
            f"({self.low:.2f} to {self.high:.2f}). It follows SIMPLE's published description and "
            "is not cryoSPARC's own number."
        )


def area_ratio(
    fsc: np.ndarray,
    plain: np.ndarray,
    numbers: np.ndarray,
    first: int,
    axes: AxisSet,
    images: Optional[int] = None,
) -> AreaRatio:
    """The ratio, and its distribution for even views.

    Parameters
    ----------
    fsc : ndarray, shape (axes, shells)
        Correlation of the half maps in cones of ``HALF_ANGLE``, from shell 0, which is not used.
    plain : ndarray, shape (shells,)
        Over whole shells.
    numbers : ndarray, shape (axes, shells)
        Independent complex coefficients in every cone, a conjugate pair counting as two.
    first : int
        First shell whose directions are sharp: coarser ones count as whole shells.
    axes : AxisSet
    images : int, optional
        Number of particle images behind both half maps.

    Returns
    -------
    AreaRatio
    """
    rng = np.random.default_rng(_SEED)
    fine = np.arange(len(plain)) >= first
    spread = fine * (1 - plain**2) / np.sqrt(2 * numbers + 1)
    slope = fine * (1 - plain) * plain
    together = _overlap(axes)
    views = np.zeros_like(together) if images is None else _random_coverage(axes, images)
    drawn = []
    for _ in range(_DRAWN):
        noise = together @ rng.normal(size=fsc.shape)
        covered = views @ rng.normal(size=(len(axes), 1))
        drawn.append(_ratio(plain + spread * noise + slope * covered))
    low, high = np.quantile(drawn, _ENDS)
    value = _ratio(np.where(fine, fsc, plain))
    return AreaRatio(value, float(np.median(drawn)), float(low), float(high), images)


def areas(fsc: np.ndarray) -> np.ndarray:
    """Areas under curves up to the first shell at or below the threshold, any unit.

    Parameters
    ----------
    fsc : ndarray, shape (n, shells)
        From shell 0, which is not used.

    Returns
    -------
    ndarray, shape (n,)
    """
    going_on = np.logical_and.accumulate(fsc[:, 1:] > THRESHOLD, axis=1)
    shells = np.arange(1, fsc.shape[1], dtype=float)
    return np.sum(np.where(going_on, fsc[:, 1:], 0.0) * shells**2, axis=1)


def _ratio(fsc: np.ndarray) -> float:
    found = areas(fsc)
    return float(found.min() / found.max()) if found.max() > 0 else 0.0


def _overlap(axes: AxisSet) -> np.ndarray:
    """Root of the correlation of values of cones, which share coefficients where they overlap.

    The shared part of two caps falls nearly linearly with the angle between them.
    """
    return _root(np.maximum(1 - axes.angles_to(axes.vectors) / (2 * HALF_ANGLE), 0.0))


def _random_coverage(axes: AxisSet, images: int) -> np.ndarray:
    """Root of the covariance of the relative coverage of cones by even views.

    The Funk transform of points drawn evenly, seen through the cones.
    """
    cosine = axes.vectors @ axes.vectors.T
    edge = np.cos(np.deg2rad(HALF_ANGLE))
    total = np.zeros_like(cosine)
    for degree in range(2, _LAST_DEGREE + 1, 2):
        ends = eval_legendre(degree - 1, edge) - eval_legendre(degree + 1, edge)
        kept = ends / ((2 * degree + 1) * (1 - edge)) * eval_legendre(degree, 0.0)
        total += (2 * degree + 1) * kept**2 * eval_legendre(degree, cosine)
    return _root(total / images)


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    root: np.ndarray = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root
