"""Local amplitude of the part of a map that lies in a cone and a band.

The squared monogenic amplitude ``v² + |Riesz v|²`` (Vilas et al. 2018, Structure 26, Methods; its
directional version: Vilas et al. 2020, Methods) of a map that is filtered by a double cone holds
the differences of pairs of spatial frequencies, with weight ``(1 + u . v) / 2``, and their sums,
with weight ``(1 - u . v) / 2``, at most 7 % in a cone of 30 degrees.  The low-pass filter removes
the sums.  The differences are squared moduli of directional analytic signals: inverse transforms
of *one half* of the double cone, doubled.  The component along the axis has the weight
``(1 + cu cv) / 2``, where ``c`` is the cosine to the axis.  The weight is within
``(cu - cv)² / 8``, 0.02 %, of a product of weights ``sqrt((1 + c²) / 2)``, so that this component
is the squared modulus of one signal.  Two more components are perpendicular to the axis.  They have
3 % of the power at most, and fill the zeros of the first signal.  Their squares are approximated by
their share of the local mean of its square.

One half of the cone fits in a small box of the Fourier lattice.  Moving the box to the origin does
not change the modulus.  So the amplitude is computed on a coarse grid that spans the same volume;
the taper and the low-pass filter are applied there.
"""

from __future__ import annotations

from typing import Optional, Tuple

import ducc0
import numba
import numpy as np

from ..fourier.band_grid import along_z, pad, squared
from ..fourier.partial_fourier import Lines, Wanted, low_passed_lines, slabs
from ..parallel.buffers import Scratch
from .edge_taper import Fade
from .filters import Filters
from .hard_cone import HalfCone

__all__ = ["coned_amplitude", "grid_shape"]

#: Grid points over which the signal is correlated.
_APART = 2
#: All planes of a squared signal up to this size are kept: it fits in a processor's cache.
_KEPT_BYTES = 8_000_000


def grid_shape(extent: np.ndarray, reach: int, margin: float) -> Tuple[int, ...]:
    """Points of the coarse grid per dimension.

    The square of the modulus of a band of ``B`` coefficients holds frequencies up to ``B``, its
    root some more.  The frequencies that the low-pass filter passes (up to ``reach``) must stay
    free of aliases.  Few pairs of coefficients are as far apart as the longest side of the band's
    box, so that a part of that margin is enough there.  A thin slab at the finest frequencies,
    where the low-pass filter passes more than the slab holds, needs more.

    Parameters
    ----------
    extent : ndarray, shape (3,)
        Coefficients per dimension in the band's box.
    reach : int
        Largest lattice index that the low-pass filter passes.
    margin : float
        Share of it that is kept free of aliases along the longest side.
    """
    longest = max(extent)
    more = 2 * (1 - margin) * min(max(reach / longest - 1, 0.0), 1.0)
    shares = [more + (1.0 if b == longest else margin) for b in extent]
    return tuple(
        ducc0.fft.good_size(int(b + round(share * min(b, reach)) + 3))
        for b, share in zip(extent, shares)
    )


def coned_amplitude(
    cone: HalfCone,
    filters: Filters,
    index: int,
    fade: Optional[Fade],
    scratch: Scratch,
    wanted: Optional[Wanted] = None,
) -> Optional[Lines]:
    """Low-passed amplitude at one test frequency.

    Parameters
    ----------
    cone : HalfCone
        One half of the double cone of the map's coefficients.
    filters : Filters
    index : int
        Index of the frequency in the grid.
    fade : Fade or None
        Taper that is applied to the amplitude; ``None`` for none.
    scratch : Scratch
        Buffers; the result lies in them and is valid until the next call.
    wanted : callable, optional
        Gives the planes of lines that are computed; default: all.

    Returns
    -------
    Lines or None
        Amplitude in units of the map (a plane wave of amplitude one gives one);
        ``None`` if the cone holds nothing in the band.
    """
    start = cone.start_of(filters.grid.low_foot[index])
    if start > cone.last:
        return None
    lower, upper, spans = cone.box_of(start)
    shape = grid_shape(upper - lower + 1, filters.reach(index), filters.margin)
    weights = filters.high_pass_tables[index]
    band = along_z(cone, cone.values, weights, (start, cone.last), lower, spans, shape[0], scratch)
    square = _SquaredSignal(band, spans, shape, fade, scratch)
    del band
    share = cone.transverse_power[start]

    def faded(first: int, stop: int) -> Tuple[int, np.ndarray]:
        low, high = (0, shape[1]) if fade is None else fade.rows_within(first, stop, shape)
        modulus = scratch.empty("modulus", (stop - first, high - low, shape[2]), np.float32)
        _modulus(square.about(first, stop), share, first, low, modulus)
        if fade is not None:
            fade.apply(modulus, (first, low), shape)
        return low, modulus

    table = filters.low_pass_tables[index]
    return low_passed_lines(faded, shape, filters.size, table, wanted, scratch, filters.least_lines)


