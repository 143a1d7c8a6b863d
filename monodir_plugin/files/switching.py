"""New results in the place of old ones, in one step.

The files of a run belong together: a folder that holds some of an old run and some of a new one is
worse than either.  They are written into a folder beside that of the results.  The other files of
the old folder are linked into it, and the two folders exchange names in one call of the system, so
that at every moment all files are of one run.  Where the system or the place does not allow that
(another folder in it, another file system, a folder that is a mount point or the current one), the
new files wait in a folder whose name says that they are complete; they are moved one by one, and if
the program is killed meanwhile, the next one that finds that folder moves the rest.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from pathlib import Path
from typing import Callable, Iterator, Sequence

from .atomic import made_folder, real_path, remove_leftovers

__all__ = ["clear_leftovers", "complete_switch", "results_folder"]

#: Name of a folder, in that of the results, of files that are complete and are being moved.
_COMPLETE = ".complete-results"
#: Written into it last: names of files in the folder of the results that must go.
_GONE = ".removed"
_EXCHANGE, _HERE = 2, -100


@contextlib.contextmanager
def results_folder(
    directory: Path, superseded: Callable[[str], bool], dropped: Sequence[str] = ()
) -> Iterator[Path]:
    """A folder for results, which replace older ones if the block raises no exception.

    Parameters
    ----------
    directory : Path
        Made if missing.  Files of the same names in it are replaced, all at once.
    superseded : callable
        ``name -> bool``: whether a file that is in ``directory`` and is not written anew is one of
        the older results, and is removed.
    dropped : sequence of str
        Folders in it that were needed for the new results, and are removed with the old ones.

    Yields
    ------
    Path
        Empty.
    """
    directory.mkdir(parents=True, exist_ok=True)
    complete_switch(directory)
    clear_leftovers(directory)
    temporary = _made_folder(directory)
    try:
        yield temporary
        written = {path.name for path in temporary.iterdir()}
        gone = [
            path.name
            for path in directory.iterdir()
            if path.name not in written and path.is_file() and superseded(path.name)
        ]
        if not _exchanged(temporary, directory, {*gone, *dropped}):
            _moved(temporary, directory, gone)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def clear_leftovers(directory: Path) -> None:
    """Remove what killed programs left that wrote results into a folder."""
    real = real_path(directory)
    remove_leftovers(real)
    remove_leftovers(real.parent, f"-{real.name[-100:]}")


def complete_switch(directory: Path) -> None:
    """Move what a program that was killed had completed and not yet moved.

    Parameters
    ----------
    directory : Path
        Folder of the results; nothing happens where nothing is left.

    Raises
    ------
    OSError
        If it may not be written to.
    """
    complete = directory / _COMPLETE
    try:
        gone = (complete / _GONE).read_text().splitlines()
    except OSError:
        return
    for name in gone:
        with contextlib.suppress(FileNotFoundError):
            (directory / name).unlink()
    # The list goes last: while it is there, the rest can be moved.
    for file in sorted(complete.iterdir()):
        if file.name != _GONE:
            file.replace(directory / file.name)
    shutil.rmtree(complete)


def _made_folder(directory: Path) -> Path:
    """A new folder beside that of the results, or in it where none can be made beside it."""
    real = real_path(directory)
    try:
        temporary = made_folder(real.parent, f"-{real.name[-100:]}")
    except OSError:
        return made_folder(directory)
    if temporary.stat().st_dev != directory.stat().st_dev:
        temporary.rmdir()
        return made_folder(directory)
    shutil.copymode(directory, temporary)
    return temporary


def _exchanged(temporary: Path, directory: Path, gone: set) -> bool:
    """Let two folders exchange names; other files of the old one are linked into the new one."""
    real = real_path(directory)
    if real_path(temporary.parent) == real:
        return False
    here = Path.cwd()
    if here == real or real in here.parents:
        # A shell in this folder would then be in a folder that no longer exists.
        return False
    written = {path.name for path in temporary.iterdir()}
    others = [path for path in real.iterdir() if path.name not in written | gone]
    if any(path.is_dir() and not path.is_symlink() for path in others):
        return False
    linked = []
    try:
        for path in others:
            os.link(path, temporary / path.name, follow_symlinks=False)
            linked.append(temporary / path.name)
        if _exchange(temporary, real):
            # Files that were added during the exchange.
            known = written | gone | {path.name for path in others}
            for path in [path for path in temporary.iterdir() if path.name not in known]:
                path.replace(real / path.name)
            return True
    except (OSError, NotImplementedError):
        pass
    for path in linked:
        path.unlink()
    return False


def _exchange(one: Path, other: Path) -> bool:
    """Let two paths exchange names in one call of the system, if it has that call."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    names = (os.fsencode(one), os.fsencode(other))
    return call(_HERE, names[0], _HERE, names[1], ctypes.c_uint(_EXCHANGE)) == 0


def _moved(temporary: Path, directory: Path, gone: Sequence[str]) -> None:
    """Name complete files as such in one step, and move them."""
    (temporary / _GONE).write_text("".join(f"{name}\n" for name in gone))
    with contextlib.suppress(OSError):
        (directory / _COMPLETE).rmdir()
    try:
        temporary.replace(directory / _COMPLETE)
    except OSError:
        # From one mount to another nothing can be moved in one step.
        inside = made_folder(directory)
        shutil.copytree(temporary, inside, dirs_exist_ok=True)
        inside.replace(directory / _COMPLETE)
    complete_switch(directory)
