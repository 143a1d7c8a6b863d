"""Histograms, curves and the overview show what the results hold."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from monodir_plugin.diagnosis.alike_axes import maps_of_alike_axes, some_voxels
from monodir_plugin.figures import draw_figure
from monodir_plugin.figures.drawing.alike_axes import COMPARED
from monodir_plugin.numerics.geometry.grid import voxel_positions
from monodir_plugin.numerics.measurement.presets import DEFAULT
from monodir_plugin.numerics.reduction.result_maps import resolution_names

from ..fixtures.figure_probes import axes_of, slices_of, text_of, titled
from ..fixtures.results import COARSEST, FINEST, known_results, mask, partly_resolved

RESOLUTION_MAPS = tuple(resolution_names())
PARAMETERS = known_results().summary["parameters"]


def test_histograms_count_the_voxels_of_the_mask():
    results = known_results()
    figure = draw_figure("histograms", results)
    plots = [plot for plot in axes_of(figure) if plot.patches]
    assert len(plots) == len(RESOLUTION_MAPS) + 1
    assert len({plot.get_xlim() for plot in plots[:-1]}) == 1
    for plot, name in zip(plots, [*RESOLUTION_MAPS, "anisotropy"]):
        values = results.volumes[name][mask()]
        corners = plot.patches[0].get_xy()
        edges = np.unique(corners[:, 0])
        heights = corners[1:-1:2, 1][: len(edges) - 1]
        counts = np.histogram(values.astype(float), edges)[0] / len(values)
        assert heights.sum() == pytest.approx(1, abs=1e-9)
        assert np.allclose(heights, counts, atol=2.1 / len(values))
        (line,) = plot.lines
        assert line.get_xdata()[0] == pytest.approx(np.median(values))


def test_histograms_have_the_outline_of_the_map_if_all_axes_were_alike():
    results = known_results()
    alike = maps_of_alike_axes(results.read_table(), DEFAULT.rules, results.centre)
    plots = [plot for plot in axes_of(draw_figure("histograms", results)) if plot.patches]
    for plot, name in zip(plots, [*RESOLUTION_MAPS, "anisotropy"]):
        assert len(plot.patches) == 1 + (name in COMPARED)
        if name in COMPARED:
            edges = np.unique(plot.patches[0].get_xy()[:, 0])
            counts = np.histogram(alike[name].astype(float), edges)[0] / len(alike[name])
            assert plot.patches[1].get_xy()[:, 1].max() == pytest.approx(counts.max())
    published = {**results.summary, "parameters": {**PARAMETERS, "preset": "published"}}
    others = draw_figure("histograms", replace(results, summary=published))
    assert all(len(plot.patches) < 2 for plot in axes_of(others))


def test_scales_are_marked_where_chance_alone_puts_the_median():
    results = known_results()
    alike = maps_of_alike_axes(results.read_table(), DEFAULT.rules, results.centre)
    some = some_voxels(results.read_table())
    for name, chance in (
        *((name, float(np.median(alike[name]))) for name in COMPARED),
        ("difference", float(np.median(alike["adr"] - results.values("monores")[some]))),
        ("tensor", float(np.median(results.read_tensors().chance))),
    ):
        figure = draw_figure(name, results)
        (mark,) = [
            line for plot in axes_of(figure) for line in plot.lines if line.get_marker() == ">"
        ]
        assert mark.get_ydata()[0] == pytest.approx(chance)
        assert f"{chance:.2f}" in text_of(figure)


def test_medians_of_histograms_stand_above_the_bars():
    figure = draw_figure("histograms", known_results())
    FigureCanvasAgg(figure).draw()
    for plot in axes_of(figure):
        for bars in plot.patches:
            highest = plot.transData.transform((0, bars.get_xy()[:, 1].max()))[1]
            (label,) = plot.texts
            assert label.get_window_extent().y0 > highest


def test_no_curve_runs_through_the_text_about_slopes():
    for results in (known_results(), partly_resolved()):
        for what in ("curves", "overview"):
            figure = draw_figure(what, results)
            FigureCanvasAgg(figure).draw()
            (plot,) = titled(figure, "shells")
            (text,) = [text for text in plot.texts if text.get_text() == "slopes fitted"]
            box = text.get_window_extent()
            for line in plot.lines:
                places = plot.transData.transform(line.get_xydata())
                beside = (places[:, 0] > box.x0) & (places[:, 0] < box.x1)
                assert (places[beside, 1] > box.y1).all()


def test_histograms_say_what_share_is_not_resolved():
    results = partly_resolved()
    plots = [plot for plot in axes_of(draw_figure("histograms", results)) if plot.patches]
    for plot, name in zip(plots, RESOLUTION_MAPS):
        resolved = results.volumes[name][mask()] < COARSEST * (1 - 1e-4)
        corners = plot.patches[0].get_xy()
        edges = np.unique(corners[:, 0])
        heights = corners[1:-1:2, 1][: len(edges) - 1]
        assert heights.sum() == pytest.approx(resolved.mean(), abs=1e-9)
        assert f"{100 * (1 - resolved.mean()):.0f} % not resolved" in plot.get_title()
        assert len(plot.lines) == (resolved.mean() > 0.5)
        assert edges.max() < COARSEST


def test_curves_of_what_is_mostly_not_resolved_are_dotted():
    (plot,) = titled(draw_figure("curves", partly_resolved()), "shells")
    styles = {line.get_label().split(" (")[0]: line.get_linestyle() for line in plot.lines}
    assert styles["Lowest: mostly not resolved"] == ":"
    assert styles["Radial"] == styles["Highest"] == "-"


def test_curves_are_means_over_shells_with_their_slopes():
    results = known_results()
    (plot,) = titled(draw_figure("curves", results), "shells")
    assert plot.get_ylim()[0] > plot.get_ylim()[1] and "finer upwards" in plot.get_ylabel()
    enough = results.profile.count >= 10
    names = ("radial", "tangential", "highest", "lowest", "monores")
    labels = [text.get_text() for text in plot.get_legend().get_texts()]
    means = [line for line in plot.lines if not line.is_dashed()]
    assert len(means) == len(names)
    for line, band, name, label in zip(means, plot.collections, names, labels):
        assert np.array_equal(line.get_xdata(), results.profile.radius[enough])
        mean, std = results.profile.mean[name][enough], results.profile.std[name][enough]
        assert np.array_equal(line.get_ydata(), mean)
        drawn = band.get_paths()[0].vertices[:, 1]
        assert drawn.min() == pytest.approx(max((mean - std).min(), FINEST))
        assert drawn.max() == pytest.approx(min((mean + std).max(), COARSEST))
        slope = results.slopes.get(name, {}).get("slope")
        assert (f"({slope:+.3f} Å/Å)" in label) if slope is not None else "Å/Å" not in label


def test_dashed_curves_are_those_of_alike_axes():
    """Each in the colour of its curve; MonoRes and the preset published have none."""
    results = known_results()
    table = results.read_table()
    some = some_voxels(table)
    alike = maps_of_alike_axes(table, DEFAULT.rules, results.centre)
    radius = np.linalg.norm(
        voxel_positions(table.indices[some], table.shape) - results.centre, axis=1
    )
    (plot,) = titled(draw_figure("curves", results), "shells")
    legend = plot.get_legend()
    colours = {
        text.get_text().split()[0].lower(): line.get_color()
        for text, line in zip(legend.get_texts(), legend.get_lines())
    }
    dashed = {line.get_color(): line for line in plot.lines if line.is_dashed()}
    names = ("radial", "tangential", "highest", "lowest")
    assert set(dashed) == {colours[name] for name in names}
    for name in names:
        line = dashed[colours[name]]
        for distance, mean in zip(line.get_xdata(), line.get_ydata()):
            shell = np.rint(radius) == round(distance / results.sampling)
            assert shell.sum() >= 10 and mean == pytest.approx(alike[name][shell].mean())
    published = {**results.summary, "parameters": {**PARAMETERS, "preset": "published"}}
    figure = draw_figure("curves", replace(results, summary=published))
    (plot,) = titled(figure, "shells")
    assert not any(line.is_dashed() for line in plot.lines)
    assert "No dashed lines: what chance alone gives is not known for this run." in text_of(figure)
    slices = draw_figure("radial", replace(results, summary=published))
    assert not any(line.get_marker() == ">" for plot in axes_of(slices) for line in plot.lines)
    assert "is not known for this run (no orange mark)" in text_of(slices)


def test_overview_holds_slices_axes_and_curves():
    results = known_results()
    figure = draw_figure("overview", results)
    assert len(slices_of(figure)) == 3 and len(titled(figure, "rot")) == 1
    assert len(titled(figure, "shells")[0].lines) == 5
    low, high = slices_of(figure)[0].images[0].get_clim()
    finest, coarsest = np.percentile(results.volumes["adr"][mask()], (2, 98))
    assert low + high == pytest.approx(finest + coarsest)
    assert high - low == pytest.approx(max(coarsest - finest, (low + high) / 8))
    adr, axis = np.median(results.volumes["adr"][mask()]), np.median(results.axis_resolution)
    assert f"median axis {axis:.1f} Å, median ADR {adr:.1f} Å" in text_of(figure)
