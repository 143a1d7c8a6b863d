"""A figure that is not in the package is added to the registry, and appears everywhere.

``docs/extend/figure.rst`` includes the marked parts.
"""

import numpy as np
import pytest
from matplotlib.image import imread

# figure imports: begin
from monodir_plugin.figures.directions.polar import states_of
from monodir_plugin.figures.drawing.layout import one_plot
from monodir_plugin.figures.drawing.style import ONE_COLUMN, new_figure, plain, styled

# figure imports: end
from monodir_plugin.figures.registry import FIGURES, OTHER_FIGURES, FigureKind, draw_figure
from monodir_plugin.report.pictures import pictures

from ..fixtures.maps import call
from ..fixtures.result_folders import made_folder
from ..fixtures.results import partly_resolved


# figure: begin
@styled
def sorted_axes(results):
    """Resolutions of the axes in order, the finest first."""
    known = np.sort(results.axis_resolution[states_of(results).resolved])
    figure = new_figure(ONE_COLUMN, 2.5)
    plot = one_plot(figure)
    plot.plot(np.arange(1, len(known) + 1), known, ".")
    plot.invert_yaxis()
    plot.set_title(f"Axes in order of resolution: {plain(results.name)}")
    plot.set_xlabel("Number of axes at least as fine")
    plot.set_ylabel("Median resolution (Å), finer upwards")
    return figure


# figure: end

# figure kind: begin
SORTED_AXES = FigureKind(
    "sorted-axes",
    "Axes in order of resolution",
    "Median resolution over the mask along every axis, in order. Axes along which most voxels are "
    "not resolved, and axes without data, are left out.",
    sorted_axes,
    caution="Neighbouring axes are not independent: their cones overlap.",
    judged="Good: a flat line. Bad: a long tail of coarse axes.",
)
# figure kind: end


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setitem(OTHER_FIGURES, SORTED_AXES.name, SORTED_AXES)


def test_the_figure_shows_the_axes_that_are_resolved_in_order(registered):
    results = partly_resolved()
    (plot,) = draw_figure("sorted-axes", results).get_axes()
    (points,) = plot.lines
    known = results.axis_resolution[results.with_data & np.isfinite(results.axis_resolution)]
    assert 0 < len(known) < len(results.axes)
    np.testing.assert_array_equal(points.get_ydata(), sorted(known))
    np.testing.assert_array_equal(points.get_xdata(), 1 + np.arange(len(known)))
    low, high = plot.get_ylim()
    assert low > high


def test_the_figure_is_in_the_plot_command_and_in_the_report(
    registered, monkeypatch, tmp_path, capsys
):
    made = made_folder(tmp_path)
    listed = call(capsys, "plot", "--help")
    assert "sorted-axes" in listed.out and SORTED_AXES.title in listed.out
    output = tmp_path / "axes.png"
    done = call(capsys, "plot", made.folder, "--what", "sorted-axes", "-o", output)
    assert done.status == 0
    # Two lines below the figure say what good and bad look like.
    assert imread(output).shape[:2] == (540, 700)
    refused = call(
        capsys, "plot", made.folder, "--what", "sorted-axes", "--axis", "z", "-o", output
    )
    assert refused.status == 2 and "it has no option axis" in refused.err

    # Only this figure, as the others take seconds.
    chosen = {SORTED_AXES.name: FIGURES[SORTED_AXES.name]}
    monkeypatch.setattr("monodir_plugin.report.pictures.FIGURES", chosen)
    (picture,) = pictures(partly_resolved())
    assert (picture.caption, picture.caution) == (SORTED_AXES.caption, SORTED_AXES.caution)
    assert picture.source.startswith("data:image/png;base64,") and not picture.missing
