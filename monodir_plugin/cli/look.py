"""Commands that look at finished results: plot and compare."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..figures import FIGURES
from ..workflows.plot import compare_runs, plot
from .arguments import dots, limits, numbers, voxel

__all__ = ["add_parser"]

_PLOT = """\
Draw one figure of the results in a folder that monodir run has finished.

Slices count voxels from 0. Without --axis and --slices one slice across each axis is
drawn, through the middle of the mask. Maps of resolution share one scale, from the
2nd to the 98th percentile inside the mask, so that they can be compared."""

_COMPARE = """\
Draw results side by side: slices of ADR on one scale, polar plots on one scale of
ratios to the median axis, radial curves, and a table of medians and slopes, which
is printed as well."""

_SLICES = ("axis", "slices", "limits", "cmap")
_OPTIONS = {
    "axis": "--axis",
    "slices": "--slices",
    "limits": "--limits",
    "cmap": "--cmap",
    "voxel": "--voxel",
    "map_path": "--map",
}


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands that look at results."""
    _add_plot(subparsers)
    _add_compare(subparsers)


def _add_plot(subparsers: argparse._SubParsersAction) -> None:
    plot = subparsers.add_parser(
        "plot",
        help="draw one figure of finished results",
        description=_PLOT,
        epilog=_kinds(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    plot.add_argument("folder", type=Path, metavar="DIR", help="folder of results")
    plot.add_argument(
        "--what",
        choices=tuple(FIGURES),
        default="overview",
        metavar="NAME",
        help="which figure, of those below (default: overview)",
    )
    _add_output(plot)
    _add_slices(plot)
    plot.add_argument(
        "--voxel", type=voxel, metavar="X,Y,Z", help="voxel to look at, counted from 0"
    )
    plot.add_argument(
        "--map", dest="map_path", metavar="MAP", help="where the map lies now, if it was moved"
    )
    plot.set_defaults(action=_plot)


def _add_compare(subparsers: argparse._SubParsersAction) -> None:
    compare = subparsers.add_parser(
        "compare",
        help="draw the results of several runs side by side",
        description=_COMPARE,
        epilog="example:\n  monodir compare before after -o tilting.png --csv tilting.csv",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compare.add_argument(
        "folders", type=Path, nargs="+", metavar="DIR", help="folders of results, two or more"
    )
    _add_output(compare)
    _add_slices(compare)
    compare.add_argument(
        "--csv", type=Path, dest="listed", metavar="FILE", help="write the table, too, as a list"
    )
    compare.set_defaults(action=_compare)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="figure to write: .png, .svg or .pdf",
    )
    parser.add_argument(
        "--dpi", type=dots, metavar="N", help="dots per inch of a .png (default: 200)"
    )


def _add_slices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--axis", choices=("x", "y", "z"), help="the slices lie across this axis")
    parser.add_argument(
        "--slices", type=numbers, metavar="I,J,...", help="numbers of the slices (default: z)"
    )
    parser.add_argument(
        "--limits", type=limits, metavar="LOW,HIGH", help="ends of the scale of colours"
    )
    parser.add_argument("--cmap", metavar="NAME", help="colour map of Matplotlib")


def _kinds() -> str:
    """The figures, their titles and the options that each takes."""
    lines = ["figures (NAME, what it shows, options it takes):"]
    for kind in FIGURES.values():
        lines.append(f"  {kind.name:<12}{kind.title}")
        words = " ".join(_OPTIONS[option] for option in kind.options)
        if words:
            lines.append(f"  {'':<12}  {words}")
    lines += [
        "",
        "examples:",
        "  monodir plot results -o overview.png",
        "  monodir plot results --what adr --axis z --slices 30,40,50 --limits 2,8 -o adr.pdf",
    ]
    return "\n".join(lines)


def _plot(options: argparse.Namespace) -> None:
    asked = {name: getattr(options, name) for name in _OPTIONS}
    plot(options.folder, options.what, options.output, options.dpi, **asked)
    print(options.output)


def _compare(options: argparse.Namespace) -> None:
    asked = {name: getattr(options, name) for name in _SLICES}
    lines = compare_runs(options.folders, options.output, options.dpi, options.listed, **asked)
    width = max(len(line.what) for line in lines)
    columns = [max(len(str(folder)), 9) for folder in options.folders]
    heads = zip(map(str, options.folders), columns)
    print(" " * (width + 6) + "  ".join(f"{head:>{size}}" for head, size in heads))
    for line in lines:
        numbers = (f"{value:{size}.3f}" for value, size in zip(line.values, columns))
        print(f"{line.what:<{width}} {line.unit:<5}" + "  ".join(numbers))
    print(options.output)
