"""Were the views uniform? A test and a score on the noise of a map.

A view contributes the Fourier plane across it, and the power of a reconstruction's
noise along an axis goes as one over the coverage of that axis, whatever the particle.
So under uniform views the *noise* is isotropic for a long or flat particle as for a
round one, while the resolution of the signal is not: tests on votes or resolutions reject for the
shape alone.

The log of the noise power is expanded in even harmonics of degree 2, 4 and 6 (a
gamma regression).  Degree 2 is what Bingham's test sees, degrees 4 and 6 what it is blind to; their
sum is a Sobolev test as Giné's (Annals of Statistics 3, 1243, 1975), cut off where views
differ by more than a map can tell.  Under uniform views each coefficient has a variance

    v = 1 / effective + P_degree(0)² / images

of which the first is that of the noise itself and the second the luck of finite views: the Funk
transform of ``images`` points.  The mean square over the axes, less what v gives by chance, is the
square of the score.

Assumed: a reconstruction linear in the images, every coefficient divided by its own coverage.
Where a program damps badly covered axes (a Wiener filter at a signal-to-noise ratio below about
1), noise there no longer grows as coverage falls: give ``finest`` well coarser than the resolution.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import scipy.optimize
import scipy.stats
from scipy.spatial.transform import Rotation

from ..numerics.axes import vectors_to_rot_tilt
from ..numerics.harmonics import even_harmonics, funk_factor
from .axial_power import AxialPower, axial_power, cell_vectors

__all__ = ["Isotropy", "half_difference", "isotropy"]

#: Degrees that are tested, and those from which the luck of finite views is learnt.
LOW, HIGH = (2, 4, 6), (8, 10, 12)
#: A one-sided test of this size and the interval agree: it holds 0 where the test passes.
LEVEL = 0.05
#: Relative error of one over the number of images as the luck of views: noise power goes as one
#: over coverage only where many views meet (slopes of 0.6 to 1.2 in docs/diagnosis_isotropy.rst).
_IMAGES_ERROR = 0.4
_CERTAIN = 1e9
_SAMPLES = 400
_SAME = 1e-6


@dataclass(frozen=True)
class Isotropy:
    """Outcome of the test.

    Attributes
    ----------
    statistic : float
        Mean square over the axes of the log noise power, degrees 2 to 6.
    expected : float
        The same by chance under uniform views.
    p_value : float
        Of a statistic as large or larger under uniform views.
    by_degree : dict of int to (float, float)
        Mean square of each degree, and its p-value alone; 2 is Bingham's part.
    score : float
        Root mean square of the log noise power over the axes, what chance gives taken off: 0 for
        uniform views, 0.2 where noise power and coverage vary by about 20 %.
    interval : tuple of float
        Of the score, 90 %; from 0 where the test does not reject at 5 %.
    effective : float
        Independent Fourier coefficients (complex) of noise.
    effective_voxels : float
        Independent voxels: two for each of those coefficients.
    images : float or None
        Number of images that the luck of finite views was computed from; where none was given,
        an estimate from degrees 8 to 12; ``None``: more than can be told.
    images_given : bool
    noisiest, quietest : tuple of float
        Rot and tilt of the axis in degrees, and noise power over the mean over the axes.
    shells : tuple of int
        First and last Fourier shell that were used.
    """

    statistic: float
    expected: float
    p_value: float
    by_degree: Dict[int, Tuple[float, float]]
    score: float
    interval: Tuple[float, float]
    effective: float
    effective_voxels: float
    images: Optional[float]
    images_given: bool
    noisiest: Tuple[float, float, float]
    quietest: Tuple[float, float, float]
    shells: Tuple[int, int]

    @property
    def rejected(self) -> bool:
        """Whether uniform views are ruled out at 5 %."""
        return self.p_value < LEVEL

    def record(self) -> Dict[str, object]:
        """All numbers, as JSON takes them."""
        out = asdict(self)
        out["by_degree"] = {
            str(degree): {"mean_square": square, "p_value": p}
            for degree, (square, p) in self.by_degree.items()
        }
        for name in ("noisiest", "quietest"):
            out[name] = dict(zip(("rot", "tilt", "power"), getattr(self, name)))
        out["interval"], out["shells"] = list(self.interval), list(self.shells)
        out["rejected"] = self.rejected
        return out

    def sentences(self) -> List[str]:
        """Plain English with numbers."""
        low, high = (100 * end for end in self.interval)
        luck = self._luck()
        if not self.rejected:
            return [
                f"Anisotropy: none beyond chance (p = {_p(self.p_value)}); noise power along the "
                f"axes is as {luck} would leave it.",
                f"A variation of coverage over the axes of more than {high:.0f} % (rms) is ruled "
                f"out; the noise holds {self.effective_voxels:.0f} independent voxels.",
            ]
        return [
            f"Anisotropy: views were not uniform (p {_p(self.p_value)}); noise power varies by "
            f"{100 * self.score:.0f} % (rms) over the axes beyond what {luck} would "
            f"leave, 90 % interval {low:.0f} to {high:.0f} %.",
            f"Noise is strongest along {_axis(self.noisiest)} and weakest along "
            f"{_axis(self.quietest)}: few views lie across the former, unless the latter "
            "has almost none, which no view may have reached.",
        ]

    def _luck(self) -> str:
        if self.images is None:
            return "uniform views"
        return f"{'' if self.images_given else 'about '}{self.images:.0f} uniform views"


def half_difference(half1: np.ndarray, half2: np.ndarray) -> np.ndarray:
    """Half of the difference of half maps: noise of the strength of that in their mean, float32."""
    if half1.shape != half2.shape:
        raise ValueError(f"half maps of shapes {half1.shape} and {half2.shape}: they must agree")
    return np.subtract(half1, half2, dtype=np.float32) / np.float32(2)


def isotropy(
    noise: np.ndarray,
    region: np.ndarray,
    images: Optional[int] = None,
    symmetry: Optional[Rotation] = None,
    finest: Optional[float] = None,
    threads: int = 1,
) -> Isotropy:
    """Test whether the noise of a map is that of uniform views.

    Parameters
    ----------
    noise : ndarray, shape (N, N, N)
        The map itself, or :func:`half_difference`; ``[z, y, x]``.
    region : ndarray of bool, shape (N, N, N)
        Where it holds noise alone: for a map the solvent
        (:func:`monodir_plugin.numerics.solvent.off_the_particle`), for half maps all that
        they were not masked by.
    images : int, optional
        Number of images behind the map.  Without it the luck of finite views is learnt from
        degrees 8 to 12, at some loss of power.
    symmetry : Rotation, optional
        All rotations of the point group that was imposed, the identity among them
        (``Rotation.create_group("D7")``): symmetric copies of the noise are not independent.
    finest : float, optional
        Spatial frequency up to which to look, cycles per voxel.
    threads : int

    Returns
    -------
    Isotropy

    Raises
    ------
    ValueError
        If there is too little noise to tell, or ``images`` is not positive.
    """
    if images is not None and images < 1:
        raise ValueError(f"{images} images: the number of images must be positive")
    group = symmetry or Rotation.identity(1)
    power = axial_power(noise, region, finest, threads)
    bases = {degree: _invariant(degree, group) for degree in LOW + HIGH}
    low = _squares(power, bases, LOW)
    own = {d: len(group) * power.variance(d) / power.kept(d) ** 2 for d in LOW + HIGH}
    luck, luck_variance = _luck_of_views(_squares(power, bases, LOW + HIGH), own, images)
    null = _Null(
        np.array([bases[degree].shape[1] for degree in LOW], float),
        np.array([own[degree] + funk_factor(degree) ** 2 * luck for degree in LOW]),
        np.array([funk_factor(degree) ** 2 for degree in LOW]),
        luck_variance,
    )
    squares = np.array([float(np.sum(low[degree] ** 2)) for degree in LOW])
    statistic = float(squares.sum())
    shares = null.shares(squares)
    noisiest, quietest = _extremes(low, bases)
    return Isotropy(
        statistic=statistic,
        expected=null.mean,
        p_value=null.tail(statistic, 0.0, shares),
        by_degree={
            degree: (float(square), null.only(i).tail(float(square), 0.0, np.ones(1)))
            for i, (degree, square) in enumerate(zip(LOW, squares))
            if null.count[i]
        },
        score=float(np.sqrt(max(statistic - null.mean, 0.0))),
        interval=null.interval(statistic, shares),
        effective=power.effective / len(group),
        effective_voxels=2 * power.effective / len(group),
        images=1 / luck if luck > 0 else None,
        images_given=images is not None,
        noisiest=noisiest,
        quietest=quietest,
        shells=power.shells,
    )


@dataclass(frozen=True)
class _Null:
    """Sum of squared coefficients whose variances are known, or learnt from higher degrees.

    Attributes
    ----------
    count, variance : ndarray, shape (degrees,)
        Coefficients of each degree, and the variance of each.
    factor : ndarray, shape (degrees,)
        By which the variance of the luck of views enters.
    luck_variance : float
        Squared error of that luck.
    """

    count: np.ndarray
    variance: np.ndarray
    factor: np.ndarray
    luck_variance: float

    @property
    def mean(self) -> float:
        return float(np.sum(self.count * self.variance))

    def only(self, index: int) -> _Null:
        part = slice(index, index + 1)
        return _Null(self.count[part], self.variance[part], self.factor[part], self.luck_variance)

    def shares(self, squares: np.ndarray) -> np.ndarray:
        """How the excess is spread over the degrees."""
        excess = np.maximum(squares - self.count * self.variance, 0.0)
        if excess.sum() == 0:
            excess = self.count * self.variance
        return excess / excess.sum()

    def tail(self, statistic: float, signal: float, shares: np.ndarray) -> float:
        """Probability of a statistic as large or larger with a true mean square ``signal``.

        A gamma distribution of the right mean and variance (Patnaik, Biometrika 36, 202, 1949),
        over another one where the variance was estimated: an F distribution.
        """
        mean = self.mean + signal
        spread = 2 * float(np.sum(self.count * self.variance**2))
        spread += 4 * signal * float(np.sum(shares * self.variance))
        doubt = self.luck_variance * float(np.sum(self.count * self.factor)) ** 2
        below = min(2 * mean**2 / doubt, _CERTAIN) if doubt > 0 else _CERTAIN
        return float(scipy.stats.f.sf(statistic / mean, 2 * mean**2 / spread, below))

    def interval(self, statistic: float, shares: np.ndarray) -> Tuple[float, float]:
        """Of the score: where either tail is ``LEVEL``."""
        return self._score_at(statistic, shares, LEVEL), self._score_at(
            statistic, shares, 1 - LEVEL
        )

    def _score_at(self, statistic: float, shares: np.ndarray, tail: float) -> float:
        def excess(signal: float) -> float:
            return self.tail(statistic, signal, shares) - tail

        if excess(0.0) >= 0:
            return 0.0
        top = statistic + self.mean
        while excess(top) < 0:
            top *= 2
        return float(np.sqrt(scipy.optimize.brentq(excess, 0.0, top)))


def _invariant(degree: int, group: Rotation) -> np.ndarray:
    """Orthonormal combinations of a degree's harmonics that a group leaves alone, as columns."""
    points = np.random.default_rng(0).normal(size=(_SAMPLES, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    values = even_harmonics(points, [degree])
    turned = np.mean([even_harmonics(points @ turn.T, [degree]) for turn in group.as_matrix()], 0)
    projector = np.linalg.lstsq(values, turned, rcond=None)[0]
    shares, columns = np.linalg.eigh((projector + projector.T) / 2)
    return columns[:, shares > 0.5]


def _squares(
    power: AxialPower, bases: Dict[int, np.ndarray], degrees: Sequence[int]
) -> Dict[int, np.ndarray]:
    """Coefficients of the log power, by degree: a gamma regression with a log link."""
    used = power.count > 0
    total, count = power.power[used], power.count[used]
    where = cell_vectors()[used]
    blocks = [even_harmonics(where, [degree]) @ bases[degree] for degree in degrees]
    design = np.concatenate([np.ones((len(where), 1)), *blocks], axis=1)

    def loss(beta: np.ndarray) -> Tuple[float, np.ndarray]:
        log = design @ beta
        scaled = total * np.exp(-log)
        value = float(np.sum(count * log + scaled)) / count.sum()
        return value, design.T @ (count - scaled) / count.sum()

    def curvature(beta: np.ndarray) -> np.ndarray:
        return (design.T * (total * np.exp(-(design @ beta)))) @ design / count.sum()

    start = np.zeros(design.shape[1])
    found = scipy.optimize.minimize(
        loss, start, jac=True, hess=curvature, method="trust-exact", options={"gtol": _SAME}
    )
    edges = np.cumsum([1] + [block.shape[1] for block in blocks])
    return {
        degree: found.x[first:last] / power.kept(degree)
        for degree, first, last in zip(degrees, edges, edges[1:])
    }


def _luck_of_views(
    coefficients: Dict[int, np.ndarray], own: Dict[int, float], images: Optional[int]
) -> Tuple[float, float]:
    """One over the effective number of views, from the high degrees, and its squared error.

    Weighted least squares on the squared coefficients, whose variance is their own and the
    luck times the squared factor of Funk; a given number of images counts as one more value.
    """
    known = 0.0 if images is None else (images / _IMAGES_ERROR) ** 2
    given = 0.0 if images is None else 1.0 / images
    square = np.concatenate([coefficients[d] ** 2 for d in HIGH])
    count = [len(coefficients[d]) for d in HIGH]
    factor = np.repeat([funk_factor(d) ** 2 for d in HIGH], count)
    noise = np.repeat([own[d] for d in HIGH], count)
    luck = 0.0
    for _ in range(20):
        weight = 0.5 * factor / (noise + factor * luck) ** 2
        information = float(np.sum(weight * factor)) + known
        luck = max(float(np.sum(weight * (square - noise)) + known * given) / information, 0.0)
    return luck, 1 / information


def _extremes(
    coefficients: Dict[int, np.ndarray], bases: Dict[int, np.ndarray]
) -> Tuple[Tuple[float, float, float], Tuple[float, float, float]]:
    """Axes of most and of least noise: rot, tilt, power over the mean."""
    where = cell_vectors()
    log = sum(even_harmonics(where, [d]) @ (bases[d] @ coefficients[d]) for d in LOW)
    relative = np.exp(log) / np.exp(log).mean()
    rot, tilt = vectors_to_rot_tilt(where * np.where(where[:, 2:] < 0, -1.0, 1.0))
    most, least = int(np.argmax(relative)), int(np.argmin(relative))
    return tuple(  # type: ignore[return-value]
        (float(rot[i]), float(tilt[i]), float(relative[i])) for i in (most, least)
    )


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _axis(found: Tuple[float, float, float]) -> str:
    rot, tilt, power = found
    return f"rot {rot:.0f}, tilt {tilt:.0f} degrees ({power:.2f} times the mean)"
