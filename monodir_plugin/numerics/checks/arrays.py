"""Checks of what is measured: maps, masks, the voxel size; and of the number of threads."""

from __future__ import annotations

import math
from typing import Any, Tuple

import numpy as np

from .numbers import is_finite, is_whole, shown

__all__ = ["NOT_FINITE", "check_map", "check_mask", "check_sampling", "check_threads"]

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
        If it is not an array of real numbers, not a cube, holds NaN or infinite values, or is
        constant.
    """
    _check_array(volume, name)
    if not (np.issubdtype(volume.dtype, np.floating) or np.issubdtype(volume.dtype, np.integer)):
        raise ValueError(f"the {name} has values of type {volume.dtype}: give real numbers")
    if volume.ndim != 3 or len(set(volume.shape)) != 1 or not volume.size:
        raise ValueError(f"the {name} has shape {volume.shape}: give a cube, [z, y, x]")
    # One value that is not finite makes an extreme that is not: no array of flags is needed.
    least, most = float(volume.min()), float(volume.max())
    if not (math.isfinite(least) and math.isfinite(most)):
        raise ValueError(f"the {name} {NOT_FINITE}")
    if least == most:
        raise ValueError(f"the {name} is constant: every voxel has the same value, {least + 0.0:g}")


def check_mask(mask: np.ndarray, shape: Tuple[int, ...], name: str = "mask") -> None:
    """Refuse an array that is not a mask of a map.

    Parameters
    ----------
    mask : ndarray
    shape : tuple of int
        Shape of the map.
    name : str
        Its name in the message.

    Raises
    ------
    ValueError
        If it is not an array, its shape differs from that of the map, its values are not bool, or
        it is empty.
    """
    _check_array(mask, name)
    if mask.shape != shape:
        raise ValueError(
            f"the {name} has shape {mask.shape}, the map {shape}: make it on the same grid"
        )
    if mask.dtype != np.bool_:
        raise ValueError(
            f"the {name} has values of type {mask.dtype}: give bool, such as values > 0.5"
        )
    if not mask.any():
        raise ValueError(f"the {name} is empty: it has no voxel")


def _check_array(values: Any, name: str) -> None:
    if not isinstance(values, np.ndarray):
        raise ValueError(f"the {name} is of type {type(values).__name__}: give an array of NumPy")


def check_sampling(sampling: float) -> None:
    """Refuse a voxel size in Å that is not a positive number."""
    if not (is_finite(sampling) and sampling > 0):
        raise ValueError(f"a voxel size of {shown(sampling)} Å: give a positive number")


def check_threads(threads: int) -> None:
    """Refuse a number of threads that is not a whole number of at least 1."""
    if not (is_whole(threads) and threads >= 1):
        raise ValueError(f"{shown(threads)} threads: give a whole number of at least 1")
