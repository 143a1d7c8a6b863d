"""Ellipsoids of resolution on a lattice of voxels.

Each is the ellipsoid of the mean tensor of the voxels nearest to its point of the lattice, which
is less noisy than that of a single voxel.  Its half axes are the principal resolutions, times one
factor for all.  It has the shape of the blurred image of a point: long along directions of coarse
resolution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List

import numpy as np
from scipy.spatial.transform import Rotation

from ..diagnosis.tensor import TensorFit, fractional_anisotropy, principal
from ..numerics.geometry.axes import AxisSet
from ..numerics.geometry.grid import voxel_positions
from ..numerics.reduction.table import at_coarse_limit
from .bild import numbers
from .frame import Frame
from .lattice import WANTED, lattice
from .palette import Palette

__all__ = ["Glyphs", "choose_glyphs", "glyphs_text"]

#: Length of a half axis, in distances of the lattice, at this percentile of all coarsest half axes.
_LONGEST, _PERCENTILE = 0.5, 98.0


@dataclass(frozen=True)
class Glyphs:
    """Positions, axes and values of ellipsoids.

    Attributes
    ----------
    voxels : ndarray, shape (n, 3), int
        Centres ``x, y, z``, counted from 0.
    resolutions : ndarray, shape (n, 3)
        Principal resolutions, fine, middle, coarse, Å.
    axes : ndarray, shape (n, 3, 3)
        ``axes[i, k]``: unit vector ``x, y, z`` of resolution k.
    anisotropy : ndarray, shape (n,)
        Fractional anisotropy.
    unresolved : ndarray of bool, shape (n,)
        Whether the coarsest principal resolution is the coarse limit: not resolved along it.
    every : int
        Distance of the lattice, voxels.
    """

    voxels: np.ndarray
    resolutions: np.ndarray
    axes: np.ndarray
    anisotropy: np.ndarray
    unresolved: np.ndarray
    every: int


def choose_glyphs(fit: TensorFit, wanted: int = WANTED) -> Glyphs:
    """Ellipsoids on a lattice throughout the mask.

    The mean tensor is that of the voxels in a cube about the point of the lattice that are resolved
    along at least one axis; without such voxels there is no ellipsoid.
    """
    mask = fit.volume(np.ones(len(fit.indices), np.float32)) > 0
    every = lattice(mask, wanted)
    resolved = fit.unresolved < 1
    middle = mask.shape[0] // 2
    apart = voxel_positions(fit.indices[resolved], mask.shape) - middle
    nearest = middle + every * np.floor(apart / every + 0.5).astype(int)
    inside = np.all((nearest >= 0) & (nearest < mask.shape[0]), axis=1)
    points = np.ravel_multi_index(tuple(nearest[inside].T[::-1]), mask.shape)
    places, groups = np.unique(points, return_inverse=True)
    sums = [np.bincount(groups, column) for column in fit.components[resolved][inside].T]
    means = np.stack(sums, axis=1) / np.bincount(groups)[:, None]
    at_mask = mask.ravel()[places]
    resolutions, axes = principal(means[at_mask])
    return Glyphs(
        voxels=voxel_positions(places[at_mask], mask.shape).astype(int),
        resolutions=resolutions,
        axes=axes,
        anisotropy=fractional_anisotropy(resolutions),
        unresolved=at_coarse_limit(resolutions[:, 2], fit.resolution_range[1]),
        every=every,
    )


def glyphs_text(glyphs: Glyphs, frame: Frame, palette: Palette) -> str:
    """The ellipsoids as BILD objects: spheres that are scaled, turned and moved.

    ChimeraX shows a note at the mouse: central voxel, principal resolutions, the coarsest axis
    and fractional anisotropy.
    """
    distance = glyphs.every * min(frame.step)
    factor = _LONGEST * distance / np.percentile(glyphs.resolutions[:, 2], _PERCENTILE)
    centres = frame.positions(glyphs.voxels)
    turns = _turns(glyphs.axes)
    angles = np.linalg.norm(turns, axis=1)
    coarsest = AxisSet(glyphs.axes[:, 2]).upper()
    rot, tilt = coarsest.rot, coarsest.tilt
    lines: List[str] = [
        f".comment {len(glyphs.voxels)} ellipsoids, one every {glyphs.every} voxels in the mask;",
        f".comment half axes: principal resolutions of the mean tensor times {factor:.4f};",
        ".comment colour: fractional anisotropy",
    ]
    for i, colour in enumerate(palette.rgb(glyphs.anisotropy)):
        x, y, z = glyphs.voxels[i]
        fine, middle, coarse = glyphs.resolutions[i]
        turn = turns[i] / angles[i] if angles[i] > 0 else np.array([0.0, 0.0, 1.0])
        lines += [
            f".note voxel {x},{y},{z}: {fine:.1f}, {middle:.1f}, {coarse:.1f} Å"
            f"{' (not resolved)' if glyphs.unresolved[i] else ''}, coarsest along "
            f"rot {rot[i]:.0f}, tilt {tilt[i]:.0f} degrees, "
            f"fractional anisotropy {glyphs.anisotropy[i]:.2f}",
            f".color {numbers(colour)}",
            f".translate {numbers(centres[i])}",
            f".rotate {np.degrees(angles[i]):.3f} " + " ".join(f"{v + 0.0:.6f}" for v in turn),
            f".scale {numbers(factor * glyphs.resolutions[i])}",
            ".sphere 0 0 0 1",
            ".pop",
            ".pop",
            ".pop",
        ]
    return "\n".join(lines) + "\n"


def _turns(axes: np.ndarray) -> np.ndarray:
    """Rotation vectors that take x, y and z to the principal axes, whose signs are free."""
    middle, coarse = (AxisSet(axes[:, k]).upper().vectors for k in (1, 2))
    matrices = np.stack([np.cross(middle, coarse), middle, coarse], axis=2)
    return Rotation.from_matrix(matrices).as_rotvec()
