"""The projection disc: axes of RP² as points (angle rot, radius tilt), and values between them.

An axis has two ends.  The disc shows the upper half of the sphere, so an axis
in the equator has both of its ends on the rim.
"""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.patheffects import withStroke
from matplotlib.projections.polar import PolarAxes
from scipy.spatial import ConvexHull

from ...numerics.geometry.axes import AxisSet, rot_tilt_to_vectors

__all__ = [
    "LABELLED_TILTS",
    "disc_grid",
    "draw_dots",
    "draw_heat",
    "ends_on_disc",
    "interpolate",
    "label_disc",
    "rot_of_labels",
]

#: Tilts with a label on the disc, degrees.
LABELLED_TILTS = (30, 60)
#: Least distance of these labels from the lines of equal rot, and rot without axes, degrees.
_BESIDE_LINES, _USUAL_ROT = 10.0, 22.5

_RIM = 1e-6
_HEAT_ROT, _HEAT_TILT = 241, 61
_AT_ONCE = 512


def ends_on_disc(axes: AxisSet) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of the ends of axes on the disc.

    Parameters
    ----------
    axes : AxisSet

    Returns
    -------
    rot, tilt : ndarray, shape (n + axes in the equator,)
        Degrees; tilt 0 to 90.
    index : ndarray of int
        The axis of each end.
    """
    upper = axes.upper()
    equator = np.flatnonzero(upper.tilt > 90 - _RIM)
    rot = np.concatenate([upper.rot, upper.rot[equator] + 180.0])
    tilt = np.minimum(np.concatenate([upper.tilt, upper.tilt[equator]]), 90.0)
    return rot, tilt, np.concatenate([np.arange(len(axes)), equator])


def interpolate(axes: AxisSet, values: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Values between axes, on the projective plane.

    Linear within the spherical triangles that both ends of all axes span:
    equal to the given value at an axis, never beyond the values of the
    neighbouring axes, and the same in opposite directions.

    Parameters
    ----------
    axes : AxisSet
        At least three, not all in a plane.
    values : ndarray, shape (n,) or (n, k)
        One value, or one row, per axis.
    vectors : ndarray, shape (m, 3)
        Unit vectors ``x, y, z``.

    Returns
    -------
    ndarray, shape (m,) or (m, k)
    """
    ends = np.concatenate([axes.vectors, -axes.vectors])
    at_ends = np.concatenate([values, values])
    corners = ConvexHull(ends).simplices
    # Weights s of the three corners, columns of C, that sum to the vector: v = C s.
    solve = np.linalg.inv(ends[corners].transpose(0, 2, 1))
    found = np.empty((len(vectors), *np.shape(values)[1:]))
    for first in range(0, len(vectors), _AT_ONCE):
        chunk = vectors[first : first + _AT_ONCE]
        shares = [chunk @ corner.T for corner in solve.transpose(1, 0, 2)]
        face = np.minimum.reduce(shares).argmax(axis=1)
        row = np.arange(len(chunk))
        share = np.stack([np.maximum(corner[row, face], 0.0) for corner in shares], axis=1)
        share /= share.sum(axis=1, keepdims=True)
        found[first : first + len(chunk)] = np.einsum(
            "mi,mi...->m...", share, at_ends[corners[face]]
        )
    return found


def disc_grid() -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of the heat map: rot and tilt in degrees, (tilts, rots), and unit vectors."""
    rot, tilt = np.meshgrid(np.linspace(0, 360, _HEAT_ROT), np.linspace(0, 90, _HEAT_TILT))
    return rot, tilt, rot_tilt_to_vectors(rot.ravel(), tilt.ravel())


def draw_heat(plot: PolarAxes, axes: AxisSet, values: np.ndarray, **mesh: Any) -> QuadMesh:
    """Draw values between axes as colours; further arguments are those of ``pcolormesh``."""
    rot, tilt, vectors = disc_grid()
    shown = interpolate(axes, values, vectors).reshape(rot.shape)
    return plot.pcolormesh(
        np.deg2rad(rot), tilt, shown, shading="gouraud", rasterized=True, zorder=0, **mesh
    )


def draw_dots(plot: PolarAxes, axes: AxisSet, sizes: np.ndarray, **dots: Any) -> PathCollection:
    """Draw a dot at every end of every axis.

    Parameters
    ----------
    plot : PolarAxes
    axes : AxisSet
    sizes : ndarray, shape (axes,)
        Areas of the dots, points squared.
    **dots
        For ``scatter``; ``c`` may hold a value per axis.
    """
    rot, tilt, index = ends_on_disc(axes)
    if isinstance(dots.get("c"), np.ndarray):
        dots["c"] = dots["c"][index]
    return plot.scatter(np.deg2rad(rot), tilt, s=sizes[index], zorder=3, clip_on=False, **dots)


def rot_of_labels(axes: AxisSet) -> float:
    """The rot, degrees, at which the labels of tilt are farthest from the ends of axes."""
    rot, tilt, _ = ends_on_disc(axes)
    dots = tilt * np.exp(1j * np.deg2rad(rot))
    candidates = np.arange(0.0, 360.0, 2.5)
    candidates = candidates[np.abs((candidates + 22.5) % 45 - 22.5) >= _BESIDE_LINES]
    labels = np.array(LABELLED_TILTS)[:, None] * np.exp(1j * np.deg2rad(candidates))
    closest = np.abs(labels[..., None] - dots).min(axis=(0, 2))
    return float(candidates[closest.argmax()])


def label_disc(plot: PolarAxes, title: str, axes: Optional[AxisSet] = None) -> None:
    """Write the title, degrees of rot around the disc, and degrees of tilt along a radius.

    With axes, whose dots are drawn, the radius is where there are none.
    """
    plot.set_rlim(0, 90)
    plot.set_rticks([30, 60, 90])
    halo = [withStroke(linewidth=1.5, foreground="white")]
    plot.set_yticklabels(["30°", "60°", ""], color="0.15", fontsize=6, path_effects=halo, zorder=5)
    plot.set_rlabel_position(_USUAL_ROT if axes is None else rot_of_labels(axes))
    plot.set_xticks(np.deg2rad(np.arange(0, 360, 45)))
    plot.set_xticklabels([f"{rot}°" for rot in range(0, 360, 45)])
    plot.tick_params(axis="x", pad=1)
    plot.grid(color="0.4", linewidth=0.3, alpha=0.5)
    plot.spines["polar"].set_linewidth(0.6)
    plot.set_title(title, pad=9)
