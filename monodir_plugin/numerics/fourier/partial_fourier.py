"""A low-passed field as Fourier coefficients along x on a grid of lines in z and y.

Half way between a spectrum and a grid: along x few coefficients say as much as
many points, and the interpolation along z and y, which is linear, works on
coefficients as well.  Points along x are made of them only on the lines where
they are wanted, and just as many as are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Callable, Iterator, List, Optional, Tuple

import ducc0
import numba
import numpy as np

from ..parallel.buffers import Scratch

__all__ = ["Lines", "Wanted", "low_ends", "low_passed_lines", "points_of", "slabs"]

#: Lines per wave of the finest frequency that the low-pass filter lets through, for the
#: interpolation between them.
_LINES_A_WAVE = 3
#: Lines that the interpolation between them takes.
_FEWEST = 8
#: Of complex numbers that are worked on at a time: about a second level of cache.
_SLAB_BYTES = 1_000_000

#: Which planes of lines are wanted, ascending, of as many in the whole box.
Wanted = Callable[[int], np.ndarray]


@dataclass(frozen=True)
class Lines:
    """A real periodic field in a box, on lines in some of its planes.

    Attributes
    ----------
    coefficients : ndarray, shape (planes, ly, width), complex64
        Coefficients 0 to ``width - 1`` along x, of ``exp(2 pi i k x / size)``, on lines at
        ``z = planes[i] size / depth`` and ``y = j size / ly``.
    planes : ndarray of int, shape (planes,)
        Which of the planes of lines they are, ascending.
    depth : int
        Planes of lines in the whole box.
    size : int
        Side of the box in voxels.
    """

    coefficients: np.ndarray
    planes: np.ndarray
    depth: int
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
    size: int,
    low_pass: np.ndarray,
    wanted: Optional[Wanted],
    scratch: Scratch,
    least_lines: int = 1,
    points: Optional[int] = None,
) -> Lines:
    """Low-pass a real periodic grid.

    Parameters
    ----------
    planes : callable
        ``(first, stop) -> row, ndarray, shape (stop - first, rows, mx), float32``: some planes of
        the grid, in their order, the first of their rows that is not zero, and it and those that
        follow; grid point ``m`` lies at voxel ``m * N / M``.
    shape : tuple of int
        Points of the whole grid, ``(mz, my, mx)``.
    size : int
        Side of the box in voxels.
    low_pass : ndarray, float32
        Weight for every integer squared lattice radius, and a closing zero.
    wanted : callable or None
        The planes of lines that are made; ``None``: all.
    scratch : Scratch
    least_lines : int
        Lines, along z and along y, that are made at least.
    points : int, optional
        Lines along z and along y; default: as many as an interpolation between them needs.

    Returns
    -------
    Lines
        In memory of ``scratch``.
    """
    mz, my, mx = shape
    reach = isqrt(len(low_pass) - 2)
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
    depth, ly = (points,) * 2 if points else _lines_for((mz, my), reach, least_lines)
    chosen = np.arange(depth) if wanted is None else wanted(depth)
    table = low_pass / np.float32(mz * my * mx)
    lines = _waves_on_planes(low, table, reach, (depth, ly), chosen, scratch)
    for first, stop in slabs(lines.shape):
        part = lines[first:stop]
        ducc0.fft.c2c(part, axes=(1,), forward=False, out=part)
    return Lines(lines, chosen, depth, size)


def points_of(coefficients: np.ndarray, out: np.ndarray) -> None:
    """Values along lines.

    Parameters
    ----------
    coefficients : ndarray, shape (..., points // 2 + 1), complex64
        Coefficients along x.
    out : ndarray, shape (..., points), float32
        Where the values go.
    """
    axis = out.ndim - 1
    ducc0.fft.c2r(coefficients, axes=(axis,), lastsize=out.shape[axis], forward=False, out=out)


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


def _waves_on_planes(
    low: np.ndarray,
    table: np.ndarray,
    reach: int,
    lines: Tuple[int, int],
    chosen: np.ndarray,
    scratch: Scratch,
) -> np.ndarray:
    """Low-pass waves along y and x in the planes of a grid, and take them to planes of lines.

    A few waves along y at a time, so that they stay in cache; of those along x, the ones
    in the sphere of the filter.

    Parameters
    ----------
    low : ndarray, shape (mz, my, width), complex64
    table : ndarray
        Weight for every integer squared lattice radius, zero in the end.
    reach : int
        Largest lattice index with a weight.
    lines : tuple of int
        Planes of lines, and lines in each.
    chosen : ndarray of int
        The planes that are wanted.
    scratch : Scratch

    Returns
    -------
    ndarray, shape (len(chosen), lines, width), complex64
        Waves along y in the order of a transform, those beyond the filter zero.
    """
    mz, my, width = low.shape
    depth, ly = lines
    most_z = min(reach, (mz - 1) // 2, (depth - 1) // 2)
    most_y = min(reach, (my - 1) // 2, (ly - 1) // 2)
    # In the memory of the band that the grid was made of, which has done its work.
    waves = scratch.empty("band", (len(chosen), ly, width), np.complex64)
    waves[:, most_y + 1 : ly - most_y] = 0
    for first, stop in _wave_blocks(most_y, max(1, _SLAB_BYTES // (8 * mz * width))):
        nearest = first if first >= 0 else 1 - stop
        within = min(isqrt(len(table) - 2 - nearest**2) + 1, width)
        columns = scratch.empty("columns", (mz, stop - first, within), np.complex64)
        row = first % my
        ducc0.fft.c2c(low[:, row : row + stop - first, :within], axes=(0,), out=columns)
        filtered = scratch.empty("filtered", (depth, stop - first, within), np.complex64)
        _filter(columns, first, table, most_z, filtered)
        ducc0.fft.c2c(filtered, axes=(0,), forward=False, out=filtered)
        _take_planes(filtered, chosen, first % ly, waves)
    return waves


def _wave_blocks(most: int, count: int) -> Iterator[Tuple[int, int]]:
    """First wave, and that after the last, of blocks of waves ``-most`` to ``most`` of one sign."""
    for start, end in ((0, most + 1), (-most, 0)):
        for first in range(start, end, count):
            yield first, min(first + count, end)


@numba.njit(nogil=True, cache=True)
def _filter(columns, first, table, most_z, out):  # type: ignore[no-untyped-def]
    """Weigh waves along z by a table over the squared radius, the others are zero."""
    last = len(table) - 1
    depth, rows, width = out.shape
    for z in range(depth):
        kz = z if z <= depth // 2 else z - depth
        for row in range(rows):
            target = out[z, row]
            if abs(kz) > most_z:
                for x in range(width):
                    target[x] = 0
                continue
            source = columns[kz, row]
            across = kz * kz + (first + row) ** 2
            for x in range(width):
                target[x] = source[x] * table[min(across + x * x, last)]


@numba.njit(nogil=True, cache=True)
def _take_planes(filtered, chosen, first, out):  # type: ignore[no-untyped-def]
    """Some of the planes, to rows from ``first`` on, with zeros for the waves they do not hold."""
    for plane in range(len(chosen)):
        for row in range(filtered.shape[1]):
            source, target = filtered[chosen[plane], row], out[plane, first + row]
            for x in range(len(source)):
                target[x] = source[x]
            for x in range(len(source), len(target)):
                target[x] = 0
