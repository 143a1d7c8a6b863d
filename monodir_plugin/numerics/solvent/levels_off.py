"""Whether the signal of a map stops falling with the spatial frequency.

Atoms scatter less and less at finer resolution, and angles, motion and the microscope blur on top
of it: the logarithm of the signal-to-noise ratio falls about linearly with the square of the
frequency.  A ratio that falls and then levels off has a part that is not signal.  If the noise of
the solvent is weaker than that of the particle by some factor, the ratio levels off at that factor
less one; if half maps share noise inside the particle, at the ratio of the noise they share to the
noise they do not.

The folds of proteins make the signal fall little between 10 and 5 Å, or grow: what is compared lies
at finer resolution.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..fourier.shells import shells_between

__all__ = ["Level", "level_of", "shared_noise", "weaker_noise"]

#: The slope of the logarithm in the finest third of the shells is less than this share of that in
#: the middle third.  In sound maps it is 0.72 or more, of atomic models without any blur 0.61.
_FLAT = 0.5
#: The ratio falls by this factor in the middle third, and levels off between these values.
_FALLS, _LEVELS = 2.0, (0.35, 30.0)
#: The finest third begins at this resolution or finer, Å; shells that are needed.
_FINE, _FEWEST = 4.9, 9
#: Deviation in shells over which ratios are averaged.
_SMOOTHED = 1.5


class Level(NamedTuple):
    """A signal-to-noise ratio that levels off.

    Attributes
    ----------
    ratio : float
        Its value at the finest frequency.
    coarse, fine : float
        Resolutions between which it hardly falls, Å.
    """

    ratio: float
    coarse: float
    fine: float


def level_of(
    particle: np.ndarray, noise: np.ndarray, grid: np.ndarray, sampling: float
) -> Optional[Level]:
    """Where the signal-to-noise ratio levels off; ``None`` if it falls as that of signal.

    Parameters
    ----------
    particle, noise : ndarray, shape (N // 2 + 1,), float64
        Power by Fourier shell.
    grid : ndarray
        Frequencies that are looked at, cycles per voxel.
    sampling : float
        Voxel size, Å.

    Returns
    -------
    Level or None
    """
    size = 2 * (len(noise) - 1)
    shells = shells_between(grid[0], grid[-1], size)
    if len(shells) < _FEWEST or not (noise[shells] > 0).all():
        return None
    third = len(shells) // 3
    begins = float(shells[-third - 1]) / size
    if sampling / begins > _FINE:
        return None
    logarithms = np.log(np.maximum(particle[shells], 1e-300) / noise[shells])
    ratio = np.exp(gaussian_filter1d(logarithms, _SMOOTHED, mode="nearest")) - 1
    ends = ratio[[-2 * third - 1, -third - 1, -1]]
    if not (ends > 0).all() or not _LEVELS[0] < ends[-1] < _LEVELS[1]:
        return None
    falls = -np.diff(np.log(ends))
    squares = np.diff((shells[[-2 * third - 1, -third - 1, -1]] / size) ** 2)
    middle, finest = falls / squares
    if falls[0] < np.log(_FALLS) or finest > _FLAT * middle:
        return None
    return Level(float(ends[-1]), sampling / begins, size * sampling / float(shells[-1]))


def weaker_noise(
    particle: np.ndarray, solvent: np.ndarray, grid: np.ndarray, sampling: float
) -> Optional[str]:
    """A sentence on a solvent that holds weaker noise than the particle.

    Arguments are those of :func:`level_of`.
    """
    level = level_of(particle, solvent, grid, sampling)
    if level is None:
        return None
    return (
        f"the particle stays {1 + level.ratio:.2g} times as strong as the solvent from "
        f"{level.coarse:.3g} to {level.fine:.3g} Å, where signal falls: the noise of the solvent "
        "is weaker than that of the particle (it was flattened, denoised or replaced), and "
        "resolutions come out too fine; give half maps, or the map as it was reconstructed"
    )


def shared_noise(
    particle: np.ndarray, noise: np.ndarray, grid: np.ndarray, sampling: float
) -> Optional[str]:
    """A sentence on half maps that share noise inside the particle.

    Arguments are those of :func:`level_of`.
    """
    level = level_of(particle, noise, grid, sampling)
    if level is None:
        return None
    # The noise of the mean of two half maps has half of the power.
    fsc = level.ratio / (level.ratio + 2)
    return (
        f"the correlation of the half maps inside the mask stays at {fsc:.2f} from "
        f"{level.coarse:.3g} to {level.fine:.3g} Å, where that of signal falls: they seem to share "
        "noise there (one refinement, one reference, or a model that was added), and resolutions "
        "come out too fine; give halves that were refined independently"
    )
