"""Commands that measure: run, mask, demo, and a run in parts."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Optional, Tuple

from .. import commands
from ..diagnosis.telling import headlines
from ..errors import InputError
from ..inputs import Job
from ..numerics.discoveries import CONTROLS
from ..numerics.preparation import Settings
from .arguments import add_common, centre, cone, count, positive, rows, share, vector

__all__ = ["add_parser"]

_RUN = """\
Measure a map.

The map is filtered with a cone about each of 81 axes. Rung by rung of a ladder of
spatial frequencies, the local amplitude of what is left is compared with that of
the noise; a voxel's resolution along the axis is that of the last rung it passes.
"""

_RUN_FILES = """\
files written into the output folder:
  highest.mrc lowest.mrc adr.mrc    5th and 95th percentile over the axes of the
                                    resolution in Å, and their mean
  anisotropy.mrc                    half of the 83rd less the 17th percentile, Å
  radial.mrc tangential.mrc         along the line from the centre, and across it
  monores.mrc                       without directions, for comparison
  along_X_Y_Z.mrc                   along each axis asked for with --along
  directions.csv                    axes: vector, rot, tilt, votes, mean resolution
  radial_profile.csv                means and deviations of each map by radius
  table.npz                         resolution of every voxel along every axis
  summary.json                      inputs, parameters, findings, warnings, diagnosis
  figure.png                        ADR slices, polar plot, radial curves
  mask.mrc                          the mask, if it was made here
and, unless --no-diagnosis is given:
  tensor.npz                        resolution of every voxel as an ellipsoid
  fractional_anisotropy.mrc         of the ellipsoids: 0 a sphere, near 1 one coarse axis
  views.npz                         coverage of axes and the views that explain it, where
                                    the map tells (then a column of directions.csv, too)
  conical_fsc.npz conical_fsc.csv   correlation of the half maps in cones about the axes
Smaller numbers of Å are finer resolution. Outside the mask maps are zero.

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
            control=options.control,
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
    _tell(commands.run(_job(options, options.output, options.diagnosis)), options.output)


def _part(options: argparse.Namespace) -> None:
    job = _job(options, options.output.parent, diagnosis=False)
    commands.measure_part(job, options.axes, options.output)
    print(options.output)


def _combine(options: argparse.Namespace) -> None:
    job = _job(options, options.output, options.diagnosis)
    _tell(commands.combine(job, options.parts), options.output)


def _halves(options: argparse.Namespace) -> Optional[Tuple[str, str]]:
    """The pair of half maps, or nothing if a map is given instead."""
    given = [half for half in (options.half1, options.half2) if half]
    if bool(options.map) == bool(given) or len(given) == 1:
        raise InputError("give either a MAP, or both --half1 and --half2")
    return (options.half1, options.half2) if given else None


def _mask(options: argparse.Namespace) -> None:
    halves = _halves(options)
    voxels = commands.make_mask_file(options.map, options.output, options.sampling, halves)
    print(f"{options.output}: {voxels} voxels")


def _demo(options: argparse.Namespace) -> None:
    _tell(commands.run_demo(options.output, options.threads), options.output)


def _tell(summary: dict, output: Path) -> None:
    """The findings in one glance, on standard output."""
    median = summary["median_A"]
    best, worst = summary["best_axis"], summary["worst_axis"]
    print(
        f"ADR {median['adr']:.2f} Å, anisotropy {median['anisotropy']:.2f} Å, "
        f"highest {median['highest']:.2f} Å, lowest {median['lowest']:.2f} Å (medians)"
    )
    for word, axis in (("finest", best), ("coarsest", worst)):
        print(
            f"{word} axis: rot {round(axis['rot_deg'])}, tilt {round(axis['tilt_deg'])} degrees, "
            f"mean {axis['mean_resolution_A']:.2f} Å"
        )
    for sentence in headlines(summary):
        print(sentence)
    print(f"results in {output}")


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
        help="number of particle images behind the map: tells the diagnosis how uneven uniform "
        "views are by luck",
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
        help="published: as the authors' program does (default: default)",
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
        help="full opening of the cone, 10 to 90 degrees (default: 30)",
    )
    how.add_argument(
        "--control",
        choices=CONTROLS,
        help="fdr: at every rung of an axis a given share of the voxels that pass may be noise "
        "(Benjamini-Hochberg); fdr-any: the same for any dependence, stricter; fdr-all: as fdr, of "
        "the voxels of all axes together; cells: each voxel by itself (default: fdr; preset "
        "published: cells)",
    )
    how.add_argument(
        "--significance",
        type=share,
        metavar="Q",
        help="one less the share of false discoveries, or (cells) the quantile of the noise to "
        "exceed (default: 0.995; preset published: 0.95)",
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
