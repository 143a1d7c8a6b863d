"""Sets of axes on the projective plane RP².

An axis is a line through the origin of Fourier space: ``d`` and ``-d`` are the
same axis, in every distance, neighbour search and plot.  This convention is
implemented here alone.

Directions are unit vectors in ``x, y, z`` order.  ``rot`` and ``tilt`` are
the first two Euler angles of Scipion in degrees,
``d = (cos rot sin tilt, sin rot sin tilt, cos tilt)``.

The icosahedral sets are those of Vilas et al., Nature Communications 11
(2020), Methods: faces of an icosahedron cut with frequency ``n`` give
``5 n² + 1`` axes, 81 of them (about 15 degrees apart) for ``n = 4``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Iterator, List, Tuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "AxisSet",
    "check_count",
    "icosahedral_axes",
    "rot_tilt_to_vectors",
    "vectors_to_rot_tilt",
]

FREQUENCY_OF_COUNT = {46: 3, 81: 4, 126: 5, 181: 6}
_SAME_AXIS = 1e-9


def check_count(count: int) -> None:
    """Refuse a number of axes of which there is no icosahedral set."""
    # A list of keys, in which also a value that has no hash can be looked up.
    if count not in list(FREQUENCY_OF_COUNT):
        raise ValueError(f"there are sets of 46, 81, 126 and 181 axes, not of {count}")


def rot_tilt_to_vectors(rot: ArrayLike, tilt: ArrayLike) -> np.ndarray:
    """Unit vectors ``(x, y, z)`` of directions given by angles.

    Parameters
    ----------
    rot, tilt : array_like
        Angles in degrees.

    Returns
    -------
    ndarray, shape (..., 3)
        Unit vectors.
    """
    rot, tilt = np.broadcast_arrays(np.deg2rad(rot), np.deg2rad(tilt))
    return np.stack([np.cos(rot) * np.sin(tilt), np.sin(rot) * np.sin(tilt), np.cos(tilt)], axis=-1)


def vectors_to_rot_tilt(vectors: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Angles in degrees of unit vectors ``(x, y, z)``; rot in (-180, 180].

    Parameters
    ----------
    vectors : array_like, shape (..., 3)
        Unit vectors.

    Returns
    -------
    rot, tilt : ndarray
        Angles in degrees, tilt in 0 to 180.
    """
    vectors = np.asarray(vectors, dtype=float)
    rot = np.rad2deg(np.arctan2(vectors[..., 1], vectors[..., 0]))
    transverse = np.hypot(vectors[..., 0], vectors[..., 1])
    tilt = np.rad2deg(np.arctan2(transverse, vectors[..., 2]))
    return np.where(transverse < _SAME_AXIS, 0.0, rot), tilt


class AxisSet:
    """A set of axes, each listed by one of its two unit vectors.

    Parameters
    ----------
    vectors : array_like, shape (n, 3)
        Directions in ``x, y, z`` order, of any length but zero.

    Attributes
    ----------
    vectors : ndarray, shape (n, 3), float64
        Unit vectors, in the order and with the signs given.

    Raises
    ------
    ValueError
        If the shape is wrong or a vector has no direction.
    """

    def __init__(self, vectors: np.ndarray) -> None:
        try:
            vectors = np.array(vectors, dtype=float, ndmin=2)
        except (TypeError, ValueError) as error:
            raise ValueError(f"axes must be numbers of shape (n, 3): {error}") from error
        if vectors.ndim != 2 or vectors.shape[1] != 3 or len(vectors) == 0:
            raise ValueError(f"axes must be an array of shape (n, 3), not {vectors.shape}")
        lengths = np.linalg.norm(vectors, axis=1)
        if not np.all(np.isfinite(lengths)) or np.any(lengths == 0):
            raise ValueError("every axis needs a direction: give finite vectors other than 0, 0, 0")
        self.vectors = vectors / lengths[:, None]

    @classmethod
    def icosahedral(cls, count: int = 81) -> AxisSet:
        """One of the generated sets: 46, 81, 126 or 181 axes."""
        check_count(count)
        return cls(icosahedral_axes(FREQUENCY_OF_COUNT[count]))

    def __len__(self) -> int:
        return len(self.vectors)

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter(self.vectors)

    @property
    def rot(self) -> np.ndarray:
        """First Euler angle of each listed vector, degrees."""
        return vectors_to_rot_tilt(self.vectors)[0]

    @property
    def tilt(self) -> np.ndarray:
        """Second Euler angle of each listed vector, degrees, 0 to 180."""
        return vectors_to_rot_tilt(self.vectors)[1]

    def mirror(self) -> AxisSet:
        """The same axes, each listed by its opposite end."""
        return AxisSet(-self.vectors)

    def upper(self) -> AxisSet:
        """The same axes, each listed by its end with z > 0 (or, at z = 0, with rot in [0, 180))."""
        return AxisSet(_upper_ends(self.vectors))

    def angles_to(self, vectors: np.ndarray) -> np.ndarray:
        """Angles to the axes, 0 to 90 degrees.

        Parameters
        ----------
        vectors : array_like, shape (..., 3)
            Unit vectors in ``x, y, z`` order.

        Returns
        -------
        ndarray, shape (..., n)
            Degrees from each given vector, or its opposite, to each axis of the set.
        """
        cosines = np.abs(np.asarray(vectors, dtype=float) @ self.vectors.T)
        return np.rad2deg(np.arccos(np.minimum(cosines, 1.0)))

    def closest(self, vectors: np.ndarray) -> np.ndarray:
        """Index of the axis closest to each given vector, shape (...)."""
        return np.argmin(self.angles_to(vectors), axis=-1)

    def neighbours(self, angle: float) -> List[np.ndarray]:
        """For each axis the indices of the others within ``angle`` degrees."""
        near = self.angles_to(self.vectors) <= angle
        np.fill_diagonal(near, False)
        return [np.flatnonzero(row) for row in near]

    def spacing(self) -> float:
        """Mean angle from an axis to its closest neighbour, degrees (0 for a single axis)."""
        if len(self) == 1:
            return 0.0
        angles = self.angles_to(self.vectors)
        np.fill_diagonal(angles, np.inf)
        return float(angles.min(axis=1).mean())


