"""Figures of slices: one map, several maps on one scale, the density with the mask."""

from __future__ import annotations

from textwrap import fill
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure, FigureBase

from ...errors import InputError
from ...files.loading import Results
from ...numerics.reduction.result_maps import MAIN_MAP, RESULT_MAPS, ResultMap
from ..directions.polar import chance_of_axes, range_text
from ..drawing.alike_axes import COMPARED, UNKNOWN, alike_maps, mark_chance, mark_range
from ..drawing.planes import (
    ADR_BOUND,
    LEGEND,
    Marked,
    Plane,
    adr_marks,
    choose_planes,
    draw_planes,
    figure_of_planes,
    grid_of,
    height_of,
    legend_of_voxels,
    not_resolved,
    outline,
)
from ..drawing.style import (
    RELATIVE_COLOURS,
    RESOLUTION_COLOURS,
    TWO_COLUMNS,
    Limits,
    checked_limits,
    colours_of,
    colours_of_map,
    default_limits,
    finer_upwards,
    from_zero,
    new_figure,
    plain,
    robust_limits,
    styled,
)
from ..drawing.unresolved import BOUND, UNRESOLVED, at_limit, is_bound, unresolved_voxels

__all__ = ["along", "density", "difference", "map_slices"]

#: The two maps whose difference is drawn.
_COMPARED = ("adr", "monores")


#: Height of a title of a row of slices, and its distance from those of the slices, inches.
_ROW_TITLE, _ROW_GAP = 0.3, 0.08
#: Characters of a line beside a colour bar.
_BAR_LABEL = 34


