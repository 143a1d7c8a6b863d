"""Memory that is used again: fresh memory costs more than most of the work done in it."""

from __future__ import annotations

import ctypes
import math
import sys
import threading
from typing import Dict, Tuple

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["Scratch", "give_back", "keep_apart"]


#: Options of the C library of Linux (``malloc.h``).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


def keep_apart() -> None:
    """Have arrays of more than 9 MB lie apart from each other, for this process.

    The C library of Linux else raises that size to 32 MB when it meets arrays of less, and lays
    them where holes remain: at 256³ they add up to a tenth of the memory.
    """
    if sys.platform.startswith("linux"):
        option = getattr(ctypes.CDLL(None), "mallopt", None)
        if option is not None:
            option(_MMAP_THRESHOLD, 9 << 20)
            option(_TRIM_THRESHOLD, 32 << 20)


def give_back() -> None:
    """Return freed memory to the system.

    The C library of Linux keeps arrays of up to 32 MB when they are freed, some 100 MB after
    the axes of a box of 256; what comes next would be added to them.
    """
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


class Scratch(threading.local):
    """Memory to work in, of every thread its own; all arrays are of any content."""

    def __init__(self) -> None:
        self._buffers: Dict[str, np.ndarray] = {}

    def empty(self, name: str, shape: Tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """An array that lives until its name is asked for again."""
        wanted = math.prod(shape) * np.dtype(dtype).itemsize
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < wanted:
            # Not both at once.
            del buffer
            self._buffers.pop(name, None)
            buffer = self._buffers[name] = np.empty(wanted, np.uint8)
        return np.ndarray(shape, dtype, buffer)
