"""The commands that export finished results for other programs: chimerax and report."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import List

from ...numerics.reduction.result_maps import RESULT_MAPS
from ..arguments import limits
from ..help_text import HelpText

__all__ = ["add_parser"]

_CHIMERAX = f"""\
Write a ChimeraX scene of the results of monodir run.

--color-by selects what the scene shows:
  {", ".join(RESULT_MAPS)}
          the surface of the measured map, coloured by this map, with a key in Å
  bars    short bars along the finest axis, at voxels of a regular grid inside a transparent
          surface; a longer and darker bar means that the resolution depends more on the axis
  glyphs  ellipsoids of resolution, at voxels of a regular grid inside a transparent surface;
          an ellipsoid is long along axes with a coarse resolution

Open the .cxc file in ChimeraX 1.2 or later."""

_REPORT = """\
Write one HTML page about the results of monodir run: the findings as sentences, warnings,
an interactive polar plot, a slice browser, all figures, parameters and checksums. If the
package plotly is installed, the page has a view of the map in three dimensions, coloured by
resolution, and is 2 MB larger. The page is a single file that loads nothing from the
network."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands chimerax and report."""
    _add_chimerax(subparsers)
    _add_report(subparsers)


def _add_chimerax(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "chimerax",
        description=_CHIMERAX,
        epilog="examples:\n  monodir chimerax results --color-by bars\n"
        "  monodir chimerax results --map filtered.mrc -o scene_filtered",
        formatter_class=HelpText,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder that monodir run wrote")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FOLDER",
        help="folder for the scene (default: the folder chimerax in DIR)",
    )
    parser.add_argument(
        "--color-by",
        default="adr",
        metavar="NAME",
        help="name of a resolution map, bars or glyphs (default: adr)",
    )
    parser.add_argument(
        "--map",
        dest="map_path",
        metavar="FILE",
        help="another map on the same grid to draw, such as a filtered one, or the path of the "
        "measured map, if it was moved after the run",
    )
    parser.add_argument(
        "--limits",
        type=limits,
        metavar="LOW,HIGH",
        help="ends of the colour scale (default: the 2nd and 98th percentile of the resolved "
        "voxels of all resolution maps)",
    )
    parser.add_argument("--cmap", metavar="NAME", help="Matplotlib colour map")
    parser.set_defaults(action=_chimerax)


def _add_report(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "report",
        description=_REPORT,
        epilog="examples:\n  monodir report results\n  monodir report results -o report.html\n"
        "  monodir report results --filtered filtered.mrc\n"
        "  monodir report results --name 'Tilted, 30 degrees'",
        formatter_class=HelpText,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder that monodir run wrote")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="page to write, .html (default: report.html in DIR)",
    )
    parser.add_argument(
        "--filtered",
        type=Path,
        metavar="FILE",
        help="map that monodir filter wrote, shown beside the measured map (default: filtered.mrc "
        "in DIR, if there is one)",
    )
    parser.add_argument(
        "--name", help="name of the run in titles (default: the names of DIR and of the map)"
    )
    parser.set_defaults(action=_report)


def _report(options: argparse.Namespace) -> None:
    # Imported here: the other command does not need it, and it takes time.
    from ...report import write_report
    from ...workflows.progress import ProgressBar

    output = options.output or options.folder / "report.html"
    with ExitStack() as shown:
        bars: List[ProgressBar] = []

        def progress(done: int, total: int) -> None:
            if not bars:
                bars.append(shown.enter_context(ProgressBar(total, "figures")))
            bars[0].advance(min(done, 1))

        print(write_report(options.folder, output, options.filtered, progress, options.name))


def _chimerax(options: argparse.Namespace) -> None:
    from ...chimerax import write_session

    print(
        write_session(
            options.folder,
            options.map_path,
            options.output,
            options.color_by,
            options.limits,
            options.cmap,
        )
    )
