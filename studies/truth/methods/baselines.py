"""Estimates from half maps by plain Fourier shell correlations.

All have the oracle's frequency grid and its first crossing.  All end where an axis has no data:
where half of the difference of the half maps has next to no power, by the oracle's own rule.
Windows, bands and the number of failures are those that do best on the tuning cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from monodir_plugin.numerics import AxisSet
from monodir_plugin.numerics.geometry.soft_edges import soft_mask
from studies.truth.experiment import Experiment
from studies.truth.filters import GRID, Filter, LocalPower
from studies.truth.oracle import AXES, first_crossing, without_data

__all__ = [
    "CONED",
    "CONICAL",
    "LOCAL",
    "WIDE",
    "Choice",
    "Correlations",
    "coned_windowed_fsc",
    "conical_fsc",
    "local_fsc",
    "map_fsc",
    "product",
    "product_of",
]

#: Width of the soft edge outside the mask for whole maps, voxels.
_SOFT_EDGE = 6.0
#: Below this a criterion is low.
_LOW = 0.25
#: Nyquist, cycles per voxel: nothing finer is reported.
_FINEST = float(GRID[-1])


@dataclass(frozen=True)
class Choice:
    """Constants of a windowed correlation.

    Attributes
    ----------
    filter : Filter
        Band, and cone where there is one.
    window : float
        Deviation of the Gaussian window, voxels.
    failures : int
        Consecutive correlations below the criterion that end a curve.
    failures_at_low : int
        The same for criteria below 0.25, which noise passes more often.
    """

    filter: Filter
    window: float
    failures: int = 1
    failures_at_low: int = 1

    def ended_by(self, criterion: float) -> int:
        """Failures that end a curve at a criterion."""
        return self.failures if criterion > _LOW else self.failures_at_low


#: Windowed FSC without a cone, the same as a factor of the product, windowed FSC of coned half
#: maps, and FSC of the whole mask in a cone.
LOCAL = Choice(Filter("local", 15.0, 0.07, False), 5.0)
WIDE = Choice(Filter("wide", 15.0, 0.07, False), 6.0)
CONED = Choice(Filter("coned", 15.0, 0.05, False), 6.0, 1, 2)
CONICAL = Choice(Filter("conical", 15.0, 0.035, False), np.inf)


class Correlations(NamedTuple):
    """Correlations of half maps on the grid, first axis frequency.

    Attributes
    ----------
    fsc : ndarray, shape (frequencies, ...)
    empty : ndarray of bool, shape (frequencies, ...) or None
        Without data.
    """

    fsc: np.ndarray
    empty: Optional[np.ndarray] = None

    def crossing(self, criterion: float, failures: int = 1) -> np.ndarray:
        """Resolution in cycles per voxel; 0: not resolved."""
        fsc = self.fsc
        if self.empty is not None:
            empty = self.empty.reshape(self.empty.shape + (1,) * (fsc.ndim - self.empty.ndim))
            fsc = np.where(empty, -1.0, fsc)
        return first_crossing(fsc, criterion, failures)


def map_fsc(experiment: Experiment) -> Correlations:
    """FSC of the half maps in a soft mask, by shells of the grid, shape (frequencies,)."""
    power, one, other = _masked(experiment)
    return Correlations(_in_regions(power, one, other, None))


def conical_fsc(experiment: Experiment, axes: AxisSet = AXES) -> Correlations:
    """FSC of the masked half maps in the double cone about each axis, (frequencies, axes)."""
    power, one, other = _masked(experiment)
    rows = [_in_regions(power, one, other, axis) for axis in axes]
    return Correlations(np.stack(rows, axis=1), empty_of(experiment, axes))


def local_fsc(experiment: Experiment, choice: Choice = LOCAL) -> Correlations:
    """FSC in a window about each voxel, shape (frequencies, voxels)."""
    power = LocalPower(experiment.case.size)
    return Correlations(_windowed(power, experiment, None, choice))


def coned_windowed_fsc(
    experiment: Experiment, axes: AxisSet = AXES, choice: Choice = CONED
) -> Correlations:
    """FSC of coned half maps in a window about each voxel, (frequencies, axes, voxels)."""
    power = LocalPower(experiment.case.size)
    rows = [_windowed(power, experiment, axis, choice) for axis in axes]
    return Correlations(np.stack(rows, axis=1), empty_of(experiment, axes))


def product_of(
    local: Correlations, conical: Correlations, whole: Correlations, criterion: float
) -> np.ndarray:
    """Local times conical resolution over that of the map, cycles per voxel, (axes, voxels)."""
    by_voxel = local.crossing(criterion, WIDE.ended_by(criterion))
    by_axis = conical.crossing(criterion, CONICAL.ended_by(criterion))
    of_map = float(whole.crossing(criterion))
    if of_map == 0:
        return np.zeros((len(by_axis), len(by_voxel)), np.float32)
    found = np.minimum(by_axis[:, None] * by_voxel[None] / of_map, _FINEST)
    return np.where(found < GRID[0], 0.0, found).astype(np.float32)


def product(experiment: Experiment, criterion: float, axes: AxisSet = AXES) -> np.ndarray:
    """As :func:`product_of`, from an experiment."""
    local, conical = local_fsc(experiment, WIDE), conical_fsc(experiment, axes)
    return product_of(local, conical, map_fsc(experiment), criterion)


def empty_of(experiment: Experiment, axes: AxisSet = AXES) -> np.ndarray:
    """Axes and frequencies without data by the half maps' difference, (frequencies, axes)."""
    power = LocalPower(experiment.case.size)
    spectrum = power.transform(experiment.difference)
    noise = []
    for axis in axes:
        cone = power.cone(axis, CONICAL.filter)
        regions = (power.region(cone, f, CONICAL.filter.half_width) for f in GRID)
        noise.append([power.mean_power(spectrum, region) for region in regions])
    return without_data(np.transpose(noise))


