"""The command ``monodir``: arguments in, exit status out.

Every module of ``FAMILIES`` adds its commands with ``add_parser(subparsers)``: a
command sets ``action``, a function of the parsed options, and may raise InputError.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
from typing import List, Optional, Sequence

from ..constants import VERSION
from ..errors import InputError
from . import annotate, look, measure, share, simulate

__all__ = ["main"]

#: Modules that hold the commands, in the order of the help.
FAMILIES = (measure, look, share, annotate, simulate)

_DESCRIPTION = """\
MonoDir measures the local-directional resolution of a cryo-EM map: a resolution
in Å at every voxel of a mask along every axis, from the map alone. It writes maps
of the highest, lowest and average directional resolution, of local anisotropy,
of radial and tangential resolution, and a list of axes that shows preferred
orientations.

The resolution along an axis comes from the views ACROSS it: a well resolved axis
is not a well populated view."""


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    _log_to_stderr(getattr(options, "verbose", False))
    try:
        options.action(options)
    except InputError as error:
        print(f"monodir: {error}", file=sys.stderr)
        return 2
    except MemoryError:
        print(
            "monodir: there is not enough memory; use fewer --threads, or bin or crop the map",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("monodir: stopped", file=sys.stderr)
        return 130
    return 0


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


def _log_to_stderr(verbose: bool) -> None:
    """Send what the program tells to today's standard error, whatever was set up before."""
    log = logging.getLogger("monodir")
    log.handlers = [logging.StreamHandler(sys.stderr)]
    log.propagate = False
    log.setLevel(logging.INFO if verbose else logging.WARNING)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="monodir",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"MonoDir {VERSION}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for family in FAMILIES:
        family.add_parser(subparsers)
    return parser
