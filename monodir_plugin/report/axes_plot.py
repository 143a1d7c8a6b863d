"""The polar plot as SVG; each dot has a text, also for the keyboard and without scripts."""

from __future__ import annotations

from typing import Tuple
from xml.etree import ElementTree as Tree

import matplotlib
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, to_hex

from ..figures.directions.polar import cut_scale, ends_of, polar_limits, states_of
from ..figures.drawing.disc import LABELLED_TILTS, rot_of_labels
from ..figures.drawing.style import RELATIVE_COLOURS, nyquist
from ..figures.drawing.unresolved import AxisStates, number_of_axes
from ..files.loading import Results

__all__ = ["axes_svg"]

_RADIUS, _MARGIN = 200.0, 40.0
#: Radii of dots: areas are proportional to the counts, but large enough for the mouse.
_LARGEST, _SMALLEST = 13.0, 3.5
_BAR_STOPS = 24
#: Height below the disc, for the scale and the legend.
_FOOT = 88.0
#: Fill of dots of axes along which most voxels are not resolved, and of axes without data; class of
#: the latter.
_GREY, _HOLLOW, _DASHED = "#9a9a9a", "#ffffff", "without-data"
_UNRESOLVED = "most voxels not resolved"
_EQUATOR = 90.0 - 1e-6


def axes_svg(results: Results) -> str:
    """Dots on the projection disc: angle rot, radius tilt, colour median resolution, area counts.

    The scale is that of the polar figure.  An axis in the equator is drawn at both ends.  Dots of
    axes without data are hollow, of those along which most voxels are not resolved grey.  Every
    dot has a title and the attributes ``data-axis`` (its number in ``directions.csv``) and
    ``data-text``.
    """
    side = 2 * (_RADIUS + _MARGIN)
    svg = Tree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {side:.0f} {side + _FOOT:.0f}",
            "role": "group",
            "aria-label": "Polar plot of the axes: angle rot, radius tilt",
            "id": "axes-plot",
        },
    )
    _draw_grid(svg)
    states = states_of(results)
    colours = matplotlib.colormaps[RELATIVE_COLOURS]
    scale = ScalarMappable(LogNorm(*polar_limits(results), clip=True), colours)
    along = np.where(states.resolved, results.axis_resolution, 1.0)
    shades = np.where(states.resolved, [to_hex(c) for c in scale.to_rgba(along)], _GREY)
    shades = np.where(states.without_data, _HOLLOW, shades)
    _draw_dots(svg, results, states, shades)
    _label_grid(svg, results)
    if states.resolved.any():
        _draw_bar(svg, cut_scale(scale, (nyquist(results), results.resolution_limits[1]))[0])
    _draw_legend(svg, states)
    return Tree.tostring(svg, encoding="unicode")


def _place(rot: float, tilt: float) -> Tuple[float, float]:
    """Position of an upper end in the drawing; rot runs anticlockwise from the right."""
    radius, angle = _RADIUS * tilt / 90.0, np.deg2rad(rot)
    centre = _RADIUS + _MARGIN
    return centre + radius * float(np.cos(angle)), centre - radius * float(np.sin(angle))


def _draw_grid(svg: Tree.Element) -> None:
    centre = f"{_RADIUS + _MARGIN:.0f}"
    for tilt in (30, 60, 90):
        radius = f"{_RADIUS * tilt / 90:.1f}"
        Tree.SubElement(svg, "circle", {"cx": centre, "cy": centre, "r": radius, "class": "grid"})
    for rot in range(0, 360, 45):
        (x1, y1), (x2, y2) = _place(rot, 0), _place(rot, 90)
        ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
        shape = {name: f"{value:.1f}" for name, value in ends.items()}
        Tree.SubElement(svg, "line", {**shape, "class": "grid"})


def _label_grid(svg: Tree.Element, results: Results) -> None:
    """Write the labels of the grid over the dots, those of tilt where there are no dots."""
    free = rot_of_labels(results.axes)
    for tilt in LABELLED_TILTS:
        x, y = _place(free, tilt)
        _text(svg, x, y + 4, f"{tilt}°", "tick")
    for rot in range(0, 360, 45):
        x, y = _place(rot, 90 * (1 + 0.62 * _MARGIN / _RADIUS))
        _text(svg, x, y + 4, f"{rot}°", "tick")


