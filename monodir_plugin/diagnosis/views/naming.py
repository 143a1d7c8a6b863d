"""Directions in words: the axes of the map by their letters, others by angles."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from ...numerics.geometry.axes import AxisSet, vectors_to_rot_tilt

__all__ = ["angles", "middle_of", "named"]

#: Directions within this angle of an axis of the map have its letter as name, degrees.
_NEAR = 8.0


def angles(line: np.ndarray) -> Tuple[float, float]:
    """Rot and tilt of a unit vector, whole degrees."""
    rot, tilt = vectors_to_rot_tilt(line)
    return float(np.rint(rot)) + 0.0, float(np.rint(tilt)) + 0.0


def middle_of(axes: AxisSet, chosen: np.ndarray) -> np.ndarray:
    """The direction in the middle of some axes, unit vector ``x, y, z``."""
    _, vectors = np.linalg.eigh(axes.vectors[chosen].T @ axes.vectors[chosen])
    return AxisSet(vectors[:, 2][None]).upper().vectors[0]


def named(line: np.ndarray) -> str:
    """A direction as ``x``, ``y``, ``z``, or by its angles in degrees.

    Parameters
    ----------
    line : ndarray, shape (3,)
        Unit vector ``x, y, z``.
    """
    nearest = int(np.argmax(np.abs(line)))
    if np.abs(line[nearest]) >= np.cos(np.deg2rad(_NEAR)):
        return "xyz"[nearest]
    rot, tilt = angles(line)
    return f"rot {rot:.0f}, tilt {tilt:.0f}"
