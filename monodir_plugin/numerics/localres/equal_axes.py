"""Resolutions of axes that scatter by chance although no axis is better than another.

A cone holds few independent values of a map, so that the ratios of axes differ in a map whose
signal and noise are alike in all directions.  By how much is found by drawing curves of the ratio
against spatial frequency about that of the whole map, and by testing them as voxels are tested.
Signal and noise are taken as random with equal power in all directions: a power that is averaged
over ``n`` independent values then has a relative standard deviation of ``1 / sqrt(n)``.  The noise
is measured in the same cone and has a scatter of its own, the smaller, the more voxels it is
measured in.  Values of neighbouring bands share the coefficients where the bands overlap.

What this leaves out: a particle whose power differs between directions (a rod, parallel helices),
and the chance in a finite number of views.  ``docs/validation/equal_axes.rst`` compares the result
with simulated maps.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from ..problem.sequential_test import SequentialTest
from ..reduction.axis_statistics import MIDDLE_TWO_THIRDS
from .bands import Bands
from .cone_shape import SQUARED_COSINE, ConeShape

__all__ = ["independent_in_mask", "spread_of_equal_axes"]

_DRAWN, _SEED = 4000, 5501
#: Points of the integrals over angle and radius.
_POINTS = 2000
#: Least number of independent values in the cone at the resolution of the map: with fewer, the
#: scatter is not small.
_FEWEST = 4.0


def independent_in_mask(
    bands: Bands, voxels: int, opening: float, shape: ConeShape = SQUARED_COSINE
) -> Tuple[np.ndarray, np.ndarray]:
    """Number of independent values of a mask in a cone, and how the values of bands correlate.

    The powers that pass cone and band, and the squared transform of the mask, are taken as
    Gaussians with the same moments and the same integrals.

    Parameters
    ----------
    bands : Bands
    voxels : int
        Number of voxels of the mask.
    opening : float
        Full opening of the cone, degrees.
    shape : ConeShape

    Returns
    -------
    number : ndarray, shape (bands,), float64
    correlation : ndarray, shape (bands, bands), float64
    """
    angle = np.deg2rad((np.arange(_POINTS) + 0.5) * 90 / _POINTS)
    ring = shape.weight(np.rad2deg(angle), opening) ** 2 * np.sin(angle)
    ring /= ring.sum()
    # Cycles per voxel, up to Nyquist.
    radius = (np.arange(_POINTS) + 0.5) / (2 * _POINTS)
    shell = bands.passed((radius * bands.size) ** 2) * radius**2
    shell /= shell.sum(axis=1, keepdims=True)
    # No matrix products: the threads of the linear algebra library would busy-wait afterwards.
    first, second = (shell * radius).sum(axis=1), (shell * radius**2).sum(axis=1)
    # Mean and variance along the axis, and variance along each of two vectors across it.
    middle = first * (ring * np.cos(angle)).sum()
    along = second * (ring * np.cos(angle) ** 2).sum() - middle**2
    across = second * (ring * np.sin(angle) ** 2).sum() / 2
    mask = voxels ** (-2 / 3) / (2 * np.pi)
    along = along[:, None] + along + mask
    across = across[:, None] + across + mask
    apart = np.exp(-((middle[:, None] - middle) ** 2) / (2 * along))
    covariance = mask**1.5 * apart / (np.sqrt(along) * across)
    own = np.diag(covariance)
    return 1 / own, covariance / np.sqrt(np.outer(own, own))


def spread_of_equal_axes(
    frequency: np.ndarray,
    snr_of_map: np.ndarray,
    number: np.ndarray,
    correlation: np.ndarray,
    criterion: float,
    failures: int,
    noise_scatter: np.ndarray,
) -> Optional[Tuple[float, float]]:
    """Between which resolutions the middle two thirds of the axes lie if all are alike.

    Parameters
    ----------
    frequency : ndarray, shape (bands,)
        Cycles per voxel, ascending.
    snr_of_map : ndarray, shape (bands,)
        Signal-to-noise ratio over all directions.
    number, correlation : ndarray
        Of :func:`independent_in_mask`.
    criterion : float
        Signal-to-noise ratio.
    failures : int
        Failures in a row after which an axis is decided.
    noise_scatter : ndarray, shape (bands,)
        Variance of the noise's power in a cone over that of a noise that is measured in as many
        voxels as the mask has.

    Returns
    -------
    tuple of float or None
        Finer and coarser end as resolutions over that of the median axis, no unit.  ``None`` where
        it cannot be known: an end lies at the finest frequency or is not resolved, or too few
        independent values lie in a cone.
    """
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = np.random.default_rng(_SEED).normal(size=(len(frequency), _DRAWN))
    draws = np.einsum("ij,jk->ik", root, normal)
    deviation = np.sqrt((1 + noise_scatter) / number)[:, None]
    drawn = np.exp(deviation * draws - deviation**2 / 2)
    ratio = (1 + snr_of_map)[:, None] * drawn / (1 + criterion)
    test = SequentialTest(_DRAWN, failures, True)
    for band, here in enumerate(frequency):
        if not len(test.running):
            break
        test.step(ratio[band, test.running].astype(np.float32), 1.0, float(here))
    low, high = MIDDLE_TWO_THIRDS
    coarser, middle, finer = np.quantile(test.frequency, [1 - high, 0.5, 1 - low])
    at_middle = float(np.interp(middle, frequency, number))
    if coarser <= frequency[0] or finer >= frequency[-1] or at_middle < _FEWEST:
        return None
    return float(middle / finer), float(middle / coarser)
