"""Resolution against direction of one voxel."""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes

from ...errors import InputError
from ...files.loading import Results
from ...numerics.geometry.axes import AxisSet
from ...numerics.geometry.grid import voxel_positions
from ...numerics.reduction.table import ResolutionTable
from ..drawing.disc import draw_dots, draw_heat, label_disc
from ..drawing.layout import one_disc
from ..drawing.style import (
    ONE_COLUMN,
    RESOLUTION_COLOURS,
    Limits,
    checked_limits,
    colours_of,
    explain,
    finer_upwards,
    new_figure,
    plain,
    shared_limits,
    styled,
)
from ..drawing.unresolved import (
    AxisStates,
    at_limit,
    axis_states,
    draw_without_resolution,
    filled,
    legend_of_axes,
)
from .polar import AXES_NOT_VIEWS, legend_at_disc

__all__ = ["interval_of", "place_of", "voxel"]

Voxel = Tuple[int, int, int]
_DOT = 9.0


@styled
def voxel(
    results: Results,
    voxel: Optional[Voxel] = None,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
) -> Figure:
    """Resolution of one voxel along every axis, on the disc.

    Parameters
    ----------
    results : Results
    voxel : tuple of int, optional
        ``x, y, z``, counted from 0; default: the voxel of the mask that is
        closest to its middle.
    limits : tuple of float, optional
        Å at the ends of the scale; default: those of all maps of resolution,
        so that voxels can be compared.
    cmap : str, optional
        Name of a colour map of Matplotlib.
    """
    table = results.read_table()
    place = place_of(table, voxel)
    column = table.resolutions(slice(place, place + 1))[0].astype(float)
    states = axis_states(results.with_data, np.where(table.codes[:, place] > 0, column, np.nan))
    low, high = checked_limits(limits, lambda: shared_limits([results]))
    scale = {"cmap": colours_of(cmap, RESOLUTION_COLOURS), "vmin": low, "vmax": high}
    figure = new_figure(ONE_COLUMN, 3.9)
    figure.suptitle(f"One voxel: {plain(results.name)}", fontsize=7.5)
    plot = one_disc(figure)
    heat = draw_heat(plot, table.axes, filled(table.axes, column, states.resolved, high), **scale)
    draw_without_resolution(plot, table.axes, states)
    dots = {"edgecolors": "0.2", "linewidths": 0.4, **scale}
    _draw(plot, table.axes, states.resolved, _DOT, c=column[states.resolved], **dots)
    crosses = {"c": "#D55E00", "marker": "x", "linewidths": 0.8}
    _draw(plot, table.axes, states.unresolved, 2 * _DOT, **crosses)
    x, y, z = voxel_positions(table.indices[place : place + 1], table.shape)[0].astype(int)
    label_disc(plot, f"Voxel x, y, z = {x}, {y}, {z}\n(angle rot, radius tilt)", table.axes)
    legend_at_disc(plot, legend_of_axes(states, "Not resolved"))
    if states.resolved.any():
        bar = figure.colorbar(heat, ax=plot, extend="both", pad=0.1, shrink=0.8)
        finer_upwards(bar, "Resolution along the axis (Å)")
    explain(figure, f"{_sentence(results, column, states)}\n{AXES_NOT_VIEWS}")
    return figure


def _draw(plot: PolarAxes, axes: AxisSet, which: np.ndarray, area: float, **dots: Any) -> None:
    if which.any():
        draw_dots(plot, AxisSet(axes.vectors[which]), np.full(which.sum(), area), **dots)


def place_of(table: ResolutionTable, voxel: Optional[Voxel]) -> int:
    """Index of a voxel ``x, y, z`` in the table.

    Raises
    ------
    InputError
        If the voxel is not in the mask.
    """
    positions = voxel_positions(table.indices, table.shape)
    wanted = positions.mean(axis=0) if voxel is None else np.array(voxel, float)
    distance = np.linalg.norm(positions - wanted, axis=1)
    place = int(distance.argmin())
    if voxel is not None and distance[place] > 0:
        closest = ",".join(str(int(k)) for k in positions[place])
        asked = ",".join(map(str, voxel))
        raise InputError(f"voxel {asked}: it is not in the mask; the closest that is: {closest}")
    return place


def interval_of(results: Results, resolution: float) -> Optional[Tuple[float, float]]:
    """Ends of the 90 % interval of a resolution of one voxel along one axis, finer first, Å.

    Interpolated between the resolutions for which the run has intervals; ``None`` if it has none.
    """
    listed = sorted(
        (float(row["frequency_A"]), float(row["finer_A"]), float(row["coarser_A"]))
        for row in results.summary["found"].get("interval") or []
    )
    if not listed:
        return None
    at, finer, coarser = zip(*listed)
    return float(np.interp(resolution, at, finer)), float(np.interp(resolution, at, coarser))


def _sentence(results: Results, column: np.ndarray, states: AxisStates) -> str:
    known = column[states.resolved]
    if not len(known):
        return "Not resolved along any axis."
    found = (
        f"Of {len(known)} resolved axes: finest {_stated(results, known.min())},\n"
        f"median {_stated(results, float(np.median(known)))}."
    )
    if states.resolved.all():
        return found + " Resolved along all axes."
    unresolved, every = int(states.unresolved.sum()), len(column)
    # Beside the median, both explanations would be wider than the figure.
    start = "\n" if unresolved and states.without_data.any() else " "
    crosses = f"{start}Crosses: not resolved ({unresolved} of {every} axes)." if unresolved else ""
    hollow = " Hollow: no data." if states.without_data.any() else ""
    return found + crosses + hollow


def _stated(results: Results, resolution: float) -> str:
    """A resolution as text, with its interval if there is one."""
    interval = interval_of(results, resolution)
    if interval is None:
        return f"{resolution:.1f} Å"
    finer, coarser = interval
    if at_limit(results, coarser):
        return f"{resolution:.1f} Å (90 %: {finer:.1f} Å or coarser)"
    return f"{resolution:.1f} Å (90 %: {finer:.1f} to {coarser:.1f} Å)"
