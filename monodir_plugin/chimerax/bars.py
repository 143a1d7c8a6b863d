"""Bars along the axis of finest resolution, on a lattice of voxels.

Where many axes are equally fine, as at the fine limit, noise decides which of them is the finest.
The spatial frequency is therefore averaged over neighbouring axes first (Gaussian weights half the
spacing of the axes wide), and the axis of the largest mean is chosen.  Axes without data are left
out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List

import numpy as np

from ..numerics.geometry.axes import AxisSet, vectors_to_rot_tilt
from ..numerics.geometry.grid import voxel_positions
from ..numerics.reduction.reductions import over_neighbours
from ..numerics.reduction.table import ResolutionTable, at_coarse_limit
from .bild import numbers
from .frame import Frame
from .lattice import WANTED, lattice, lattice_points
from .palette import Palette

__all__ = ["Bars", "bars_text", "choose_bars", "finest_axes"]

#: Length of the shortest and the longest bar, and their radius, in distances of the lattice.
_SHORTEST, _LONGEST, _RADIUS = 0.3, 0.9, 0.07


@dataclass(frozen=True)
class Bars:
    """Positions, directions and values of bars.

    Attributes
    ----------
    voxels : ndarray, shape (n, 3), int
        ``x, y, z``, counted from 0.
    vectors : ndarray, shape (n, 3)
        Unit vectors ``x, y, z`` of the finest axes.
    highest, lowest : ndarray, shape (n,)
        5th and 95th percentile over the axes of the resolution, Å.
    unresolved : ndarray of bool, shape (n,)
        Whether the lowest resolution is the coarse limit: not resolved along the coarsest axes.
    every : int
        Distance of the lattice, voxels.
    """

    voxels: np.ndarray
    vectors: np.ndarray
    highest: np.ndarray
    lowest: np.ndarray
    unresolved: np.ndarray
    every: int

    @property
    def difference(self) -> np.ndarray:
        """Lowest less highest resolution, shape (n,), Å."""
        return self.lowest - self.highest


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
    return axes.vectors[np.argmax(over_neighbours(frequency, axes), axis=1)]


def choose_bars(
    table: ResolutionTable,
    highest: np.ndarray,
    lowest: np.ndarray,
    wanted: int = WANTED,
) -> Bars:
    """Bars on a lattice throughout the mask, where one axis is finer than another.

    Parameters
    ----------
    table : ResolutionTable
    highest, lowest : ndarray, shape (N, N, N)
        Å, ``[z, y, x]``.
    wanted : int
        Largest number of bars.
    """
    mask = table.volume(np.ones(len(table.indices))) > 0
    every = lattice(mask, wanted)
    points = lattice_points(mask, every) & (lowest > highest)
    rows = np.searchsorted(table.indices, np.flatnonzero(points))
    with_data = table.with_data
    axes = AxisSet(table.axes.vectors[with_data])
    frequency = 1.0 / table.resolutions(rows)[:, with_data]
    return Bars(
        voxels=voxel_positions(np.flatnonzero(points), mask.shape).astype(int),
        vectors=finest_axes(frequency, axes) if len(rows) else np.zeros((0, 3)),
        highest=highest[points],
        lowest=lowest[points],
        unresolved=at_coarse_limit(lowest[points], table.coarsest),
        every=every,
    )


def bars_text(bars: Bars, frame: Frame, palette: Palette) -> str:
    """The bars as BILD objects: longer and darker with a larger difference of lowest and highest.

    ChimeraX shows a note at the mouse: voxel, axis, highest and lowest resolution.
    """
    distance = bars.every * min(frame.step)
    share = np.clip(bars.difference / palette.limits[1], 0.0, 1.0)
    half = 0.5 * distance * (_SHORTEST + (_LONGEST - _SHORTEST) * share)
    centres = frame.positions(bars.voxels)
    ends = half[:, None] * bars.vectors
    rot, tilt = vectors_to_rot_tilt(bars.vectors)
    lines: List[str] = [
        f".comment {len(bars.voxels)} bars, one every {bars.every} voxels inside the mask, along",
        ".comment the axis of finest resolution; colour and length: lowest less highest, Å",
    ]
    for i, colour in enumerate(palette.rgb(bars.difference)):
        x, y, z = bars.voxels[i]
        lines += [
            f".note voxel {x},{y},{z}: axis rot {rot[i]:.0f}, tilt {tilt[i]:.0f} degrees, "
            f"highest {bars.highest[i]:.1f} Å, lowest {_lowest(bars, i)}",
            f".color {numbers(colour)}",
            f".cylinder {numbers(centres[i] - ends[i])} {numbers(centres[i] + ends[i])} "
            f"{_RADIUS * distance:.3f}",
        ]
    return "\n".join(lines) + "\n"


def _lowest(bars: Bars, which: int) -> str:
    return "not resolved" if bars.unresolved[which] else f"{bars.lowest[which]:.1f} Å"
