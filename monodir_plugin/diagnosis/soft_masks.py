"""Properties of a spectrum that is seen through a soft mask or window."""

from __future__ import annotations

import numpy as np

__all__ = ["extent", "first_sharp_shell", "independent_share"]

#: Periods of the first sharp shell in the extent of the window.
_PERIODS = 3.0


def independent_share(window: np.ndarray) -> float:
    """Ratio of independent to all Fourier coefficients of noise multiplied by a window.

    The effective number of voxels, ``(sum w²)² / sum w⁴``, over the number of voxels.

    Parameters
    ----------
    window : ndarray, shape (N, N, N)
        0 to 1.

    Returns
    -------
    float
        1 for the whole box.
    """
    square = np.square(window, dtype=np.float64)
    return float(square.sum() ** 2 / np.vdot(square, square) / window.size)


def extent(window: np.ndarray) -> float:
    """Diameter in voxels of the ball with the same radius of gyration, at most the box side."""
    size = window.shape[0]
    # The squared radius is a sum over the dimensions: sums over planes are enough.
    planes = window.sum(axis=(1, 2), dtype=np.float64)
    rows = window.sum(axis=0, dtype=np.float64)
    offset2 = (np.arange(size) - size // 2) ** 2.0
    moments = offset2 @ planes + offset2 @ (rows.sum(axis=1) + rows.sum(axis=0))
    mean = moments / planes.sum()
    return float(min(2 * np.sqrt(5 / 3 * mean), size))


def first_sharp_shell(window: np.ndarray) -> int:
    """First Fourier shell in which a window hardly blurs directions."""
    return int(np.ceil(_PERIODS * window.shape[0] / extent(window)))
