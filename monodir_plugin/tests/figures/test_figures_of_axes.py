"""Figures of axes: values between them, polar plots, the sphere, one voxel, finest axes."""

import re
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import PathCollection, QuadMesh
from mpl_toolkits.mplot3d.axes3d import Axes3D

from monodir_plugin.errors import InputError
from monodir_plugin.figures import draw_figure
from monodir_plugin.figures.directions.polar import (
    SPAN,
    chance_of_axes,
    cut_scale,
    range_text,
    spread_of_axes,
)
from monodir_plugin.figures.directions.voxel import interval_of, place_of
from monodir_plugin.figures.drawing.disc import ends_on_disc, interpolate
from monodir_plugin.figures.drawing.style import shared_limits
from monodir_plugin.figures.volumes.best_axis import axis_colours
from monodir_plugin.numerics.geometry.axes import AxisSet, rot_tilt_to_vectors

from ..fixtures.figure_probes import chance_bars, slices_of, text_of, titled
from ..fixtures.results import (
    AXES,
    BOX,
    COARSEST,
    SAMPLING,
    known_results,
    known_table,
    mask,
    partly_resolved,
    results_of,
    table_of,
    with_medians,
)

MIDDLE = BOX // 2


# ---------------------------------------------------------------- values between axes


def test_interpolation_goes_through_every_axis_at_both_ends():
    values = np.random.default_rng(1).normal(size=len(AXES))
    for vectors in (AXES.vectors, -AXES.vectors):
        assert np.allclose(interpolate(AXES, values, vectors), values, atol=1e-9)


def test_interpolation_halfway_between_neighbours_is_their_mean():
    """On an edge of the icosahedral net, from one fivefold axis towards its neighbour."""
    values = np.random.default_rng(2).normal(size=len(AXES))
    first = int(AXES.closest(np.array([0.0, 0.0, 1.0])))
    angles = AXES.angles_to(AXES.vectors[first])
    near = np.argsort(angles)[1:6]
    assert np.ptp(angles[near]) < 1e-9
    for other in near:
        sign = np.sign(AXES.vectors[first] @ AXES.vectors[other])
        between = AXES.vectors[first] + sign * AXES.vectors[other]
        found = interpolate(AXES, values, (between / np.linalg.norm(between))[None])
        assert found == pytest.approx((values[first] + values[other]) / 2, abs=1e-9)


def test_interpolation_follows_a_smooth_function_and_stays_within_the_values():
    """Of an ellipsoid's square radius, with axes 15 degrees apart, to a few per cent."""
    vectors = np.random.default_rng(3).normal(size=(500, 3))
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    fine = AxisSet.icosahedral(81)
    form = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.3], [0.0, 0.3, 3.0]])
    truth = np.einsum("mi,ij,mj->m", vectors, form, vectors)
    given = np.einsum("mi,ij,mj->m", fine.vectors, form, fine.vectors)
    found = interpolate(fine, given, vectors)
    assert np.abs(found - truth).max() < 0.06
    assert found.min() >= given.min() and found.max() <= given.max()
    assert np.allclose(found, interpolate(fine, given, -vectors))


def test_every_axis_is_on_the_disc_and_those_in_the_equator_twice():
    axes = AxisSet.icosahedral(81)
    rot, tilt, index = ends_on_disc(axes)
    equator = (np.abs(axes.vectors[:, 2]) < 1e-9).sum()
    assert equator == 10 and len(rot) == len(axes) + equator
    assert (tilt >= 0).all() and (tilt <= 90).all()
    cosines = np.einsum("ij,ij->i", rot_tilt_to_vectors(rot, tilt), axes.vectors[index])
    assert np.allclose(np.abs(cosines), 1)
    both = [rot[index == axis] for axis in np.unique(index) if (index == axis).sum() == 2]
    assert all(abs(abs(a - b) - 180) < 1e-6 for a, b in both)


# ---------------------------------------------------------------- axes


