"""The command ``monodir``: arguments in, exit status out.

Every module of ``FAMILIES`` adds its commands with ``add_parser(subparsers)``, and is loaded
when one of them is called or all are listed.  A command sets ``action``, a function of the
parsed options, and may raise InputError.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import logging
import re
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import Iterator, List, Optional, Sequence

from ..constants import VERSION
from ..errors import InputError
from .output import OneLine, collected_output, hold_standard_streams, say, shown

__all__ = ["main"]

#: Modules and their commands, in the order of the help.
FAMILIES = {
    "measure": ("run", "mask", "demo", "part", "combine"),
    "look": ("plot", "compare"),
    "share": ("chimerax", "report"),
    "annotate": ("annotate",),
    "simulate": ("simulate",),
}
#: New objects after which cycles of garbage are looked for. With Python's 700 that takes a tenth
#: of the second in which the libraries are loaded, and of the time of a figure.
_OBJECTS = 100_000
_NO_MEMORY = "monodir: there is not enough memory; use fewer --threads, or bin or crop the map\n"
#: How libraries say that they get no memory, other than by a MemoryError.
_SIGNS_OF_NO_MEMORY = ("can't start new thread", "bad_alloc", "Cannot allocate memory")

_DESCRIPTION = """\
MonoDir measures the local-directional resolution of a cryo-EM map: a resolution
in Å at every voxel of a mask along every axis, up to a criterion given as an FSC
value, from the map alone or from half maps. It writes maps
of the highest, lowest and average directional resolution, of local anisotropy,
of radial and tangential resolution, and a list of axes that shows preferred
orientations.

The resolution along an axis comes from the views ACROSS it: a well resolved axis
is not a well populated view."""


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command line; returns the exit status."""
    gc.set_threshold(_OBJECTS)
    # Else the interpreter looks through all objects again before it ends: a third of a second.
    atexit.register(gc.freeze)
    words = _joined(sys.argv[1:] if arguments is None else arguments)
    hold_standard_streams()
    try:
        with collected_output(), _loading():
            options = _parser(words[0] if words else "").parse_args(words)
        _log_to_stderr(getattr(options, "verbose", False))
        with collected_output():
            options.action(options)
    except InputError as error:
        say(f"monodir: {shown(str(error))}\n", sys.stderr)
        return 2
    except MemoryError:
        say(_NO_MEMORY, sys.stderr)
        return 2
    except RuntimeError as error:
        if not any(words in str(error) for words in _SIGNS_OF_NO_MEMORY):
            raise
        say(_NO_MEMORY, sys.stderr)
        return 2
    except KeyboardInterrupt:
        say("monodir: stopped\n", sys.stderr)
        return 130
    return 0


@contextmanager
def _loading() -> Iterator[None]:
    """Where libraries cannot be loaded into a limited address space, say that it is too small."""
    try:
        yield
    except (ImportError, OSError) as error:
        if not _space_is_limited():
            raise
        raise MemoryError from error


def _space_is_limited() -> bool:
    try:
        import resource
    except ImportError:  # not on this system
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def _joined(arguments: Sequence[str]) -> List[str]:
    """``--along -1,0,0`` as ``--along=-1,0,0``: argparse would take the value for an option."""
    vectors = ("--along", "--center", "--limits", "--preferred")
    joined: List[str] = []
    for text in arguments:
        if joined and joined[-1] in vectors and re.match(r"-[\d.]", text):
            joined[-1] += "=" + text
        else:
            joined.append(text)
    return joined


class _Handler(logging.Handler):
    """Log messages on standard error, as far as it takes them."""

    def emit(self, record: logging.LogRecord) -> None:
        say(self.format(record) + "\n", sys.stderr)


def _log_to_stderr(verbose: bool) -> None:
    """Send log messages to the current standard error, whatever was set up before."""
    log = logging.getLogger("monodir")
    handler = _Handler()
    handler.setFormatter(OneLine())
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.INFO if verbose else logging.WARNING)


def _parser(command: str) -> argparse.ArgumentParser:
    """Of one command, or of all where it is none of them."""
    parser = argparse.ArgumentParser(
        prog="monodir",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"MonoDir {VERSION}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    wanted = [family for family, commands in FAMILIES.items() if command in commands]
    for family in wanted or FAMILIES:
        import_module(f".{family}", __name__).add_parser(subparsers)
    return parser
