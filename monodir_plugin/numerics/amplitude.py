"""Local amplitude of the part of a map that lies in a cone and a band.

The squared monogenic amplitude ``v² + |Riesz v|²`` (Vilas et al. 2018, Structure
26, Methods; its directional version: Vilas et al. 2020, Methods) of a map
filtered by a double cone holds difference frequencies of pairs of waves, with
weight ``(1 + u . v) / 2``, and sum frequencies, with weight ``(1 - u . v) / 2``,
at most 7 % in a cone of 30 degrees.  The low-pass filter removes the latter.  The
former are squared moduli of directional analytic signals, inverse transforms of
*one half* of the double cone, doubled.  Along the axis ``(1 + cu cv) / 2`` (``c`` the
cosine to the axis) is within ``(cu - cv)² / 8``, 0.02 %, of a product of weights
``sqrt((1 + c²) / 2)``: one signal.  Across the axis there are two components with 3 % of
the power at most, which fill the zeros of the first signal.  One signal with
the weight ``(u1 + i u2) / sqrt(2)`` stands for both: it has the power of the two, and is
independent of the first at any one point, as they are.

That half fits in a small box of the Fourier lattice, and moving the box to the
origin leaves the moduli as they are.  So the amplitude comes out on a coarse
grid that spans the same volume; fading and the low-pass filter are applied
there.
"""

from __future__ import annotations

from typing import Callable, List, Tuple

import numba
import numpy as np
import scipy.fft

from .cone import HalfCone
from .fade import Fade
from .ladder import Ladder

__all__ = ["Filters", "coned_amplitude", "grid_shape", "low_pass"]

#: Small boxes hold few independent noise values, which are sampled the more finely: on a grid
#: of at least this many points over the square of the box's side, but no more than ENOUGH_POINTS.
POINTS_TIMES_SQUARED_SIZE = 1.6e9
ENOUGH_POINTS = 500_000


class Filters:
    """High-pass and low-pass filters of every rung, as tables.

    Parameters
    ----------
    ladder : Ladder
    size : int
        Box side in voxels.
    """

    def __init__(self, ladder: Ladder, size: int) -> None:
        self.ladder = ladder
        self.size = size
        self.low_pass_tables = [
            self._low_pass_table(f, foot) for f, foot in zip(ladder.frequency, ladder.high_foot)
        ]

    def high_pass(self, rung: int, radii: np.ndarray) -> np.ndarray:
        """Weight at each spatial frequency (cycles per voxel), float32."""
        frequency, foot = self.ladder.frequency[rung], self.ladder.low_foot[rung]
        rise = np.clip((radii - foot) / (frequency - foot), 0.0, 1.0)
        return (0.5 * (1 - np.cos(np.pi * rise))).astype(np.float32)

    def reach(self, rung: int) -> int:
        """Largest lattice index that the low-pass filter lets through."""
        return int(self.ladder.high_foot[rung] * self.size + 1e-6)

    def _low_pass_table(self, frequency: float, foot: float) -> np.ndarray:
        """Weight for every integer squared lattice radius up to the foot, and a closing zero."""
        squares = np.arange(int((foot * self.size) ** 2 + 1e-6) + 1)
        fall = np.clip((np.sqrt(squares) / self.size - frequency) / (foot - frequency), 0.0, 1.0)
        return np.append(0.5 * (1 + np.cos(np.pi * fall)), 0.0).astype(np.float32)


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
    return tuple(scipy.fft.next_fast_len(int(b + min(b, reach) + 3)) for b in extent)


def _dense_enough(shape: Tuple[int, ...], size: int) -> Tuple[int, ...]:
    """The grid made finer where it has too few points for a quantile of the noise."""
    wanted = min(POINTS_TIMES_SQUARED_SIZE / size**2, ENOUGH_POINTS)
    factor = max(1.0, (wanted / np.prod(shape)) ** (1 / 3))
    return tuple(scipy.fft.next_fast_len(int(np.ceil(points * factor))) for points in shape)


def coned_amplitude(cone: HalfCone, filters: Filters, rung: int, fade: Fade) -> np.ndarray:
    """Faded and low-passed amplitude at a rung, on a coarse grid.

    Parameters
    ----------
    cone : HalfCone
        One half of the double cone of the map's coefficients.
    filters : Filters
    rung : int
        Which rung of the ladder.
    fade : Fade

    Returns
    -------
    ndarray, shape (mz, my, mx), float32
        Amplitude in units of the map (a plane wave of amplitude one gives
        one) on a grid whose point ``m`` lies at voxel ``m * N / M``; of size
        zero if the cone holds nothing in the band.
    """
    start = cone.start_of(filters.ladder.low_foot[rung])
    if start == len(cone.radii):
        return np.zeros((0, 0, 0), np.float32)
    weights = filters.high_pass(rung, cone.radii[start:])
    weights *= np.float32(2.0 / float(filters.size) ** 3)
    lower = cone.lower[start]
    extent = cone.upper[start] - lower + 1
    shape = grid_shape(extent, filters.reach(rung))
    place = cone.indices[start:] - lower
    modulus = _faded_modulus(
        _signal(cone.along[start:] * weights, place, extent, shape),
        _signal(cone.across[start:] * weights, place, extent, shape),
        fade.size,
        fade.outer,
        fade.width,
    )
    return low_pass(
        modulus,
        filters.low_pass_tables[rung],
        filters.reach(rung),
        _dense_enough(shape, filters.size),
    )


