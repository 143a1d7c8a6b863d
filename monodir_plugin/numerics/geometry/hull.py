"""Convex hulls: the largest sphere in a mask, and the sphericity of a body."""

from __future__ import annotations

from typing import Optional, Sequence

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from .axes import AxisSet
from .grid import voxel_positions

__all__ = ["ends_of_rows", "largest_sphere_in_hull", "sphericity"]


def ends_of_rows(indices: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Positions of the first and the last voxel of every row along x.

    The convex hull of a mask needs no others.

    Parameters
    ----------
    indices : ndarray of int, shape (n,)
        Flat indices of a ``[z, y, x]`` array, ascending.
    shape : sequence of int
        Shape of the array.

    Returns
    -------
    ndarray, shape (m, 3), float64
        Voxels, ``x, y, z``.
    """
    row = indices // shape[2]
    last = np.append(row[1:] != row[:-1], True)
    first = np.insert(last[:-1], 0, True)
    return voxel_positions(indices[first | last], shape)


def largest_sphere_in_hull(positions: np.ndarray, centre: np.ndarray) -> Optional[float]:
    """Radius of the largest sphere about a centre inside the convex hull of points.

    Parameters
    ----------
    positions : ndarray, shape (n, 3), float64
        Voxels, ``x, y, z``.
    centre : ndarray, shape (3,)
        Voxels, ``x, y, z``.

    Returns
    -------
    float or None
        Voxels; ``None`` if the centre lies outside the hull or the points lie in a plane.
    """
    try:
        equations = ConvexHull(positions).equations
    except QhullError:
        return None
    radius = float(np.min(-equations[:, 3] - equations[:, :3] @ centre))
    return radius if radius > 0 else None


def sphericity(axes: AxisSet, radii: np.ndarray) -> float:
    """Sphericity of a body given by its radii along axes.

    The surface of a sphere of the same volume over that of the body,
    ``pi^(1/3) (6 V)^(2/3) / A``, as Tan et al. (Nature Methods 14, 793, 2017) compute it for the
    thresholded FSC.  The body is the polyhedron with corners at both ends of the axes.  It is
    divided by the sphericity of the polyhedron of equal radii, which is not exactly one.

    Parameters
    ----------
    axes : AxisSet
        At least three, not all in a plane.
    radii : ndarray, shape (axes,)
        Distance of the surface from the centre along each axis, any unit; 0 for an axis without
        data.

    Returns
    -------
    float
        1 for equal radii; 0 for a body without volume.
    """
    ends = np.concatenate([axes.vectors, -axes.vectors])
    corners = ConvexHull(ends).simplices
    return _sphericity(ends * np.tile(radii, 2)[:, None], corners) / _sphericity(ends, corners)


def _sphericity(points: np.ndarray, corners: np.ndarray) -> float:
    """``pi^(1/3) (6 V)^(2/3) / A`` of a polyhedron about the origin with triangular faces."""
    first, second, third = (points[corners[:, i]] for i in range(3))
    volume = np.abs(np.einsum("ij,ij->i", first, np.cross(second, third))).sum() / 6
    surface = np.linalg.norm(np.cross(second - first, third - first), axis=1).sum() / 2
    return float(np.pi ** (1 / 3) * (6 * volume) ** (2 / 3) / surface) if volume > 0 else 0.0
