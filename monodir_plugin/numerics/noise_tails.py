"""How the amplitude of Gaussian noise of a given power is distributed, rung by rung.

The distribution over its scale hangs on the shape of the noise's spectrum, the cone and the
filters, not on the axis.  So it is found once for each rung, from synthetic noise in a few
cones, and then scaled to the power along every axis (:mod:`.noise_power`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import List, Tuple

import numba
import numpy as np

from .amplitude import coned_amplitude
from .axes import AxisSet
from .cone import HalfCone, half_cone, with_values
from .filters import Filters
from .lines import Lines, points_of
from .noise_power import NoisePower
from .scratch import Scratch

__all__ = ["CHANCES", "PowerNoise", "PowerNoiseAlong", "Tails", "tabulated", "tails_of_noise"]

#: Chances at which distributions are sampled.
CHANCES = np.array([0.5, 0.35, 0.2, 0.1, 0.05, 0.02, 0.01, 0.004, 0.0015, 0.0006])
#: The last one that thresholds are given for: the tail is carried on as a Gaussian's.
_LEAST_CHANCE = 1e-6
#: Evenly spaced thresholds for which chances are tabulated.
_STEPS = 256
#: Cones of synthetic noise, over a box of 64; larger boxes hold more values each.
_CONES, _FEWEST_CONES = 8, 2
#: Values kept of each.
_VALUES = 100_000
#: Of a histogram that finds their quantiles.
_BINS = 4096


@dataclass(frozen=True)
class Tails:
    """Chances that the amplitude of noise exceeds evenly spaced thresholds.

    Attributes
    ----------
    first, step : float
        Smallest threshold, and the distance of two.
    chances : ndarray, float64
        Chance at each threshold, descending.
    """

    first: float
    step: float
    chances: np.ndarray

    def quantile(self, share: float) -> float:
        """Threshold below which a share of the noise stays."""
        place = np.interp(-np.log(1 - share), -np.log(self.chances), np.arange(len(self.chances)))
        return self.first + self.step * float(place)

    def scaled(self, scale: float) -> Tails:
        """The same for noise of another scale."""
        return replace(self, first=self.first * scale, step=self.step * scale)


@dataclass(frozen=True)
class PowerNoise:
    """Noise known by its power.

    Attributes
    ----------
    power : NoisePower
    filters : Filters
    half_angle : float
        Half the opening of the cones, degrees.
    tails : list of Tails
        For every rung, of noise whose coefficients in the cone and band, filtered, have a
        sum of squared moduli of one.
    """

    power: NoisePower
    filters: Filters
    half_angle: float
    tails: List[Tails]

    def along(self, axis: np.ndarray) -> PowerNoiseAlong:
        """Noise along an axis (unit vector, ``x, y, z``)."""
        power = self.power.along(axis, self.half_angle)
        return PowerNoiseAlong(self.tails, _scales(power, self.filters))


@dataclass(frozen=True)
class PowerNoiseAlong:
    """Noise along one axis: tails over its scale, and its scale, by rung."""

    unit_tails: List[Tails]
    scales: np.ndarray

    def planes(self, depth: int) -> np.ndarray:
        """No planes of lines of the map are needed."""
        return np.arange(0)

    def tails(self, rung: int, lines: Lines, scratch: Scratch) -> Tails:
        """Distribution of the noise's amplitude at a rung; the map's own says nothing more."""
        return self.unit_tails[rung].scaled(float(self.scales[rung]))


def tails_of_noise(
    spectrum: np.ndarray,
    radial: np.ndarray,
    filters: Filters,
    half_angle: float,
    threads: int = 1,
) -> List[Tails]:
    """Distribution of the amplitude of synthetic noise over the root of its power.

    Parameters
    ----------
    spectrum : ndarray, shape (N, N, N // 2 + 1), complex64
        Any; only its lattice counts.
    radial : ndarray, shape (N // 2 + 1,)
        Mean power of the noise by Fourier shell, in any units.
    filters : Filters
    half_angle : float
        Half the opening of the cones, degrees.
    threads : int

    Returns
    -------
    list of Tails
        One for every rung.
    """
    count = max(_FEWEST_CONES, round(_CONES * 64 / filters.size))
    axes = AxisSet.icosahedral(46).vectors[:: 46 // count][:count]

    def along(row: int) -> np.ndarray:
        cone = half_cone(spectrum, axes[row], half_angle, False)
        cone, power = _synthetic(cone, axes[row], radial, np.random.default_rng(row))
        return _quantiles_by_rung(cone, _scales(power, filters), filters)

    with ThreadPoolExecutor(threads) as pool:
        found = np.array(list(pool.map(along, range(count))))
    return [tabulated(np.nanmean(rung, axis=0)) for rung in found.transpose(1, 0, 2)]


def _quantiles_by_rung(cone: HalfCone, scales: np.ndarray, filters: Filters) -> np.ndarray:
    """Quantiles over the scale of every rung, shape (rungs, chances)."""
    found = np.full((len(scales), len(CHANCES)), np.nan)
    scratch = Scratch()
    for rung, scale in enumerate(scales):
        lines = coned_amplitude(cone, filters, rung, None, scratch)
        if lines is not None and scale > 0:
            found[rung] = _quantiles(lines, scratch) / scale
    return found


def _synthetic(
    cone: HalfCone, axis: np.ndarray, radial: np.ndarray, random: np.random.Generator
) -> Tuple[HalfCone, np.ndarray]:
    """Gaussian noise at the places of a half cone, and its power by Fourier shell."""
    shells = np.rint(np.sqrt(cone.squares)).astype(int)
    parts = np.empty((2, len(shells)), np.float32)
    # Drawn from the coarsest frequency to the finest.
    outwards = np.argsort(cone.squares, kind="stable")
    parts[:, outwards] = random.standard_normal(parts.shape, dtype=np.float32)
    strength = np.sqrt(radial[shells] / 2).astype(np.float32)
    values = (parts[0] + 1j * parts[1]) * strength
    power = 2 * np.bincount(shells, np.abs(values) ** 2, len(radial))
    return with_values(cone, axis, values), power


def _scales(power: np.ndarray, filters: Filters) -> np.ndarray:
    """Root of the power that the high-pass filter of every rung leaves."""
    # A product of matrices would wake the threads of the linear algebra.
    return np.sqrt((filters.passed * power).sum(axis=1))


def _quantiles(lines: Lines, scratch: Scratch) -> np.ndarray:
    """Amplitudes that are exceeded with given chances, from points on some of the lines."""
    width = lines.coefficients.shape[2]
    rows = lines.coefficients.reshape(-1, width)
    points = 2 * width
    rows = rows[:: max(1, len(rows) * points // _VALUES)]
    padded = scratch.empty("padded", (len(rows), points // 2 + 1), np.complex64)
    padded[:, :width] = rows
    padded[:, width:] = 0
    values = scratch.empty("points", (len(rows), points), np.float32)
    points_of(padded, values)
    return quantiles_of(values.ravel(), 1 - CHANCES)


def quantiles_of(values: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Quantiles as ``np.quantile`` interpolates them, ten times as fast for a hundred thousand.

    Parameters
    ----------
    values : ndarray, shape (n,), float32
    shares : ndarray, float64
        Ascending.

    Returns
    -------
    ndarray, float64
    """
    places = np.asarray(shares) * (len(values) - 1)
    below = np.floor(places).astype(np.int64)
    ranks = np.minimum(np.stack([below, below + 1], axis=1), len(values) - 1)
    found = _order_statistics(values, ranks.ravel()).reshape(ranks.shape).astype(np.float64)
    return found[:, 0] + (places - below) * (found[:, 1] - found[:, 0])


def _order_statistics(values: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Values of given ranks: of a histogram, only the bins in which they fall are sorted."""
    least, most = values.min(), values.max()
    scale = np.float32((_BINS - 1) / (most - least)) if most > least else np.float32(0.0)
    counts = np.zeros(_BINS, np.int64)
    _count(values, least, scale, counts)
    up_to = np.cumsum(counts)
    bins = np.searchsorted(up_to, ranks, side="right")
    wanted = np.zeros(_BINS, bool)
    wanted[bins] = True
    kept_up_to = np.cumsum(counts * wanted)
    kept = np.empty(kept_up_to[-1], np.float32)
    _keep(values, least, scale, wanted, kept)
    kept.sort()
    return kept[ranks - up_to[bins] + kept_up_to[bins]]


@numba.njit(nogil=True, cache=True)
def _count(values, least, scale, counts):  # type: ignore[no-untyped-def]
    for i in range(len(values)):
        counts[int((values[i] - least) * scale)] += 1


@numba.njit(nogil=True, cache=True)
def _keep(values, least, scale, wanted, kept):  # type: ignore[no-untyped-def]
    count = 0
    for i in range(len(values)):
        if wanted[int((values[i] - least) * scale)]:
            kept[count] = values[i]
            count += 1


def tabulated(quantiles: np.ndarray) -> Tails:
    """Chances at evenly spaced thresholds, from the amplitudes exceeded with CHANCES.

    Between them, and beyond the last, the logarithm of the chance is taken as linear in the
    square of the amplitude.
    """
    squares, logs = quantiles**2, np.log(CHANCES)
    slope = (logs[-1] - logs[-4]) / (squares[-1] - squares[-4])
    last = squares[-1] + (np.log(_LEAST_CHANCE) - logs[-1]) / slope
    thresholds = np.linspace(quantiles[0], np.sqrt(last), _STEPS)
    known = np.append(squares, last), np.append(logs, np.log(_LEAST_CHANCE))
    return Tails(
        float(thresholds[0]),
        float(thresholds[1] - thresholds[0]),
        np.exp(np.interp(thresholds**2, *known)),
    )
