"""The commands that draw figures of finished results: plot and compare."""

from __future__ import annotations

import argparse
from pathlib import Path
from textwrap import fill
from typing import Any, Dict

from ...errors import InputError
from ...figures import FIGURES
from ...files.loading import check_finished
from ...workflows.plot import compare_runs, plot
from ..arguments import dots_per_inch, integers, limits, voxel
from ..help_text import HelpText

__all__ = ["add_parser"]

_PLOT = """\
Draw one figure of the results of monodir run.

Slices are numbered from 0. Without --axis and --slices, one slice perpendicular to each
axis is drawn, through the middle of the mask. Without --limits, all resolution maps use
the same colour scale, from the 2nd to the 98th percentile inside the mask, so that
figures of different maps can be compared."""

_COMPARE = """\
Draw the results of several runs side by side: slices of ADR on one colour scale, polar
plots on one scale of ratios to the median axis, radial curves, and a table of medians and
slopes. The table is also printed."""

#: The figure that is drawn if none is named.
_OVERVIEW = "overview"
_SLICES = ("axis", "slices", "limits", "cmap")
#: Decimals of resolutions in the printed table.
_DECIMALS = 3
_OPTIONS = {
    "axis": "--axis",
    "slices": "--slices",
    "limits": "--limits",
    "cmap": "--cmap",
    "voxel": "--voxel",
    "map_path": "--map",
}


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands plot and compare."""
    _add_plot(subparsers)
    _add_compare(subparsers)


def _add_plot(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "plot",
        description=_PLOT,
        epilog=_list_of_figures(),
        formatter_class=HelpText,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder that monodir run wrote")
    parser.add_argument(
        "--what",
        choices=tuple(FIGURES),
        metavar="NAME",
        help="figure to draw, one of the list below (default: overview)",
    )
    _add_output(parser, default="NAME.png in DIR, such as overview.png")
    _add_slices(parser)
    parser.add_argument(
        "--voxel",
        type=voxel,
        metavar="X,Y,Z",
        help="voxel to draw, counted from 0 (default: the voxel closest to the middle of the mask)",
    )
    parser.add_argument(
        "--map",
        dest="map_path",
        metavar="FILE",
        help="path of the measured map, if it was moved after the run",
    )
    parser.add_argument(
        "--list",
        action=_ListOfFigures,
        help="describe every figure, and what good and bad maps look like in it, and exit",
    )
    parser.set_defaults(action=_plot)


def _add_compare(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "compare",
        description=_COMPARE,
        epilog="examples:\n  monodir compare before after\n"
        "  monodir compare before after -o tilting.png --csv tilting.csv",
        formatter_class=HelpText,
    )
    parser.add_argument(
        "folders",
        type=Path,
        nargs="+",
        metavar="DIR",
        help="folders that monodir run wrote, two or more",
    )
    _add_output(parser, default="compared_NAME_NAME.png beside the first folder")
    _add_slices(parser)
    parser.add_argument(
        "--csv",
        type=Path,
        dest="csv_path",
        metavar="FILE",
        help="also write the table into this CSV file",
    )
    parser.set_defaults(action=_compare)


def _add_output(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the file of the figure."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help=f"figure to write: .png, .svg or .pdf (default: {default})",
    )
    parser.add_argument(
        "--dpi", type=dots_per_inch, metavar="N", help="dots per inch of a .png (default: 200)"
    )


def _add_slices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--axis",
        choices=("x", "y", "z"),
        help="draw slices perpendicular to this axis of the box (default: one slice per axis)",
    )
    parser.add_argument(
        "--slices",
        type=integers,
        metavar="I,J,...",
        help="numbers of the slices; without --axis they are perpendicular to z (default with "
        "--axis: five slices, evenly spaced through the mask)",
    )
    parser.add_argument(
        "--limits",
        type=limits,
        metavar="LOW,HIGH",
        help="lowest and highest value of the colour scale",
    )
    parser.add_argument("--cmap", metavar="NAME", help="Matplotlib colour map")


def _list_of_figures() -> str:
    """Return names, titles and options of all figures as text."""
    lines = ["figures (name, title, options):"]
    for kind in FIGURES.values():
        lines.append(f"  {kind.name:<12}{kind.title}")
        words = " ".join(_OPTIONS[option] for option in kind.options)
        if words:
            lines.append(f"  {'':<12}  {words}")
    lines += [
        "",
        "examples:",
        "  monodir plot results",
        "  monodir plot results --what adr --axis z --slices 30,40,50 --limits 2,8 -o adr.pdf",
    ]
    return "\n".join(lines)


class _ListOfFigures(argparse.Action):
    """Print what every figure shows, and exit."""

    def __init__(self, **names: Any) -> None:
        super().__init__(nargs=0, **names)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        for kind in FIGURES.values():
            print(f"{kind.name}: {kind.title}")
            for text in (kind.caption, kind.judged):
                if text:
                    print(fill(text, 90, initial_indent="  ", subsequent_indent="  "))
        parser.exit()


def _plot(options: argparse.Namespace) -> None:
    given = {name: getattr(options, name) for name in _OPTIONS}
    what = options.what or _OVERVIEW
    if options.what is None:
        _check_overview(given)
    # Before the output is looked at, which is in the folder by default.
    check_finished(options.folder)
    output = options.output or options.folder / f"{what}.png"
    plot(options.folder, what, output, options.dpi, **given)
    print(output)


def _check_overview(given: Dict[str, Any]) -> None:
    """Refuse an option that the default figure does not have, and name figures that have it."""
    for name, value in given.items():
        if value is not None and name not in FIGURES[_OVERVIEW].options:
            those = [kind.name for kind in FIGURES.values() if name in kind.options]
            raise InputError(
                f"figure {_OVERVIEW}: it has no option {_OPTIONS[name]}; add --what {those[0]}"
                + (" or another figure of monodir plot --list" if len(those) > 1 else "")
            )


def _compare(options: argparse.Namespace) -> None:
    # Only here: plot does not need it.
    from ...workflows.default_names import compared_figure

    given = {name: getattr(options, name) for name in _SLICES}
    output = options.output or compared_figure(options.folders)
    table = compare_runs(options.folders, output, options.dpi, options.csv_path, **given)
    width = max(len(row.what) for row in table)
    texts = [row.texts(_DECIMALS) for row in table]
    columns = [
        max(map(len, (str(folder), *column)))
        for folder, column in zip(options.folders, zip(*texts))
    ]
    headings = zip(map(str, options.folders), columns)
    print(" " * (width + 8) + "  ".join(f"{heading:>{size}}" for heading, size in headings))
    for row, entries in zip(table, texts):
        shown = "  ".join(f"{text:>{size}}" for text, size in zip(entries, columns))
        print(f"{row.what:<{width}} {row.unit:<7}{shown}")
    print(output)
