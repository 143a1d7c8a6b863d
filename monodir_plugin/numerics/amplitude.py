"""Local amplitude of the part of a map that lies in a cone and a band.

The squared monogenic amplitude ``v² + |Riesz v|²`` (Vilas et al. 2018, Structure
26, Methods; its directional version: Vilas et al. 2020, Methods) of a map
filtered by a double cone holds difference frequencies of pairs of waves, with
weight ``(1 + u . v) / 2``, and sum frequencies, with weight ``(1 - u . v) / 2``,
at most 7 % in a cone of 30 degrees.  The low-pass filter removes the latter.  The
former are squared moduli of directional analytic signals, inverse transforms of
*one half* of the double cone, doubled.  Along the axis ``(1 + cu cv) / 2`` (``c`` the
cosine to the axis) is within ``(cu - cv)² / 8``, 0.02 %, of a product of weights
``sqrt((1 + c²) / 2)``: one signal.  Across the axis there are two more components, with
3 % of the power at most, which fill the zeros of the first signal.  Their squares
are taken as their share of the local mean of the square of the first.

That half fits in a small box of the Fourier lattice, and moving the box to the
origin leaves the modulus as it is.  So the amplitude comes out on a coarse
grid that spans the same volume; fading and the low-pass filter are applied
there.
"""

from __future__ import annotations

from typing import Optional, Tuple

import ducc0
import numba
import numpy as np

from .cone import HalfCone
from .fade import Fade
from .filters import Filters
from .lines import Lines, Wanted, low_passed_lines, slabs
from .scratch import Scratch

__all__ = ["coned_amplitude", "grid_shape"]

#: Grid points over which the signal is correlated.
_APART = 2
#: Of a squared signal up to this size all planes are kept: it stays in a processor's cache.
_KEPT_BYTES = 8_000_000


def grid_shape(extent: np.ndarray, reach: int) -> Tuple[int, ...]:
    """Points of the coarse grid per dimension.

    The square of the modulus of a band of ``B`` coefficients holds frequencies
    up to ``B``, its root some more.  What the low-pass filter lets through (up
    to ``reach``) must stay free of aliases.

    Parameters
    ----------
    extent : ndarray, shape (3,)
        Coefficients per dimension in the band's box.
    reach : int
        Largest lattice index that the low-pass filter lets through.
    """
    return tuple(ducc0.fft.good_size(int(b + min(b, reach) + 3)) for b in extent)


def coned_amplitude(
    cone: HalfCone,
    filters: Filters,
    rung: int,
    fade: Optional[Fade],
    scratch: Scratch,
    wanted: Optional[Wanted] = None,
) -> Optional[Lines]:
    """Low-passed amplitude at a rung.

    Parameters
    ----------
    cone : HalfCone
        One half of the double cone of the map's coefficients.
    filters : Filters
    rung : int
        Which rung of the ladder.
    fade : Fade or None
        Applied to the amplitude; ``None`` for none.
    scratch : Scratch
        Memory to work in; what is returned lies in it, until the next call.
    wanted : callable, optional
        The planes of lines that are made; default: all.

    Returns
    -------
    Lines or None
        Amplitude in units of the map (a plane wave of amplitude one gives one);
        ``None`` if the cone holds nothing in the band.
    """
    start = cone.start_of(filters.ladder.low_foot[rung])
    if start == len(cone.radii):
        return None
    extent = cone.upper[start] - cone.lower[start] + 1
    shape = grid_shape(extent, filters.reach(rung))
    square = _SquaredSignal(cone, start, _weights(cone, start, filters, rung), shape, fade, scratch)
    across = cone.across[start]

    def faded(first: int, stop: int) -> Tuple[int, np.ndarray]:
        low, high = (0, shape[1]) if fade is None else fade.rows_within(first, stop, shape)
        modulus = scratch.empty("modulus", (stop - first, high - low, shape[2]), np.float32)
        _modulus(square.about(first, stop), across, first, low, modulus)
        if fade is not None:
            fade.apply(modulus, (first, low), shape)
        return low, modulus

    return low_passed_lines(faded, shape, filters, rung, wanted, scratch)


