"""Fit of the variance of the angles, sigma², to the ratio of tangential to radial power.

The ratio is measured in bins of spatial frequency (bands) and of radius (shells).  Even without
angular errors the density of a particle is not isotropic in a bin; the fewer independent Fourier
components the bin holds, the more it scatters about isotropy.  This scatter is estimated from the
residuals of the fit, so that symmetric particles, whose density repeats, get larger errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple, Union

import numpy as np

from .local_orientation import OrientationShells

__all__ = ["Damping", "fit_damping", "log_ratio_of_damping"]

#: A bin is used if its signal-to-noise ratio is at least the first value, and its effective number
#: of components at least the second (with fewer the logarithm of a ratio is biased) ...
_LEAST_SIGNAL, _LEAST_COMPONENTS = 0.3, 15.0
#: ... as long as tangential components keep exp(-this) of their power.
_MOST_DAMPED = 1.5
_FEWEST_BINS = 6
#: Scatter of a bin of white noise, times the root of its number of components.
_WHITE_SCATTER = 0.70
#: Residuals beyond this many standard deviations have less weight (Huber).
_ROBUST = 2.5
#: Correlation of bins, measured on white noise: of neighbouring thin shells, falling to 1/e over
#: this distance times the width of the band, and of neighbouring bands.
_SHELL_CORRELATION, _SHELL_FALL, _BAND_CORRELATION = 0.30, 0.20, 0.12
#: Number of alternating estimates of shape and damping.
_ROUNDS = 8
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)


@dataclass(frozen=True)
class Damping:
    """A fit of sigma² in radians².

    Attributes
    ----------
    squared : float
        The estimate; it may be negative.
    error : float
        Its standard error from the scatter of the bins.
    common : float
        Change of the estimate if the logarithm of the ratio of tangential to radial power were
        larger by one in all bins.
    freedom : float
        Degrees of freedom of the error: effective number of independent bins less one.
    scatter : float
        Scatter of the bins, in units of that of white noise.
    bins : int
        Number of bins that were used.
    reach : float
        Radius of the outermost shell that was used, voxels.
    lowest, highest : float
        Spatial frequencies of the bands that were used, cycles per voxel.
    hollow : float
        Share of the inner half of the sphere that holds no matter; the fit does not use it.
    """

    squared: float
    error: float
    common: float
    freedom: float
    scatter: float
    bins: int
    reach: float
    lowest: float
    highest: float
    hollow: float = 0.0


def fit_damping(shells: OrientationShells) -> Union[Damping, str]:
    """Fit sigma² to the energies in bands and shells.

    Parameters
    ----------
    shells : OrientationShells

    Returns
    -------
    Damping or str
        A string gives the reason why there is no estimate.
    """
    load = (2 * np.pi) ** 2 * shells.frequency2[:, None] * shells.radius2
    squared, scatter, used = 0.0, _WHITE_SCATTER, None
    for _ in range(_ROUNDS):
        # The correction for shape depends on the damping: radial components leak outwards from
        # the density without angular errors, which is what the shape correction needs.
        radial, _ = _energies_left(np.clip(load * squared, 0.0, 2 * _MOST_DAMPED))
        shape = shells.sources.log_ratio(shells.radial / (3 * radial))
        ratio, weight = _ratios(shells, shape)
        now = (weight > 0) & (load[:, : shells.inside] * squared < _MOST_DAMPED)
        if now.sum() < _FEWEST_BINS:
            break
        used = now
        loads = load[:, : shells.inside][used]
        squared, scatter = _fit(ratio[used], weight[used], loads, squared)
    if used is None:
        return "too few bands and shells of the map have enough signal"
    # Derivative of the model by sigma² in every bin, in standard deviations.
    step = 1e-3 / loads.max()
    ends = (log_ratio_of_damping(loads * (squared + s)) for s in (step, -step))
    slope = np.subtract(*ends) / (2 * step) * np.sqrt(weight[used])
    correlation = _correlation(shells, used)
    independent = len(slope) ** 2 / correlation.sum()
    bands = np.flatnonzero(used.any(axis=1))
    lowest, highest = np.sqrt(shells.frequency2[bands[[0, -1]]])
    return Damping(
        squared=squared,
        error=float(scatter * np.sqrt(slope @ correlation @ slope) / np.sum(slope**2)),
        common=float(abs(np.sum(slope * np.sqrt(weight[used]))) / np.sum(slope**2)),
        freedom=float(max(independent - 1, 1.0)),
        scatter=scatter / _WHITE_SCATTER,
        bins=int(used.sum()),
        reach=float(np.sqrt(shells.radius2[: shells.inside][used.any(axis=0)].max())),
        lowest=float(lowest),
        highest=float(highest),
    )


def log_ratio_of_damping(load: np.ndarray) -> np.ndarray:
    """Logarithm of the ratio of tangential to radial energy of a density that was isotropic.

    Parameters
    ----------
    load : ndarray
        ``(2 pi f r sigma)²``, sigma in radians: minus the logarithm of the factor by which the
        power of a tangential component is damped.  Negative where radial components are damped.

    Returns
    -------
    ndarray
        Array of the same shape; 0 without damping.
    """
    radial, tangential = _energies_left(load)
    return np.log(tangential) - np.log(2 * radial)


def _energies_left(load: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Radial and tangential energy, which are 1/3 and 2/3 without damping."""
    cosine2 = ((_NODES + 1) / 2) ** 2
    left = np.exp(-np.asarray(load, float)[..., None] * (1 - cosine2))
    return (left * cosine2) @ _WEIGHTS / 2, (left * (1 - cosine2)) @ _WEIGHTS / 2


