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
from .lines import Lines, low_passed_lines, slabs
from .scratch import Scratch

__all__ = ["coned_amplitude", "grid_shape"]

#: Grid points over which the signal is correlated.
_APART = 2


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
    cone: HalfCone, filters: Filters, rung: int, fade: Optional[Fade], scratch: Scratch
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
    weights = _weights(cone, start, filters, rung)
    square = _squared_signal(cone, start, weights, shape, fade, scratch)
    across = cone.across[start]

    def faded(first: int, stop: int) -> Tuple[int, np.ndarray]:
        low, high = (0, shape[1]) if fade is None else fade.rows_within(first, stop, shape)
        modulus = scratch.empty("modulus", (stop - first, high - low, shape[2]), np.float32)
        _modulus(square, across, first, low, modulus)
        if fade is not None:
            fade.apply(modulus, (first, low), shape)
        return low, modulus

    return low_passed_lines(faded, shape, filters, rung, scratch)


def _weights(cone: HalfCone, start: int, filters: Filters, rung: int) -> np.ndarray:
    """High-pass filter and scale of the coefficients from ``start`` on."""
    flank = cone.radii[start : cone.start_of(filters.ladder.frequency[rung])]
    weights = np.full(len(cone.radii) - start, 2.0 / float(filters.size) ** 3, np.float32)
    weights[: len(flank)] *= filters.high_pass(rung, flank)
    return weights


def _squared_signal(
    cone: HalfCone,
    start: int,
    weights: np.ndarray,
    shape: Tuple[int, ...],
    fade: Optional[Fade],
    scratch: Scratch,
) -> np.ndarray:
    """Squared modulus of the signal along the axis, on a grid; zero far from what is not faded.

    After the transform along z the grid is worked on in slabs that stay in cache.
    """
    lower, upper = cone.lower[start], cone.upper[start]
    _, ey, ex = upper - lower + 1
    mz, my, mx = shape
    band = scratch.zeros("band", (mz, ey, ex), np.complex64)
    _place(band, cone.indices[start:], lower, cone.values[start:], weights)
    ducc0.fft.c2c(band, axes=(0,), forward=False, out=band)
    square = scratch.empty("square", shape, np.float32)
    for first, stop in slabs(shape):
        box = scratch.empty("box", (stop - first, my, mx), np.complex64)
        _pad(band[first:stop], box)
        ducc0.fft.c2c(box[:, :, :ex], axes=(1,), forward=False, out=box[:, :, :ex])
        low, high = (0, my) if fade is None else fade.rows_within(first, stop, shape, _APART)
        rows = box[:, low:high]
        ducc0.fft.c2c(rows, axes=(2,), forward=False, out=rows)
        _squared(box, low, high, square[first:stop])
    return square


@numba.njit(nogil=True, cache=True)
def _place(box, indices, lower, values, weights):  # type: ignore[no-untyped-def]
    """Put weighted coefficients where they belong in a box that starts at ``lower``."""
    for i in range(len(values)):
        z, y, x = indices[i, 0] - lower[0], indices[i, 1] - lower[1], indices[i, 2] - lower[2]
        box[z, y, x] = values[i] * weights[i]


@numba.njit(nogil=True, cache=True)
def _pad(band, box):  # type: ignore[no-untyped-def]
    """Copy to the corner of every plane of a larger box, with zeros about it.

    Element by element: assignments of slices take seconds to compile.
    """
    planes, my, mx = box.shape
    _, ey, ex = band.shape
    for z in range(planes):
        for y in range(my):
            target = box[z, y]
            filled = ex if y < ey else 0
            for x in range(filled):
                target[x] = band[z, y, x]
            for x in range(filled, mx):
                target[x] = 0


@numba.njit(nogil=True, cache=True, fastmath=True)
def _squared(box, low, high, out):  # type: ignore[no-untyped-def]
    """Squared modulus in the rows from ``low`` on and before ``high``, zero in the others."""
    for z in range(len(box)):
        out[z, :low] = 0
        out[z, high:] = 0
        for y in range(low, high):
            source, target = box[z, y], out[z, y]
            for x in range(len(source)):
                target[x] = source[x].real * source[x].real + source[x].imag * source[x].imag


@numba.njit(nogil=True, cache=True, fastmath=True)
def _modulus(square, across, first, low, out):  # type: ignore[no-untyped-def]
    """Root of a square and a share of its local mean, for planes and rows from some on.

    The local mean is that of six points two grid points away: as far as the signal is correlated.
    """
    mz, my, mx = square.shape
    share = across / np.float32(6.0)
    for plane in range(out.shape[0]):
        for line in range(out.shape[1]):
            z, y = first + plane, low + line
            own, row = square[z, y], out[plane, line]
            above, below = square[(z + _APART) % mz, y], square[(z - _APART) % mz, y]
            left, right = square[z, (y + _APART) % my], square[z, (y - _APART) % my]
            for x in range(mx):
                row[x] = own[x] + share * (above[x] + below[x] + left[x] + right[x])
            before, behind, middle = own[: mx - 2 * _APART], own[2 * _APART :], row[_APART:]
            for x in range(mx - 2 * _APART):
                middle[x] += share * (before[x] + behind[x])
            for end in range(-_APART, _APART):
                row[end % mx] += share * (own[(end - _APART) % mx] + own[(end + _APART) % mx])
            for x in range(mx):
                row[x] = np.sqrt(row[x])