def _weights(cone: HalfCone, start: int, filters: Filters, rung: int) -> np.ndarray:
    """High-pass filter and scale of the coefficients from ``start`` on."""
    flank = cone.radii[start : cone.start_of(filters.ladder.frequency[rung])]
    weights = np.full(len(cone.radii) - start, 2.0 / float(filters.size) ** 3, np.float32)
    weights[: len(flank)] *= filters.high_pass(rung, flank)
    return weights


class _SquaredSignal:
    """Squared modulus of the signal along the axis on a grid; zero far from what is not faded.

    After the transform along z the grid is made in slabs that stay in cache.  Of a large grid
    only the planes last made are kept.

    Parameters
    ----------
    cone : HalfCone
    start : int
        First coefficient of the band.
    weights : ndarray, float32
        Of the coefficients from there on.
    shape : tuple of int
        Points of the grid.
    fade : Fade or None
    scratch : Scratch
    """

    def __init__(
        self,
        cone: HalfCone,
        start: int,
        weights: np.ndarray,
        shape: Tuple[int, ...],
        fade: Optional[Fade],
        scratch: Scratch,
    ) -> None:
        self._shape, self._fade, self._scratch = shape, fade, scratch
        self._band: Optional[np.ndarray]  # Until all planes are made.
        self._band, self._spans = _along_z(cone, start, weights, shape[0], scratch)
        self._whole = 4 * shape[0] * shape[1] * shape[2] <= _KEPT_BYTES
        thick = max(stop - first for first, stop in slabs(shape)) + 2 * _APART
        kept = shape[0] if self._whole else min(thick, shape[0])
        self._kept = scratch.empty("square", (kept, *shape[1:]), np.float32)
        if self._whole:
            for first, stop in slabs(shape):
                self._make(first, stop)
            self._band = None
        # Planes wrap around: those before the first are the last ones.
        self._next = -_APART

    def about(self, first: int, stop: int) -> np.ndarray:
        """Planes from ``first`` on and before ``stop``, and those near them.

        Returns
        -------
        ndarray, shape (kept, my, mx), float32
            Plane ``z`` is number ``z % kept``.  To be asked for in the order of planes.
        """
        mz = self._shape[0]
        for start, end in ((-_APART, 0), (0, mz), (mz, mz + _APART)):
            end = min(end, stop + _APART)
            if start <= self._next < end and not self._whole:
                self._make(self._next, end)
                self._next = end
        if stop == mz:
            self._band = None
        return self._kept

    def _make(self, first: int, stop: int) -> None:
        """Planes that lie one after the other in the box, too."""
        mz, my, mx = self._shape
        begin = first % mz
        band = self._band[begin : begin + stop - first]
        ex = band.shape[2]
        box = self._scratch.empty("box", (stop - first, my, mx), np.complex64)
        _pad(band, self._spans, box)
        ducc0.fft.c2c(box[:, :, :ex], axes=(1,), forward=False, out=box[:, :, :ex])
        low, high = 0, my
        if self._fade is not None:
            planes = begin, begin + stop - first
            low, high = self._fade.rows_within(*planes, self._shape, _APART)
        rows = box[:, low:high]
        ducc0.fft.c2c(rows, axes=(2,), forward=False, out=rows)
        _squared(box, low, high, self._kept, first)


def _along_z(
    cone: HalfCone, start: int, weights: np.ndarray, mz: int, scratch: Scratch
) -> Tuple[np.ndarray, np.ndarray]:
    """The band in a box as small as can be, transformed along z to ``mz`` points.

    Returns
    -------
    band : ndarray, shape (mz, ey, ex), complex64
        Of any content outside the spans.
    spans : ndarray, shape (ey, 2), int32
        Of every row along x: the first that holds something, and the one after the last.
    """
    lower, upper = cone.lower[start], cone.upper[start]
    _, ey, ex = upper - lower + 1
    indices = cone.indices[start:]
    spans = _spans(indices, lower, ey, ex)
    band = scratch.turn((mz, ey, ex), np.complex64)
    filled = []
    for first, stop in slabs((ey, mz, ex)):
        left, right = spans[first:stop, 0].min(), spans[first:stop, 1].max()
        if left < right:
            filled.append(band[:, first:stop, left:right])
            filled[-1].fill(0)
    _place(band, indices, lower, cone.values[start:], weights)
    for part in filled:
        ducc0.fft.c2c(part, axes=(0,), forward=False, out=part)
    return band, spans


