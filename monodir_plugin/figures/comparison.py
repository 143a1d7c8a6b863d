"""Several results side by side: slices, axes, curves and a table of medians and slopes."""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, FigureBase

from ..diagnosis.atoms import finest_and_coarsest
from ..errors import InputError
from ..files.loading import Results
from ..numerics.reduction.result_maps import MAIN_MAP, ResultMap, curve_maps, displayed_maps
from .curves import draw_curves
from .directions.polar import (
    AXES_NOT_VIEWS,
    SPAN,
    counts_sentence,
    draw_disc,
    median_axis,
    spread_of_axes,
    spread_sentence,
    states_of,
)
from .drawing.layout import one_plot, several_discs, several_plots
from .drawing.planes import ADR_BOUND, adr_marks, choose_planes, draw_planes, window_of
from .drawing.style import (
    ONE_COLUMN,
    RELATIVE_COLOURS,
    RESOLUTION_COLOURS,
    Limits,
    checked_limits,
    colours_of,
    explain,
    mark_ratios,
    new_figure,
    plain,
    robust_limits,
    scale_bar,
    styled,
)
from .drawing.unresolved import BOUND, UNRESOLVED, at_limit, legend_below, number_of_axes

__all__ = ["JUDGED", "Finding", "compare", "findings"]

#: What a better map looks like beside a worse one.
JUDGED = (
    "Better: finer slices of ADR without hatching, a paler disc, curves closer together and "
    "flatter, a smaller spread of axes and anisotropy.\n"
    "Only maps of one particle, with the same mask and settings, can be compared."
)

_ROW_HEIGHTS = (1.6, 2.9, 2.6)
#: Height of a row of the table, inches.
_ROW = 0.15
#: Height of the sentences below the table, inches.
_BELOW_TABLE = 0.3
#: Points between slices and the names of results, which are above the titles of the slices.
_NAME_ABOVE = 14.0
_LENGTHS = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)


class Finding(NamedTuple):
    """One row of the table: a quantity, its unit, and a value for each of the results."""

    what: str
    unit: str
    values: Tuple[float, ...]

    def texts(self, decimals: int = 2) -> List[str]:
        """The values as text with some decimals, slopes with three; or why there is none."""
        missing = "not fitted" if self.unit == "Å/Å" else "not resolved"
        digits = {"Å/Å": 3, "number": 0}.get(self.unit, decimals)
        # Zero is added to what is rounded, so that there is no negative zero.
        return [
            f"{round(value, digits) + 0.0:.{digits}f}" if np.isfinite(value) else missing
            for value in self.values
        ]


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

    def row(what: str, unit: str, value: Callable[[Results], float]) -> Finding:
        return Finding(what, unit, tuple(float(value(found)) for found in results))

    rows = [
        row("Voxel size", "Å", lambda r: r.sampling),
        row("Median axis", "Å", lambda r: median_axis(r) or np.nan),
        row("Coarsest over finest axis", "ratio", _ratio_of_axes),
        row("Spread of axes", "%", lambda r: 100 * spread_of_axes(r)),
        row("Pairs not resolved", "%", lambda r: 100 * r.summary["unresolved_share"]),
        row("Axes without data", "number", lambda r: np.count_nonzero(~r.with_data)),
    ]
    # Maps of resolution first.
    for entry in sorted(displayed_maps(), key=lambda entry: not entry.is_resolution):
        what = f"Median {_lower(entry.label)}"
        rows.append(Finding(what, entry.unit, tuple(_median(r, entry) for r in results)))
    for entry in curve_maps():
        what = f"Slope of {_lower(entry.short_label)} curve"
        rows.append(Finding(what, "Å/Å", tuple(_slope(r, entry) for r in results)))
    return rows


def _median(results: Results, entry: ResultMap) -> float:
    """Median of a map; NaN where at least half of its voxels are not resolved."""
    median = float(np.median(results.values(entry.name)))
    return np.nan if entry.is_resolution and at_limit(results, median) else median


def _slope(results: Results, entry: ResultMap) -> float:
    """Slope of a curve; NaN also where at least half of the voxels are not resolved."""
    known = np.isfinite(_median(results, entry))
    return results.slopes.get(entry.name, {}).get("slope", np.nan) if known else np.nan


def _ratio_of_axes(results: Results) -> float:
    """Coarsest over finest axis, the same as in the summary of the run."""
    along = np.where(states_of(results).resolved, results.axis_resolution, np.nan)
    finest, coarsest = finest_and_coarsest(along, results.axes)
    if finest is None or coarsest is None:
        return np.nan
    return float(along[coarsest] / along[finest])


def _lower(label: str) -> str:
    """A label inside a sentence: names such as ADR and MonoRes keep their capitals."""
    return label if any(letter.isupper() for letter in label[1:]) else label.lower()


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
        Their names in the figure.
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
        raise InputError("compare: give at least two folders of results")
    rows = findings(results)
    heights = (*_ROW_HEIGHTS, _ROW * (len(rows) + 2) + _BELOW_TABLE)
    figure = new_figure(ONE_COLUMN * len(results) + 0.5, sum(heights) + 0.2)
    figure.suptitle(_title(results))
    panels = figure.subfigures(4, 1, height_ratios=heights)
    _slices(panels[0], results, names, axis, slices, limits, cmap)
    _discs(panels[1], results, names)
    _curves(panels[2], results)
    _table(one_plot(panels[3]), rows, names)
    explain(panels[3], JUDGED)
    return figure


