"""Particles of the simulated maps: procedural, and of atomic models."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Tuple

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.simulation import Particle
from studies.angles.cases import Case

__all__ = ["particle_of"]

#: Voxels for each atom of procedural particles.
_VOXELS_PER_ATOM = 90
#: Radius of a piece of a model and of a whole model, in sides of the box.
_PIECE, _WHOLE = 0.40, 0.42


def particle_of(case: Case, models: Path) -> Tuple[np.ndarray, np.ndarray, float]:
    """The particle of a case.

    Parameters
    ----------
    case : Case
    models : Path
        Folder of atomic models.

    Returns
    -------
    density : ndarray, shape (size, size, size)
    mask : ndarray of bool, of the same shape
    sampling : float
        Voxel size, Å.
    """
    if "." not in case.particle:
        return (*_shaped(case.particle, case.size, case.seed), 2.0)
    kind, name = case.particle.rsplit(" ", 1)
    with tempfile.TemporaryDirectory() as scratch:
        cut = kind == "piece of"
        path, radius = _piece(models / name, cut, case.seed, Path(scratch))
        sampling = radius / ((_PIECE if cut else _WHOLE) * case.size)
        volume, mask = Particle(str(path), case.size, sampling).density()
    return volume, mask, sampling


def _shaped(shape: str, size: int, seed: int) -> Tuple[np.ndarray, np.ndarray]:
    """A procedural particle of a shape, and its mask, as :func:`simulation.blob_particle`."""
    rng = np.random.default_rng(seed)
    radii = {"elongated": (0.42, 0.24, 0.24), "flat": (0.2, 0.38, 0.38)}.get(shape, (0.32,) * 3)
    grid = np.meshgrid(*(np.arange(size) - size // 2,) * 3, indexing="ij")
    distance = np.sqrt(sum((g / (r * size)) ** 2 for g, r in zip(grid, radii)))
    lumps = gaussian_filter(rng.normal(size=(size,) * 3), 0.06 * size)
    mask = distance < 0.9 * (1 + 0.12 * lumps / lumps.std())
    mask &= distance_map(size) < 0.46 * size
    matter = mask & (distance > 0.45) if shape == "hollow" else mask
    places = rng.choice(np.flatnonzero(matter), size=max(3000, size**3 // _VOXELS_PER_ATOM))
    volume = np.bincount(places, minlength=size**3).reshape(mask.shape).astype(np.float32)
    volume = gaussian_filter(volume, 0.8)
    return volume / volume[mask].std(), mask


def _piece(model: Path, cut: bool, seed: int, scratch: Path) -> Tuple[Path, float]:
    """A file with the residues in an ellipsoid about a random atom, or with all; radius in Å.

    Whole residues, and no sphere: no particle has a smooth surface at one distance from the centre,
    which is one large oscillation in the radial direction.
    """
    import gemmi

    structure = gemmi.read_structure(str(model))
    structure.setup_entities()
    structure.remove_ligands_and_waters()
    residues = [(r, np.array([list(a.pos) for a in r])) for m in structure for c in m for r in c]
    if not cut:
        positions = np.concatenate([p for _, p in residues])
        centre = positions.mean(axis=0)
        return model, float(np.linalg.norm(positions - centre, axis=1).max())
    rng = np.random.default_rng(seed)
    middles = np.array([p.mean(axis=0) for _, p in residues])
    radii = rng.uniform(30.0, 48.0) * np.array([0.8, 1.0, 1.3])
    offsets = Rotation.random(random_state=seed).apply(middles - rng.choice(middles))
    near = np.linalg.norm(offsets / radii, axis=1) <= 1
    piece = gemmi.Structure()
    piece.add_model(gemmi.Model(1))
    chain = gemmi.Chain("A")
    for number, ((residue, _), keep) in enumerate(zip(residues, near), start=1):
        if keep:
            residue.seqid = gemmi.SeqId(str(number))
            chain.add_residue(residue)
    piece[0].add_chain(chain)
    path = scratch / f"piece_{seed}.cif"
    piece.make_mmcif_document().write_file(str(path))
    kept = np.concatenate([p for (_, p), keep in zip(residues, near) if keep])
    return path, float(np.linalg.norm(kept - kept.mean(axis=0), axis=1).max())
