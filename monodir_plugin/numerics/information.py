"""Where the information of a map ends.

Most deposited maps were low-passed.  Beyond the filter's edge particle and
solvent hold next to nothing, and a test of their ratio goes on passing.  The
edge shows in the radial power of the noise: real noise falls by a factor of a
few over a fifth of the spectrum, a filter by orders of magnitude.
"""

from __future__ import annotations

from typing import Optional

import numpy as np
import scipy.fft
from scipy.ndimage import gaussian_filter

from .spectrum import shell_index

__all__ = ["end_of_information", "filter_edge", "radial_power"]

#: A filter's edge: the power falls by this factor ...
_DROP = 20.0
#: ... while the frequency grows by this one ...
_SPAN = 1.2
#: ... and information ends where it has fallen to this fraction.
_LEFT = 0.1
_WINDOW_EDGE = 1.5


def radial_power(volume: np.ndarray, region: np.ndarray, threads: int = 1) -> np.ndarray:
    """Mean power per Fourier coefficient of a part of a map, by shell, in arbitrary units.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map.
    region : ndarray of bool, shape (N, N, N)
        The part; its border is softened.
    threads : int

    Returns
    -------
    ndarray, shape (N // 2 + 1,), float64
    """
    size = volume.shape[0]
    window = gaussian_filter(region.astype(np.float32), _WINDOW_EDGE, truncate=3)
    values = volume[region].astype(np.float64)
    # Only ratios of the power are used: with unit deviation nothing over- or underflows.
    scaled = (volume - np.float32(values.mean())) / np.float32(values.std() or 1.0)
    window *= scaled
    spectrum = scipy.fft.rfftn(window, workers=threads, overwrite_x=True)
    power = spectrum.real**2 + spectrum.imag**2
    shells = shell_index(size).ravel()
    total = np.bincount(shells, power.ravel())
    return (total / np.bincount(shells))[: size // 2 + 1]


def filter_edge(power: np.ndarray, first: int) -> Optional[int]:
    """Last shell before a filter's edge in a radial power spectrum.

    Parameters
    ----------
    power : ndarray
        Power by shell.
    first : int
        Shell from which on to look.

    Returns
    -------
    int or None
        Last shell with at least a tenth of the power in front of the edge, or
        ``None`` if there is no edge.
    """
    ahead = np.maximum.accumulate(power[::-1])[::-1]
    shells = np.arange(first, len(power) - 1)
    beyond = np.minimum(np.ceil(shells * _SPAN).astype(int), len(power) - 1)
    fallen = ahead[beyond] < ahead[shells] / _DROP
    if not fallen.any():
        return None
    start = shells[np.argmax(fallen)]
    return int(np.flatnonzero(power >= _LEFT * ahead[start]).max())


def end_of_information(power: np.ndarray, coarsest: float) -> Optional[float]:
    """Spatial frequency at which a map was low-passed, from the power of its noise.

    Parameters
    ----------
    power : ndarray
        Radial power by shell, from 0 to Nyquist (:func:`radial_power`).
    coarsest : float
        Frequency from which on to look, cycles per voxel.

    Returns
    -------
    float or None
        Cycles per voxel; ``None`` if the noise goes on to Nyquist.
    """
    size = 2 * (len(power) - 1)
    edge = filter_edge(power, max(1, int(coarsest * size)))
    return None if edge is None else edge / size
