"""Numbers that a user gives: what counts as one, and how a message shows a wrong one."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

__all__ = ["are_finite", "is_finite", "is_number", "is_whole", "listed", "shown"]


def is_number(value: Any) -> bool:
    """Whether a value is one real number, of Python or NumPy; ``True`` and ``False`` are none.

    An array without dimensions counts, because mrcfile gives voxel sizes as such.
    """
    return isinstance(_scalar(value), Real) and not isinstance(value, bool)


def is_finite(value: Any) -> bool:
    """Whether a value is one real number, and neither NaN nor infinite."""
    return is_number(value) and math.isfinite(value)


def are_finite(values: Any, count: int) -> bool:
    """Whether a value is a sequence of so many finite numbers."""
    if not hasattr(values, "__len__") or isinstance(values, (str, bytes, dict, set)):
        return False
    return len(values) == count and all(is_finite(value) for value in values)


def is_whole(value: Any) -> bool:
    """Whether a value is one whole number of an integer type, of Python or NumPy."""
    return isinstance(_scalar(value), Integral) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """A value in a message: a number with at most six digits, anything else as Python shows it."""
    return f"{float(value):g}" if is_number(value) else str(value)


def listed(values: Any) -> str:
    """Several values in a message, separated by commas; anything else as Python shows it."""
    return ", ".join(map(shown, values)) if isinstance(values, (list, tuple)) else str(values)


def _scalar(value: Any) -> Any:
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
