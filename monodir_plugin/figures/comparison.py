"""Several results side by side: slices, axes, curves and a table of what was found."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, FigureBase

from ..errors import InputError
from ..files.loading import Results
from .curves import draw_curves
from .drawing.planes import choose_planes, draw_planes, not_resolved, window_of
from .drawing.style import (
    CURVES,
    ONE_COLUMN,
    RELATIVE_COLOURS,
    RESOLUTION_COLOURS,
    TITLES,
    Limits,
    checked_limits,
    colours_of,
    explain,
    new_figure,
    plain,
    robust_limits,
    scale_bar,
    styled,
)
from .drawing.unresolved import UNRESOLVED, at_limit, legend_below, number_of_axes
from .polar import (
    AXES_NOT_VIEWS,
    SPAN,
    counts_sentence,
    draw_disc,
    median_axis,
    spread_of_axes,
    spread_sentence,
    states_of,
)

__all__ = ["Finding", "compare", "findings"]

_ROW_HEIGHTS = (1.6, 2.9, 2.6)
_LINE = 0.15
_LENGTHS = np.array([5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0])


class Finding(NamedTuple):
    """One line of the table: what, in which unit, and a value for each of the results."""

    what: str
    unit: str
    values: Tuple[float, ...]


def findings(results: Sequence[Results]) -> List[Finding]:
    """Medians, shares and slopes of some results.

    Parameters
    ----------
    results : sequence of Results

    Returns
    -------
    list of Finding
        NaN where a slope could not be fitted, and where half of the mask or more is not resolved.
    """

    def line(what: str, unit: str, of: object) -> Finding:
        return Finding(what, unit, tuple(float(of(found)) for found in results))

    lines = [
        line("Voxel size", "Å", lambda found: found.sampling),
        line("Median axis", "Å", lambda r: median_axis(r) or np.nan),
        line("Coarsest over finest axis", "ratio", _ratio_of_axes),
        line("Spread of axes", "%", lambda r: 100 * spread_of_axes(r)),
        line("Pairs not resolved", "%", _percent_unresolved),
        line("Axes without data", "number", lambda r: np.sum(~r.with_data)),
    ]
    for name, title in TITLES.items():
        lines.append(line(f"Median {_lower(title)}", "Å", lambda r, name=name: _median(r, name)))
    for name, (label, _) in CURVES.items():
        lines.append(
            line(
                f"Slope of {_lower(label)} curve",
                "Å/Å",
                lambda r, name=name: _slope(r, name),
            )
        )
    return lines


def _median(results: Results, name: str) -> float:
    median = float(np.median(results.values(name)))
    return np.nan if name != "anisotropy" and at_limit(results, median) else median


def _slope(results: Results, name: str) -> float:
    """Slope of a curve; NaN where most of its voxels are not resolved, too."""
    known = np.isfinite(_median(results, name))
    return results.slopes.get(name, {}).get("slope", np.nan) if known else np.nan


def _ratio_of_axes(results: Results) -> float:
    """Coarsest over finest axis, of those that have a resolution."""
    known = results.axis_resolution[states_of(results).resolved]
    return float(known.max() / known.min()) if len(known) else np.nan


def _percent_unresolved(results: Results) -> float:
    return 100 * results.summary["unresolved_share"]


def _lower(title: str) -> str:
    return title if title.startswith(("ADR", "MonoRes")) else title.lower()


@styled
def compare(
    results: Sequence[Results],
    names: Sequence[str],
    axis: Optional[str] = None,
    slices: Optional[Sequence[int]] = None,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
) -> Figure:
    """Results side by side: ADR on one scale, axes on one scale of ratios, curves, a table.

    Parameters
    ----------
    results : sequence of Results
        Two or more.
    names : sequence of str
        What to call them.
    axis, slices
        As for :func:`monodir_plugin.figures.drawing.planes.choose_planes`.
    limits : tuple of float, optional
        Å at the ends of the scale of ADR; default: percentiles inside all masks.
    cmap : str, optional
        Name of a colour map of Matplotlib, for ADR.

    Raises
    ------
    InputError
        If there are fewer than two.
    """
    if len(results) < 2:
        raise InputError("compare: name at least two folders of results")
    lines = findings(results)
    heights = (*_ROW_HEIGHTS, _LINE * (len(lines) + 2))
    figure = new_figure(ONE_COLUMN * len(results) + 0.5, sum(heights) + 0.2)
    figure.suptitle(_title(results))
    panels = figure.subfigures(4, 1, height_ratios=heights)
    _slices(panels[0], results, names, axis, slices, limits, cmap)
    _discs(panels[1], results, names)
    _curves(panels[2], results)
    _table(panels[3].subplots(), lines, names)
    return figure


def _title(results: Sequence[Results]) -> str:
    """Tells when the results were not measured alike."""
    settings = [found.summary["parameters"] for found in results]
    unlike = [key for key in settings[0] if any(s.get(key) != settings[0][key] for s in settings)]
    unlike = [key.replace("_", " ") for key in unlike if key != "along"]
    return f"Comparison (settings differ: {', '.join(unlike)})" if unlike else "Comparison"


def _slices(
    panel: FigureBase,
    results: Sequence[Results],
    names: Sequence[str],
    axis: Optional[str],
    slices: Optional[Sequence[int]],
    limits: Optional[Limits],
    cmap: Optional[str],
) -> None:
    """Slices of every result beside each other, all with the same sides and colours."""
    scale = checked_limits(limits, lambda: robust_limits(results, ["adr"]))
    colours = colours_of(cmap, RESOLUTION_COLOURS)
    planes = [choose_planes(found.mask, axis, slices) for found in results]
    plots = panel.subplots(1, sum(map(len, planes)), squeeze=False)[0]
    groups = np.split(plots, np.cumsum([len(group) for group in planes])[:-1])
    reach = max(_reach(found) for found in results)
    for group, found, name, chosen in zip(groups, results, names, planes):
        draw_planes(
            group,
            found,
            chosen,
            found.volumes["adr"],
            hatched=not_resolved(found, "adr"),
            cmap=colours,
            vmin=scale[0],
            vmax=scale[1],
        )
        for plot, plane in zip(group, chosen):
            position = plot.get_title().split("(")[0].strip()
            plot.set(xlim=(-reach, reach), ylim=(-reach, reach))
            plot.set_title(f"{''.join(plane.sides)}, {position}", fontsize=6)
            plot.set_axis_off()
        group[0].set_title(f"ADR: {plain(name)}\n{group[0].get_title()}", fontsize=6)
        _draw_length(group[0], reach)
    scale_bar(panel, plots, colours, scale, "ADR (Å)")
    if any(not_resolved(found, "adr")[0][0].any() for found in results):
        legend_below(panel, {"Hatched: not resolved": UNRESOLVED})


def _reach(results: Results) -> float:
    """Å from the box's centre to the far side of the window about the mask."""
    window, middle = window_of(results.mask), len(results.mask) // 2
    return max(middle - window.start, window.stop - 1 - middle) * results.sampling


