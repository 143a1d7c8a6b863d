"""The axes as a sphere: mean resolution as colour, votes as dots."""

from __future__ import annotations

from typing import Optional

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.axes3d import Axes3D

from ..files.loading import Results
from ..numerics.axes import rot_tilt_to_vectors
from .disc import interpolate
from .polar import (
    AXES_NOT_VIEWS,
    dot_areas,
    polar_limits,
    resolution_bar,
    spread_sentence,
    votes_sentence,
)
from .style import (
    ONE_COLUMN,
    RELATIVE_COLOURS,
    Limits,
    colours_of,
    explain,
    new_figure,
    plain,
    styled,
)

__all__ = ["sphere"]

_VIEW_ROT, _VIEW_TILT = 35.0, 60.0
_ROT, _TILT = 121, 61


@styled
def sphere(results: Results, limits: Optional[Limits] = None, cmap: Optional[str] = None) -> Figure:
    """Mean resolution along each axis on a sphere; every axis has an end on the side that is seen.

    Parameters
    ----------
    results : Results
    limits : tuple of float, optional
        Å at the ends of the scale; default: as for the polar plot.
    cmap : str, optional
        Name of a colour map of Matplotlib.
    """
    low, high = polar_limits(results, limits)
    colours, norm = colours_of(cmap, RELATIVE_COLOURS), LogNorm(low, high)
    figure = new_figure(ONE_COLUMN, 3.1)
    plot: Axes3D = figure.add_subplot(projection="3d", computed_zorder=False)
    rot, tilt = np.meshgrid(np.linspace(0, 360, _ROT), np.linspace(0, 180, _TILT))
    grid = rot_tilt_to_vectors(rot, tilt)
    step = 360 / (_ROT - 1), 180 / (_TILT - 1)
    middles = rot_tilt_to_vectors(rot[:-1, :-1] + step[0] / 2, tilt[:-1, :-1] + step[1] / 2)
    values = interpolate(results.axes, results.mean_resolution, middles.reshape(-1, 3))
    plot.plot_surface(
        *np.moveaxis(grid, -1, 0),
        facecolors=colours(norm(values.reshape(middles.shape[:2]))),
        rstride=1,
        cstride=1,
        shade=False,
        antialiased=False,
        rasterized=True,
        zorder=0,
    )
    towards = rot_tilt_to_vectors(_VIEW_ROT, _VIEW_TILT)
    facing = results.axes.vectors @ towards
    ends = results.axes.vectors * np.where(facing < 0, -1.0, 1.0)[:, None]
    plot.scatter(
        *ends.T,
        s=dot_areas(results.counts),
        c="0.1",
        edgecolors="white",
        linewidths=0.3,
        depthshade=False,
        zorder=3,
    )
    _draw_frame(plot)
    figure.suptitle(f"Axes as a sphere: {plain(results.name)}", fontsize=7.5)
    resolution_bar(figure, plot, ScalarMappable(norm, colours), (low, high))
    explain(figure, f"{spread_sentence(results)} {votes_sentence(results)}\n{AXES_NOT_VIEWS}")
    return figure


def _draw_frame(plot: Axes3D) -> None:
    """x, y and z as arrows that come out of the sphere."""
    plot.set_axis_off()
    plot.set_box_aspect((1, 1, 1), zoom=1.6)
    plot.set_proj_type("ortho")
    plot.view_init(elev=90 - _VIEW_TILT, azim=_VIEW_ROT)
    for name, end in zip("xyz", np.eye(3)):
        plot.plot(*np.stack([end, 1.3 * end], axis=1), color="0.1", linewidth=0.8, zorder=4)
        plot.text(*(1.42 * end), name, ha="center", va="center", zorder=4)
