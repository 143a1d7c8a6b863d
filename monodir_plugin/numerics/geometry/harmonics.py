"""Even spherical harmonics, the smooth functions on the projective plane RP².

The harmonics are real and have a mean square of one over the sphere, so that the mean square of a
function over the axes is the sum of its squared coefficients.  Only even degrees are functions of
an axis.
"""

from __future__ import annotations

import math
from typing import Sequence

import numpy as np
from scipy.special import eval_legendre, lpmv

__all__ = ["even_harmonics", "funk_factor"]


def even_harmonics(vectors: np.ndarray, degrees: Sequence[int]) -> np.ndarray:
    """Values of all harmonics of some even degrees.

    Parameters
    ----------
    vectors : ndarray, shape (n, 3)
        Unit vectors ``x, y, z``; both ends of an axis give the same values.
    degrees : sequence of int
        Even and not negative.

    Returns
    -------
    ndarray, shape (n, sum of 2 degree + 1), float64
        Degree after degree, orders ``-degree`` to ``degree``: sines, the zonal one, cosines.

    Raises
    ------
    ValueError
        If a degree is odd or negative.
    """
    if any(degree < 0 or degree % 2 for degree in degrees):
        raise ValueError(f"degrees {list(degrees)}: functions of axes have even degrees only")
    rot = np.arctan2(vectors[:, 1], vectors[:, 0])
    cosine = np.clip(vectors[:, 2], -1.0, 1.0)
    columns = []
    for degree in degrees:
        for order in range(-degree, degree + 1):
            m = abs(order)
            ratio = math.factorial(degree - m) / math.factorial(degree + m)
            gain = math.sqrt((2 * degree + 1) * ratio * (2 if m else 1))
            turn = np.sin(m * rot) if order < 0 else np.cos(m * rot)
            columns.append(gain * lpmv(m, degree, cosine) * turn)
    return np.stack(columns, axis=1) if columns else np.empty((len(vectors), 0))


def funk_factor(degree: int) -> float:
    """Mean of a harmonic over the great circle across an axis, over its value at the axis.

    The Funk transform takes a distribution of views to its coverage of axes; harmonics are its
    eigenfunctions, with eigenvalue ``P_degree(0)`` (Funk-Hecke theorem; Groemer, Geometric
    Applications of Fourier Series and Spherical Harmonics, 1996, section 3.4).
    """
    return float(eval_legendre(degree, 0.0))
