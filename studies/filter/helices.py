"""Alpha helices of atomic models, and maps in which one of them is turned by 90 degrees."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List

import numpy as np
from scipy.ndimage import affine_transform
from scipy.spatial import cKDTree

from monodir_plugin.numerics.geometry.soft_edges import soft_mask
from monodir_plugin.simulation.models import placed_model

__all__ = ["Helix", "helices_of", "turned_helix"]

#: Å between the C-alpha atoms of residues i and i + 3 of an alpha helix, and fewest residues.
_RISE, _LEAST = (4.6, 5.7), 8
#: Å about the atoms of a helix that are cut out with it, and width of the soft edge.
_ABOUT, _SOFT = 3.0, 5.0


@dataclass(frozen=True)
class Helix:
    """A helix in the box of a map.

    Attributes
    ----------
    residues : int
    atoms : ndarray, shape (3, atoms), float64
        Voxels ``z, y, x``, of all atoms.
    axis : ndarray, shape (3,), float64
        Unit vector ``z, y, x`` along the helix.
    """

    residues: int
    atoms: np.ndarray
    axis: np.ndarray


def helices_of(model: Path, size: int, sampling: float) -> List[Helix]:
    """Helices of at least eight residues, from the distances between C-alpha atoms.

    The model is put into the middle of a box of ``size`` voxels of ``sampling`` Å.
    """
    structure = placed_model(model, size, sampling)
    return [
        _helix(residues[run], sampling)
        for part in structure
        for chain in part
        for residues in [[r for r in chain if "CA" in r]]
        for run in _runs(residues)
    ]


def _runs(residues: List) -> List[slice]:
    """Residues that follow each other in a helix."""
    if len(residues) < _LEAST:
        return []
    places = np.array([list(r["CA"][0].pos) for r in residues])
    apart = np.linalg.norm(places[3:] - places[:-3], axis=1)
    alike = np.concatenate([[0], ((apart > _RISE[0]) & (apart < _RISE[1])).astype(int), [0]])
    starts, stops = np.flatnonzero(np.diff(alike) > 0), np.flatnonzero(np.diff(alike) < 0)
    # The last distance of a run reaches three residues further.
    found = [(int(a), int(b) + 3) for a, b in zip(starts, stops)]
    return [slice(a, b) for a, b in found if b - a >= _LEAST]


def _helix(residues: List, sampling: float) -> Helix:
    places = np.array([list(r["CA"][0].pos)[::-1] for r in residues])
    _, _, directions = np.linalg.svd(places - places.mean(axis=0))
    atoms = np.array([list(atom.pos)[::-1] for r in residues for atom in r]).T / sampling
    return Helix(len(residues), atoms, directions[0])


def turned_helix(
    volume: np.ndarray, helix: Helix, sampling: float, rng: np.random.Generator
) -> np.ndarray:
    """A map whose density at a helix is turned by 90 degrees about its centre.

    It is cut out with a soft edge, turned about a random axis that is perpendicular to the helix,
    and put in the place of what was there.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    helix : Helix
    sampling : float
        Å.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (N, N, N), float32
    """
    centre = helix.atoms.mean(axis=1)
    about = np.cross(helix.axis, rng.normal(size=3))
    about /= np.linalg.norm(about)
    first, second = helix.axis, np.cross(about, helix.axis)
    # Takes the axis of the helix to the second vector, and this to the opposite of the first.
    turn = np.outer(second, first) - np.outer(first, second) + np.outer(about, about)
    voxels = np.indices(volume.shape).reshape(3, -1).T
    apart, _ = cKDTree(helix.atoms.T).query(voxels, distance_upper_bound=_ABOUT / sampling)
    near = np.isfinite(apart).reshape(volume.shape)
    held = soft_mask(near, max(_SOFT / sampling, 2.0))

    def turned(box: np.ndarray) -> np.ndarray:
        # The matrix takes places in the output to places in the input.
        return affine_transform(box, turn.T, centre - turn.T @ centre, order=3)

    moved = np.clip(turned(held), 0.0, 1.0)
    return (volume * (1 - held) * (1 - moved) + turned(volume * held)).astype(np.float32)
