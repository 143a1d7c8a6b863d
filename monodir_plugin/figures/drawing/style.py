"""The common style of all figures: sizes and fonts of a journal's page, colours, scales.

Widths are those of one and of two columns of a journal (89 and 180 mm), so that
fonts are legible as drawn.

Figures do not depend on the user's ``matplotlibrc``: they are made and drawn with Matplotlib's
own defaults and the settings of this module.
"""

from __future__ import annotations

import functools
from textwrap import wrap
from typing import Any, Callable, ContextManager, Dict, List, Optional, Sequence, Tuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, LogNorm, Normalize
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ...errors import InputError
from ...files.loading import Results
from ...numerics.reduction.result_maps import RESULT_MAPS, ResultMap, curve_maps, resolution_names
from .unresolved import at_limit, resolved_values

__all__ = [
    "ANISOTROPY_COLOURS",
    "COUNT_COLOURS",
    "Limits",
    "ONE_COLUMN",
    "RELATIVE_COLOURS",
    "RESOLUTION_COLOURS",
    "TWO_COLUMNS",
    "anisotropy_limits",
    "checked_limits",
    "colours_of",
    "colours_of_map",
    "common_settings",
    "curve_styles",
    "default_limits",
    "explain",
    "finer_upwards",
    "from_zero",
    "judge",
    "mark_ratios",
    "new_figure",
    "nyquist",
    "plain",
    "robust_limits",
    "scale_bar",
    "shared_limits",
    "steady_ticks",
    "styled",
    "within_ends",
]

Limits = Tuple[float, float]

#: Widths in inches.
ONE_COLUMN, TWO_COLUMNS = 3.5, 7.1
#: Fine resolution and great anisotropy are light, but no colour is as white as the outside.
RESOLUTION_COLOURS = "viridis_r"
ANISOTROPY_COLOURS = "plasma"
COUNT_COLOURS = "cividis"
#: Finer than the reference is blue, coarser red; the colour-blind can distinguish them.
RELATIVE_COLOURS = "RdBu_r"
#: Okabe and Ito's colours, which the colour-blind can distinguish.
_CURVE_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
#: Settings of the process and of its windows, which do not change what a figure looks like.
_OF_THE_PROCESS = (
    *("backend", "date.", "docstring.", "figure.max_open_warning", "figure.raise_window"),
    *("interactive", "keymap.", "macosx.", "savefig.directory", "timezone", "tk.", "toolbar"),
    "webagg.",
)
_OWN: Dict[str, Any] = {
    "font.size": 7.0,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7.0,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "figure.titlesize": 8.5,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "monodir",
    "pdf.fonttype": 42,
    "hatch.linewidth": 0.5,
}
_DEFAULTS = {
    name: matplotlib.rcParamsDefault[name]
    for name in matplotlib.rcParamsDefault
    if not name.startswith(_OF_THE_PROCESS)
}
_SETTINGS: Dict[str, Any] = {**_DEFAULTS, **_OWN}
_SCREEN_DPI = 200
#: Letters of a name in a title of a figure of one column.
_LONGEST_NAME = 32
#: Intervals of the ticks of a colour bar.
_INTERVALS = 5
#: Letters of the label of a colour bar that goes on in a second line.
_LONG_LABEL = 22
_SCALE_QUANTILES = (2.0, 98.0)
_LEAST_SPAN = 0.5
#: A scale from zero ends at the second number if its values are no larger than the first.
_LEAST_VALUE, _FALLBACK = 1e-3, 0.1
#: Attribute of a panel: what :func:`explain` wrote below it.
_EXPLAINED = "_explained"
#: Letters of an explanation that fit into an inch, and the height of its lines in inches.
_LETTERS_PER_INCH, _LINE = 24.0, 0.1