def test_polar_plot_colours_medians_and_sizes_counts():
    results = known_results()
    figure = draw_figure("polar", results)
    (plot,) = titled(figure, "rot")
    (heat,) = [c for c in plot.collections if isinstance(c, QuadMesh)]
    middle = np.median(results.axis_resolution)
    assert (heat.norm.vmin, heat.norm.vmax) == pytest.approx((middle / SPAN, middle * SPAN))
    theta, tilt = np.moveaxis(heat.get_coordinates(), -1, 0)[:2]
    vectors = rot_tilt_to_vectors(np.rad2deg(theta), tilt)
    truth = 6 + vectors**2 @ np.array([0.0, 2.0, 7.0])
    shown = np.asarray(heat.get_array()).reshape(theta.shape)
    assert np.corrcoef(shown.ravel(), truth.ravel())[0, 1] > 0.98
    assert shown[0, 0] == pytest.approx(results.axis_resolution[AXES.closest([0.0, 0.0, 1.0])])
    dots = plot.collections[1]
    rot, tilts, index = ends_on_disc(AXES)
    assert np.allclose(dots.get_offsets(), np.stack([np.deg2rad(rot), tilts], axis=1))
    sizes, counts = dots.get_sizes(), results.counts[index]
    top = counts == counts.max()
    large = counts > 0.2 * counts.max()
    assert np.allclose(sizes[large] / sizes[top][0], counts[large] / counts.max())
    low, high = np.percentile(results.axis_resolution, (17, 83))
    stated = text_of(figure)
    assert f"{low:.1f} to {high:.1f} Å" in stated and "not a view" in stated
    assert f"±{100 * (high - low) / 2 / middle:.0f} %" in stated


@pytest.mark.parametrize(
    ("ratio", "share"), [(1.02, 0.0488), (1.2, 0.4497), (1.5, 1.0), (3.0, 1.0)]
)
def test_polar_plot_is_as_colourful_as_the_axes_differ(ratio, share):
    """Axes up to a ratio finer and coarser than the median take log(ratio) / log(1.5) of it all."""
    steps = np.random.default_rng(4).permutation(np.linspace(-1, 1, len(AXES) - 1))
    results = with_medians(8 * ratio ** np.append(steps, 0.0))
    (plot,) = titled(draw_figure("polar", results), "rot")
    heat = next(c for c in plot.collections if isinstance(c, QuadMesh))
    span = np.ptp(np.clip(heat.norm(heat.get_array()), 0, 1))
    # The grid of the heat map passes by the axes at up to a degree.
    assert 0.85 * share < span <= share + 1e-4
    # The 17th and 83rd percentile lie at -0.66 and 0.66.
    assert spread_of_axes(results) == pytest.approx(np.sinh(0.66 * np.log(ratio)), rel=0.05)


def test_polar_plot_of_axes_that_are_all_alike():
    (plot,) = titled(draw_figure("polar", with_medians(np.full(len(AXES), 7.0))), "rot")
    heat = next(c for c in plot.collections if isinstance(c, QuadMesh))
    assert np.allclose(heat.norm(heat.get_array()), 0.5)


def test_axes_without_resolution_are_hatched_and_do_not_count():
    """Six without data, some along which most voxels fail; the statistics are of the others."""
    results = partly_resolved()
    without = ~results.with_data
    poor = results.with_data & np.isnan(results.axis_resolution)
    known = results.axis_resolution[~without & ~poor]
    assert without.sum() == 6 and poor.sum() > 0
    figure = draw_figure("polar", results)
    (plot,) = titled(figure, "rot")
    (heat,) = [c for c in plot.collections if isinstance(c, QuadMesh)]
    assert (heat.norm.vmin, heat.norm.vmax) == pytest.approx(
        (np.median(known) / SPAN, np.median(known) * SPAN)
    )
    assert np.isfinite(heat.get_array()).all()
    assert heat.get_array().max() <= known.max() + 1e-9
    # Hatched areas hold exactly the axes of their kind.
    areas = [c for c in plot.collections if getattr(c, "hatches", None)]
    rot, tilt, index = ends_on_disc(AXES)
    inner = (tilt > 1) & (tilt < 89)
    ends = np.stack([np.deg2rad(rot % 360), tilt], axis=1)
    for area, which in zip(areas, (poor, without)):
        inside = np.any([path.contains_points(ends) for path in area.get_paths()], axis=0)
        assert np.array_equal(inside[inner], which[index][inner])
    assert len(areas) == 2
    dots = [c for c in plot.collections if isinstance(c, PathCollection)]
    hollow, counts = dots
    assert len(hollow.get_offsets()) == without[index].sum()
    assert len(counts.get_offsets()) == (~without)[index].sum()
    legend = [text.get_text() for text in plot.get_legend().get_texts()]
    assert legend == [f"Most voxels not resolved ({poor.sum()} axes)", "No data (6 axes)"]
    low, high = np.percentile(known, (17, 83))
    assert f"of {len(known)} resolved axes: {low:.1f} to {high:.1f} Å" in text_of(figure)
    assert not results.counts[without].any()


