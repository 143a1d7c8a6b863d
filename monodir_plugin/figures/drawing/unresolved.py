"""Voxels and axes that are not resolved or without data: finding and drawing them.

A voxel that is not resolved has the coarse limit in the maps of resolution.  In figures it is
hatched, and scales of colours leave it out.  Axes without data, and axes along which most voxels
are not resolved, have no resolution.
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Union

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import FigureBase
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.projections.polar import PolarAxes

from ...files.loading import Results
from ...numerics.geometry.axes import AxisSet
from ...numerics.reduction.result_maps import ResultMap
from ...numerics.reduction.table import at_coarse_limit
from .disc import disc_grid, draw_dots, interpolate

__all__ = [
    "BOUND",
    "HOLLOW_DOT",
    "NO_DATA",
    "UNRESOLVED",
    "AxisStates",
    "Hatching",
    "at_limit",
    "axis_states",
    "draw_without_resolution",
    "filled",
    "hatch_voxels",
    "is_bound",
    "legend_below",
    "legend_of_axes",
    "number_of_axes",
    "resolved_values",
    "unresolved_voxels",
]

#: Area of the dot of an axis without data, points squared.
HOLLOW_DOT = 7.0


class Hatching(NamedTuple):
    """How an area is marked: colour of its face, of the strokes, and their pattern."""

    face: str
    strokes: str
    pattern: str

    def patch(self, label: str) -> Patch:
        """The entry of a legend for such an area."""
        return Patch(
            label=label,
            linewidth=0,
            facecolor=self.face,
            edgecolor=self.strokes,
            hatch=self.pattern,
        )


#: Not resolved; no data; a lower bound, of which the colour stays visible.
UNRESOLVED = Hatching("0.88", "0.45", r"\\\\\\")
NO_DATA = Hatching("white", "0.35", "//////")
BOUND = Hatching("none", "0.45", "//////")


def at_limit(results: Results, values: Union[float, np.ndarray]) -> np.ndarray:
    """Whether resolutions in Å are the coarse limit of some results or beyond."""
    return np.asarray(at_coarse_limit(values, results.resolution_limits[1]))


def resolved_values(results: Results, name: str) -> np.ndarray:
    """A map of resolution at the voxels of the mask that are resolved, Å."""
    values = results.values(name)
    return values[~at_limit(results, values)]


def unresolved_voxels(results: Results, *names: str) -> np.ndarray:
    """Voxels of the mask that are not resolved in one of some maps of resolution, bool box."""
    limits = [at_limit(results, results.volumes[name]) for name in names]
    return results.mask & np.logical_or.reduce(limits)


def is_bound(results: Results, entry: ResultMap) -> np.ndarray:
    """Voxels whose value of a map is a lower bound, bool box.

    They are not resolved along so many axes that the upper of the two percentiles that the map
    compares is the coarse limit.
    """
    table = results.read_table()
    if entry.bound_share is None:
        return np.zeros(table.shape, bool)
    count = np.zeros(len(table.indices), np.uint16)
    for codes in table.codes:
        count += codes == 0
    return table.volume(count >= entry.bound_share * len(table.axes)) > 0


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
    style = {"facecolors": how.face, "edgecolors": how.strokes, "hatch": how.pattern}
    plot.add_collection(PathCollection([area], linewidths=0, **style), autolim=False)


def legend_below(panel: FigureBase, entries: Dict[str, Hatching]) -> None:
    """Draw a legend of hatched areas below the plots of a panel, if there are entries."""
    if entries:
        handles = [how.patch(label) for label, how in entries.items()]
        panel.legend(handles=handles, loc="outside lower center", ncol=len(handles), frameon=False)


# ---------------------------------------------------------------- axes


class AxisStates(NamedTuple):
    """Three arrays of bool, of which exactly one is true for each axis."""

    resolved: np.ndarray
    unresolved: np.ndarray
    without_data: np.ndarray


def axis_states(with_data: np.ndarray, resolution: np.ndarray) -> AxisStates:
    """States of axes that have data or not, with their resolutions (NaN: not resolved)."""
    known = with_data & np.isfinite(resolution)
    return AxisStates(known, with_data & ~known, ~with_data)


def filled(axes: AxisSet, values: np.ndarray, known: np.ndarray, otherwise: float) -> np.ndarray:
    """Values of axes, with unknown values replaced by that of the closest axis with a known one.

    All are ``otherwise`` if no value is known.
    """
    if not known.any():
        return np.full(len(values), otherwise)
    found = np.array(values, float)
    found[~known] = found[known][AxisSet(axes.vectors[known]).closest(axes.vectors[~known])]
    return found


def draw_without_resolution(plot: PolarAxes, axes: AxisSet, states: AxisStates) -> None:
    """Hatch the disc about axes without resolution, with hollow dots for axes without data."""
    kinds = ((states.unresolved, UNRESOLVED), (states.without_data, NO_DATA))
    if states.resolved.all():
        return
    rot, tilt, vectors = disc_grid()
    shares = interpolate(axes, np.stack(states, axis=1).astype(float), vectors)
    for kind, (chosen, how) in enumerate(kinds, start=1):
        if not chosen.any():
            continue
        # The area where this state has the largest of the three interpolated shares.
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
        # Contours are one collection from Matplotlib 3.8 on, and one for each level before.
        for part in [area] if hasattr(area, "set_edgecolor") else area.collections:
            part.set_edgecolor(how.strokes)
            part.set_linewidth(0)
    if states.without_data.any():
        some = AxisSet(axes.vectors[states.without_data])
        hollow = {"facecolors": "white", "edgecolors": "0.2", "linewidths": 0.6}
        draw_dots(plot, some, np.full(len(some), HOLLOW_DOT), **hollow)


def legend_of_axes(states: AxisStates, unresolved: str) -> List[Patch]:
    """Entries of a legend for the axes without resolution, with their numbers."""
    kinds = (
        (unresolved, UNRESOLVED, states.unresolved),
        ("No data", NO_DATA, states.without_data),
    )
    return [
        how.patch(f"{label} ({number_of_axes(which)})")
        for label, how, which in kinds
        if which.any()
    ]


def number_of_axes(chosen: np.ndarray) -> str:
    """The number of chosen axes as text."""
    count = int(chosen.sum())
    return "1 axis" if count == 1 else f"{count} axes"
