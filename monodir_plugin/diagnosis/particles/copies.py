"""Views with their symmetric copies, and a part of them where all would take too long."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

__all__ = ["drawn", "with_copies"]

_SEED = 4409


def with_copies(views: np.ndarray, group: Rotation) -> np.ndarray:
    """Views and their copies by a point group.

    Parameters
    ----------
    views : ndarray, shape (views, 3)
        Unit vectors ``x, y, z``.
    group : Rotation
        All rotations of the group.

    Returns
    -------
    ndarray, shape (members of the group x views, 3)
    """
    return np.concatenate([views @ turn.T for turn in group.as_matrix()])


def drawn(views: np.ndarray, most: int) -> np.ndarray:
    """All views, or so many of them, drawn at random and the same for every call."""
    if len(views) <= most:
        return views
    chosen = np.random.default_rng(_SEED).choice(len(views), most, replace=False)
    return views[np.sort(chosen)]