def _masked(experiment: Experiment) -> Tuple[LocalPower, np.ndarray, np.ndarray]:
    power = LocalPower(experiment.case.size)
    soft = soft_mask(experiment.mask, _SOFT_EDGE)
    return power, power.transform(experiment.half1 * soft), power.transform(experiment.half2 * soft)


def _in_regions(
    power: LocalPower, one: np.ndarray, other: np.ndarray, axis: Optional[np.ndarray]
) -> np.ndarray:
    """Correlation inside the band about each frequency, in a cone or without one."""
    cone = power.cone(axis, CONICAL.filter)
    found: List[float] = []
    for frequency in GRID:
        region = power.region(cone, frequency, CONICAL.filter.half_width)
        a, b = (each[region.points] * region.weights for each in (one, other))
        norm = np.sqrt(np.sum(np.abs(a) ** 2) * np.sum(np.abs(b) ** 2))
        found.append(float(np.sum((a * b.conj()).real) / norm) if norm > 0 else 0.0)
    return np.array(found)


def _windowed(
    power: LocalPower, experiment: Experiment, axis: Optional[np.ndarray], choice: Choice
) -> np.ndarray:
    """Correlation inside a window about each voxel at each frequency, float32."""
    places = power.places(experiment.voxels)
    halves = [power.transform(each) for each in (experiment.half1, experiment.half2)]
    cone = power.cone(axis, choice.filter)
    found = []

    def mean(product: np.ndarray) -> np.ndarray:
        return power.local_mean(product, choice.window).ravel()[places]

    for frequency in GRID:
        region = power.region(cone, frequency, choice.filter.half_width)
        a, b = (power.component(half, region, choice.window) for half in halves)
        cross = mean(a.real * b.real + a.imag * b.imag)
        norm = mean(a.real**2 + a.imag**2) * mean(b.real**2 + b.imag**2)
        found.append(cross / np.sqrt(np.maximum(norm, 1e-30)))
    return np.array(found, np.float32)
