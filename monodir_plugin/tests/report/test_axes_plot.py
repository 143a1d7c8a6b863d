"""The polar plot of the page."""

from __future__ import annotations

from xml.etree import ElementTree as Tree

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import LogNorm, to_hex

from monodir_plugin.figures.directions.polar import polar_limits
from monodir_plugin.figures.drawing.style import RELATIVE_COLOURS
from monodir_plugin.report.axes_plot import axes_svg

from ..fixtures.results import partly_resolved


def test_dots_lie_at_their_axes_and_name_them(results):
    svg = Tree.fromstring(axes_svg(results))
    dots = [e for e in svg if e.get("class") == "axis"]
    ends = results.axes.upper()
    equator = np.flatnonzero(ends.tilt > 90 - 1e-6)
    numbers = [int(dot.get("data-axis")) for dot in dots]
    assert sorted(numbers) == sorted([*range(len(ends)), *equator])
    shades = matplotlib.colormaps[RELATIVE_COLOURS]
    norm = LogNorm(*polar_limits(results), clip=True)
    largest = max(float(dot.get("r")) for dot in dots)
    for axis, dot in zip(numbers, dots):
        x = (float(dot.get("cx")) - 240) / 200 * 90
        y = (240 - float(dot.get("cy"))) / 200 * 90
        assert np.hypot(x, y) == pytest.approx(ends.tilt[axis], abs=0.1)
        if ends.tilt[axis] > 1:
            turn = np.rad2deg(np.arctan2(y, x)) - ends.rot[axis]
            period = 180 if axis in equator else 360
            assert abs((turn + period / 2) % period - period / 2) < 0.5
        mean, counts = results.axis_resolution[axis], results.counts[axis]
        assert dot.get("fill") == to_hex(shades(norm(mean)))
        expected = largest * np.sqrt(counts / results.counts.max())
        assert float(dot.get("r")) == pytest.approx(max(expected, 3.5), abs=0.06)
        for words in (
            f"Axis {axis}:",
            f"median resolution {mean:.2f} Å",
            f"finest axis of {counts:.0f} voxels (",
        ):
            assert words in dot.get("data-text")
        assert dot.find("{http://www.w3.org/2000/svg}title").text == dot.get("data-text")


def test_dots_of_axes_without_resolution_are_grey_or_hollow():
    results = partly_resolved()
    svg = Tree.fromstring(axes_svg(results))
    dots = [e for e in svg if "axis" in e.get("class", "").split()]
    along = results.axis_resolution
    for dot in dots:
        axis, text = int(dot.get("data-axis")), dot.get("data-text")
        grey = np.isnan(along[axis]) and results.with_data[axis]
        assert (dot.get("fill") == "#9a9a9a") == grey
        assert (dot.get("fill") == "#ffffff") == (not results.with_data[axis])
        assert ("without-data" in dot.get("class")) == (not results.with_data[axis])
        assert text.endswith("no data") == (not results.with_data[axis])
        poor = results.with_data[axis] and np.isnan(along[axis])
        assert ("most voxels not resolved" in text) == poor
    words = [e.text for e in svg if e.get("class") == "tick"]
    poor = (results.with_data & np.isnan(along)).sum()
    assert f"most voxels not resolved ({poor} axes)" in words and "no data (6 axes)" in words
    # The scale is that of the polar figure, cut at Nyquist and at the coarse limit.
    low, high = polar_limits(results)
    ends = f"{min(high, 20.0):.1f}", f"{max(low, 4.0):.1f}"
    assert [words[words.index(end)] for end in ends] == list(ends)
