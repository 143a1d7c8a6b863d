"""Write resolutions at the atoms of a model: as B-factors, as ChimeraX attributes, as a list.

Coordinates of atoms are in the frame in which ChimeraX opens the resolution maps
(:mod:`monodir_plugin.chimerax.frame`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np

from ..chimerax.frame import frame_of
from ..constants import VERSION
from ..diagnosis.atoms import AtomValues, ResidueValues, at_atoms, at_residues
from ..errors import InputError
from ..files.atomic import atomic_folder, disk_errors, real_path
from ..files.lists import write_csv
from ..files.loading import Results, load_results
from ..files.output_paths import check_file
from ..files.run_folder.results import DIRECTIONS, PROFILE
from ..numerics.geometry.axes import AxisSet
from ..numerics.reduction.result_maps import RESULT_MAPS
from ..simulation.models import load_gemmi, read_model

__all__ = ["LISTED_MAPS", "Annotation", "annotate", "check_model"]

log = logging.getLogger("monodir")

PathLike = Union[str, Path]

#: Maps whose values are listed for every atom and residue.
LISTED_MAPS = ("adr", "anisotropy", "highest", "lowest")
#: Share of atoms outside the mask above which the model may be in another frame.
_MANY_OUTSIDE = 1 / 3
_OTHER_FRAME = "; if the model is in another frame, give --origin"
_WORST = ("worst_rot", "worst_tilt", "worst_resolution")
_GZIP, _B_FACTOR = ".gz", "B_iso_or_equiv"


@dataclass(frozen=True)
class Annotation:
    """The files that :func:`annotate` wrote.

    Attributes
    ----------
    model, attributes, residues : Path
        The model, the attribute file for ChimeraX, the list of residues.
    atoms : int
        Number of atoms.
    outside : int
        Number of atoms outside the mask.
    """

    model: Path
    attributes: Path
    residues: Path
    atoms: int
    outside: int


@dataclass(frozen=True)
class _Model:
    """A structure of gemmi, with coordinates and names of its atoms and residues.

    Attributes
    ----------
    structure : gemmi.Structure
    document : gemmi.cif.Document
        The content of an mmCIF file.
    is_cif : bool
        Whether the file is mmCIF; otherwise it is PDB.
    positions : ndarray, shape (atoms, 3)
        ``x, y, z`` in Å.
    residue_of : ndarray of int, shape (atoms,)
        Index of the residue of every atom.
    atom_specs, residue_specs : list of str
        Specifiers of ChimeraX.
    residue_names : list of tuple
        Number of the model, chain, number, insertion code and name of every residue.
    """

    structure: Any
    document: Any
    is_cif: bool
    positions: np.ndarray
    residue_of: np.ndarray
    atom_specs: List[str]
    residue_specs: List[str]
    residue_names: List[Tuple[int, str, int, str, str]]


def annotate(
    model_path: PathLike,
    folder: PathLike,
    output: Optional[PathLike] = None,
    value: str = "adr",
    origin: Optional[Sequence[float]] = None,
) -> Annotation:
    """Write a model with resolution in place of B-factors, a ChimeraX attribute file and a list.

    Parameters
    ----------
    model_path : path
        PDB or mmCIF file, plain or gzipped, in the frame of the measured map.
    folder : path
        The results of a run.
    output : path, optional
        The model to write, in the format of the input; by default ``<model>_<value>`` in the
        folder.  Files of the same name with the suffixes ``.defattr`` and ``.csv`` are written
        beside it.
    value : str
        The map whose values become B-factors, in Å; 0 for atoms outside the mask.  Atoms that are
        not resolved have the coarse limit, as their voxels in the maps.
    origin : sequence of float, optional
        Position ``x, y, z`` in Å of the first voxel in the frame of the model, if it is not the
        one that the header of the map gives.

    Returns
    -------
    Annotation

    Raises
    ------
    InputError
        If gemmi is missing, model, results or output cannot be used, or no atom is inside the
        mask; then nothing is written.
    """
    source, folder = Path(model_path), Path(folder)
    if value not in RESULT_MAPS:
        choices = ", ".join(RESULT_MAPS)
        raise InputError(f"--value {value}: there is no such map; choose one of {choices}")
    if source.is_dir():
        raise InputError(
            f"model {source}: it is a folder; give the model first and then the folder of results"
        )
    gemmi = load_gemmi("annotating a model")
    model = _read_structure(gemmi, source)
    results = load_results(folder)
    paths = _output_paths(source, folder, output, value, model.is_cif)
    frame = frame_of(folder / "adr.mrc")
    if frame is None:
        raise InputError(f"result {folder / 'adr.mrc'}: its header is damaged; run monodir again")
    table = results.read_table()
    names = list(dict.fromkeys([*LISTED_MAPS, value]))
    first = np.array(frame.origin if origin is None else origin, float)
    points = (model.positions - first) / np.array(frame.step)
    atoms = at_atoms(points, table, {name: results.values(name) for name in names})
    outside = int(np.count_nonzero(~atoms.inside))
    if outside == len(points):
        raise InputError(
            f"model {source}: none of its {len(points)} atoms lies inside the mask of {folder}; "
            "fit the model into the measured map, in the frame of the map's header, or give the "
            "position of the map's first voxel with --origin"
        )
    residues = at_residues(atoms, model.residue_of, table)
    if outside:
        log.warning(
            "warning: model %s: %d of %d atoms lie outside the mask: they have no values and a "
            "B-factor of 0%s",
            source,
            outside,
            len(points),
            _OTHER_FRAME if outside > _MANY_OUTSIDE * len(points) else "",
        )
    with disk_errors(paths[0]), atomic_folder(paths[0].parent) as temporary:
        _write_model(gemmi, model, atoms.maps[value], temporary / paths[0].name)
        _write_attributes(temporary / paths[1].name, results, model, atoms, residues)
        _write_residues(temporary / paths[2].name, model, residues, results.axes)
    return Annotation(*paths, len(points), outside)


def check_model(
    model_path: PathLike, mask: np.ndarray, sampling: float, origin: Sequence[float]
) -> None:
    """Check, before a map is measured, that its results can be written to a model.

    Parameters
    ----------
    model_path : path
    mask : ndarray of bool, shape (N, N, N)
        The voxels to measure, ``[z, y, x]``.
    sampling : float
        Voxel size, Å.
    origin : sequence of float
        Position ``x, y, z`` in Å of the first voxel in the frame of the model.

    Raises
    ------
    InputError
        If gemmi is missing, the model cannot be read, or no atom lies inside the mask.
    """
    model = _read_structure(load_gemmi("annotating a model"), Path(model_path))
    nearest = np.rint((model.positions - np.array(origin, float)) / sampling).astype(int)
    within = np.all((nearest >= 0) & (nearest < len(mask)), axis=1)
    x, y, z = nearest[within].T
    if not mask[z, y, x].any():
        first = ", ".join(f"{side:g}" for side in origin)
        raise InputError(
            f"model {model_path}: none of its {len(nearest)} atoms lies inside the mask of the "
            f"map, whose first voxel is at {first} Å; fit the model into the map, or import the "
            "map with the origin in which the model fits"
        )


def _output_paths(
    source: Path, folder: Path, output: Optional[PathLike], value: str, is_cif: bool
) -> Tuple[Path, Path, Path]:
    """Return the three files to write; none of them may replace the model or a result."""
    suffixes = (".cif", ".mmcif") if is_cif else (".pdb", ".ent")
    if output is None:
        name = source.name[: -len(_GZIP)] if source.suffix == _GZIP else source.name
        model = folder / f"{Path(name).stem}_{value}{suffixes[0]}"
    else:
        model = Path(output)
    if model.suffix.lower() not in suffixes:
        raise InputError(
            f"output {model}: the model is {'mmCIF' if is_cif else 'PDB'}; "
            f"give a file name that ends in {suffixes[0]}"
        )
    paths = model, model.with_suffix(".defattr"), model.with_suffix(".csv")
    results = [real_path(folder / name) for name in (DIRECTIONS, PROFILE)]
    for path in paths:
        check_file(path, [])
        if real_path(path) == real_path(source):
            raise InputError(f"output {path}: it is the input; give another file name")
        if real_path(path) in results:
            raise InputError(f"output {path}: it is one of the results; give another file name")
    return paths


def _read_structure(gemmi: ModuleType, path: Path) -> _Model:
    document = gemmi.cif.Document()
    structure = read_model(gemmi, path, merge_chain_parts=False, save_doc=document)
    formats = gemmi.CoorFormat
    if structure.input_format not in (formats.Pdb, formats.Mmcif):
        raise InputError(
            f"model {path}: it is neither PDB nor mmCIF; give a file in one of these formats"
        )
    positions, residue_of, atom_specs = [], [], []
    residue_specs: List[str] = []
    names: List[Tuple[int, str, int, str, str]] = []
    for number, chain, residue in _residues(structure):
        # ChimeraX numbers the models of a file only if there are several.
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
    if is_cif and not len(_atom_block(document).find_values(f"_atom_site.{_B_FACTOR}")):
        raise InputError(f"model {path}: its atoms have no {_B_FACTOR}; add the column")
    coordinates = np.array(positions, float)
    if not np.isfinite(coordinates).all():
        raise InputError(f"model {path}: some of its atoms have no coordinates; correct the file")
    return _Model(
        structure=structure,
        document=document,
        is_cif=is_cif,
        positions=coordinates,
        residue_of=np.array(residue_of),
        atom_specs=atom_specs,
        residue_specs=residue_specs,
        residue_names=names,
    )


def _residues(structure: Any) -> Iterator[Tuple[int, Any, Any]]:
    """Yield number of the model (from 1), chain and residue for every residue with atoms."""
    for number, model in enumerate(structure, 1):
        for chain in model:
            for residue in chain:
                if len(residue):
                    yield number, chain, residue


def _write_model(gemmi: ModuleType, model: _Model, values: np.ndarray, path: Path) -> None:
    """Write the model with values in place of B-factors; everything else is unchanged."""
    values = np.where(np.isnan(values), 0.0, values)
    atoms = [atom for _, _, residue in _residues(model.structure) for atom in residue]
    if model.is_cif:
        texts = {atom.serial: f"{value:.2f}" for atom, value in zip(atoms, values)}
        for row in _atom_block(model.document).find("_atom_site.", ["id", _B_FACTOR]):
            row[1] = texts[int(row[0])]
        model.document.write_file(str(path))
        return
    for atom, value in zip(atoms, values):
        atom.b_iso = float(value)
        # Remove ANISOU records: they would contradict the new B-factors.
        atom.aniso = gemmi.SMat33f(0, 0, 0, 0, 0, 0)
    options = gemmi.PdbWriteOptions(preserve_serial=True, conect_records=True)
    model.structure.write_pdb(str(path), options)


def _atom_block(document: Any) -> Any:
    """Return the block of an mmCIF file that contains the atoms."""
    return next(block for block in document if len(block.find_values("_atom_site.id")))


def _write_attributes(
    path: Path, results: Results, model: _Model, atoms: AtomValues, residues: ResidueValues
) -> None:
    """Write attributes of atoms and residues for ChimeraX; missing values are omitted."""
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
    # Alternate locations of an atom have the same specifier: the first one is written.
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
    """Return rot and tilt of the worst axes and the resolution along them; NaN if there is none."""
    upper = axes.upper()
    angles = (
        np.where(residues.worst >= 0, a[residues.worst], np.nan) for a in (upper.rot, upper.tilt)
    )
    return (*angles, residues.worst_resolution)
