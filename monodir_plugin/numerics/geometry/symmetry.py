"""Point groups by name, in the orientation of RELION and Xmipp.

``Cn`` has its n-fold axis along z; ``Dn`` a two-fold axis along x as well.  ``T`` has a three-fold
axis along z; ``TZ180`` is ``T`` turned by 180 degrees about z, as the mirror image of a map in
``T`` has it; ``T222`` has two-fold axes along x, y and z, as in ChimeraX's setting of this name
and in crystallography.  ``O`` has four-fold axes along x, y and z.  Icosahedral particles have no
agreed orientation: ``I1`` and ``I2`` have two-fold axes along x, y and z, ``I2`` with a five-fold
axis in the plane of x and z nearer to z, ``I1`` nearer to x; ``I3`` has a five-fold axis along z,
``I4`` one in the plane of x and z, 63 degrees from z.  ``I`` alone is ``I2``, as it is there.
Groups with mirrors are not among them: proteins have none.

The generators are those of RELION's ``symmetries.cpp``, but for ``T222`` and ``TZ180``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import List, Tuple

import numpy as np
from scipy.spatial.transform import Rotation

__all__ = ["NONE", "rotations_of", "standard_name"]

#: The name of the group without symmetry.
NONE = "C1"
_LARGEST = 99
_SAME = 1e-6
_GOLDEN = (1 + np.sqrt(5)) / 2
#: Cosine and sine of the angle between a two-fold axis along z and the nearest five-fold axis.
_FIVE_Z, _FIVE_X = _GOLDEN / np.sqrt(_GOLDEN + 2), 1 / np.sqrt(_GOLDEN + 2)
#: The same of the nearest three-fold axis.
_THREE_Z, _THREE_Y = _GOLDEN / np.sqrt(3), 1 / np.sqrt(3) / _GOLDEN

_Axis = Tuple[int, Tuple[float, float, float]]
_PLATONIC: dict[str, List[_Axis]] = {
    "T": [(3, (0, 0, 1)), (2, (0, np.sqrt(2 / 3), np.sqrt(1 / 3)))],
    "TZ180": [(3, (0, 0, 1)), (2, (0, -np.sqrt(2 / 3), np.sqrt(1 / 3)))],
    "T222": [(3, (1, 1, 1)), (2, (0, 0, 1))],
    "O": [(3, (1, 1, 1)), (4, (0, 0, 1))],
    "I1": [(2, (1, 0, 0)), (5, (_FIVE_Z, 0, -_FIVE_X)), (3, (_THREE_Z, _THREE_Y, 0))],
    "I2": [(2, (0, 0, 1)), (5, (_FIVE_X, 0, _FIVE_Z)), (3, (0, _THREE_Y, _THREE_Z))],
    "I3": [(5, (0, 0, 1)), (2, (-_FIVE_X, 0, _FIVE_Z))],
    "I4": [(5, (2, 0, 1)), (2, (_FIVE_X, 0, _FIVE_Z))],
}


def standard_name(name: str) -> str:
    """The name of a group as it is used here.

    Parameters
    ----------
    name : str
        ``C1``, ``c4``, ``D7``, ``T``, ``O``, ``I``, ``I1``...

    Returns
    -------
    str
        In capitals, ``I2`` for ``I``.

    Raises
    ------
    ValueError
        If there is no such group.
    """
    asked = name.strip().upper() if isinstance(name, str) else ""
    asked = "I2" if asked == "I" else asked
    found = re.fullmatch(r"([CD])([1-9]\d?)", asked)
    if asked not in _PLATONIC and found is None:
        raise ValueError(
            f"{name} is not a point group: give C1 to C{_LARGEST}, D1 to D{_LARGEST}, T, T222, "
            "TZ180, O, or I1 to I4"
        )
    return asked


@lru_cache(maxsize=64)
def rotations_of(name: str) -> Rotation:
    """All rotations of a group, the identity first.

    Parameters
    ----------
    name : str
        As for :func:`standard_name`.

    Returns
    -------
    Rotation
        As many as the group has members; they act on vectors ``x, y, z``.

    Raises
    ------
    ValueError
        If there is no such group.
    """
    name = standard_name(name)
    if name in _PLATONIC:
        axes = _PLATONIC[name]
    else:
        axes = [(int(name[1:]), (0, 0, 1))]
        axes += [(2, (1, 0, 0))] if name[0] == "D" else []
    return Rotation.from_matrix(_closed([_turn(fold, axis) for fold, axis in axes]))


def _turn(fold: int, axis: Tuple[float, float, float]) -> np.ndarray:
    vector = np.array(axis, float)
    return Rotation.from_rotvec(2 * np.pi / fold * vector / np.linalg.norm(vector)).as_matrix()


def _closed(generators: List[np.ndarray]) -> np.ndarray:
    """All products of some rotations, shape (members, 3, 3)."""
    members = [np.eye(3)]
    fresh = members
    while fresh:
        products = [turn @ generator for turn in fresh for generator in generators]
        fresh = []
        for product in products:
            if not (np.abs(np.array(members) - product).max(axis=(1, 2)) < _SAME).any():
                members.append(product)
                fresh.append(product)
    return np.array(members)