def common_settings() -> ContextManager[None]:
    """The settings of all figures, for drawing into a figure later and for saving it."""
    return matplotlib.rc_context(_SETTINGS)


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw a figure with the common settings; those of the caller do not change."""

    @functools.wraps(draw)
    def wrapper(*args: Any, **kwargs: Any) -> Figure:
        with common_settings():
            return draw(*args, **kwargs)

    return wrapper


class _StyledFigure(Figure):
    """A figure that has the common settings also while it is drawn.

    Matplotlib makes ticks, and reads the width of hatches, only when a figure is drawn.
    """

    def draw(self, renderer: RendererBase) -> None:
        with common_settings():
            super().draw(renderer)


def new_figure(width: float, height: float) -> Figure:
    """A figure with a canvas of its own (inches): no window and no global state."""
    figure = _StyledFigure(figsize=(width, height), dpi=_SCREEN_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def plain(name: str) -> str:
    """A name for a title: without its middle if it is long, and dollar signs as they are.

    Matplotlib would read what is between dollar signs as a formula.
    """
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME // 2]}…{name[-(_LONGEST_NAME // 2) :]}"
    return name.replace("$", r"\$")


def robust_limits(results: Sequence[Results], names: Sequence[str]) -> Limits:
    """Limits in Å for some maps of resolution of some results together.

    The 2nd and the 98th percentile of the voxels that are resolved, at least half an Å apart.
    They are neither finer than Nyquist nor coarser than the coarse limit.
    """
    finest = min(nyquist(found) for found in results)
    coarsest = max(found.resolution_limits[1] for found in results)
    values = np.concatenate([resolved_values(found, name) for found in results for name in names])
    if not len(values):
        return finest, coarsest
    low, high = np.percentile(values, _SCALE_QUANTILES)
    return within_ends(float(low), float(high), _LEAST_SPAN, (finest, coarsest))


def within_ends(low: float, high: float, span: float, ends: Limits) -> Limits:
    """Limits that are widened to a span about their middle, and moved to lie within ends."""
    missing = max(span - (high - low), 0.0)
    low, high = low - missing / 2, high + missing / 2
    shift = max(ends[0] - low, 0.0) - max(high - ends[1], 0.0)
    return max(low + shift, ends[0]), min(high + shift, ends[1])


def nyquist(results: Results) -> float:
    """The resolution of the Nyquist frequency, Å: two voxels."""
    return 2 * results.sampling


def from_zero(values: np.ndarray) -> Limits:
    """From zero to the 98th percentile; to 0.1 where that is zero."""
    top = float(np.percentile(values, 98)) if len(values) else 0.0
    return 0.0, top if top > _LEAST_VALUE else _FALLBACK


def anisotropy_limits(results: Results, name: str = "anisotropy") -> Limits:
    """From zero to the 98th percentile of the voxels that are resolved along some axes, Å."""
    known = ~at_limit(results, results.values("highest"))
    return from_zero(results.values(name)[known])


def shared_limits(results: Sequence[Results]) -> Limits:
    """Limits in Å for all maps of resolution of some results, so that they can be compared.

    Parameters
    ----------
    results : sequence of Results

    Returns
    -------
    tuple of float
        As of :func:`robust_limits`.
    """
    return robust_limits(results, resolution_names())


def default_limits(results: Results, entry: ResultMap) -> Limits:
    """Limits in Å of one map: those of all maps of resolution, or those of an anisotropy."""
    if entry.is_resolution:
        return shared_limits([results])
    return anisotropy_limits(results, entry.name)


def colours_of_map(name: str) -> str:
    """The colour map of a map of results; maps along single axes are maps of resolution."""
    entry = RESULT_MAPS.get(name)
    return RESOLUTION_COLOURS if entry is None or entry.is_resolution else ANISOTROPY_COLOURS


def curve_styles() -> List[Tuple[ResultMap, str]]:
    """Maps that are drawn as radial curves, each with its colour."""
    entries = curve_maps()
    return [(entry, _CURVE_COLOURS[k % len(_CURVE_COLOURS)]) for k, entry in enumerate(entries)]


def checked_limits(limits: Optional[Limits], otherwise: Callable[[], Limits]) -> Limits:
    """The limits of the user, checked, or those of ``otherwise``."""
    if limits is None:
        return otherwise()
    low, high = limits
    if not (np.isfinite(limits).all() and low < high):
        raise InputError(f"limits {low:g},{high:g}: give two numbers, the smaller one first")
    return float(low), float(high)


def colours_of(name: Optional[str], otherwise: str) -> Colormap:
    """A colour map by name, white where there is no value."""
    try:
        colours = matplotlib.colormaps[name or otherwise].copy()
    except KeyError as error:
        raise InputError(
            f"colour map {name}: Matplotlib has none of this name; use viridis or cividis"
        ) from error
    colours.set_bad("white")
    return colours


def explain(panel: FigureBase, text: str) -> None:
    """Write a sentence below a panel; the plots lose height, but no width."""
    panel.supxlabel(text, fontsize=6)
    setattr(panel, _EXPLAINED, text)


def judge(figure: Figure, judged: str) -> None:
    """Write below a figure how it looks for a good and for a bad map.

    The figure becomes higher by these lines; what it explains already stays above them.

    Parameters
    ----------
    figure : Figure
    judged : str
        ``Good: ... Bad: ...``; either begins a line.
    """
    width, height = figure.get_size_inches().tolist()
    parts = judged.replace(" Bad:", "\nBad:").splitlines()
    lines = [line for part in parts for line in wrap(part, int(width * _LETTERS_PER_INCH))]
    explained: str = getattr(figure, _EXPLAINED, "")
    if explained:
        # An empty line between what the figure shows and how to judge it.
        lines = ["", *lines]
    with common_settings():
        explain(figure, "\n".join([*explained.splitlines(), *lines]))
    figure.set_size_inches(width, height + _LINE * len(lines))


def finer_upwards(bar: Colorbar, label: str) -> None:
    """Label a colour bar of resolutions and draw its finer end at the top."""
    steady_ticks(bar)
    # A bar beside small slices is no longer than some words.
    between = "\n" if len(label) > _LONG_LABEL and "\n" not in label else " "
    bar.set_label(f"{label},{between}finer upwards")
    bar.ax.invert_yaxis()


def steady_ticks(bar: Colorbar) -> None:
    """Choose the ticks of a colour bar by its limits alone.

    Ticks that follow its height change while the figure is laid out, and wider labels would then
    push the label of the bar over the edge.
    """
    if not isinstance(bar.norm, LogNorm):
        bar.ax.yaxis.set_major_locator(MaxNLocator(_INTERVALS))


def mark_ratios(bar: Colorbar, limits: Limits, form: Callable[[float], str]) -> None:
    """Mark five values in equal ratios on a logarithmic colour bar."""
    marks = np.geomspace(*limits, 5).tolist()

    bar.ax.yaxis.set_major_locator(FixedLocator(marks))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: form(value)))


def scale_bar(
    panel: FigureBase, subplots: Sequence[Axes], colours: Colormap, limits: Limits, label: str
) -> None:
    """A colour bar of resolutions for subplots that share one scale."""
    mappable = ScalarMappable(Normalize(*limits), colours)
    finer_upwards(panel.colorbar(mappable, ax=list(subplots), extend="both"), label)
