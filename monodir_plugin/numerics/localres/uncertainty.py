"""Intervals of resolutions.

At the frequency where the ratio of a voxel along an axis falls to the criterion, the logarithm of
``1 + SNR`` has the variance of the weighted mean of measured and expected ratio
(:mod:`.signal_to_noise`).  Its standard deviation, divided by the slope with which the ratio of
the map falls there, is that of the logarithm of the frequency.  ``docs/validation/intervals.rst``
has the measured coverage of the interval.
"""

from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np
from scipy.special import stdtrit

__all__ = ["INTERVAL", "frequency_intervals", "median_axis_interval", "median_interval"]

#: Share of the distribution that an interval holds.
INTERVAL = 0.9
#: Half-width of the interval, standard deviations.
_DEVIATIONS = 1.645
#: The ratio of a map is taken to fall at least as this power of frequency: a slower fall is an
#: effect of noise.
_LEAST_SLOPE = 2.0
#: Largest number of groups of blocks, each of which is left out once; largest number of voxels
#: that are used.
_GROUPS, _MOST_VOXELS = 20, 100_000
#: The same for all axes together.
_MOST_VOXELS_OF_AXES = 10_000


def frequency_intervals(
    frequency: np.ndarray,
    snr_of_map: np.ndarray,
    independent: np.ndarray,
    criterion: float,
    spread: float,
) -> Tuple[np.ndarray, np.ndarray]:
    """Interval of a resolution that is found at each frequency.

    Parameters
    ----------
    frequency : ndarray, shape (bands,)
        Cycles per voxel, ascending.
    snr_of_map : ndarray, shape (bands,)
        Signal-to-noise ratio of the whole map.
    independent : ndarray, shape (bands,)
        Number of independent values in a window.
    criterion : float
        Signal-to-noise ratio.
    spread : float
        Standard deviation of the logarithm of the ratio about its expected value.

    Returns
    -------
    coarser, finer : ndarray, shape (bands,)
        Ends, cycles per voxel, within the limits of ``frequency``.
    """
    level = 1 + criterion
    measured = (2 * level - 1) / (independent * level**2)
    expected = (spread * criterion / level) ** 2
    deviation = np.sqrt(measured * expected / (measured + expected)) * level / criterion
    width = _DEVIATIONS * deviation / _slope(frequency, snr_of_map)
    low, high = frequency * np.exp(-width), frequency * np.exp(width)
    return np.maximum(low, frequency[0]), np.minimum(high, frequency[-1])


def _slope(frequency: np.ndarray, snr: np.ndarray) -> np.ndarray:
    """Power of frequency with which the ratio of the map falls, over five bands about each."""
    log = np.log(np.maximum(snr, 1e-2))
    place = np.log(frequency)
    found = np.empty(len(frequency))
    for i in range(len(frequency)):
        near = slice(max(i - 2, 0), i + 3)
        found[i] = -np.polyfit(place[near], log[near], 1)[0]
    return np.maximum(found, _LEAST_SLOPE)


def median_interval(
    values: np.ndarray, indices: np.ndarray, shape: Sequence[int], block: float
) -> Tuple[float, float]:
    """Interval of the median of a map over its mask.

    Groups of blocks of the mask are left out in turn (grouped jackknife), because neighbouring
    voxels share their noise.

    Parameters
    ----------
    values : ndarray, shape (voxels,)
    indices : ndarray, shape (voxels,)
        Flat indices of the voxels in the ``[z, y, x]`` box.
    shape : tuple of int
    block : float
        Side of a block, voxels: several widths of the window.

    Returns
    -------
    tuple of float
        Within the range of ``values``; NaN if all voxels lie in one block.
    """
    step = -(-len(values) // _MOST_VOXELS)
    values, group = values[::step], _groups(indices[::step], shape, block)
    middle = float(np.median(values))
    lower, upper = _medians_without_a_group(values[None], group)
    width = _half_width((lower[:, 0] + upper[:, 0]) / 2)
    return max(middle - width, float(values.min())), min(middle + width, float(values.max()))


def median_axis_interval(
    frequencies: np.ndarray, indices: np.ndarray, shape: Sequence[int], block: float
) -> float:
    """Half-width of the interval of the median axis, over its spatial frequency.

    The axes stay the same; groups of blocks of the mask are left out, as in
    :func:`median_interval`.

    Parameters
    ----------
    frequencies : ndarray, shape (axes, voxels)
        Any unit; 0 where a voxel is not resolved along an axis.  An axis along which most voxels
        are not resolved does not count.
    indices, shape, block
        As for :func:`median_interval`.

    Returns
    -------
    float
        No unit; NaN if no axis counts or all voxels lie in one block.
    """
    step = -(-len(indices) // _MOST_VOXELS_OF_AXES)
    some, group = frequencies[:, ::step], _groups(indices[::step], shape, block)
    # Of many voxels, the upper of the two in the middle is near enough.
    upper = _medians_without_a_group(some, group)[1]
    medians = np.array([np.median(row[row > 0]) if np.any(row > 0) else np.nan for row in upper])
    return _half_width(medians) / float(np.mean(medians)) if len(medians) else float("nan")


def _medians_without_a_group(
    values: np.ndarray, group: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Lower and upper median of rows, each group of columns left out in turn.

    Rows are sorted once, for all groups.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
    group : ndarray of int, shape (columns,)
        0 to ``_GROUPS - 1``.

    Returns
    -------
    lower, upper : ndarray, shape (groups, rows)
        Of the groups that hold some columns; of none if one group holds all.
    """
    order = np.argsort(values, axis=1, kind="stable")
    ordered, of_group = np.take_along_axis(values, order, 1), group[order]
    rows = np.arange(len(values))
    found = []
    for out in range(_GROUPS):
        left = of_group != out
        count = int(left[0].sum())
        if count in (0, len(group)):
            continue
        # The k-th of those that are left stands where their number first exceeds k; at most all
        # that are left out stand before it.
        first = (count - 1) // 2
        near = left[:, first : first + len(group) - count + 2]
        number = left[:, :first].sum(axis=1)[:, None] + np.cumsum(near, axis=1)
        at = [first + np.argmax(number > k, axis=1) for k in (first, count // 2)]
        found.append([ordered[rows, place] for place in at])
    lower, upper = np.moveaxis(np.reshape(found, (-1, 2, len(values))), 1, 0)
    return lower, upper


def _groups(indices: np.ndarray, shape: Sequence[int], block: float) -> np.ndarray:
    """Number of the group of every voxel; the voxels of a block are in one group."""
    parts = np.stack(np.unravel_index(indices, tuple(shape))) // max(round(block), 1)
    flat = np.ravel_multi_index(tuple(parts), tuple(shape))
    number = np.unique(flat, return_inverse=True)[1]
    # In random order, so that no group is a connected part of the particle.
    order = np.random.default_rng(0).permutation(int(number.max()) + 1)
    group: np.ndarray = order[number.ravel()] % _GROUPS
    return group


def _half_width(medians: np.ndarray) -> float:
    """Half of the interval, from medians that each lack one group; NaN of fewer than two."""
    count = len(medians)
    if count < 2:
        return float("nan")
    error = np.sqrt((count - 1) / count * np.sum((medians - medians.mean()) ** 2))
    return float(round(stdtrit(count - 1, (1 + INTERVAL) / 2), 2) * error)
