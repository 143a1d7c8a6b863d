"""Commands that hand finished results on: chimerax, report."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_parser"]

_CHIMERAX = """\
Write a scene for ChimeraX from the results in a folder that monodir run has finished.

adr, highest, lowest, radial, tangential, monores and anisotropy colour the surface of
the map by that map, with a key in Å. bars draws, inside a transparent surface, short
bars along the axis of finest resolution: the longer and darker, the more the
resolution depends on the axis. glyphs draws, in the same way, the ellipsoid of
resolution of a voxel: long where it is coarse. Open the .cxc file in ChimeraX (1.2 or later)."""

_REPORT = """\
Write one HTML page from the results in a folder that monodir run has finished: findings
in sentences, warnings, a polar plot that tells its axes, a slice browser, all figures,
parameters and checksums. The page is one file that loads nothing from the network; it
can be mailed and printed."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands that hand results on."""
    _add_chimerax(subparsers)
    _add_report(subparsers)


def _add_chimerax(subparsers: argparse._SubParsersAction) -> None:
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
        help="a map of the results by name, bars or glyphs (default: adr)",
    )
    scene.add_argument(
        "--map", dest="map_path", metavar="MAP", help="where the map lies now, if it was moved"
    )
    scene.set_defaults(action=_chimerax)


def _add_report(subparsers: argparse._SubParsersAction) -> None:
    report = subparsers.add_parser(
        "report",
        help="write a page of all findings and figures",
        description=_REPORT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    report.add_argument("folder", type=Path, metavar="DIR", help="folder of results")
    report.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="page to write: .html"
    )
    report.set_defaults(action=_report)


def _report(options: argparse.Namespace) -> None:
    # Only here: loading what one command needs would delay all others.
    from ..report import write_report

    print(write_report(options.folder, options.output))


def _chimerax(options: argparse.Namespace) -> None:
    from ..chimerax import write_session

    print(write_session(options.folder, options.map_path, options.output, options.color_by))
