"""Whether the noise of the solvent has the values that the noise of a reconstruction has.

A voxel of a reconstruction is a sum over very many images, so that its noise is Gaussian.  A change
of all grey values (a power, a logarithm, a histogram that was matched) makes it skewed; denoisers
that decide voxel by voxel (medians, wavelets, bilateral filters) make it peaked, or repeat values.
Linear interpolation makes it peaked, too: it is weaker between the old voxels.  Distributions are
compared in parts of the solvent, in each of which the noise is equally strong, and by the
Laplacian, because coarse structure of the solvent is not Gaussian.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from .faded_solvent import by_distance, laplacian

__all__ = [
    "UNLIKE_NOISE",
    "NoiseValues",
    "SolventParts",
    "changed_noise",
    "noise_values",
    "solvent_parts",
]

#: Words of every warning on the values of noise.
UNLIKE_NOISE = "unlike that of a reconstruction"

#: Groups by the distance from the mask, each of eight octants about the centre of the box; voxels
#: that a part must hold, and parts that are needed, near the mask and far from it.
_GROUPS, _FEWEST, _PARTS = 4, 100, 5
#: The Laplacian is taken over more than one voxel where the noise is low-passed, so that its
#: variance is this many times that of the values at least; most voxels of a step.
_FINE, _LONGEST = 1.0, 4
#: Largest number of voxels that are used, and of those among which equal values are counted.
_MOST, _COMPARED = 200_000, 20_000
#: Skewness of the values, and of the Laplacian with its sign reversed; both have one sign and at
#: least this size after a change of the grey values.
_SKEWED = 0.14
#: Excess kurtosis of the Laplacian.  In sound maps, real ones among them, the last two are
#: between -0.15 and 0.15, and the skewness of the Laplacian is 0.07 at most.
_PEAKED, _FLAT = 0.5, -0.4
#: Share of neighbouring voxels with equal values, and its ratio to that of voxels far apart, which
#: is large in maps of few grey levels only.
_EQUAL, _BY_CHANCE = 0.04, 20.0
_TINY = 1e-300
#: All are at least so many standard deviations from zero.
_CERTAIN = 5.0


class NoiseValues(NamedTuple):
    """How the values of noise are distributed.

    Attributes
    ----------
    skewness : float
        Of the values.
    fine_skewness : float
        Of the Laplacian, with its sign reversed: that of the values at high spatial frequencies.
    kurtosis : float
        Excess kurtosis of the Laplacian; 0 of Gaussian noise.
    equal : float
        Share of neighbours along x that hold one value.
    by_chance : float
        The same of voxels that are far apart.
    number : int
        Voxels that were looked at.
    """

    skewness: float
    fine_skewness: float
    kurtosis: float
    equal: float
    by_chance: float
    number: int


class SolventParts(NamedTuple):
    """Parts of the solvent, in each of which the noise is equally strong.

    Attributes
    ----------
    places : tuple of ndarray, each of shape (voxels,), int
        Indices ``z, y, x`` of the voxels that are looked at.
    near, far : list of ndarray, int
        Numbers of the voxels of each part, nearer to the particle and farther from it.
    """

    places: Tuple[np.ndarray, ...]
    near: List[np.ndarray]
    far: List[np.ndarray]


def solvent_parts(distance: np.ndarray, region: np.ndarray) -> Optional[SolventParts]:
    """Divide the solvent by its distance from the particle, and by octants.

    Parameters
    ----------
    distance : ndarray, shape (M, M, M)
        Distance from the particle (:func:`.distance_of_blocks`).
    region : ndarray of bool, shape (N, N, N)
        Voxels that hold noise alone.

    Returns
    -------
    SolventParts or None
        ``None`` where there are too few voxels.
    """
    flat = np.flatnonzero(region)
    places = np.unravel_index(flat[:: max(1, -(-len(flat) // _MOST))], region.shape)
    octant = np.zeros(len(places[0]), np.int8)
    for place, size in zip(places, region.shape):
        octant = 2 * octant + (place >= size // 2)
    groups = np.array_split(by_distance(distance, places), _GROUPS)
    near, far = (
        [part for group in some for part in (group[octant[group] == each] for each in range(8))]
        for some in (groups[: _GROUPS // 2], groups[_GROUPS // 2 :])
    )
    near, far = ([part for part in parts if len(part) >= _FEWEST] for parts in (near, far))
    return SolventParts(places, near, far) if min(len(near), len(far)) >= _PARTS else None


def noise_values(volume: np.ndarray, solvent: SolventParts) -> NoiseValues:
    """Distribution of the values of noise: medians over parts of the solvent.

    Moments are those of the parts near the particle or far from it, whichever are nearer to those
    of Gaussian noise: beside the particle of a low-passed map lies some of its density.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        ``[z, y, x]``.
    solvent : SolventParts

    Returns
    -------
    NoiseValues
    """
    places, near, far = solvent
    parts = [*near, *far]
    values = volume[places].astype(np.float64)
    for step in range(1, _LONGEST + 1):
        fine = laplacian(volume, places, step)
        ratio = [_variance(fine[part]) / max(_variance(values[part]), _TINY) for part in parts]
        if np.median(ratio) >= _FINE:
            break
    beside = (*places[:2], (places[2] + 1) % volume.shape[2])
    some = values[:: -(-len(values) // _COMPARED)]
    counts = np.unique(some, return_counts=True)[1].astype(np.float64)
    return NoiseValues(
        skewness=_excess(values, solvent, 3),
        fine_skewness=-_excess(fine, solvent, 3),
        kurtosis=_excess(fine, solvent, 4),
        equal=float(np.mean(values == volume[beside])),
        by_chance=float(np.sum(counts * (counts - 1))) / (len(some) * (len(some) - 1.0)),
        number=sum(map(len, parts)),
    )


def _variance(values: np.ndarray) -> float:
    return float(np.var(values))


def _excess(values: np.ndarray, solvent: SolventParts, power: int) -> float:
    """A standardised moment less that of Gaussian values, near the particle or far from it."""
    gaussian = 3.0 if power == 4 else 0.0
    medians = (
        float(np.median([_moment(values[part], power) for part in parts])) - gaussian
        for parts in (solvent.near, solvent.far)
    )
    return min(medians, key=abs)


def _moment(values: np.ndarray, power: int) -> float:
    apart = values - values.mean()
    return float(np.mean((apart / max(float(apart.std()), _TINY)) ** power))


def changed_noise(volume: np.ndarray, solvent: Optional[SolventParts]) -> Optional[str]:
    """A sentence on noise that no reconstruction has.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    solvent : SolventParts or None

    Returns
    -------
    str or None
        A sentence whose subject is the noise of the solvent; ``None`` if nothing is found.
    """
    if solvent is None:
        return None
    found = noise_values(volume, solvent)
    if found.equal > max(_EQUAL, _BY_CHANCE * found.by_chance):
        return _sentence(
            f"repeats its values ({100 * found.equal:.0f} % of neighbouring voxels are equal)",
            "denoised (by a median, say) or enlarged",
        )
    # Standard deviations of skewness and kurtosis of independent values; a median is less certain.
    deviation, fourth = 1.25 * np.sqrt(np.array([6, 24]) / found.number)
    skewness = min(abs(found.skewness), abs(found.fine_skewness))
    if found.skewness * found.fine_skewness > 0 and skewness > max(_SKEWED, _CERTAIN * deviation):
        return _sentence(
            f"is skewed (skewness {found.skewness:.2f}, and {found.fine_skewness:.2f} at high "
            "spatial frequencies)",
            "changed in its grey values (a power, a logarithm, a matched histogram)",
        )
    if found.kurtosis > max(_PEAKED, _CERTAIN * fourth):
        return _sentence(
            f"is too peaked (excess kurtosis {found.kurtosis:.2f})",
            "denoised, interpolated linearly, or put together from parts",
        )
    if found.kurtosis < min(_FLAT, -_CERTAIN * fourth):
        return _sentence(
            f"is too flat (excess kurtosis {found.kurtosis:.2f})",
            "changed in its grey values (a root, ranks, a matched histogram)",
        )
    return None


def _sentence(what: str, done: str) -> str:
    return (
        f"the noise of the solvent {what}, {UNLIKE_NOISE}: the map was {done}, and resolutions may "
        "come out wrong; give the map, or the half maps, as they were reconstructed"
    )
