"""Fit of sigma² to the fall of tangential over radial power.

A particle's own density is not isotropic in a shell: by how much is a matter of how
many waves fit into it.  That scatter is taken from the residuals of the fit, so that
symmetric particles, whose waves repeat, get larger errors by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple, Union

import numpy as np

from .wave_orientation import OrientationShells

__all__ = ["Damping", "fit_damping", "log_ratio_of_damping"]

#: A cell (band and shell) counts with this much signal over noise, and if it is worth this many
#: waves without noise (with fewer the logarithm of a ratio is biased) ...
_LEAST_SIGNAL, _LEAST_WAVES = 0.3, 15.0
#: ... as long as waves across the line keep exp(-this) of their power.
_MOST_DAMPED = 1.5
_LEAST_CELLS = 6
#: Scatter of a cell of white noise, times the root of the number of its waves.
_WHITE_SCATTER = 0.70
#: Residuals beyond this many deviations count less (Huber).
_ROBUST = 2.5
#: Correlation of cells, measured on white noise: of neighbouring thin shells, falling to
#: 1/e over this distance times the width of the band, and of neighbouring bands.
_SHELL_CORRELATION, _SHELL_FALL, _BAND_CORRELATION = 0.30, 0.20, 0.12
#: Rounds of shape and damping in turn.
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
        Its standard error from the scatter of the cells.
    common : float
        How much it would change if the logarithm of tangential over radial power were
        larger by one in all cells.
    freedom : float
        Degrees of freedom of the error: independent cells less one.
    scatter : float
        Of the cells, over that of white noise.
    cells : int
    reach : float
        Radius of the outermost shell that was used, voxels.
    lowest, highest : float
        Spatial frequencies of the bands that were used, cycles per voxel.
    """

    squared: float
    error: float
    common: float
    freedom: float
    scatter: float
    cells: int
    reach: float
    lowest: float
    highest: float


def fit_damping(shells: OrientationShells) -> Union[Damping, str]:
    """Fit energies in bands and shells.

    Parameters
    ----------
    shells : OrientationShells

    Returns
    -------
    Damping or str
        Or the reason why there is none.
    """
    load = (2 * np.pi) ** 2 * shells.frequency2[:, None] * shells.radius2
    squared, scatter, used = 0.0, _WHITE_SCATTER, None
    for _ in range(_ROUNDS):
        # Shape and damping know of each other: what leaks outwards is what there was of waves
        # along the line before they were damped.
        radial, _ = _energies_left(np.clip(load * squared, 0.0, 2 * _MOST_DAMPED))
        shape = shells.sources.log_ratio(shells.along / (3 * radial))
        ratio, weight = _cells(shells, shape)
        now = (weight > 0) & (load[:, : shells.inside] * squared < _MOST_DAMPED)
        if now.sum() < _LEAST_CELLS:
            break
        used = now
        cells = load[:, : shells.inside][used]
        squared, scatter = _fit(ratio[used], weight[used], cells, squared)
    if used is None:
        return "too little of the map holds more signal than noise"
    # Slope of the model by sigma² in every cell, in deviations.
    step = 1e-3 / cells.max()
    ends = (log_ratio_of_damping(cells * (squared + s)) for s in (step, -step))
    pull = np.subtract(*ends) / (2 * step) * np.sqrt(weight[used])
    correlation = _correlation(shells, used)
    independent = len(pull) ** 2 / correlation.sum()
    bands = np.flatnonzero(used.any(axis=1))
    lowest, highest = np.sqrt(shells.frequency2[bands[[0, -1]]])
    return Damping(
        squared=squared,
        error=float(scatter * np.sqrt(pull @ correlation @ pull) / np.sum(pull**2)),
        common=float(abs(np.sum(pull * np.sqrt(weight[used]))) / np.sum(pull**2)),
        freedom=float(max(independent - 1, 1.0)),
        scatter=scatter / _WHITE_SCATTER,
        cells=int(used.sum()),
        reach=float(np.sqrt(shells.radius2[: shells.inside][used.any(axis=0)].max())),
        lowest=float(lowest),
        highest=float(highest),
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
    radial, across = _energies_left(load)
    return np.log(across) - np.log(2 * radial)


def _energies_left(load: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Energy along the line and across it, of 1/3 and 2/3 before damping."""
    cosine2 = ((_NODES + 1) / 2) ** 2
    left = np.exp(-np.asarray(load, float)[..., None] * (1 - cosine2))
    return (left * cosine2) @ _WEIGHTS / 2, (left * (1 - cosine2)) @ _WEIGHTS / 2


def _cells(shells: OrientationShells, shape: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Logarithm of across over along and its weight, of every band and shell of the sphere."""
    energy, along, expected = shells.energy, shells.along, shells.expected
    waves = 2 * np.pi * shells.count * (shells.frequency2 * shells.width)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log((energy - along) / (energy - expected)) - np.log(along / expected) - shape
        signal = energy / shells.noise
        # Noise adds to the scatter of a cell as it adds to its energy.
        weight = waves * (signal / (1 + signal)) ** 2
    good = np.isfinite(ratio) & (signal > _LEAST_SIGNAL) & (weight > _LEAST_WAVES)
    inside = (slice(None), slice(shells.inside))
    return ratio[inside], np.where(good, weight, 0.0)[inside]


def _fit(
    ratio: np.ndarray, weight: np.ndarray, load: np.ndarray, start: float
) -> Tuple[float, float]:
    """Robust fit of sigma² (radians²), and the scatter of a cell times the root of its weight."""
    # Loaded late: it takes long, and runs without diagnosis do not need it.
    from scipy.optimize import least_squares

    root = np.sqrt(weight)
    # The largest load is the natural unit of one over sigma².
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
    """Correlation of the scatter of the cells that are used."""
    band, shell = np.nonzero(used)
    radius = np.sqrt(shells.radius2)[shell]
    distance = np.abs(radius[:, None] - radius) * shells.width
    apart = np.abs(band[:, None] - band)
    same = np.select([apart == 0, apart == 1], [1.0, _BAND_CORRELATION], 0.0)
    falling = np.where(distance > 0, _SHELL_CORRELATION * np.exp(-distance / _SHELL_FALL), 1.0)
    return same * falling
