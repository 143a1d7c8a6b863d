"""Rules of the authors' program (Xmipp 3.24, ``xmipp_resolution_directional``).

They are its frequency grid, the end of its noise region, its neighbour rule for outliers, and its
quantiles, counts and wide means, for comparison with published results.
``docs/explanation/presets.rst`` says where the default preset differs and why.
"""

from __future__ import annotations

from typing import List, Tuple

import numba
import numpy as np

from ..geometry.axes import AxisSet
from ..solvent.region import shell_variances
from .frequency_grid import FrequencyGrid

__all__ = [
    "authors_frequency_grid",
    "axes_across",
    "axes_around",
    "drop_outliers",
    "floor_position",
    "variance_cliff",
    "counts_within_tenth",
]

#: Coarsest resolution that is tested, Å.
COARSEST = 18.0
#: The test along an axis ends when the mean amplitude of the undecided voxels is below this
#: multiple of the mean noise of the map without a cone at the first frequency.
WEAK = 0.001 / 9
#: ``margin`` of the filters (:class:`monodir_plugin.numerics.published.filters.Filters`).
ALIAS_MARGIN = 0.7
#: Finest frequency that is tested, cycles per voxel.
_LAST_FREQUENCY = 0.49
#: Axes are neighbours within this angle, degrees.
_NEIGHBOUR_ANGLE = 20.0
#: The program's rational approximation of the 95 % point of the normal distribution (Abramowitz and
#: Stegun 26.2.23); with the exact 1.644854 one voxel in a thousand changes.
_OUTLIER_DEVIATIONS = 1.645215
#: A voxel counts for all axes within this distance of its highest resolution, Å.
_COUNT_WITHIN = 0.1
#: The noise ends at a shell whose variance is below this share of that of the shell inside it.
_CLIFF = 0.01


def authors_frequency_grid(size: int, sampling: float, coarsest: float = COARSEST) -> FrequencyGrid:
    """Frequencies on whole Fourier shells, in steps of at least 1 Å above 8 Å and 0.5 Å below.

    The feet of the filters are 5 % or one step of resolution coarser and finer, whichever is more,
    rounded to shells.

    Parameters
    ----------
    size : int
        Box side in voxels.
    sampling : float
        Voxel size in Å.
    coarsest : float
        Å; the first frequency is the shell nearest to it.

    Returns
    -------
    FrequencyGrid

    Raises
    ------
    ValueError
        If the first frequency is higher than 0.49 cycles per voxel.
    """
    box = size * sampling
    frequencies: List[Tuple[int, int, int]] = []
    shell = max(1, _nearest(box / coarsest))
    while True:
        step = 1.0 if box / shell > 8 else 0.5
        if frequencies:
            last = box / frequencies[-1][0]
            if last - box / shell < step:
                shell = max(
                    _nearest(box / (last - step)) if last > step else size, frequencies[-1][0] + 1
                )
        if shell / size > _LAST_FREQUENCY:
            break
        resolution = box / shell
        reach = max(step, 0.05 * resolution)
        finer = box / (resolution - reach) if resolution > reach else size / 2
        low = min(_nearest(box / (resolution + reach)), shell - 1)
        high = max(_nearest(min(finer, size / 2)), shell + 1)
        frequencies.append((shell, low, high))
        shell += 1
    if not frequencies:
        raise ValueError(
            f"no frequency fits between the coarsest resolution, {coarsest:.3g} Å, and the finest "
            f"one, {sampling / _LAST_FREQUENCY:.3g} Å"
        )
    frequency, low_foot, high_foot = np.array(frequencies).T / size
    return FrequencyGrid(frequency, low_foot, frequency, high_foot)


def drop_outliers(values: np.ndarray, axes: AxisSet) -> np.ndarray:
    """The neighbour rule: which voxels and directions the program keeps.

    Every axis of a voxel is represented by the point at a distance R from the origin along it.  The
    axis is dropped if the mean distance to the points of its neighbours exceeds the mean over all
    pairs of neighbours by more than 1.6452 standard deviations.  Neighbours are found on the
    sphere, among the listed ends of the axes.

    Parameters
    ----------
    values : ndarray, shape (voxels, axes)
        Resolutions in Å.
    axes : AxisSet

    Returns
    -------
    ndarray of bool, shape (voxels, axes)
    """
    cosines = axes.vectors @ axes.vectors.T
    first, second = np.nonzero(np.triu(cosines > np.cos(np.deg2rad(_NEIGHBOUR_ANGLE)), k=1))
    if not len(first):
        return np.ones(values.shape, bool)
    ends = np.stack([first, second], axis=1)
    return _kept(values, ends, cosines[first, second])


@numba.njit(nogil=True, cache=True)
def _kept(values, ends, cosines):  # type: ignore[no-untyped-def]
    """Whether the mean distance of each axis to its neighbours is within the limit."""
    count, axes = values.shape
    keep = np.empty((count, axes), np.bool_)
    neighbours = np.zeros(axes)
    for pair in range(len(ends)):
        neighbours[ends[pair, 0]] += 1
        neighbours[ends[pair, 1]] += 1
    distance = np.empty(len(ends))
    for voxel in range(count):
        row = values[voxel]
        total = 0.0
        for pair in range(len(ends)):
            a, b = float(row[ends[pair, 0]]), float(row[ends[pair, 1]])
            distance[pair] = np.sqrt(max(a * a + b * b - 2 * a * b * cosines[pair], 0.0))
        sums = np.zeros(axes)
        for pair in range(len(ends)):
            total += distance[pair]
            sums[ends[pair, 0]] += distance[pair]
            sums[ends[pair, 1]] += distance[pair]
        mean = total / len(ends)
        variance = np.sum((distance - mean) ** 2) / len(ends)
        limit = mean + _OUTLIER_DEVIATIONS * np.sqrt(variance)
        for axis in range(axes):
            keep[voxel, axis] = sums[axis] <= limit * max(neighbours[axis], 1.0)
    return keep


def variance_cliff(volume: np.ndarray, solvent: np.ndarray, radius: np.ndarray) -> int:
    """Radius of the first shell whose variance is below 1 % of that of the shell inside it.

    Parameters and value as for :func:`monodir_plugin.numerics.solvent.region.noise_edge`.
    """
    variances = shell_variances(volume, solvent, radius)
    shells = np.flatnonzero(np.isfinite(variances))
    for inner, outer in zip(shells, shells[1:]):
        if variances[outer] < _CLIFF * variances[inner]:
            return int(outer)
    return len(variances)


def floor_position(quantile: float, count: np.ndarray) -> np.ndarray:
    """Element ``floor(q n)`` of the sorted values."""
    return np.floor(quantile * count)


def counts_within_tenth(
    values: np.ndarray, keep: np.ndarray, highest: np.ndarray, coarsest: float
) -> np.ndarray:
    """Count every voxel once for each axis within 0.1 Å of its ``highest`` resolution."""
    return keep & (np.abs(values - highest[:, None]) <= _COUNT_WITHIN)


def axes_around(angles: np.ndarray, spacing: float) -> np.ndarray:
    """Weights of the radial mean: axes within 45 degrees of the radial direction."""
    return (angles <= 45.0).astype(float)


def axes_across(angles: np.ndarray, spacing: float) -> np.ndarray:
    """Weights of the tangential mean: axes at least 70 degrees from the radial direction."""
    return (angles >= 70.0).astype(float)


def _nearest(value: float) -> int:
    return int(np.floor(value + 0.5))
