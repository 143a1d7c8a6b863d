"""The registry of figures, which ``monodir plot``, the viewer and the report go through.

A figure is one record here and the function that draws it (``docs/extend/figure.rst``).  Every
result map has a figure of slices, which follows from its record in the registry of maps.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, Mapping, Tuple

from matplotlib.figure import Figure

from ..errors import InputError
from ..files.loading import Results
from ..numerics.reduction.result_maps import (
    ANISOTROPY,
    RESOLUTION,
    RESULT_MAPS,
    ResultMap,
    displayed_maps,
)
from .curves import curves
from .diagnosed import (
    cones_beside_polar,
    fractional_anisotropy,
    has_cones,
    has_views,
    views_of_results,
)
from .directions.polar import counts, polar
from .directions.sphere import sphere
from .directions.voxel import voxel
from .drawing.style import judge
from .histograms import histograms
from .volumes.best_axis import best_axis
from .volumes.overview import overview
from .volumes.slices import along, density, difference, map_slices

__all__ = ["FIGURES", "OTHER_FIGURES", "FigureKind", "draw_figure"]


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
        What the figure shows, in a sentence or two.
    function : callable
        ``function(results, **options) -> Figure``.
    drawable : callable
        ``drawable(results) -> bool``: whether a run has the data of the figure.
    caution : str
        What not to conclude from the figure, for the report.
    judged : str
        How the figure looks for a good and for a bad map.
    in_report : bool
        Whether the report has this figure.
    limits_from, colours_from : {"", "resolution", "anisotropy"}
        Which limits and colours of the viewer's form the figure takes; empty: none of them.
    """

    name: str
    title: str
    caption: str
    function: Callable[..., Figure]
    drawable: Callable[[Results], bool] = lambda results: True
    caution: str = ""
    in_report: bool = True
    limits_from: str = ""
    colours_from: str = ""
    judged: str = ""

    @property
    def options(self) -> Tuple[str, ...]:
        """Names of the options that the function takes.

        Of ``axis`` ("x", "y" or "z"), ``slices`` (numbers), ``limits`` (two
        numbers), ``cmap`` (a name), ``voxel`` (x, y, z) and ``map_path``.
        """
        return tuple(inspect.signature(self.function).parameters)[1:]


#: How slices look for good and for bad maps, by the name of the map, else by its kind.
_JUDGED_MAPS = {
    "lowest": "Good: median at the orange mark, which chance alone gives. Bad: hatched, or coarser "
    "than the mark: some axes have little or no signal.",
    "monores": "Good: fine inside, coarser only at the rim and in flexible parts. Bad: coarse "
    "patches that do not follow the structure. No orange mark: MonoRes has no axes.",
    "radial": "Good: like the tangential resolution, and median at the orange mark. Bad: coarse on "
    "two opposite sides, where the radius lies along a coarse axis.",
    "tangential": "Good: like the radial resolution, and median at the orange mark. Bad: coarser "
    "than the mark, ever more from the centre outwards, as after angular errors.",
    RESOLUTION: "Good: fine inside, coarser only at the rim and in flexible parts; median at the "
    "orange mark. Bad: coarse in most of the mask, or hatched.",
    ANISOTROPY: "Good: near the orange mark, which chance alone gives, and alike everywhere. Bad: "
    "most voxels far above the mark, or hatched.",
}


def _figure_of_map(entry: ResultMap) -> FigureKind:
    return FigureKind(
        entry.name,
        entry.title,
        entry.description,
        map_slices(entry),
        caution=entry.caution,
        in_report=entry.in_report,
        limits_from=entry.kind,
        colours_from=entry.kind,
        judged=_JUDGED_MAPS.get(entry.name, _JUDGED_MAPS[entry.kind]),
    )


