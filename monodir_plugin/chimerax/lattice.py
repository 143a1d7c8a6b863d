"""Positions of objects: a cubic lattice throughout a mask."""

from __future__ import annotations

from typing import Tuple

import numpy as np

__all__ = ["WANTED", "lattice", "lattice_points"]

#: Largest number of objects: more would make a scene illegible and slow.
WANTED = 400


def lattice(mask: np.ndarray, wanted: int = WANTED) -> int:
    """The smallest distance, in voxels, of a cubic lattice with at most ``wanted`` points inside.

    Voxel ``N // 2`` of the box is a point of the lattice.
    """
    every = 1
    while np.count_nonzero(mask[_on_lattice(mask, every)]) > wanted:
        every += 1
    return every


def lattice_points(mask: np.ndarray, every: int) -> np.ndarray:
    """Voxels of a mask that are points of the lattice, bool ``[z, y, x]``."""
    where = _on_lattice(mask, every)
    points = np.zeros(mask.shape, bool)
    points[where] = mask[where]
    return points


def _on_lattice(mask: np.ndarray, every: int) -> Tuple[slice, slice, slice]:
    run = slice((mask.shape[0] // 2) % every, None, every)
    return run, run, run
