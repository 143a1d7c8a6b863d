"""White or coloured noise of images."""

from __future__ import annotations

from typing import Sequence

import numpy as np
import scipy.fft

__all__ = ["image_noise"]


def image_noise(
    shape: Sequence[int], sigma: float, colour: float, rng: np.random.Generator
) -> np.ndarray:
    """Gaussian noise, independent between images.

    Parameters
    ----------
    shape : sequence of int
        (images, N, N).
    sigma : float
        Standard deviation of a pixel.
    colour : float
        The power is proportional to the spatial frequency to the power of ``-colour``: 0 is white,
        and larger values have more power at coarse resolution.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (images, N, N), float32
        Coloured noise has a mean of zero in every image.
    """
    white = rng.standard_normal(shape, dtype=np.float32)
    if colour == 0:
        return white * np.float32(sigma)
    size = shape[-1]
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size))
    frequency[0, 0] = np.inf
    gain = frequency ** (-colour / 2)
    gain[0, 0] = 0.0
    # Columns other than the first and that at Nyquist represent their conjugates as well.
    twice = np.full(gain.shape[1], 2.0)
    twice[0] = 1.0
    if size % 2 == 0:
        twice[-1] = 1.0
    gain *= sigma * size / np.sqrt(np.sum(twice * gain**2))
    coloured = scipy.fft.rfft2(white) * gain.astype(np.float32)
    return scipy.fft.irfft2(coloured, s=shape[1:])