def _draw_dots(svg: Tree.Element, results: Results, states: AxisStates, shades: np.ndarray) -> None:
    ends = results.axes.upper()
    counts = np.where(states.without_data, 0.0, np.maximum(results.counts, 0))
    radius = np.maximum(_LARGEST * np.sqrt(counts / max(float(counts.max()), 1e-9)), _SMALLEST)
    voxels = int(results.mask.sum())
    # Large dots first, so that they hide no small ones.
    for i in np.argsort(-radius, kind="stable"):
        text = f"Axis {i}: rot {ends.rot[i]:.0f}°, tilt {ends.tilt[i]:.0f}°, "
        share = 100 * counts[i] / voxels
        counted = f", finest axis of {counts[i]:.0f} voxels ({share:.1f} % of the mask)"
        if states.without_data[i]:
            text += "no data"
        elif states.unresolved[i]:
            text += _UNRESOLVED + counted
        else:
            text += f"median resolution {results.axis_resolution[i]:.2f} Å{counted}"
        both = (0.0, 180.0) if ends.tilt[i] > _EQUATOR else (0.0,)
        for turn in both:
            x, y = _place(ends.rot[i] + turn, ends.tilt[i])
            dot = Tree.SubElement(
                svg,
                "circle",
                {
                    "cx": f"{x:.1f}",
                    "cy": f"{y:.1f}",
                    "r": f"{radius[i]:.1f}",
                    "fill": str(shades[i]),
                    "class": f"axis {_DASHED}" if states.without_data[i] else "axis",
                    "data-axis": str(i),
                    "data-text": text,
                    "role": "img",
                    "aria-label": text,
                    "tabindex": "0" if turn == 0 else "-1",
                },
            )
            Tree.SubElement(dot, "title").text = text


def _draw_bar(svg: Tree.Element, scale: ScalarMappable) -> None:
    """Draw the logarithmic scale below the disc, finer to the right."""
    top, width = 2 * (_RADIUS + _MARGIN) + 6, 1.5 * _RADIUS
    left = _RADIUS + _MARGIN - width / 2
    fine, coarse = ends_of(scale)
    for k in range(_BAR_STOPS):
        value = coarse * (fine / coarse) ** ((k + 0.5) / _BAR_STOPS)
        red, green, blue, _ = scale.to_rgba(value)
        Tree.SubElement(
            svg,
            "rect",
            {
                "x": f"{left + width * k / _BAR_STOPS:.2f}",
                "y": f"{top:.0f}",
                "width": f"{width / _BAR_STOPS + 0.5:.2f}",
                "height": "12",
                "fill": to_hex((red, green, blue)),
            },
        )
    for k, value in enumerate(np.geomspace(coarse, fine, 5)):
        _text(svg, left + width * k / 4, top + 26, f"{value:.1f}", "tick")
    label = "Median resolution along the axis (Å), finer to the right"
    _text(svg, left + width / 2, top + 41, label, "tick")


def _draw_legend(svg: Tree.Element, states: AxisStates) -> None:
    """Draw the legend of grey and hollow dots below the scale."""
    level = 2 * (_RADIUS + _MARGIN) + _FOOT - 10
    kinds = (
        (states.unresolved, _UNRESOLVED, "sample", _GREY),
        (states.without_data, "no data", f"sample {_DASHED}", _HOLLOW),
    )
    shown = [
        (f"{state} ({number_of_axes(which)})", kind, fill)
        for which, state, kind, fill in kinds
        if which.any()
    ]
    for place, (label, kind, fill) in enumerate(shown):
        middle = (_RADIUS + _MARGIN) * (2 * place + 1) / len(shown)
        left = middle - 3.2 * len(label) - 3
        dot = {"cx": f"{left:.1f}", "cy": f"{level - 4:.1f}", "r": "5", "fill": fill}
        Tree.SubElement(svg, "circle", {**dot, "class": kind})
        _text(svg, middle + 6, level, label, "tick")


def _text(svg: Tree.Element, x: float, y: float, label: str, kind: str) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "class": kind, "text-anchor": "middle"}
    Tree.SubElement(svg, "text", place).text = label
