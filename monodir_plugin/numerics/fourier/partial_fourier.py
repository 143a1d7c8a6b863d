"""A low-passed field as Fourier coefficients along x on a grid of points in z and y.

A partial Fourier representation: transformed along z and y, but not along x.  Along x a few
coefficients hold as much as many points, and the interpolation along z and y is linear, so that it
can be applied to coefficients.  Values along x are computed only on the grid lines that are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Callable, Iterator, List, Optional, Tuple

import ducc0
import numba
import numpy as np

from ..parallel.buffers import Scratch
from .lattice import signed_index

__all__ = ["Lines", "Wanted", "low_ends", "low_passed_lines", "points_of", "slabs"]

#: Grid lines per period of the finest frequency that the low-pass filter lets through, for the
#: interpolation between them.
_LINES_PER_PERIOD = 3
#: Neighbouring grid lines that the interpolation uses.
_FEWEST = 8
#: Size of the complex numbers that are worked on at a time: about the second level of cache.
_SLAB_BYTES = 1_000_000

#: Takes the number of planes of grid lines in the whole box, and returns the indices of those that
#: are computed, ascending.
Wanted = Callable[[int], np.ndarray]


@dataclass(frozen=True)
class Lines:
    """A real periodic field in a box, on grid lines along x in some of its planes.

    Attributes
    ----------
    coefficients : ndarray, shape (planes, ly, width), complex64
        Coefficients 0 to ``width - 1`` along x, of ``exp(2 pi i k x / size)``, on grid lines at
        ``z = planes[i] size / depth`` and ``y = j size / ly``.
    planes : ndarray of int, shape (planes,)
        Indices of their planes among all planes of grid lines, ascending.
    depth : int
        Planes of grid lines in the whole box.
    size : int
        Side of the box in voxels.
    """

    coefficients: np.ndarray
    planes: np.ndarray
    depth: int
    size: int


def slabs(shape: Tuple[int, ...]) -> Iterator[Tuple[int, int]]:
    """First plane, and the one after the last, of slabs of a grid that fit into the cache."""
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
        ``(first, stop) -> row, ndarray, shape (stop - first, rows, mx), float32``: the first row
        that is not zero in some planes of the grid, and the rows from it on; all others are zero.
        It is called with planes in ascending order.  Grid point ``m`` lies at voxel ``m * N / M``.
    shape : tuple of int
        Points of the whole grid, ``(mz, my, mx)``.
    size : int
        Side of the box in voxels.
    low_pass : ndarray, float32
        Weight for every integer squared lattice radius, and a closing zero.
    wanted : callable or None
        The planes of grid lines that are computed; ``None``: all.
    scratch : Scratch
    least_lines : int
        Least number of grid lines along z and along y.
    points : int, optional
        Grid lines along z and along y; default: as many as an interpolation between them needs.

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
    lines = _filtered_planes(low, table, reach, (depth, ly), chosen, scratch)
    for first, stop in slabs(lines.shape):
        part = lines[first:stop]
        ducc0.fft.c2c(part, axes=(1,), forward=False, out=part)
    return Lines(lines, chosen, depth, size)


def points_of(coefficients: np.ndarray, out: np.ndarray) -> None:
    """Values along grid lines.

    Parameters
    ----------
    coefficients : ndarray, shape (..., points // 2 + 1), complex64
        Coefficients along x.
    out : ndarray, shape (..., points), float32
        Receives the values.
    """
    axis = out.ndim - 1
    ducc0.fft.c2r(coefficients, axes=(axis,), lastsize=out.shape[axis], forward=False, out=out)


def low_ends(spectrum: np.ndarray, reach: int) -> List[np.ndarray]:
    """Views of the coefficients along y with indices from ``-reach`` to ``reach``."""
    points = spectrum.shape[1]
    if points <= 2 * reach + 1:
        return [spectrum]
    return [spectrum[:, : reach + 1], spectrum[:, points - reach :]]


def _lines_for(points: Tuple[int, int], reach: int, least: int) -> Tuple[int, ...]:
    """Numbers of grid lines along z and y that an interpolation between them needs."""
    return tuple(
        ducc0.fft.good_size(max(min(_LINES_PER_PERIOD * reach + 2, p), least, _FEWEST))
        for p in points
    )


def _filtered_planes(
    low: np.ndarray,
    table: np.ndarray,
    reach: int,
    lines: Tuple[int, int],
    chosen: np.ndarray,
    scratch: Scratch,
) -> np.ndarray:
    """Low-pass coefficients along y and x, and resample the planes of a grid along z.

    A few coefficients along y are worked on at a time, so that they stay in the cache, and only
    those along x that lie in the sphere of the filter.

    Parameters
    ----------
    low : ndarray, shape (mz, my, width), complex64
    table : ndarray
        Weight for every integer squared lattice radius, and a closing zero.
    reach : int
        Largest lattice index with a weight.
    lines : tuple of int
        Planes of grid lines, and grid lines in each.
    chosen : ndarray of int
        The planes that are computed.
    scratch : Scratch

    Returns
    -------
    ndarray, shape (len(chosen), lines, width), complex64
        Coefficients along y in the order of a transform, zero beyond the filter.
    """
    mz, my, width = low.shape
    depth, ly = lines
    most_z = min(reach, (mz - 1) // 2, (depth - 1) // 2)
    most_y = min(reach, (my - 1) // 2, (ly - 1) // 2)
    # The band from which the grid was made is no longer needed: its memory is used again.
    found = scratch.empty("band", (len(chosen), ly, width), np.complex64)
    found[:, most_y + 1 : ly - most_y] = 0
    for first, stop in _blocks(most_y, max(1, _SLAB_BYTES // (8 * mz * width))):
        nearest = first if first >= 0 else 1 - stop
        within = min(isqrt(len(table) - 2 - nearest**2) + 1, width)
        columns = scratch.empty("columns", (mz, stop - first, within), np.complex64)
        row = first % my
        ducc0.fft.c2c(low[:, row : row + stop - first, :within], axes=(0,), out=columns)
        filtered = scratch.empty("filtered", (depth, stop - first, within), np.complex64)
        _filter(columns, first, table, most_z, filtered)
        ducc0.fft.c2c(filtered, axes=(0,), forward=False, out=filtered)
        _take_planes(filtered, chosen, first % ly, found)
    return found


def _blocks(most: int, count: int) -> Iterator[Tuple[int, int]]:
    """First index and the one after the last of blocks of ``-most`` to ``most``, by sign."""
    for start, end in ((0, most + 1), (-most, 0)):
        for first in range(start, end, count):
            yield first, min(first + count, end)


@numba.njit(nogil=True, cache=True)
def _filter(columns, first, table, most_z, out):  # type: ignore[no-untyped-def]
    """Multiply coefficients along z by a table over the squared radius; the others become zero."""
    last = len(table) - 1
    depth, rows, width = out.shape
    for z in range(depth):
        kz = signed_index(z, depth)
        for row in range(rows):
            target = out[z, row]
            if abs(kz) > most_z:
                for x in range(width):
                    target[x] = 0
                continue
            source = columns[kz, row]
            transverse = kz * kz + (first + row) ** 2
            for x in range(width):
                target[x] = source[x] * table[min(transverse + x * x, last)]


@numba.njit(nogil=True, cache=True)
def _take_planes(filtered, chosen, first, out):  # type: ignore[no-untyped-def]
    """Copy chosen planes to rows from ``first`` on, with zeros for the coefficients they lack."""
    for plane in range(len(chosen)):
        for row in range(filtered.shape[1]):
            source, target = filtered[chosen[plane], row], out[plane, first + row]
            for x in range(len(source)):
                target[x] = source[x]
            for x in range(len(source), len(target)):
                target[x] = 0
