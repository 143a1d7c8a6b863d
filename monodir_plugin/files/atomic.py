"""Files that appear under their name only when they are complete."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

__all__ = ["atomic_path"]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary name beside ``path`` that becomes ``path`` when the block ends well.

    Parameters
    ----------
    path : Path
        The final name.  The temporary name keeps its suffixes.
    """
    handle, name = tempfile.mkstemp(prefix=".writing-", suffix=path.name, dir=path.parent)
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
