"""Commands that use the signal-to-noise ratios of a run on maps: filter and check."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Union

from ..arguments import add_common, positive_number
from ..help_text import HelpText

__all__ = ["add_parser"]

_FILTER = """\
Filter a map by the local-directional signal-to-noise ratio of a finished run: at every voxel,
along every axis and at every spatial frequency by SNR / (1 + SNR).

The weights come from the run in DIR, whose inputs must be where they were. --map filters
another map on the same grid with them: a half map, a sharpened map. The filter is linear and
keeps phases. A missing cone stays empty, and outside the mask the map fades to zero.

A figure is written beside the map (.png): the same slices before and after, on one grey
scale."""

_EXAMPLES = """\
examples:
  monodir filter results
  monodir filter results --map sharpened.mrc
  monodir filter results --sharpen auto -o filtered_sharpened.mrc
  monodir filter results --kind isotropic   (to compare)"""


_CHECK = """\
Report how much of the power of an enhanced map (sharpened, density modified or made by a neural
network) the data of a finished run do not support: at every voxel, along every axis and at every
spatial frequency. The enhanced map must be on the grid of the map that was measured.

The first line that is printed says whether the map goes beyond the data. It is followed by the
share of its power that is not supported, beside that of the filtered map; the part that does
not follow the data, of the map and of the window where it is largest; and the power that lies
where the data are noise or where there are none. The command writes a map of the unsupported
share at every voxel (0 to 1), and a figure beside it (.png)."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands."""
    _add_filter(subparsers)
    _add_check(subparsers)


def _add_check(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "check",
        description=_CHECK,
        epilog="examples:\n  monodir check enhanced.mrc results\n"
        "  monodir check enhanced.mrc results -o unsupported.mrc",
        formatter_class=HelpText,
    )
    parser.add_argument("map", type=Path, metavar="ENHANCED", help="enhanced map")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of results")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="map to write: .mrc (default: NAME_unsupported.mrc in DIR, such as "
        "enhanced_unsupported.mrc)",
    )
    parser.add_argument(
        "--sampling",
        type=positive_number,
        metavar="ANGSTROM",
        help="voxel size of the enhanced map in Å (default: the voxel size in the header)",
    )
    add_common(parser)
    parser.set_defaults(action=_check)


def _check(options: argparse.Namespace) -> None:
    from ...workflows.check import check_map
    from ...workflows.default_names import checked_map

    output = options.output or checked_map(options.map, options.folder)
    found = check_map(options.map, options.folder, output, options.threads, options.sampling)
    for sentence in found.sentences():
        print(sentence)
    print(found.volume)
    print(found.figure)


def _add_filter(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "filter",
        description=_FILTER,
        epilog=_EXAMPLES,
        formatter_class=HelpText,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of results")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="map to write: .mrc (default: filtered.mrc in DIR, which monodir report shows; with "
        "other options than the default also their names, such as sharpened_filtered.mrc for "
        "--map sharpened.mrc)",
    )
    parser.add_argument(
        "--map", type=Path, metavar="MAP", help="another map on the same grid to filter"
    )
    parser.add_argument(
        "--kind",
        choices=("directional", "isotropic", "global"),
        default="directional",
        help="weights by voxel, axis and frequency; by voxel and frequency; by frequency "
        "(default: directional)",
    )
    parser.add_argument(
        "--sharpen",
        type=_b_factor,
        default="none",
        metavar="B",
        help="undo a B-factor of so many Å², positive sharpens; auto fits it to the signal of the "
        "map; nothing is amplified beyond the map's own resolution (default: none)",
    )
    add_common(parser)
    parser.set_defaults(action=_filter)


def _b_factor(text: str) -> Union[str, float]:
    if text in ("auto", "none"):
        return text
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("give a number of Å², auto or none") from error


def _filter(options: argparse.Namespace) -> None:
    # Only here: loading what one command needs would delay all others.
    from ...workflows.default_names import filtered_map
    from ...workflows.filter import filter_map

    how = options.map, options.kind, options.sharpen
    written = filter_map(
        options.folder,
        options.output or filtered_map(options.folder, *how),
        *how,
        options.threads,
    )
    if written.b_factor is not None:
        print(f"sharpened by a B-factor of {written.b_factor:.0f} Å²")
    print(written.path)
    print(written.figure)
