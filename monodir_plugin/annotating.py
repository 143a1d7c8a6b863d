"""Resolution for model builders: a model with it in its B-factor column, and lists of it.

An atom lies where it lies in the frame in which ChimeraX opens the maps of results
(:mod:`monodir_plugin.chimerax.frame`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np

from .chimerax.frame import frame_of
from .constants import VERSION
from .diagnosis.atoms import AtomValues, ResidueValues, at_atoms, at_residues
from .errors import InputError
from .files.atomic import atomic_folder, disk_errors, real_path
from .files.lists import write_csv
from .files.loading import Results, load_results
from .files.results import DIRECTIONS, MAPS, PROFILE
from .inputs import check_file
from .numerics.axes import AxisSet
from .simulation.models import load_gemmi, read_model

__all__ = ["Annotated", "LISTED", "annotate"]

log = logging.getLogger("monodir")

PathLike = Union[str, Path]

#: Maps whose values are listed for every atom and residue.
LISTED = ("adr", "anisotropy", "highest", "lowest")
_WORST = ("worst_rot", "worst_tilt", "worst_resolution")
_PACKED, _B_FACTOR = ".gz", "B_iso_or_equiv"


@dataclass(frozen=True)
class Annotated:
    """What was written.

    Attributes
    ----------
    model, attributes, residues : Path
        The model, the attribute file for ChimeraX, the list of residues.
    atoms, outside : int
        Number of atoms, and of those outside the mask.
    """

    model: Path
    attributes: Path
    residues: Path
    atoms: int
    outside: int


@dataclass(frozen=True)
class _Model:
    """A structure of gemmi, its file, and what its atoms and residues are called."""

    structure: Any
    document: Any
    is_cif: bool
    positions: np.ndarray
    residue_of: np.ndarray
    atom_specs: List[str]
    residue_specs: List[str]
    residue_names: List[Tuple[int, str, int, str, str]]


def annotate(
    model_path: PathLike, folder: PathLike, output: Optional[PathLike] = None, value: str = "adr"
) -> Annotated:
    """Write a model with resolution in place of B-factors, and lists for ChimeraX and others.

    Parameters
    ----------
    model_path : path
        PDB or mmCIF, plain or gzipped, in the frame of the map that was measured.
    folder : path
        Folder that ``monodir run`` finished.
    output : path, optional
        The model to write, of the kind of the input; by default ``<model>_<value>`` in the folder.
        Files of the same name with the suffixes ``.defattr`` and ``.csv`` lie beside it.
    value : str
        The map whose values become B-factors, in Å; 0 for atoms outside the mask.  Atoms that are
        not resolved have the coarse limit, as their voxels in the maps.

    Returns
    -------
    Annotated

    Raises
    ------
    InputError
        If gemmi is missing, model, results or output cannot be used, or no atom lies in the mask;
        nothing has been written then.
    """
    source, folder = Path(model_path), Path(folder)
    if value not in MAPS:
        raise InputError(f"--value {value}: there is no such map; choose one of {', '.join(MAPS)}")
    gemmi = load_gemmi("annotating a model")
    model = _read(gemmi, source)
    results = load_results(folder)
    written = _places(source, folder, output, value, model.is_cif)
    frame = frame_of(folder / "adr.mrc")
    if frame is None:
        raise InputError(f"result {folder / 'adr.mrc'}: its header is damaged; run monodir again")
    table = results.read_table()
    names = list(dict.fromkeys([*LISTED, value]))
    points = (model.positions - np.array(frame.origin)) / np.array(frame.step)
    atoms = at_atoms(points, table, {name: results.values(name) for name in names})
    outside = int(np.count_nonzero(~atoms.inside))
    if outside == len(points):
        raise InputError(
            f"model {source}: none of its {len(points)} atoms lies inside the mask of {folder}; "
            "fit it into the map that was measured, in the frame of its header"
        )
    residues = at_residues(atoms, model.residue_of, table)
    if outside:
        log.warning(
            "warning: %d of %d atoms lie outside the mask: they have no values, and 0 as B-factor",
            outside,
            len(points),
        )
    with disk_errors(written[0]), atomic_folder(written[0].parent) as room:
        _write_model(gemmi, model, atoms.maps[value], room / written[0].name)
        _write_attributes(room / written[1].name, results, model, atoms, residues)
        _write_residues(room / written[2].name, model, residues, results.axes)
    return Annotated(*written, len(points), outside)


def _places(
    source: Path, folder: Path, output: Optional[PathLike], value: str, is_cif: bool
) -> Tuple[Path, Path, Path]:
    """The three files to write, which replace neither the model nor results."""
    wanted = (".cif", ".mmcif") if is_cif else (".pdb", ".ent")
    if output is None:
        name = source.name[: -len(_PACKED)] if source.suffix == _PACKED else source.name
        place = folder / f"{Path(name).stem}_{value}{wanted[0]}"
    else:
        place = Path(output)
    if place.suffix.lower() not in wanted:
        raise InputError(
            f"output {place}: the model is {'mmCIF' if is_cif else 'PDB'}; "
            f"name a file that ends in {wanted[0]}"
        )
    written = place, place.with_suffix(".defattr"), place.with_suffix(".csv")
    results = [real_path(folder / name) for name in (DIRECTIONS, PROFILE)]
    for path in written:
        check_file(path, [])
        if real_path(path) == real_path(source):
            raise InputError(f"output {path}: it is the input; name another file")
        if real_path(path) in results:
            raise InputError(f"output {path}: it is one of the results; name another file")
    return written


def _read(gemmi: ModuleType, path: Path) -> _Model:
    document = gemmi.cif.Document()
    structure = read_model(gemmi, path, merge_chain_parts=False, save_doc=document)
    formats = gemmi.CoorFormat
    if structure.input_format not in (formats.Pdb, formats.Mmcif):
        raise InputError(f"model {path}: it is neither PDB nor mmCIF; give one of these")
    positions, residue_of, atom_specs = [], [], []
    residue_specs: List[str] = []
    names: List[Tuple[int, str, int, str, str]] = []
    for number, chain, residue in _residues(structure):
        # Submodels have numbers in ChimeraX only where there are several.
        spec = f"#1.{number}" if len(structure) > 1 else ""
        spec += f"/{chain.name}" if chain.name.strip() else ""
        spec += f":{residue.seqid}"
        for atom in residue:
            positions.append(atom.pos.tolist())
            residue_of.append(len(names))
            atom_specs.append(f"{spec}@{atom.name}")
        residue_specs.append(spec)
        code = residue.seqid.icode.strip()
        names.append((number, chain.name, residue.seqid.num, code, residue.name))
    if not positions:
        raise InputError(f"model {path}: it holds no atoms; give another file")
    is_cif = structure.input_format == formats.Mmcif
    if is_cif and not len(_sites(document).find_values(f"_atom_site.{_B_FACTOR}")):
        raise InputError(f"model {path}: its atoms have no {_B_FACTOR}; add the column")
    places = np.array(positions, float)
    if not np.isfinite(places).all():
        raise InputError(f"model {path}: some of its atoms have no position; correct the file")
    return _Model(
        structure=structure,
        document=document,
        is_cif=is_cif,
        positions=places,
        residue_of=np.array(residue_of),
        atom_specs=atom_specs,
        residue_specs=residue_specs,
        residue_names=names,
    )


def _residues(structure: Any) -> Iterator[Tuple[int, Any, Any]]:
    """Number of the model from 1, chain and residue, of all residues with atoms."""
    for number, model in enumerate(structure, 1):
        for chain in model:
            for residue in chain:
                if len(residue):
                    yield number, chain, residue


def _write_model(gemmi: ModuleType, model: _Model, values: np.ndarray, path: Path) -> None:
    """The model as it was, with values for B-factors."""
    values = np.where(np.isnan(values), 0.0, values)
    atoms = [atom for _, _, residue in _residues(model.structure) for atom in residue]
    if model.is_cif:
        texts = {atom.serial: f"{value:.2f}" for atom, value in zip(atoms, values)}
        for row in _sites(model.document).find("_atom_site.", ["id", _B_FACTOR]):
            row[1] = texts[int(row[0])]
        model.document.write_file(str(path))
        return
    for atom, value in zip(atoms, values):
        atom.b_iso = float(value)
        # Records of anisotropy would tell of other B-factors.
        atom.aniso = gemmi.SMat33f(0, 0, 0, 0, 0, 0)
    options = gemmi.PdbWriteOptions(preserve_serial=True, conect_records=True)
    model.structure.write_pdb(str(path), options)


def _sites(document: Any) -> Any:
    """The block of an mmCIF file that holds the atoms."""
    return next(block for block in document if len(block.find_values("_atom_site.id")))


def _write_attributes(
    path: Path, results: Results, model: _Model, atoms: AtomValues, residues: ResidueValues
) -> None:
    """Attributes of atoms and residues, in ChimeraX's format; what has no value is left out."""
    lines = [
        f"# MonoDir {VERSION}: {' '.join(results.name.split())}; Å, and degrees",
        "# Open the model in ChimeraX, then this file: color byattribute a:adr",
    ]
    for name, values in atoms.maps.items():
        lines += _attribute(name, "atoms", model.atom_specs, values)
    worst = dict(zip(_WORST, _worst_columns(residues, results.axes)))
    for name, values in {**residues.maps, **worst}.items():
        lines += _attribute(name, "residues", model.residue_specs, values)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _attribute(
    name: str, recipient: str, specs: Sequence[str], values: np.ndarray
) -> Iterator[str]:
    yield from (f"attribute: {name}", f"recipient: {recipient}")
    # Alternative places of one atom have one name: the first one counts.
    first = dict(zip(reversed(specs), reversed(values)))
    for spec in dict.fromkeys(specs):
        if not np.isnan(first[spec]):
            yield f"\t{spec}\t{first[spec]:.3f}"


def _write_residues(path: Path, model: _Model, residues: ResidueValues, axes: AxisSet) -> None:
    counts = np.bincount(model.residue_of)
    header = ["model", "chain", "number", "insertion_code", "name", "atoms", "atoms_in_mask"]
    header += [f"{name}_A" for name in residues.maps]
    header += ["worst_rot_deg", "worst_tilt_deg", "worst_resolution_A"]
    columns = [*residues.maps.values(), *_worst_columns(residues, axes)]
    numbers = ([("" if np.isnan(v) else float(v)) for v in row] for row in zip(*columns))
    rows = (
        [*name, int(count), int(inside), *row]
        for name, count, inside, row in zip(model.residue_names, counts, residues.inside, numbers)
    )
    write_csv(path, header, rows)


def _worst_columns(residues: ResidueValues, axes: AxisSet) -> Tuple[np.ndarray, ...]:
    """Rot and tilt of the worst axes, and the resolution along them; NaN where there is none."""
    upper = axes.upper()
    angles = (
        np.where(residues.worst >= 0, a[residues.worst], np.nan) for a in (upper.rot, upper.tilt)
    )
    return (*angles, residues.worst_resolution)
