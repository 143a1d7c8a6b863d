"""Figures of results: plain functions that return a matplotlib Figure.

Resolution axes have finer resolution upwards, masked area is white, maps that
are compared share one scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .numerics.analysis import Analysis
from .numerics.axes import AxisSet
from .numerics.profiles import RadialProfile

__all__ = ["Results", "overview", "results_of"]

RESOLUTION_COLOURS = "viridis_r"
COUNT_COLOURS = "cividis"
#: Okabe and Ito's colours, told apart by the colour-blind, with names as labelled.
CURVES = {
    "radial": ("Radial", "#0072B2"),
    "tangential": ("Tangential", "#D55E00"),
    "highest": ("Highest", "#009E73"),
    "lowest": ("Lowest", "#CC79A7"),
    "monores": ("MonoRes", "#000000"),
}
_STYLE = {
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
}
_SCALE_QUANTILES = (2.0, 98.0)


@dataclass(frozen=True)
class Results:
    """What the figures draw.

    Attributes
    ----------
    volumes : dict of ndarray, shape (N, N, N)
        Maps in Å, zero outside the mask, ``[z, y, x]``.
    mask : ndarray of bool, shape (N, N, N)
    sampling : float
        Voxel size, Å.
    axes : AxisSet
    counts : ndarray
        Votes per axis.
    profile : RadialProfile
    slopes : dict
        ``slope`` (Å per Å) and ``intercept`` (Å) by name of the curve.
    slope_range : tuple of float or None
        Radii in Å of the fit.
    """

    volumes: Dict[str, np.ndarray]
    mask: np.ndarray
    sampling: float
    axes: AxisSet
    counts: np.ndarray
    profile: RadialProfile
    slopes: Dict[str, Dict[str, float]]
    slope_range: Optional[Tuple[float, float]]


def results_of(analysis: Analysis) -> Results:
    """What the figures draw, of an analysis in memory."""
    table = analysis.table
    return Results(
        volumes={name: analysis.volume(name) for name in ("adr", "monores")},
        mask=table.volume(np.ones(len(table.indices))) > 0,
        sampling=table.sampling,
        axes=table.axes,
        counts=analysis.reduced.counts,
        profile=analysis.profile,
        slopes=analysis.slopes,
        slope_range=analysis.slope_range,
    )


def overview(results: Results, title: str = "") -> Figure:
    """ADR slices, polar plot and radial curves: the layout of Figure 2 of the paper.

    Parameters
    ----------
    results : Results
    title : str
        Shown above the figure.

    Returns
    -------
    Figure
        With a canvas of its own: no window and no global state.
    """
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(10.0, 6.8), dpi=150, layout="constrained")
        FigureCanvasAgg(figure)
        if title:
            figure.suptitle(title + "\n", fontsize=11, linespacing=0.6)
        upper, lower = figure.subfigures(2, 1, height_ratios=[1.0, 1.15])
        _slices(upper, results, "adr")
        left, right = lower.subfigures(1, 2, width_ratios=[1.0, 1.35])
        _polar(left, results.axes, results.counts)
        _curves(right.subplots(), results)
    return figure


def _slices(panel: Figure, results: Results, name: str) -> None:
    """The three central slices of a map, cropped to the mask."""
    volume = results.volumes[name]
    low, high = np.percentile(volume[results.mask], _SCALE_QUANTILES)
    if high - low < 1e-3:
        low, high = low - 0.5, high + 0.5
    places = np.nonzero(results.mask)
    middle = [round(float(np.median(p))) for p in places]
    lower = min(int(p.min()) for p in places) - 2
    upper = max(int(p.max()) for p in places) + 3
    window = slice(max(lower, 0), min(upper, volume.shape[0]))
    colours = matplotlib.colormaps[RESOLUTION_COLOURS].copy()
    colours.set_bad("white")
    edges = np.array([window.start, window.stop]) - 0.5 - volume.shape[0] // 2
    extent = [float(e * results.sampling) for e in (*edges, *edges)]
    image = None
    subplots = panel.subplots(1, 3)
    for axis, (plot, names) in enumerate(zip(subplots, ("xy", "xz", "yz"))):
        plane = np.take(volume, middle[axis], axis=axis)[window, window]
        inside = np.take(results.mask, middle[axis], axis=axis)[window, window]
        image = plot.imshow(
            np.ma.masked_where(~inside, plane),
            origin="lower",
            extent=extent,
            cmap=colours,
            vmin=low,
            vmax=high,
            interpolation="nearest",
        )
        position = (middle[axis] - volume.shape[0] // 2) * results.sampling
        plot.set_title(f"ADR, {'zyx'[axis]} = {position + 0.0:.1f} Å")
        plot.set_xlabel(f"{names[0]} (Å)")
        plot.set_ylabel(f"{names[1]} (Å)")
    bar = panel.colorbar(image, ax=list(subplots), extend="both", pad=0.01)
    bar.set_label("ADR (Å), finer upwards")
    bar.ax.invert_yaxis()


def _polar(panel: Figure, axes: AxisSet, counts: np.ndarray) -> None:
    """Votes of the axes on the projection disc: angle rot, radius tilt.

    An axis in the equator is drawn at both of its ends.
    """
    plot = panel.subplots(subplot_kw={"projection": "polar"})
    ends = axes.upper()
    rot, tilt = ends.rot, ends.tilt
    equator = tilt > 90 - 1e-6
    rot = np.concatenate([rot, rot[equator] + 180.0])
    tilt = np.concatenate([tilt, tilt[equator]])
    votes = np.concatenate([counts, counts[equator]])
    top = float(votes.max()) if votes.max() > 0 else 1.0
    dots = plot.scatter(
        np.deg2rad(rot),
        tilt,
        s=12 + 130 * votes / top,
        c=votes,
        cmap=COUNT_COLOURS,
        vmin=0.0,
        vmax=top,
        edgecolors="0.3",
        linewidths=0.4,
        zorder=3,
        clip_on=False,
    )
    plot.set_rlim(0, 90)
    plot.set_rticks([30, 60, 90])
    plot.set_yticklabels(["30°", "60°", "90°"], color="0.35")
    plot.set_rlabel_position(67.5)
    plot.grid(color="0.85", linewidth=0.6)
    plot.set_title("Axes of finest resolution\n(angle rot, radius tilt)", pad=16)
    bar = panel.colorbar(dots, ax=plot, pad=0.12, shrink=0.85)
    bar.set_label("Votes (voxels that are finest along the axis)")


def _curves(plot: Axes, results: Results) -> None:
    """Resolution against radius, with spread bands and fitted slopes."""
    profile = results.profile
    enough = profile.count >= 10
    radius = profile.radius[enough]
    for name, (label, colour) in CURVES.items():
        mean, spread = profile.mean[name][enough], profile.std[name][enough]
        fit = results.slopes.get(name)
        if fit is not None and np.isfinite(fit["slope"]):
            label += f" ({fit['slope']:+.3f} Å/Å)"
        plot.plot(radius, mean, color=colour, label=label, linewidth=1.5)
        plot.fill_between(
            radius, mean - spread, mean + spread, color=colour, alpha=0.10, linewidth=0
        )
    if results.slope_range is not None:
        plot.axvspan(*results.slope_range, ymax=0.02, color="0.6", linewidth=0)
        plot.annotate(
            "slopes fitted",
            (np.mean(results.slope_range), 0.03),
            xycoords=("data", "axes fraction"),
            ha="center",
            fontsize=7,
            color="0.4",
        )
    plot.invert_yaxis()
    plot.set_xlim(0, float(radius.max()) if len(radius) else 1.0)
    plot.set_xlabel("Distance from the centre (Å)")
    plot.set_ylabel("Resolution (Å), finer upwards")
    plot.set_title("Means over shells, with standard deviations")
    plot.legend(frameon=False, ncol=3, loc="upper center", bbox_to_anchor=(0.5, -0.16))
