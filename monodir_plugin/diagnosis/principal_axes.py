"""Eigenvalues and eigenvectors of many symmetric 3 x 3 matrices, by Jacobi's rotations.

``numpy.linalg.eigh`` takes three times as long, because it calls LAPACK for every matrix.
"""

from __future__ import annotations

from typing import Tuple

import numba
import numpy as np

__all__ = ["eigen"]

#: Rotations end when the squares of what is left off the diagonal sum to less than this share of
#: those on it: values are exact to rounding then, and vectors to one part in 10^12.
_LEFT = 1e-24
#: Every round squares what is left, so that five are enough.
_MOST_ROUNDS = 30


def eigen(components: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and unit eigenvectors.

    Parameters
    ----------
    components : ndarray, shape (n, 6), float32 or float64
        xx, yy, zz, xy, xz, yz of every matrix.

    Returns
    -------
    values : ndarray, shape (n, 3), float64
        Ascending.
    vectors : ndarray, shape (n, 3, 3), float64
        ``vectors[i, k]``: ``x, y, z`` of the eigenvector of value k; its sign is arbitrary.
    """
    values, vectors = np.empty((len(components), 3)), np.empty((len(components), 3, 3))
    _rotate(components.astype(np.float64, copy=False), values, vectors)
    return values, vectors


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _rotate(components, values, vectors):  # type: ignore[no-untyped-def]
    for n in range(len(components)):
        own, found = vectors[n], values[n]
        xx, yy, zz, xy, xz, yz = components[n]
        for row in range(3):
            for column in range(3):
                own[row, column] = 1.0 if row == column else 0.0
        for _ in range(_MOST_ROUNDS):
            if xy * xy + xz * xz + yz * yz <= _LEFT * (xx * xx + yy * yy + zz * zz):
                break
            cosine, sine, moved = _rotation(xx, yy, xy)
            xx, yy, xy = xx - moved, yy + moved, 0.0
            xz, yz = cosine * xz - sine * yz, sine * xz + cosine * yz
            _turn(own[0], own[1], cosine, sine)
            cosine, sine, moved = _rotation(xx, zz, xz)
            xx, zz, xz = xx - moved, zz + moved, 0.0
            xy, yz = cosine * xy - sine * yz, sine * xy + cosine * yz
            _turn(own[0], own[2], cosine, sine)
            cosine, sine, moved = _rotation(yy, zz, yz)
            yy, zz, yz = yy - moved, zz + moved, 0.0
            xy, xz = cosine * xy - sine * xz, sine * xy + cosine * xz
            _turn(own[1], own[2], cosine, sine)
        found[0], found[1], found[2] = xx, yy, zz
        for lower, upper in ((0, 1), (1, 2), (0, 1)):
            if found[upper] < found[lower]:
                found[lower], found[upper] = found[upper], found[lower]
                for k in range(3):
                    own[lower, k], own[upper, k] = own[upper, k], own[lower, k]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _rotation(first, second, beside):  # type: ignore[no-untyped-def]
    """Cosine and sine of the rotation that makes an element 0, and what it moves on the diagonal.

    Golub and Van Loan, Matrix Computations, section 8.5.2.
    """
    apart = second - first
    root = np.sqrt(apart * apart + 4 * beside * beside)
    if root == 0:
        return 1.0, 0.0, 0.0
    tangent = 2 * beside / (apart + root if apart >= 0 else apart - root)
    cosine = 1 / np.sqrt(tangent * tangent + 1)
    return cosine, tangent * cosine, tangent * beside


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _turn(one, other, cosine, sine):  # type: ignore[no-untyped-def]
    # Rows, not their numbers: Numba would compile this once for each pair of constants.
    for k in range(3):
        left, right = one[k], other[k]
        one[k], other[k] = cosine * left - sine * right, sine * left + cosine * right
