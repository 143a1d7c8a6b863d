"""The list of all figures: what ``monodir plot``, the viewer and the report go through."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Callable, Dict, Tuple

from matplotlib.figure import Figure

from ..errors import InputError
from ..files.loading import Results
from .best_axis import best_axis
from .curves import curves
from .diagnosed import (
    cones_beside_polar,
    fractional_anisotropy,
    has_cones,
    has_views,
    views_of_results,
)
from .histograms import histograms
from .overview import overview
from .polar import counts, polar
from .slices import along, density, difference, map_slices
from .sphere import sphere
from .voxel import voxel

__all__ = ["FIGURES", "FigureKind", "draw_figure"]


@dataclass(frozen=True)
class FigureKind:
    """One kind of figure.

    Attributes
    ----------
    name : str
        On the command line.
    title : str
        In a menu.
    caption : str
        What is seen, in a sentence or two.
    function : callable
        ``function(results, **options) -> Figure``.
    drawable : callable
        ``drawable(results) -> bool``: whether a run holds what is drawn.
    """

    name: str
    title: str
    caption: str
    function: Callable[..., Figure]
    drawable: Callable[[Results], bool] = lambda results: True

    @property
    def options(self) -> Tuple[str, ...]:
        """Names of the options that the function takes.

        Of ``axis`` ("x", "y" or "z"), ``slices`` (numbers), ``limits`` (two
        numbers), ``cmap`` (a name), ``voxel`` (x, y, z) and ``map_path``.
        """
        return tuple(inspect.signature(self.function).parameters)[1:]


_KINDS = (
    FigureKind(
        "overview",
        "Overview",
        "Average directional resolution (ADR), axes, and means over shells.",
        overview,
    ),
    FigureKind(
        "adr",
        "Average directional resolution (ADR)",
        "The mean of the highest and the lowest resolution over all axes, at every voxel. Where "
        "the lowest is not resolved it counts as the coarse limit, and the true ADR is coarser.",
        map_slices("adr"),
    ),
    FigureKind(
        "difference",
        "ADR beside MonoRes",
        "ADR and the resolution without directions (MonoRes) on one scale, and their difference.",
        difference,
    ),
    FigureKind(
        "anisotropy",
        "Anisotropy",
        "Half of the 83rd less the 17th percentile over axes: 0 where all axes are alike. Where a "
        "sixth of the axes or more are not resolved it is a lower bound, and hatched.",
        map_slices("anisotropy"),
    ),
    FigureKind(
        "highest",
        "Highest resolution",
        "The resolution along the finest axes of every voxel (5th percentile over axes).",
        map_slices("highest"),
    ),
    FigureKind(
        "lowest",
        "Lowest resolution",
        "The resolution along the coarsest axes of every voxel (95th percentile over axes).",
        map_slices("lowest"),
    ),
    FigureKind(
        "radial",
        "Radial resolution",
        "The resolution along the line from the centre to every voxel.",
        map_slices("radial"),
    ),
    FigureKind(
        "tangential",
        "Tangential resolution",
        "The mean resolution across the line from the centre to every voxel.",
        map_slices("tangential"),
    ),
    FigureKind(
        "monores",
        "Resolution without directions (MonoRes)",
        "The resolution measured without a cone, for comparison.",
        map_slices("monores"),
    ),
    FigureKind(
        "along",
        "Along single axes",
        "The resolution along the axes that were asked for, on one scale.",
        along,
        lambda results: bool(results.along()),
    ),
    FigureKind(
        "density",
        "Map and mask",
        "The map that was measured and the outline of the mask.",
        density,
    ),
    FigureKind(
        "polar",
        "Polar plot: resolution along axes",
        "Median resolution over the mask along every axis, on a scale of ratios to the median "
        "axis that is the same for all maps; the area of a dot is the number of voxels that are "
        "finest along the axis. Hatched: axes without data (hollow dots), and axes along which "
        "most voxels are not resolved. Points are axes of Fourier space, not views.",
        polar,
    ),
    FigureKind(
        "counts",
        "Polar plot: counts of voxels",
        "How many voxels are finest along every axis, as dots and between them. "
        "Points are axes of Fourier space, not views.",
        counts,
    ),
    FigureKind(
        "sphere",
        "Axes as a sphere",
        "The polar plot on a sphere; every axis has an end on the side that is seen.",
        sphere,
    ),
    FigureKind(
        "voxel",
        "Resolution against direction of one voxel",
        "The resolution of one voxel along every axis, with 90 % intervals where the run gives "
        "them. Crosses: axes along which it is not resolved even at the coarse limit. Hollow: "
        "axes without data.",
        voxel,
    ),
    FigureKind(
        "best-axis",
        "Finest axis of every voxel",
        "|x|, |y| and |z| of the finest axis as red, green and blue, anisotropy as brightness: "
        "black where all axes are alike.",
        best_axis,
    ),
    FigureKind(
        "histograms",
        "Histograms",
        "Every map inside the mask; the maps of resolution have the same bins. Voxels that are not "
        "resolved are in no bin; their share is written.",
        histograms,
    ),
    FigureKind(
        "curves",
        "Radial curves",
        "Means and standard deviations over shells about the centre; slopes can "
        "come from angular errors. Voxels that are not resolved count as the coarse limit.",
        curves,
    ),
    FigureKind(
        "conical-fsc",
        "Half maps in cones",
        "Correlation of the half maps in cones about the axes: curves of all axes and of whole "
        "shells, and where they fall below 0.143 along every axis, beside the local resolution.",
        cones_beside_polar,
        has_cones,
    ),
    FigureKind(
        "views",
        "Coverage of axes and views",
        "How well each axis is covered, by the power of noise or by signal over noise along it, "
        "and the density of the views that explains it.",
        views_of_results,
        has_views,
    ),
    FigureKind(
        "tensor",
        "Ellipsoids of resolution: fractional anisotropy",
        "Of the ellipsoid that fits the resolution of a voxel over axes: 0 a sphere, near 1 one "
        "axis much coarser than the others. Hatched: the coarsest axis is not resolved, so that "
        "it is a lower bound.",
        fractional_anisotropy,
    ),
)

#: By name, in the order of a menu.
FIGURES: Dict[str, FigureKind] = {kind.name: kind for kind in _KINDS}


def draw_figure(name: str, results: Results, **options: object) -> Figure:
    """Draw the figure of this name.

    Parameters
    ----------
    name : str
        A key of ``FIGURES``.
    results : Results
    **options
        What was asked for; ``None`` means not asked for.

    Raises
    ------
    InputError
        If an option says nothing to this figure.
    """
    kind = FIGURES[name]
    given = {key: value for key, value in options.items() if value is not None}
    for key in given:
        if key not in kind.options:
            takes = ", ".join(kind.options) or "none"
            raise InputError(f"figure {name}: it has no option {key}; it takes {takes}")
    return kind.function(results, **given)
