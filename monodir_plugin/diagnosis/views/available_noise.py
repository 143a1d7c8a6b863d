"""Whether a map or its half maps hold noise that a diagnosis can use.

This is checked first.  The tests of views and angles compare noise with noise; anything else in
its place would look like a finding.  A solvent that was masked away, a gold bead, a membrane, or
half maps that do not fit each other are not noise.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np
import scipy.fft

from ...numerics.fourier.shells import shell_index
from ...numerics.geometry.grid import distance_map
from ...numerics.geometry.soft_edges import soft_mask
from ...numerics.solvent.region import NoNoiseError, Solvent, noise_edge, off_the_particle

__all__ = [
    "MORE_THAN_NOISE", "UnfitHalfMapsError", "check_half_maps", "noise_of_half_maps",
    "noise_of_solvent",
]  # fmt: skip

#: Beginning of the reason why a solvent that holds structure is not used.
MORE_THAN_NOISE = "the solvent holds more than noise (a neighbour, a membrane, gold or ice)"

#: The median of noise's deviations over their root mean square is 0.67; of a masked map, less.
_MOSTLY_EMPTY = 0.3
#: Side in voxels of the blocks in which the power of the solvent is compared, and voxels that a
#: block needs.
_BLOCK, _ENOUGH = 6, 40
#: Mean square of the strongest blocks, this part of them, over that of the median block, and the
#: same of the strongest one: more is structure.
_STRONGEST, _STRUCTURE, _BEAD = 0.02, 6.0, 25.0
#: Half maps must correlate by this much between these frequencies, in cycles per diameter of the
#: particle.
_FIT, _CYCLES = 0.7, (1.5, 4.0)
#: Grey scales of half maps may differ by this part.
_SCALE = 0.1
_SOFT_EDGE = 4.0
#: Voxels kept clear of the sphere at which the noise of half maps ends, which may be soft.
_MARGIN = 4.0


class UnfitHalfMapsError(NoNoiseError):
    """Half maps do not show one particle in one place: their correlation means nothing."""


def noise_of_solvent(
    volume: np.ndarray,
    mask: np.ndarray,
    exclude: Optional[np.ndarray] = None,
    solvent: Optional[Solvent] = None,
) -> np.ndarray:
    """Where the solvent of a map holds noise alone.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    mask : ndarray of bool, shape (N, N, N)
        The particle.
    exclude : ndarray of bool, shape (N, N, N), optional
        Voxels that are neither particle nor noise.
    solvent : Solvent, optional
        Of these arrays (:func:`.off_the_particle`), where it is known.

    Returns
    -------
    ndarray of bool, shape (N, N, N)

    Raises
    ------
    NoNoiseError
        If the solvent is empty, or holds structure, or its noise fades from the particle.
    """
    found = solvent or off_the_particle(volume, mask, None, exclude)
    region = found.region
    values = volume[region]
    away = np.abs(values - np.mean(values, dtype=np.float64))
    if np.median(away) < _MOSTLY_EMPTY * np.std(values, dtype=np.float64):
        raise NoNoiseError(
            "most of the solvent is empty: give the half maps, or the map as it was before masking"
        )
    if found.fades:
        raise NoNoiseError(
            "the noise of the solvent becomes weaker away from the particle, as after a soft mask "
            "or a filter of the solvent: give the half maps, or the map as it was before"
        )
    if _holds_structure(volume, region):
        raise NoNoiseError(
            f"{MORE_THAN_NOISE}: give half maps, a mask that includes all structure, or a mask "
            "of what is not the particle (--exclude)"
        )
    return region


def noise_of_half_maps(noise_map: np.ndarray, exclude: Optional[np.ndarray] = None) -> np.ndarray:
    """Where half of the difference of half maps was not masked away, bool (N, N, N).

    Excluded voxels, bool (N, N, N), are left out.
    """
    radius = distance_map(len(noise_map))
    edge = noise_edge(noise_map, np.ones(noise_map.shape, bool), radius)
    region = radius <= edge - _MARGIN
    return region if exclude is None else region & ~exclude


def check_half_maps(volume: np.ndarray, noise_map: np.ndarray, mask: np.ndarray) -> None:
    """Refuse half maps whose difference is more than noise.

    Parameters
    ----------
    volume, noise_map : ndarray, shape (N, N, N)
        Mean of the half maps, and half of their difference.
    mask : ndarray of bool, shape (N, N, N)
        The particle.

    Raises
    ------
    UnfitHalfMapsError
        If they do not correlate at coarse resolution, where signal is strong.
    NoNoiseError
        If they differ in scale there.
    """
    mean, difference = _coarse(volume, noise_map, mask)
    ones, twos = mean + difference, mean - difference
    power = [float(np.sum(np.abs(each) ** 2)) for each in (ones, twos)]
    common = float(np.sum((ones * twos.conj()).real))
    if min(power) <= 0:
        return
    correlation = common / np.sqrt(power[0] * power[1])
    if correlation < _FIT:
        raise UnfitHalfMapsError(
            f"the half maps do not fit each other (their correlation at coarse resolution is "
            f"{correlation:.2f}): give the two half maps of one refinement, aligned"
        )
    scale = np.sqrt(power[0] / power[1])
    if abs(np.log(scale)) > _SCALE:
        raise NoNoiseError(
            f"the grey scales of the half maps differ by a factor of {max(scale, 1 / scale):.2f}, "
            "so that their difference holds the particle: give them on one scale"
        )


def _coarse(
    volume: np.ndarray, noise_map: np.ndarray, mask: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Coarse Fourier coefficients of the particle in two maps."""
    size = len(mask)
    across = 2 * float(np.quantile(distance_map(size)[mask], 0.98)) + 1
    shells = shell_index(size) * (across / size)
    chosen = (shells >= _CYCLES[0]) & (shells <= _CYCLES[1])
    window = soft_mask(mask, _SOFT_EDGE)
    first, second = (scipy.fft.rfftn(each * window)[chosen] for each in (volume, noise_map))
    return first, second


def _holds_structure(volume: np.ndarray, region: np.ndarray) -> bool:
    """Whether some blocks of a region have far more power than most."""
    side = len(region) // _BLOCK * _BLOCK
    inside = region[:side, :side, :side]
    values = volume[:side, :side, :side] - np.mean(volume[region], dtype=np.float64)
    blocks = side // _BLOCK
    shape = (blocks, _BLOCK, blocks, _BLOCK, blocks, _BLOCK)
    number = inside.reshape(shape).sum(axis=(1, 3, 5))
    power = np.where(inside, values**2, 0.0).reshape(shape).sum(axis=(1, 3, 5))
    enough = number >= _ENOUGH
    if np.count_nonzero(enough) < 1 / _STRONGEST:
        return False
    means = power[enough] / number[enough]
    level = np.median(means)
    many, one = np.quantile(means, 1 - _STRONGEST), means.max()
    return bool(many > _STRUCTURE * level or one > _BEAD * level)