@pytest.mark.parametrize("results", [known_results, partly_resolved])
@pytest.mark.parametrize("name", ["polar", "counts", "voxel", "overview"])
def test_titles_and_legends_of_discs_lie_inside_the_figure(name, results):
    figure = draw_figure(name, results())
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    for plot in titled(figure, "rot"):
        assert plot.title.get_window_extent(renderer).y1 <= figure.bbox.y1
        if plot.get_legend() is not None:
            legend = plot.get_legend().get_window_extent(renderer)
            lowest = min(label.get_window_extent(renderer).y0 for label in plot.get_xticklabels())
            assert legend.y1 <= lowest and legend.x0 >= 0


@pytest.mark.parametrize("name", ["polar", "sphere", "counts", "voxel", "overview"])
def test_a_map_that_is_not_resolved_anywhere_can_be_drawn(name):
    """Nothing has data: no scale of resolution along axes, and no finest axis."""
    shape = known_table().codes.shape
    nothing = results_of(table_of(np.full(shape, np.inf), np.zeros(len(AXES), bool)))
    figure = draw_figure(name, nothing)
    labels = [plot.get_ylabel() for plot in figure.get_axes()]
    assert not any("along the axis (Å)" in label.replace("\n", " ") for label in labels)
    assert f"No data ({len(AXES)} axes)" in text_of(figure)


def test_the_scale_of_the_polar_plot_does_not_reach_beyond_nyquist():
    """Axes at 4.5 Å, voxels of 2 Å: colours are still about the median, the bar is cut at 4 Å."""
    results = with_medians(np.full(len(AXES), 4.5))
    figure = draw_figure("polar", results)
    heat = next(c for c in titled(figure, "rot")[0].collections if isinstance(c, QuadMesh))
    assert heat.get_clim() == pytest.approx((3.0, 6.75))
    bar = next(plot for plot in figure.get_axes() if plot.get_label() == "<colorbar>")
    assert sorted(bar.get_ylim()) == pytest.approx([4.0, 6.75])
    shown, extend = cut_scale(heat, (4.0, 20.0))
    assert extend == "max"
    for value in (4.0, 4.5, 5.5, 6.75):
        assert shown.to_rgba(value) == pytest.approx(heat.to_rgba(value), abs=0.02)


def test_counts_are_dots_and_colours_of_one_scale():
    results = known_results()
    left, right = titled(draw_figure("counts", results), "rot")
    index = ends_on_disc(AXES)[2]
    assert np.array_equal(left.collections[0].get_array(), results.counts[index])
    assert left.collections[0].get_clim() == (0, results.counts.max())
    (heat,) = right.collections
    assert heat.get_clim() == (0, results.counts.max())
    assert heat.get_array().max() <= results.counts.max() and heat.get_array().min() >= 0


def test_counts_that_are_all_zero_can_be_drawn():
    silent = with_medians(known_results().axis_resolution, counts=np.zeros(len(AXES)))
    left, _ = titled(draw_figure("counts", silent), "rot")
    assert left.collections[0].get_clim() == (0, 1)
    assert (titled(draw_figure("polar", silent), "rot")[0].collections[1].get_sizes() > 0).all()