def _ratios(shells: OrientationShells, shape: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Logarithm of tangential over radial energy and its weight, in every bin of the sphere."""
    energy, radial, expected = shells.energy, shells.radial, shells.expected
    components = 2 * np.pi * shells.count * (shells.frequency2 * shells.width)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log((energy - radial) / (energy - expected)) - np.log(radial / expected) - shape
        signal = energy / shells.noise
        # Noise adds to the scatter of a bin in proportion to its energy.
        weight = components * (signal / (1 + signal)) ** 2
    good = np.isfinite(ratio) & (signal > _LEAST_SIGNAL) & (weight > _LEAST_COMPONENTS)
    inside = (slice(None), slice(shells.inside))
    return ratio[inside], np.where(good, weight, 0.0)[inside]


def _fit(
    ratio: np.ndarray, weight: np.ndarray, load: np.ndarray, start: float
) -> Tuple[float, float]:
    """Robust fit of sigma² (radians²), and the scatter of a bin times the root of its weight."""
    # Imported here because it takes long, and runs without diagnosis do not need it.
    from scipy.optimize import least_squares

    root = np.sqrt(weight)
    # Scaled by the largest load, sigma² is of the order of one.
    top = load.max()

    def residuals(scaled: np.ndarray) -> np.ndarray:
        return (log_ratio_of_damping(load * (scaled[0] / top)) - ratio) * root

    scaled, scale = start * top, _WHITE_SCATTER
    for _ in range(3):
        found = least_squares(
            residuals, [max(scaled, -_MOST_DAMPED / 2)], bounds=(-_MOST_DAMPED, np.inf),
            loss="huber", f_scale=_ROBUST * scale,
        )  # fmt: skip
        scaled = float(found.x[0])
        left = residuals(found.x)
        scale = max(float(np.sqrt(np.sum(left**2) / (len(left) - 1))), _WHITE_SCATTER)
    return scaled / top, scale


def _correlation(shells: OrientationShells, used: np.ndarray) -> np.ndarray:
    """Correlation of the scatter of the bins that are used, shape (bins, bins)."""
    band, shell = np.nonzero(used)
    radius = np.sqrt(shells.radius2)[shell]
    distance = np.abs(radius[:, None] - radius) * shells.width
    apart = np.abs(band[:, None] - band)
    same = np.select([apart == 0, apart == 1], [1.0, _BAND_CORRELATION], 0.0)
    falling = np.where(distance > 0, _SHELL_CORRELATION * np.exp(-distance / _SHELL_FALL), 1.0)
    return same * falling
