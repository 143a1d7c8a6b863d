"""The exact dense evaluation: double precision, full-size transforms, three Riesz transforms.

Written from the definitions and apart from the package, to judge it by.
"""

from __future__ import annotations

from typing import Callable, Optional, Sequence, Tuple

import numpy as np
import scipy.fft

Rung = Sequence[float]


def lattice(size: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequencies kz, ky, kx of a half spectrum, cycles per voxel; Nyquist planes are +0.5."""
    k = np.arange(size)
    k = np.where(k <= size // 2, k, k - size) / size
    return k[:, None, None], k[None, :, None], np.arange(size // 2 + 1)[None, None, :] / size


def radius_of(size: int) -> np.ndarray:
    g = np.arange(size) - size // 2
    return np.sqrt(g[:, None, None] ** 2 + g[None, :, None] ** 2 + g[None, None, :] ** 2)


def raised_cosine(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1."""
    return 0.5 * (1 - np.cos(np.pi * np.clip(x, 0, 1)))


def dense_amplitude(
    volume: np.ndarray,
    axis: np.ndarray,
    rung: Rung,
    corners: bool,
    half_angle: float = 15.0,
    fade_width: Optional[float] = 7.0,
    finer: int = 1,
) -> np.ndarray:
    """Faded and low-passed monogenic amplitude along an axis at every voxel.

    ``rung``: frequency, foot of the high-pass, edge and foot of the low-pass filter.

    ``finer = 2`` evaluates amplitude and filters on a grid twice as fine, on which
    the sum frequencies of the squared amplitude have no aliases.
    """
    size = volume.shape[0]
    frequency, low, edge, high = rung
    kz, ky, kx = lattice(size)
    length = np.sqrt(kz**2 + ky**2 + kx**2)
    inverse = np.divide(1.0, length, where=length > 0, out=np.zeros_like(length))
    cosine = np.abs(kx * axis[0] + ky * axis[1] + kz * axis[2]) * inverse
    keep = (cosine >= np.cos(np.deg2rad(half_angle))) & (corners | (length <= 0.5))
    keep[0, 0, 0] = False
    band = scipy.fft.rfftn(volume.astype(np.float64), workers=2) * keep
    band *= raised_cosine((length - low) / (frequency - low))
    fine = size * finer
    parts = [band] + [-1j * band * k * inverse for k in (kz, ky, kx)]
    square = sum(
        scipy.fft.irfftn(_on_grid(part, size, fine), s=(fine,) * 3, workers=2) ** 2
        for part in parts
    )
    faded = np.sqrt(square)
    if fade_width is not None:
        faded *= raised_cosine((size / 2 - radius_of(fine) / finer) / fade_width)
    kz, ky, kx = (k * finer for k in lattice(fine))
    length = np.sqrt(kz**2 + ky**2 + kx**2)
    spectrum = scipy.fft.rfftn(faded, workers=2)
    spectrum *= 1 - raised_cosine((length - edge) / (high - edge))
    return scipy.fft.irfftn(spectrum, s=(fine,) * 3, workers=2)[::finer, ::finer, ::finer]


def along_axis(size: int, axis: np.ndarray) -> np.ndarray:
    """Position of every voxel along an axis, from the centre."""
    g = np.arange(size) - size // 2
    return g[None, None, :] * axis[0] + g[None, :, None] * axis[1] + g[:, None, None] * axis[2]


def near_axis(size: int, axis: np.ndarray, angle: float = 45.0) -> np.ndarray:
    return np.abs(along_axis(size, axis)) >= np.cos(np.deg2rad(angle)) * radius_of(size)


def dense_published(
    volume: np.ndarray,
    mask: np.ndarray,
    axes: np.ndarray,
    rungs: np.ndarray,
    progress: Callable[[int], None] = lambda i: None,
) -> np.ndarray:
    """Spatial frequency per voxel and axis by the authors' rules; no early end for weak signals.

    ``rungs``: rows of frequency, foot of the high-pass and foot of the low-pass filter.
    """
    size = volume.shape[0]
    radius = radius_of(size)
    solvent = ~mask & (radius > np.floor(radius[mask].max())) & (radius <= size / 2 - 7)
    out = np.zeros((mask.sum(), len(axes)))
    for i, axis in enumerate(axes):
        noise_here = solvent & near_axis(size, axis)
        failures = np.zeros(mask.sum(), int)
        running = np.ones(mask.sum(), bool)
        for j, rung in enumerate(rungs):
            if running.sum() < 0.025 * running.size:
                break
            frequency, low, high = rung
            feet = (frequency, low, frequency, high)
            amplitude = dense_amplitude(volume, axis, feet, corners=True)
            noise = np.sort(amplitude[noise_here].astype(np.float32))
            values = amplitude[mask]
            passed = running & (values > noise[int(0.95 * noise.size)])
            out[passed, i] = frequency
            failures[passed] = 0
            failures[running & ~passed] += 1
            left = running & (failures == 2)
            out[left, i] = rungs[max(j - 2, 0)][0]
            running &= ~left
        progress(i)
    return np.where(out > 0, out, rungs[0][0])


def _on_grid(half: np.ndarray, size: int, fine: int) -> np.ndarray:
    """The same spectrum on a finer grid; what lies on Nyquist planes stays on the positive side."""
    if fine == size:
        return half
    out = np.zeros((fine, fine, fine // 2 + 1), complex)
    k = np.arange(size)
    place = np.where(k <= size // 2, k, k - size) % fine
    out[np.ix_(place, place, np.arange(size // 2 + 1))] = half
    return out * (fine / size) ** 3
