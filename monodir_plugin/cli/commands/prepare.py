"""The commands that come before a run: demo and mask."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..arguments import add_common, add_verbose
from ..help_text import HelpText
from ..job_options import add_exclusion, add_input_options, half_maps
from ..output import shown

__all__ = ["add_parser"]

_DEMO = """\
Simulate a small particle that is viewed mostly along z, and measure its map.

The resolution is fine along axes perpendicular to z and coarse along axes near z. The
output folder also contains the simulated map and mask."""

#: In the current folder.
_DEMO_FOLDER = "monodir-demo"

_MASK = """\
Make a soft mask of the particle.

The map is low-pass filtered and thresholded by the density of the solvent; the largest
connected components are kept, and their edge is softened. monodir run makes the same mask
if none is given. Check that the mask contains flexible parts of the particle."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands demo and mask."""
    _add_demo(subparsers)
    _add_mask(subparsers)


def _add_demo(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "demo",
        description=_DEMO,
        formatter_class=HelpText,
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help=f"folder for the results (default: {_DEMO_FOLDER})",
    )
    add_common(parser)
    parser.set_defaults(action=_demo)


def _add_mask(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "mask",
        description=_MASK,
        epilog="examples:\n  monodir mask map.mrc\n  monodir mask map.mrc -o mask.mrc",
        formatter_class=HelpText,
    )
    add_input_options(parser, half_maps="the mask is made from the mean of the half maps")
    add_exclusion(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="mask to write: .mrc, also .mrc.gz or .mrc.bz2 (default: beside the map, "
        "map_monodir_mask.mrc for map.mrc)",
    )
    add_verbose(parser)
    parser.set_defaults(action=_mask)


# What measures is imported when a command is called: help should not wait for it.
def _demo(options: argparse.Namespace) -> None:
    from ...workflows.measure.inputs import outside_program
    from ...workflows.measure.run import run_demo
    from .summary import print_summary

    output = options.output or outside_program(Path(), "the demo") / _DEMO_FOLDER
    print_summary(run_demo(output, options.threads), output)


def _mask(options: argparse.Namespace) -> None:
    from ...workflows.default_names import made_mask
    from ...workflows.measure.run import make_mask_file

    halves = half_maps(options)
    output = options.output or made_mask(options.map, halves)
    voxels = make_mask_file(options.map, output, options.sampling, halves, options.exclude)
    print(f"{shown(str(output))}: {voxels} voxels")
