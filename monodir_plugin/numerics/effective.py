"""How many independent values a noise sample is worth.

The amplitude is smooth, so neighbouring points of the noise region repeat each
other.  A quantile near the edge of few independent values comes out too low:
among ``n`` of them, each repeated many times, the quantile ``q`` is exceeded
by a fresh value with probability ``1 - q + (q - 1/2) / (n + 1)``.

The number follows from the power spectrum of the amplitude of Gaussian noise:
that of ``|g|²`` is the autocorrelation of the power in the half cone; the
low-pass filter cuts it.  Its participation ratio counts the independent
modes per volume.
"""

from __future__ import annotations

import ducc0
import numpy as np

from .ladder import NYQUIST, Ladder

__all__ = ["corrected_quantile", "modes_per_voxel"]

_LATTICE = 48


def modes_per_voxel(
    ladder: Ladder, half_angle: float, power: np.ndarray, lattice: int = _LATTICE
) -> np.ndarray:
    """Independent values of the noise amplitude per voxel, for every rung.

    Parameters
    ----------
    ladder : Ladder
    half_angle : float
        Half the opening of the cone, degrees (90: no cone).
    power : ndarray
        Radial power of the noise, evenly spaced from 0 to Nyquist.
    lattice : int
        Points a side on which spectra are sampled.

    Returns
    -------
    ndarray, shape (rungs,), float64
    """
    k = np.fft.fftshift(np.fft.fftfreq(lattice)).astype(np.float32)
    radius = np.sqrt(k[:, None, None] ** 2 + k[None, :, None] ** 2 + k[None, None, :] ** 2)
    in_cone = k[:, None, None] >= np.float32(np.cos(np.deg2rad(half_angle))) * radius
    inside = np.nonzero(in_cone & (radius > 0) & (radius <= NYQUIST))
    radius = radius[inside]
    base = np.interp(radius, np.linspace(0.0, NYQUIST, len(power)), power / power.max())
    wide = 2 * lattice
    spread = np.abs(np.fft.fftfreq(wide) * 2).astype(np.float32)
    lag = np.sqrt(
        spread[:, None, None] ** 2
        + spread[None, :, None] ** 2
        + (np.arange(lattice + 1, dtype=np.float32) / lattice) ** 2
    )
    # Twice every lag but those in the planes x = 0 and Nyquist of the half lattice.
    twice = np.full(lattice + 1, 2.0)
    twice[[0, -1]] = 1.0
    modes = np.empty(len(ladder))
    for rung in range(len(ladder)):
        frequency, low = ladder.frequency[rung], ladder.low_foot[rung]
        edge, high = ladder.high_edge[rung], ladder.high_foot[rung]
        # A spectrum in the corner of a lattice with room for all lags.
        band = np.zeros((wide,) * 3, np.float32)
        rise = np.clip((radius - low) / (frequency - low), 0.0, 1.0)
        band[inside] = base * (0.5 * (1 - np.cos(np.pi * rise))) ** 2
        transform = ducc0.fft.r2c(band)
        squared = (transform.real**2 + transform.imag**2).astype(np.complex64)
        overlap = ducc0.fft.c2r(squared, lastsize=wide, forward=False)[..., : lattice + 1]
        near = np.nonzero((lag < high) & (lag > 0))
        fall = np.clip((lag[near] - edge) / (high - edge), 0.0, 1.0)
        kept = (
            np.maximum(overlap[near], 0.0).astype(float) * (0.5 * (1 + np.cos(np.pi * fall))) ** 2
        )
        weight = twice[near[2]]
        modes[rung] = (weight * kept).sum() ** 2 / (weight * kept**2).sum() / lattice**3
    # A thin band correlates the amplitude over long distances in the mean, not in the peaks that
    # make the quantile: towards fine rungs their number does not fall.
    return np.maximum.accumulate(modes)


def corrected_quantile(quantile: float, independent: float) -> float:
    """Quantile to take of a sample so that fresh values exceed it as often as they should.

    Parameters
    ----------
    quantile : float
        Share of fresh noise values that should stay below.
    independent : float
        Number of independent values in the sample.
    """
    return min(quantile + (quantile - 0.5) / (independent + 1), 1.0)
