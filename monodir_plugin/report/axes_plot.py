"""The polar plot as SVG whose dots tell their axis: with the mouse, the keyboard or no script."""

from __future__ import annotations

from typing import Tuple
from xml.etree import ElementTree as Tree

import matplotlib
import numpy as np
from matplotlib.colors import LogNorm, to_hex

from ..figures.polar import polar_limits
from ..figures.style import RELATIVE_COLOURS
from ..files.loading import Results

__all__ = ["axes_svg"]

_RADIUS, _MARGIN = 200.0, 40.0
#: Radii of dots: area in proportion to the votes, but never too small for the mouse.
_LARGEST, _SMALLEST = 13.0, 3.5
_BAR_STOPS = 24
_EQUATOR = 90.0 - 1e-6


def axes_svg(results: Results) -> str:
    """Dots on the projection disc: angle rot, radius tilt, colour mean resolution, area votes.

    The scale is that of the polar figure.  An axis in the equator is drawn at both ends.  Every
    dot has a title and the attributes ``data-axis`` (its number in ``directions.csv``) and
    ``data-text``.
    """
    side = 2 * (_RADIUS + _MARGIN)
    svg = Tree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {side:.0f} {side + 50:.0f}",
            "role": "group",
            "aria-label": "Polar plot of the axes: angle rot, radius tilt",
            "id": "axes-plot",
        },
    )
    _draw_grid(svg)
    limits = polar_limits(results)
    colours = matplotlib.colormaps[RELATIVE_COLOURS]
    shades = colours(LogNorm(*limits, clip=True)(results.mean_resolution))
    _draw_dots(svg, results, [to_hex(shade) for shade in shades])
    _label_grid(svg)
    _draw_bar(svg, limits)
    return Tree.tostring(svg, encoding="unicode")


def _place(rot: float, tilt: float) -> Tuple[float, float]:
    """Where an upper end lies in the drawing; rot turns anticlockwise from the right."""
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


def _label_grid(svg: Tree.Element) -> None:
    """Labels lie over the dots, with a white rim."""
    for tilt in (30, 60, 90):
        x, y = _place(67.5, tilt)
        _text(svg, x, y + 4, f"{tilt}°", "tick")
    for rot in range(0, 360, 45):
        x, y = _place(rot, 90 * (1 + 0.62 * _MARGIN / _RADIUS))
        _text(svg, x, y + 4, f"{rot}°", "tick")


def _draw_dots(svg: Tree.Element, results: Results, shades: list) -> None:
    ends = results.axes.upper()
    votes = np.maximum(results.counts, 0)
    radius = np.maximum(_LARGEST * np.sqrt(votes / max(float(votes.max()), 1e-9)), _SMALLEST)
    voxels = int(results.mask.sum())
    # Large dots first, so that none is hidden.
    for i in np.argsort(-radius, kind="stable"):
        text = (
            f"Axis {i}: rot {ends.rot[i]:.0f}°, tilt {ends.tilt[i]:.0f}°, mean resolution "
            f"{results.mean_resolution[i]:.2f} Å, votes {votes[i]:.0f} "
            f"({100 * votes[i] / voxels:.1f} % of the voxels)"
        )
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
                    "fill": shades[i],
                    "class": "axis",
                    "data-axis": str(i),
                    "data-text": text,
                    "role": "img",
                    "aria-label": text,
                    "tabindex": "0" if turn == 0 else "-1",
                },
            )
            Tree.SubElement(dot, "title").text = text


def _draw_bar(svg: Tree.Element, limits: Tuple[float, float]) -> None:
    """The scale below the disc: finer to the right, evenly spaced in ratios."""
    top, width = 2 * (_RADIUS + _MARGIN) + 6, 1.5 * _RADIUS
    left = _RADIUS + _MARGIN - width / 2
    colours = matplotlib.colormaps[RELATIVE_COLOURS]
    for k in range(_BAR_STOPS):
        Tree.SubElement(
            svg,
            "rect",
            {
                "x": f"{left + width * k / _BAR_STOPS:.2f}",
                "y": f"{top:.0f}",
                "width": f"{width / _BAR_STOPS + 0.5:.2f}",
                "height": "12",
                "fill": to_hex(colours(1 - (k + 0.5) / _BAR_STOPS)),
            },
        )
    for k, value in enumerate(np.geomspace(limits[1], limits[0], 5)):
        _text(svg, left + width * k / 4, top + 26, f"{value:.1f}", "tick")
    label = "Mean resolution along the axis (Å), finer to the right"
    _text(svg, left + width / 2, top + 41, label, "tick")


def _text(svg: Tree.Element, x: float, y: float, words: str, kind: str) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "class": kind, "text-anchor": "middle"}
    Tree.SubElement(svg, "text", place).text = words