def _title(results: Sequence[Results]) -> str:
    """The title, with the settings in which the results differ."""
    settings = [dict(found.summary["parameters"]) for found in results]
    unlike = [
        key.replace("_", " ")
        for key, value in settings[0].items()
        if key != "along" and any(other.get(key) != value for other in settings)
    ]
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
    """Draw slices of every result beside each other, with the same size and colours."""
    scale = checked_limits(limits, lambda: robust_limits(results, [MAIN_MAP]))
    colours = colours_of(cmap, RESOLUTION_COLOURS)
    planes = [choose_planes(found.mask, axis, slices) for found in results]
    plots = several_plots(panel, 1, sum(map(len, planes)))
    reach = max(_reach(found) for found in results)
    first = 0
    for found, name, chosen in zip(results, names, planes):
        group, first = plots[first : first + len(chosen)], first + len(chosen)
        draw_planes(
            group,
            found,
            chosen,
            found.volumes[MAIN_MAP],
            hatched=adr_marks(found),
            cmap=colours,
            vmin=scale[0],
            vmax=scale[1],
        )
        for plot, plane in zip(group, chosen):
            position = plot.get_title().split("(")[0].strip()
            plot.set(xlim=(-reach, reach), ylim=(-reach, reach))
            plot.set_title(f"{''.join(plane.sides)}, {position}", fontsize=6)
            plot.set_axis_off()
        _name_group(group, f"ADR: {plain(name)}")
        _draw_length(group[0], reach)
    # The room for the names.
    panel.suptitle(" ", fontsize=6)
    scale_bar(panel, plots, colours, scale, "ADR (Å)")
    words = {UNRESOLVED: "Hatched: not resolved", BOUND: ADR_BOUND}
    shown = {
        how
        for found, chosen in zip(results, planes)
        for box, how in adr_marks(found)
        if any(plane.of(box).any() for plane in chosen)
    }
    legend_below(panel, {text: how for how, text in words.items() if how in shown})


def _name_group(group: Sequence[Axes], name: str) -> None:
    """Write a name above the titles of some slices, over the middle of all of them."""
    # Above the first slice, a long name would begin beyond the edge of the figure.
    text = group[(len(group) - 1) // 2].annotate(
        name,
        (0.5, 1.0),
        (0.0, _NAME_ABOVE),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        fontsize=6,
    )
    # It is wider than a slice, which must not make the slices smaller.
    text.set_in_layout(False)


def _reach(results: Results) -> float:
    """Distance in Å from the centre of the box to the farther end of the window about the mask."""
    window, middle = window_of(results.mask), len(results.mask) // 2
    return max(middle - window.start, window.stop - 1 - middle) * results.sampling


def _draw_length(plot: Axes, reach: float) -> None:
    """Draw a scale bar of a round length in the lower left corner, at most a third of the slice."""
    shorter = [length for length in _LENGTHS if length <= 2 * reach / 3]
    length = max(shorter, default=_LENGTHS[0])
    start, level = -0.95 * reach, -0.95 * reach
    plot.plot([start, start + length], [level, level], color="0.1", linewidth=1.5)
    plot.text(start + length / 2, level + 0.05 * reach, f"{length:g} Å", ha="center", fontsize=6)


def _discs(panel: FigureBase, results: Sequence[Results], names: Sequence[str]) -> None:
    plots = several_discs(panel, len(results))
    for plot, found, name in zip(plots, results, names):
        draw_disc(plot, found, title=plain(name))
        sentences = spread_sentence(found, marked=False), counts_sentence(found)
        text = "\n".join(sentences) + _hatched_axes(found)
        plot.set_xlabel(text, fontsize=6, labelpad=4)
    mappable = ScalarMappable(LogNorm(1 / SPAN, SPAN), colours_of(None, RELATIVE_COLOURS))
    bar = panel.colorbar(mappable, ax=list(plots), extend="both", shrink=0.8)
    mark_ratios(bar, (1 / SPAN, SPAN), lambda ratio: f"{ratio:.2f}")
    bar.set_label("Median resolution along the axis\nover that of the median axis,\nfiner upwards")
    bar.ax.invert_yaxis()
    explain(panel, AXES_NOT_VIEWS.replace("\n", " "))


def _hatched_axes(results: Results) -> str:
    """Explanation of the hatching of a disc, one line for each kind."""
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
    plots = several_plots(panel, 1, len(results), sharex=True, sharey=True)
    far = 0.0
    for plot, found in zip(plots, results):
        draw_curves(plot, found)
        far = max(far, plot.get_xlim()[1])
        if plot is not plots[0]:
            plot.set_ylabel("")
    low, high = sorted(plots[0].get_ylim())
    plots[0].set(xlim=(0, far), ylim=(high, low))


def _table(plot: Axes, rows: Sequence[Finding], names: Sequence[str]) -> None:
    plot.set_axis_off()
    # Matplotlib before 3.8 takes no Bbox here.
    place: Any = (0.25, 0.0, 0.75, 1.0)
    table = plot.table(
        cellText=[row.texts() for row in rows],
        rowLabels=[f"{row.what} ({row.unit})" for row in rows],
        colLabels=[plain(name) for name in names],
        cellLoc="center",
        edges="horizontal",
        bbox=place,
    )
    table.auto_set_font_size(False)
    table.set_fontsize(6.5)
    for cell in table.get_celld().values():
        cell.set_linewidth(0.3)
