"""The lattice of a half spectrum: signed indices, shells, and the test of a hard cone."""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["in_double_cone", "shell_of", "signed_index", "signed_indices", "times_counted"]


def signed_indices(size: int) -> np.ndarray:
    """Lattice index of every place along z or y of a spectrum, shape (size,), float64.

    0 to ``(size - 1) // 2`` and then ``-(size // 2)`` to -1, the order of a discrete transform.
    """
    return np.rint(np.fft.fftfreq(size) * size)


@numba.njit(nogil=True, cache=True)
def signed_index(place, size):  # type: ignore[no-untyped-def]
    """Lattice index of one place along z or y: the same in a compiled loop."""
    return place if 2 * place < size else place - size


@numba.njit(nogil=True, cache=True)
def shell_of(square):  # type: ignore[no-untyped-def]
    """Nearest Fourier shell of a coefficient, from its squared distance from the origin.

    The root of a whole number is never half of an odd one, so that rounding is not in doubt.
    """
    return int(np.sqrt(square) + 0.5)


@numba.njit(nogil=True, cache=True)
def times_counted(x, size):  # type: ignore[no-untyped-def]
    """How many coefficients of the whole spectrum a stored one stands for: itself, or also its
    conjugate, which is not stored.
    """
    return 1.0 if x == 0 or 2 * x == size else 2.0


@numba.njit(nogil=True, cache=True)
def in_double_cone(along, square, cosine2):  # type: ignore[no-untyped-def]
    """Whether a coefficient, or a voxel, lies in a double cone with a hard edge.

    ``along`` is its component along the axis of the cone, ``square`` its squared distance from the
    origin, ``cosine2`` the squared cosine of half the opening.
    """
    return along * along >= cosine2 * square
