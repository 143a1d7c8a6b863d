"""Directionally encoded colour of the finest axis of every voxel.

As in diffusion imaging (Pajevic and Pierpaoli, Magnetic Resonance in Medicine 42,
526, 1999): |x|, |y| and |z| of the axis are red, green and blue.  Where the anisotropy is small
the colour fades into light grey, which stands out from black text and white surroundings alike.
Colours of axes that are equally fine are mixed.
"""

from __future__ import annotations

from typing import Optional, Sequence

import numpy as np
from matplotlib.figure import Figure, FigureBase

from ...files.loading import Results
from ...numerics.geometry.axes import rot_tilt_to_vectors
from ...numerics.reduction.table import ResolutionTable
from ..drawing.alike_axes import CHANCE_COLOUR, alike_maps
from ..drawing.layout import several_plots
from ..drawing.planes import (
    Plane,
    choose_planes,
    draw_planes,
    grid_of,
    height_of,
    legend_of_voxels,
    not_resolved,
)
from ..drawing.style import (
    TWO_COLUMNS,
    Limits,
    anisotropy_limits,
    checked_limits,
    new_figure,
    plain,
    styled,
)

__all__ = ["axis_colours", "best_axis"]

_KEY_SIDE = 201
#: Red, green and blue of voxels whose axes are alike.
_PALE = 0.88


@styled
def best_axis(
    results: Results,
    axis: Optional[str] = None,
    slices: Optional[Sequence[int]] = None,
    limits: Optional[Limits] = None,
) -> Figure:
    """Slices coloured by the finest axis of every voxel, with a key.

    Parameters
    ----------
    results : Results
    axis, slices
        As for :func:`monodir_plugin.figures.drawing.planes.choose_planes`.
    limits : tuple of float, optional
        Anisotropy in Å of light grey and of full colour; default: zero and
        the 98th percentile of voxels that are resolved along some axes.
    """
    planes = choose_planes(results.mask, axis, slices)
    low, high = checked_limits(limits, lambda: anisotropy_limits(results))
    figure = new_figure(TWO_COLUMNS, height_of(planes) + 0.25)
    figure.suptitle(f"Finest axis of every voxel: {plain(results.name)}")
    left, right = figure.subfigures(1, 2, width_ratios=[4.4, 1.0])
    hatched = not_resolved(results, "highest")

    def colours(plane: Plane) -> np.ndarray:
        return plane.of(_coloured(results, [plane], low, high))

    draw_planes(grid_of(left, len(planes)), results, planes, colours, hatched=hatched)
    legend_of_voxels(left, results, planes, hatched)
    alike = alike_maps(results)
    chance = None if alike is None else float(np.median(alike.values["anisotropy"]))
    _draw_key(right, low, high, chance)
    return figure


def axis_colours(table: ResolutionTable, places: np.ndarray) -> np.ndarray:
    """Red, green and blue of the finest axis of some voxels.

    Parameters
    ----------
    table : ResolutionTable
    places : ndarray of int, shape (m,)
        Rows of the voxels in the table.

    Returns
    -------
    ndarray, shape (m, 3)
        Root of the mean of x², y², z² over the axes that are equally finest:
        |x|, |y|, |z| where that is one axis; zero where none is resolved.
    """
    codes = table.codes[:, places]
    finest = codes.max(axis=0)
    tied = ((codes == finest) & (finest > 0)).astype(np.float32)
    squares = tied.T @ (table.axes.vectors**2).astype(np.float32)
    return np.sqrt(squares / np.maximum(tied.sum(axis=0), 1)[:, None])


def _coloured(results: Results, planes: Sequence[Plane], low: float, high: float) -> np.ndarray:
    """A box of colours, white outside the mask, and light grey at voxels that are on no plane."""
    table = results.read_table()
    shown = np.zeros(table.shape, bool)
    for plane in planes:
        plane.of(shown)[...] = True
    places = np.flatnonzero(shown.ravel()[table.indices])
    where = np.unravel_index(table.indices[places], table.shape)
    anisotropy = results.volumes["anisotropy"][where]
    strength = np.clip((anisotropy - low) / (high - low), 0.0, 1.0)[:, None]
    box = np.where(results.mask[..., None], _PALE, 1.0).astype(np.float32).repeat(3, axis=3)
    box[where] = _PALE * (1 - strength) + axis_colours(table, places) * strength
    return box


def _draw_key(panel: FigureBase, low: float, high: float, chance: Optional[float]) -> None:
    """Draw the colours of all axes on the projection disc, and the fading of one of them.

    A mark is where chance alone puts the median anisotropy.
    """
    plot, bar = several_plots(panel, 2, 1, height_ratios=[1.0, 0.12])
    side = np.linspace(-1, 1, _KEY_SIDE)
    x, y = np.meshgrid(side, side)
    tilt = 90 * np.hypot(x, y)
    vectors = rot_tilt_to_vectors(np.rad2deg(np.arctan2(y, x)), tilt)
    colours = np.where((tilt <= 90)[..., None], np.abs(vectors), 1.0)
    plot.imshow(colours, origin="lower", extent=(-1, 1, -1, 1), interpolation="bilinear")
    for name, right, up in (("x", 0.86, 0.0), ("y", 0.0, 0.86), ("z", 0.0, 0.0)):
        plot.text(right, up, name, ha="center", va="center", color="white", weight="bold")
    plot.set_title("Axis\n(angle rot, radius tilt)")
    plot.set_axis_off()
    strength = np.linspace(0, 1, 64)[None, :, None]
    shades = _PALE * (1 - strength) + np.array([1.0, 0.0, 0.0]) * strength
    bar.imshow(shades, aspect="auto", extent=(low, high, 0, 1))
    bar.set_yticks([])
    label = "Anisotropy (Å)"
    if chance is not None and low <= chance <= high:
        bar.plot([chance], [0.0], color=CHANCE_COLOUR, marker="^", clip_on=False)
        label += "\nOrange mark: median\nby chance"
    bar.set_xlabel(label)
