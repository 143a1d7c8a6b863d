"""The Fourier coefficients of a map, in single precision.

Only the half with ``kx >= 0`` is stored, because the map is real.  Frequencies are integer indices
of the Fourier lattice; ``k / N`` is in cycles per voxel.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from ..geometry.moments import mean_and_deviation
from .lattice import signed_indices

__all__ = ["coarse_half", "spectrum_of", "unit_gain"]


def unit_gain(volume: np.ndarray) -> float:
    """Factor that gives a map unit standard deviation.

    No result depends on the gain; it keeps single precision from under- and overflow.

    Raises
    ------
    ValueError
        If the map is constant.
    """
    spread = mean_and_deviation(volume)[1]
    if not spread > 0:
        raise ValueError("the map is constant")
    return 1.0 / spread


def spectrum_of(volume: np.ndarray, gain: float = 1.0, threads: int = 1) -> np.ndarray:
    """Half spectrum of a real map.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``.
    gain : float
        Factor applied to the map.
    threads : int
        Threads for the transform.

    Returns
    -------
    ndarray, shape (N, N, N // 2 + 1), complex64
        Coefficients of the map less its mean.

    Raises
    ------
    ValueError
        If the box is not a cube.
    """
    if volume.ndim != 3 or len(set(volume.shape)) != 1:
        raise ValueError(f"the box must be a cube, not {volume.shape}")
    scaled = np.subtract(volume, np.mean(volume, dtype=np.float64), dtype=np.float32)
    # Frees a product that the caller does not keep.
    del volume
    scaled *= np.float32(gain)
    return scipy.fft.rfftn(scaled, workers=threads, overwrite_x=True)


def coarse_half(half: np.ndarray, side: int) -> np.ndarray:
    """The coefficients of a half spectrum that a smaller box has: its coarse ones.

    Parameters
    ----------
    half : ndarray, shape (N, N, N // 2 + 1), complex
    side : int
        Side of the smaller box, voxels, at most ``N``.

    Returns
    -------
    ndarray, shape (side, side, side // 2 + 1)
        A copy.
    """
    kept = signed_indices(side).astype(int)
    return half[np.ix_(kept, kept, np.arange(side // 2 + 1))]
