"""Slices of boxes: choosing, laying out and drawing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.image import AxesImage
from scipy.ndimage import gaussian_filter

from ...errors import InputError
from ...files.loading import Results
from ...numerics.geometry.crop import bounding_box
from ...numerics.reduction.result_maps import MAIN_MAP
from .layout import several_plots
from .movable import MovableSlice, draw_movable, keep_legend, slice_of
from .style import TWO_COLUMNS, new_figure, plain
from .unresolved import BOUND, UNRESOLVED, Hatching, hatch_voxels, legend_below, unresolved_voxels

__all__ = [
    "ADR_BOUND",
    "Marked",
    "Plane",
    "adr_marks",
    "choose_planes",
    "draw_planes",
    "LEGEND",
    "SlicesFigure",
    "figure_of_planes",
    "grid_of",
    "height_of",
    "legend_of_voxels",
    "not_resolved",
    "outline",
    "outline_density",
    "window_of",
]

#: Boxes of bool, each with the hatching of its voxels.
Marked = Sequence[Tuple[np.ndarray, Hatching]]
#: Values of a box, or a function that returns those of a plane.
Values = Union[np.ndarray, Callable[["Plane"], np.ndarray]]

#: What the legend says of voxels whose lowest resolution is not resolved.
ADR_BOUND = "ADR is coarser than shown: the lowest resolution is not resolved"

_ALL = "zyx"
#: Colour of the outlines of a density, over maps of resolution.
_OUTLINE = "0.1"
_EVEN = (0.1, 0.3, 0.5, 0.7, 0.9)
_MARGIN = 2
_COLUMNS = 5
#: Inches above and below titles, slices and legends.
_GAP = 0.08
#: Height of a legend of hatched voxels with its distance from the slices, inches.
LEGEND = 0.3
#: With more slices the titles take two lines.
_WIDE = 3


@dataclass(frozen=True)
class Plane:
    """One slice: ``axis`` is ``x``, ``y`` or ``z``, ``number`` counts voxels from 0."""

    axis: str
    number: int

    def of(self, box: np.ndarray) -> np.ndarray:
        """The slice of a ``[z, y, x, ...]`` box, a view of it."""
        return box[(slice(None),) * _ALL.index(self.axis) + (self.number,)]

    @property
    def sides(self) -> Tuple[str, str]:
        """Names of the horizontal and of the vertical side."""
        horizontal, vertical = (name for name in "xyz" if name != self.axis)
        return horizontal, vertical


def choose_planes(
    mask: np.ndarray, axis: Optional[str] = None, slices: Optional[Sequence[int]] = None
) -> List[Plane]:
    """Planes to draw.

    Parameters
    ----------
    mask : ndarray of bool, shape (N, N, N)
        ``[z, y, x]``.
    axis : {"x", "y", "z"}, optional
        Perpendicular to the slices.  With neither ``axis`` nor ``slices`` there
        is one slice across each axis, through the middle of the mask.
    slices : sequence of int, optional
        Numbers of the slices, voxels from 0; default: five, evenly spaced
        through the mask.  The default axis is z.

    Raises
    ------
    InputError
        If a slice lies outside of the box.
    """
    # Sorted along every axis, from the numbers of voxels in its planes.
    numbers = (np.count_nonzero(mask, axis=others) for others in ((1, 2), (0, 2), (0, 1)))
    places = {name: np.repeat(np.arange(len(n)), n) for name, n in zip(_ALL, numbers)}
    if axis is None and slices is None:
        return [Plane(name, round(float(np.median(places[name])))) for name in _ALL]
    axis = axis or "z"
    if axis not in places:
        raise InputError(f"slice axis {axis}: choose x, y or z")
    if slices is None:
        slices = sorted({int(n) for n in np.rint(np.quantile(places[axis], _EVEN))})
    for number in slices:
        if not 0 <= number < len(mask):
            raise InputError(f"slice {number}: the box has the slices 0 to {len(mask) - 1}")
    return [Plane(axis, int(number)) for number in slices]


def window_of(mask: np.ndarray) -> slice:
    """The range of voxels, the same along every axis, that holds the mask and a margin."""
    sides = bounding_box(mask, _MARGIN)
    return slice(min(side.start for side in sides), max(side.stop for side in sides))


def draw_planes(
    subplots: Sequence[Axes],
    results: Results,
    planes: Sequence[Plane],
    box: Values,
    window: Optional[slice] = None,
    masked: bool = True,
    hatched: Marked = (),
    **image: Any,
) -> List[AxesImage]:
    """Draw slices of a box, cropped to a window, with coordinates in Å from the box's centre.

    Parameters
    ----------
    subplots : sequence of Axes
        One for each plane.
    results : Results
        Mask and voxel size.
    planes : sequence of Plane
    box : ndarray, shape (N, N, N) or (N, N, N, 3), or callable
        Values, or red, green and blue; or a function that returns those of a plane.
    window : slice, optional
        Voxels shown along both sides; default: those about the mask.
    masked : bool
        Whether voxels outside the mask are left out.
    hatched : sequence of (ndarray of bool, shape (N, N, N), Hatching)
        Voxels that are hatched; their colours stay visible if the hatching has no face.
    **image
        For ``imshow``.
    """
    window = window_of(results.mask) if window is None else window
    middle = len(results.mask) // 2
    edges = (np.array([window.start, window.stop]) - 0.5 - middle) * results.sampling
    between = " " if len(planes) <= _WIDE else "\n"
    for plot, plane in zip(subplots, planes):
        shown = MovableSlice(plot, plane, window, results.sampling, middle)

        def draw(plane: Plane, plot: Axes = plot) -> None:
            _draw_plane(plot, results, plane, box, window, edges, masked, hatched, image)
            position = (plane.number - middle) * results.sampling + 0.0
            where = f"{plane.axis} = {position:.1f} Å"
            # Not set_title, which would also set the size of the letters.
            plot.title.set_text(f"{where}{between}(slice {plane.number})")

        draw_movable(shown, draw)
        plot.set_xlabel(f"{plane.sides[0]} (Å)")
        plot.set_ylabel(f"{plane.sides[1]} (Å)")
    if len({plane.axis for plane in planes}) == 1:
        for plot in subplots:
            spec = plot.get_subplotspec()
            if spec is not None and not spec.is_first_col():
                plot.set_ylabel("")
                plot.tick_params(labelleft=False)
    return [plot.images[0] for plot in subplots]


def _draw_plane(
    plot: Axes,
    results: Results,
    plane: Plane,
    box: Values,
    window: slice,
    edges: np.ndarray,
    masked: bool,
    hatched: Marked,
    image: Dict[str, Any],
) -> None:
    """Draw one slice, or its values into the image that is there."""
    shown = (box(plane) if callable(box) else plane.of(box))[window, window]
    hidden = ~plane.of(results.mask)[window, window] & masked
    for voxels, how in hatched:
        if how.face != "none":
            hidden = hidden | plane.of(voxels)[window, window]
    if shown.ndim == 2:
        shown = np.ma.masked_where(hidden, shown)
    else:
        shown = np.where(hidden[..., None], 1.0, shown)
    if plot.images:
        plot.images[0].set_data(shown)
    else:
        extent = (*edges, *edges)
        plot.imshow(shown, origin="lower", extent=extent, interpolation="nearest", **image)
    for voxels, how in hatched:
        hatch_voxels(plot, plane.of(voxels)[window, window], edges[0], results.sampling, how)


def not_resolved(results: Results, *names: str) -> Marked:
    """Voxels that are not resolved in one of some maps, as :func:`draw_planes` takes them."""
    return [(unresolved_voxels(results, *names), UNRESOLVED)]


def adr_marks(results: Results) -> Marked:
    """Voxels whose ADR is not resolved, and those whose lowest resolution is not.

    ADR is the mean of the highest and the lowest resolution: the true one is coarser there.
    """
    none, lowest = (unresolved_voxels(results, name) for name in (MAIN_MAP, "lowest"))
    return [(none, UNRESOLVED), (lowest & ~none, BOUND)]


def legend_of_voxels(
    panel: FigureBase, results: Results, planes: Sequence[Plane], hatched: Marked, bound: str = ""
) -> None:
    """Draw a legend of the hatched voxels of some slices; ``bound`` is the text of lower bounds."""
    limit = results.resolution_limits[1]
    words = {UNRESOLVED: f"Hatched: not resolved (coarser than {limit:.3g} Å)", BOUND: bound}

    def draw(planes: Sequence[Plane]) -> None:
        shown = [how for box, how in hatched if any(plane.of(box).any() for plane in planes)]
        legend_below(panel, {words[how]: how for how in shown})

    keep_legend(panel, draw)


def grid_of(panel: FigureBase, count: int) -> List[Axes]:
    """Subplots for some planes, in rows of at most five."""
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    subplots = several_plots(panel, rows, columns)
    for unused in subplots[count:]:
        unused.set_axis_off()
    return subplots[:count]


class SlicesFigure(NamedTuple):
    """A figure of slices: its panel with all but the title, the subplots, and the first image."""

    figure: Figure
    panel: FigureBase
    subplots: List[Axes]
    image: AxesImage


def figure_of_planes(
    results: Results, title: str, planes: Sequence[Plane], box: np.ndarray, **how: Any
) -> SlicesFigure:
    """A figure of slices of one box.

    Parameters
    ----------
    results : Results
    title : str
        Followed by the name of the results.
    planes, box, **how
        As for :func:`draw_planes`.
    """
    marked = any(voxels.any() for voxels, _ in how.get("hatched", []))
    figure = new_figure(TWO_COLUMNS, height_of(planes) + 0.5 + LEGEND * marked)
    # With the default, the title touches those of the slices when there is a legend below.
    figure.set_layout_engine("constrained", h_pad=_GAP)
    figure.suptitle(f"{title}: {plain(results.name)}")
    # A legend below the slices belongs to the panel: below it the figure may have an explanation.
    panel: FigureBase = np.atleast_1d(figure.subfigures(1, 1))[0]
    subplots = grid_of(panel, len(planes))
    image = draw_planes(subplots, results, planes, box, **how)[0]
    return SlicesFigure(figure, panel, subplots, image)


def height_of(planes: Sequence[Plane]) -> float:
    """Height in inches of a grid of planes across two columns of a page."""
    columns = min(len(planes), _COLUMNS)
    # Slices across one axis share the labels at the side, so all of them are larger.
    taller = 0.35 if len({plane.axis for plane in planes}) == 1 else 0.0
    return -(-len(planes) // columns) * (0.8 * TWO_COLUMNS / max(columns, 2) + 0.35 + taller)


def outline(
    subplots: Sequence[Axes], results: Results, planes: Sequence[Plane], colour: str
) -> None:
    """Draw the outline of the mask."""
    _contours(subplots, results, planes, results.mask.astype(float), 0.5, colour, 0.8)


def outline_density(
    subplots: Sequence[Axes], results: Results, planes: Sequence[Plane], density: np.ndarray
) -> None:
    """Draw outlines of a density inside the mask, at the level that encloses half of the mask.

    The density is first smoothed by a Gaussian of half the median resolution, so that the lines
    follow the particle and not its noise.

    Parameters
    ----------
    subplots, results, planes
        As for :func:`draw_planes`.
    density : ndarray, shape (N, N, N)
    """
    along = results.axis_resolution[np.isfinite(results.axis_resolution)]
    width = 0.5 * float(np.median(along)) / results.sampling if len(along) else 1.0
    window = bounding_box(results.mask, int(3 * width) + 1)
    smooth = gaussian_filter(np.asarray(density[window], np.float32), width, truncate=3.0)
    inside = smooth[results.mask[window]]
    level = float(np.median(inside))
    # There are no lines beyond the mask, where nothing was measured.
    lowest = min(float(inside.min()), level)

    def values(plane: Plane) -> np.ndarray:
        across = _ALL.index(plane.axis)
        held = plane.of(results.mask)
        shown = np.full(held.shape, lowest, np.float32)
        number, sides = plane.number - window[across].start, window[:across] + window[across + 1 :]
        if 0 <= number < smooth.shape[across]:
            part = Plane(plane.axis, number).of(smooth)
            shown[sides][held[sides]] = part[held[sides]]
        return shown

    _contours(subplots, results, planes, values, level, _OUTLINE, 0.5)


def _contours(
    subplots: Sequence[Axes],
    results: Results,
    planes: Sequence[Plane],
    box: Values,
    level: float,
    colour: str,
    width: float,
) -> None:
    """Draw the lines on which the slices of a box have a level."""
    count = len(results.mask)
    centres = (np.arange(count) - count // 2) * results.sampling
    for plot, plane in zip(subplots, planes):
        plot.autoscale(False)

        def draw(plane: Plane, plot: Axes = plot) -> None:
            part = box(plane) if callable(box) else plane.of(box)
            if part.min() < level < part.max():
                plot.contour(centres, centres, part, [level], colors=colour, linewidths=width)

        shown = slice_of(plot)
        if shown is None:
            draw(plane)
        else:
            shown.draw(draw)
