"""A band of the coefficients of a half cone as an analytic signal on a coarse grid.

The band fits into a small box of the Fourier lattice.  Shifting that box to the origin does not
change the modulus of the inverse transform, so that a grid with as many points as the box has
coefficients, which spans the whole map, is fine enough for the signal.
"""

from __future__ import annotations

from typing import Protocol, Tuple

import ducc0
import numba
import numpy as np

from ..parallel.buffers import Scratch
from .lattice_runs import part_within
from .partial_fourier import slabs

__all__ = ["Cone", "along_z", "pad", "squared"]


class Cone(Protocol):
    """Coefficients of a half cone, with a hard edge or a soft one."""

    @property
    def size(self) -> int:
        """Side of the box in voxels."""

    @property
    def runs(self) -> np.ndarray:
        """As of :func:`.lattice_runs.runs_of`, shape (m, 4), int32."""

    @property
    def squares(self) -> np.ndarray:
        """Squared distances of the coefficients from the origin, shape (n,), int32."""


def along_z(
    cone: Cone,
    values: np.ndarray,
    weights: np.ndarray,
    within: Tuple[int, int],
    lower: np.ndarray,
    spans: np.ndarray,
    points: int,
    scratch: Scratch,
) -> np.ndarray:
    """Place the band in a box that starts at ``lower``, and transform it along z.

    Parameters
    ----------
    cone : Cone
    values : ndarray, shape (n,), complex64
        Its coefficients.
    weights : ndarray, float32
        Factors for the coefficients, for every squared distance from the origin.
    within : tuple of int
        Smallest and largest squared distance of the band.
    lower, spans
        Of the band's box (:func:`.lattice_runs.box_of`).  Slabs of rows are transformed together:
        the ``spans`` of all rows of a slab are widened to the same, in place.
    points : int
        Points of the grid along z.
    scratch : Scratch

    Returns
    -------
    ndarray, shape (points, ey, ex), complex64
        In memory of ``scratch``; its values outside the spans are arbitrary.
    """
    rows, length = len(spans), int(spans[:, 1].max())
    band = scratch.empty("band", (points, rows, length), np.complex64)
    parts = []
    for first, stop in slabs((rows, points, length)):
        left, right = int(spans[first:stop, 0].min()), int(spans[first:stop, 1].max())
        spans[first:stop] = left, right
        if left < right:
            parts.append(band[:, first:stop, left:right])
    scale = np.float32(2.0 / float(cone.size) ** 3)
    _place(band, spans, cone.runs, values, cone.squares, weights, scale, *within, lower)
    for part in parts:
        ducc0.fft.c2c(part, axes=(0,), forward=False, out=part)
    return band


@numba.njit(nogil=True, cache=True)
def _place(  # type: ignore[no-untyped-def]
    box, spans, runs, values, squares, weights, scale, nearest, furthest, lower
):
    """Copy weighted coefficients into a box, and zeros elsewhere in the spans."""
    for plane in box:
        for y in range(len(plane)):
            row = plane[y, spans[y, 0] : max(spans[y, 0], spans[y, 1])]
            for x in range(len(row)):
                row[x] = 0
    first, last = 0, len(weights) - 1
    for run in range(len(runs)):
        z, y, x, stop = runs[run, 0], runs[run, 1], runs[run, 2], runs[run, 3]
        left, right = part_within(z, y, x, stop, nearest, furthest)
        if left < right:
            row = box[z - lower[0], y - lower[1], left - lower[2] : right - lower[2]]
            here = slice(first + left - x, first + right - x)
            held, far = values[here], squares[here]
            for i in range(len(row)):
                row[i] = held[i] * (weights[min(far[i], last)] * scale)
        first += stop - x


@numba.njit(nogil=True, cache=True)
def pad(band, spans, box):  # type: ignore[no-untyped-def]
    """Copy the spans of rows to the corner of every plane of a larger box, and zeros elsewhere.

    Element by element, because numba takes seconds to compile assignments of slices.
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
def squared(box, low, high, out, first):  # type: ignore[no-untyped-def]
    """Squared modulus of the rows from ``low`` to before ``high``, and zero in the others.

    Plane ``z`` of the box goes to plane ``first + z`` of ``out``, modulo its number of planes.
    """
    planes, mx = len(box), box.shape[2]
    sources, targets = box.reshape(planes, -1), out.reshape(len(out), -1)
    for z in range(planes):
        target = targets[(first + z) % len(out)]
        target[: low * mx] = 0
        target[high * mx :] = 0
        source, target = sources[z, low * mx : high * mx], target[low * mx : high * mx]
        for i in range(len(source)):
            target[i] = source[i].real * source[i].real + source[i].imag * source[i].imag
