"""Commands that measure: run, mask, demo, and a run in parts."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Iterator, Mapping, Optional, Tuple

from .. import commands
from ..diagnosis.telling import headlines
from ..errors import InputError
from ..inputs import Job
from ..numerics.preparation import Settings
from .arguments import add_common, centre, cone, count, number, positive, rows, vector
from .output import shown

__all__ = ["add_parser"]

#: Axes without data that are named; of more only their number is given.
_NAMED_AXES = 4

_RUN = """\
Measure a map.

For every voxel and each of 81 axes, R is the finest resolution up to which the signal
of the map, filtered in a cone about the axis and averaged over a window about the
voxel, stays above the noise by the ratio that an FSC of 0.5 stands for. In a map that
is equally sharp everywhere and along all axes, R is the resolution that the FSC gives.
"""

_RUN_FILES = """\
files written into the output folder:
  highest.mrc lowest.mrc adr.mrc    5th and 95th percentile over the axes of the
                                    resolution in Å, and their mean
  anisotropy.mrc                    half of the 83rd less the 17th percentile, Å
  radial.mrc tangential.mrc         along the line from the centre, and across it
  monores.mrc                       without directions, for comparison
  along_X_Y_Z.mrc                   along each axis asked for with --along
  directions.csv                    axes: vector, rot, tilt, number of voxels that are
                                    finest along it, median resolution, whether it has data
  radial_profile.csv                means and deviations of each map by radius
  table.npz                         resolution of every voxel along every axis
  summary.json                      inputs, parameters, findings, warnings, diagnosis
  figure.png                        ADR slices, polar plot, radial curves
  mask.mrc                          the mask, if it was made here
and, unless --no-diagnosis is given:
  tensor.npz                        resolution of every voxel as an ellipsoid
  fractional_anisotropy.mrc         of the ellipsoids: 0 a sphere, near 1 one coarse axis
  views.npz                         coverage of axes and the views that explain it, where
                                    the map shows them (also a column of directions.csv)
  conical_fsc.npz conical_fsc.csv   correlation of the half maps in cones about the axes
Smaller numbers of Å are finer resolution. Outside the mask maps are zero. Where a voxel
is not resolved along an axis, maps and means use the coarse limit (--coarsest).

printed at the end: the resolution of the median axis (that of an axis is the median over
the mask), the ratio of the coarsest to the finest axis, the share of voxel-axis pairs
that are not resolved, axes without data, and the medians over the mask of ADR, highest,
lowest and anisotropy.

examples:
  monodir run map.mrc --mask mask.mrc -o results
  monodir run --half1 half1.mrc --half2 half2.mrc --mask mask.mrc -o results
  monodir run map.mrc --along 0,0,1 --along 1,0,0 -o results

exit status: 0 done; 2 the input cannot be used, nothing was written."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the commands that measure."""
    for add in (_add_run, _add_mask, _add_demo, _add_part, _add_combine):
        add(subparsers)


def _job(options: argparse.Namespace, output: Path, diagnosis: bool) -> Job:
    return Job(
        map=options.map,
        halves=_halves(options),
        mask=options.mask,
        output=output,
        sampling=options.sampling,
        along=options.along,
        settings=Settings(
            directions=options.directions,
            cone=options.cone,
            criterion=options.criterion,
            significance=options.significance,
            coarsest=options.coarsest,
            noise_radius=options.noise_radius,
            centre=options.center,
        ),
        preset=options.preset,
        threads=options.threads,
        diagnosis=diagnosis,
        images=options.images if diagnosis else None,
    )


def _run(options: argparse.Namespace) -> None:
    summary = commands.run(_job(options, options.output, options.diagnosis))
    _print_summary(summary, options.output)


def _part(options: argparse.Namespace) -> None:
    job = _job(options, options.output.parent, diagnosis=False)
    commands.measure_part(job, options.axes, options.output)
    print(shown(str(options.output)))


def _combine(options: argparse.Namespace) -> None:
    job = _job(options, options.output, options.diagnosis)
    _print_summary(commands.combine(job, options.parts), options.output)