def test_sphere_has_the_colours_of_the_polar_plot_and_each_axis_once(monkeypatch):
    given = {}
    for name in ("plot_surface", "scatter"):
        monkeypatch.setattr(Axes3D, name, lambda *a, name=name, **k: given.update({name: (a, k)}))
    results = known_results()
    plot = draw_figure("sphere", results).get_axes()[0]
    ends = np.stack(given["scatter"][0][1:], axis=1)
    assert len(ends) == len(AXES)
    assert np.allclose(np.abs(np.einsum("ij,ij->i", ends, AXES.vectors)), 1)
    assert (ends @ rot_tilt_to_vectors(plot.azim, 90 - plot.elev) > -1e-9).all()
    corners = np.stack(given["plot_surface"][0][1:], axis=-1)
    assert np.allclose(np.linalg.norm(corners, axis=-1), 1)
    middles = corners[:-1, :-1] + corners[1:, :-1] + corners[:-1, 1:] + corners[1:, 1:]
    middles /= np.linalg.norm(middles, axis=-1, keepdims=True)
    means = interpolate(AXES, results.axis_resolution, middles.reshape(-1, 3))
    share = np.log(means * SPAN / np.median(results.axis_resolution)) / np.log(SPAN**2)
    expected = matplotlib.colormaps["RdBu_r"](share).reshape(*middles.shape[:2], 4)
    assert np.abs(given["plot_surface"][1]["facecolors"] - expected).max() < 0.02


def test_voxel_shows_its_row_of_the_table():
    table = known_table()
    place = int(np.argmax((table.codes == 0).sum(axis=0)))
    z, y, x = np.unravel_index(table.indices[place], table.shape)
    figure = draw_figure("voxel", known_results(), voxel=(x, y, z))
    (plot,) = titled(figure, f"x, y, z = {x}, {y}, {z}")
    dots, crosses = (c for c in plot.collections if isinstance(c, PathCollection))
    column, resolved = table.resolutions()[place], table.codes[:, place] > 0
    for drawn, which in ((dots, resolved), (crosses, ~resolved)):
        rot, tilt, index = ends_on_disc(AxisSet(AXES.vectors[which]))
        assert np.allclose(drawn.get_offsets(), np.stack([np.deg2rad(rot), tilt], axis=1))
        if drawn is dots:
            assert np.allclose(dots.get_array(), column[which][index])
    assert dots.get_clim() == pytest.approx(shared_limits([known_results()]))
    stated = text_of(figure)
    assert f"finest {column.min():.1f} Å" in stated and "90 %" not in stated
    assert f"median {np.median(column[resolved]):.1f} Å" in stated
    assert f"not resolved ({(table.codes[:, place] == 0).sum()} of 46 axes)" in stated


def test_voxel_states_intervals_where_the_run_has_them():
    """Interpolated in resolution, whatever the order; open where the coarser end is the limit."""
    rows = [(20.0, 15.0, 20.0), (4.2, 4.2, 4.6), (8.0, 7.0, 10.0)]
    listed = [dict(zip(("frequency_A", "finer_A", "coarser_A"), row)) for row in rows]
    known = known_results()
    found = {**known.summary["found"], "interval": listed}
    results = with_medians(known.axis_resolution, summary={**known.summary, "found": found})
    assert interval_of(results, 8.0) == (7.0, 10.0)
    assert interval_of(results, 14.0) == pytest.approx((11.0, 15.0))
    assert interval_of(known, 8.0) is None
    column = known_table().resolutions()[place_of(known_table(), None)]
    stated = text_of(draw_figure("voxel", results))
    for value in (column.min(), np.median(column)):
        finer, coarser = interval_of(results, value)
        assert f"{value:.1f} Å (90 %: {finer:.1f} to {coarser:.1f} Å)" in stated
    open_ended = {"interval": [{**row, "coarser_A": COARSEST} for row in listed]}
    summary = {**known.summary, "found": {**found, **open_ended}}
    stated = text_of(draw_figure("voxel", with_medians(known.axis_resolution, summary=summary)))
    assert (
        f"{column.min():.1f} Å (90 %: {np.interp(column.min(), [4.2, 8], [4.2, 7]):.1f} Å or"
        in stated
    )


