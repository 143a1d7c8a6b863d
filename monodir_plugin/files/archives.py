"""What all files of arrays (``.npz``) have in common."""

from __future__ import annotations

import zipfile
import zlib
from typing import Tuple

import numpy as np

__all__ = ["DAMAGED", "shape_of_box"]

#: Exceptions that reading a missing or damaged file raises.
DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def shape_of_box(stored: np.ndarray) -> Tuple[int, int, int]:
    """Shape ``[z, y, x]`` of a box, which a file holds as an array."""
    z, y, x = (int(n) for n in stored)
    return z, y, x