def low_pass(
    grid: np.ndarray,
    table: np.ndarray,
    reach: int,
    shape: Tuple[int, ...],
    threads: int = 1,
) -> np.ndarray:
    """Low-pass a real periodic grid, with transforms only as large as the band.

    Parameters
    ----------
    grid : ndarray, shape (mz, my, mx), float32
        Values; overwritten.
    table : ndarray, float32
        Weight for every integer squared lattice radius, the last one zero.
    reach : int
        Largest lattice index that the filter lets through.
    shape : tuple of int
        Points of the grid that is returned: no fewer than in ``grid``.
    threads : int
        Threads for the transforms.

    Returns
    -------
    ndarray of the shape asked for, float32
    """
    mz, my, mx = shape
    scale = np.float32(np.prod(shape) / grid.size)
    with scipy.fft.set_workers(threads):
        kept = scipy.fft.rfft(grid, axis=2)[:, :, : reach + 1]
        _in_place(scipy.fft.fft, kept, 1)
        for part in _low_ends(kept, 1, reach):
            _in_place(scipy.fft.fft, part, 0)
        padded = np.zeros((mz, my, mx // 2 + 1), np.complex64)
        _place_weighted(kept, padded, table, reach, scale)
        band = padded[:, :, : reach + 1]
        for part in _low_ends(band, 1, reach):
            _in_place(scipy.fft.ifft, part, 0)
        _in_place(scipy.fft.ifft, band, 1)
        return scipy.fft.irfft(padded, n=mx, axis=2, overwrite_x=True)


def _signal(
    coefficients: np.ndarray, place: np.ndarray, extent: np.ndarray, shape: Tuple[int, ...]
) -> np.ndarray:
    """Inverse transform of a band moved to the origin; empty lines are never transformed."""
    box = np.zeros(shape, np.complex64)
    box[place[:, 0], place[:, 1], place[:, 2]] = coefficients
    for part, axis in ((box[: extent[0], : extent[1]], 2), (box[: extent[0]], 1), (box, 0)):
        _in_place(scipy.fft.ifft, part, axis, "forward")
    return box


def _in_place(
    transform: Callable[..., np.ndarray], view: np.ndarray, axis: int, norm: str = "backward"
) -> None:
    """Transform a view in its own memory: fresh memory costs more than the transform."""
    out = transform(view, axis=axis, norm=norm, overwrite_x=True)
    if not np.may_share_memory(out, view):
        view[...] = out


def _low_ends(spectrum: np.ndarray, axis: int, reach: int) -> List[np.ndarray]:
    """Views of the coefficients up to ``reach`` of both signs along an axis."""
    turned = np.moveaxis(spectrum, axis, 0)
    if len(turned) <= 2 * reach + 1:
        return [spectrum]
    parts = [turned[: reach + 1], turned[len(turned) - reach :]]
    return [np.moveaxis(part, 0, axis) for part in parts]


@numba.njit(nogil=True, cache=True)
def _place_weighted(kept, padded, table, reach, scale):  # type: ignore[no-untyped-def]
    """Filter the low coefficients of one grid into those of a grid at least as fine."""
    last = len(table) - 1
    depth, height, width = kept.shape
    for z in range(depth):
        kz = z if z <= depth // 2 else z - depth
        if abs(kz) > reach:
            continue
        for y in range(height):
            ky = y if y <= height // 2 else y - height
            if abs(ky) > reach:
                continue
            target = padded[kz % padded.shape[0], ky % padded.shape[1]]
            for x in range(width):
                weight = table[min(kz * kz + ky * ky + x * x, last)]
                target[x] = kept[z, y, x] * (scale * weight)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _faded_modulus(along, across, size, outer, width):  # type: ignore[no-untyped-def]
    """Root of the sum of two squared moduli, faded; most rows need no fading."""
    mz, my, mx = along.shape
    centre = size // 2
    inner = max(outer - width, 0.0)
    out = np.empty((mz, my, mx), np.float32)
    for z in range(mz):
        for y in range(my):
            a, b, row = along[z, y], across[z, y], out[z, y]
            offside = (z * size / mz - centre) ** 2 + (y * size / my - centre) ** 2
            row[:] = 0
            if offside >= outer * outer:
                continue
            reach = np.sqrt(outer * outer - offside)
            start = max(int(np.ceil((centre - reach) * mx / size)), 0)
            stop = min(int(np.floor((centre + reach) * mx / size)) + 1, mx)
            for x in range(start, stop):
                total = a[x].real * a[x].real + a[x].imag * a[x].imag
                total += b[x].real * b[x].real + b[x].imag * b[x].imag
                row[x] = np.sqrt(total)
            # Beyond this far from the centre along the row the amplitude fades.
            clear = np.sqrt(inner * inner - offside) if offside < inner * inner else 0.0
            first = max(int(np.ceil((centre - clear) * mx / size)), start)
            last = min(int(np.floor((centre + clear) * mx / size)) + 1, stop)
            for x in range(start, stop):
                if x < first or x >= last:
                    radius = np.sqrt(offside + (x * size / mx - centre) ** 2)
                    inward = min(max((outer - radius) / width, 0.0), 1.0)
                    row[x] *= np.float32(0.5 * (1 - np.cos(np.pi * inward)))
    return out
