"""One computation at a time in a folder: a lock that ends with the process that holds it.

The lock is an advisory record lock of the system (``fcntl``) on a hidden file in the folder. The
system frees it when the process ends, for whatever reason: a file that a killed process left locks
nothing.  On NFS the server keeps the locks, so that they hold between computers; if the folder is
mounted with ``local_lock`` or ``nolock``, they hold on each computer alone.  Where the file system
has no locks a warning is written and nothing is locked.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Iterator, Optional, Set

from ..errors import InputError
from .atomic import disk_errors, real_path

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

__all__ = ["LOCK", "folder_lock", "locked_by"]

log = logging.getLogger("monodir")

#: Name of the file; what it holds is only for messages.
LOCK = ".monodir-lock"
#: Folders that this process holds: a record lock does not exclude the process that has it, and
#: opening and closing its file would free it.
_HELD: Set[Path] = set()
#: Errors of the system if another process holds the lock.
_BUSY = (errno.EACCES, errno.EAGAIN)
#: A process that only asks for the owner of a lock holds it for a moment.
_ATTEMPTS, _PAUSE = 3, 0.1


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold a folder, so that no other process of this package computes in it.

    Parameters
    ----------
    folder : Path
        It is created if it does not exist, and removed at the end if it was created and is empty.

    Raises
    ------
    InputError
        If another process holds it, with a sentence that names this process; or if the file of
        the lock cannot be written.
    """
    real = real_path(folder)
    if real in _HELD:
        raise InputError(_sentence(folder, "this process"))
    created = not folder.exists()
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = _acquired(folder, real / LOCK)
    _HELD.add(real)
    try:
        yield
    finally:
        _HELD.discard(real)
        if handle is not None:
            # Removed while it is held: a process that opened the file before sees that it is gone.
            if _is_at(handle, real / LOCK):
                with suppress(OSError):
                    (real / LOCK).unlink()
            os.close(handle)
        if created:
            with suppress(OSError):
                folder.rmdir()


def locked_by(folder: Path) -> Optional[str]:
    """Return which other process holds a folder, on which computer and since when, or ``None``."""
    real = real_path(folder)
    if fcntl is None or real in _HELD:
        return None
    try:
        handle = os.open(real / LOCK, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return _owner(handle) if error.errno in _BUSY else None
    finally:
        os.close(handle)
    return None


def _acquired(folder: Path, path: Path) -> Optional[int]:
    """Open and lock a file; ``None`` where the file system has no locks."""
    if fcntl is None:
        return None
    for attempt in range(_ATTEMPTS):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = _owner(handle)
            os.close(handle)
            if error.errno not in _BUSY:
                with suppress(OSError):
                    path.unlink()
                log.warning(
                    "warning: folder %s: its file system has no locks (%s); make sure that no "
                    "other run computes there",
                    folder,
                    error.strerror,
                )
                return None
            if attempt + 1 == _ATTEMPTS:
                raise InputError(_sentence(folder, owner)) from error
        else:
            if _is_at(handle, path):
                os.ftruncate(handle, 0)
                os.write(handle, _description().encode())
                return handle
            # The process before removed its file between the two calls.
            os.close(handle)
        time.sleep(_PAUSE)
    raise InputError(_sentence(folder, "another process"))


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file is the one with this name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _description() -> str:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"process {os.getpid()} on {socket.gethostname()}, since {since}"


def _owner(handle: int) -> str:
    """Return what the process that holds the lock wrote about itself."""
    with suppress(OSError):
        text = os.pread(handle, 300, 0).decode(errors="replace").strip()
        return text or "another process"
    return "another process"


def _sentence(folder: Path, owner: str) -> str:
    return (
        f"folder {folder}: another run computes in it ({owner}); wait until it ends, or stop it, "
        "or give another folder"
    )
