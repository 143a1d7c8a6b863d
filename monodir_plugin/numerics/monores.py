"""Non-directional local resolution: the same race without a cone.

Vilas et al. 2018, Structure 26 ("MonoRes"): the amplitude is that of the full
monogenic signal, ``sqrt(v² + |Riesz v|²)``, from full-size transforms.  Voxels are tested one
by one and leave after two failures.  The rules of the default preset are no better here:
without a cone the amplitude averages so many waves that pooling more of them, or
forgiving more failures, finds a power that exceeds the noise's by little.
"""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Callable, Optional

import ducc0
import numba
import numpy as np

from .directional import DirectionalProblem
from .fade import Fade
from .filters import Filters
from .lines import low_ends
from .noise import NoiseSample
from .race import Race
from .slabs import in_slabs

__all__ = ["monogenic_amplitude", "race_without_cone"]

_FAILURES = 2
#: Where voxels along axes are tested together.
_SIGNIFICANCE = 0.99


def monogenic_amplitude(
    spectrum: np.ndarray,
    filters: Filters,
    rung: int,
    fade: Optional[Fade],
    corners: bool,
    threads: int,
) -> np.ndarray:
    """Low-passed monogenic amplitude of a map at a rung.

    Parameters
    ----------
    spectrum : ndarray, shape (N, N, N // 2 + 1), complex64
        Half spectrum of the map.
    filters : Filters
    rung : int
    fade : Fade or None
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
    table = filters.high_pass(rung, np.sqrt(squares) / size) / np.float32(size**3)
    # The mean, and all beyond the edge, count for nothing.
    table = np.append(table, np.float32(0.0))
    table[0] = 0.0
    square = np.zeros((size,) * 3, np.float32)
    part = np.empty_like(spectrum)

    def component_along_z(component: int, first: int, stop: int) -> None:
        _riesz(spectrum, table, component, part, first, stop)
        rows = part[:, first:stop]
        ducc0.fft.c2c(rows, axes=(0,), forward=False, out=rows)

    def add_squares(first: int, stop: int) -> None:
        planes = part[first:stop]
        ducc0.fft.c2c(planes, axes=(1,), forward=False, out=planes)
        values = ducc0.fft.c2r(planes, axes=(2,), lastsize=size, forward=False)
        _add_squares(square[first:stop], values)

    def fade_root(first: int, stop: int) -> None:
        slab = square[first:stop]
        np.sqrt(slab, out=slab)
        if fade is not None:
            fade.apply(slab, (first, 0), square.shape)

    with ThreadPoolExecutor(threads) as pool:
        for component in range(-1, 3):
            in_slabs(partial(component_along_z, component), size, pool)
            in_slabs(add_squares, size, pool)
        in_slabs(fade_root, size, pool)
        return _low_pass(square, part, filters, rung, pool)


def _low_pass(
    box: np.ndarray, half: np.ndarray, filters: Filters, rung: int, pool: Executor
) -> np.ndarray:
    """Low-pass a box in place, by way of its half spectrum; only the band is transformed."""
    size, reach = filters.size, filters.reach(rung)
    table = filters.low_pass_tables[rung] / np.float32(size**3)
    band = half[:, :, : reach + 1]

    def into_band(first: int, stop: int) -> None:
        ducc0.fft.r2c(box[first:stop], axes=(2,), out=half[first:stop])
        half[first:stop, :, reach + 1 :] = 0

    def into_box(first: int, stop: int) -> None:
        ducc0.fft.c2r(
            half[first:stop], axes=(2,), lastsize=size, forward=False, out=box[first:stop]
        )

    in_slabs(into_band, size, pool)
    _transform(band, 1, True, pool)
    for part in low_ends(band, reach):
        _transform(part, 0, True, pool)
    in_slabs(lambda first, stop: _weigh(band, table, first, stop), size, pool)
    for part in low_ends(band, reach):
        _transform(part, 0, False, pool)
    _transform(band, 1, False, pool)
    in_slabs(into_box, size, pool)
    return box


def _transform(half: np.ndarray, axis: int, forward: bool, pool: Executor) -> None:
    """Transform along z or y, in slabs that do not hang on the number of threads: nor do values."""

    def one(first: int, stop: int) -> None:
        part = half[:, first:stop] if axis == 0 else half[first:stop]
        ducc0.fft.c2c(part, axes=(axis,), forward=forward, out=part)

    in_slabs(one, half.shape[1 - axis], pool)


def race_without_cone(
    problem: DirectionalProblem,
    threads: int = 1,
    progress: Optional[Callable[[int], None]] = None,
) -> np.ndarray:
    """Spatial frequency that every voxel reaches without a cone, noise from the whole region.

    Parameters
    ----------
    problem : DirectionalProblem
    threads : int
    progress : callable, optional
        Called with 1 after every rung.

    Returns
    -------
    ndarray, shape (voxels,), float32
        Cycles per voxel; 0 where the voxel is not resolved.
    """
    voxels, rules = problem.voxels, problem.rules
    race = Race(len(voxels), _FAILURES, rules.interpolate)
    significance = problem.significance if rules.control == "cells" else _SIGNIFICANCE
    for rung, frequency in enumerate(problem.unpooled.ladder.frequency):
        if len(race.running) < max(rules.least_left * len(voxels), 1):
            break
        box = _amplitude(problem, problem.spectrum, rung, threads)
        values = box.ravel()[voxels.flat[race.running]]
        if problem.noise_spectrum is not None:
            box = _amplitude(problem, problem.noise_spectrum, rung, threads)
        level = NoiseSample(box[problem.region]).quantile(significance)
        race.step(values, level, float(frequency))
        if progress is not None:
            progress(1)
    return race.frequency


def _amplitude(
    problem: DirectionalProblem, spectrum: np.ndarray, rung: int, threads: int
) -> np.ndarray:
    corners = problem.rules.corners
    return monogenic_amplitude(spectrum, problem.unpooled, rung, problem.fade, corners, threads)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _riesz(spectrum, table, component, out, first, stop):  # type: ignore[no-untyped-def]
    """Filtered spectrum (component -1) or one of its Riesz transforms (0, 1, 2: z, y, x), by y."""
    size = spectrum.shape[0]
    last = len(table) - 1
    for z in range(size):
        kz = z if z <= size // 2 else z - size
        for y in range(first, stop):
            ky = y if y <= size // 2 else y - size
            row, target = spectrum[z, y], out[z, y]
            across = kz * kz + ky * ky
            for x in range(spectrum.shape[2]):
                square = across + x * x
                weight = table[min(square, last)]
                if component < 0:
                    target[x] = row[x] * weight
                else:
                    k = kz if component == 0 else (ky if component == 1 else x)
                    weight *= np.float32(k) / np.sqrt(np.float32(max(square, 1)))
                    target[x] = complex(row[x].imag * weight, -row[x].real * weight)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _add_squares(square, values):  # type: ignore[no-untyped-def]
    total, added = square.ravel(), values.ravel()
    for i in range(total.size):
        total[i] += added[i] * added[i]


@numba.njit(nogil=True, cache=True)
def _weigh(band, table, first, stop):  # type: ignore[no-untyped-def]
    """Multiply by the low-pass filter."""
    size = band.shape[0]
    last = len(table) - 1
    for z in range(first, stop):
        kz = z if z <= size // 2 else z - size
        for y in range(size):
            ky = y if y <= size // 2 else y - size
            for x in range(band.shape[2]):
                band[z, y, x] *= table[min(kz * kz + ky * ky + x * x, last)]
