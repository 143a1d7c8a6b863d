"""Particles of the simulated maps: procedural, and of atomic models."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, List, Tuple

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.geometry.mask import make_mask
from monodir_plugin.simulation.models import density_of_model
from studies.angles.cases import FURTHER, Case

__all__ = ["particle_of"]

#: Voxels for each atom of procedural particles.
_VOXELS_PER_ATOM = 90
#: Voxel size of procedural particles, Å.
_SAMPLING = 2.0
#: Radius of the sphere about the atoms of a model, in sides of the box.
_RADIUS = 0.44
#: Number of different displacements where they grow outwards.
_BLURS = 8

#: The number of a chain, a residue of the library gemmi, and its atoms, shape (atoms, 3).
Residue = Tuple[int, Any, np.ndarray]


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
        volume, mask = _shaped(case.particle, case.size, case.seed)
        sampling = _SAMPLING
    else:
        kind, name = case.particle.rsplit(" ", 1)
        with tempfile.TemporaryDirectory() as scratch:
            path, radius = _part(models / name, kind, case.seed, Path(scratch))
            sampling = radius / (_RADIUS * case.size)
            turn = Rotation.random(random_state=case.seed)
            volume = density_of_model(path, case.size, sampling, turn=turn)
        mask = make_mask(volume, sampling).values >= 0.5
    if case.blur > 0:
        volume = _blurred(volume, case.blur, case.b_factor == "growing outwards")
    return volume / volume[mask].std(), mask, sampling


def _blurred(volume: np.ndarray, blur: float, growing: bool) -> np.ndarray:
    """Density of atoms displaced at random, all by ``blur`` voxels or only those at the edge."""
    if not growing:
        return gaussian_filter(volume, blur)
    steps = np.arange(_BLURS + 1) / _BLURS
    place = np.minimum(distance_map(len(volume)) / (_RADIUS * len(volume)), 1.0) * _BLURS
    blurred = np.zeros_like(volume)
    for number, step in enumerate(steps):
        # Densities that overlap linearly, so that the sum has no seams.
        share = np.clip(1 - np.abs(place - number), 0.0, 1.0).astype(np.float32)
        blurred += gaussian_filter(volume * share, blur * step)
    return blurred


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


def _part(model: Path, kind: str, seed: int, scratch: Path) -> Tuple[Path, float]:
    """A file with a part of a model, or the whole model, and the radius in Å.

    Parts consist of whole residues and are no spheres: no particle has a smooth surface at one
    distance from the centre, which is one large oscillation in the radial direction.
    """
    import gemmi

    structure = gemmi.read_structure(str(model))
    structure.setup_entities()
    structure.remove_ligands_and_waters()
    structure.remove_hydrogens()
    only = FURTHER.get(model.name, "").split()
    chains = [
        [(name, residue, np.array([atom.pos.tolist() for atom in residue])) for residue in chain]
        for name, chain in enumerate(
            c for m in structure for c in m if len(c) > 0 and (not only or c.name in only)
        )
    ]
    rng = np.random.default_rng(seed)
    if kind == "whole":
        kept = [triple for chain in chains for triple in chain]
        if not only:
            return model, _radius(kept)
    elif kind == "chains of":
        kept = _neighbours(chains, rng)
    else:
        kept = _ellipsoid([triple for chain in chains for triple in chain], rng)
    piece = gemmi.Structure()
    piece.add_model(gemmi.Model(1))
    # Every chain stays one: of a chain with protein and nucleic acid, one is taken for a ligand.
    for name in sorted({name for name, _, _ in kept}):
        part = gemmi.Chain(f"C{name}")
        for number, residue in enumerate((r for n, r, _ in kept if n == name), start=1):
            residue.seqid = gemmi.SeqId(str(number))
            part.add_residue(residue)
        piece[0].add_chain(part)
    path = scratch / f"part_{seed}.cif"
    piece.make_mmcif_document().write_file(str(path))
    return path, _radius(kept)


def _neighbours(chains: List[List[Residue]], rng: np.random.Generator) -> List[Residue]:
    """The chains nearest to a random one, with a quarter to two thirds of all atoms."""
    middles = np.array([_positions(chain).mean(axis=0) for chain in chains])
    atoms = np.array([len(_positions(chain)) for chain in chains])
    order = np.argsort(np.linalg.norm(middles - rng.choice(middles), axis=1))
    wanted = rng.uniform(0.25, 0.65) * atoms.sum()
    count = int(np.searchsorted(np.cumsum(atoms[order]), wanted)) + 1
    return [triple for i in order[: min(count, len(chains) - 1)] for triple in chains[i]]


def _ellipsoid(residues: List[Residue], rng: np.random.Generator) -> List[Residue]:
    """The residues in an ellipsoid about a random one."""
    middles = np.array([p.mean(axis=0) for _, _, p in residues])
    radii = rng.uniform(30.0, 48.0) * np.array([0.8, 1.0, 1.3])
    turn = Rotation.random(random_state=int(rng.integers(2**31)))
    offsets = turn.apply(middles - rng.choice(middles))
    near = np.linalg.norm(offsets / radii, axis=1) <= 1
    return [triple for triple, keep in zip(residues, near) if keep]


def _radius(residues: List[Residue]) -> float:
    """Radius of the sphere about the mean position of the atoms that holds them all, Å."""
    every = _positions(residues)
    return float(np.linalg.norm(every - every.mean(axis=0), axis=1).max())


def _positions(residues: List[Residue]) -> np.ndarray:
    return np.concatenate([positions for _, _, positions in residues])
