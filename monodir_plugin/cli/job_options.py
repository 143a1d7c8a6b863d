"""The options that the commands run, part and combine share, and the job that they describe."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Optional, Tuple

from ..errors import InputError
from .arguments import (
    centre,
    cone_angle,
    number,
    positive_integer,
    positive_number,
    preset,
    symmetry,
    vector,
)

if TYPE_CHECKING:
    from ..workflows.measure.job import Job

__all__ = [
    "add_exclusion",
    "add_input_options",
    "add_job_options",
    "add_result_options",
    "add_run_options",
    "half_maps",
    "job_from",
]

log = logging.getLogger("monodir")


def job_from(options: argparse.Namespace, output: Path, diagnosis: bool) -> Job:
    """Return the job that parsed options describe.

    Parameters
    ----------
    options : argparse.Namespace
        Options of a parser with :func:`add_job_options`.
    output : Path
        The folder of the results.
    diagnosis : bool
        Whether the map is diagnosed; then the parser has :func:`add_result_options`.

    Raises
    ------
    InputError
        If neither a map nor two half maps are given, or a setting is outside its range.
    """
    from ..numerics.problem.settings import Settings
    from ..workflows.measure.job import Job

    try:
        settings = Settings(
            directions=options.directions,
            cone=options.cone,
            criterion=options.criterion,
            significance=options.significance,
            coarsest=options.coarsest,
            noise_radius=options.noise_radius,
            centre=options.center,
        )
    except ValueError as error:
        raise InputError(str(error)) from error
    if not diagnosis and getattr(options, "angles", None) is not None:
        raise InputError("--angles is used by the diagnosis: leave --no-diagnosis out")
    return Job(
        map=options.map,
        halves=half_maps(options),
        mask=options.mask,
        exclude=options.exclude,
        output=output,
        sampling=options.sampling,
        along=options.along,
        settings=settings,
        preset=options.preset,
        threads=options.threads,
        diagnosis=diagnosis,
        images=options.images if diagnosis else None,
        symmetry=options.symmetry if diagnosis else None,
        angles=options.angles if diagnosis else None,
    )


def half_maps(options: argparse.Namespace) -> Optional[Tuple[str, str]]:
    """Return the two half maps, or ``None`` if a map is given instead.

    If one half map is given, the other one is found by its name.
    """
    from ..workflows.measure.inputs import find_input

    found = find_input(
        [options.map] if options.map else [], options.half1, options.half2, single=True
    )
    if found.note:
        log.warning(found.note)
    return found.halves


def add_result_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that write results."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for the results (default: beside the map, named after it: map_monodir for "
        "map.mrc)",
    )
    parser.add_argument(
        "--images",
        type=positive_integer,
        metavar="N",
        help="number of particle images of the reconstruction: the diagnosis then distinguishes "
        "preferred views from the random variation of N uniform views",
    )
    parser.add_argument(
        "--symmetry",
        type=symmetry,
        metavar="GROUP",
        help="point group that was imposed on the map: C1, C4, D7, T, O, I1..., in the orientation "
        "of RELION and Xmipp (I is I2); used by the diagnosis, which searches for one if none is "
        "given",
    )
    parser.add_argument(
        "--angles",
        metavar="FILE",
        help="angles of the particles of the map, a .star file of RELION or a .cs file of "
        "cryoSPARC: the diagnosis compares the coverage by these views with the one found from the "
        "map, and gives the sampling compensation factor and the views to thin out; their number "
        "is used if --images is not given",
    )
    parser.add_argument(
        "--no-diagnosis",
        dest="diagnosis",
        action="store_false",
        help="omit the diagnosis (uniformity of the views, missing views, angular error, FSC of "
        "the half maps in cones, ellipsoids of resolution); this saves time and memory",
    )


def add_input_options(
    parser: argparse._ActionsContainer, half_maps: str, several: bool = False
) -> None:
    """Add the map, the half maps and the voxel size.

    Parameters
    ----------
    parser : ArgumentParser or argument group
    half_maps : str
        What the command does with the half maps.
    several : bool
        Whether several maps may be given.
    """
    if several:
        parser.add_argument(
            "maps",
            nargs="*",
            metavar="MAP",
            help="map to read (MRC, also .gz or .bz2); or two half maps; or a job folder of RELION "
            "or cryoSPARC; or several of these, which are measured one after the other. Half maps "
            "are recognised by their names, such as half1 and half2, half_map_1 and half_map_2, "
            "half_A and half_B; if one is given, the other one is looked for beside it",
        )
    else:
        parser.add_argument(
            "map", nargs="?", metavar="MAP", help="map to read (MRC, also .gz or .bz2)"
        )
    parser.add_argument(
        "--half1",
        metavar="FILE",
        help=f"first half map, instead of MAP and with --half2: {half_maps}. If one of the two is "
        "given, the other one is found by its name",
    )
    parser.add_argument("--half2", metavar="FILE", help="second half map")
    parser.add_argument(
        "--sampling",
        type=positive_number,
        metavar="ANGSTROM",
        help="voxel size in Å (default: the voxel size in the header)",
    )


def add_exclusion(parser: argparse._ActionsContainer) -> None:
    """Add the mask of what is neither particle nor noise."""
    parser.add_argument(
        "--exclude",
        metavar="FILE",
        help="mask of what is neither particle nor noise, such as a membrane, gold or a "
        "neighbouring particle: voxels where it is at least half of its maximum are not measured, "
        "and no noise is taken from them (default: structure that stands out of the solvent is "
        "left out)",
    )


def add_job_options(parser: argparse.ArgumentParser, several: bool = False) -> None:
    """Add the input, or several inputs, and the settings of a measurement."""
    files = parser.add_argument_group("input")
    add_input_options(
        files,
        half_maps="the mean of the half maps is measured, and half of their difference inside the "
        "mask is the noise",
        several=several,
    )
    files.add_argument(
        "--mask",
        metavar="FILE",
        help="mask of the particle: voxels where it is at least half of its maximum are measured "
        "(default: a mask is made from the map)",
    )
    add_exclusion(files)
    settings = parser.add_argument_group("settings")
    settings.add_argument(
        "--preset",
        type=preset,
        default="default",
        metavar="NAME",
        help="default: compare the local signal-to-noise ratio with an FSC criterion; published: "
        "compare local amplitudes with a quantile of the noise amplitudes, as the program of the "
        "method's authors does (default: default)",
    )
    settings.add_argument(
        "--criterion",
        type=number,
        metavar="FSC",
        help="FSC value between 0 and 1: the resolution ends where the local signal-to-noise ratio "
        "falls to the ratio of half maps with this FSC. Use 0.143 only with half maps. For the "
        "preset default (default: 0.5)",
    )
    settings.add_argument(
        "--significance",
        type=number,
        metavar="QUANTILE",
        help="quantile of the noise amplitude, between 0 and 1, that the amplitude of a voxel must "
        "exceed. For the preset published (default: 0.95)",
    )
    settings.add_argument(
        "--directions",
        type=int,
        choices=(46, 81, 126, 181),
        default=81,
        help="number of axes; 81 axes are 15 degrees apart (default: 81)",
    )
    settings.add_argument(
        "--cone",
        type=cone_angle,
        default=30.0,
        metavar="DEGREES",
        help="full opening angle of the cone about an axis, 10 to 90 degrees. With 30, the weight "
        "falls smoothly from the axis to zero at 26 degrees from it; in the preset published the "
        "cone has a hard edge at 15 degrees from the axis (default: 30)",
    )
    settings.add_argument(
        "--coarsest",
        type=positive_number,
        metavar="ANGSTROM",
        help="coarsest resolution that is tested, in Å (default: 20, or ten voxels if that is "
        "coarser; preset published: 18)",
    )
    settings.add_argument(
        "--noise-radius",
        type=positive_number,
        metavar="VOXELS",
        help="radius in voxels beyond which the box contains no noise, for example because the "
        "map was masked by a sphere (default: detected)",
    )
    settings.add_argument(
        "--center",
        type=centre,
        default="box",
        metavar="X,Y,Z|mask|box",
        help="centre for radial and tangential resolution: a point in voxels counted from 0, the "
        "centre of mass of the mask, or the centre of the box (default: box)",
    )
    settings.add_argument(
        "--along",
        type=vector,
        action="append",
        default=[],
        metavar="X,Y,Z",
        help="also write a map of the resolution along this axis; the option may be repeated",
    )


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of several maps."""
    group = parser.add_argument_group(
        "several maps",
        "They are measured one after the other. Each has a folder of results, named after it: in\n"
        "the folder given with -o, or beside the map. If one cannot be measured, the others are.",
    )
    group.add_argument(
        "--batch",
        type=Path,
        metavar="LIST",
        help="measure the maps that a text file lists, one per line; a line may also have the "
        "options of that map, such as: map.mrc --mask mask.mrc --images 90000. Options outside the "
        "file hold for all lines. Paths are relative to the current folder",
    )
    group.add_argument(
        "--single",
        action="store_true",
        help="measure a map that has the name of a half map, such as half1.mrc, alone",
    )
    group.add_argument(
        "--json",
        action="store_true",
        help="print one line of JSON per map, and no text, to standard output",
    )
