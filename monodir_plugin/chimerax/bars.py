"""Bars along the axis of finest resolution, on a lattice of voxels.

Where many axes are equally fine, as at the end of the ladder, the finest of them is a
matter of luck.  The spatial frequency is therefore averaged over neighbouring axes first
(Gaussian weights half the spacing of the axes wide), and the largest mean tells the axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple

import numpy as np
from matplotlib.colors import to_rgb

from ..numerics.axes import AxisSet, vectors_to_rot_tilt
from ..numerics.geometry import voxel_positions
from ..numerics.reductions import narrow_line
from ..numerics.table import ResolutionTable
from .frame import Frame
from .palette import Palette

__all__ = ["Bars", "arrows_text", "bars_text", "choose_bars", "finest_axes", "lattice"]

_WANTED = 400
#: Bars of no and of full gain, and their radius, in distances of the lattice.
_SHORTEST, _LONGEST, _RADIUS = 0.3, 0.9, 0.07
#: Okabe and Ito's colours.
_ARROWS = {"x": "#D55E00", "y": "#009E73", "z": "#0072B2"}
#: Strokes between points of a square from -1 to 1.
_LETTERS = {
    "x": (((-0.7, -1), (0.7, 1)), ((-0.7, 1), (0.7, -1))),
    "y": (((0, 0), (-0.7, 1)), ((0, 0), (0.7, 1)), ((0, 0), (0, -1))),
    "z": (((-0.7, 1), (0.7, 1)), ((0.7, 1), (-0.7, -1)), ((-0.7, -1), (0.7, -1))),
}


@dataclass(frozen=True)
class Bars:
    """Where bars lie and what they show.

    Attributes
    ----------
    voxels : ndarray, shape (n, 3), int
        ``x, y, z``, counted from 0.
    vectors : ndarray, shape (n, 3)
        Unit vectors ``x, y, z`` of the finest axes.
    highest, lowest : ndarray, shape (n,)
        5th and 95th percentile over the axes of the resolution, Å.
    every : int
        Distance of the lattice, voxels.
    """

    voxels: np.ndarray
    vectors: np.ndarray
    highest: np.ndarray
    lowest: np.ndarray
    every: int

    @property
    def gain(self) -> np.ndarray:
        """By how many Å the highest resolution is finer than the lowest, shape (n,)."""
        return self.lowest - self.highest


def lattice(mask: np.ndarray, wanted: int = _WANTED) -> int:
    """The smallest distance, in voxels, of a cubic lattice with at most ``wanted`` points inside.

    The lattice runs through voxel ``N // 2`` of the box.
    """
    every = 1
    while np.count_nonzero(mask[_on_lattice(mask.shape[0], every)]) > wanted:
        every += 1
    return every


def finest_axes(frequency: np.ndarray, axes: AxisSet) -> np.ndarray:
    """The axis of finest resolution of some voxels, averaged over neighbouring axes.

    Parameters
    ----------
    frequency : ndarray, shape (voxels, axes)
        Spatial frequencies in any unit.
    axes : AxisSet

    Returns
    -------
    ndarray, shape (voxels, 3)
        Unit vectors ``x, y, z``.
    """
    weights = narrow_line(axes.angles_to(axes.vectors), axes.spacing())
    weights /= weights.sum(axis=1, keepdims=True)
    return axes.vectors[np.argmax(frequency @ weights.T, axis=1)]


def choose_bars(
    table: ResolutionTable,
    highest: np.ndarray,
    lowest: np.ndarray,
    wanted: int = _WANTED,
) -> Bars:
    """Bars on a lattice throughout the mask, where one axis is finer than another.

    Parameters
    ----------
    table : ResolutionTable
    highest, lowest : ndarray, shape (N, N, N)
        Å, ``[z, y, x]``.
    wanted : int
        Bars at most.
    """
    mask = table.volume(np.ones(len(table.indices))) > 0
    every = lattice(mask, wanted)
    points = np.zeros(mask.shape, bool)
    points[_on_lattice(mask.shape[0], every)] = True
    points &= mask & (lowest > highest)
    rows = np.searchsorted(table.indices, np.flatnonzero(points))
    frequency = 1.0 / table.resolutions(rows)
    return Bars(
        voxels=voxel_positions(np.flatnonzero(points), mask.shape).astype(int),
        vectors=finest_axes(frequency, table.axes),
        highest=highest[points],
        lowest=lowest[points],
        every=every,
    )


def bars_text(bars: Bars, frame: Frame, palette: Palette) -> str:
    """The bars as BILD objects: longer and of a later colour the greater the gain.

    Each bears a note, shown at the mouse: voxel, axis, highest and lowest resolution.
    """
    distance = bars.every * min(frame.step)
    share = np.clip(bars.gain / palette.limits[1], 0.0, 1.0)
    half = 0.5 * distance * (_SHORTEST + (_LONGEST - _SHORTEST) * share)
    centres = frame.positions(bars.voxels)
    ends = half[:, None] * bars.vectors
    rot, tilt = vectors_to_rot_tilt(bars.vectors)
    lines: List[str] = [
        f".comment {len(bars.voxels)} bars, one every {bars.every} voxels inside the mask, along",
        ".comment the axis of finest resolution; colour and length: lowest less highest, Å",
    ]
    for i, colour in enumerate(palette.rgb(bars.gain)):
        x, y, z = bars.voxels[i]
        lines += [
            f".note voxel {x},{y},{z}: axis rot {rot[i]:.0f}, tilt {tilt[i]:.0f} degrees, "
            f"{bars.highest[i]:.1f} to {bars.lowest[i]:.1f} Å",
            f".color {_numbers(colour)}",
            f".cylinder {_numbers(centres[i] - ends[i])} {_numbers(centres[i] + ends[i])} "
            f"{_RADIUS * distance:.3f}",
        ]
    return "\n".join(lines) + "\n"


def arrows_text(corner: np.ndarray, length: float) -> str:
    """Arrows along x, y and z from a corner (Å), with their letters, as BILD objects."""
    lines: List[str] = [".comment the axes of the box"]
    for axis, (name, colour) in enumerate(_ARROWS.items()):
        tip = corner + length * np.eye(3)[axis]
        middle = tip + 0.15 * length * np.eye(3)[axis]
        lines += [
            f".note {name}",
            f".color {_numbers(to_rgb(colour))}",
            f".arrow {_numbers(corner)} {_numbers(tip)} {0.02 * length:.3f}",
        ]
        for stroke in _LETTERS[name]:
            # Upright letters, seen from in front: their plane is x, y.
            start, stop = (middle + 0.07 * length * np.array([*end, 0.0]) for end in stroke)
            lines.append(f".cylinder {_numbers(start)} {_numbers(stop)} {0.012 * length:.3f}")
    return "\n".join(lines) + "\n"


def _on_lattice(side: int, every: int) -> Tuple[slice, slice, slice]:
    run = slice((side // 2) % every, None, every)
    return run, run, run


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value + 0.0:.3f}" for value in values)