def _halves(options: argparse.Namespace) -> Optional[Tuple[str, str]]:
    """The pair of half maps, or nothing if a map is given instead."""
    given = [half for half in (options.half1, options.half2) if half]
    if bool(options.map) == bool(given) or len(given) == 1:
        raise InputError("give either a MAP, or both --half1 and --half2")
    return (options.half1, options.half2) if given else None


def _mask(options: argparse.Namespace) -> None:
    halves = _halves(options)
    voxels = commands.make_mask_file(options.map, options.output, options.sampling, halves)
    print(f"{shown(str(options.output))}: {voxels} voxels")


def _demo(options: argparse.Namespace) -> None:
    _print_summary(commands.run_demo(options.output, options.threads), options.output)


def _print_summary(summary: Mapping[str, Any], output: Path) -> None:
    """Print the most important findings."""
    for line in _lines_on_axes(summary):
        print(line)
    median = summary["median_A"]
    print(
        f"medians over the mask: ADR {median['adr']:.2f} Å, highest {median['highest']:.2f} Å, "
        f"lowest {median['lowest']:.2f} Å, anisotropy {median['anisotropy']:.2f} Å"
    )
    for sentence in headlines(summary):
        print(sentence)
    print(f"results in {shown(str(output))}")


def _lines_on_axes(summary: Mapping[str, Any]) -> Iterator[str]:
    """Median, finest and coarsest axis, what is not resolved, and axes without data."""
    axes = summary["axes"]
    if axes["median_A"] is None:
        yield "median axis: not resolved in half of the mask, nor is any other axis"
    else:
        yield (
            f"median axis: {axes['median_A']:.2f} Å; ratio of the coarsest to the finest axis: "
            f"{axes['ratio']:.2f}"
        )
        for word, axis in (("finest", summary["best_axis"]), ("coarsest", summary["worst_axis"])):
            yield f"{word} axis: {axis['resolution_A']:.2f} Å, {_place(axis)}"
        if axes["mostly_unresolved"]:
            yield f"axes along which most voxels are not resolved: {axes['mostly_unresolved']}"
    yield f"not resolved: {100 * summary['unresolved_share']:.1f} % of the voxel-axis pairs"
    empty = summary["axes_without_data"]
    if empty:
        named = "; ".join(_place(axis) for axis in empty[:_NAMED_AXES])
        more = "; ..." if len(empty) > _NAMED_AXES else ""
        yield f"axes without data: {len(empty)} ({named}{more})"


def _place(axis: Mapping[str, float]) -> str:
    return f"rot {round(axis['rot_deg'])}, tilt {round(axis['tilt_deg'])} degrees"


def _add_run(subparsers: argparse._SubParsersAction) -> None:
    run = subparsers.add_parser(
        "run",
        help="measure a map",
        description=_RUN,
        epilog=_RUN_FILES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_writing(run)
    _add_measuring(run)
    add_common(run)
    run.set_defaults(action=_run)


def _add_part(subparsers: argparse._SubParsersAction) -> None:
    part = subparsers.add_parser(
        "part",
        help="measure along some of the axes only, for queues",
        description=(
            "Compute a part of a run into a file: some axes of the table, or (without --axes) "
            "the map without directions and the axes asked for with --along."
        ),
    )
    part.add_argument("--axes", type=rows, metavar="I:J", help="axes I to J - 1, counted from 0")
    part.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="part to write (.npz)"
    )
    _add_measuring(part)
    add_common(part)
    part.set_defaults(action=_part)


def _add_combine(subparsers: argparse._SubParsersAction) -> None:
    combine = subparsers.add_parser(
        "combine",
        help="put parts together",
        description="Put the parts of a run together and write all that monodir run writes.",
    )
    combine.add_argument(
        "--parts", type=Path, nargs="+", required=True, metavar="FILE", help="all parts of the run"
    )
    _add_writing(combine)
    _add_measuring(combine)
    add_common(combine)
    combine.set_defaults(action=_combine)


def _add_writing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("monodir"),
        metavar="DIR",
        help="folder for the results (default: monodir)",
    )
    parser.add_argument(
        "--images",
        type=count,
        metavar="N",
        help="number of particle images behind the map: from it the diagnosis knows how uneven "
        "uniform views are by chance",
    )
    parser.add_argument(
        "--no-diagnosis",
        dest="diagnosis",
        action="store_false",
        help="leave the diagnosis out: whether views were uniform, which are missing, errors of "
        "angle, half maps in cones, ellipsoids; saves time and memory (docs/diagnosis.rst)",
    )


