"""The commands that measure a map: run, and part and combine for a run in parts."""

from __future__ import annotations

import argparse
import textwrap
from functools import partial
from pathlib import Path

from ...constants import FIGURE_OF_MAPS, TABLE_OF_MAPS
from ...numerics.reduction.result_maps import RESULT_MAPS
from ..arguments import add_common, axis_range
from ..help_text import HelpText
from ..job_options import add_job_options, add_result_options, add_run_options, job_from
from ..output import shown

__all__ = ["add_parser"]

#: Width of the list of files, and the column at which descriptions begin.
_WIDTH, _INDENT = 88, 36

_RUN = """\
Measure the local-directional resolution of a map.

R, the resolution of a voxel along an axis, is the finest resolution up to which the
local signal-to-noise ratio stays above the ratio that corresponds to an FSC of 0.5
(--criterion). The local power is that of the map filtered in a cone about the axis,
averaged over a window about the voxel. In a map that is equally well resolved at all
voxels and along all axes, R is the resolution that the FSC gives.

A run that was stopped continues when the same command is given again. In the folder of a
finished run with the same input and settings nothing is measured again: only the
diagnosis and the files are made again, for example with another --images.
"""

_RUN_FILES = """\
files written into the output folder:
{maps}
  along_X_Y_Z.mrc                   resolution along each axis given with --along, Å
  directions.csv                    for each axis: vector, rot, tilt, number of voxels
                                    whose finest axis it is, median resolution, whether
                                    the map contains data along it
  radial_profile.csv                mean and standard deviation of each map against the
                                    distance from the centre
  table.npz                         resolution of every voxel along every axis
  summary.json                      inputs, parameters, findings, warnings, diagnosis
  figure.png                        slices of ADR, polar plot, radial curves
  mask.mrc                          the mask, if it was made from the map
unless --no-diagnosis is given, also:
  tensor.npz                        ellipsoid fitted to the resolutions of every voxel
  fractional_anisotropy.mrc         of these ellipsoids: 0 for a sphere, near 1 if one
                                    axis is much coarser than the others
  views.npz                         coverage of the axes and the density of views that
                                    explains it, if the map determines them; the coverage
                                    is also a column of directions.csv
  particles.npz                     the same by the angles of the particles (--angles)
  conical_fsc.npz conical_fsc.csv   FSC of the half maps in cones about the axes
A smaller value in Å is a finer resolution. All maps are zero outside the mask. If a
voxel is not resolved along an axis, the coarsest resolution (--coarsest) replaces its
resolution in maps and means.

if several maps are measured:
  {table}                  medians of each map, one line per map, in the folder
                                    given with -o, else beside the first map
  {comparison}                  the first six maps side by side: slices of ADR, axes,
                                    radial curves, medians

printed to standard output: the resolution of the median axis (the resolution of an axis
is the median over the mask), the ratio of the coarsest to the finest axis, the share of
voxel-axis pairs that are not resolved, the axes without data, the medians over the mask
of ADR, highest, lowest and anisotropy, and the first findings of the diagnosis. For
several maps: a table of these medians.

examples:
  monodir run map.mrc --mask mask.mrc -o results
  monodir run --half1 half1.mrc --half2 half2.mrc --mask mask.mrc -o results
  monodir run half1.mrc                       (finds half2.mrc)
  monodir run Refine3D/job012                 (finds half maps, mask and number of images)
  monodir run map.mrc --along 0,0,1 --along 1,0,0 -o results
  monodir run a.mrc b.mrc c.mrc -o results    (one folder per map)
  monodir run --batch maps.txt -o results --json

exit status:
  0    the results are complete
  1    of several maps some could not be measured; they are named on standard error
  2    the input cannot be used, or memory or disk space are insufficient; one sentence
       on standard error states the problem and the fix
  130  interrupted"""

_PART = """\
Measure one part of a run, as one job of a queue, and write it into a file.

With --axes the part holds the resolution of every voxel along these axes. Without --axes
it holds the non-directional resolution (MonoRes) and the axes given with --along. Give
the same input and the same settings to all parts and to monodir combine."""

_PART_EXAMPLES = """\
examples:
  monodir part map.mrc --mask mask.mrc --axes 0:41 -o part1.npz
  monodir part map.mrc --mask mask.mrc --axes 41:81 -o part2.npz
  monodir part map.mrc --mask mask.mrc -o part3.npz
  monodir combine map.mrc --mask mask.mrc --parts part1.npz part2.npz part3.npz -o results"""

_COMBINE = """\
Combine the parts of a run, diagnose the map, and write the same files as monodir run.

Give the same input and the same settings as to monodir part."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands run, part and combine."""
    _add_run(subparsers)
    _add_part(subparsers)
    _add_combine(subparsers)


def _add_run(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "run",
        description=_RUN,
        epilog=_RUN_FILES.format(
            maps=_list_of_maps(), table=TABLE_OF_MAPS, comparison=FIGURE_OF_MAPS
        ),
        formatter_class=HelpText,
    )
    add_result_options(parser)
    add_job_options(parser, several=True)
    add_run_options(parser)
    add_common(parser)
    parser.set_defaults(action=partial(_run, parser))


def _list_of_maps() -> str:
    """Return the files of the result maps and their definitions as text."""
    lines = []
    for entry in RESULT_MAPS.values():
        definition = f"{entry.definition}, {entry.unit}"
        wrapped = textwrap.wrap(definition, _WIDTH - _INDENT)
        lines.append(f"  {entry.file}".ljust(_INDENT) + wrapped[0])
        lines += [" " * _INDENT + line for line in wrapped[1:]]
    return "\n".join(lines)


def _add_part(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "part",
        description=_PART,
        epilog=_PART_EXAMPLES,
        formatter_class=HelpText,
    )
    parser.add_argument(
        "--axes",
        type=axis_range,
        metavar="I:J",
        help="measure the axes I to J - 1, counted from 0 (default: none)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="file to write (.npz)",
    )
    add_job_options(parser)
    add_common(parser)
    parser.set_defaults(action=_part)


def _add_combine(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "combine",
        description=_COMBINE,
        formatter_class=HelpText,
    )
    parser.add_argument(
        "--parts",
        type=Path,
        nargs="+",
        required=True,
        metavar="FILE",
        help="all files that monodir part wrote for this run",
    )
    add_result_options(parser)
    add_job_options(parser)
    add_common(parser)
    parser.set_defaults(action=_combine)


# What measures is imported when a command is called: help should not wait for it.
def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from ..run_inputs import run_all

    return run_all(parser, options)


def _part(options: argparse.Namespace) -> None:
    from ...workflows.measure.run import measure_part

    job = job_from(options, options.output.parent, diagnosis=False)
    measure_part(job, options.axes, options.output)
    print(shown(str(options.output)))


def _combine(options: argparse.Namespace) -> None:
    from ...workflows.measure.combine import combine
    from ...workflows.measure.inputs import default_folder, find_input
    from .summary import print_summary

    names = [options.map] if options.map else []
    found = find_input(names, options.half1, options.half2, single=True)
    output = options.output or default_folder(found)
    job = job_from(options, output, options.diagnosis)
    print_summary(combine(job, options.parts), output)
