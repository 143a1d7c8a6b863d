"""Whether files and folders can be written where the user wants them."""

from __future__ import annotations

import bz2
import gzip
import os
from pathlib import Path
from typing import Any, Callable, Dict, Sequence

from ..constants import NAME
from ..errors import InputError
from .atomic import is_there, real_path
from .maps import MapFile

__all__ = ["check_default", "check_file", "check_folder", "existing_parent"]

#: Bytes of an MRC header, with its labels, and of the beginning of a PNG, with its texts.
_BEGINNING = 1024
_OPENERS: Dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}


def check_folder(output: Path) -> None:
    """Check that a folder exists or can be created, and can be written.

    Raises
    ------
    InputError
        If not.
    """
    _check_writable(output)
    if output.exists() and not output.is_dir():
        raise InputError(f"output {output}: it is a file; give a folder")


def check_file(output: Path, loaded: Sequence[MapFile]) -> None:
    """Check that a file can be written and is not one of the inputs.

    Raises
    ------
    InputError
        If it cannot, or is.
    """
    _check_writable(output)
    if output.is_dir():
        raise InputError(f"output {output}: it is a folder; give a file name")
    for file in loaded:
        if real_path(output) == real_path(file.path):
            raise InputError(f"output {output}: it is the input; give another file name")


def check_default(output: Path) -> None:
    """Check that a file whose name the user did not give may be replaced.

    Raises
    ------
    InputError
        If there is a file of this name that this program did not write.
    """
    if not is_there(output) or _is_ours(output):
        return
    raise InputError(
        f"output {output}: there is a file of this name that MonoDir did not write; name another "
        "with -o"
    )


def _is_ours(path: Path) -> bool:
    """Whether a map or a picture names this program in its header."""
    if path.is_dir():
        return False
    opener = _OPENERS.get(path.suffix, open)
    try:
        with opener(path, "rb") as file:
            return NAME.encode() in file.read(_BEGINNING)
    except (OSError, EOFError):
        return False


def _check_writable(output: Path) -> None:
    try:
        output.exists()
    except OSError as error:
        raise InputError(f"output {output}: {error.strerror}; give another path") from error
    for place in (output, *output.parents):
        if place.is_symlink() and not is_there(place):
            raise InputError(
                f"output {output}: {place} is a symbolic link that leads nowhere; give another path"
            )
    parent = existing_parent(output)
    needed = os.W_OK | os.X_OK if parent.is_dir() else os.W_OK
    if not os.access(parent, needed) or (parent != output.absolute() and not parent.is_dir()):
        raise InputError(f"output {output}: {parent} cannot be written to; give another path")


def existing_parent(path: Path) -> Path:
    """The closest folder or file above a path, or the path itself, that is there."""
    path = path.absolute()
    while not is_there(path):
        path = path.parent
    return path
