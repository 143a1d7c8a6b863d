"""The shape of the cone: the weight of a Fourier coefficient by its angle from the axis.

``docs/extend/cone_shape.rst`` shows how to add one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable

import numpy as np

from ..fourier.lattice_runs import runs_of, squares_of
from ..fourier.soft_cone import SoftCone, cone_weight, soft_cone

__all__ = ["SQUARED_COSINE", "ConeShape", "shape_of_weight"]


@dataclass(frozen=True)
class ConeShape:
    """A cone shape.

    Attributes
    ----------
    weight : callable
        ``(angle, opening) -> ndarray``: weight of amplitudes, 0 to 1; angles from the axis, 0 to
        90, and opening in degrees.
    half_cone : callable
        ``(size, axis, opening) -> SoftCone``: the coefficients about one end of an axis (unit
        vector, ``x, y, z``) in a box of ``size`` voxels a side, with these weights.
    """

    weight: Callable[[np.ndarray, float], np.ndarray]
    half_cone: Callable[[int, np.ndarray, float], SoftCone]


#: The shape of the default preset.
SQUARED_COSINE = ConeShape(cone_weight, soft_cone)


def shape_of_weight(
    weight: Callable[[np.ndarray, float], np.ndarray], reach: Callable[[float], float]
) -> ConeShape:
    """A cone shape from its weight alone.

    Parameters
    ----------
    weight : callable
        As of :class:`ConeShape`.
    reach : callable
        ``opening -> angle``: degrees from the axis beyond which the weight is zero or negligible;
        90 at most.

    Returns
    -------
    ConeShape
    """

    def half_cone(size: int, axis: np.ndarray, opening: float) -> SoftCone:
        runs = runs_of(size, axis, reach(opening), False)
        squares = squares_of(runs)
        cone = SoftCone(size, runs, squares, np.empty(0, np.float32))
        z, y = np.repeat(runs[:, :2], runs[:, 3] - runs[:, 2], axis=0).T
        cosine = (cone.x * axis[0] + y * axis[1] + z * axis[2]) / np.sqrt(squares)
        angle = np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0)))
        return replace(cone, weights=np.asarray(weight(angle, opening), np.float32))

    return ConeShape(weight, half_cone)
