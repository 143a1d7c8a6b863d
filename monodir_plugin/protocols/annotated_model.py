"""The atomic model of the form: checks, its place in the map, and the output that is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Optional, Tuple

import numpy as np
from pwem.objects import AtomStruct, Volume

from ..errors import InputError
from ..simulation.models import load_gemmi
from .inputs import checks
from .outputs import range_text

__all__ = ["errors_of", "output_object", "output_of", "place_of"]

#: Suffixes of model files that are kept.
_SUFFIXES = (".cif", ".mmcif", ".pdb", ".ent")


def errors_of(model: Optional[AtomStruct]) -> List[str]:
    """Check that the file of a model is there and can be read on this machine."""
    if model is None:
        return []
    path = Path(checks.plain_name(model.getFileName()))
    if not path.is_file():
        return [checks.missing_file("Atomic model", str(path))]
    try:
        load_gemmi("annotating a model")
    except InputError as error:
        return [f"Atomic model: {error}."]
    return []


def place_of(model: Optional[AtomStruct], volume: Volume) -> Tuple[Any, ...]:
    """Return file, time of its change, and position x, y, z in Å of the first voxel of the map.

    Scipion keeps the position in the object of the map, and shows models in its frame; the header
    of the file may have another one.  Without a model nothing is returned.
    """
    if model is None:
        return ()
    path = checks.plain_name(model.getFileName())
    x, y, z = (float(shift) for shift in volume.getShiftsFromOrigin())
    return path, Path(path).stat().st_mtime_ns, x, y, z


def output_of(model: str, folder: Path) -> Path:
    """Return the file of the annotated model, in the format of the model."""
    suffixes = [suffix.lower() for suffix in Path(model).suffixes]
    suffix = next((s for s in reversed(suffixes) if s in _SUFFIXES), _SUFFIXES[0])
    return folder / f"model_adr{suffix}"


def output_object(model: AtomStruct, folder: Path, volume: Volume, run: str) -> AtomStruct:
    """Return the annotated model as an output that belongs to the map.

    Parameters
    ----------
    model : AtomStruct
        The model of the form.
    folder : Path
        Folder of the results.
    volume : Volume
        The map that was measured.
    run : str
        Number of the run, for the label.
    """
    path = output_of(checks.plain_name(model.getFileName()), folder)
    structure = load_gemmi("annotating a model").read_structure(str(path))
    factors = np.array([atom.atom.b_iso for copy in structure for atom in copy.all()])
    annotated = AtomStruct(str(path))
    annotated.setVolume(volume)
    # Atoms outside the mask have the B-factor 0.
    found = range_text(factors[factors > 0])
    annotated.setObjLabel(f"ADR at the atoms as B-factors: {found} (run {run})")
    return annotated
