"""Resolution at the atoms of a model, and of its residues: arrays in, records out.

At an atom every quantity is interpolated linearly between the voxels of the mask.  A residue has
the means over its atoms inside the mask.  Its worst axis is the one of coarsest resolution, where
R(r, d) is averaged over the atoms and over neighbouring axes, so that single outliers have little
effect.  Where several axes are equally coarse, as when many are not resolved, it is the axis in
their middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Tuple

import numpy as np

from ..numerics.geometry.axes import AxisSet
from ..numerics.geometry.masked_trilinear import trilinear
from ..numerics.reduction.reductions import over_neighbours
from ..numerics.reduction.table import ResolutionTable

__all__ = [
    "AtomValues",
    "ResidueValues",
    "at_atoms",
    "at_residues",
    "coarsest_axes",
    "finest_and_coarsest",
]

_ATOMS_AT_ONCE = 2048
#: Range over the axes below which they are the same, Å, and the share of the coarsest resolution
#: from which an axis is equally coarse.
_SAME, _EQUALLY_COARSE = 1e-3, 0.99


@dataclass(frozen=True)
class AtomValues:
    """Values at atoms.

    Attributes
    ----------
    rows, weights : ndarray, shape (atoms, 8)
        Of the interpolation: :func:`monodir_plugin.numerics.geometry.masked_trilinear.trilinear`.
    inside : ndarray of bool, shape (atoms,)
        Whether an atom lies inside the mask.
    maps : dict of str to ndarray, shape (atoms,)
        Å; NaN outside the mask.
    """

    rows: np.ndarray
    weights: np.ndarray
    inside: np.ndarray
    maps: Dict[str, np.ndarray]


@dataclass(frozen=True)
class ResidueValues:
    """Values of residues.

    Attributes
    ----------
    inside : ndarray of int, shape (residues,)
        Number of atoms inside the mask.
    maps : dict of str to ndarray, shape (residues,)
        Means over those atoms, Å; NaN without any.
    worst : ndarray of int, shape (residues,)
        Index of the worst axis; -1 without an atom inside, or where all axes are the same.
    worst_resolution : ndarray, shape (residues,)
        Mean resolution along it, Å; NaN where there is none.
    """

    inside: np.ndarray
    maps: Dict[str, np.ndarray]
    worst: np.ndarray
    worst_resolution: np.ndarray


def at_atoms(
    points: np.ndarray, table: ResolutionTable, maps: Mapping[str, np.ndarray]
) -> AtomValues:
    """Interpolate maps at atoms.

    Parameters
    ----------
    points : ndarray, shape (atoms, 3)
        Voxels ``x, y, z``, counted from 0.
    table : ResolutionTable
    maps : mapping of str to ndarray, shape (voxels,)
        Å, in the order of the table's voxels.
    """
    rows, weights = trilinear(points, table.indices, table.shape)
    inside = weights.sum(axis=1) > 0
    values = {
        name: np.where(inside, np.sum(weights * voxels[rows], axis=1), np.nan)
        for name, voxels in maps.items()
    }
    return AtomValues(rows, weights, inside, values)


def at_residues(atoms: AtomValues, residues: np.ndarray, table: ResolutionTable) -> ResidueValues:
    """Means over the atoms of residues, and their worst axes.

    Parameters
    ----------
    atoms : AtomValues
    residues : ndarray of int, shape (atoms,)
        Residue of every atom, counted from 0 without gaps.
    table : ResolutionTable
    """
    count = int(residues.max()) + 1
    within = np.flatnonzero(atoms.inside)
    inside = np.bincount(residues[within], minlength=count)
    divisor = np.where(inside > 0, inside, np.nan)
    maps = {
        name: np.bincount(residues[within], values[within], count) / divisor
        for name, values in atoms.maps.items()
    }
    total = np.zeros((count, len(table.axes)))
    for first in range(0, len(within), _ATOMS_AT_ONCE):
        some = within[first : first + _ATOMS_AT_ONCE]
        # shape (atoms, 8, axes)
        near = table.resolutions(atoms.rows[some].ravel()).reshape(len(some), 8, -1)
        np.add.at(total, residues[some], np.einsum("ak,akd->ad", atoms.weights[some], near))
    mean = total / np.maximum(inside, 1)[:, None]
    differ = (inside > 0) & (np.ptp(mean, axis=1) > _SAME)
    worst = np.where(differ, coarsest_axes(mean, table.axes), -1)
    resolution = np.where(differ, mean[np.arange(count), worst], np.nan)
    return ResidueValues(inside, maps, worst, resolution)


def finest_and_coarsest(
    resolutions: np.ndarray, axes: AxisSet
) -> Tuple[Optional[int], Optional[int]]:
    """Axes of finest and of coarsest resolution, each in the middle of those that are equal.

    Parameters
    ----------
    resolutions : ndarray, shape (axes,)
        Å; NaN where an axis has none.
    axes : AxisSet

    Returns
    -------
    finest, coarsest : int or None
        Indices; ``None`` where no axis has a resolution.
    """
    known = np.flatnonzero(np.isfinite(resolutions))
    if not len(known):
        return None, None
    some, values = AxisSet(axes.vectors[known]), resolutions[known]
    finest = _middle_of(values[None] <= values.min() / _EQUALLY_COARSE, some)[0]
    coarsest = _middle_of(values[None] >= values.max() * _EQUALLY_COARSE, some)[0]
    return int(known[finest]), int(known[coarsest])


def coarsest_axes(resolutions: np.ndarray, axes: AxisSet) -> np.ndarray:
    """Axis of coarsest resolution, in the middle of those that are equally coarse.

    Parameters
    ----------
    resolutions : ndarray, shape (n, axes)
        Å.
    axes : AxisSet

    Returns
    -------
    ndarray of int, shape (n,)
        Indices.
    """
    smooth = over_neighbours(resolutions, axes)
    return _middle_of(smooth >= _EQUALLY_COARSE * smooth.max(axis=1, keepdims=True), axes)


def _middle_of(tied: np.ndarray, axes: AxisSet) -> np.ndarray:
    """Index of the axis in the middle of tied ones, for every row of a bool array (n, axes)."""
    # The middle maximises the sum of squared cosines to the tied axes.
    vectors = axes.vectors
    spread = np.einsum("nd,di,dj->nij", tied.astype(float), vectors, vectors)
    middle = np.linalg.eigh(spread)[1][:, :, -1]
    return np.argmax(np.where(tied, np.abs(middle @ vectors.T), -1.0), axis=1)
