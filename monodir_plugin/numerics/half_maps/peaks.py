"""The shift between two maps, from their cyclic correlation."""

from __future__ import annotations

from typing import List, Optional, Tuple

import numpy as np
import scipy.fft

from .rotation import coarse_copy

__all__ = ["coarse_shift", "peak_place", "shown_peak"]

#: A peak about zero, so many points to either side, is as high as the highest one if it is lower by
#: less than so many standard deviations of the correlation.
_NEAR, _AS_HIGH = 2, 4.0
#: Shells in which the shift of noisy half maps is sought, the standard deviations of a correlation
#: and of a shift that are certain, and the smallest shift, voxels.
_SHELLS, _CERTAIN, _CERTAIN_SHIFT, _LEAST = 12, 8.0, 8.0, 1.0
_TINY = 1e-300


def shown_peak(correlation: np.ndarray, deviation: float) -> np.ndarray:
    """The point of a cyclic correlation that shows the shift.

    It is the largest one, or that of the peak about zero if this one is lower by no more than
    noise: a helix also correlates with itself where it repeats.

    Parameters
    ----------
    correlation : ndarray, shape (N, N, N)
        By shift, ``[z, y, x]``.
    deviation : float
        Standard deviation of the correlation by noise.

    Returns
    -------
    ndarray, shape (3,), int
        Its indices, ``z, y, x``.
    """
    side = len(correlation)
    near = np.arange(-_NEAR, _NEAR + 1)
    about = correlation[np.ix_(near, near, near)]
    place = np.array(np.unravel_index(int(about.argmax()), about.shape)) - _NEAR
    if np.abs(place).max() < _NEAR and about.max() > correlation.max() - _AS_HIGH * deviation:
        return place % side
    return np.array(np.unravel_index(int(correlation.argmax()), correlation.shape))


def peak_place(correlation: np.ndarray, peak: np.ndarray) -> Tuple[np.ndarray, float]:
    """Place of a peak of a cyclic correlation, between its points by parabolas; ``z, y, x``.

    Parameters
    ----------
    correlation : ndarray, shape (N, N, N)
    peak : ndarray, shape (3,), int
        Indices of its largest point, ``z, y, x``.

    Returns
    -------
    place : ndarray, shape (3,), float64
        Points from zero, ``z, y, x``, at most half of the box.
    blur : float
        By how many points the place moves if a value next to the peak is wrong by one.
    """
    blur = 0.0
    side = len(correlation)
    place = np.where(peak > side // 2, peak - side, peak).astype(float)
    for axis in range(3):
        around = []
        for step in (-1, 0, 1):
            at = peak.copy()
            at[axis] = (at[axis] + step) % side
            around.append(float(correlation[tuple(at)]))
        below, top, above = around
        curve = below - 2 * top + above
        if curve < 0:
            place[axis] += 0.5 * (below - above) / curve
            blur = max(blur, -1 / curve)
    return place, blur


def coarse_shift(white: List[np.ndarray], size: int, threads: int = 1) -> Optional[np.ndarray]:
    """Shift of the second of two maps by their coarsest shells, which hold the least noise.

    Parameters
    ----------
    white : pair of ndarray, shape (M, M, M // 2 + 1), complex
        Half spectra of unit power in every shell.
    size : int
        Side of the box, voxels.
    threads : int

    Returns
    -------
    ndarray, shape (3,), or None
        Voxels, ``z, y, x``; ``None`` if it is small or uncertain.
    """
    first, second = (coarse_copy(part, _SHELLS, threads) for part in white)
    side = len(first)
    spectra = [scipy.fft.rfftn(each, workers=threads) for each in (first, second)]
    found = scipy.fft.irfftn(spectra[1] * spectra[0].conj(), s=first.shape, workers=threads)
    found /= max(float(np.linalg.norm(first) * np.linalg.norm(second)), _TINY)
    # Of the coefficients in the sphere, every second one is the conjugate of another.
    deviation = 1 / np.sqrt(2 / 3 * np.pi * min(_SHELLS, side // 2) ** 3)
    peak = shown_peak(found, deviation)
    if found[tuple(peak)] < _CERTAIN * deviation:
        return None
    place, blur = peak_place(found, peak)
    shift = place * (size / side)
    least = max(_LEAST, _CERTAIN_SHIFT * deviation * blur * size / side)
    return shift if np.linalg.norm(shift) > least else None
