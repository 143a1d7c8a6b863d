"""Eigenvalues and eigenvectors of symmetric matrices, beside those of LAPACK."""

import numpy as np
import pytest

from monodir_plugin.diagnosis.principal_axes import eigen

#: xx, yy, zz, xy, xz, yz of matrices with equal eigenvalues, on the diagonal already, or of widely
#: different sizes.
SPECIAL = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [2, 2, 2, 0, 0, 0],
        [3, 2, 1, 0, 0, 0],
        [1, 1, 5, 0, 0, 0],
        [2, 2, 2, 1, 1, 1],
        [2, 2, 2, -1, 1, -1],
        [1, 1, 1, 0, 1e-9, 0],
        [1e-12, 1, 1e12, 1e-7, 0.5, 1e5],
        [0, 0, 0, 1, 0, 0],
        [-4, 1, 2, 3, -2, 1],
    ],
    float,
)


def matrices_of(components):
    return components[:, [[0, 3, 4], [3, 1, 5], [4, 5, 2]]]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e5])
def test_values_and_vectors_are_those_of_lapack(scale):
    rng = np.random.default_rng(1)
    components = np.concatenate([SPECIAL, rng.normal(size=(500, 6))]) * scale
    components[-250:, :3] += 10 * scale
    matrices = matrices_of(components)
    values, vectors = eigen(components)
    largest = np.abs(components).max(axis=1)[:, None] + 1e-300
    expected, columns = np.linalg.eigh(matrices)
    np.testing.assert_allclose(values / largest, expected / largest, rtol=0, atol=1e-14)
    np.testing.assert_allclose(
        vectors @ np.swapaxes(vectors, 1, 2), np.broadcast_to(np.eye(3), matrices.shape), atol=1e-14
    )
    # The vectors belong to their values, also where some are equal.
    left = np.einsum("nij,nkj->nki", matrices, vectors) - values[:, :, None] * vectors
    assert np.abs(left / largest[:, :, None]).max() < 1e-11
    # Random values are apart, and their axes the same up to the sign.
    cosines = np.abs(np.einsum("nkj,njk->nk", vectors[len(SPECIAL) :], columns[len(SPECIAL) :]))
    np.testing.assert_allclose(cosines, 1, atol=1e-12)


def test_single_precision_counts_as_its_doubles():
    components = np.random.default_rng(2).normal(size=(20, 6)).astype(np.float32)
    for found, expected in zip(eigen(components), eigen(components.astype(np.float64))):
        assert np.array_equal(found, expected)
