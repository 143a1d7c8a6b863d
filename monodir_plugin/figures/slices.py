"""Slices of maps: one map, several on one scale, the density with the mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List, Optional, Sequence, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure, FigureBase
from matplotlib.image import AxesImage

from ..errors import InputError
from ..files.loading import Results
from .style import (
    ANISOTROPY_COLOURS,
    RELATIVE_COLOURS,
    RESOLUTION_COLOURS,
    RESOLUTION_MAPS,
    TITLES,
    TWO_COLUMNS,
    Limits,
    checked_limits,
    colours_of,
    finer_upwards,
    new_figure,
    plain,
    robust_limits,
    shared_limits,
    styled,
)

__all__ = ["Plane", "along", "choose_planes", "density", "difference", "draw_planes", "map_slices"]

_ALL = "zyx"
_EVEN = (0.1, 0.3, 0.5, 0.7, 0.9)
_MARGIN = 2
_COLUMNS = 5
#: Of more slices the titles take two lines.
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
        The slices lie across it.  Neither ``axis`` nor ``slices``: one slice
        across each axis, through the middle of the mask.
    slices : sequence of int, optional
        Numbers of the slices, voxels from 0; without them five, evenly
        through the mask.  Without an axis they lie across z.

    Raises
    ------
    InputError
        If a slice lies outside of the box.
    """
    places = dict(zip(_ALL, np.nonzero(mask)))
    if axis is None and slices is None:
        return [Plane(name, round(float(np.median(places[name])))) for name in _ALL]
    axis = axis or "z"
    if axis not in places:
        raise InputError(f"slice axis {axis}: name x, y or z")
    if slices is None:
        slices = sorted({int(n) for n in np.rint(np.quantile(places[axis], _EVEN))})
    for number in slices:
        if not 0 <= number < len(mask):
            raise InputError(f"slice {number}: the box has the slices 0 to {len(mask) - 1}")
    return [Plane(axis, int(number)) for number in slices]


def window_of(mask: np.ndarray) -> slice:
    """The voxels of every axis that hold the mask, and a margin."""
    places = np.nonzero(mask)
    start = min(int(p.min()) for p in places) - _MARGIN
    stop = max(int(p.max()) for p in places) + _MARGIN + 1
    return slice(max(start, 0), min(stop, len(mask)))


def draw_planes(
    subplots: Sequence[Axes],
    results: Results,
    planes: Sequence[Plane],
    box: np.ndarray,
    window: Optional[slice] = None,
    masked: bool = True,
    **image: object,
) -> List[AxesImage]:
    """Draw slices of a box, cropped to a window, with coordinates in Å from the box's centre.

    Parameters
    ----------
    subplots : sequence of Axes
        One a plane.
    results : Results
        Mask and voxel size.
    planes : sequence of Plane
    box : ndarray, shape (N, N, N) or (N, N, N, 3)
        Values, or red, green and blue.
    window : slice, optional
        Voxels shown along both sides; default: those about the mask.
    masked : bool
        Whether to leave out what is not in the mask.
    **image
        For ``imshow``.
    """
    window = window_of(results.mask) if window is None else window
    middle = len(results.mask) // 2
    edges = (np.array([window.start, window.stop]) - 0.5 - middle) * results.sampling
    between = " " if len(planes) <= _WIDE else "\n"
    images = []
    for plot, plane in zip(subplots, planes):
        shown = plane.of(box)[window, window]
        if masked:
            outside = ~plane.of(results.mask)[window, window]
            shown = np.ma.masked_where(outside, shown) if shown.ndim == 2 else shown
        images.append(
            plot.imshow(
                shown,
                origin="lower",
                extent=(*edges, *edges),
                interpolation="nearest",
                **image,
            )
        )
        position = (plane.number - middle) * results.sampling + 0.0
        where = f"{plane.axis} = {position:.1f} Å"
        plot.set_title(f"{where}{between}(slice {plane.number})")
        plot.set_xlabel(f"{plane.sides[0]} (Å)")
        plot.set_ylabel(f"{plane.sides[1]} (Å)")
    if len({plane.axis for plane in planes}) == 1:
        for plot in subplots:
            if not plot.get_subplotspec().is_first_col():
                plot.set_ylabel("")
                plot.tick_params(labelleft=False)
    return images


