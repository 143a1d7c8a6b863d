"""Power of the noise, measured where a map holds noise alone.

A cone filter smears the particle into the solvent, so that filtered amplitudes there are no sample
of the noise.  Therefore the power of the noise is measured before any filter, through a window that
leaves the particle out; the estimators sum it over the coefficients of a cone and a band.  The
power is divided by the mean square of the window, which is the share of the noise that it passes.

The noise of a reconstruction is Gaussian, so its power describes it completely.
"""

from __future__ import annotations

from dataclasses import dataclass

import ducc0
import numpy as np

from ..fourier.shells import mean_over_shells
from ..geometry.soft_edges import gaussian_mask

__all__ = ["NoisePower", "noise_power"]

#: Standard deviation of the window's soft edge, voxels.
_WINDOW_EDGE = 1.5


@dataclass(frozen=True)
class NoisePower:
    """Power of the noise of a map, a :class:`.noise_model.NoiseModel`.

    Attributes
    ----------
    power : ndarray, shape (N, N, N // 2 + 1), float32
        Expected squared modulus of every coefficient of a box full of the noise, in squared units
        of the map; each value is as noisy as the square of a single coefficient.
    radial : ndarray, shape (N // 2 + 1,), float64
        Its mean over Fourier shells.
    """

    power: np.ndarray
    radial: np.ndarray


def noise_power(
    volume: np.ndarray, region: np.ndarray, gain: float = 1.0, threads: int = 1
) -> NoisePower:
    """Power of the noise in a part of a map that holds noise alone.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``.
    region : ndarray of bool, shape (N, N, N)
        The part.  Its border is softened, and its mean is subtracted.
    gain : float
        Factor that is applied to the map.
    threads : int

    Returns
    -------
    NoisePower
    """
    size = volume.shape[0]
    window = gaussian_mask(region, _WINDOW_EDGE, threads)
    share = float(np.mean(window**2, dtype=np.float64))
    # The gain comes first: values may be near the limits of single precision.
    seen = volume * np.float32(gain)
    seen -= np.float32(np.average(seen, weights=window))
    seen *= window
    del window
    # In one thread: for most box sizes the last digits depend on the number of threads.
    spectrum = ducc0.fft.r2c(seen)
    del seen
    power = spectrum.real**2
    power += spectrum.imag**2
    power /= np.float32(share)
    del spectrum
    return NoisePower(power, mean_over_shells(power)[: size // 2 + 1])
