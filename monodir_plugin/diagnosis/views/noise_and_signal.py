"""Noise and signal of a map in the cones about axes, with half maps and without.

With half maps, noise is half of their difference, and their correlation gives the signal of the
particle.  Without half maps, noise is that of the solvent, and the signal is the additional power
of the particle.  Maps are whitened first, by the noise's mean power in each shell: otherwise a
window smears the strong shells of a filtered map into its weak ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np
import scipy.fft

from ...numerics.fourier.directional_shell_sums import cone_sums, quotient
from ...numerics.fourier.lowpass_detection import end_of_information
from ...numerics.fourier.spectrum import spectrum_of, unit_gain
from ...numerics.fourier.whitening import whitened
from ...numerics.geometry.axes import AxisSet
from ...numerics.geometry.grid import distance_map
from ...numerics.geometry.soft_edges import soft_mask, soft_sphere
from ...numerics.noise.noise_power import noise_power
from ...numerics.solvent.region import NoNoiseError, noise_edge
from ..fsc_curves import cross_products
from ..soft_masks import first_sharp_shell, independent_share
from .available_noise import noise_of_solvent
from .measured_coverage import (
    MeasuredCoverage,
    coverage_from_noise,
    coverage_from_signal,
    power_along,
)

__all__ = ["Measured", "measure"]

#: Width in voxels of the soft edge of the particle's mask, and of other windows.
_SOFT_EDGE, _NARROW_EDGE = 6.0, 4.0
#: Shells before Nyquist that are not used.
_RIM = 2
#: Shells with less than this share of the strongest one's power hold nothing.
_NOTHING = 1e-12
#: Half maps that differ by less than this share of their deviation are the same.
_SAME = 1e-4


@dataclass(frozen=True)
class Measured:
    """Two measurements of the coverage of axes.

    Attributes
    ----------
    noise : MeasuredCoverage
    signal : MeasuredCoverage or None
        None if there is no signal beyond the noise.
    first, last : int
        Fourier shells between which the noise was measured.
    """

    noise: MeasuredCoverage
    signal: Optional[MeasuredCoverage]
    first: int
    last: int


def measure(
    volume: np.ndarray,
    mask: np.ndarray,
    axes: AxisSet,
    half_angle: float,
    halves: Optional[Tuple[np.ndarray, np.ndarray]] = None,
    threads: int = 1,
    solvent: Optional[np.ndarray] = None,
    exclude: Optional[np.ndarray] = None,
    power: Optional[np.ndarray] = None,
) -> Measured:
    """Measure the coverage of axes from noise, and from signal over noise.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    mask : ndarray of bool, shape (N, N, N)
        The particle.
    axes : AxisSet
    half_angle : float
        Half the opening of the cones, degrees.
    halves : tuple of ndarray, optional
        Half maps; ``volume`` is not used then.
    threads : int
    solvent : ndarray of bool, shape (N, N, N), optional
        Where the map holds noise alone; without it and without half maps it is found.
    exclude : ndarray of bool, shape (N, N, N), optional
        Voxels that are neither particle nor noise.
    power : ndarray, shape (N // 2 + 1,), optional
        Mean power of the solvent by Fourier shell (:func:`.noise_power`), where it is known.

    Returns
    -------
    Measured

    Raises
    ------
    NoNoiseError
        If there is no noise: a masked map without half maps, or half maps that are the same.
    """
    if halves is None:
        voxels = noise_of_solvent(volume, mask, exclude) if solvent is None else solvent
        return _from_solvent(volume, mask, voxels, axes, half_angle, threads, power)
    return _from_halves(halves, mask, axes, half_angle, threads, exclude)


def _from_halves(
    halves: Tuple[np.ndarray, np.ndarray],
    mask: np.ndarray,
    axes: AxisSet,
    half_angle: float,
    threads: int,
    exclude: Optional[np.ndarray],
) -> Measured:
    difference = (halves[0] - halves[1]) / 2
    everywhere = np.ones_like(mask)
    if not np.std(difference) > _SAME * np.std(halves[0]):
        raise NoNoiseError("the half maps are the same: give those of independent half sets")
    radius = distance_map(len(mask))
    edge = noise_edge(difference, everywhere, radius)
    gain = unit_gain(difference)
    region = radius <= edge - _NARROW_EDGE
    window = soft_sphere(len(mask), edge, _NARROW_EDGE)
    if exclude is not None:
        region &= ~exclude
        window *= 1 - soft_mask(exclude, _NARROW_EDGE)
    power = noise_power(difference, region, gain, threads).radial
    noise = power_along(_whitened(difference, power, threads), window, axes, half_angle, threads)
    last = _last(power, noise.first)
    soft = soft_mask(mask, _SOFT_EDGE)
    seen = (spectrum_of(_whitened(h, power, threads) * soft, threads=threads) for h in halves)
    sums, counts = cone_sums(cross_products(*seen), axes, half_angle, threads)
    common, both = quotient(sums[0], counts), quotient((sums[1] + sums[2]) / 2, counts)
    signal = coverage_from_signal(
        common, both - common, counts, independent_share(soft) / 2, first_sharp_shell(soft), last
    )
    return Measured(coverage_from_noise(noise, last), signal, noise.first, last)


def _from_solvent(
    volume: np.ndarray,
    mask: np.ndarray,
    voxels: np.ndarray,
    axes: AxisSet,
    half_angle: float,
    threads: int,
    power: Optional[np.ndarray],
) -> Measured:
    if power is None:
        power = noise_power(volume, voxels, unit_gain(volume), threads).radial
    white = _whitened(volume, power, threads)
    soft = soft_mask(mask, _SOFT_EDGE)
    window = soft_mask(voxels, _NARROW_EDGE) * (1 - soft)
    noise = power_along(white, window, axes, half_angle, threads)
    last = _last(power, noise.first)
    both = power_along(white, soft, axes, half_angle, threads)
    signal = coverage_from_signal(
        both.power - noise.power,
        noise.power,
        both.counts,
        1 / (1 / both.independent + 1 / noise.independent),
        both.first,
        last,
    )
    return Measured(coverage_from_noise(noise, last), signal, noise.first, last)


def _whitened(volume: np.ndarray, power: np.ndarray, threads: int) -> np.ndarray:
    """A map divided by the root of a radial power, without what lies beyond Nyquist's sphere."""
    gain = np.zeros(len(power))
    np.divide(1.0, np.sqrt(power), out=gain, where=power > _NOTHING * power.max())
    gain[0] = 0.0
    spectrum = whitened(spectrum_of(volume, threads=threads), gain)
    return scipy.fft.irfftn(spectrum, s=volume.shape, workers=threads, overwrite_x=True)


def _last(power: np.ndarray, first: int) -> int:
    """Last shell that counts."""
    size = 2 * (len(power) - 1)
    end = end_of_information(power, first / size)
    return len(power) - 1 - _RIM if end is None else min(int(end * size), len(power) - 1 - _RIM)
