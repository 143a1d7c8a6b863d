"""Coverage of axes measured in maps, in two ways that err differently.

*From noise.* The noise power of a reconstruction along an axis is inversely proportional to the
axis's coverage, if axes were not filtered differently.  It needs a part of a map that is noise
alone: solvent, or half of the half maps' difference.

*From signal over noise.*  Their ratio along an axis is proportional to the coverage whatever filter
was applied along it, because the filter changes both alike.  It assumes that the particle has the
same power along all axes of a shell.  With half maps the ratio is ``FSC / (1 - FSC)``.

Every shell is compared with its own mean over the axes, so that the envelope, sharpening and
low-pass filters have no influence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional, Tuple

import numpy as np

from ...numerics.fourier.directional_shell_sums import cone_sums, quotient
from ...numerics.fourier.spectrum import spectrum_of
from ...numerics.geometry.axes import AxisSet
from ..soft_masks import first_sharp_shell, independent_share

__all__ = [
    "AxisPower",
    "MeasuredCoverage",
    "coverage_from_noise",
    "coverage_from_signal",
    "of_copies",
    "power_along",
]

#: Shells whose ratio of signal to noise is below this do not show the signal.
_LEAST_SIGNAL = 0.02
#: Noise along an axis is no less than this part of that along others: no coverage is infinite.
_LEAST_NOISE = 0.01
#: Added to numbers of coefficients, so that a shell without any has a mean.
_TINY = 1e-9


@dataclass(frozen=True)
class AxisPower:
    """Power of part of a map in the cones about axes.

    Attributes
    ----------
    power : ndarray, shape (axes, shells)
        Mean power of a coefficient; 0 where a cone holds none.
    counts : ndarray, shape (axes, shells)
        Coefficients.
    independent : float
        Independent complex coefficients over all coefficients.
    first : int
        First shell that the window leaves sharp.
    """

    power: np.ndarray
    counts: np.ndarray
    independent: float
    first: int


@dataclass(frozen=True)
class MeasuredCoverage:
    """Coverage of axes as measured.

    Attributes
    ----------
    values : ndarray, shape (axes,)
        Relative coverage, median 1.
    error : float
        Relative error of a value, from the number of independent coefficients.
    coarse, fine : ndarray, shape (axes,)
        The same from the coarser and from the finer half of the coefficients.
    power : ndarray, shape (axes,), or None
        Power along the axes, median 1, in the same shells: that of the signal, where coverage is
        measured from it, else that of the noise.  Unlike a ratio of the two it shows which cones
        are empty.  None if it is not known.
    """

    values: np.ndarray
    error: float
    coarse: np.ndarray
    fine: np.ndarray
    power: Optional[np.ndarray] = None


def power_along(
    volume: np.ndarray, window: np.ndarray, axes: AxisSet, half_angle: float, threads: int = 1
) -> AxisPower:
    """Power of a windowed map along axes, per unit of the window's square.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    window : ndarray, shape (N, N, N), float32
        Soft, 0 to 1.
    axes : AxisSet
    half_angle : float
        Half the opening of the cones, degrees.
    threads : int

    Returns
    -------
    AxisPower
    """
    inside = float(np.sum(volume * window, dtype=np.float64) / np.sum(window, dtype=np.float64))
    spectrum = spectrum_of((volume - np.float32(inside)) * window, threads=threads)
    power = spectrum.real**2 + spectrum.imag**2
    del spectrum
    sums, counts = cone_sums(power[None], axes, half_angle, threads)
    del power
    return AxisPower(
        quotient(sums[0], counts) / np.sum(np.square(window, dtype=np.float64)),
        counts,
        independent_share(window) / 2,
        first_sharp_shell(window),
    )


def coverage_from_noise(noise: AxisPower, last: int) -> MeasuredCoverage:
    """Coverage of axes from the power of noise.

    Parameters
    ----------
    noise : AxisPower
    last : int
        Last shell with information.

    Returns
    -------
    MeasuredCoverage
    """
    shells = slice(noise.first, last + 1)
    counts, power = noise.counts[:, shells], noise.power[:, shells]
    relative = counts * quotient(power, np.average(power, axis=0, weights=counts + _TINY))
    coverage = []
    for part in (slice(None), *_coarse_and_fine(counts.sum(axis=0))):
        mean = quotient(relative[:, part].sum(axis=1), counts[:, part].sum(axis=1))
        coverage.append(1 / np.maximum(mean, _LEAST_NOISE * mean.mean()))
    error = 1 / np.sqrt(noise.independent * counts.sum(axis=1).mean())
    values = coverage[0] / np.median(coverage[0])
    return MeasuredCoverage(values, float(error), coverage[1], coverage[2], 1 / values)


def coverage_from_signal(
    signal: np.ndarray,
    noise: np.ndarray,
    counts: np.ndarray,
    independent: float,
    first: int,
    last: int,
) -> Optional[MeasuredCoverage]:
    """Coverage of axes from the ratio of signal to noise.

    Shells are weighted by the precision of their ratio, up to the last one with signal.

    Parameters
    ----------
    signal, noise : ndarray, shape (axes, shells)
        Mean power of a coefficient.
    counts : ndarray, shape (axes, shells)
        Coefficients.
    independent : float
        Independent complex coefficients over all coefficients.
    first, last : int
        Shells that count.

    Returns
    -------
    MeasuredCoverage or None
        None if there is no signal.
    """
    means = [np.average(power, axis=0, weights=counts + _TINY) for power in (signal, noise)]
    ratio = quotient(means[0], means[1])
    weak = np.flatnonzero(ratio[first : last + 1] < _LEAST_SIGNAL)
    end = first + int(weak[0]) if len(weak) else last + 1
    if end <= first:
        return None
    shells = slice(first, end)
    fsc = ratio[shells] / (1 + ratio[shells])
    weights = fsc**2 * counts[:, shells]
    over, under = (
        weights * power[:, shells] / mean[shells] for power, mean in zip((signal, noise), means)
    )
    coverage = [
        np.maximum(quotient(over[:, part].sum(axis=1), under[:, part].sum(axis=1)), _LEAST_SIGNAL)
        for part in (slice(None), *_coarse_and_fine(weights.sum(axis=0)))
    ]
    total = weights.sum(axis=1).mean()
    variance = np.mean(weights * (1 + fsc) ** 2, axis=0).sum() / (2 * independent * total**2)
    seen = quotient(over.sum(axis=1), weights.sum(axis=1))
    return MeasuredCoverage(
        coverage[0] / np.median(coverage[0]),
        float(np.sqrt(variance)),
        coverage[1],
        coverage[2],
        seen / np.median(seen),
    )


def of_copies(found: MeasuredCoverage, copies: int) -> MeasuredCoverage:
    """The same coverage with the error of a map on which a symmetry was imposed.

    Parameters
    ----------
    found : MeasuredCoverage
        With the error of a map whose coefficients are all independent.
    copies : int
        Members of the point group: so many coefficients are the same value.
    """
    return replace(found, error=found.error * float(np.sqrt(copies)))


def _coarse_and_fine(weights: np.ndarray) -> Tuple[slice, slice]:
    """The coarser and the finer shells, about half of the weight each; a single one is both."""
    middle = int(np.searchsorted(np.cumsum(weights), weights.sum() / 2)) + 1
    return slice(0, middle), slice(min(middle, len(weights) - 1), len(weights))
