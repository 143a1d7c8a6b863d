"""Non-directional local resolution: the same race without a cone.

Vilas et al. 2018, Structure 26 ("MonoRes"): the amplitude is that of the full
monogenic signal, ``sqrt(v² + |Riesz v|²)``, from full-size transforms.
"""

from __future__ import annotations

from typing import Callable, Optional

import numba
import numpy as np
import scipy.fft

from .amplitude import Filters, low_pass
from .fade import STEPS, Fade
from .geometry import distance_map
from .noise import NoiseRegion, threshold
from .race import Race

__all__ = ["monogenic_amplitude", "race_without_cone"]


def monogenic_amplitude(
    spectrum: np.ndarray, filters: Filters, rung: int, fade: Fade, corners: bool, threads: int
) -> np.ndarray:
    """Faded and low-passed monogenic amplitude of a map at a rung.

    Parameters
    ----------
    spectrum : ndarray, shape (N, N, N // 2 + 1), complex64
        Half spectrum of the map.
    filters : Filters
    rung : int
    fade : Fade
    corners : bool
        Keep coefficients beyond the sphere of radius Nyquist.
    threads : int

    Returns
    -------
    ndarray, shape (N, N, N), float32
    """
    size = filters.size
    edge = (size * np.sqrt(0.75) if corners else size / 2) + 1e-6
    squares = np.arange(int(edge**2) + 1)
    table = filters.high_pass(rung, np.sqrt(squares) / size)
    square = np.zeros((size,) * 3, np.float32)
    for component in range(-1, 3):
        part = _riesz(spectrum, table, component)
        _add_squares(
            square,
            scipy.fft.irfftn(part, s=square.shape, workers=threads, overwrite_x=True),
        )
    modulus = np.sqrt(square, out=square)
    modulus *= fade.weights(distance_map(size)).astype(np.float32)
    return low_pass(
        modulus, filters.low_pass_tables[rung], filters.reach(rung), square.shape, threads
    )


def race_without_cone(
    spectrum: np.ndarray,
    noise_spectrum: Optional[np.ndarray],
    indices: np.ndarray,
    region: NoiseRegion,
    filters: Filters,
    fade: Fade,
    carried: np.ndarray,
    corners: bool,
    significance: float,
    interpolate: bool,
    least_left: float,
    threads: int = 1,
    progress: Optional[Callable[[int], None]] = None,
) -> np.ndarray:
    """Spatial frequency that every voxel reaches without a cone, noise from the whole region.

    Parameters
    ----------
    indices : ndarray, shape (voxels,)
        Flat indices of the mask's voxels.
    spectrum, noise_spectrum, region, filters, fade, carried, corners, significance
        As in :class:`monodir_plugin.numerics.directional.DirectionalProblem`.
    interpolate, least_left
        As in :class:`monodir_plugin.numerics.directional.DirectionalProblem`.
    threads : int
    progress : callable, optional
        Called with 1 after every rung.

    Returns
    -------
    ndarray, shape (voxels,), float32
        Cycles per voxel; 0 where the voxel is not resolved.
    """
    race = Race(len(indices), interpolate)
    steps = np.rint(distance_map(filters.size) * STEPS).astype(np.uint16)
    of_voxels, of_noise = steps.ravel()[indices], steps[region.voxels]
    for rung, frequency in enumerate(filters.ladder.frequency):
        if len(race.running) < max(least_left * len(indices), 1):
            break
        box = monogenic_amplitude(spectrum, filters, rung, fade, corners, threads)
        values = _freed(box.ravel()[indices[race.running]], of_voxels[race.running], carried[rung])
        if noise_spectrum is not None:
            box = monogenic_amplitude(noise_spectrum, filters, rung, fade, corners, threads)
        noise = _freed(box[region.voxels], of_noise, carried[rung])
        race.step(values, threshold(noise, significance), float(frequency))
        if progress is not None:
            progress(1)
    return race.frequency


def _freed(values: np.ndarray, steps: np.ndarray, carried: np.ndarray) -> np.ndarray:
    """Values with the fading divided out, where it is to be."""
    return values / carried[np.minimum(steps, len(carried) - 1)] if len(carried) else values


@numba.njit(nogil=True, cache=True)
def _riesz(spectrum, table, component):  # type: ignore[no-untyped-def]
    """Filtered spectrum (component -1) or one of its Riesz transforms (0, 1, 2: z, y, x)."""
    size = spectrum.shape[0]
    out = np.zeros_like(spectrum)
    for z in range(size):
        kz = z if z <= size // 2 else z - size
        for y in range(size):
            ky = y if y <= size // 2 else y - size
            for x in range(spectrum.shape[2]):
                square = kz * kz + ky * ky + x * x
                if square == 0 or square >= len(table):
                    continue
                value = spectrum[z, y, x] * table[square]
                if component >= 0:
                    k = kz if component == 0 else (ky if component == 1 else x)
                    unit = np.float32(k / np.sqrt(float(square)))
                    value = complex(value.imag * unit, -value.real * unit)
                out[z, y, x] = value
    return out


@numba.njit(nogil=True, cache=True)
def _add_squares(square, values):  # type: ignore[no-untyped-def]
    total, added = square.ravel(), values.ravel()
    for i in range(total.size):
        total[i] += added[i] * added[i]