def _add_measuring(parser: argparse.ArgumentParser) -> None:
    """Arguments of all that measures."""
    files = parser.add_argument_group("input and output")
    files.add_argument("map", nargs="?", metavar="MAP", help="map (MRC, also .gz or .bz2)")
    files.add_argument("--half1", metavar="A", help="half maps instead of MAP: the map is their")
    files.add_argument(
        "--half2", metavar="B", help="mean, the noise half of their difference inside the mask"
    )
    files.add_argument("--mask", metavar="MASK", help="mask of the particle (default: made)")
    files.add_argument(
        "--sampling", type=positive, metavar="A", help="voxel size in Å (default: the header's)"
    )
    how = parser.add_argument_group("how to measure")
    how.add_argument(
        "--preset",
        choices=("default", "published"),
        default="default",
        help="default: signal-to-noise ratio up to an FSC criterion; published: as the authors' "
        "program does, amplitudes against a quantile of the noise (default: default)",
    )
    how.add_argument(
        "--directions",
        type=int,
        choices=(46, 81, 126, 181),
        default=81,
        help="number of axes (default: 81)",
    )
    how.add_argument(
        "--cone",
        type=cone,
        default=30.0,
        metavar="DEG",
        help="opening of the cone, 10 to 90 degrees. With 30, amplitudes fall smoothly from the "
        "axis to zero at 26 degrees from it; in preset published the cone has a hard edge at 15 "
        "degrees from the axis (default: 30)",
    )
    how.add_argument(
        "--criterion",
        type=number,
        metavar="C",
        help="FSC value between 0 and 1: resolution ends where the local signal-to-noise ratio "
        "falls to that of half maps with this FSC. 0.143 is meant for half maps. Preset default "
        "only (default: 0.5)",
    )
    how.add_argument(
        "--significance",
        type=number,
        metavar="Q",
        help="quantile of the noise, between 0 and 1, that the amplitude of a voxel must exceed. "
        "Preset published only (default: 0.95)",
    )
    how.add_argument(
        "--coarsest",
        type=positive,
        metavar="A",
        help="coarsest resolution looked for, Å (default: 20 or ten voxels)",
    )
    how.add_argument(
        "--noise-radius",
        type=positive,
        metavar="PX",
        help="radius in voxels where the noise ends (default: found)",
    )
    how.add_argument(
        "--center",
        type=centre,
        default="box",
        metavar="X,Y,Z|mask",
        help="centre for radial and tangential resolution in voxels (default: the box's)",
    )
    how.add_argument(
        "--along",
        type=vector,
        action="append",
        default=[],
        metavar="X,Y,Z",
        help="also map the resolution along this axis; may be repeated",
    )


def _add_mask(subparsers: argparse._SubParsersAction) -> None:
    mask = subparsers.add_parser(
        "mask",
        help="make a mask of the particle",
        description="Low-pass, threshold by the solvent, largest components, soft edge.",
    )
    mask.add_argument("map", nargs="?", metavar="MAP", help="map (MRC, also .gz or .bz2)")
    mask.add_argument("--half1", metavar="A", help="half maps instead of MAP: the mask is made")
    mask.add_argument("--half2", metavar="B", help="from their mean")
    mask.add_argument(
        "-o", "--output", type=Path, required=True, metavar="MASK", help="file to write"
    )
    mask.add_argument(
        "--sampling", type=positive, metavar="A", help="voxel size in Å (default: the header's)"
    )
    mask.add_argument("-v", "--verbose", action="store_true", help="log what is decided")
    mask.set_defaults(action=_mask)


def _add_demo(subparsers: argparse._SubParsersAction) -> None:
    demo = subparsers.add_parser(
        "demo",
        help="simulate a particle with preferred orientation and measure it",
        description=(
            "Simulate a small particle seen mostly along z and measure it: axes across z come out "
            "fine, those near z coarse. Takes less than a minute."
        ),
    )
    demo.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("monodir-demo"),
        metavar="DIR",
        help="folder for the results (default: monodir-demo)",
    )
    add_common(demo)
    demo.set_defaults(action=_demo)
