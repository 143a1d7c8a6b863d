"""The resolution that an estimator should report, from signal and noise known separately.

``SNR(r, d, f)`` is the local mean of the clean map's power, in a cone about ``d`` and a band
about ``f``, over the mean power there of independent noise reconstructions.  For half maps
``FSC = SNR / (SNR + 2)``.  ``R(r, d)`` is the finest frequency up to which SNR stays above that of
the criterion, the crossing interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np

from monodir_plugin.numerics import AxisSet
from studies.harness import Cache
from studies.truth.cases import axes_without_data
from studies.truth.experiment import Experiment
from studies.truth.filters import GRID, HARD, Filter, LocalPower, window_of

__all__ = ["AXES", "LEAST_NOISE", "ROWS", "Oracle", "first_crossing", "oracle_of", "snr_of_fsc"]

#: The study's axes are every other one of 46; these are their rows in a table of all.
ROWS = slice(None, None, 2)
AXES = AxisSet(AxisSet.icosahedral(46).vectors[ROWS])
#: An axis and frequency with less than this share of the median axis's noise has no data.
LEAST_NOISE = 0.03
_VERSION = 1


def snr_of_fsc(fsc: float) -> float:
    """Signal-to-noise ratio of a map whose half maps have this FSC."""
    return 2 * fsc / (1 - fsc)


@dataclass(frozen=True)
class Oracle:
    """Signal-to-noise ratios of an experiment.

    Attributes
    ----------
    voxels : ndarray, shape (voxels,)
        Flat indices in the box.
    snr : ndarray, shape (frequencies, axes, voxels), float32
        0 where there is no data.
    snr_without_cone : ndarray, shape (frequencies, voxels), float32
    no_data : ndarray of bool, shape (frequencies, axes)
        Next to no noise power, or an axis that no view's slice comes near.
    """

    voxels: np.ndarray
    snr: np.ndarray
    snr_without_cone: np.ndarray
    no_data: np.ndarray

    def table(self, fsc: float, failures: int = 1) -> np.ndarray:
        """R(r, d), cycles per voxel, shape (axes, voxels); 0: not resolved."""
        return first_crossing(self.snr, snr_of_fsc(fsc), failures)

    def without_cone(self, fsc: float, failures: int = 1) -> np.ndarray:
        """R(r), cycles per voxel, shape (voxels,); 0: not resolved."""
        return first_crossing(self.snr_without_cone, snr_of_fsc(fsc), failures)


def without_data(noise: np.ndarray) -> np.ndarray:
    """Axes with next to no noise power, bool; power has shape (frequencies, axes)."""
    return noise < LEAST_NOISE * np.median(noise, axis=1, keepdims=True)


def first_crossing(
    values: np.ndarray, criterion: float, failures: int = 1, grid: np.ndarray = GRID
) -> np.ndarray:
    """Finest frequency up to which values stay above a criterion.

    Parameters
    ----------
    values : ndarray, shape (frequencies, ...)
    criterion : float
    failures : int
        Consecutive values below the criterion that end the search.
    grid : ndarray, shape (frequencies,)
        Cycles per voxel.

    Returns
    -------
    ndarray, shape (...), float32
        Cycles per voxel, interpolated linearly between the last value above and the next one;
        0 where nothing is above.
    """
    above = values > criterion
    last = np.full(values.shape[1:], -1)
    missed = np.zeros(values.shape[1:], int)
    for place, passed in enumerate(above):
        running = missed < failures
        last[running & passed] = place
        missed = np.where(running, np.where(passed, 0, missed + 1), missed)
    here = np.take_along_axis(values, np.maximum(last, 0)[None], axis=0)[0]
    after = np.minimum(last + 1, len(grid) - 1)
    there = np.take_along_axis(values, after[None], axis=0)[0]
    step = np.where((last >= 0) & (after > last), here - there, np.inf)
    crossed = grid[np.maximum(last, 0)] + (here - criterion) / step * (grid[1] - grid[0])
    return np.where(last >= 0, crossed, 0.0).astype(np.float32)


def oracle_of(
    experiment: Experiment,
    cache: Cache,
    filter_: Filter = HARD,
    window: object = 3.0,
    axes: AxisSet = AXES,
) -> Oracle:
    """The oracle of an experiment, from the cache where it is there.

    Parameters
    ----------
    experiment : Experiment
    cache : Cache
    filter_ : Filter
    window : float or "wave"
        Deviation of the Gaussian window in voxels, or 0.75 of a wavelength.
    axes : AxisSet
    """
    key = (experiment.case, _key(experiment), filter_, window, axes.vectors.tobytes(), _VERSION)
    kind = f"oracle-{experiment.case.name}-{filter_.name}-{window}"
    stored = cache.arrays(kind, key, lambda: _measure(experiment, filter_, window, axes))
    strength = np.float32(experiment.excess)
    empty = without_data(stored["noise"]) | axes_without_data(experiment.case, axes.vectors)
    snr = np.where(empty[:, :, None], np.float32(0), stored["snr"] / strength)
    return Oracle(experiment.voxels, snr, stored["snr_without_cone"] / strength, empty)


def _key(experiment: Experiment) -> float:
    """A number that differs between experiments of one case with different densities."""
    return float(np.sum(experiment.clean.astype(float) ** 2))


def _measure(experiment: Experiment, filter_: Filter, window: object, axes: AxisSet) -> dict:
    power = LocalPower(experiment.case.size)
    places = power.places(experiment.voxels)
    clean = power.transform(experiment.clean)
    noises = [power.transform(noise) for noise in experiment.noises]

    def along(axis: Optional[np.ndarray]) -> Tuple[np.ndarray, np.ndarray]:
        cone = power.cone(axis, filter_)
        signal, noise = [], []
        for frequency in GRID:
            region = power.region(cone, frequency, filter_.half_width)
            noise.append(np.mean([power.mean_power(each, region) for each in noises]))
            local = power.local_power(clean, region, window_of(window, frequency))
            signal.append(local.ravel()[places])
        return np.array(signal, np.float32), np.array(noise)

    signal, noise = (np.stack(each, axis=1) for each in zip(*(along(axis) for axis in axes)))
    plain, plain_noise = along(None)
    snr = signal / np.where(without_data(noise), np.inf, noise)[:, :, None]
    return {
        "snr": snr.astype(np.float32),
        "snr_without_cone": (plain / plain_noise[:, None]).astype(np.float32),
        "noise": noise,
    }
