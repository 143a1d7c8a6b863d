"""Atomic writing: a file gets its final name only when it is complete."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from ..errors import InputError

__all__ = ["atomic_folder", "atomic_path", "disk_errors", "is_there", "remove_leftovers"]

_PREFIX = ".writing-"


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path that is renamed to ``path`` if the block raises no exception.

    Parameters
    ----------
    path : Path
        The final path.  The temporary file is in the same folder and has the same suffixes.
    """
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=path.name, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        if temporary.exists():
            temporary.unlink()


@contextmanager
def atomic_folder(directory: Path) -> Iterator[Path]:
    """Yield a temporary folder; its files are moved if the block raises no exception.

    Parameters
    ----------
    directory : Path
        The folder to which the files are moved; it is created if it does not exist.  Files with
        the same names are replaced.
    """
    directory.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=directory))
    try:
        yield temporary
        for file in sorted(temporary.iterdir()):
            file.replace(directory / file.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_leftovers(directory: Path) -> None:
    """Remove temporary files and folders that a killed process left."""
    for path in directory.glob(_PREFIX + "*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def is_there(path: Path) -> bool:
    """Whether a path exists; a path that cannot be accessed counts as missing."""
    try:
        return path.exists()
    except OSError:
        return False


@contextmanager
def disk_errors(output: Path) -> Iterator[None]:
    """Turn an OSError into an InputError that names the output."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"output {output}: writing failed ({error.strerror or error}); "
            "free disk space or give another folder"
        ) from error
