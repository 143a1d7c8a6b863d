"""Whether a map was filtered locally or denoised: its solvent then lacks the particle's noise.

The noise of a single map is taken from its solvent.  The power of the particle over that of the
solvent is 1 + SNR, which falls with the spatial frequency.  If the solvent alone was low-passed, it
grows instead, to values that no unfiltered map has.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..fourier.lowpass_detection import end_of_information
from ..fourier.shells import shells_between

__all__ = ["FILTERED_APART", "filtered_solvent", "hardly_stronger", "weaker_than_solvent"]

#: Words of the warning that a solvent was filtered.
FILTERED_APART = "it was filtered or denoised apart from the particle"

#: Ratios of a filtered solvent grow by this factor, and to this value.  In a real map with strong
#: coarse structure outside the particle they grow by 30, but only to 460.
_GROWS, _TO = 8.0, 3000.0
#: Behind a fall to one part in so many, ratios of unfiltered maps grow by 1.4 at most.
_FALLEN, _GROWS_AGAIN = 8.0, 2.5
#: A solvent that ends at this share of the frequency at which the particle ends was filtered.
_ENDS_BEFORE = 0.8
#: In a map with noise the ratio is smaller than this at least at Nyquist.
_EVERYWHERE = 1000.0
#: In coarse shells a ratio below 1 plus this share of the criterion means equal contents.
_NEARLY = 0.2
#: In the finest third of the shells a particle has at least this share of the power of the solvent,
#: less so many deviations of chance: signal only adds to it.  In sound maps it is 0.94 or more.
_WEAKER, _CERTAIN, _FEWEST_FINE = 0.8, 5.0, 3
#: One in so many shells is coarse, and fine.
_COARSE = 3
#: Deviation in shells over which ratios are averaged, and shells that are needed.
_SMOOTHED, _FEWEST = 1.5, 6


def filtered_solvent(
    particle: np.ndarray, solvent: np.ndarray, coarsest: float, sampling: float
) -> Optional[str]:
    """A sentence on a solvent that was filtered although the particle was not.

    Parameters
    ----------
    particle, solvent : ndarray, shape (N // 2 + 1,), float64
        Power by Fourier shell (``NoisePower.radial``).
    coarsest : float
        Frequency from which on to look, cycles per voxel.
    sampling : float
        Voxel size, Å.

    Returns
    -------
    str or None
        A sentence whose subject is the solvent; ``None`` if it is like that of other maps.
    """
    size = 2 * (len(solvent) - 1)
    ends = [end_of_information(power, coarsest) for power in (particle, solvent)]
    last = ends[0] or 0.5
    if ends[1] is not None and ends[1] < _ENDS_BEFORE * last:
        return _sentence(
            f"ends at {sampling / ends[1]:.3g} Å, and the particle reaches {sampling / last:.3g} Å"
        )
    shells = shells_between(coarsest, last, size)
    if len(shells) < _FEWEST or not (solvent[shells] > 0).all():
        return None
    logarithms = np.log(np.maximum(particle[shells], 1e-300) / solvent[shells])
    ratio = np.exp(gaussian_filter1d(logarithms, _SMOOTHED, mode="nearest"))
    least, peak = _growth(ratio)
    if peak > least:
        return _sentence(
            f"has {ratio[peak]:.2g} times less power than the particle at "
            f"{size * sampling / shells[peak]:.3g} Å, and only {ratio[least]:.2g} times less at "
            f"{size * sampling / shells[least]:.3g} Å"
        )
    if ratio.min() > _EVERYWHERE:
        return _sentence(
            f"has {ratio.min():.2g} times less power than the particle, and less still, at all "
            "frequencies"
        )
    return None


def _growth(ratio: np.ndarray) -> Tuple[int, int]:
    """Where a ratio that should fall begins to grow, and where it ends; twice 0: it does not."""
    peak = int(ratio.argmax())
    least = int(ratio[: peak + 1].argmin())
    if ratio[peak] > _TO and ratio[peak] > _GROWS * ratio[least]:
        return least, peak
    low = np.where(ratio < np.maximum.accumulate(ratio) / _FALLEN, ratio, np.inf)
    again = int(np.argmax(ratio / np.minimum.accumulate(low)))
    least = int(low[: again + 1].argmin())
    if ratio[again] > _GROWS_AGAIN * low[least]:
        return least, again
    return 0, 0


def hardly_stronger(
    particle: np.ndarray, solvent: np.ndarray, grid: np.ndarray, criterion: float
) -> Optional[str]:
    """A sentence on a mask inside of which the map is nowhere stronger than outside.

    Parameters
    ----------
    particle, solvent : ndarray, shape (N // 2 + 1,), float64
        Power by Fourier shell.
    grid : ndarray
        Frequencies that are looked at, cycles per voxel.
    criterion : float
        Ratio of signal and noise at which the resolution ends.

    Returns
    -------
    str or None
    """
    shells = shells_between(grid[0], grid[-1], 2 * (len(solvent) - 1))
    if not (solvent[shells] > 0).all():
        return None
    # With noise outside, the ratio exceeds 1 in coarse shells; with structure, it is 1 there, too.
    coarse = shells[: max(len(shells) // _COARSE, 1)]
    ratio = float(np.average(particle[coarse] / solvent[coarse], weights=coarse**2))
    if ratio >= 1 + _NEARLY * criterion:
        return None
    return (
        "inside the mask the map is hardly stronger than outside of it even at coarse resolution "
        f"(power {ratio:.2g} times as large), and little is resolved: either what lies outside is "
        "structure, or the mask lies beside the particle; give half maps or another mask"
    )


def weaker_than_solvent(
    particle: np.ndarray, solvent: np.ndarray, grid: np.ndarray, sampling: float, voxels: int
) -> Optional[str]:
    """A sentence on a particle with less power than the solvent at fine resolution.

    Parameters
    ----------
    particle, solvent : ndarray, shape (N // 2 + 1,), float64
        Power by Fourier shell.
    grid : ndarray
        Frequencies that are looked at, cycles per voxel.
    sampling : float
        Voxel size, Å.
    voxels : int
        Those of the particle.

    Returns
    -------
    str or None
    """
    size = 2 * (len(solvent) - 1)
    shells = shells_between(grid[0], grid[-1], size)
    fine = shells[-max(len(shells) // _COARSE, 1) :]
    # At the edge of a filter, a shell or two hold what windows smear into them.
    if len(fine) < _FEWEST_FINE or not (solvent[fine] > 0).all():
        return None
    ratio = float(np.max(particle[fine] / solvent[fine]))
    independent = voxels * 4 / 3 * np.pi * float(fine[-1] ** 3 - fine[0] ** 3) / size**3
    if ratio >= min(_WEAKER, 1 - _CERTAIN * np.sqrt(2 / max(independent, 1.0))):
        return None
    box = size * sampling
    return (
        f"at {box / fine[0]:.3g} Å and finer the particle has only {ratio:.2g} times "
        "the power of the solvent: the map was scaled or filtered locally, or its solvent was "
        "replaced, and resolutions come out too coarse; give half maps, or the map as it was "
        "reconstructed"
    )


def _sentence(what: str) -> str:
    why = f"{FILTERED_APART}, holds too little noise, and resolutions come out too fine"
    return f"the solvent {what}: {why}; give the half maps or the unfiltered map"
