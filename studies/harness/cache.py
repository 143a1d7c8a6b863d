"""Arrays kept on disk between runs."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Callable, Dict, Optional

import numpy as np

__all__ = ["Cache", "hash_of_sources"]

Arrays = Dict[str, np.ndarray]


class Cache:
    """Results in npz files, named by their kind and a hash of their parameters.

    Parameters
    ----------
    folder : Path, optional
        Where files are kept; without one, nothing is kept.
    """

    def __init__(self, folder: Optional[Path] = None) -> None:
        self.folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def arrays(self, kind: str, key: object, make: Callable[[], Arrays]) -> Arrays:
        """Arrays from the disk, or made and kept.

        Parameters
        ----------
        kind : str
            Beginning of the file's name.
        key : object
            Everything that the arrays depend on; its ``repr`` is hashed.
        make : callable
            Makes the arrays.

        Returns
        -------
        dict of str to ndarray
            With ``seconds``, the time that making them took, of shape ().
        """
        if self.folder is None:
            return _timed(make)
        kind = kind.replace(", ", "-").replace(" ", "-")
        name = hashlib.sha1(repr(key).encode()).hexdigest()[:12]
        path = self.folder / f"{kind}-{name}.npz"
        if not path.is_file():
            part = path.with_suffix(f".{os.getpid()}.part.npz")
            np.savez(part, **_timed(make))
            part.replace(path)
        with np.load(path) as stored:
            return dict(stored)


def hash_of_sources(*folders: Path) -> str:
    """A hash of every Python file below some folders: results of a program depend on it."""
    digest = hashlib.sha1()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _timed(make: Callable[[], Arrays]) -> Arrays:
    start = time.perf_counter()
    made = make()
    return {**made, "seconds": np.array(time.perf_counter() - start)}
