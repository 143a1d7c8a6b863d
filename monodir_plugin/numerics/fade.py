"""Fading of the amplitude to zero at the sphere in which the map holds noise.

The amplitude is faded before it is low-passed, so that what lies beyond the
sphere (corners, the end of a spherical mask) does not leak in.  The low-pass filter
carries the fading inwards: near the sphere the amplitude comes out too small,
which would bias the noise.  Divided by the fading low-passed in the same way
(normalised convolution: Knutsson and Westin, CVPR 1993) it is unbiased again.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import trapezoid

from .ladder import Ladder

__all__ = ["FADE_WIDTH", "STEPS", "Fade", "carried_inwards"]

#: Radii per voxel at which the carried fading is tabulated.
STEPS = 4
#: Voxels over which the amplitude fades before the inscribed sphere.
FADE_WIDTH = 7.0
_LEAST = 0.05


class Fade:
    """Raised cosine that ends at a sphere about the centre of the box.

    Parameters
    ----------
    size : int
        Box side in voxels; the centre is voxel ``size // 2``.
    outer : float
        Radius in voxels at which the amplitude has faded to zero.
    width : float
        Voxels over which it fades.
    """

    def __init__(self, size: int, outer: float, width: float) -> None:
        self.size = size
        self.outer = outer
        self.width = width

    def weights(self, radius: np.ndarray) -> np.ndarray:
        """Weight at each distance from the centre, in voxels."""
        inward = np.clip((self.outer - radius) / self.width, 0.0, 1.0)
        return 0.5 * (1 - np.cos(np.pi * inward))


def carried_inwards(fade: Fade, ladder: Ladder) -> np.ndarray:
    """The fading as the low-pass filter of every rung leaves it.

    Both are radial, so their convolution is a pair of radial Fourier (order
    zero Hankel) transforms.

    Parameters
    ----------
    fade : Fade
    ladder : Ladder

    Returns
    -------
    ndarray, shape (rungs, points), float32
        Value at radius ``i / STEPS`` voxels, from the centre to the sphere.
    """
    radius = np.arange(int(fade.outer * STEPS) + 2) / STEPS
    limit = float(ladder.high_foot.max())
    frequency = np.linspace(0.0, limit, int(8 * limit * fade.outer) + 2)
    kernel = np.sinc(2 * frequency[:, None] * radius)
    transform = trapezoid(
        4 * np.pi * fade.weights(radius) * radius**2 * kernel, dx=1 / STEPS, axis=1
    )
    fall = (frequency - ladder.frequency[:, None]) / (ladder.high_foot - ladder.frequency)[:, None]
    low_pass = 0.5 * (1 + np.cos(np.pi * np.clip(fall, 0.0, 1.0)))
    weighted = low_pass * transform * 4 * np.pi * frequency**2
    carried = trapezoid(weighted[:, :, None] * kernel, frequency, axis=1)
    return np.maximum(carried, _LEAST).astype(np.float32)