@lru_cache(maxsize=None)
def icosahedral_axes(frequency: int) -> np.ndarray:
    """Axes of an icosahedron whose faces are cut with a frequency.

    The two edges from a face's apex are cut into equal *arcs*, and the arcs that join points of
    the same rank on the two edges are cut into equal arcs as well, as in Xmipp; a flat
    subdivision of the faces differs by up to 1.5 degrees.

    Parameters
    ----------
    frequency : int
        Number of arcs into which an edge is cut, at least 1.

    Returns
    -------
    ndarray, shape (5 frequency² + 1, 3)
        Unit vectors ``(x, y, z)`` of the axes' upper ends, which are those that Xmipp lists,
        ordered by tilt and then rot.  Read-only: later calls return the same array.
    """
    points: List[np.ndarray] = []
    for apex, left, right in _upper_faces():
        for rank in range(frequency + 1):
            start = _slerp(apex, left, rank / frequency)
            stop = _slerp(apex, right, rank / frequency)
            for step in range(rank + 1):
                points.append(_slerp(start, stop, step / rank if rank else 0.0))
    unique: List[np.ndarray] = []
    for point in points:
        if all(abs(point @ other) < 1 - _SAME_AXIS for other in unique):
            unique.append(point)
    vectors = _upper_ends(np.array(unique))
    rot, tilt = vectors_to_rot_tilt(vectors)
    ordered = vectors[np.lexsort((np.round(rot, 6) % 360, np.round(tilt, 6)))]
    ordered.flags.writeable = False
    return ordered


def _upper_ends(vectors: np.ndarray) -> np.ndarray:
    """Reverse the vectors with z < 0 and, at z = 0, those with rot outside [0, 180)."""
    x, y, z = np.where(np.abs(vectors) < _SAME_AXIS, 0.0, vectors).T
    below = (z < 0) | ((z == 0) & ((y < 0) | ((y == 0) & (x < 0))))
    return np.where(below[:, None], -vectors, vectors)


def _upper_faces() -> Iterator[Tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Apex and two base vertices of ten faces that together hold one end of every axis.

    They are the five faces about z and every other face of the belt about the equator.  The apex
    of a belt face is its vertex below the equator.
    """
    tilt = np.rad2deg(np.arctan(2.0))
    top = np.array([0.0, 0.0, 1.0])
    upper = [rot_tilt_to_vectors(36 + 72 * k, tilt) for k in range(5)]
    for k in range(5):
        base = upper[k], upper[(k + 1) % 5]
        yield (top, *base)
        yield (rot_tilt_to_vectors(72 + 72 * k, 180 - tilt), *base)


def _slerp(start: np.ndarray, stop: np.ndarray, fraction: float) -> np.ndarray:
    """Point at a fraction of the arc between two unit vectors."""
    angle = np.arccos(np.clip(start @ stop, -1.0, 1.0))
    if angle < _SAME_AXIS:
        return start
    mixed = np.sin((1 - fraction) * angle) * start + np.sin(fraction * angle) * stop
    return mixed / np.linalg.norm(mixed)
