"""A low-passed field as Fourier coefficients along x on a grid of lines in z and y.

Half way between a spectrum and a grid: along x few coefficients say as much as
many points, and the interpolation along z and y, which is linear, works on
coefficients as well.  Points along x are made of them only on the lines where
they are wanted, and just as many as are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterator, List, Tuple

import ducc0
import numba
import numpy as np

from .filters import Filters
from .scratch import Scratch

__all__ = ["Lines", "low_ends", "low_passed_lines", "points_of", "slabs"]

#: Lines per wave of the finest frequency that the low-pass filter lets through, for the
#: interpolation between them.
_LINES_A_WAVE = 3
#: Lines that the interpolation between them takes.
_FEWEST = 8
#: Of complex numbers that are worked on at a time: about a second level of cache.
_SLAB_BYTES = 1_000_000


@dataclass(frozen=True)
class Lines:
    """A real periodic field in a box.

    Attributes
    ----------
    coefficients : ndarray, shape (lz, ly, width), complex64
        Coefficients 0 to ``width - 1`` along x, of ``exp(2 pi i k x / size)``, on lines at
        ``z = i size / lz`` and ``y = j size / ly``.
    size : int
        Side of the box in voxels.
    """

    coefficients: np.ndarray
    size: int


def slabs(shape: Tuple[int, ...]) -> Iterator[Tuple[int, int]]:
    """First plane, and that after the last, of slabs of a grid that stay in cache."""
    planes = max(1, _SLAB_BYTES // (8 * shape[1] * shape[2]))
    count = -(-shape[0] // planes)
    for i in range(count):
        yield i * shape[0] // count, (i + 1) * shape[0] // count


def low_passed_lines(
    planes: Callable[[int, int], Tuple[int, np.ndarray]],
    shape: Tuple[int, ...],
    filters: Filters,
    rung: int,
    scratch: Scratch,
) -> Lines:
    """Low-pass a real periodic grid.

    Parameters
    ----------
    planes : callable
        ``(first, stop) -> row, ndarray, shape (stop - first, rows, mx), float32``: some planes of
        the grid, the first of their rows that is not zero, and it and those that follow;
        grid point ``m`` lies at voxel ``m * N / M``.
    shape : tuple of int
        Points of the whole grid, ``(mz, my, mx)``.
    filters : Filters
    rung : int
    scratch : Scratch

    Returns
    -------
    Lines
        In memory of ``scratch``.
    """
    mz, my, mx = shape
    size, reach = filters.size, filters.reach(rung)
    width = min(reach, (min(mx, size) - 1) // 2) + 1
    low = scratch.empty("low", (mz, my, width), np.complex64)
    for first, stop in slabs(shape):
        row, values = planes(first, stop)
        end = row + values.shape[1]
        half = scratch.empty("half", (stop - first, my, mx // 2 + 1), np.complex64)
        ducc0.fft.r2c(values, axes=(2,), out=half[:, row:end])
        half[:, :row, :width] = 0
        half[:, end:, :width] = 0
        ducc0.fft.c2c(half[:, :, :width], axes=(1,), out=low[first:stop])
    for part in low_ends(low, reach):
        ducc0.fft.c2c(part, axes=(0,), out=part)
    lz, ly = _lines_for((mz, my), reach, filters.least_lines)
    lines = scratch.zeros("lines", (lz, ly, width), np.complex64)
    scale = np.float32(1 / (mz * my * mx))
    _place_weighted(low, lines, filters.low_pass_tables[rung], reach, scale)
    for part in low_ends(lines, reach):
        ducc0.fft.c2c(part, axes=(0,), forward=False, out=part)
    ducc0.fft.c2c(lines, axes=(1,), forward=False, out=lines)
    return Lines(lines, size)


def points_of(coefficients: np.ndarray, points: int, scratch: Scratch) -> np.ndarray:
    """Values along lines.

    Parameters
    ----------
    coefficients : ndarray, shape (lines, points // 2 + 1), complex64
        Coefficients along x.
    points : int
        Points along x.
    scratch : Scratch

    Returns
    -------
    ndarray, shape (lines, points), float32
    """
    out = scratch.empty("points", (len(coefficients), points), np.float32)
    return ducc0.fft.c2r(coefficients, axes=(1,), lastsize=points, forward=False, out=out)


def low_ends(spectrum: np.ndarray, reach: int) -> List[np.ndarray]:
    """Views of the coefficients up to ``reach`` of both signs along y."""
    points = spectrum.shape[1]
    if points <= 2 * reach + 1:
        return [spectrum]
    return [spectrum[:, : reach + 1], spectrum[:, points - reach :]]


def _lines_for(points: Tuple[int, int], reach: int, least: int) -> Tuple[int, ...]:
    """Lines along z and y: enough to interpolate between."""
    return tuple(
        ducc0.fft.good_size(max(min(_LINES_A_WAVE * reach + 2, p), least, _FEWEST)) for p in points
    )


@numba.njit(nogil=True, cache=True)
def _place_weighted(low, lines, table, reach, scale):  # type: ignore[no-untyped-def]
    """Filter the low coefficients of a grid into those of a grid at least as fine."""
    last = len(table) - 1
    depth, height, width = low.shape
    most_z = min(reach, (depth - 1) // 2, (lines.shape[0] - 1) // 2)
    most_y = min(reach, (height - 1) // 2, (lines.shape[1] - 1) // 2)
    for kz in range(-most_z, most_z + 1):
        for ky in range(-most_y, most_y + 1):
            source, target = low[kz, ky], lines[kz, ky]
            for x in range(width):
                weight = table[min(kz * kz + ky * ky + x * x, last)]
                target[x] = source[x] * (scale * weight)
