"""The monogenic amplitude without a cone, as the ``published`` preset tests it.

Vilas et al. 2018, Structure 26 ("MonoRes"): ``sqrt(v² + |Riesz v|²)``, from full-size transforms.
"""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from math import isqrt
from typing import Optional

import ducc0
import numba
import numpy as np

from ..fourier.partial_fourier import low_ends
from ..parallel.buffers import Scratch
from ..parallel.chunking import in_slabs
from .edge_taper import Fade
from .filters import Filters

__all__ = ["monogenic_amplitude"]


def monogenic_amplitude(
    spectrum: np.ndarray,
    filters: Filters,
    index: int,
    fade: Optional[Fade],
    corners: bool,
    threads: int,
    scratch: Scratch,
) -> np.ndarray:
    """Low-passed monogenic amplitude of a map at one test frequency.

    Parameters
    ----------
    spectrum : ndarray, shape (N, N, N // 2 + 1), complex64
        Half spectrum of the map.
    filters : Filters
    index : int
        Number of the frequency in the grid.
    fade : Fade or None
    corners : bool
        Keep coefficients beyond the sphere of radius Nyquist.
    threads : int
    scratch : Scratch
        Buffers; the result lies in them and is valid until the next call.

    Returns
    -------
    ndarray, shape (N, N, N), float32
    """
    size = filters.size
    edge = (size * np.sqrt(0.75) if corners else size / 2) + 1e-6
    table = filters.high_pass_tables[index][: int(edge**2) + 1] / np.float32(size**3)
    # The mean and all coefficients beyond the edge have weight 0.
    table = np.append(table, np.float32(0.0))
    table[0] = 0.0
    over_radius = table / np.sqrt(np.maximum(np.arange(len(table)), 1)).astype(np.float32)
    square = scratch.empty("square", (size,) * 3, np.float32)
    part = scratch.empty("part", spectrum.shape, np.complex64)

    def component_along_z(component: int, first: int, stop: int) -> None:
        weights = table if component < 0 else over_radius
        _component(spectrum, weights, component, part, first, stop)
        # The part of these rows that lies in the sphere.
        nearest = min(first, size - stop + 1)
        within = part[:, first:stop, : isqrt(max(int(edge**2) - nearest**2, 0)) + 1]
        ducc0.fft.c2c(within, axes=(0,), forward=False, out=within)

    def add_squares(component: int, first: int, stop: int) -> None:
        planes = scratch.empty("planes", part[first:stop].shape, np.complex64)
        values = scratch.empty("values", (stop - first, size, size), np.float32)
        ducc0.fft.c2c(part[first:stop], axes=(1,), forward=False, out=planes)
        ducc0.fft.c2r(planes, axes=(2,), lastsize=size, forward=False, out=values)
        _add_squares(square[first:stop], values, component < 0)

    def fade_root(first: int, stop: int) -> None:
        slab = square[first:stop]
        np.sqrt(slab, out=slab)
        if fade is not None:
            fade.apply(slab, (first, 0), square.shape)

    with ThreadPoolExecutor(threads) as pool:
        for component in range(-1, 3):
            in_slabs(partial(component_along_z, component), size, pool)
            in_slabs(partial(add_squares, component), size, pool)
        in_slabs(fade_root, size, pool)
        return _low_pass(square, part, filters, index, pool)


def _low_pass(
    box: np.ndarray, half: np.ndarray, filters: Filters, index: int, pool: Executor
) -> np.ndarray:
    """Low-pass a box in place; only the coefficients that the filter passes are transformed."""
    size, reach = filters.size, filters.reach(index)
    table = filters.low_pass_tables[index] / np.float32(size**3)
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
    in_slabs(lambda first, stop: _weigh(half, band.shape[2], table, first, stop), size, pool)
    for part in low_ends(band, reach):
        _transform(part, 0, False, pool)
    _transform(band, 1, False, pool)
    in_slabs(into_box, size, pool)
    return box


def _transform(half: np.ndarray, axis: int, forward: bool, pool: Executor) -> None:
    """Transform along z or y, in slabs that do not depend on the number of threads."""

    def one(first: int, stop: int) -> None:
        part = half[:, first:stop] if axis == 0 else half[first:stop]
        ducc0.fft.c2c(part, axes=(axis,), forward=forward, out=part)

    in_slabs(one, half.shape[1 - axis], pool)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _component(spectrum, table, component, out, first, stop):  # type: ignore[no-untyped-def]
    """Filtered rows of a spectrum, from ``first`` to ``stop`` along y.

    Component -1 is the spectrum itself, and 0, 1, 2 are its Riesz transforms along z, y, x, for
    which the weights in ``table`` are divided by the radius.
    """
    size = spectrum.shape[0]
    last = len(table) - 1
    for z in range(size):
        kz = z if z <= size // 2 else z - size
        for y in range(first, stop):
            ky = y if y <= size // 2 else y - size
            row, target = spectrum[z, y], out[z, y]
            across = kz * kz + ky * ky
            for x in range(len(target)):
                weight = table[min(across + x * x, last)]
                if component < 0:
                    target[x] = row[x] * weight
                else:
                    weight *= np.float32(kz if component == 0 else (ky if component == 1 else x))
                    target[x] = complex(row[x].imag * weight, -row[x].real * weight)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _add_squares(square, values, begin):  # type: ignore[no-untyped-def]
    """Add squares to a sum, or set it to them."""
    total, added = square.ravel(), values.ravel()
    for i in range(total.size):
        before = np.float32(0.0) if begin else total[i]
        total[i] = before + added[i] * added[i]


@numba.njit(nogil=True, cache=True)
def _weigh(half, width, table, first, stop):  # type: ignore[no-untyped-def]
    """Multiply the first coefficients along x by the low-pass filter."""
    size = half.shape[0]
    last = len(table) - 1
    for z in range(first, stop):
        kz = z if z <= size // 2 else z - size
        for y in range(size):
            ky = y if y <= size // 2 else y - size
            row = half[z, y]
            for x in range(width):
                row[x] *= table[min(kz * kz + ky * ky + x * x, last)]
