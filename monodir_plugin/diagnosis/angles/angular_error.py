"""How large the errors of the images' angles are.

An image turned by a wrong small rotation puts what lies at a distance r from the centre
off by r sin(sigma) across the line from the centre, and not at all along it.  A
reconstruction averages over many such images: a wave of spatial frequency f that makes an
angle theta with the line loses power by ``exp(-(2 pi f r sin(sigma) sin(theta))²)``
(Vilas et al. 2020, Results, say it of resolution).  Noise, falling density, flexibility,
errors of shift and B-factors blur along the line as well, so what is fitted
(:mod:`.angular_damping`) is the power *across* over the power *along*
(:mod:`.wave_orientation`): its fall with f² r² is sigma².
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Dict, List, Optional, Union

import numpy as np
from scipy.special import stdtrit

from ...numerics.geometry.crop import cropped
from ...numerics.geometry.grid import box_centre, largest_sphere_in_hull, voxel_positions
from ...numerics.localres.presets import DEFAULT
from ...numerics.noise.solvent import NoNoiseError
from .angular_damping import Damping, fit_damping
from .wave_orientation import orientation_in_shells

__all__ = ["AngularError", "angular_error", "damping_in", "error_of_fit"]

#: Of the interval.
CONFIDENCE = 0.90
#: Radius in voxels; a smaller sphere holds too few waves.
_LEAST_REACH = 8.0
#: Calibrated by ``python -m benchmarks.calibrate_angles`` (``docs/diagnosis_angles.rst``): the
#: deviation, as a logarithm of power, that all cells of a particle share, and an error that
#: grows with sigma² itself.
COMMON, RELATIVE = 0.03, 0.10


@dataclass(frozen=True)
class AngularError:
    """Angular error of the images of a map.

    Attributes
    ----------
    sigma : float or None
        Standard deviation of each component of the rotation by which an image is
        off, degrees; ``None`` where the map does not tell.
    low, high : float or None
        A 90 % interval of ``sigma``, degrees.  Where ``low`` is 0, the angular error does
        not differ significantly from none, and errors up to ``high`` go unseen.
    squared, squared_error : float or None
        Estimate of sigma² (which may be negative) and its standard error, degrees².
    reach : float or None
        Radius up to which the map was used, Å.
    coarsest, finest : float or None
        Of the bands that were used, Å.
    cells : int
        Bands and shells that were fitted.
    scatter : float or None
        Of the particle's own anisotropy, 1 for a particle without any order.
    half_maps : bool
        Whether the noise is that of half maps.
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
    cells: int
    scatter: Optional[float]
    half_maps: bool
    reason: Optional[str] = None

    @property
    def significant(self) -> bool:
        """Whether the angular error differs significantly from zero."""
        return self.low is not None and self.low > 0

    def record(self) -> Dict[str, object]:
        """All of it, for JSON."""
        return {**asdict(self), "confidence": CONFIDENCE, "significant": self.significant}

    def sentences(self) -> List[str]:
        """The finding in plain English."""
        if self.reason is not None:
            return [f"The angular error cannot be measured: {self.reason}."]
        based = (
            f"This is from waves of {self.coarsest:.3g} to {self.finest:.3g} Å within "
            f"{self.reach:.0f} Å of the centre of the box: angular errors take power from those "
            "across the lines from the centre, the more the farther out, and none from those "
            "along them."
        )
        if not self.significant:
            return [f"Angular errors below {self.high:.2g} degrees cannot be detected.", based]
        displaced = self.reach * np.sin(np.deg2rad(self.sigma))
        return [
            f"The angular error is {self.sigma:.2g} degrees (90 % interval {self.low:.2g} to "
            f"{self.high:.2g} degrees; standard deviation about each axis).",
            f"At {self.reach:.0f} Å from the centre that is {displaced:.2g} Å across the line.",
            based,
        ]


def angular_error(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    noise_map: Optional[np.ndarray] = None,
    threads: int = 1,
) -> AngularError:
    """Estimate the errors of angle from a map.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``; images were turned about the centre of its box, voxel ``N // 2``.
    mask : ndarray of bool, shape (N, N, N)
        The particle.
    sampling : float
        Voxel size, Å.
    noise_map : ndarray, shape (N, N, N), optional
        Half of the difference of the half maps; without it the noise is that of the solvent.
    threads : int

    Returns
    -------
    AngularError

    Raises
    ------
    ValueError
        If shapes differ.
    """
    found = damping_in(volume, mask, sampling, noise_map, threads)
    return error_of_fit(found, sampling, noise_map is not None)


def damping_in(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    noise_map: Optional[np.ndarray] = None,
    threads: int = 1,
) -> Union[Damping, str]:
    """The fit behind :func:`angular_error`, or why there is none; parameters as there."""
    if volume.shape != mask.shape:
        raise ValueError(f"the mask has shape {mask.shape}, the map {volume.shape}")
    side = DEFAULT.working_box(mask) if mask.any() else mask.shape[0]
    volume, mask = cropped(volume, side), cropped(mask, side)
    reach = _reach(mask)
    if reach < _LEAST_REACH:
        return (
            f"the mask holds no sphere of {_LEAST_REACH * sampling:.0f} Å radius about the centre "
            "of the box"
        )
    if noise_map is not None:
        shells = orientation_in_shells(
            volume, mask, reach, noise_map=cropped(noise_map, side), threads=threads
        )
        return fit_damping(shells)
    try:
        solvent = DEFAULT.solvent(volume, mask, None).region
    except NoNoiseError:
        return "the solvent holds no noise; half maps would tell it"
    return fit_damping(orientation_in_shells(volume, mask, reach, solvent, threads=threads))


def error_of_fit(found: Union[Damping, str], sampling: float, half_maps: bool) -> AngularError:
    """An interval from a fit, by the calibrated errors."""
    if isinstance(found, str):
        return AngularError(
            None, None, None, None, None, None, None, None, 0, None, half_maps, found
        )  # fmt: skip
    error = float(
        np.sqrt(found.error**2 + (COMMON * found.common) ** 2 + (RELATIVE * found.squared) ** 2)
    )
    margin = float(stdtrit(found.freedom, (1 + CONFIDENCE) / 2)) * error
    # An estimate below zero is chance: it makes no map more sensitive than one of zero.
    low, high = max(found.squared - margin, 0.0), max(found.squared, 0.0) + margin
    return AngularError(
        sigma=_degrees(max(found.squared, 0.0)),
        low=_degrees(low),
        high=_degrees(high),
        squared=float(np.rad2deg(np.rad2deg(found.squared))),
        squared_error=float(np.rad2deg(np.rad2deg(error))),
        reach=found.reach * sampling,
        coarsest=sampling / found.lowest,
        finest=sampling / found.highest,
        cells=found.cells,
        scatter=found.scatter,
        half_maps=half_maps,
    )


def _reach(mask: np.ndarray) -> float:
    """Radius in voxels of the sphere about the box's centre that the particle holds."""
    if not mask.any():
        return 0.0
    positions = voxel_positions(np.flatnonzero(mask), mask.shape)
    return largest_sphere_in_hull(positions, box_centre(mask.shape[0])) or 0.0


def _degrees(squared: float) -> float:
    return float(np.rad2deg(np.sqrt(squared)))
