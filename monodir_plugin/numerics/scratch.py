"""Memory that is used again: fresh memory costs more than most of the work done in it."""

from __future__ import annotations

import ctypes
import math
import sys
from typing import Dict, Tuple

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["Scratch", "give_back"]


def give_back() -> None:
    """Return freed memory to the system.

    The C library of Linux keeps arrays of up to 32 MB when they are freed, some 100 MB after
    the axes of a box of 256; what comes next would be added to them.
    """
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


class Scratch:
    """Named arrays for one thread; each lives until its name is asked for again."""

    def __init__(self) -> None:
        self._buffers: Dict[str, np.ndarray] = {}

    def empty(self, name: str, shape: Tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """An array of any content."""
        wanted = math.prod(shape) * np.dtype(dtype).itemsize
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < wanted:
            # Some room, so that slowly growing arrays move seldom.
            buffer = self._buffers[name] = np.empty(wanted + wanted // 8, np.uint8)
        return buffer[:wanted].view(dtype).reshape(shape)

    def zeros(self, name: str, shape: Tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """An array of zeros."""
        array = self.empty(name, shape, dtype)
        array.fill(0)
        return array