@numba.njit(nogil=True, cache=True)
def _spans(indices, lower, rows, length):  # type: ignore[no-untyped-def]
    """Of every row of a box that starts at ``lower``: its first coefficient, and past the last."""
    spans = np.empty((rows, 2), np.int32)
    for y in range(rows):
        spans[y, 0], spans[y, 1] = length, 0
    for i in range(len(indices)):
        y, x = indices[i, 1] - lower[1], indices[i, 2] - lower[2]
        spans[y, 0] = min(spans[y, 0], x)
        spans[y, 1] = max(spans[y, 1], x + 1)
    return spans


@numba.njit(nogil=True, cache=True)
def _place(box, indices, lower, values, weights):  # type: ignore[no-untyped-def]
    """Put weighted coefficients where they belong in a box that starts at ``lower``."""
    for i in range(len(values)):
        z, y, x = indices[i, 0] - lower[0], indices[i, 1] - lower[1], indices[i, 2] - lower[2]
        box[z, y, x] = values[i] * weights[i]


@numba.njit(nogil=True, cache=True)
def _pad(band, spans, box):  # type: ignore[no-untyped-def]
    """Copy the spans of rows to the corner of every plane of a larger box, with zeros about them.

    Element by element: assignments of slices take seconds to compile.
    """
    planes, my, mx = box.shape
    ey = band.shape[1]
    for z in range(planes):
        for y in range(my):
            target = box[z, y]
            left, right = (spans[y, 0], spans[y, 1]) if y < ey else (mx, mx)
            for x in range(min(left, mx)):
                target[x] = 0
            for x in range(left, right):
                target[x] = band[z, y, x]
            for x in range(max(left, right), mx):
                target[x] = 0


@numba.njit(nogil=True, cache=True, fastmath=True)
def _squared(box, low, high, out, first):  # type: ignore[no-untyped-def]
    """Squared modulus in the rows from ``low`` on and before ``high``, zero in the others.

    Plane ``z`` of the box is number ``first + z`` of the grid.
    """
    for z in range(len(box)):
        plane = out[(first + z) % len(out)]
        plane[:low] = 0
        plane[high:] = 0
        for y in range(low, high):
            source, target = box[z, y], plane[y]
            for x in range(len(source)):
                target[x] = source[x].real * source[x].real + source[x].imag * source[x].imag


@numba.njit(nogil=True, cache=True, fastmath=True)
def _modulus(square, across, first, low, out):  # type: ignore[no-untyped-def]
    """Root of a square and a share of its local mean, for planes and rows from some on.

    The local mean is that of six points two grid points away: as far as the signal is correlated.
    """
    kept, my, mx = square.shape
    share = across / np.float32(6.0)
    for plane in range(out.shape[0]):
        for line in range(out.shape[1]):
            z, y = first + plane, low + line
            own, row = square[z % kept, y], out[plane, line]
            above, below = square[(z + _APART) % kept, y], square[(z - _APART) % kept, y]
            left, right = square[z % kept, (y + _APART) % my], square[z % kept, (y - _APART) % my]
            for x in range(mx):
                row[x] = own[x] + share * (above[x] + below[x] + left[x] + right[x])
            before, behind, middle = own[: mx - 2 * _APART], own[2 * _APART :], row[_APART:]
            for x in range(mx - 2 * _APART):
                middle[x] += share * (before[x] + behind[x])
            for end in range(-_APART, _APART):
                row[end % mx] += share * (own[(end - _APART) % mx] + own[(end + _APART) % mx])
            for x in range(mx):
                row[x] = np.sqrt(row[x])
