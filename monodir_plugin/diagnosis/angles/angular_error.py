"""Angular errors: the errors of the angles that were assigned to the images.

A small error of rotation displaces a point at a distance r from the centre by r sin(sigma) in the
tangential direction, and not in the radial one.  A reconstruction averages over many such images:
the power of a Fourier component of spatial frequency f, at an angle theta from the radial
direction, is damped by ``exp(-(2 pi f r sin(sigma) sin(theta))²)`` (Vilas et al. 2020, Results,
state this of the resolution).  Noise, density that decreases outwards, flexibility, shift errors
and B-factors blur in the radial direction as well.  So the ratio of *tangential* to *radial* power
(:mod:`.local_orientation`) is fitted (:mod:`.angular_damping`): its decrease with f² r² gives
sigma².

A single map gives a lower bound only.  A Fourier coefficient is the mean of few images, so that
wrong angles leave signal that does not average out.  Its power is not damped as that of the signal
is, and it lies in the particle and not in the solvent; it makes angular errors seem smaller.  The
difference of half maps contains it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Dict, List, Optional, Tuple, Union

import numpy as np
from scipy.special import stdtrit

from ...numerics.geometry.crop import cropped
from ...numerics.geometry.grid import box_centre, distances_from
from ...numerics.geometry.hull import ends_of_rows, largest_sphere_in_hull
from ...numerics.measurement.presets import DEFAULT
from ...numerics.solvent.region import NoNoiseError
from .angular_damping import Damping, fit_damping
from .hollow import hollow_share
from .local_orientation import Powers, orientation_in_shells

__all__ = [
    "AngularError", "angular_error", "damping_in", "error_of_fit", "interval_of", "MOST_HOLLOW",
]  # fmt: skip

#: Confidence of the interval.
CONFIDENCE = 0.90
#: Least radius of the sphere in voxels; a smaller one holds too few Fourier components.
_LEAST_REACH = 8.0
#: Errors that were calibrated with simulated maps (``docs/diagnosis/angles.rst``): of the logarithm
#: of the ratio of powers, in common to all bins of a particle, and relative to sigma².
COMMON, RELATIVE = 0.05, 0.10
#: Whole particles and groups of chains of that calibration were hollow by no larger share; beyond
#: it the interval was too small in the test.
MOST_HOLLOW = 0.1


@dataclass(frozen=True)
class AngularError:
    """Angular error of the images of a map.

    Attributes
    ----------
    sigma : float or None
        Standard deviation of each component of the rotation errors of the images, degrees;
        ``None`` where it cannot be measured.  From a single map it tends to be too small.
    low, high : float or None
        A 90 % interval of ``sigma``, degrees.  Where ``low`` is 0, the angular error does not
        differ significantly from zero.  Where ``high`` is ``None``, the interval has no upper
        end, as for every single map, and ``low`` is a lower bound with 95 % confidence.
    squared, squared_error : float or None
        Estimate of sigma², which may be negative, and its standard error, degrees².
    reach : float or None
        Radius up to which the map was used, Å.
    coarsest, finest : float or None
        Resolutions of the bands that were used, Å.
    bins : int
        Number of bins of spatial frequency and radius that were fitted.
    scatter : float or None
        Anisotropy of the particle's density, in units of that of white noise.
    half_maps : bool
        Whether the noise was measured from half maps.
    reason : str or None
        Why no angular error is given.
    """

    sigma: Optional[float]
    low: Optional[float]
    high: Optional[float]
    squared: Optional[float]
    squared_error: Optional[float]
    reach: Optional[float]
    coarsest: Optional[float]
    finest: Optional[float]
    bins: int
    scatter: Optional[float]
    half_maps: bool
    reason: Optional[str] = None

    @property
    def significant(self) -> bool:
        """Whether the angular error differs significantly from zero."""
        return self.low is not None and self.low > 0

    def record(self) -> Dict[str, object]:
        """All attributes in types that JSON has."""
        return {**asdict(self), "confidence": CONFIDENCE, "significant": self.significant}

    def sentences(self) -> List[str]:
        """The finding in words."""
        if self.reason is not None:
            return [f"The angular error cannot be measured: {self.reason}."]
        method = (
            f"This was measured at {self.coarsest:.3g} to {self.finest:.3g} Å within "
            f"{self.reach:.0f} Å of the centre of the box: angular errors damp tangential Fourier "
            "components, increasingly with the radius, but not radial ones."
        )
        no_limit = "there is no upper limit" if self.half_maps else "an upper limit needs half maps"
        if not self.significant:
            if self.high is None:
                return [f"No angular error was detected; {no_limit}.", method]
            return [f"Angular errors below {self.high:.2g} degrees cannot be detected.", method]
        assert self.reach is not None and self.sigma is not None and self.low is not None
        if self.high is None:
            size, least = self.low, "at least "
            first = (
                f"The angular error is at least {self.low:.2g} degrees (95 % confidence; standard "
                f"deviation about each axis); {no_limit}."
            )
        else:
            size, least = self.sigma, ""
            first = (
                f"The angular error is {self.sigma:.2g} degrees (90 % interval {self.low:.2g} to "
                f"{self.high:.2g} degrees; standard deviation about each axis)."
            )
        displacement = self.reach * np.sin(np.deg2rad(size))
        return [
            first,
            f"At {self.reach:.0f} Å from the centre this is a tangential displacement of {least}"
            f"{displacement:.2g} Å.",
            method,
        ]


def angular_error(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    noise_map: Optional[np.ndarray] = None,
    threads: int = 1,
    solvent: Optional[np.ndarray] = None,
    powers: Optional[Powers] = None,
) -> AngularError:
    """Estimate the angular errors of the images from a map.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``; its images were aligned about the centre of its box, voxel ``N // 2``.
    mask : ndarray of bool, shape (N, N, N)
        The particle.
    sampling : float
        Voxel size, Å.
    noise_map : ndarray, shape (N, N, N), optional
        Half of the difference of the half maps; without it the noise is that of the solvent.
    threads : int
    solvent : ndarray of bool, shape (N, N, N), optional
        Where the map holds noise alone; without it and without a noise map it is found.
    powers : pair of ndarray, shape (N // 2 + 1,), optional
        Mean power by Fourier shell of the particle with its noise, and of the solvent, where they
        are known.

    Returns
    -------
    AngularError

    Raises
    ------
    ValueError
        If shapes differ.
    """
    found = damping_in(volume, mask, sampling, noise_map, threads, solvent, powers)
    return error_of_fit(found, sampling, noise_map is not None)


def damping_in(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    noise_map: Optional[np.ndarray] = None,
    threads: int = 1,
    solvent: Optional[np.ndarray] = None,
    powers: Optional[Powers] = None,
) -> Union[Damping, str]:
    """The fit of :func:`angular_error`, or the reason why there is none; parameters as there."""
    if volume.shape != mask.shape:
        raise ValueError(f"the mask has shape {mask.shape}, the map {volume.shape}")
    side = DEFAULT.working_box(mask) if mask.any() else mask.shape[0]
    volume, mask = cropped(volume, side), cropped(mask, side)
    reach = _reach(mask)
    if reach < _LEAST_REACH:
        return (
            f"no sphere of {_LEAST_REACH * sampling:.0f} Å radius about the centre of the box fits "
            "into the mask"
        )
    # A flat ring is hollow as far as the sphere in its hull reaches.
    if distances_from(np.flatnonzero(mask), mask.shape, box_centre(mask.shape[0])).min() >= reach:
        return (
            f"the particle holds nothing within {reach * sampling:.0f} Å of the centre of the box, "
            "where the largest sphere in its hull ends"
        )
    if noise_map is not None:
        shells = orientation_in_shells(
            volume, mask, reach, noise_map=cropped(noise_map, side), threads=threads
        )
        return _with_hollow(fit_damping(shells), volume, mask, reach)
    try:
        if solvent is None:
            solvent = DEFAULT.solvent(volume, mask, None, None).region
        else:
            solvent = cropped(solvent, side)
    except NoNoiseError:
        return "there is no noise in the solvent; give half maps"
    shells = orientation_in_shells(volume, mask, reach, solvent, threads=threads, powers=powers)
    return _with_hollow(fit_damping(shells), volume, mask, reach)


def _with_hollow(
    found: Union[Damping, str], volume: np.ndarray, mask: np.ndarray, reach: float
) -> Union[Damping, str]:
    if isinstance(found, str):
        return found
    return replace(found, hollow=hollow_share(volume, mask, reach))


def error_of_fit(found: Union[Damping, str], sampling: float, half_maps: bool) -> AngularError:
    """Estimate and interval from a fit and the calibrated errors."""
    if not isinstance(found, str) and found.hollow > MOST_HOLLOW:
        found = (
            "the particle is hollow about the centre of the box "
            f"({100 * found.hollow:.0f} % of the inner half of the sphere that was used is empty), "
            "and layers in walls that are curved about it look like angular errors"
        )
    if isinstance(found, str):
        return AngularError(
            None, None, None, None, None, None, None, None, 0, None, half_maps, found
        )  # fmt: skip
    low, high = interval_of(found, COMMON, RELATIVE)
    error = np.hypot(np.hypot(found.error, COMMON * found.common), RELATIVE * found.squared)
    return AngularError(
        sigma=_degrees(max(found.squared, 0.0)),
        low=_degrees(low),
        high=_degrees(high) if half_maps and np.isfinite(high) else None,
        squared=float(np.rad2deg(np.rad2deg(found.squared))),
        squared_error=float(np.rad2deg(np.rad2deg(error))),
        reach=found.reach * sampling,
        coarsest=sampling / found.lowest,
        finest=sampling / found.highest,
        bins=found.bins,
        scatter=found.scatter,
        half_maps=half_maps,
    )


def interval_of(found: Damping, shared: float, relative: float) -> Tuple[float, float]:
    """Interval of sigma² for given calibrated errors.

    It holds every true value from which the estimate deviates by no more than chance allows.  The
    relative error is that of the true value, so that the interval reaches farther upwards.

    Parameters
    ----------
    found : Damping
    shared : float
        Error of the logarithm of the ratio of powers, in common to all bins.
    relative : float
        Error relative to the true sigma².

    Returns
    -------
    low, high : float
        Radians²; ``high`` is infinite where no true value is too large.
    """
    error2 = found.error**2 + (shared * found.common) ** 2
    # Degrees of freedom of a sum of which only the first part was estimated (Welch, Biometrika 34,
    # 28, 1947).
    freedom = found.freedom * (error2 / found.error**2) ** 2
    quantile2 = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) ** 2
    # Roots s of (estimate - s)² = quantile² (error² + relative² s²).
    left = 1 - quantile2 * relative**2

    def root(estimate: float, sign: float) -> float:
        under = quantile2 * (error2 * left + (relative * estimate) ** 2)
        return (estimate + sign * float(np.sqrt(under))) / left

    if left <= 0:
        return 0.0, float("inf")
    # A negative estimate is due to chance: it has the same upper limit as an estimate of zero.
    return max(root(found.squared, -1), 0.0), root(max(found.squared, 0.0), 1)


def _reach(mask: np.ndarray) -> float:
    """Radius in voxels of the largest sphere about the centre of the box in the particle's hull."""
    if not mask.any():
        return 0.0
    ends = ends_of_rows(np.flatnonzero(mask), mask.shape)
    return largest_sphere_in_hull(ends, box_centre(mask.shape[0])) or 0.0


def _degrees(squared: float) -> float:
    return float(np.rad2deg(np.sqrt(squared)))
