"""Mean and standard deviation of the values of a map, in the memory of one plane.

Those of numpy in double precision make a copy of the box with eight bytes per voxel.
"""

from __future__ import annotations

from typing import Iterator, Tuple

import numpy as np

__all__ = ["mean_and_deviation"]

#: Values that are converted at once where an array has one dimension.
_AT_ONCE = 1 << 16


def mean_and_deviation(values: np.ndarray) -> Tuple[float, float]:
    """Mean and standard deviation, in double precision.

    Parameters
    ----------
    values : ndarray, shape (n,) or (planes, ...)

    Returns
    -------
    mean, deviation : float
    """
    mean = sum(float(np.sum(block, dtype=np.float64)) for block in _blocks(values)) / values.size
    squares = 0.0
    for block in _blocks(values):
        distance = np.subtract(block, mean, dtype=np.float64)
        squares += float(np.square(distance, out=distance).sum())
    return mean, float(np.sqrt(squares / values.size))


def _blocks(values: np.ndarray) -> Iterator[np.ndarray]:
    """Planes of a box, or pieces of a list."""
    if values.ndim > 1:
        return iter(values)
    return (values[i : i + _AT_ONCE] for i in range(0, len(values), _AT_ONCE))