def _draw_length(plot: Axes, reach: float) -> None:
    """A bar of a round length in the lower left corner, about a third of the slice long."""
    length = max(_LENGTHS[2 * reach / 3 >= _LENGTHS], default=_LENGTHS[0])
    start, level = -0.95 * reach, -0.95 * reach
    plot.plot([start, start + length], [level, level], color="0.1", linewidth=1.5)
    plot.text(start + length / 2, level + 0.05 * reach, f"{length:g} Å", ha="center", fontsize=6)


def _discs(panel: FigureBase, results: Sequence[Results], names: Sequence[str]) -> None:
    plots = panel.subplots(1, len(results), squeeze=False, subplot_kw={"projection": "polar"})[0]
    for plot, found, name in zip(plots, results, names):
        draw_disc(plot, found, title=plain(name))
        words = f"{spread_sentence(found)} {counts_sentence(found)}{_hatched_axes(found)}"
        plot.set_xlabel(words, fontsize=6, labelpad=4)
    mappable = ScalarMappable(LogNorm(1 / SPAN, SPAN), colours_of(None, RELATIVE_COLOURS))
    bar = panel.colorbar(mappable, ax=list(plots), extend="both", shrink=0.8)
    ratios = np.geomspace(1 / SPAN, SPAN, 5)
    bar.set_ticks(ratios, labels=[f"{ratio:.2f}" for ratio in ratios], minor=False)
    bar.ax.minorticks_off()
    bar.set_label("Median resolution along the axis\nover that of the median axis,\nfiner upwards")
    bar.ax.invert_yaxis()
    explain(panel, AXES_NOT_VIEWS.replace("\n", " "))


def _hatched_axes(results: Results) -> str:
    """What is hatched in a disc, a line each."""
    states = states_of(results)
    kinds = (
        ("Grey", "most voxels not resolved", states.unresolved),
        ("White", "no data", states.without_data),
    )
    return "".join(
        f"\n{colour}, hatched: {what} ({number_of_axes(which)})."
        for colour, what, which in kinds
        if which.any()
    )


def _curves(panel: FigureBase, results: Sequence[Results]) -> None:
    plots = panel.subplots(1, len(results), squeeze=False, sharex=True, sharey=True)[0]
    far = 0.0
    for plot, found in zip(plots, results):
        draw_curves(plot, found)
        far = max(far, plot.get_xlim()[1])
        if plot is not plots[0]:
            plot.set_ylabel("")
    low, high = sorted(plots[0].get_ylim())
    plots[0].set(xlim=(0, far), ylim=(high, low))


def _cell(unit: str, value: float) -> str:
    if not np.isfinite(value):
        return "not fitted" if unit == "Å/Å" else "not resolved"
    digits = {"Å/Å": 3, "number": 0}.get(unit, 2)
    return f"{value:.{digits}f}"


def _table(plot: Axes, lines: Sequence[Finding], names: Sequence[str]) -> None:
    plot.set_axis_off()
    table = plot.table(
        cellText=[[_cell(line.unit, value) for value in line.values] for line in lines],
        rowLabels=[f"{f.what} ({f.unit})" for f in lines],
        colLabels=[plain(name) for name in names],
        cellLoc="center",
        edges="horizontal",
        bbox=(0.25, 0.0, 0.75, 1.0),
    )
    table.auto_set_font_size(False)
    table.set_fontsize(6.5)
    for cell in table.get_celld().values():
        cell.set_linewidth(0.3)
