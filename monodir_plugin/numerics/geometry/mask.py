"""A mask of the particle from the map alone.

Low-pass, threshold by the statistics of the solvent, keep the largest
components, fill their holes, and dilate them with a soft edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np
from scipy import ndimage

from ..checks.arrays import check_map, check_sampling
from .grid import distance_map
from .soft_edges import soft_mask

__all__ = ["MadeMask", "make_mask"]

#: The map is smoothed to about this resolution in Å, but no finer than ...
_RESOLUTION = 12.0
#: ... this many voxels.
_LEAST_VOXELS = 4.0
#: Threshold in robust standard deviations of the solvent ...
_SIGMAS = 5.0
#: ... but at least this fraction of the particle's peak.
_LEAST_OF_PEAK = 0.2
#: Bright parts are set aside where this many times their voxels stand out of the solvent: of maps
#: without such parts up to twice as many do.
_OUTSHONE = 6.0
#: How often that is done, at most, and voxels about bright parts that go with them.
_BRIGHT_PARTS, _ABOUT_BRIGHT = 20, 2
#: A particle is dark where what is below the solvent reaches this many times as far.
_DARK = 1.5
#: Components smaller than this fraction of the largest are noise.
_LEAST_COMPONENT = 0.1
_DILATION = 1.5
#: The edge is centred on the border of the dilated particle and ends where that began.
_SOFT_EDGE = 2 * _DILATION


@dataclass(frozen=True)
class MadeMask:
    """A mask and the decisions behind it.

    Attributes
    ----------
    values : ndarray, shape (N, N, N), float32
        1 in the particle, falling to 0 over a raised cosine; half at its border.
    threshold : float
        In units of the smoothed map.
    components : int
        Number of components kept.
    warnings : tuple of str
        Sentences on parts that were left out.
    """

    values: np.ndarray
    threshold: float
    components: int
    warnings: Tuple[str, ...] = ()


def make_mask(
    volume: np.ndarray, sampling: float, exclude: Optional[np.ndarray] = None
) -> MadeMask:
    """Find the particle.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, particle positive.
    sampling : float
        Voxel size, Å.
    exclude : ndarray of bool, shape (N, N, N), optional
        Voxels that are neither particle nor noise: the mask is zero there, and what they hold does
        not change it elsewhere.

    Returns
    -------
    MadeMask

    Raises
    ------
    ValueError
        If the array is not a map, no part of it stands out from the solvent, more than half of it
        does, or the particle is dark.
    """
    check_map(volume)
    check_sampling(sampling)
    size = volume.shape[0]
    width = max(_RESOLUTION / sampling, _LEAST_VOXELS)
    radius = distance_map(size)
    rim, inside = (radius > 0.42 * size) & (radius <= 0.5 * size), radius <= 0.5 * size
    if exclude is not None:
        volume = np.where(exclude, np.median(volume[~exclude]), volume)
        rim &= ~exclude
        inside &= ~exclude
        if not rim.any():
            raise ValueError(
                "the exclusion mask leaves no solvent at the rim of the box: give a mask"
            )
    # A Gaussian of this deviation falls to half at a spatial frequency of 1 / width.
    smooth = ndimage.gaussian_filter(
        volume.astype(np.float32), np.sqrt(np.log(4.0)) / (2 * np.pi) * width
    )
    centre = float(np.median(smooth[rim]))
    spread = 1.4826 * float(np.median(np.abs(smooth[rim] - centre)))
    peak = float(np.quantile(smooth[inside], 0.999)) - centre
    dark = centre - float(np.quantile(smooth[inside], 0.001))
    if dark > _SIGMAS * spread and dark > _DARK * peak:
        raise ValueError(
            "the particle is dark (its density lies below that of the solvent): multiply the map "
            "by -1, or give a mask"
        )
    bright = _bright_parts(smooth, inside, centre, spread, peak)
    aside = int(bright.sum())
    if aside:
        inside &= ~bright
        peak = float(np.quantile(smooth[inside], 0.999)) - centre
    threshold = centre + max(_SIGMAS * spread, _LEAST_OF_PEAK * peak)
    labels, count = ndimage.label((smooth > threshold) & inside)
    if count == 0:
        raise ValueError("no particle stands out from the solvent: give a mask")
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept = np.flatnonzero(sizes >= _LEAST_COMPONENT * sizes.max())
    particle = ndimage.binary_fill_holes(np.isin(labels, kept))
    if particle.mean() > 0.5:
        raise ValueError("the particle does not stand out from the solvent: give a mask")
    values = soft_mask(particle, _SOFT_EDGE)
    warnings = []
    if exclude is not None:
        values[exclude] = 0
    if aside:
        values[bright] = 0
        warnings.append(
            f"a small bright part of {aside} voxels (gold?) is denser than the particle and was "
            "left out of the mask that was made; give a mask if it belongs to the particle, or a "
            "mask of the bright part with --exclude if it does not"
        )
    return MadeMask(values, threshold, len(kept), tuple(warnings))


def _bright_parts(
    smooth: np.ndarray, inside: np.ndarray, centre: float, spread: float, peak: float
) -> np.ndarray:
    """Small parts so bright that the threshold would leave out much more of the particle."""
    aside = np.zeros(smooth.shape, bool)
    reached = (smooth > centre + _SIGMAS * spread) & inside
    everything = int(reached.sum())
    for _ in range(_BRIGHT_PARTS):
        rest = reached & ~aside
        bright = rest & (smooth > centre + _LEAST_OF_PEAK * peak)
        if int(rest.sum()) <= _OUTSHONE * int(bright.sum()):
            # What is left is a particle; of one that is all bright parts none is set aside.
            return aside if 2 * int(rest.sum()) > everything else np.zeros_like(aside)
        aside |= ndimage.binary_dilation(bright, iterations=_ABOUT_BRIGHT)
        peak = float(np.quantile(smooth[inside & ~aside], 0.999)) - centre
    return np.zeros_like(aside)
