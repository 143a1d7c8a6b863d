"""Whether half maps hold detail of their own, from the power of their difference.

Half of the difference of half maps is noise, and about as strong inside the mask as around it.
Where each half holds detail that the other lacks, because they are of other particles, states or
orientations, or because symmetry or phases of one were changed, the difference inside the mask
holds that detail, too.  It is as coarse as a particle is: at fine resolution the difference is
noise alone.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from ..fourier.shells import shells_between

__all__ = ["unlike_detail"]

#: The difference is stronger inside the mask than around it by this factor at least.  In sound half
#: maps it is 2.1 at most, in single shells.
_STRONGER = 2.5
#: What the halves have in common is less than so many times what they hold apart beyond the noise
#: around the mask (1.3 times for a half on which the symmetry C4 was imposed) ...
_COMMON = 3.0
#: ... in this share of the shells, and in so many of them.
_SHARE, _FEWEST = 1 / 6, 3
#: In the finest third of the shells it has this share of that excess at most.  Noise that is
#: stronger inside the particle is so at all frequencies.
_FALLS = 0.5
_THIRD = 3


def unlike_detail(
    mean: np.ndarray, inside: np.ndarray, around: np.ndarray, grid: np.ndarray, sampling: float
) -> Optional[str]:
    """A sentence on half maps of which each holds detail that the other lacks.

    Parameters
    ----------
    mean : ndarray, shape (N // 2 + 1,), float64
        Power of the mean of the half maps inside the mask, by Fourier shell.
    inside, around : ndarray, shape (N // 2 + 1,), float64
        Power of half of their difference, inside the mask and around it.
    grid : ndarray
        Frequencies that are looked at, cycles per voxel.
    sampling : float
        Voxel size, Å.

    Returns
    -------
    str or None
    """
    size = 2 * (len(mean) - 1)
    shells = shells_between(grid[0], grid[-1], size)
    if len(shells) < _THIRD * _FEWEST or not (around[shells] > 0).all():
        return None
    own = inside[shells] / around[shells] - 1
    common = (mean[shells] - inside[shells]) / around[shells]
    unlike = (own > _STRONGER - 1) & (common < _COMMON * own)
    first, last = _longest_run(unlike)
    if last - first < max(_FEWEST, _SHARE * len(shells)):
        return None
    if np.median(own[-(len(shells) // _THIRD) :]) > _FALLS * own[first:last].mean():
        return None
    low, high = size * sampling / shells[first], size * sampling / shells[last - 1]
    return (
        f"from {low:.3g} to {high:.3g} Å the half maps differ inside the mask by "
        f"{1 + own[first:last].mean():.2g} times the noise around it, and have little more in "
        "common: each holds detail that the other lacks (another particle, state or "
        "orientation, or symmetry that was imposed on one), and resolutions come out too coarse; "
        "give the two halves of one refinement"
    )


def _longest_run(flags: np.ndarray) -> Tuple[int, int]:
    """First and end of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])
