"""Maximum-likelihood fit of quadratic forms over axes to gamma-distributed values.

The mean of 1/R² along the axis d is 1/(d'Td) (:mod:`.tensor`).  For every voxel, Newton's method
minimises the sum over axes of ``y d'Td - log d'Td``, with y = 1/R², which is convex in T.
"""

from __future__ import annotations

from typing import Dict, List, Tuple

import numba
import numpy as np

__all__ = ["judged", "most_likely"]

_MOST_STEPS = 25
#: After a step that changes no fitted R² by more than this share, the next one uses its curvature:
#: it leaves an error of its own size times this share at most.
_SMALL = 2e-3
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
    monomials, place, factor = _products(design)
    components = np.empty((len(inverse), 6))
    columns = np.ascontiguousarray(design.T)
    isotropic = np.linalg.cholesky(design.T @ design)
    _newton(inverse, coarse, fine, columns, monomials, place, factor, isotropic, components)
    return components


def _products(design: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Products of two factors, of which 15 of 21 differ by more than a number: monomials of d.

    Returns
    -------
    monomials : ndarray, shape (15, axes)
    place, factor : ndarray, shape (6, 6)
        The product of factors i and j is ``factor[i, j]`` times row ``place[i, j]``.
    """
    kinds = [tuple(sorted(pair)) for pair in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))]
    found: Dict[Tuple[int, ...], int] = {}
    rows: List[np.ndarray] = []
    place, factor = np.empty((6, 6), np.int64), np.empty((6, 6))
    for i, one in enumerate(kinds):
        for j, two in enumerate(kinds):
            kind = tuple(sorted(one + two))
            times = (1.0 if i < 3 else 2.0) * (1.0 if j < 3 else 2.0)
            if kind not in found:
                found[kind] = len(rows)
                rows.append(design[:, i] * design[:, j] / times)
            place[i, j], factor[i, j] = found[kind], times
    return np.array(rows), place, factor


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


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _newton(  # type: ignore[no-untyped-def]
    inverse, coarse, fine, design, monomials, place, factor, isotropic, components
):
    count = inverse.shape[1]
    mean, change = np.empty(count), np.empty(count)
    apart, weight = np.empty(count), np.empty(count)
    sums, step, curvature = np.empty(len(monomials)), np.empty(6), np.empty((6, 6))
    for voxel in range(len(inverse)):
        values, own = inverse[voxel], components[voxel]
        total, limited = 0.0, 0
        for i in range(count):
            total += values[i]
            limited += coarse[voxel, i] + fine[voxel, i]
        for row in range(6):
            own[row] = count / total if row < 3 else 0.0
        largest = 1.0
        for number in range(_MOST_STEPS):
            _forms(own, design, mean)
            for i in range(count):
                mean[i] = 1 / mean[i]
                apart[i] = mean[i] - values[i]
            if limited:
                for i in range(count):
                    if coarse[voxel, i]:
                        apart[i] = max(apart[i], 0.0)
                    if fine[voxel, i]:
                        apart[i] = min(apart[i], 0.0)
            _sums_of_products(apart, design, step)
            if number == 0:
                # All axes have one weight in a sphere.
                for row in range(6):
                    for column in range(row + 1):
                        curvature[row, column] = mean[0] * isotropic[row, column]
            # After a small step the curvature is as good as the same.
            elif largest > _SMALL:
                for i in range(count):
                    weight[i] = mean[i] * mean[i]
                _sums_of_products(weight, monomials, sums)
                for row in range(6):
                    for column in range(row + 1):
                        curvature[row, column] = factor[row, column] * sums[place[row, column]]
                _factorise(curvature)
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


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _factorise(matrix):  # type: ignore[no-untyped-def]
    """Cholesky's root of a positive definite matrix, in its lower half.

    numpy.linalg takes three seconds to compile, and the threads of its BLAS wait for each other.
    """
    for row in range(len(matrix)):
        for column in range(row + 1):
            left = matrix[row, column]
            for k in range(column):
                left -= matrix[row, k] * matrix[column, k]
            matrix[row, column] = np.sqrt(left) if row == column else left / matrix[column, column]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _solve(root, values):  # type: ignore[no-untyped-def]
    """Solve with the matrix of such a root, in place."""
    size = len(values)
    for row in range(size):
        for k in range(row):
            values[row] -= root[row, k] * values[k]
        values[row] /= root[row, row]
    for row in range(size - 1, -1, -1):
        for k in range(row + 1, size):
            values[row] -= root[k, row] * values[k]
        values[row] /= root[row, row]


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _judge(  # type: ignore[no-untyped-def]
    inverse, unresolved, components, design, quartic, flat, found
):
    count = inverse.shape[1]
    form, residual, relative = np.empty(count), np.empty(count), np.empty(count)
    parts, relative_parts = np.empty(len(quartic)), np.empty(len(quartic))
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
        # Without a branch, so that several axes are worked on at once.
        for i in range(count):
            held = 1.0 - unresolved[voxel, i]
            apart += held * (1 / np.sqrt(values[i]) - np.sqrt(form[i])) ** 2
            resolved += 1 - unresolved[voxel, i]
        found[0, voxel] = np.sqrt(apart / max(resolved, 1))
        order4, relative4 = 0.0, 0.0
        _sums_of_products(residual, quartic, parts)
        _sums_of_products(relative, quartic, relative_parts)
        for column in range(len(quartic)):
            order4 += parts[column] ** 2
            relative4 += relative_parts[column] ** 2
        varies = scatter > count * (flat * mean) ** 2
        found[1, voxel] = 1 - left / scatter if varies else 0.0
        found[2, voxel] = order4 / scatter if varies else 0.0
        found[3, voxel] = relative4 / count


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _forms(components, design, out):  # type: ignore[no-untyped-def]
    """Values of d'Td along every axis."""
    c0, c1, c2, c3, c4, c5 = components
    for i in range(design.shape[1]):
        squares = c0 * design[0, i] + c1 * design[1, i] + c2 * design[2, i]
        out[i] = squares + c3 * design[3, i] + c4 * design[4, i] + c5 * design[5, i]


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _sums_of_products(values, others, out):  # type: ignore[no-untyped-def]
    """Scalar products with rows, three at a time where there are as many."""
    threes = len(others) // 3 * 3
    for row in range(0, threes, 3):
        first, second, third = others[row], others[row + 1], others[row + 2]
        a, b, c = 0.0, 0.0, 0.0
        for i in range(len(values)):
            a += values[i] * first[i]
            b += values[i] * second[i]
            c += values[i] * third[i]
        out[row], out[row + 1], out[row + 2] = a, b, c
    for row in range(threes, len(others)):
        total = 0.0
        for i in range(len(values)):
            total += values[i] * others[row, i]
        out[row] = total
