"""Whether a name is that of a file that can be read to its end."""

from __future__ import annotations

import stat
from pathlib import Path

from ..errors import InputError

__all__ = ["check_regular"]


def check_regular(path: Path, name: str, content: str) -> None:
    """Refuse what is neither a file nor a folder, before it is opened.

    A program that reads a FIFO waits for another one that writes, and a device may have no end.
    Folders are refused by the callers, which know what they may stand for.

    Parameters
    ----------
    path : Path
        An existing path.
    name : str
        What to call the file in messages.
    content : str
        What a file should hold, as ``the map``.

    Raises
    ------
    InputError
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError(
            f"{name}: it is a FIFO, a device or a socket; save {content} in a file and name that"
        )
