"""Bins of axes: squares of equal angles on the faces of a cube.

An axis belongs to the face of the cube about the origin that it crosses: that of its largest
component.  On this face it is sorted by the angles of the two components that follow in cyclic
order.  Bins are numbered face by face (x, y, z), then by the angle of the first of the two
components and then by that of the second.  With an odd number of bins along an edge, x, y and z
lie in the middle of one.
"""

from __future__ import annotations

from typing import Tuple

import numba
import numpy as np

__all__ = ["bin_middles", "bin_of_index", "bins_of", "face_slopes", "slope_table"]

#: Entries of a table from slopes to bins along an edge.
_SLOPES = 4096


def bins_of(vectors: np.ndarray, per_edge: int) -> np.ndarray:
    """Bin of each axis.

    Parameters
    ----------
    vectors : ndarray, shape (n, 3)
        ``x, y, z``, of any length but zero; both ends of an axis give the same bin.
    per_edge : int
        Bins along an edge of a face.

    Returns
    -------
    ndarray, shape (n,), int64
        0 to ``3 per_edge² - 1``.
    """
    face = np.argmax(np.abs(vectors), axis=1)
    row = np.arange(len(vectors))
    largest = vectors[row, face]
    index = face
    for step in (1, 2):
        angle = np.arctan(vectors[row, (face + step) % 3] / largest) * (4 / np.pi)
        place = np.minimum(((angle + 1) / 2 * per_edge).astype(np.int64), per_edge - 1)
        index = index * per_edge + place
    return index


def bin_middles(per_edge: int) -> np.ndarray:
    """Middles of all bins, unit vectors ``x, y, z``, shape (3 per_edge², 3), float64."""
    first, second = (values.ravel() for values in face_slopes(per_edge))
    faces = [
        np.roll(np.stack([np.ones_like(first), first, second], axis=1), face, axis=1)
        for face in range(3)
    ]
    vectors = np.concatenate(faces)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def face_slopes(per_edge: int) -> Tuple[np.ndarray, np.ndarray]:
    """The two slopes on a face at the middles of its bins, shape (per_edge, per_edge) each."""
    slope = np.tan(((np.arange(per_edge) + 0.5) / per_edge * 2 - 1) * np.pi / 4)
    first, second = np.meshgrid(slope, slope, indexing="ij")
    return first, second


def slope_table(per_edge: int) -> np.ndarray:
    """Bin along an edge for slopes from -1 to 1 in equal steps, shape (4096,), int64.

    For :func:`bin_of_index`: a table is faster than the arc tangent of every coefficient.
    """
    slopes = (np.arange(_SLOPES) + 0.5) / _SLOPES * 2 - 1
    return ((np.arctan(slopes) * (4 / np.pi) + 1) / 2 * per_edge).astype(np.int64)


@numba.njit(nogil=True, cache=True)
def bin_of_index(kz, ky, kx, table):  # type: ignore[no-untyped-def]
    """Bin of a coefficient of a half spectrum, with the slopes of :func:`slope_table`.

    Its lattice indices are integers, ``kx`` at least 0, and not all of them 0.
    """
    last = len(table) - 1
    half, per_edge = len(table) / 2.0, table[last] + 1
    if kx >= abs(ky) and kx >= abs(kz):
        face, largest, first, second = 0, kx, ky, kz
    elif abs(ky) >= abs(kz):
        face, largest, first, second = 1, ky, kz, kx
    else:
        face, largest, first, second = 2, kz, kx, ky
    scale = half / largest
    row = table[min(int(half + first * scale), last)]
    column = table[min(int(half + second * scale), last)]
    return (face * per_edge + row) * per_edge + column
