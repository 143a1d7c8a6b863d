"""The axes as a sphere: median resolution as colour, counts as dots."""

from __future__ import annotations

from typing import Optional

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, to_rgba
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.axes3d import Axes3D

from ...files.loading import Results
from ...numerics.geometry.axes import AxisSet, rot_tilt_to_vectors
from ..drawing.disc import interpolate
from ..drawing.style import (
    ONE_COLUMN,
    RELATIVE_COLOURS,
    Limits,
    colours_of,
    explain,
    new_figure,
    nyquist,
    plain,
    styled,
)
from ..drawing.unresolved import HOLLOW_DOT, NO_DATA, UNRESOLVED, AxisStates, filled, legend_of_axes
from .polar import (
    AXES_NOT_VIEWS,
    MOST_UNRESOLVED,
    chance_of_axes,
    counts_sentence,
    dot_areas,
    polar_limits,
    resolution_bar,
    spread_sentence,
    states_of,
)

__all__ = ["sphere"]

_VIEW_ROT, _VIEW_TILT = 35.0, 60.0
_ROT, _TILT = 121, 61
#: Distance of the stripes of a hatched area, in radii, and the part of it that is dark.  Stripes
#: that are hardly wider than the faces of the surface would be drawn as separate blocks.
_STRIPE, _DARK = 0.25, 0.35


@styled
def sphere(results: Results, limits: Optional[Limits] = None, cmap: Optional[str] = None) -> Figure:
    """Median resolution along each axis on a sphere; one end of every axis faces the viewer.

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
    states = states_of(results)
    along = filled(results.axes, results.axis_resolution, states.resolved, low)
    values = interpolate(results.axes, along, middles.reshape(-1, 3)).reshape(middles.shape[:2])
    faces = colours(norm(values))
    _hatch(faces, results.axes, states, middles)
    plot.plot_surface(
        *np.moveaxis(grid, -1, 0),
        facecolors=faces,
        rstride=1,
        cstride=1,
        shade=False,
        antialiased=False,
        rasterized=True,
        zorder=0,
    )
    facing = results.axes.vectors @ _unit_vector(_VIEW_ROT, _VIEW_TILT)
    ends = results.axes.vectors * np.where(facing < 0, -1.0, 1.0)[:, None]
    some = results.with_data
    for which, colour, rim in ((some, "0.1", "white"), (~some, "white", "0.2")):
        if which.any():
            plot.scatter(
                *ends[which].T,
                s=dot_areas(results.counts)[which] if which is some else HOLLOW_DOT,
                c=colour,
                edgecolors=rim,
                linewidths=0.3 if which is some else 0.6,
                depthshade=False,
                zorder=3,
            )
    _draw_frame(plot)
    figure.suptitle(f"Axes as a sphere: {plain(results.name)}", fontsize=7.5)
    entries = legend_of_axes(states, MOST_UNRESOLVED)
    if entries:
        plot.legend(handles=entries, loc="lower left", bbox_to_anchor=(-0.1, -0.08), frameon=False)
    if states.resolved.any():
        within = (low, high) if limits else (nyquist(results), results.resolution_limits[1])
        chance = chance_of_axes(results)
        resolution_bar(figure, plot, ScalarMappable(norm, colours), within, chance=chance)
    explain(figure, f"{spread_sentence(results)}\n{counts_sentence(results)}\n{AXES_NOT_VIEWS}")
    return figure


def _hatch(faces: np.ndarray, axes: AxisSet, states: AxisStates, middles: np.ndarray) -> None:
    """Draw stripes on the faces that are closest to axes without resolution.

    Surfaces of Matplotlib have no hatches.
    """
    shares = interpolate(axes, np.stack(states, axis=1).astype(float), middles.reshape(-1, 3))
    nearest = shares.argmax(axis=1).reshape(middles.shape[:2])
    right = _unit_vector(_VIEW_ROT + 90, 90.0)
    up = _unit_vector(_VIEW_ROT + 180, 90 - _VIEW_TILT)
    for kind, how, turn in ((1, UNRESOLVED, 1), (2, NO_DATA, -1)):
        stripe = middles @ (right + turn * up) / _STRIPE % 1 < _DARK
        faces[nearest == kind] = to_rgba(how.face)
        faces[(nearest == kind) & stripe] = to_rgba(how.strokes)


def _unit_vector(rot: float, tilt: float) -> np.ndarray:
    """Unit vector ``x, y, z`` of angles in degrees."""
    return rot_tilt_to_vectors(np.array(rot), np.array(tilt))


def _draw_frame(plot: Axes3D) -> None:
    """Draw the axes x, y and z outside the sphere."""
    plot.set_axis_off()
    plot.set_box_aspect((1, 1, 1), zoom=1.6)
    plot.set_proj_type("ortho")
    plot.view_init(elev=90 - _VIEW_TILT, azim=_VIEW_ROT)
    for name, end in zip("xyz", np.eye(3)):
        plot.plot(*np.stack([end, 1.3 * end], axis=1), color="0.1", linewidth=0.8, zorder=4)
        plot.text(*(1.42 * end), name, ha="center", va="center", zorder=4)
