"""The noise of half maps, whose directions are measured in more than the mask.

Inside the mask, half of the difference of the half maps holds few independent values in a cone.
The power of the noise is known there only to some percent, and axes that are alike differ by
chance.  How noise is spread over directions follows from the views, and is the same about the
particle; how strong it is in a Fourier shell is not, because the particle has noise of its own.
Therefore the power of each shell is that of the mask, and its directions are a weighted mean of
those inside the mask and around it.

Half maps may differ around the mask by more than noise: in a membrane, in a part of the particle
that moves.  With ``v`` and ``u`` the variances of the two measurements of a direction, and ``t``
the variance of the true ratio of both, the weight of the mask is ``(u + t) / (v + u + t)``.  ``t``
is the covariance of ratios from two sets of shells that share no chance.  ``v + u`` is what their
variance exceeds it by, and is divided as the numbers of voxels are.
"""

from __future__ import annotations

from typing import Callable, Optional, Tuple

import numpy as np

from ..fourier.whitening import whitened
from ..geometry.direction_bins import slope_table
from ..geometry.grid import distance_map
from ..solvent.region import SPHERE_MARGIN
from .direction_power import power_by_direction
from .noise_model import NoiseModel
from .noise_power import NoisePower

__all__ = ["around_the_mask", "half_map_noise"]

#: Bins along an edge of a face of the cube, 18 degrees each, about as wide as a cone.
_BINS = 5
#: Shells in turn: of the first set, left out, of the second set, left out.  A window correlates
#: neighbouring shells.
_BLOCK = 4
#: Half-width of the band over its frequency, whose coefficients a direction has.
_HALF_WIDTH = 0.16
#: Directions with less than this share of the mean power are gaps of the views.
_GAP = 0.2
#: The variance of the true ratio is taken this many times as large, because it differs between
#: shells.
_CAUTION = 3.0
#: With fewer voxels around the mask, or directions to compare, the mask alone is used.
_FEWEST_VOXELS, _FEWEST_DIRECTIONS = 200, 20
_TINY = 1e-9


def half_map_noise(
    measure: Callable[[np.ndarray], NoiseModel],
    difference: np.ndarray,
    inside: np.ndarray,
    exclude: Optional[np.ndarray] = None,
) -> Tuple[NoiseModel, np.ndarray, Optional[np.ndarray]]:
    """The noise of half maps inside the mask, with directions also from around it.

    Parameters
    ----------
    measure : callable
        ``(region) -> NoiseModel`` of the difference in a region, bool (N, N, N).
    difference : ndarray, shape (N, N, N)
        Half of the difference of the half maps.
    inside : ndarray of bool, shape (N, N, N)
        Voxels of the mask.
    exclude : ndarray of bool, shape (N, N, N), optional
        Voxels that are neither particle nor noise.

    Returns
    -------
    noise : NoiseModel
    scatter : ndarray, shape (N // 2 + 1,), float64
        Variance of its power along an axis over that inside the mask alone, by Fourier shell, 0
        to 1.
    around : ndarray, shape (N // 2 + 1,), float64, or None
        Power of the difference around the mask, by Fourier shell; ``None`` if too few voxels are
        there.
    """
    mine, region = measure(inside), around_the_mask(difference, inside, exclude)
    voxels = int(inside.sum()), int(region.sum())
    if voxels[1] < _FEWEST_VOXELS:
        return mine, np.ones(len(mine.radial)), None
    theirs = measure(region)
    weight = _weight_of_mask(mine, theirs, voxels)
    return _mean_of(mine, theirs, weight), weight, theirs.radial


def around_the_mask(
    difference: np.ndarray, inside: np.ndarray, exclude: Optional[np.ndarray] = None
) -> np.ndarray:
    """The sphere of the box without the mask, where the half maps differ at all, bool (N, N, N).

    Arguments are those of :func:`half_map_noise`.
    """
    size = len(difference)
    region = distance_map(size) <= size / 2 - SPHERE_MARGIN
    region &= ~inside
    region &= difference != 0
    if exclude is not None:
        region &= ~exclude
    return region


def _weight_of_mask(mine: NoiseModel, theirs: NoiseModel, voxels: Tuple[int, int]) -> np.ndarray:
    """Weight of the directions inside the mask against those around it, by Fourier shell."""
    sums, counts = power_by_direction([mine.power, theirs.power], slope_table(_BINS))
    shells = np.arange(len(mine.radial))
    held = (mine.radial > 0) & (theirs.radial > 0) & (shells > 0)
    sums[:, :, held] /= np.stack([mine.radial[held], theirs.radial[held]])[:, None]
    turn = shells // _BLOCK % 4
    sets = [held & (turn == which) for which in (0, 2)]
    number = np.array([counts[:, some].sum(axis=1) for some in sets])
    power = np.array([sums[:, :, some].sum(axis=2) for some in sets])
    # A gap of the views, where both have next to no power, says nothing.
    compared = np.all(power > _GAP * np.maximum(number, 1)[:, None], axis=(0, 1))
    if compared.sum() < _FEWEST_DIRECTIONS:
        return np.ones(len(shells))
    ratio = np.log(power[:, 0, compared] / power[:, 1, compared])
    ratio -= ratio.mean(axis=1, keepdims=True)
    true = max(float(np.mean(ratio[0] * ratio[1])), 0.0)
    # Of one coefficient in every direction.
    chance = max(float(np.mean(ratio**2)) - true, 0.0) * float(number.mean())
    variance = np.maximum(chance / _coefficients(counts.mean(axis=0)), _TINY)
    of_theirs = variance * voxels[0] / sum(voxels)
    return (of_theirs + _CAUTION * true) / (variance + _CAUTION * true)


def _coefficients(counts: np.ndarray) -> np.ndarray:
    """Number of coefficients of the band about every shell, 1 at least."""
    shells = np.arange(len(counts))
    low = np.floor(shells * (1 - _HALF_WIDTH)).astype(int)
    high = np.minimum(np.ceil(shells * (1 + _HALF_WIDTH)).astype(int) + 1, len(counts))
    total = np.append(0.0, np.cumsum(counts))
    return np.maximum(total[high] - total[low], 1.0)


def _mean_of(mine: NoiseModel, theirs: NoiseModel, weight: np.ndarray) -> NoisePower:
    """Weighted mean of two noises, with the shells of the first; changes them in place."""
    held = theirs.radial > 0
    level = np.divide(mine.radial, theirs.radial, out=np.zeros(len(weight)), where=held)
    power = whitened(mine.power, np.where(held, weight, 1.0))
    power += whitened(theirs.power, (1 - weight) * level)
    return NoisePower(power, mine.radial)
