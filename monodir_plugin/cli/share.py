"""Commands that hand finished results on: chimerax."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..chimerax import write_session

__all__ = ["add_parser"]

_CHIMERAX = """\
Write a scene for ChimeraX from the results in a folder that monodir run has finished.

adr, highest, lowest, radial, tangential, monores and anisotropy colour the surface of
the map by that map, with a key in Å. bars draws, inside a transparent surface, short
bars along the axis of finest resolution: the longer and darker, the more the
resolution depends on the axis. Open the .cxc file in ChimeraX (1.2 or later)."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands that hand results on."""
    scene = subparsers.add_parser(
        "chimerax",
        help="write a scene for ChimeraX",
        description=_CHIMERAX,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    scene.add_argument("folder", type=Path, metavar="DIR", help="folder of results")
    scene.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FOLDER",
        help="folder for the scene (default: chimerax in DIR)",
    )
    scene.add_argument(
        "--color-by",
        default="adr",
        metavar="NAME",
        help="a map of the results by name, or bars (default: adr)",
    )
    scene.add_argument(
        "--map", dest="map_path", metavar="MAP", help="where the map lies now, if it was moved"
    )
    scene.set_defaults(action=_chimerax)


def _chimerax(options: argparse.Namespace) -> None:
    print(write_session(options.folder, options.map_path, options.output, options.color_by))
