"""The command ``monodir``: parses the arguments, runs a command and returns the exit status.

Every module of ``FAMILIES``, in :mod:`.commands`, adds its commands with
``add_parser(subparsers)``.  It is imported only when one of its commands is called.  A command sets
``action``, a function of the parsed options that returns ``None`` or the exit status and may raise
InputError.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Iterator, List, Optional, Sequence

from ..constants import VERSION
from ..errors import InputError
from ..workflows.process_tuning import collect_garbage_rarely
from .help_text import HelpText
from .output import OneLine, collected_output, hold_standard_streams, say, shown
from .parser import Parser

__all__ = ["main"]

#: Modules, their commands and a line about each, in the order of the help.  They are listed here
#: so that the list of commands is printed without importing the modules.
FAMILIES = {
    "prepare": {
        "demo": "simulate a particle with preferred orientation and measure its map",
        "mask": "make a mask of the particle",
    },
    "measure": {
        "run": "measure the local-directional resolution of a map",
        "part": "measure one part of a run, for a queue",
        "combine": "combine the parts of a run into its results",
    },
    "plot": {
        "plot": "draw one figure of finished results",
        "compare": "draw the results of several runs side by side",
    },
    "export": {
        "chimerax": "write a ChimeraX scene of finished results",
        "report": "write an HTML page of all findings and figures",
    },
    "annotate": {"annotate": "write an atomic model with resolutions as B-factors"},
    "filter": {
        "filter": "write a map filtered locally and along every axis",
        "check": "report how much of an enhanced map the data support",
    },
    "simulate": {"simulate": "simulate images of a particle and reconstruct maps from them"},
}
_NO_MEMORY = "monodir: there is not enough memory; use fewer --threads, or bin or crop the map\n"
#: Messages by which libraries report a lack of memory without a MemoryError.
_SIGNS_OF_NO_MEMORY = ("can't start new thread", "bad_alloc", "Cannot allocate memory")

_DESCRIPTION = """\
MonoDir measures the local-directional resolution of a cryo-EM map: the resolution in Å
of every voxel inside a mask along each of a set of Fourier axes. The noise is estimated
from two half maps, or from the solvent of a single map. MonoDir writes maps of the
highest, the lowest and the average directional resolution (ADR), of local anisotropy
and of radial and tangential resolution, and a list of the axes that shows preferred
orientations.

A projection contributes to the axes perpendicular to its view: a well-resolved axis is
not a direction with many views."""

_EPILOG = """\
monodir COMMAND --help describes a command, its options and its files.

To start:
  monodir demo -o monodir-demo
  monodir run map.mrc --mask mask.mrc -o results
  monodir report results -o report.html"""


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command line; return the exit status."""
    collect_garbage_rarely()
    words = _as_options(sys.argv[1:] if arguments is None else arguments)
    words = _attach_negative_values(words)
    hold_standard_streams()
    try:
        _check_working_folder()
        with collected_output(), _loading():
            options = _parser(words).parse_args(words)
        _log_to_stderr(getattr(options, "verbose", False))
        with collected_output():
            return options.action(options) or 0
    except InputError as error:
        say(f"monodir: {shown(str(error))}\n", sys.stderr)
        return 2
    except OSError as error:
        if error.filename is None:
            raise
        say(f"monodir: {shown(_refused(error))}\n", sys.stderr)
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
        say("monodir: interrupted\n", sys.stderr)
        return 130


def _refused(error: OSError) -> str:
    """What the system says of a path: its name is too long, say, or its disk has failed."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else error.filename
    return f"{name}: the system refuses it ({error.strerror}); give another name or place"


def _check_working_folder() -> None:
    """Refuse a working folder that was removed: no path can be found from it."""
    try:
        Path.cwd()
    except OSError as error:
        raise InputError("the working folder is gone; change to one that is there") from error


@contextmanager
def _loading() -> Iterator[None]:
    """Turn a failed import under a limit of the address space into a MemoryError."""
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


def _as_options(arguments: Sequence[str]) -> List[str]:
    """Turn ``help``, ``help run`` and ``version`` into the options that they stand for."""
    words = list(arguments)
    if words[:1] == ["help"]:
        return [*words[1:2], "--help"]
    return ["--version"] if words == ["version"] else words


def _attach_negative_values(arguments: Sequence[str]) -> List[str]:
    """Turn ``--along -1,0,0`` into ``--along=-1,0,0``; argparse would read -1,0,0 as an option."""
    options = ("--along", "--center", "--limits", "--preferred")
    attached: List[str] = []
    for text in arguments:
        if attached and attached[-1] in options and re.match(r"-[\d.]", text):
            attached[-1] += "=" + text
        else:
            attached.append(text)
    return attached


class _Handler(logging.Handler):
    """Write log messages to standard error; messages that it does not accept are lost."""

    def emit(self, record: logging.LogRecord) -> None:
        say(self.format(record) + "\n", sys.stderr)


def _log_to_stderr(verbose: bool) -> None:
    """Send log messages to the current standard error and to no other handler."""
    log = logging.getLogger("monodir")
    handler = _Handler()
    handler.setFormatter(OneLine())
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.INFO if verbose else logging.WARNING)


def _first_plain(words: Sequence[str]) -> str:
    """Return the first word that is not an option, or an empty one."""
    return next((word for word in words if not word.startswith("-")), "")


def _add_version(parser: argparse.ArgumentParser) -> None:
    """Let a command answer ``--version``, too; its help does not list the option."""
    parser.add_argument(
        "--version", action="version", version=f"MonoDir {VERSION}", help=argparse.SUPPRESS
    )


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return a parser for the command that the words name; without one, it only lists commands."""
    parser = Parser(
        prog="monodir",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpText,
    )
    parser.add_argument("-V", "--version", action="version", version=f"MonoDir {VERSION}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    named = "" if words[:1] in (["-h"], ["--help"]) else _first_plain(words)
    for family, commands in FAMILIES.items():
        if named in commands:
            import_module(f".commands.{family}", __name__).add_parser(subparsers)
            for added in subparsers.choices.values():
                _add_version(added)
            return parser
    for commands in FAMILIES.values():
        for command, line in commands.items():
            subparsers.add_parser(command, help=line)
    return parser
