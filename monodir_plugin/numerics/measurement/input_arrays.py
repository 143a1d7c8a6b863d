"""Checks of the arrays that are measured: one for maps, one for masks."""

from __future__ import annotations

import math
from typing import Tuple

import numpy as np

__all__ = ["NOT_FINITE", "check_map", "check_mask", "check_sampling"]

#: What a message says of a map with such values.
NOT_FINITE = (
    "holds values that are not numbers (NaN or infinite); make the map again, or replace them"
)


def check_map(volume: np.ndarray, name: str = "map") -> None:
    """Refuse an array that is not a map.

    Parameters
    ----------
    volume : ndarray
    name : str
        Its name in the message.

    Raises
    ------
    ValueError
        If it is not a cube, holds NaN or infinite values, or is constant.
    """
    if volume.ndim != 3 or len(set(volume.shape)) != 1 or not volume.size:
        raise ValueError(f"the {name} has shape {volume.shape}: give a cube, [z, y, x]")
    # One value that is not finite makes an extreme that is not: no array of flags is needed.
    least, most = float(volume.min()), float(volume.max())
    if not (math.isfinite(least) and math.isfinite(most)):
        raise ValueError(f"the {name} {NOT_FINITE}")
    if least == most:
        raise ValueError(f"the {name} is constant: every voxel has the same value, {least:g}")


def check_mask(mask: np.ndarray, shape: Tuple[int, ...]) -> None:
    """Refuse an array that is not a mask of a map.

    Parameters
    ----------
    mask : ndarray
    shape : tuple of int
        Shape of the map.

    Raises
    ------
    ValueError
        If its shape differs from that of the map, its values are not bool, or it is empty.
    """
    if mask.shape != shape:
        raise ValueError(f"the mask has shape {mask.shape}, the map {shape}")
    if mask.dtype != np.bool_:
        raise ValueError(f"the mask has values of type {mask.dtype}: give bool, such as mask > 0.5")
    if not mask.any():
        raise ValueError("the mask is empty")


def check_sampling(sampling: float) -> None:
    """Refuse a voxel size in Å that is not a positive number."""
    if not 0 < sampling < math.inf:
        raise ValueError(f"a voxel size of {sampling:g} Å: give a positive number")