class _SquaredSignal:
    """Squared modulus of the signal along the axis on a grid; zero far outside the taper.

    After the transform along z the grid is computed in slabs that fit in cache.  Only the latest
    planes of a large grid are kept.

    Parameters
    ----------
    band : ndarray, shape (mz, ey, ex), complex64
        Transformed along z (:func:`.band_grid.along_z`).
    spans : ndarray, shape (ey, 2)
        For every row along x: first coefficient, and the position after the last.
    shape : tuple of int
        Points of the grid.
    fade : Fade or None
    scratch : Scratch
    """

    def __init__(
        self,
        band: np.ndarray,
        spans: np.ndarray,
        shape: Tuple[int, ...],
        fade: Optional[Fade],
        scratch: Scratch,
    ) -> None:
        self._shape, self._fade, self._scratch = shape, fade, scratch
        # Set to None when all planes are computed, so that its buffer may grow.
        self._band: Optional[np.ndarray] = band
        self._spans = spans
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
        """Planes from ``first`` up to ``stop``, and those near them; call in ascending order.

        Returns
        -------
        ndarray, shape (kept, my, mx), float32
            Plane ``z`` is number ``z % kept``.
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
        """Compute consecutive planes; the range does not cross the border of the box."""
        mz, my, mx = self._shape
        begin = first % mz
        assert self._band is not None
        band = self._band[begin : begin + stop - first]
        ex = band.shape[2]
        box = self._scratch.empty("box", (stop - first, my, mx), np.complex64)
        pad(band, self._spans, box)
        ducc0.fft.c2c(box[:, :, :ex], axes=(1,), forward=False, out=box[:, :, :ex])
        low, high = 0, my
        if self._fade is not None:
            planes = begin, begin + stop - first
            low, high = self._fade.rows_within(*planes, self._shape, _APART)
        rows = box[:, low:high]
        ducc0.fft.c2c(rows, axes=(2,), forward=False, out=rows)
        squared(box, low, high, self._kept, first)


@numba.njit(nogil=True, cache=True)
def _modulus(square, transverse, first, low, out):  # type: ignore[no-untyped-def]
    """Root of the square and a share of its local mean, from plane ``first`` and row ``low`` on.

    The local mean is over the six points two grid points away, the distance over which the signal
    is correlated.  Rows whose neighbours all lie in their plane are treated as one long row, which
    avoids the remainders of vectorised loops; then the ends of all rows are computed again.
    """
    kept, my, mx = square.shape
    planes, moduli = square.reshape(kept, my * mx), out.reshape(len(out), -1)
    share = transverse / np.float32(6.0)
    rows = out.shape[1]
    origin, next_row = low * mx, _APART * mx
    inner, outer = min(max(low, _APART), low + rows), max(min(low + rows, my - _APART), low)
    for plane in range(len(out)):
        z = first + plane
        own, above = planes[z % kept], planes[(z + _APART) % kept]
        below, target = planes[(z - _APART) % kept], moduli[plane]
        y = low
        while y < low + rows:
            whole = inner <= y < outer
            left = -next_row if y >= _APART else my * mx - next_row
            right = next_row if y < my - _APART else next_row - my * mx
            stop = outer if whole else y + 1
            begin, end = y * mx + _APART, stop * mx - _APART
            _roots(own, above, below, begin, end, left, right, share, target, origin)
            for row in range(y, stop):
                begin, end = row * mx, (row + 1) * mx
                _ends_of_row(own, above, below, begin, end, left, right, share, target, origin)
            y = stop


@numba.njit(nogil=True, cache=True, fastmath=True)
def _roots(  # type: ignore[no-untyped-def]
    own, above, below, begin, end, left, right, share, out, origin
):
    """Points of a plane from ``begin`` to ``end``, not at the ends of rows.

    ``left`` and ``right`` are the offsets of their neighbours along y.
    """
    here, up, down = own[begin:end], above[begin:end], below[begin:end]
    one, other = own[begin + left : end + left], own[begin + right : end + right]
    before, behind = own[begin - _APART : end - _APART], own[begin + _APART : end + _APART]
    target = out[begin - origin : end - origin]
    for i in range(len(target)):
        around = up[i] + down[i] + one[i] + other[i] + before[i] + behind[i]
        target[i] = np.sqrt(here[i] + share * around)


@numba.njit(nogil=True, cache=True)
def _ends_of_row(own, above, below, begin, end, left, right, share, out, origin):  # type: ignore[no-untyped-def]
    """The points of a row whose neighbours along x lie at its other end."""
    for x in range(_APART):
        near, far = begin + x, end - _APART + x
        around = above[near] + below[near] + own[near + left] + own[near + right]
        around += own[far] + own[near + _APART]
        out[near - origin] = np.sqrt(own[near] + share * around)
        around = above[far] + below[far] + own[far + left] + own[far + right]
        around += own[far - _APART] + own[near]
        out[far - origin] = np.sqrt(own[far] + share * around)
