"""Atomic writing: a file gets its final name only when it is complete."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Iterator, Set

import psutil

from ..errors import InputError

__all__ = [
    "atomic_folder",
    "atomic_path",
    "disk_errors",
    "is_there",
    "made_folder",
    "real_path",
    "remove_leftovers",
]

_PREFIX = ".writing-"
#: Seconds after which what another computer left is no longer being written.
_OLD = 7 * 24 * 3600
#: Process numbers have at most this many digits.
_DIGITS = 9


#: Temporary names of this process: process numbers are reused, in containers soon.
_OURS: Set[str] = set()


def made_folder(parent: Path, ending: str = "") -> Path:
    """Make a folder with a temporary name, which ends as wanted."""
    made = tempfile.mkdtemp(prefix=_own_prefix(), suffix=ending, dir=parent)
    return _ours(Path(made))


def _ours(path: Path) -> Path:
    _OURS.add(path.name)
    return path


def _own_prefix() -> str:
    """How temporary names of this process begin: with its computer and its number."""
    computer = "".join(letter for letter in socket.gethostname() if letter.isalnum())[:20]
    return f"{_PREFIX}{computer}-{os.getpid()}-"


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path that is renamed to ``path`` if the block raises no exception.

    Parameters
    ----------
    path : Path
        The final path.  The temporary file is in the same folder and has the same suffixes.
    """
    handle, name = tempfile.mkstemp(prefix=_own_prefix(), suffix=_ending(path), dir=path.parent)
    os.close(handle)
    temporary = _ours(Path(name))
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
    remove_leftovers(directory)
    temporary = made_folder(directory)
    try:
        yield temporary
        for file in sorted(temporary.iterdir()):
            file.replace(directory / file.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_leftovers(directory: Path, ending: str = "") -> None:
    """Remove what killed programs left under temporary names.

    Parameters
    ----------
    directory : Path
    ending : str
        Only names that end so.
    """
    try:
        names = [path for path in directory.iterdir() if path.name.startswith(_PREFIX)]
    except OSError:
        return
    for path in names:
        if not path.name.endswith(ending) or _in_use(path):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def _in_use(path: Path) -> bool:
    """Whether a program may still be writing under a temporary name."""
    parts = path.name.split("-")
    own = _own_prefix().split("-")
    if len(parts) < len(own) or parts[1] != own[1] or not parts[2].isdecimal():
        # Of another computer, or of an earlier version.
        with suppress(OSError):
            return len(parts) >= len(own) and time.time() - path.stat().st_mtime < _OLD
        return False
    if int(parts[2]) == os.getpid():
        return path.name in _OURS
    return psutil.pid_exists(int(parts[2][:_DIGITS]))


def _ending(path: Path) -> str:
    """The end of a temporary name: the suffixes, of a name that may be as long as names can be."""
    return path.name[-100:] if len(path.name) > 100 else path.name


def real_path(path: Path) -> Path:
    """A path without symbolic links; a loop of them, which ``resolve`` refuses, stays."""
    return Path(os.path.realpath(path))


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
