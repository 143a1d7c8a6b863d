"""Figures of slices: one map, several on one scale, the density with the mask."""

from __future__ import annotations

from typing import Callable, List, Optional, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase

from ..errors import InputError
from ..files.loading import Results
from .drawing.planes import (
    Marked,
    Plane,
    choose_planes,
    draw_planes,
    figure_of_planes,
    grid_of,
    height_of,
    legend_of_voxels,
    not_resolved,
    outline,
)
from .drawing.style import (
    ANISOTROPY_COLOURS,
    RELATIVE_COLOURS,
    RESOLUTION_COLOURS,
    RESOLUTION_MAPS,
    TITLES,
    TWO_COLUMNS,
    Limits,
    anisotropy_limits,
    checked_limits,
    colours_of,
    finer_upwards,
    from_zero,
    new_figure,
    plain,
    robust_limits,
    shared_limits,
    styled,
)
from .drawing.unresolved import BOUND, UNRESOLVED, anisotropy_is_bound, unresolved_voxels

__all__ = ["along", "density", "difference", "map_slices"]


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
        resolution = name in RESOLUTION_MAPS
        low, high = checked_limits(
            limits,
            lambda: shared_limits([results]) if resolution else anisotropy_limits(results),
        )
        colours = colours_of(cmap, RESOLUTION_COLOURS if resolution else ANISOTROPY_COLOURS)
        hatched = not_resolved(results, name) if resolution else _hatched_anisotropy(results)
        figure, subplots, image = figure_of_planes(
            results,
            TITLES[name],
            planes,
            results.volumes[name],
            hatched=hatched,
            cmap=colours,
            vmin=low,
            vmax=high,
        )
        bar = figure.colorbar(image, ax=subplots, extend="both" if resolution else "max")
        if resolution:
            finer_upwards(bar, f"{TITLES[name]} (Å)")
        else:
            bar.set_label("Half of 83rd less 17th percentile\nover axes (Å)")
        legend_of_voxels(
            figure, results, planes, hatched, "Lower bound: a sixth of the axes not resolved"
        )
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


def _hatched_anisotropy(results: Results) -> Marked:
    """Voxels without anisotropy, as they are not resolved, and those with a lower bound of it."""
    table, none = results.read_table(), unresolved_voxels(results, "highest")
    bound = table.volume(anisotropy_is_bound(results)) > 0
    return [(none, UNRESOLVED), (bound & ~none, BOUND)]


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
    low, high = checked_limits(limits, lambda: robust_limits([results], names))
    colours = colours_of(cmap, RESOLUTION_COLOURS)
    planes = choose_planes(results.mask, axis, slices)
    figure = new_figure(TWO_COLUMNS, len(names) * height_of(planes) + 0.25)
    figure.suptitle(f"Resolution along single axes: {plain(results.name)}")
    for panel, name in zip(np.atleast_1d(figure.subfigures(len(names), 1)), names):
        vector = ", ".join(name.split("_")[1:])
        scale = {"cmap": colours, "vmin": low, "vmax": high}
        hatched = not_resolved(results, name)
        _row(panel, results, planes, results.volumes[name], f"Along {vector} (Å)", scale, hatched)
        legend_of_voxels(panel, results, planes, hatched)
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
    low, high = checked_limits(limits, lambda: robust_limits([results], ["adr", "monores"]))
    change, either = adr - monores, not_resolved(results, "adr", "monores")
    both = results.mask & ~either[0][0]
    reach = max(from_zero(np.abs(change[both]))[1], 0.1)
    figure = new_figure(TWO_COLUMNS, 3 * height_of(planes) + 0.25)
    figure.suptitle(f"ADR beside MonoRes: {plain(results.name)}")
    panels = figure.subfigures(3, 1)
    scale = {"cmap": colours_of(cmap, RESOLUTION_COLOURS), "vmin": low, "vmax": high}
    _row(panels[0], results, planes, adr, "ADR (Å)", scale, not_resolved(results, "adr"))
    hatched = not_resolved(results, "monores")
    _row(panels[1], results, planes, monores, "MonoRes (Å)", scale, hatched)
    scale = {"cmap": colours_of(None, RELATIVE_COLOURS), "vmin": -reach, "vmax": reach}
    label = "ADR less MonoRes (Å)"
    subplots = _row(panels[2], results, planes, change, label, scale, either)
    # No difference is as white as the outside.
    outline(subplots, results, planes, "0.5")
    legend_of_voxels(panels[2], results, planes, either)
    return figure


def _row(
    panel: FigureBase,
    results: Results,
    planes: Sequence[Plane],
    box: np.ndarray,
    label: str,
    scale: dict,
    hatched: Marked,
) -> List[Axes]:
    subplots = grid_of(panel, len(planes))
    images = draw_planes(subplots, results, planes, box, hatched=hatched, **scale)
    finer_upwards(panel.colorbar(images[0], ax=subplots, extend="both"), label)
    return subplots


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
    whole = {"window": slice(0, len(box)), "masked": False}
    scale = {"cmap": colours_of(cmap, "gray_r"), "vmin": low, "vmax": high}
    figure, subplots, image = figure_of_planes(
        results, "Map and outline of the mask", planes, box, **whole, **scale
    )
    outline(subplots, results, planes, "#D55E00")
    figure.colorbar(image, ax=subplots, extend="both").set_label("Density (units of the map)")
    return figure
