"""Buffers that are used again, because allocating memory takes longer than most work done in it."""

from __future__ import annotations

import math
import threading
from typing import Dict, Tuple

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["Scratch"]


class Scratch(threading.local):
    """Named buffers, separate for every thread."""

    def __init__(self) -> None:
        self._buffers: Dict[str, np.ndarray] = {}

    def empty(self, name: str, shape: Tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """An array with arbitrary content, valid until the next call with the same name."""
        wanted = math.prod(shape) * np.dtype(dtype).itemsize
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < wanted:
            # Free the smaller buffer before the larger one is allocated.
            del buffer
            self._buffers.pop(name, None)
            buffer = self._buffers[name] = np.empty(wanted, np.uint8)
        return np.ndarray(shape, dtype, buffer)