def test_error_for_a_voxel_outside_the_mask_names_the_closest_one():
    outside = np.argwhere(~mask())[1000][::-1]
    inside = np.argwhere(mask())[:, ::-1]
    closest = np.linalg.norm(inside - outside, axis=1).min()
    with pytest.raises(InputError) as stated:
        draw_figure("voxel", known_results(), voxel=tuple(outside))
    named = np.array(re.findall(r"\d+", str(stated.value))[3:6], int)
    assert mask()[tuple(named[::-1])] and np.linalg.norm(named - outside) == closest


# ---------------------------------------------------------------- finest axis


def only_finest_along(*vectors):
    """A table of 15 Å, 5 Å along the axes closest to some vectors."""
    resolutions = np.full((len(AXES), mask().sum()), 15.0)
    for vector in vectors:
        resolutions[AXES.closest(np.array(vector, float))] = 5.0
    return table_of(resolutions)


def test_colour_of_one_finest_axis_is_its_absolute_components():
    for axis in (0, 7, 30):
        table = only_finest_along(AXES.vectors[axis])
        found = axis_colours(table, np.arange(3))
        assert np.allclose(found, np.abs(AXES.vectors[axis]), atol=1e-6)


def test_colour_of_equally_fine_axes_is_their_mixture_and_of_none_is_black():
    chosen = AXES.vectors[[3, 12, 40]]
    found = axis_colours(only_finest_along(*chosen), np.array([5]))
    assert np.allclose(found, np.sqrt((chosen**2).mean(axis=0)), atol=1e-6)
    assert not axis_colours(table_of(np.full((46, mask().sum()), np.inf)), np.array([0])).any()


def test_finest_axis_is_coloured_where_anisotropy_is_and_pale_elsewhere():
    """From light grey to the colour of the axis: nothing is black, or as white as outside."""
    results, table = known_results(), known_table()
    figure = draw_figure("best-axis", results, axis="z", slices=(12,), limits=(1.5, 2.0))
    image = slices_of(figure)[0].images[0]
    window = image.get_array().shape[0]
    first = round(image.get_extent()[0] / SAMPLING + MIDDLE + 0.5)
    crop = slice(first, first + window)
    inside, anisotropy = mask()[12, crop, crop], results.volumes["anisotropy"][12, crop, crop]
    shown = np.asarray(image.get_array())
    assert (shown[~inside] == 1).all()
    strength = np.clip((anisotropy[inside] - 1.5) / 0.5, 0, 1)[:, None]
    colours = axis_colours(table, np.arange(len(table.indices)))
    axis = np.stack([table.volume(part)[12, crop, crop][inside] for part in colours.T], axis=1)
    assert np.allclose(shown[inside], 0.88 * (1 - strength) + axis * strength, atol=1e-5)
    assert strength.min() < 0.7 and strength.max() > 0.7
    # Finest along the axis closest to x everywhere.
    assert (shown[inside].argmax(axis=1)[strength[:, 0] > 0.7] == 0).mean() > 0.99
    assert shown[inside].max(axis=1).min() > 0.5


# ---------------------------------------------------------------- scatter of equal axes


@pytest.mark.parametrize("what", ["polar", "sphere"])
def test_scatter_of_equal_axes_is_marked_beside_the_scale_and_said(what):
    results = known_results()
    assert chance_of_axes(results) is None
    assert not chance_bars(draw_figure(what, results))
    found = {**results.summary["found"], "axes_by_chance_over_median": [0.95, 1.1]}
    results = replace(results, summary={**results.summary, "found": found})
    middle = np.median(results.axis_resolution[~np.isnan(results.axis_resolution)])
    low, high = 0.95 * middle, 1.1 * middle
    assert chance_of_axes(results) == pytest.approx((low, high))
    figure = draw_figure(what, results)
    (bar,) = chance_bars(figure)
    assert tuple(bar.get_ydata()) == pytest.approx((low, high))
    said = f"If all axes were alike, by chance: {low:.1f} to {high:.1f} Å (orange bar)."
    assert said in text_of(figure)


def test_ranges_that_look_alike_get_a_second_decimal():
    assert range_text(2.98, 3.02) == "2.98 to 3.02 Å"
    assert range_text(2.94, 3.06) == "2.9 to 3.1 Å"
