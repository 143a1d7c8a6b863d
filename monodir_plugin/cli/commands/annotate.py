"""The command that writes resolutions at the atoms of a model: annotate."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...numerics.reduction.result_maps import RESULT_MAPS
from ..arguments import point
from ..help_text import HelpText

__all__ = ["add_parser"]

_ANNOTATE = """\
Write an atomic model whose B-factors are values of a resolution map of monodir run.

The model must be fitted into the measured map. The map is interpolated linearly between
the voxels of the mask. An atom outside the mask has no value and a B-factor of 0. Two
more files with the name of the model are written beside it:
  .defattr  attributes for ChimeraX: adr, anisotropy, highest and lowest (Å) of atoms
            and residues; worst_rot, worst_tilt (degrees) and worst_resolution (Å) of
            residues, which describe the axis with the coarsest resolution
  .csv      the values of the residues, one line per residue

The library gemmi is needed: pip install gemmi"""

_EXAMPLES = """\
examples:
  monodir annotate model.cif results -o model_adr.cif
  monodir annotate model.pdb results --value anisotropy

in ChimeraX, to colour the model by ADR and then by anisotropy:
  open model_adr.cif; open model_adr.defattr
  color byattribute a:adr; color byattribute a:anisotropy palette plasma"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command annotate."""
    parser = subparsers.add_parser(
        "annotate",
        description=_ANNOTATE,
        epilog=_EXAMPLES,
        formatter_class=HelpText,
    )
    parser.add_argument(
        "model", type=Path, metavar="MODEL", help="atomic model: PDB or mmCIF, plain or gzipped"
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder that monodir run wrote")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="model to write, in the format of MODEL (default: MODEL_VALUE in DIR, such as "
        "model_adr.cif)",
    )
    parser.add_argument(
        "--value",
        default="adr",
        metavar="NAME",
        help=f"map whose values become the B-factors: {', '.join(RESULT_MAPS)} (default: adr)",
    )
    parser.add_argument(
        "--origin",
        type=point,
        metavar="X,Y,Z",
        help="position in Å of the first voxel of the map in the frame of the model (default: that "
        "of the header of the map)",
    )
    parser.set_defaults(action=_annotate)


def _annotate(options: argparse.Namespace) -> None:
    # Only here: help should not wait for it.
    from ...workflows.annotate import annotate

    written = annotate(options.model, options.folder, options.output, options.value, options.origin)
    for path in (written.model, written.attributes, written.residues):
        print(path)