#: Figures that are not of one result map, by name, in the order of a menu.
OTHER_FIGURES: Dict[str, FigureKind] = {
    kind.name: kind
    for kind in (
        FigureKind(
            "overview",
            "Overview",
            "Average directional resolution (ADR) with outlines of the density at the level that "
            "encloses half of the mask, axes, and means over shells.",
            overview,
            # The report shows its parts.
            in_report=False,
            colours_from=RESOLUTION,
            judged="Good: a pale disc, and curves close together. Bad: a disc dark red or hatched "
            "in places, curves far apart, hatched slices.",
        ),
        FigureKind(
            "difference",
            "ADR beside MonoRes",
            "ADR and the resolution without directions (MonoRes) on one scale, and their "
            "difference.",
            difference,
            caution="The two answer different questions; a difference is no error of either.",
            limits_from=RESOLUTION,
            colours_from=RESOLUTION,
            judged="Good: the last row even, and its median at the orange mark. Bad: dark red in "
            "the last row: some axes are much coarser than the whole.",
        ),
        FigureKind(
            "along",
            "Along single axes",
            "The resolution along the axes that the user named, on one scale.",
            along,
            lambda results: bool(results.along()),
            caution="A single axis is less certain than a statistic over many.",
            limits_from=RESOLUTION,
            colours_from=RESOLUTION,
            judged="Good: all rows alike, medians in or near the orange bar. Bad: one row hatched "
            "or far coarser than the bar: that axis has little signal.",
        ),
        FigureKind(
            "density",
            "Map and mask",
            "The map that was measured and the outline of the mask.",
            density,
            caution="Only voxels inside the mask were measured; a wide mask includes solvent, and "
            "with it coarse values.",
            judged="Good: the outline follows the particle, and the background is even noise. Bad: "
            "the outline cuts density or holds much solvent; the background is blank or "
            "streaked.",
        ),
        FigureKind(
            "polar",
            "Polar plot: resolution along axes",
            "Median resolution over the mask along every axis, on a scale of ratios to the median "
            "axis that is the same for all maps; the area of a dot is the number of voxels that "
            "are finest along the axis. The orange bar beside the scale holds two thirds of the "
            "axes by chance if all are alike; it is left out where this is not known: for another "
            "criterion than 0.5, near the limits of the frequencies, where a cone holds few "
            "independent values, and for the preset published. Hatched: "
            "axes without data (hollow dots), and axes along which most voxels are not resolved. "
            "Points are axes of Fourier space, not views.",
            polar,
            caution="A fine axis is not a direction with many views: the views perpendicular to an "
            "axis make it fine. Where only top views are missing, every axis is still covered.",
            judged="Good: pale; two thirds of the axes in at most 1.5 times the orange bar. Bad: "
            "wider; dark red or hatched a quarter turn from dark blue: missing views.",
        ),
        FigureKind(
            "counts",
            "Polar plot: number of voxels finest along each axis",
            "The number of voxels that are finest along every axis, as dots and between them. "
            "Points are axes of Fourier space, not views.",
            counts,
            caution="The numbers show along which axis voxels are finest, not by how much. Where "
            "many axes reach the fine limit, the plot is flat although the map may be anisotropic.",
            judged="Good: large dots spread over the disc. Bad: all large dots in one region or "
            "along one line.",
        ),
        FigureKind(
            "sphere",
            "Axes as a sphere",
            "The polar plot on a sphere; every axis has one end on the visible side.",
            sphere,
            caution="The same as the polar plot; only one end of each axis is visible.",
            judged="Good: pale all over. Bad: a dark red or hatched cap, and a dark blue belt "
            "about it.",
        ),
        FigureKind(
            "voxel",
            "Resolution against direction of one voxel",
            "The resolution of one voxel along every axis, with 90 % intervals if the run has "
            "them. Crosses: axes along which it is not resolved even at the coarse limit. Hollow: "
            "axes without data.",
            voxel,
            # The reader has to choose a voxel.
            in_report=False,
            colours_from=RESOLUTION,
            judged="Good: even in colour, without crosses. Bad: a region of coarse axes or "
            "crosses that several axes share.",
        ),
        FigureKind(
            "best-axis",
            "Finest axis of every voxel",
            "|x|, |y| and |z| of the finest axis as red, green and blue; the smaller the "
            "anisotropy, the paler: light grey where all axes are alike.",
            best_axis,
            caution="The hue of a pale voxel means nothing: its axes are alike.",
            limits_from=ANISOTROPY,
            colours_from=ANISOTROPY,
            judged="Good: pale, or red, green and blue mixed without a pattern. Bad: strong "
            "colours of which one is everywhere, or one is nowhere: all voxels are finest along "
            "the same axes.",
        ),
        FigureKind(
            "histograms",
            "Histograms",
            "Every map inside the mask; the maps of resolution have the same bins. Voxels that "
            "are not resolved are in no bin; the title has their share. The orange line is the "
            "same map if at every voxel all axes were alike but for their scatter; it is left out "
            "for the preset published.",
            histograms,
            caution="Neighbouring voxels are not independent, so the histograms have fewer "
            "independent observations than voxels. A peak at the fine limit comes from the "
            "limit, not from the map.",
            judged="Good: one narrow peak each, and bars that follow the orange line. Bad: two "
            "peaks, many voxels not resolved, lowest and anisotropy right of the orange line.",
        ),
        FigureKind(
            "curves",
            "Radial curves",
            "Means and standard deviations over shells about the centre; slopes can "
            "come from angular errors. Voxels that are not resolved count as the coarse limit.",
            curves,
            caution="Shells near the centre have few voxels. A slope has other causes than angular "
            "errors, too: flexible or poorly occupied parts at the rim.",
            judged="Good: the coloured curves on their dashed lines. Bad: lowest far below its "
            "line (missing views); tangential ever farther below its own (angular errors).",
        ),
        FigureKind(
            "conical-fsc",
            "Half maps in cones",
            "Fourier shell correlation of the half maps in cones about the axes: curves of all "
            "axes and of whole shells, and the resolution at 0.143 along every axis, beside the "
            "local resolution.",
            cones_beside_polar,
            has_cones,
            caution="Narrow cones have few Fourier coefficients: compare the spread of the axes "
            "with the one expected by chance, below the disc. The two discs answer different "
            "questions, on different scales.",
            judged="Good: a narrow band about the curve of whole shells, as narrow as the orange "
            "bars of chance. Bad: a band several times as wide, or axes that fall early.",
        ),
        FigureKind(
            "views",
            "Coverage of axes and views",
            "How well each axis is covered, estimated from the power of the noise or from signal "
            "over noise along it, and the density of views that explains it. With the angles of "
            "the particles, the same by these.",
            views_of_results,
            has_views,
            caution="Coverage is estimated from the noise of the map; filters that differ between "
            "axes bias it. The diagnosis says which measurement was used.",
            judged="Good: both discs of nearly one colour. Bad: dark red axes (hardly covered) "
            "and a bright spot of views.",
        ),
        FigureKind(
            "tensor",
            "Ellipsoids of resolution: fractional anisotropy",
            "Of the ellipsoid that fits the resolution of a voxel over axes: 0 a sphere, near 1 "
            "one axis much coarser than the others. Hatched: the coarsest axis is not resolved, so "
            "that it is a lower bound.",
            fractional_anisotropy,
            caution="Scatter over axes alone makes a sphere look like an ellipsoid: the orange "
            "mark beside the scale is the fractional anisotropy that is expected by chance.",
            judged="Good: near the orange mark, which chance alone gives. Bad: most voxels far "
            "above it.",
        ),
    )
}
#: The figure that comes first, before those of the result maps.
_FIRST = "overview"