def map_slices(entry: ResultMap) -> Callable[..., Figure]:
    """The function that draws slices of a map."""

    @styled
    def draw(
        results: Results,
        axis: Optional[str] = None,
        slices: Optional[Sequence[int]] = None,
        limits: Optional[Limits] = None,
        cmap: Optional[str] = None,
    ) -> Figure:
        planes = choose_planes(results.mask, axis, slices)
        low, high = checked_limits(limits, lambda: default_limits(results, entry))
        hatched = _hatched(results, entry)
        figure, panel, subplots, image = figure_of_planes(
            results,
            entry.label,
            planes,
            results.volumes[entry.name],
            hatched=hatched,
            cmap=colours_of(cmap, colours_of_map(entry.name)),
            vmin=low,
            vmax=high,
        )
        bar = panel.colorbar(image, ax=subplots, extend="both" if entry.is_resolution else "max")
        if entry.is_resolution:
            finer_upwards(bar, f"{entry.label} ({entry.unit})")
        else:
            definition = f"{entry.definition[:1].upper()}{entry.definition[1:]} ({entry.unit})"
            bar.set_label(fill(definition, _BAR_LABEL))
        _explain_chance(figure, bar, results, entry)
        bound = (
            f"Lower bound: {100 * (entry.bound_share or 0):.0f} % or more of the axes not resolved"
            if entry.name != MAIN_MAP
            else ADR_BOUND
        )
        legend_of_voxels(panel, results, planes, hatched, bound)
        return figure

    draw.__name__ = entry.name
    draw.__doc__ = f"""Slices of the map ``{entry.name}``.

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


def _explain_chance(figure: Figure, bar: Colorbar, results: Results, entry: ResultMap) -> None:
    """Mark on the scale what chance alone gives, and write both medians below the title."""
    median = float(np.median(results.values(entry.name)))
    resolved = not (entry.is_resolution and at_limit(results, median))
    sentence = f"Median {median:.2f} {entry.unit}" if resolved else "Median not resolved"
    alike = alike_maps(results) if entry.name in COMPARED else None
    if alike is not None:
        expected = _expected(results, bar, entry, float(np.median(alike.values[entry.name])))
        sentence += f"; {expected} by chance, if at every voxel all axes were alike"
    elif entry.name in COMPARED:
        sentence += f"; {UNKNOWN} (no orange mark)"
    figure.suptitle(f"{entry.label}: {plain(results.name)}\n{sentence}")


def _expected(results: Results, bar: Colorbar, entry: ResultMap, chance: float) -> str:
    """Mark the median that chance alone gives on the scale, and return it as text."""
    if entry.is_resolution and at_limit(results, chance):
        return "also not resolved"
    return f"{chance:.2f} {entry.unit} ({mark_chance(bar, chance)})"


def _hatched(results: Results, entry: ResultMap) -> Marked:
    """Voxels that are not resolved, and those whose value is a bound."""
    if entry.name == MAIN_MAP:
        return adr_marks(results)
    if entry.is_resolution:
        return not_resolved(results, entry.name)
    none = unresolved_voxels(results, "highest")
    return [(none, UNRESOLVED), (is_bound(results, entry) & ~none, BOUND)]


@styled
def along(
    results: Results,
    axis: Optional[str] = None,
    slices: Optional[Sequence[int]] = None,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
) -> Figure:
    """Slices of the resolution along each axis of ``--along``, on one scale.

    Parameters
    ----------
    results, axis, slices, limits, cmap
        As for the other slices.

    Raises
    ------
    InputError
        If the run has no such axis.
    """
    names = results.along()
    if not names:
        raise InputError(
            f"{results.name}: the results have no maps along single axes; "
            "run monodir run with --along X,Y,Z"
        )
    low, high = checked_limits(limits, lambda: robust_limits([results], names))
    colours = colours_of(cmap, RESOLUTION_COLOURS)
    planes = choose_planes(results.mask, axis, slices)
    marked = [not_resolved(results, name) for name in names]
    legends = sum(LEGEND for row in marked if any(voxels.any() for voxels, _ in row))
    height = len(names) * (height_of(planes) + _ROW_TITLE) + legends + 0.25
    figure = new_figure(TWO_COLUMNS, height)
    figure.set_layout_engine("constrained", h_pad=_ROW_GAP)
    figure.suptitle(f"Resolution along single axes: {plain(results.name)}")
    chance = chance_of_axes(results)
    panels = np.atleast_1d(figure.subfigures(len(names), 1))
    for panel, name, hatched in zip(panels, names, marked):
        vector = ", ".join(name.split("_")[1:])
        median = float(np.median(results.values(name)))
        resolved = not at_limit(results, median)
        found = f"median {median:.1f} Å" if resolved else "mostly not resolved"
        scale = {"cmap": colours, "vmin": low, "vmax": high}
        box = results.volumes[name]
        _, bar = _row(panel, results, planes, box, f"Along {vector} (Å)", scale, hatched)
        panel.suptitle(f"Along {vector}: {found}{_expected_of_axis(bar, chance)}", fontsize=7)
        legend_of_voxels(panel, results, planes, hatched)
    return figure


def _expected_of_axis(bar: Colorbar, chance: Optional[Limits]) -> str:
    """Mark between which medians two thirds of equal axes lie, and say it."""
    if chance is None:
        return ""
    mark_range(bar, chance)
    return (
        f"; by chance, two thirds of the axes {range_text(*chance)} (orange bar), if all were alike"
    )


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
    first, second = (RESULT_MAPS[name] for name in _COMPARED)
    adr, monores = (results.volumes[name] for name in _COMPARED)
    low, high = checked_limits(limits, lambda: robust_limits([results], _COMPARED))
    change, either = adr - monores, not_resolved(results, *_COMPARED)
    both = results.mask & ~either[0][0]
    reach = max(from_zero(np.abs(change[both]))[1], 0.1)
    figure = new_figure(TWO_COLUMNS, 3 * height_of(planes) + _ROW_TITLE + 0.25)
    figure.set_layout_engine("constrained", h_pad=_ROW_GAP)
    figure.suptitle(f"{first.label} beside {second.label}: {plain(results.name)}")
    panels = figure.subfigures(3, 1)
    scale = {"cmap": colours_of(cmap, RESOLUTION_COLOURS), "vmin": low, "vmax": high}
    for panel, entry in zip(panels, (first, second)):
        box, hatched = results.volumes[entry.name], not_resolved(results, entry.name)
        _row(panel, results, planes, box, f"{entry.label} (Å)", scale, hatched)
    scale = {"cmap": colours_of(None, RELATIVE_COLOURS), "vmin": -reach, "vmax": reach}
    label = f"{first.label} less {second.label} (Å)"
    subplots, bar = _row(panels[2], results, planes, change, label, scale, either)
    sentence = f"Median difference {np.median(change[results.mask]):.2f} Å"
    alike = alike_maps(results)
    if alike is not None:
        by_chance = alike.values[first.name] - results.values(second.name)[alike.places]
        expected = float(np.median(by_chance))
        marked = mark_chance(bar, expected)
        sentence += (
            f"; {expected:.2f} Å ({marked}) by chance, if at every voxel all axes were alike"
        )
    panels[2].suptitle(sentence, fontsize=7)
    # A difference of zero is as white as voxels outside the mask.
    outline(subplots, results, planes, "0.5")
    legend_of_voxels(panels[2], results, planes, either)
    return figure


def _row(
    panel: FigureBase,
    results: Results,
    planes: Sequence[Plane],
    box: np.ndarray,
    label: str,
    scale: Dict[str, Any],
    hatched: Marked,
) -> Tuple[List[Axes], Colorbar]:
    subplots = grid_of(panel, len(planes))
    images = draw_planes(subplots, results, planes, box, hatched=hatched, **scale)
    bar = panel.colorbar(images[0], ax=subplots, extend="both")
    finer_upwards(bar, label)
    return subplots, bar


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
        Densities; default: the 0.1st and the 99.9th percentile of the box.
    map_path : str, optional
        Present path of the map, if it was moved.
    """
    box = results.read_density(map_path).values
    planes = choose_planes(results.mask, axis, slices)
    darkest, brightest = (float(value) for value in np.percentile(box, (0.1, 99.9)))
    low, high = checked_limits(limits, lambda: (darkest, brightest))
    whole = {"window": slice(0, len(box)), "masked": False}
    scale = {"cmap": colours_of(cmap, "gray_r"), "vmin": low, "vmax": high}
    figure, panel, subplots, image = figure_of_planes(
        results, "Map and outline of the mask", planes, box, **whole, **scale
    )
    outline(subplots, results, planes, "#D55E00")
    panel.colorbar(image, ax=subplots, extend="both").set_label("Density (units of the map)")
    return figure
