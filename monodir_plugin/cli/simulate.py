"""The command that simulates an experiment."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import InputError
from ..simulation.imaging import Imaging
from ..simulation.particle import Particle
from ..simulation.views import Views
from ..workflows.simulate import simulate_into
from .arguments import add_common, count, number, positive, vector

__all__ = ["add_parser"]

_SIMULATE = """\
Simulate an experiment: images of a particle along views, noise, errors, and the maps
reconstructed from them. Signal and noise are reconstructed apart as well.

Atomic models need a library more: pip install 'scipion-em-monodir[simulate]'"""

_FILES = """\
files written into the output folder:
  map.mrc                 from all images, signal and noise
  half1.mrc half2.mrc     from every other image
  mask.mrc particle.mrc   what was imaged
  clean.mrc noise.mrc     the signal's and the noise's part of map.mrc
  views.csv               Euler angles that the reconstruction assumed, degrees
  simulation.json         all parameters

examples:
  monodir simulate --tilts 0 50 --noise 0.5 -o missing-cone
  monodir simulate --model model.cif --box 160 --sampling 1.2 --angle-error 1.2 -o blurred
  monodir simulate --concentration 20 --stage-tilt 40 -o tilted
  monodir run missing-cone/map.mrc --mask missing-cone/mask.mrc -o results"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "simulate",
        help="simulate images of a particle and maps of them",
        description=_SIMULATE,
        epilog=_FILES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the files"
    )
    _add_particle(parser)
    _add_views(parser)
    _add_imaging(parser)
    add_common(parser)
    parser.set_defaults(action=_simulate)


def _add_particle(parser: argparse.ArgumentParser) -> None:
    defaults = Particle()
    what = parser.add_argument_group("particle")
    what.add_argument(
        "--model",
        metavar="FILE",
        help="atomic model, PDB or mmCIF (default: a compact particle of random atoms)",
    )
    what.add_argument(
        "--box",
        type=count,
        default=defaults.size,
        metavar="N",
        help=f"side of images and maps in voxels (default: {defaults.size})",
    )
    what.add_argument(
        "--sampling",
        type=positive,
        default=defaults.sampling,
        metavar="A",
        help=f"voxel size in Å (default: {defaults.sampling:g})",
    )
    what.add_argument(
        "--b-factor",
        type=number,
        default=defaults.b_factor,
        metavar="B",
        help=f"temperature factor of the model's atoms in Å² (default: {defaults.b_factor:g})",
    )


def _add_views(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group("views")
    how.add_argument(
        "--images",
        type=count,
        default=Imaging().images,
        metavar="N",
        help=f"number of images (default: {Imaging().images})",
    )
    how.add_argument(
        "--concentration",
        type=number,
        default=0.0,
        metavar="K",
        help="views go as exp(K cos² tilt): 0 uniform, positive along the preferred axis, "
        "negative across it (default: 0)",
    )
    how.add_argument(
        "--tilts",
        type=number,
        nargs=2,
        default=(0.0, 90.0),
        metavar=("LOW", "HIGH"),
        help="keep views whose tilt lies between, degrees; a view and its opposite count as "
        "one (default: 0 90)",
    )
    how.add_argument(
        "--preferred",
        type=vector,
        default=(0.0, 0.0, 1.0),
        metavar="X,Y,Z",
        help="axis that tilts are counted from (default: 0,0,1)",
    )
    how.add_argument(
        "--stage-tilt",
        type=number,
        default=0.0,
        metavar="DEG",
        help="tilt of the stage under the particles (default: 0)",
    )


def _add_imaging(parser: argparse.ArgumentParser) -> None:
    defaults = Imaging()
    how = parser.add_argument_group("noise and errors (standard deviations)")
    how.add_argument(
        "--noise",
        type=number,
        default=defaults.noise,
        metavar="S",
        help="of a pixel, in standard deviations of the clean images (default: "
        f"{defaults.noise:g}; with all other defaults the map has an FSC of 0.5 at 5.5 Å)",
    )
    how.add_argument(
        "--colour",
        type=number,
        default=0.0,
        metavar="P",
        help="power of the noise goes as spatial frequency to the -P (default: 0, white)",
    )
    how.add_argument(
        "--angle-error",
        type=number,
        default=0.0,
        metavar="DEG",
        help="of view angles, about each of three axes (default: 0)",
    )
    how.add_argument(
        "--shift-error",
        type=number,
        default=0.0,
        metavar="PX",
        help="of the centre along x and y, voxels (default: 0)",
    )
    how.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of all that is random (default: 0)"
    )


def _simulate(options: argparse.Namespace) -> None:
    if options.seed < 0:
        raise InputError(f"--seed {options.seed}: give a whole number from 0")
    particle = Particle(options.model, options.box, options.sampling, options.b_factor)
    views = Views(
        options.concentration, tuple(options.tilts), options.preferred, options.stage_tilt
    )
    imaging = Imaging(
        options.images,
        views,
        options.noise,
        options.colour,
        options.angle_error,
        options.shift_error,
        options.seed,
    )
    made = simulate_into(options.output, particle, imaging, options.threads)
    if options.noise > 0:
        ratio = made.clean.std() / made.noise.std()
        print(f"signal over noise in the map, standard deviations over the box: {ratio:.2f}")
    print(f"maps in {options.output}")
