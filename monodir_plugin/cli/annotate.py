"""The command for model builders: annotate."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..files.results import MAPS
from ..workflows.annotate import annotate

__all__ = ["add_parser"]

_ANNOTATE = """\
Write an atomic model with local-directional resolution in its B-factor column, from
the results in a folder that monodir run has finished.

The model lies in the frame of the map that was measured. At an atom a map is
interpolated linearly between the voxels of the mask. An atom outside the mask has no
value, and 0 as B-factor. Beside the model, with its name, are written:
  .defattr  attributes for ChimeraX: adr, anisotropy, highest and lowest (Å) of atoms
            and residues; worst_rot, worst_tilt (degrees) and worst_resolution (Å) of
            residues: the axis along which the residue is resolved worst
  .csv      the same, a line per residue

The library gemmi is needed: pip install 'scipion-em-monodir[simulate]'"""

_EXAMPLES = """\
examples:
  monodir annotate model.cif results -o model_adr.cif
  monodir annotate model.pdb results --value anisotropy

in ChimeraX, for colours by ADR, then by anisotropy:
  open model_adr.cif; open model_adr.defattr
  color byattribute a:adr; color byattribute a:anisotropy palette plasma"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "annotate",
        help="write an atomic model with resolution for B-factors",
        description=_ANNOTATE,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model", type=Path, metavar="MODEL", help="atomic model: PDB or mmCIF, plain or gzipped"
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of results")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="model to write, of the kind of MODEL (default: MODEL_VALUE in DIR)",
    )
    parser.add_argument(
        "--value",
        default="adr",
        metavar="NAME",
        help=f"map that becomes the B-factor: {', '.join(MAPS)} (default: adr)",
    )
    parser.set_defaults(action=_annotate)


def _annotate(options: argparse.Namespace) -> None:
    written = annotate(options.model, options.folder, options.output, options.value)
    for path in (written.model, written.attributes, written.residues):
        print(path)
