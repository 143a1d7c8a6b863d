"""The command that simulates an experiment: simulate."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...simulation.imaging import Imaging
from ...simulation.particle import Particle
from ...simulation.views import Views
from ...workflows.simulate import simulate_into
from ..arguments import add_common, number, positive_integer, positive_number, vector
from ..help_text import HelpText

__all__ = ["add_parser"]

_SIMULATE = """\
Simulate a single-particle experiment: project a particle, add noise, and reconstruct maps
with the given errors of angles and shifts. Signal and noise are also reconstructed
separately, so that the true signal-to-noise ratio is known.

An atomic model needs the library gemmi: pip install gemmi"""

_FILES = """\
files written into the output folder:
  map.mrc                 reconstruction from all noisy images
  half1.mrc half2.mrc     reconstructions from every other image
  mask.mrc particle.mrc   mask and density of the particle that is projected
  clean.mrc noise.mrc     signal and noise of map.mrc, which is their sum
  model.cif               with --model: the atoms that are projected, in the frame of
                          the maps, for monodir annotate
  views.csv               Euler angles used by the reconstruction, degrees
  simulation.json         all parameters

examples:
  monodir simulate --tilts 0 50 --noise 0.5 -o missing-cone
  monodir simulate --model model.cif --box 160 --sampling 1.2 --angle-error 1.2 -o blurred
  monodir simulate --concentration 20 --stage-tilt 40 -o tilted
  monodir run missing-cone/map.mrc --mask missing-cone/mask.mrc -o results
  monodir annotate blurred/model.cif results      (results of blurred/map.mrc)"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command simulate."""
    parser = subparsers.add_parser(
        "simulate",
        description=_SIMULATE,
        epilog=_FILES,
        formatter_class=HelpText,
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
    group = parser.add_argument_group("particle")
    group.add_argument(
        "--model",
        metavar="FILE",
        help="atomic model, PDB or mmCIF (default: a compact particle of random atoms)",
    )
    group.add_argument(
        "--box",
        type=positive_integer,
        default=defaults.size,
        metavar="N",
        help=f"box side of images and maps in voxels (default: {defaults.size})",
    )
    group.add_argument(
        "--sampling",
        type=positive_number,
        default=defaults.sampling,
        metavar="ANGSTROM",
        help=f"voxel size in Å (default: {defaults.sampling:g})",
    )
    group.add_argument(
        "--b-factor",
        type=number,
        default=defaults.b_factor,
        metavar="B",
        help=f"B-factor of the atoms of the model in Å² (default: {defaults.b_factor:g})",
    )


def _add_views(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("views")
    group.add_argument(
        "--images",
        type=positive_integer,
        default=Imaging().images,
        metavar="N",
        help=f"number of images (default: {Imaging().images})",
    )
    group.add_argument(
        "--concentration",
        type=number,
        default=0.0,
        metavar="K",
        help="the density of views is proportional to exp(K cos² tilt): 0 is uniform, a positive "
        "K prefers views along the axis --preferred, a negative K views perpendicular to it "
        "(default: 0)",
    )
    group.add_argument(
        "--tilts",
        type=number,
        nargs=2,
        default=(0.0, 90.0),
        metavar=("LOW", "HIGH"),
        help="keep only views with a tilt in this range, degrees; a view and its opposite have "
        "the same tilt (default: 0 90)",
    )
    group.add_argument(
        "--preferred",
        type=vector,
        default=(0.0, 0.0, 1.0),
        metavar="X,Y,Z",
        help="axis from which the tilt of a view is measured (default: 0,0,1)",
    )
    group.add_argument(
        "--stage-tilt",
        type=number,
        default=0.0,
        metavar="DEGREES",
        help="tilt of the stage (default: 0)",
    )


def _add_imaging(parser: argparse.ArgumentParser) -> None:
    defaults = Imaging()
    group = parser.add_argument_group("noise and errors")
    group.add_argument(
        "--noise",
        type=number,
        default=defaults.noise,
        metavar="S",
        help="standard deviation of the noise in a pixel, in units of the standard deviation of "
        f"the noiseless images (default: {defaults.noise:g}; with all other defaults the map has "
        "an FSC of 0.5 at 5.8 Å)",
    )
    group.add_argument(
        "--colour",
        type=number,
        default=0.0,
        metavar="P",
        help="the noise power is proportional to the spatial frequency to the power of -P "
        "(default: 0, white noise)",
    )
    group.add_argument(
        "--angle-error",
        type=number,
        default=0.0,
        metavar="DEGREES",
        help="standard deviation of the angular errors about each of three axes (default: 0)",
    )
    group.add_argument(
        "--shift-error",
        type=number,
        default=0.0,
        metavar="VOXELS",
        help="standard deviation of the shift errors along x and y, voxels (default: 0)",
    )
    group.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of the random numbers (default: 0)"
    )


def _simulate(options: argparse.Namespace) -> None:
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
    simulated = simulate_into(options.output, particle, imaging, options.threads)
    if options.noise > 0:
        ratio = simulated.clean.std() / simulated.noise.std()
        print(f"standard deviation of the signal over that of the noise, whole map: {ratio:.2f}")
    print(f"maps in {options.output}")
