"""A band of the coefficients of a half cone, as a signal on a coarse grid that spans the box.

The band fits in a small box of the Fourier lattice, and moving that box to the origin leaves
the modulus of its inverse transform as it is.
"""

from __future__ import annotations

from typing import Tuple, Union

import ducc0
import numba
import numpy as np

from ..parallel.buffers import Scratch
from ..published.hard_cone import HalfCone
from .lattice_runs import part_within
from .partial_fourier import slabs
from .soft_cone import SoftCone

__all__ = ["along_z", "pad", "squared"]

Cone = Union[HalfCone, SoftCone]


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
    """The band in a box that starts at ``lower``, transformed along z to ``points``.

    Parameters
    ----------
    cone : HalfCone or SoftCone
    values : ndarray, shape (n,), complex64
        Its coefficients.
    weights : ndarray, float32
        By which they are multiplied, for every squared distance from the origin.
    within : tuple of int
        Smallest and largest squared distance of the band.
    lower, spans
        Of the band's box (:func:`.lattice_runs.box_of`); ``spans`` is changed.
    points : int
    scratch : Scratch

    Slabs of rows are transformed together, so that the ``spans`` of all rows of a slab are made
    as wide as that of the widest.

    Returns
    -------
    ndarray, shape (points, ey, ex), complex64
        Of any content outside the spans.
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
    """Put weighted coefficients where they belong in a box, with zeros about them in the spans."""
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
def squared(box, low, high, out, first):  # type: ignore[no-untyped-def]
    """Squared modulus in the rows from ``low`` on and before ``high``, zero in the others.

    Plane ``z`` of the box is number ``first + z`` of the grid.
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
