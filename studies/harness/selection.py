"""Records by what they have in common."""

from __future__ import annotations

from typing import Iterable, List

import numpy as np

from .tables import Record

__all__ = ["column", "some"]


def some(records: Iterable[Record], **values: object) -> List[Record]:
    """Records whose columns have the given values."""
    return [r for r in records if all(r.get(name) == value for name, value in values.items())]


def column(records: Iterable[Record], name: str) -> np.ndarray:
    """One column as floats, shape (records,); NaN where a record has no value."""
    return np.array([r.get(name, np.nan) for r in records], float)
