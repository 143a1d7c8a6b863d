"""Voxels and axes that are not resolved, or without data: which they are, and how they are drawn.

A voxel that is not resolved has the coarse limit in the maps of resolution.  In figures it is
hatched, and it counts in no scale of colours.  Axes without data, and axes along which most voxels
are not resolved, have no resolution of their own.
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import FigureBase
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.projections.polar import PolarAxes

from ...files.loading import Results
from ...numerics.geometry.axes import AxisSet
from .disc import disc_grid, draw_dots, interpolate

__all__ = [
    "BOUND",
    "NO_DATA",
    "UNRESOLVED",
    "AxisStates",
    "Hatching",
    "anisotropy_is_bound",
    "at_limit",
    "axis_states",
    "draw_without_resolution",
    "filled",
    "hatch_voxels",
    "legend_below",
    "legend_of_axes",
    "number_of_axes",
    "resolved_values",
    "unresolved_voxels",
]

#: Share of the coarse limit within which a value is at it: maps and limits are rounded.
_AT_LIMIT = 1e-4
#: Share of axes above the 83rd percentile, which with so many unresolved is the coarse limit.
_ABOVE_83RD = 0.17
_HOLLOW_DOT = 7.0


class Hatching(NamedTuple):
    """How an area is marked: colour of its face, of the lines, and their pattern."""

    face: str
    lines: str
    pattern: str

    def patch(self, label: str) -> Patch:
        """Its entry of a legend."""
        style = {"facecolor": self.face, "edgecolor": self.lines, "hatch": self.pattern}
        return Patch(label=label, linewidth=0, **style)


#: Not resolved; no data at all; a value that is a lower bound, whose colour stays visible.
UNRESOLVED = Hatching("0.88", "0.45", r"\\\\\\")
NO_DATA = Hatching("white", "0.35", "//////")
BOUND = Hatching("none", "0.45", "//////")


def at_limit(results: Results, values: np.ndarray) -> np.ndarray:
    """Whether resolutions in Å are the coarse limit or beyond."""
    return values >= results.resolution_limits[1] * (1 - _AT_LIMIT)


def resolved_values(results: Results, name: str) -> np.ndarray:
    """A map of resolution at the voxels of the mask that are resolved, Å."""
    values = results.values(name)
    return values[~at_limit(results, values)]


def unresolved_voxels(results: Results, *names: str) -> np.ndarray:
    """Voxels of the mask that are not resolved in one of some maps of resolution, bool box."""
    limits = [at_limit(results, results.volumes[name]) for name in names]
    return results.mask & np.logical_or.reduce(limits)


def anisotropy_is_bound(results: Results) -> np.ndarray:
    """Voxels whose anisotropy is a lower bound, shape (voxels,).

    Along so many axes they are not resolved that the 83rd percentile is the coarse limit.
    """
    table = results.read_table()
    count = np.zeros(len(table.indices), np.uint16)
    for codes in table.codes:
        count += codes == 0
    return count >= _ABOVE_83RD * len(table.axes)


# ---------------------------------------------------------------- slices


def hatch_voxels(plot: Axes, voxels: np.ndarray, first: float, step: float, how: Hatching) -> None:
    """Hatch voxels of a slice.

    Parameters
    ----------
    plot : Axes
    voxels : ndarray of bool, shape (rows, columns)
    first, step : float
        Edge of the first voxel along both sides, and the size of voxels, Å.
    how : Hatching
    """
    # Runs of voxels in a row, each a rectangle.
    edges = np.diff(np.pad(voxels, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, start = np.nonzero(edges == 1)
    stop = np.nonzero(edges == -1)[1]
    if not len(row):
        return
    left, right, low, high = start, stop, row, row + 1
    corners = [(left, low), (right, low), (right, high), (left, high), (left, low)]
    vertices = first + step * np.array(corners, float).transpose(2, 0, 1).reshape(-1, 2)
    kinds = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY]
    area = Path(vertices, np.tile(kinds, len(row)))
    style = {"facecolors": how.face, "edgecolors": how.lines, "hatch": how.pattern}
    plot.add_collection(PathCollection([area], linewidths=0, **style), autolim=False)


def legend_below(panel: FigureBase, entries: Dict[str, Hatching]) -> None:
    """Legend of hatched areas below the plots of a panel; none without entries."""
    if entries:
        handles = [how.patch(label) for label, how in entries.items()]
        panel.legend(handles=handles, loc="outside lower center", ncol=len(handles), frameon=False)


# ---------------------------------------------------------------- axes


class AxisStates(NamedTuple):
    """Axes by what is known of them, three arrays of bool of which one is true for each axis."""

    resolved: np.ndarray
    unresolved: np.ndarray
    without_data: np.ndarray


def axis_states(with_data: np.ndarray, resolution: np.ndarray) -> AxisStates:
    """States of axes, from whether they have data and from their resolution, NaN without one."""
    known = with_data & np.isfinite(resolution)
    return AxisStates(known, with_data & ~known, ~with_data)


def filled(axes: AxisSet, values: np.ndarray, known: np.ndarray, otherwise: float) -> np.ndarray:
    """Values of axes; where not known, that of the closest axis of which it is.

    ``otherwise`` where no value is known.
    """
    if not known.any():
        return np.full(len(values), otherwise)
    found = np.array(values, float)
    found[~known] = found[known][AxisSet(axes.vectors[known]).closest(axes.vectors[~known])]
    return found


def draw_without_resolution(plot: PolarAxes, axes: AxisSet, states: AxisStates) -> None:
    """Hatch the disc about axes without resolution; hollow dots are axes without data."""
    kinds = ((states.unresolved, UNRESOLVED), (states.without_data, NO_DATA))
    if states.resolved.all():
        return
    rot, tilt, vectors = disc_grid()
    shares = interpolate(axes, np.stack(states, axis=1).astype(float), vectors)
    for kind, (chosen, how) in enumerate(kinds, start=1):
        if not chosen.any():
            continue
        # Where its share is the largest of the three.
        lead = shares[:, kind] - np.delete(shares, kind, axis=1).max(axis=1)
        area = plot.contourf(
            np.deg2rad(rot),
            tilt,
            lead.reshape(rot.shape),
            levels=[0.0, 2.0],
            colors=[how.face],
            hatches=[how.pattern],
            zorder=1,
        )
        # Contours are one collection from Matplotlib 3.8 on, before that one a level.
        for part in [area] if hasattr(area, "set_edgecolor") else area.collections:
            part.set_edgecolor(how.lines)
            part.set_linewidth(0)
    if states.without_data.any():
        some = AxisSet(axes.vectors[states.without_data])
        hollow = {"facecolors": "white", "edgecolors": "0.2", "linewidths": 0.6}
        draw_dots(plot, some, np.full(len(some), _HOLLOW_DOT), **hollow)


def legend_of_axes(states: AxisStates, unresolved: str) -> List[Patch]:
    """Entries of a legend for the axes without resolution, with their numbers."""
    found: Sequence = (
        (unresolved, UNRESOLVED, states.unresolved),
        ("No data", NO_DATA, states.without_data),
    )
    return [how.patch(f"{label} ({number_of_axes(n)})") for label, how, n in found if n.any()]


def number_of_axes(chosen: np.ndarray) -> str:
    """How many axes are chosen, in words."""
    count = int(chosen.sum())
    return "1 axis" if count == 1 else f"{count} axes"