def grid_of(panel: FigureBase, count: int) -> List[Axes]:
    """Subplots for some planes, in rows of at most five."""
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    subplots = panel.subplots(rows, columns, squeeze=False).ravel()
    for unused in subplots[count:]:
        unused.set_axis_off()
    return list(subplots[:count])


def height_of(count: int) -> float:
    """Inches that a grid of planes over two columns of a page takes."""
    columns = min(count, _COLUMNS)
    return -(-count // columns) * (0.8 * TWO_COLUMNS / max(columns, 2) + 0.35)


def map_slices(name: str) -> Callable[..., Figure]:
    """The function that draws slices of the map of this name."""

    @styled
    def draw(
        results: Results,
        axis: Optional[str] = None,
        slices: Optional[Sequence[int]] = None,
        limits: Optional[Limits] = None,
        cmap: Optional[str] = None,
    ) -> Figure:
        planes = choose_planes(results.mask, axis, slices)
        figure = new_figure(TWO_COLUMNS, height_of(len(planes)) + 0.25)
        figure.suptitle(f"{TITLES[name]}: {plain(results.name)}")
        resolution = name in RESOLUTION_MAPS
        low, high = checked_limits(
            limits,
            lambda: shared_limits([results]) if resolution else from_zero(results.values(name)),
        )
        subplots = grid_of(figure, len(planes))
        images = draw_planes(
            subplots,
            results,
            planes,
            results.volumes[name],
            cmap=colours_of(cmap, RESOLUTION_COLOURS if resolution else ANISOTROPY_COLOURS),
            vmin=low,
            vmax=high,
        )
        bar = figure.colorbar(images[0], ax=subplots, extend="both" if resolution else "max")
        if resolution:
            finer_upwards(bar, f"{TITLES[name]} (Å)")
        else:
            bar.set_label("Half interquartile range over axes (Å)")
        return figure

    draw.__name__ = name
    draw.__doc__ = f"""Slices of the map ``{name}``.

    Parameters
    ----------
    results : Results
    axis, slices
        As for :func:`choose_planes`.
    limits : tuple of float, optional
        Å at the ends of the scale; default: percentiles inside the mask, the
        same for all maps of resolution.
    cmap : str, optional
        Name of a colour map of Matplotlib.
    """
    return draw


def from_zero(values: np.ndarray) -> Limits:
    """From zero to the 98th percentile."""
    return 0.0, max(float(np.percentile(values, 98)), 1e-3)


@styled
def along(
    results: Results,
    axis: Optional[str] = None,
    slices: Optional[Sequence[int]] = None,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
) -> Figure:
    """Slices of the resolution along each axis asked for with ``--along``, on one scale.

    Parameters
    ----------
    results, axis, slices, limits, cmap
        As for the other slices.

    Raises
    ------
    InputError
        If the run was asked for none.
    """
    names = results.along()
    if not names:
        raise InputError(
            f"results of {results.name}: they hold no maps along single axes; "
            "run monodir run with --along X,Y,Z"
        )
    low, high = checked_limits(limits, lambda: robust_limits(map(results.values, names)))
    colours = colours_of(cmap, RESOLUTION_COLOURS)
    planes = choose_planes(results.mask, axis, slices)
    figure = new_figure(TWO_COLUMNS, len(names) * height_of(len(planes)) + 0.25)
    figure.suptitle(f"Resolution along single axes: {plain(results.name)}")
    for panel, name in zip(np.atleast_1d(figure.subfigures(len(names), 1)), names):
        vector = ", ".join(name.split("_")[1:])
        scale = {"cmap": colours, "vmin": low, "vmax": high}
        _row(panel, results, planes, results.volumes[name], f"Along {vector} (Å)", scale)
    return figure


@styled
def difference(
    results: Results,
    axis: Optional[str] = None,
    slices: Optional[Sequence[int]] = None,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
) -> Figure:
    """ADR, MonoRes and their difference; the first two on one scale.

    Parameters
    ----------
    results, axis, slices, cmap
        As for the other slices.
    limits : tuple of float, optional
        Å, of ADR and MonoRes; those of the difference are symmetric about zero
        and hold 98 % of the mask.
    """
    planes = choose_planes(results.mask, axis, slices)
    adr, monores = results.volumes["adr"], results.volumes["monores"]
    low, high = checked_limits(
        limits, lambda: robust_limits([results.values("adr"), results.values("monores")])
    )
    change = adr - monores
    reach = max(float(np.percentile(np.abs(change[results.mask]), 98)), 0.1)
    figure = new_figure(TWO_COLUMNS, 3 * height_of(len(planes)) + 0.25)
    figure.suptitle(f"ADR beside MonoRes: {plain(results.name)}")
    panels = figure.subfigures(3, 1)
    scale = {"cmap": colours_of(cmap, RESOLUTION_COLOURS), "vmin": low, "vmax": high}
    _row(panels[0], results, planes, adr, "ADR (Å)", scale)
    _row(panels[1], results, planes, monores, "MonoRes (Å)", scale)
    scale = {"cmap": colours_of(None, RELATIVE_COLOURS), "vmin": -reach, "vmax": reach}
    subplots = _row(panels[2], results, planes, change, "ADR less MonoRes (Å)", scale)
    # No difference is as white as the outside.
    _outline(subplots, results, planes, "0.5")
    return figure


def _row(
    panel: FigureBase,
    results: Results,
    planes: Sequence[Plane],
    box: np.ndarray,
    label: str,
    scale: dict,
) -> List[Axes]:
    subplots = grid_of(panel, len(planes))
    images = draw_planes(subplots, results, planes, box, **scale)
    finer_upwards(panel.colorbar(images[0], ax=subplots, extend="both"), label)
    return subplots


def _outline(
    subplots: Sequence[Axes], results: Results, planes: Sequence[Plane], colour: str
) -> None:
    """Draw where the mask ends."""
    count = len(results.mask)
    centres = (np.arange(count) - count // 2) * results.sampling
    for plot, plane in zip(subplots, planes):
        inside = plane.of(results.mask)
        plot.autoscale(False)
        if inside.any() and not inside.all():
            plot.contour(centres, centres, inside, [0.5], colors=colour, linewidths=0.8)


@styled
def density(
    results: Results,
    axis: Optional[str] = None,
    slices: Optional[Sequence[int]] = None,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
    map_path: Optional[str] = None,
) -> Figure:
    """Slices of the map that was measured, over the whole box, with the mask's outline.

    Parameters
    ----------
    results, axis, slices, cmap
        As for the other slices.
    limits : tuple of float, optional
        Densities; default: what holds 99.8 % of the box.
    map_path : str, optional
        Where the map lies now, if it was moved.
    """
    box = results.read_density(map_path).values
    planes = choose_planes(results.mask, axis, slices)
    low, high = checked_limits(limits, lambda: tuple(np.percentile(box, (0.1, 99.9))))
    figure = new_figure(TWO_COLUMNS, height_of(len(planes)) + 0.25)
    figure.suptitle(f"Map and outline of the mask: {plain(results.name)}")
    subplots = grid_of(figure, len(planes))
    whole = slice(0, len(box))
    images = draw_planes(
        subplots,
        results,
        planes,
        box,
        window=whole,
        masked=False,
        cmap=colours_of(cmap, "gray_r"),
        vmin=low,
        vmax=high,
    )
    _outline(subplots, results, planes, "#D55E00")
    figure.colorbar(images[0], ax=subplots, extend="both").set_label("Density (units of the map)")
    return figure


def scale_bar(
    panel: FigureBase, subplots: Sequence[Axes], colours: Colormap, limits: Limits, label: str
) -> None:
    """A colour bar of resolutions for subplots that share one scale."""
    mappable = ScalarMappable(Normalize(*limits), colours)
    finer_upwards(panel.colorbar(mappable, ax=list(subplots), extend="both"), label)
