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
from .lines import Lines, low_passed_lines
from .scratch import Scratch

__all__ = ["coned_amplitude", "coned_modulus", "grid_shape"]


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

    Parameters and value as for :func:`coned_modulus`, but low-passed.
    """
    modulus = coned_modulus(cone, filters, rung, fade, scratch)
    return None if modulus is None else low_passed_lines(modulus, filters, rung, scratch)


def coned_modulus(
    cone: HalfCone, filters: Filters, rung: int, fade: Optional[Fade], scratch: Scratch
) -> Optional[np.ndarray]:
    """Amplitude at a rung, before it is low-passed.

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
    ndarray, shape (mz, my, mx), float32, or None
        Amplitude in units of the map (a plane wave of amplitude one gives one), on a coarse grid;
        ``None`` if the cone holds nothing in the band.
    """
    start = cone.start_of(filters.ladder.low_foot[rung])
    if start == len(cone.radii):
        return None
    flank = cone.radii[start : cone.start_of(filters.ladder.frequency[rung])]
    weights = np.full(len(cone.radii) - start, 2.0 / float(filters.size) ** 3, np.float32)
    weights[: len(flank)] *= filters.high_pass(rung, flank)
    lower = cone.lower[start]
    extent = cone.upper[start] - lower + 1
    shape = grid_shape(extent, filters.reach(rung))
    box = scratch.zeros("box", shape, np.complex64)
    _place(box, cone.indices[start:], lower, cone.values[start:], weights)
    for part, axis in ((box[: extent[0], : extent[1]], 2), (box[: extent[0]], 1), (box, 0)):
        ducc0.fft.c2c(part, axes=(axis,), forward=False, out=part)
    square = _squared(box, scratch.empty("square", shape, np.float32))
    modulus = _modulus(square, cone.across[start], scratch.empty("modulus", shape, np.float32))
    if fade is not None:
        fade.apply(modulus)
    return modulus


@numba.njit(nogil=True, cache=True)
def _place(box, indices, lower, values, weights):  # type: ignore[no-untyped-def]
    """Put weighted coefficients where they belong in a box that starts at ``lower``."""
    for i in range(len(values)):
        z, y, x = indices[i, 0] - lower[0], indices[i, 1] - lower[1], indices[i, 2] - lower[2]
        box[z, y, x] = values[i] * weights[i]


@numba.njit(nogil=True, cache=True, fastmath=True)
def _squared(box, out):  # type: ignore[no-untyped-def]
    """Squared modulus."""
    source, target = box.ravel(), out.ravel()
    for i in range(source.size):
        target[i] = source[i].real * source[i].real + source[i].imag * source[i].imag
    return out


@numba.njit(nogil=True, cache=True, fastmath=True)
def _modulus(square, across, out):  # type: ignore[no-untyped-def]
    """Root of a square and a share of its local mean.

    The local mean is that of six points two grid points away: as far as the signal is correlated.
    """
    mz, my, mx = square.shape
    share = across / np.float32(6.0)
    for z in range(mz):
        for y in range(my):
            own, row = square[z, y], out[z, y]
            above, below = square[(z + 2) % mz, y], square[(z - 2) % mz, y]
            left, right = square[z, (y + 2) % my], square[z, (y - 2) % my]
            for x in range(mx):
                row[x] = own[x] + share * (above[x] + below[x] + left[x] + right[x])
            before, behind, middle = own[: mx - 4], own[4:], row[2:]
            for x in range(mx - 4):
                middle[x] += share * (before[x] + behind[x])
            for end in (0, 1, mx - 2, mx - 1):
                row[end] += share * (own[(end - 2) % mx] + own[(end + 2) % mx])
            for x in range(mx):
                row[x] = np.sqrt(row[x])
    return out
