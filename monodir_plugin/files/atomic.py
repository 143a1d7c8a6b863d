"""Files that appear under their name only when they are complete."""

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
    """A temporary name beside ``path`` that becomes ``path`` when the block ends well.

    Parameters
    ----------
    path : Path
        The final name.  The temporary name keeps its suffixes.
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
    """A temporary folder whose files move into ``directory`` together when the block ends well.

    Parameters
    ----------
    directory : Path
        Made if missing.  Files in it of the same names are replaced.
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
    """Remove what a killed program left under temporary names."""
    for path in directory.glob(_PREFIX + "*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def is_there(path: Path) -> bool:
    """Whether a path exists; one that cannot be looked at (no permission, too long) does not."""
    try:
        return path.exists()
    except OSError:
        return False


@contextmanager
def disk_errors(output: Path) -> Iterator[None]:
    """Turn a failure of the disk into a sentence."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"output {output}: writing failed ({error.strerror or error}); "
            "make room or name another folder"
        ) from error
