"""Power of the noise along an axis, from where a map holds noise alone.

A cone smears the particle into the solvent, so that amplitudes there, after the cone
filter, are no sample of the noise.  The power of the solvent is: seen through a window that
leaves the particle out, before any filter, and then summed over the coefficients of a cone
and a band.  A window that sees a share of the box sees that share of the noise's power.

The noise of a reconstruction is Gaussian, so its power says all of it
(:mod:`.noise_tails`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Optional

import ducc0
import numpy as np
from scipy.ndimage import gaussian_filter1d

from .axes import AxisSet
from .cone_sums import cone_sums
from .slabs import in_slabs
from .spectrum import shell_index

__all__ = ["NoisePower", "noise_power"]

#: Standard deviation of the window's soft edge, voxels.
_WINDOW_EDGE = 1.5
#: Ratios of the power along an axis to that of the shell are smoothed over this many shells:
#: coarse shells of a cone hold a dozen coefficients.
_SMOOTHED = 2.0


@dataclass(frozen=True)
class NoisePower:
    """Power of the noise of a map.

    Attributes
    ----------
    power : ndarray, shape (N, N, N // 2 + 1), float32
        Expected squared modulus of every coefficient of a box full of the noise, in units of the
        map; as noisy as squares of single coefficients are.
    radial : ndarray, shape (N // 2 + 1,), float64
        Its mean over Fourier shells.
    """

    power: np.ndarray
    radial: np.ndarray

    def along(self, axis: np.ndarray, half_angle: float) -> np.ndarray:
        """Power summed over the coefficients of a double cone, by Fourier shell.

        Parameters
        ----------
        axis : ndarray, shape (3,)
            Unit vector, ``x, y, z``.
        half_angle : float
            Half the opening of the cone, degrees.

        Returns
        -------
        ndarray, shape (N // 2 + 1,), float64
        """
        sums, counts = cone_sums(self.power[None], AxisSet(axis[None]), half_angle)
        expected = counts[0] * self.radial
        found, expected_near = (
            gaussian_filter1d(values, _SMOOTHED, mode="constant")
            for values in (_over(sums[0, 0], self.radial), counts[0])
        )
        return expected * _over(found, expected_near)


def noise_power(
    volume: np.ndarray, region: np.ndarray, gain: float = 1.0, threads: int = 1
) -> NoisePower:
    """Power of the noise in a part of a map that holds nothing else.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``.
    region : ndarray of bool, shape (N, N, N)
        The part; its border is softened, its mean taken off.
    gain : float
        Factor applied to the map.
    threads : int

    Returns
    -------
    NoisePower
    """
    size = volume.shape[0]
    window = _softened(region, threads)
    share = float(np.mean(window**2, dtype=np.float64))
    # The gain comes first: maps may be as weak as single precision can hold.
    seen = volume * np.float32(gain)
    seen -= np.float32(np.average(seen, weights=window))
    seen *= window
    del window
    # In one thread: of most box sizes the last digits depend on their number.
    spectrum = ducc0.fft.r2c(seen)
    del seen
    power = spectrum.real**2
    power += spectrum.imag**2
    power /= np.float32(share)
    del spectrum
    return NoisePower(power, _mean_over_shells(power)[: size // 2 + 1])


def _mean_over_shells(power: np.ndarray) -> np.ndarray:
    """Mean over every Fourier shell of a half spectrum, float64."""
    size = len(power)
    shells = shell_index(size)
    sums = np.zeros(int(shells.max()) + 1)
    counts = np.zeros(len(sums))
    for plane, values in zip(shells, power):
        sums += np.bincount(plane.ravel(), values.ravel(), len(sums))
        counts += np.bincount(plane.ravel(), minlength=len(sums))
    return sums / np.maximum(counts, 1)


def _softened(region: np.ndarray, threads: int) -> np.ndarray:
    """A region with a Gaussian edge."""
    window = region.astype(np.float32)

    def along(axis: int, first: int, stop: int) -> None:
        part = window[:, first:stop] if axis == 0 else window[first:stop]
        gaussian_filter1d(part, _WINDOW_EDGE, axis, output=part, truncate=3)

    with ThreadPoolExecutor(threads) as pool:
        for axis in range(3):
            in_slabs(partial(along, axis), len(region), pool)
    return window


def _over(values: np.ndarray, others: Optional[np.ndarray]) -> np.ndarray:
    """A quotient, zero where there is nothing to divide by."""
    return np.divide(values, others, out=np.zeros_like(values), where=others > 0)
