"""Densities of atomic models, computed with gemmi.

Electron scattering factors are sums of Gaussians: International Tables, volume C, table 4.3.2.2.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any, Optional, Union

import numpy as np
import scipy.fft
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..numerics.fourier.spectrum import coarse_half

__all__ = ["density_of_model", "load_gemmi", "placed_model", "read_model"]

#: Factor by which densities are sampled more finely before they are low-passed, so that sharp atoms
#: do not alias.
_FINER = 2


def density_of_model(
    path: Union[str, Path],
    size: int,
    sampling: float,
    b_factor: float = 50.0,
    turn: Optional[Rotation] = None,
) -> np.ndarray:
    """Map of an atomic model with the mean position of its atoms at voxel ``size // 2``.

    Waters, ligands and hydrogens are removed.  Several models in one file are parts of one
    assembly, as in files of biological units.

    Parameters
    ----------
    path : path
        PDB or mmCIF, plain or gzipped.
    size : int
        Side of the box in voxels.
    sampling : float
        Voxel size, Å.
    b_factor : float
        Temperature factor of every atom, Å²; those in the file are ignored.
    turn : Rotation, optional
        Rotation of the model about its centre.

    Returns
    -------
    ndarray, shape (size, size, size), float32
        ``[z, y, x]``, Å⁻² (scattering factor per Å³), without spatial frequencies beyond Nyquist.

    Raises
    ------
    InputError
        If gemmi is missing, if the file cannot be read or has no atoms, or if they do not fit into
        the sphere inscribed in the box.
    """
    structure = placed_model(path, size, sampling, b_factor, turn)
    gemmi = load_gemmi("a map of an atomic model")
    calculator = gemmi.DensityCalculatorE()
    calculator.grid.set_unit_cell(structure.cell)
    calculator.grid.spacegroup = gemmi.SpaceGroup("P1")
    calculator.grid.set_size(*(_FINER * size,) * 3)
    for model in structure:
        calculator.add_model_density_to_grid(model)
    fine = np.transpose(calculator.grid.array, (2, 1, 0))
    return _coarser(fine, size)


def placed_model(
    path: Union[str, Path],
    size: int,
    sampling: float,
    b_factor: float = 50.0,
    turn: Optional[Rotation] = None,
) -> Any:
    """Atomic model in the frame of its map: the atoms whose density is computed, and no others.

    Parameters
    ----------
    path, size, sampling, b_factor, turn
        As for :func:`density_of_model`.

    Returns
    -------
    gemmi.Structure
        Its atoms are at ``x, y, z`` in Å, where the first voxel of the map is at 0; the unit cell
        is the box.

    Raises
    ------
    InputError
        As :func:`density_of_model`.
    """
    gemmi = load_gemmi("a map of an atomic model")
    structure = read_model(gemmi, Path(path))
    structure.setup_entities()
    structure.remove_ligands_and_waters()
    structure.remove_hydrogens()
    if sum(model.count_atom_sites() for model in structure) == 0:
        raise InputError(
            f"model {path}: it has no atoms of proteins or nucleic acids; give another model"
        )
    side = size * sampling
    place = _place(gemmi, structure, turn or Rotation.identity(), side, path)
    # The centre is voxel N // 2, which for odd N is not the middle of the unit cell.
    centre = gemmi.Vec3(*(sampling * (size // 2),) * 3)
    for model in structure:
        model.transform_pos_and_adp(place)
        for found in model.all():
            found.atom.b_iso = b_factor
            found.atom.aniso = gemmi.SMat33f(0, 0, 0, 0, 0, 0)
            found.atom.pos += gemmi.Position(centre)
    # Symmetry operations of the file hold in its own frame only.
    structure.cell = gemmi.UnitCell(side, side, side, 90, 90, 90)
    structure.spacegroup_hm = "P 1"
    structure.ncs.clear()
    structure.assemblies.clear()
    return structure


def load_gemmi(purpose: str) -> ModuleType:
    """Import the library gemmi; if it is missing, raise an InputError that names the purpose."""
    try:
        return importlib.import_module("gemmi")
    except ImportError as error:
        raise InputError(
            f"{purpose} needs the library gemmi, which is not installed; "
            "install it with: pip install gemmi"
        ) from error


def read_model(gemmi: ModuleType, path: Path, **options: object) -> Any:
    """Read a structure from PDB or mmCIF, plain or gzipped; options are passed to gemmi."""
    if not path.is_file():
        raise InputError(f"model {path}: there is no such file; check the name")
    try:
        return gemmi.read_structure(str(path), **options)
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(
            f"model {path}: it cannot be read as PDB or mmCIF ({str(error).splitlines()[0]}); "
            "give another file"
        ) from error


def _place(
    gemmi: ModuleType, structure: Any, turn: Rotation, side: float, path: Union[str, Path]
) -> Any:
    """Transform that moves the mean position of the atoms to the origin and rotates about it."""
    positions = np.array([list(f.atom.pos) for model in structure for f in model.all()])
    centre = positions.mean(axis=0)
    radius = float(np.linalg.norm(positions - centre, axis=1).max())
    if 2 * radius > side:
        raise InputError(
            f"model {path}: it needs a sphere of {2 * radius:.0f} Å, but the box is {side:.0f} Å "
            "wide; give a larger box or larger voxels"
        )
    matrix = turn.as_matrix()
    return gemmi.Transform(gemmi.Mat33(matrix.tolist()), gemmi.Vec3(*(-matrix @ centre)))


def _coarser(fine: np.ndarray, size: int) -> np.ndarray:
    """Low-pass to the Nyquist sphere of the coarser grid, and sample on it."""
    spectrum = scipy.fft.rfftn(fine)
    k = np.fft.fftfreq(size)
    kept = coarse_half(spectrum, size)
    length = k[:, None, None] ** 2 + k[None, :, None] ** 2 + np.fft.rfftfreq(size) ** 2
    kept[length >= 0.25] = 0
    return scipy.fft.irfftn(kept, s=(size,) * 3).astype(np.float32) / _FINER**3
