"""Resolution against direction of one voxel."""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np
from matplotlib.figure import Figure

from ..errors import InputError
from ..files.loading import Results
from ..numerics.geometry import voxel_positions
from ..numerics.table import ResolutionTable
from .disc import draw_dots, draw_heat, ends_on_disc, label_disc
from .polar import AXES_NOT_VIEWS
from .style import (
    ONE_COLUMN,
    RESOLUTION_COLOURS,
    Limits,
    checked_limits,
    colours_of,
    explain,
    finer_upwards,
    new_figure,
    styled,
)

__all__ = ["place_of", "voxel"]

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
        ``x, y, z``, counted from 0; default: the one of the mask that is
        closest to the mask's middle.
    limits : tuple of float, optional
        Å at the ends of the scale; default: the finest and the coarsest rung
        of the ladder, so that voxels can be compared.
    cmap : str, optional
        Name of a colour map of Matplotlib.
    """
    table = results.read_table()
    place = place_of(table, voxel)
    column = table.resolutions(slice(place, place + 1))[0].astype(float)
    resolved = table.codes[:, place] > 0
    low, high = checked_limits(limits, lambda: results.ladder)
    scale = {"cmap": colours_of(cmap, RESOLUTION_COLOURS), "vmin": low, "vmax": high}
    figure = new_figure(ONE_COLUMN, 3.5)
    plot = figure.subplots(subplot_kw={"projection": "polar"})
    heat = draw_heat(plot, table.axes, column, **scale)
    dots = {"c": column, "edgecolors": "0.2", "linewidths": 0.4, **scale}
    draw_dots(plot, table.axes, np.full(len(column), _DOT), **dots)
    rot, tilt, index = ends_on_disc(table.axes)
    crossed = ~resolved[index]
    plot.scatter(
        np.deg2rad(rot[crossed]),
        tilt[crossed],
        s=2 * _DOT,
        c="#D55E00",
        marker="x",
        linewidths=0.8,
        zorder=4,
        clip_on=False,
    )
    x, y, z = voxel_positions(table.indices[place : place + 1], table.shape)[0].astype(int)
    label_disc(plot, f"Voxel x, y, z = {x}, {y}, {z}\n(angle rot, radius tilt)")
    bar = figure.colorbar(heat, ax=plot, extend="both", pad=0.1, shrink=0.8)
    finer_upwards(bar, "Resolution along the axis (Å)")
    explain(figure, f"{_sentence(column, resolved)}\n{AXES_NOT_VIEWS}")
    return figure


def place_of(table: ResolutionTable, voxel: Optional[Voxel]) -> int:
    """Row of a voxel ``x, y, z`` among those of the table.

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
        raise InputError(f"voxel {asked}: it is not in the mask; {closest} is the closest that is")
    return place


def _sentence(column: np.ndarray, resolved: np.ndarray) -> str:
    found = f"Finest {column.min():.1f} Å, median {np.median(column):.1f} Å."
    unresolved = int((~resolved).sum())
    if not unresolved:
        return found + " Resolved along all axes."
    return found + f" Crosses: not resolved ({unresolved} of {len(column)} axes)."
