"""Were the views uniform? A test and a score on the noise of a map.

A view contributes the Fourier plane across it, and the power of a reconstruction's noise along an
axis is inversely proportional to the coverage of that axis, whatever the particle.  So under
uniform views the *noise* is isotropic for a long or flat particle as for a round one, while the
resolution of the signal is not.

The log of the noise power is expanded in even harmonics of degree 2, 4 and 6 (a gamma
regression).  Bingham's test uses degree 2 alone.  The sum over the three is a Sobolev test as
Giné's (Annals of Statistics 3, 1243, 1975), without the degrees that the noise of a map does not
determine.  Under uniform views each coefficient has a variance

    v = 1 / effective + P_degree(0)² / images

of which the first is that of the noise itself and the second that of finitely many views: the Funk
transform of ``images`` points.  The mean square over the axes, less what v gives by chance, is the
square of the score.

Assumed: a reconstruction linear in the images, every coefficient divided by its own coverage.
Where a program damps badly covered axes (a Wiener filter at a signal-to-noise ratio below about 1),
noise there no longer grows as coverage falls: give a ``finest`` that is well coarser than the
resolution.  A low correlation of coarse and fine shells shows such damping.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Callable, Dict, List, Optional, Tuple, Union

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.special import gammaincc

from ...numerics.geometry.axes import rot_tilt_to_vectors, vectors_to_rot_tilt
from ...numerics.geometry.harmonics import even_harmonics, funk_factor
from .directional_noise_power import AxialPower, axial_power, bin_vectors
from .naming import named

__all__ = ["Isotropy", "isotropy"]

#: Degrees that are tested.
DEGREES = (2, 4, 6)
#: A one-sided test of this size and the interval agree: it holds 0 where the test passes.
LEVEL = 0.05
#: A lower correlation of coarse and fine shells is reported.
_DISAGREE = 0.0
#: Random axes on which the harmonics of a group are found.
_SAMPLES = 400
#: Gradient of the mean log likelihood at which the fit has converged.
_CONVERGED = 1e-6


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
        Probability of a statistic as large or larger under uniform views.
    by_degree : dict of int to (float, float)
        Mean square of each degree, and its p-value alone; 2 is Bingham's part.
    score : float
        Root mean square of the log noise power over the axes, less the value by chance: 0 for
        uniform views, 0.2 where noise power and coverage vary by about 20 %.
    interval : tuple of float
        Interval of the score, 90 %; from 0 where the test does not reject at 5 %.
    effective : float
        Independent Fourier coefficients (complex) of noise.
    effective_voxels : float
        Independent voxels: two for each of those coefficients.
    images : int or None
        Number of images that was given; ``None``: the variation of finitely many views is
        not subtracted.
    alike : float or None
        Number of uniform views whose coverage would be as uneven by chance alone as the score;
        ``None`` where the score is 0.
    noisiest, quietest : tuple of float
        Rot and tilt of the axis in degrees, and noise power over the mean over the axes.
    agreement : float
        Correlation over the axes of the log noise powers of the coarser and the finer half of the
        coefficients, -1 to 1; of use where the test rejects.
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
    images: Optional[int]
    alike: Optional[float]
    noisiest: Tuple[float, float, float]
    quietest: Tuple[float, float, float]
    agreement: float
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
        """The findings in words."""
        low, high = (100 * end for end in self.interval)
        chance = "beyond chance"
        if self.images is not None:
            chance = f"beyond what {self.images} uniform views leave by chance"
        if not self.rejected:
            limit = f"A variation of coverage by more than {high:.1f} % (rms) {chance} is ruled out"
            if self.p_value > 1 - LEVEL:
                limit = "Noise varies less over the axes than this: no limit of coverage is given"
            return [
                f"Anisotropy of the views: none {chance} (p = {self.p_value:.2g}).",
                f"{limit}; the noise holds {self.effective_voxels:.0f} independent voxels.",
            ]
        small = "< 0.001" if self.p_value < 0.001 else f"{self.p_value:.3f}"
        sentences = [
            f"Anisotropy of the views: noise power varies by {100 * self.score:.1f} % (rms) over "
            f"the axes {chance} (90 % interval {low:.1f} to {high:.1f} %, p {small}).",
            f"Noise is strongest along {_axis(self.noisiest)} and weakest along "
            f"{_axis(self.quietest)}.",
        ]
        if self.images is None and self.alike is not None:
            sentences.append(
                f"Fewer than about {self.alike:.0f} uniform views would be as uneven by chance: if "
                "the map has more images, its views were not uniform."
            )
        if self.agreement < _DISAGREE:
            sentences.append(
                "Coarse and fine shells disagree on the axes (correlation "
                f"{self.agreement:.2f}), as in a map whose badly covered axes were damped by a "
                "filter: look at coarse shells alone, or at unfiltered half maps."
            )
        return sentences


def isotropy(
    noise: np.ndarray,
    region: np.ndarray,
    images: Optional[int] = None,
    symmetry: Union[Rotation, Callable[[], Rotation], None] = None,
    finest: Optional[float] = None,
    threads: int = 1,
    radial: Optional[np.ndarray] = None,
) -> Isotropy:
    """Test whether the noise of a map is that of uniform views.

    Parameters
    ----------
    noise : ndarray, shape (N, N, N)
        The map itself, or :func:`.directional_noise_power.half_difference`; ``[z, y, x]``.
    region : ndarray of bool, shape (N, N, N)
        Where it holds noise alone: for a map the solvent (:func:`.off_the_particle`), for half
        maps the part that was not masked.
    images : int, optional
        Number of images behind the map, so that the random variation of finitely many views is
        not taken for anisotropy.  Without it the null is that of very many.
    symmetry : Rotation, optional
        All rotations of the point group that was imposed, or a function that returns them when the
        noise has been measured: symmetric copies of the noise are not independent.
    finest : float, optional
        Spatial frequency up to which to look, cycles per voxel.
    threads : int
    radial : ndarray, shape (N // 2 + 1,), optional
        Mean power of the noise by Fourier shell (:func:`.noise_power`), where it is known.

    Returns
    -------
    Isotropy

    Raises
    ------
    ValueError
        If there is too little noise for the test, or ``images`` is not positive.
    """
    if images is not None and images < 1:
        raise ValueError(f"{images} images: the number of images must be positive")
    power = axial_power(noise, region, finest, threads, radial)
    group = (symmetry() if callable(symmetry) else symmetry) or Rotation.identity(1)
    bases = {degree: _invariant(degree, group) for degree in DEGREES}
    found = _coefficients(power.power, power.count, bases)
    found = {degree: values / power.kept(degree) for degree, values in found.items()}
    view_variance = 0.0 if images is None else _view_variance(power, images, len(group))
    funk = np.array([funk_factor(degree) ** 2 for degree in DEGREES])
    count = np.array([bases[degree].shape[1] for degree in DEGREES], float)
    own = np.array([power.variance(degree) / power.kept(degree) ** 2 for degree in DEGREES])
    own *= len(group)
    null = _Null(count, own + funk * view_variance)
    squares = np.array([float(np.sum(found[degree] ** 2)) for degree in DEGREES])
    statistic = float(squares.sum())
    along = _variance_along(found, bases, own, view_variance, power)
    score = float(np.sqrt(max(statistic - null.mean, 0.0)))
    noisiest, quietest = _extremes(found, bases)
    return Isotropy(
        statistic=statistic,
        expected=null.mean,
        p_value=null.tail(statistic),
        by_degree={
            degree: (float(square), null.only(i).tail(float(square)))
            for i, (degree, square) in enumerate(zip(DEGREES, squares))
            if null.count[i]
        },
        score=score,
        interval=null.interval(statistic, along),
        effective=power.effective / len(group),
        effective_voxels=2 * power.effective / len(group),
        images=images,
        alike=float(np.sum(count * funk)) / score**2 if score > 0 else None,
        noisiest=noisiest,
        quietest=quietest,
        agreement=_agreement(power, bases),
        shells=power.shells,
    )


@dataclass(frozen=True)
class _Null:
    """Sum of squared coefficients under uniform views: their number and variance, by degree."""

    count: np.ndarray
    variance: np.ndarray

    @property
    def mean(self) -> float:
        return float(np.sum(self.count * self.variance))

    def only(self, index: int) -> _Null:
        return _Null(self.count[index : index + 1], self.variance[index : index + 1])

    def tail(self, statistic: float, signal: float = 0.0, along: float = 0.0) -> float:
        """Probability of a statistic as large or larger.

        With a true mean square ``signal`` of coefficients whose variance in its direction is
        ``along``. A gamma distribution of the right mean and variance (Patnaik, Biometrika 36, 202,
        1949).
        """
        mean = self.mean + signal
        variance = 2 * float(np.sum(self.count * self.variance**2)) + 4 * signal * along
        return float(gammaincc(mean**2 / variance, statistic * mean / variance))

    def interval(self, statistic: float, along: float) -> Tuple[float, float]:
        """Interval of the score, at whose ends either tail is ``LEVEL``."""
        # Loaded late: it takes long, and runs without diagnosis do not need it.
        from scipy.optimize import brentq

        def score_at(level: float) -> float:
            def excess(signal: float) -> float:
                return self.tail(statistic, signal, along) - level

            if excess(0.0) >= 0:
                return 0.0
            top = statistic + self.mean
            while excess(top) < 0:
                top *= 2
            return float(np.sqrt(brentq(excess, 0.0, top)))

        return score_at(LEVEL), score_at(1 - LEVEL)


def _variance_along(
    coefficients: Dict[int, np.ndarray],
    bases: Dict[int, np.ndarray],
    own: np.ndarray,
    view_variance: float,
    power: AxialPower,
) -> float:
    """Variance of the coefficients along the direction in which they lie.

    A view adds to the coverage c on its great circle, and to the log of the noise power one over c
    times that.  Its part in the coefficients is thus the Funk transform, at the view, of what was
    found over c.  The second term is its variance over the views, whose density follows from the
    coefficients to first order, times ``view_variance``.
    """
    where = bin_vectors()
    log, density, noise = np.zeros(len(where)), np.ones(len(where)), 0.0
    for variance, degree in zip(own, DEGREES):
        values = even_harmonics(where, [degree]) @ (bases[degree] @ coefficients[degree])
        log += values
        density -= values / funk_factor(degree)
        noise += variance * float(np.sum(coefficients[degree] ** 2))
    length = np.sqrt(sum(np.sum(values**2) for values in coefficients.values()))
    over_coverage = np.exp(log) * np.average(np.exp(-log), weights=power.count)
    added = _funk_transform(log / length * over_coverage, where, power.count)
    weights = np.maximum(density, 0.0) * power.count
    spread = np.average((added - np.average(added, weights=weights)) ** 2, weights=weights)
    return noise / length**2 + view_variance * float(spread)


def _funk_transform(values: np.ndarray, where: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Means over the great circles across axes, of the part of degree 8 and less."""
    out = np.zeros(len(values))
    for degree in (0, *DEGREES, DEGREES[-1] + 2):
        harmonics = even_harmonics(where, [degree])
        out += harmonics @ (harmonics.T @ (weights * values)) * funk_factor(degree)
    return out / weights.sum()


def _invariant(degree: int, group: Rotation) -> np.ndarray:
    """Orthonormal combinations of a degree's harmonics that a group does not change, as columns."""
    points = np.random.default_rng(0).normal(size=(_SAMPLES, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    values = even_harmonics(points, [degree])
    turned = np.mean([even_harmonics(points @ turn.T, [degree]) for turn in group.as_matrix()], 0)
    projector = np.linalg.lstsq(values, turned, rcond=None)[0]
    shares, columns = np.linalg.eigh((projector + projector.T) / 2)
    return columns[:, shares > 0.5]


def _coefficients(
    total: np.ndarray, count: np.ndarray, bases: Dict[int, np.ndarray]
) -> Dict[int, np.ndarray]:
    """Coefficients of the log power, by degree: a gamma regression with a log link."""
    from scipy.optimize import minimize

    used = count > 0
    total, count = total[used], count[used]
    where = bin_vectors()[used]
    blocks = [even_harmonics(where, [degree]) @ basis for degree, basis in bases.items()]
    design = np.concatenate([np.ones((len(where), 1)), *blocks], axis=1)

    def loss(beta: np.ndarray) -> Tuple[float, np.ndarray]:
        log = design @ beta
        scaled = total * np.exp(-log)
        value = float(np.sum(count * log + scaled)) / count.sum()
        return value, design.T @ (count - scaled) / count.sum()

    def curvature(beta: np.ndarray) -> np.ndarray:
        return (design.T * (total * np.exp(-(design @ beta)))) @ design / count.sum()

    start = np.zeros(design.shape[1])
    found = minimize(
        loss, start, jac=True, hess=curvature, method="trust-exact", options={"gtol": _CONVERGED}
    )
    edges = np.cumsum([1] + [block.shape[1] for block in blocks])
    return {degree: found.x[first:last] for degree, first, last in zip(bases, edges, edges[1:])}


def _agreement(power: AxialPower, bases: Dict[int, np.ndarray]) -> float:
    """Correlation of the coefficients of the coarser and the finer half."""
    fine = (power.power - power.coarse_power, power.count - power.coarse_count)
    first, second = (
        np.concatenate(list(_coefficients(total, count, bases).values()))
        for total, count in ((power.coarse_power, power.coarse_count), fine)
    )
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _view_variance(power: AxialPower, images: int, copies: int) -> float:
    """Variance of the density of views, as it appears in the log of the noise power.

    One over the number of images, but where few views meet in a coefficient noise power falls
    faster than as one over their number m: the mean of 1/m over Poisson's distribution
    goes as ``1/crowd + 1/crowd²``.  Half maps have half of the images each; of an image each
    symmetric copy is a view.
    """
    shells = np.arange(power.shells[0], power.shells[1] + 1)
    crowd = copies * images / 2 / (2 * np.average(shells, weights=power.coefficients))
    return (1 + 1 / crowd) ** 2 / images


def _extremes(
    coefficients: Dict[int, np.ndarray], bases: Dict[int, np.ndarray]
) -> Tuple[Tuple[float, float, float], Tuple[float, float, float]]:
    """Axes of most and of least noise: rot, tilt, power over the mean."""
    where = bin_vectors()
    log = sum(even_harmonics(where, [d]) @ (bases[d] @ coefficients[d]) for d in DEGREES)
    relative = np.exp(log) / np.exp(log).mean()
    rot, tilt = vectors_to_rot_tilt(where * np.where(where[:, 2:] < 0, -1.0, 1.0))
    most, least = int(np.argmax(relative)), int(np.argmin(relative))
    return tuple(  # type: ignore[return-value]
        (float(rot[i]), float(tilt[i]), float(relative[i])) for i in (most, least)
    )


def _axis(found: Tuple[float, float, float]) -> str:
    rot, tilt, power = found
    return (
        f"{named(rot_tilt_to_vectors(np.array(rot), np.array(tilt)))} ({power:.2f} times the mean)"
    )
