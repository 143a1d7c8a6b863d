"""Maximum-likelihood fit of quadratic forms over axes to gamma-distributed values.

The mean of 1/R² along the axis d is 1/(d'Td) (:mod:`.tensor`).  For every voxel, Newton's method
minimises the sum over axes of ``y d'Td - log d'Td``, with y = 1/R², which is convex in T.
"""

from __future__ import annotations

from typing import Tuple

import numba
import numpy as np

__all__ = ["judged", "most_likely"]

_MOST_STEPS = 25
#: The iteration ends when a step changes the fitted R² of no axis by more than this share.
_CLOSE = 1e-5
#: No step reduces the fitted R² of an axis below this share of its value.
_LEAST_LEFT = 0.1


def most_likely(
    inverse: np.ndarray, coarse: np.ndarray, fine: np.ndarray, design: np.ndarray
) -> np.ndarray:
    """Components of the tensors of maximum likelihood.

    Parameters
    ----------
    inverse : ndarray, shape (voxels, axes), float64
        1/R² of every voxel and axis.
    coarse, fine : ndarray of bool, shape (voxels, axes)
        Whether R lies at the coarse or the fine end of the resolution range: the true one may be
        coarser or finer.
    design : ndarray, shape (axes, 6)
        Factors of the components in d'Td.

    Returns
    -------
    ndarray, shape (voxels, 6), float64
    """
    first, second = np.triu_indices(6)
    products = np.ascontiguousarray((design[:, first] * design[:, second]).T)
    components = np.empty((len(inverse), 6))
    _newton(inverse, coarse, fine, np.ascontiguousarray(design.T), products, components)
    return components


def judged(
    inverse: np.ndarray,
    unresolved: np.ndarray,
    components: np.ndarray,
    design: np.ndarray,
    quartic: np.ndarray,
    flat: float,
) -> Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Quality of the fit.

    Parameters
    ----------
    inverse, design
        As for :func:`most_likely`.
    unresolved : ndarray of bool, shape (voxels, axes)
    components : ndarray, shape (voxels, 6)
    quartic : ndarray, shape (axes, 9)
        Orthonormal columns of degree 4.
    flat : float
        Scatter over the axes, relative to the mean, up to which it is rounding.

    Returns
    -------
    rms, explained, order4, relative4 : ndarray, shape (voxels,), float64
        Root mean square over the resolved axes of R less the fitted one, Å; shares of the
        variance of 1/R² that the form explains, and that harmonics of order 4 would explain in
        addition; mean square over axes of the relative residual's part of order 4.
    """
    found = np.empty((4, len(inverse)))
    columns = np.ascontiguousarray(design.T), np.ascontiguousarray(quartic.T)
    _judge(inverse, unresolved, components, *columns, flat, found)
    rms, explained, order4, relative4 = found
    return rms, explained, order4, relative4


@numba.njit(nogil=True, cache=True, fastmath=True)
def _newton(inverse, coarse, fine, design, products, components):  # type: ignore[no-untyped-def]
    count = inverse.shape[1]
    mean, change = np.empty(count), np.empty(count)
    apart, weight = np.empty(count), np.empty(count)
    step, curvature = np.empty(6), np.empty((6, 6))
    for voxel in range(len(inverse)):
        values, own = inverse[voxel], components[voxel]
        total = 0.0
        for i in range(count):
            total += values[i]
        for row in range(6):
            own[row] = count / total if row < 3 else 0.0
        for _ in range(_MOST_STEPS):
            _forms(own, design, mean)
            for i in range(count):
                mean[i] = 1 / mean[i]
                value = values[i]
                value = min(value, mean[i]) if coarse[voxel, i] else value
                value = max(value, mean[i]) if fine[voxel, i] else value
                apart[i] = mean[i] - value
                weight[i] = mean[i] * mean[i]
            pair = 0
            for row in range(6):
                step[row] = _sum_of_products(apart, design[row])
                for column in range(row, 6):
                    curvature[column, row] = _sum_of_products(weight, products[pair])
                    pair += 1
            _solve(curvature, step)
            _forms(step, design, change)
            lowest, largest = 0.0, 0.0
            for i in range(count):
                relative = change[i] * mean[i]
                lowest, largest = max(lowest, -relative), max(largest, abs(relative))
            # The form stays positive.
            share = min(1.0, (1 - _LEAST_LEFT) / max(lowest, 1 - _LEAST_LEFT))
            for row in range(6):
                own[row] += share * step[row]
            if largest <= _CLOSE:
                break


@numba.njit(nogil=True, cache=True)
def _solve(matrix, values):  # type: ignore[no-untyped-def]
    """Solve with the lower half of a positive definite matrix by Cholesky's method, in place.

    numpy.linalg takes three seconds to compile, and the threads of its BLAS wait for each other.
    """
    size = len(values)
    for row in range(size):
        for column in range(row + 1):
            left = matrix[row, column]
            for k in range(column):
                left -= matrix[row, k] * matrix[column, k]
            matrix[row, column] = np.sqrt(left) if row == column else left / matrix[column, column]
        for k in range(row):
            values[row] -= matrix[row, k] * values[k]
        values[row] /= matrix[row, row]
    for row in range(size - 1, -1, -1):
        for k in range(row + 1, size):
            values[row] -= matrix[k, row] * values[k]
        values[row] /= matrix[row, row]


@numba.njit(nogil=True, cache=True, fastmath=True)
def _judge(  # type: ignore[no-untyped-def]
    inverse, unresolved, components, design, quartic, flat, found
):
    count = inverse.shape[1]
    form, residual, relative = np.empty(count), np.empty(count), np.empty(count)
    for voxel in range(len(inverse)):
        values = inverse[voxel]
        _forms(components[voxel], design, form)
        mean = 0.0
        for i in range(count):
            mean += values[i] / count
        scatter, left, apart, resolved = 0.0, 0.0, 0.0, 0
        for i in range(count):
            scatter += (values[i] - mean) ** 2
            residual[i] = values[i] - 1 / form[i]
            relative[i] = residual[i] * form[i]
            left += residual[i] ** 2
            if not unresolved[voxel, i]:
                apart += (1 / np.sqrt(values[i]) - np.sqrt(form[i])) ** 2
                resolved += 1
        found[0, voxel] = np.sqrt(apart / max(resolved, 1))
        order4, relative4 = 0.0, 0.0
        for column in quartic:
            order4 += _sum_of_products(residual, column) ** 2
            relative4 += _sum_of_products(relative, column) ** 2
        varies = scatter > count * (flat * mean) ** 2
        found[1, voxel] = 1 - left / scatter if varies else 0.0
        found[2, voxel] = order4 / scatter if varies else 0.0
        found[3, voxel] = relative4 / count


@numba.njit(nogil=True, cache=True, fastmath=True)
def _forms(components, design, out):  # type: ignore[no-untyped-def]
    """Values of d'Td along every axis."""
    c0, c1, c2, c3, c4, c5 = components
    for i in range(design.shape[1]):
        squares = c0 * design[0, i] + c1 * design[1, i] + c2 * design[2, i]
        out[i] = squares + c3 * design[3, i] + c4 * design[4, i] + c5 * design[5, i]


@numba.njit(nogil=True, cache=True, fastmath=True)
def _sum_of_products(values, others):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(len(values)):
        total += values[i] * others[i]
    return total
