"""What all files of arrays (``.npz``) have in common."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Mapping, Tuple

import numpy as np

__all__ = ["DAMAGED", "save_arrays", "save_packed_arrays", "shape_of_box"]

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


def save_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays by name in the format of ``numpy.savez``; a full disk is one error only.

    NumPy leaves an archive open that could not be written, and Python then prints the traceback of
    its second failure.

    Parameters
    ----------
    path : Path
    **arrays : ndarray

    Raises
    ------
    OSError
        If the disk takes no more.
    """
    _save(path, zipfile.ZIP_STORED, arrays)


def save_packed_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays as :func:`save_arrays` does, compressed, as ``numpy.savez_compressed``."""
    _save(path, zipfile.ZIP_DEFLATED, arrays)


def _save(path: Path, method: int, arrays: Mapping[str, np.ndarray]) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(values), allow_pickle=False)
