"""How large the errors of the images' angles are.

An image turned by a wrong small rotation puts what lies at a distance r from the centre
off by r sin(sigma) across the line from the centre, and not at all along it.  A
reconstruction averages over many such images: a wave of spatial frequency f that makes an
angle theta with the line loses power by ``exp(-(2 pi f r sin(sigma) sin(theta))²)``
(Vilas et al. 2020, Results, say it of resolution).  Noise, falling density, flexibility,
errors of shift and B-factors blur along the line as well, so what is fitted is the
power *across* over the power *along* (:mod:`.orientation`): its fall with f² r² is sigma²,
with no factor to calibrate.

A particle's own density is not isotropic in a shell, and by how much is a matter of how
many waves fit into it.  That scatter is taken from the residuals of the fit, so symmetric
particles, whose waves repeat, get wider intervals by themselves.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Dict, List, Optional, Tuple

import numpy as np
import scipy.stats
from scipy.optimize import least_squares

from ..numerics.geometry import box_centre, largest_sphere_in_hull, voxel_positions
from ..numerics.presets import DEFAULT
from ..numerics.solvent import NoNoiseError
from ..numerics.window import cropped
from .orientation import OrientationShells, orientation_in_shells

__all__ = ["AngularError", "angular_error", "fit_angular_error", "log_ratio_of_damping"]

#: Of the interval.
CONFIDENCE = 0.90
#: Radii in voxels; a smaller sphere holds too few waves.
_LEAST_REACH = 8.0
#: A cell (band and shell) counts with this much signal over noise, and if it is worth this many
#: waves without noise (with fewer the logarithm of a ratio is biased) ...
_LEAST_SIGNAL, _LEAST_WAVES = 0.3, 15.0
#: ... as long as its tangential power is not damped away.
_MOST_DAMPED = 1.5
_LEAST_CELLS = 6
#: Scatter of a cell of white noise, times the root of the number of its waves.
_WHITE_SCATTER = 0.70
#: Residuals beyond this many deviations count less (Huber).
_ROBUST = 2.5
#: Correlation of neighbouring cells, measured on white noise: of thin shells of one
#: band, falling to 1/e over this distance times the width of the band, and of neighbouring bands.
_SHELL_CORRELATION, _SHELL_FALL, _BAND_CORRELATION = 0.30, 0.20, 0.12
#: Calibrated (``docs/diagnosis_angles.rst``): factor of the standard error, and error
#: that grows with sigma² itself.
_INFLATION, _RELATIVE = 1.0, 0.0
_ROUNDS = 10
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)


@dataclass(frozen=True)
class AngularError:
    """Errors of angle of the images of a map.

    Attributes
    ----------
    sigma : float or None
        Standard deviation of each component of the rotation by which an image is
        off, degrees; ``None`` where the map does not tell.
    low, high : float or None
        A 90 % interval of ``sigma``, degrees.  Where ``low`` is 0, no error is told from
        none, and errors up to ``high`` go unseen.
    squared, squared_error : float or None
        Estimate of sigma² (which may be negative) and its standard error, degrees².
    reach : float or None
        Radius of the sphere that was used, Å.
    coarsest, finest : float or None
        Of the bands that were used, Å.
    cells : int
        Bands and shells that were fitted.
    scatter : float or None
        Of the particle's own anisotropy, 1 for a particle without any order.
    half_maps : bool
        Whether the noise is that of half maps.
    reason : str or None
        Why nothing is told.
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
    def told(self) -> bool:
        """Whether errors of angle are told from none."""
        return self.low is not None and self.low > 0

    def record(self) -> Dict[str, object]:
        """All of it, for JSON."""
        return {**asdict(self), "confidence": CONFIDENCE, "told": self.told}

    def sentences(self) -> List[str]:
        """The finding in plain English."""
        if self.reason is not None:
            return [f"Errors of angle cannot be told: {self.reason}."]
        based = (
            f"This is from waves of {self.coarsest:.3g} to {self.finest:.3g} Å within "
            f"{self.reach:.0f} Å of the centre: how much less power runs across the lines from "
            "the centre than along them, the farther out the less."
        )
        if not self.told:
            return [
                f"Errors of angle below {self.high:.2g} degrees cannot be told in this map, and "
                "there is no sign of larger ones.",
                based,
            ]
        displaced = self.reach * np.sin(np.deg2rad(self.sigma))
        return [
            f"The angles of the images are off by {self.sigma:.2g} degrees (90 % interval "
            f"{self.low:.2g} to {self.high:.2g} degrees; standard deviation about each axis).",
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
    if volume.shape != mask.shape:
        raise ValueError(f"the mask has shape {mask.shape}, the map {volume.shape}")
    halves = noise_map is not None
    side = DEFAULT.working_box(mask) if mask.any() else mask.shape[0]
    volume, mask = cropped(volume, side), cropped(mask, side)
    reach = _reach(mask)
    if reach is None or reach < _LEAST_REACH:
        return _untold(
            "the mask holds no sphere of at least "
            f"{_LEAST_REACH * sampling:.0f} Å radius about the centre of the box",
            halves,
        )
    solvent = None
    if halves:
        noise_map = cropped(noise_map, side)
    else:
        try:
            solvent = DEFAULT.solvent(volume, mask, None).region.voxels
        except NoNoiseError as error:
            return _untold(str(error).split(":")[0], halves)
    shells = orientation_in_shells(volume, mask, reach, solvent, noise_map, threads)
    return fit_angular_error(shells, reach, sampling, halves)


def fit_angular_error(
    shells: OrientationShells, reach: float, sampling: float, half_maps: bool = False
) -> AngularError:
    """Fit sigma² to energies in bands and shells.

    Parameters
    ----------
    shells : OrientationShells
    reach : float
        Radius of the sphere, voxels.
    sampling : float
        Voxel size, Å.
    half_maps : bool
        Only passed on.

    Returns
    -------
    AngularError
    """
    ratio, weight = _cells(shells)
    load = (2 * np.pi) ** 2 * shells.frequency2[:, None] * shells.radius2
    squared, used = 0.0, weight > 0
    for _ in range(_ROUNDS):
        used = (weight > 0) & (load * squared < _MOST_DAMPED)
        if used.sum() < _LEAST_CELLS:
            return _untold(
                "too few bands and shells hold more signal than noise, are not damped "
                "away and are fine enough not to show the particle's outline",
                half_maps,
            )
        before = squared
        squared, scatter = _fit(ratio[used], weight[used], load[used], before)
        if abs(squared - before) <= 1e-3 * abs(squared):
            break
    error, freedom = _standard_error(shells, weight, load, used, squared, scatter)
    error = np.hypot(_INFLATION * error, _RELATIVE * squared)
    margin = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    # An estimate below zero is chance: it makes no map more sensitive than one of zero.
    low, high = max(squared - margin, 0.0), max(squared, 0.0) + margin
    bands = np.flatnonzero(used.any(axis=1))
    coarsest, finest = sampling / np.sqrt(shells.frequency2[bands[[0, -1]]])
    return AngularError(
        sigma=_degrees(max(squared, 0.0)),
        low=_degrees(low),
        high=_degrees(high),
        squared=float(np.rad2deg(np.rad2deg(squared))),
        squared_error=float(np.rad2deg(np.rad2deg(error))),
        reach=float(reach * sampling),
        coarsest=float(coarsest),
        finest=float(finest),
        cells=int(used.sum()),
        scatter=float(scatter / _WHITE_SCATTER),
        half_maps=half_maps,
    )


def log_ratio_of_damping(load: np.ndarray) -> np.ndarray:
    """Logarithm of tangential over radial energy of waves that were isotropic before.

    Parameters
    ----------
    load : ndarray
        ``(2 pi f r sigma)²``, sigma in radians: minus the logarithm of the power that is left of
        a wave across the line.  Negative for waves damped along the line.

    Returns
    -------
    ndarray
        Of the same shape; 0 where nothing is damped.
    """
    cosine2 = ((_NODES + 1) / 2) ** 2
    left = np.exp(-np.asarray(load, float)[..., None] * (1 - cosine2))
    across = (left * (1 - cosine2)) @ _WEIGHTS / 2
    return np.log(across) - np.log((left * cosine2) @ _WEIGHTS)


def _reach(mask: np.ndarray) -> Optional[float]:
    """Radius in voxels of the sphere about the box's centre that the particle holds."""
    if not mask.any():
        return None
    positions = voxel_positions(np.flatnonzero(mask), mask.shape)
    return largest_sphere_in_hull(positions, box_centre(mask.shape[0]))


def _cells(shells: OrientationShells) -> Tuple[np.ndarray, np.ndarray]:
    """Logarithm of across over along, and weight, of every band and shell."""
    across, expected = shells.energy - shells.along, shells.energy - shells.expected
    waves = 2 * np.pi * shells.count * (shells.frequency2 * shells.width)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(across / expected) - np.log(shells.along / shells.expected)
        signal = shells.energy / shells.noise
        # Noise adds to the scatter of a cell as it adds to its energy.
        weight = waves * (signal / (1 + signal)) ** 2
    good = np.isfinite(ratio) & (signal > _LEAST_SIGNAL) & (weight > _LEAST_WAVES)
    return ratio, np.where(good, weight, 0.0)


def _fit(
    ratio: np.ndarray, weight: np.ndarray, load: np.ndarray, start: float
) -> Tuple[float, float]:
    """Robust fit of sigma² (radians²), and the scatter of a cell times the root of its weight."""
    root = np.sqrt(weight)

    def residuals(scaled: np.ndarray) -> np.ndarray:
        return (log_ratio_of_damping(load * scaled[0] / top) - ratio) * root

    # The largest load is the natural unit of one over sigma².
    top = load.max()
    scale = _WHITE_SCATTER
    bounds = (-_MOST_DAMPED, np.inf)
    scaled = np.clip(start * top, -_MOST_DAMPED, None)
    for _ in range(3):
        found = least_squares(
            residuals, [scaled], bounds=bounds, loss="huber", f_scale=_ROBUST * scale
        )
        scaled = found.x[0]
        left = residuals(found.x)
        scale = max(np.sqrt(np.sum(left**2) / (len(left) - 1)), _WHITE_SCATTER)
    return float(scaled / top), float(scale)


def _standard_error(
    shells: OrientationShells,
    weight: np.ndarray,
    load: np.ndarray,
    used: np.ndarray,
    squared: float,
    scatter: float,
) -> Tuple[float, float]:
    """Standard error of sigma² (radians²) and its degrees of freedom; cells are correlated."""
    band, shell = np.nonzero(used)
    step = 1e-3 / load[used].max()
    slope = (
        log_ratio_of_damping(load[used] * (squared + step))
        - log_ratio_of_damping(load[used] * (squared - step))
    ) / (2 * step)
    radius = np.sqrt(shells.radius2)[shell]
    distance = np.abs(radius[:, None] - radius) * shells.width
    correlation = _SHELL_CORRELATION * np.exp(-distance / _SHELL_FALL)
    apart = np.abs(band[:, None] - band)
    correlation *= np.select([apart == 0, apart == 1], [1.0, _BAND_CORRELATION], 0.0)
    correlation[(apart == 1) & (distance == 0)] = _BAND_CORRELATION
    np.fill_diagonal(correlation, 1.0)
    pull = slope * np.sqrt(weight[used])
    error = scatter * np.sqrt(pull @ correlation @ pull) / np.sum(pull**2)
    independent = len(band) ** 2 / correlation.sum()
    return float(error), float(max(independent - 1, 1.0))


def _degrees(squared: float) -> float:
    return float(np.rad2deg(np.sqrt(squared)))


def _untold(reason: str, half_maps: bool) -> AngularError:
    return AngularError(
        None, None, None, None, None, None, None, None, 0, None, half_maps, reason
    )  # fmt: skip