class _AllFigures(Mapping[str, FigureKind]):
    """The figures of the result maps and all others, in the order of a menu."""

    def __iter__(self) -> Iterator[str]:
        others = [name for name in OTHER_FIGURES if name != _FIRST]
        return iter([_FIRST, *(entry.name for entry in displayed_maps()), *others])

    def __len__(self) -> int:
        return len(RESULT_MAPS) + len(OTHER_FIGURES)

    def __getitem__(self, name: str) -> FigureKind:
        return OTHER_FIGURES[name] if name in OTHER_FIGURES else _figure_of_map(RESULT_MAPS[name])


#: All figures by name.
FIGURES: Mapping[str, FigureKind] = _AllFigures()


def draw_figure(name: str, results: Results, *, judged: bool = True, **options: Any) -> Figure:
    """Draw the figure of this name, and below it what good and bad look like.

    Parameters
    ----------
    name : str
        A key of ``FIGURES``.
    results : Results
    judged : bool
        Whether the figure says what good and bad look like; the report says it beside the figure.
    **options
        Options of the figure; ``None`` stands for the default.

    Raises
    ------
    InputError
        If there is no such figure, or it does not have one of the options.
    """
    if name not in FIGURES:
        raise InputError(f"figure {name}: there is none; the figures are {', '.join(FIGURES)}")
    kind = FIGURES[name]
    given = {key: value for key, value in options.items() if value is not None}
    for key in given:
        if key not in kind.options:
            takes = ", ".join(kind.options) or "none"
            raise InputError(f"figure {name}: it has no option {key}; it takes {takes}")
    figure = kind.function(results, **given)
    if judged:
        judge(figure, kind.judged)
    return figure
