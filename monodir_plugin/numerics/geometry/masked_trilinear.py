"""Trilinear interpolation between the voxels of a mask."""

from __future__ import annotations

from itertools import product
from typing import Sequence, Tuple

import numpy as np

__all__ = ["trilinear"]


def trilinear(
    points: np.ndarray, indices: np.ndarray, shape: Sequence[int]
) -> Tuple[np.ndarray, np.ndarray]:
    """Rows and weights of a trilinear interpolation within a mask.

    Voxels outside the mask have no value: the weights of the others are scaled to sum to one.
    A point is outside where less than half of the weight lies in the mask.

    Parameters
    ----------
    points : ndarray, shape (n, 3)
        Voxels, ``x, y, z``, counted from 0.
    indices : ndarray, shape (voxels,)
        Flat indices of the mask in the ``[z, y, x]`` box, ascending.
    shape : sequence of int
        Shape of the box.

    Returns
    -------
    rows : ndarray, shape (n, 8), int64
        Positions in ``indices``; without meaning where the weight is 0.
    weights : ndarray, shape (n, 8), float64
        They sum to one; all are 0 for a point outside.
    """
    corner = np.floor(points).astype(np.int64)
    share = points - corner
    rows = np.zeros((len(points), 8), np.int64)
    weights = np.zeros((len(points), 8))
    sides = np.array(shape)[::-1]
    for k, offset in enumerate(product((0, 1), repeat=3)):
        place = corner + offset
        weight = np.prod(np.where(offset, share, 1 - share), axis=1)
        in_box = np.all((place >= 0) & (place < sides), axis=1)
        flat = np.ravel_multi_index(tuple(np.where(in_box[:, None], place, 0).T[::-1]), shape)
        row = np.minimum(np.searchsorted(indices, flat), len(indices) - 1)
        in_mask = in_box & (indices[row] == flat) & (weight > 0)
        rows[in_mask, k] = row[in_mask]
        weights[in_mask, k] = weight[in_mask]
    total = weights.sum(axis=1, keepdims=True)
    return rows, np.where(total >= 0.5, weights / np.maximum(total, 0.5), 0.0)
