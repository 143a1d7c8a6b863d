"""Slices show what the results hold: arrays, places, scales, hatching."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from monodir_plugin.errors import InputError
from monodir_plugin.figures import compare, draw_figure
from monodir_plugin.figures.directions.polar import chance_of_axes
from monodir_plugin.figures.drawing.planes import ADR_BOUND
from monodir_plugin.numerics.reduction.result_maps import resolution_names

from ..fixtures.figure_probes import bars_of, chance_bars, hatched_in, shown_at, slices_of, text_of
from ..fixtures.results import (
    BOX,
    COARSEST,
    FINEST,
    SAMPLING,
    known_results,
    known_table,
    mask,
    partly_resolved,
    read_density,
    results_of,
    table_of,
    with_medians,
)

MIDDLE = BOX // 2
RESOLUTION_MAPS = tuple(resolution_names())


@pytest.mark.parametrize("name", [*RESOLUTION_MAPS, "anisotropy"])
def test_slices_show_the_map_where_it_lies(name):
    """Voxel by voxel, at its place in Å from voxel N/2; nothing outside the mask."""
    results = known_results()
    figure = draw_figure(name, results, axis="y", slices=(8, 11))
    for plot, y in zip(slices_of(figure), (8, 11)):
        assert plot.get_title().startswith(f"y = {(y - MIDDLE) * SAMPLING:.1f} Å")
        assert (plot.get_xlabel(), f"slice {y}" in plot.get_title()) == ("x (Å)", True)
        for z, x in itertools.product(range(4, 21, 3), range(5, 20, 2)):
            shown = shown_at(plot, (x - MIDDLE) * SAMPLING, (z - MIDDLE) * SAMPLING)
            if mask()[z, y, x]:
                assert shown == results.volumes[name][z, y, x]
            else:
                assert shown is np.ma.masked
        assert np.ma.count(plot.images[0].get_array()) == mask()[:, y].sum()
    assert len(slices_of(figure)) == 2


def test_slices_across_every_axis_unless_one_is_named():
    plots = slices_of(draw_figure("adr", known_results()))
    sides = [(plot.get_xlabel(), plot.get_ylabel()) for plot in plots]
    assert sides == [("x (Å)", "y (Å)"), ("x (Å)", "z (Å)"), ("y (Å)", "z (Å)")]
    volume = known_results().volumes["adr"]
    places = [round(float(np.median(p))) for p in np.nonzero(mask())]
    for axis, plot in enumerate(plots):
        inside = np.take(mask(), places[axis], axis=axis)
        shown = np.sort(plot.images[0].get_array().compressed())
        assert np.array_equal(shown, np.sort(np.take(volume, places[axis], axis=axis)[inside]))
    along = slices_of(draw_figure("adr", known_results(), axis="x"))
    assert len(along) == 5 and all(plot.get_title().startswith("x = ") for plot in along)


@pytest.mark.parametrize("numbers", [(10,), (8, 11), (8, 10, 11), (7, 8, 9, 10, 11)])
@pytest.mark.parametrize("axis", [None, "z"])
def test_labels_of_slices_lie_inside_the_figure_and_below_its_title(axis, numbers):
    chosen = {} if axis is None else {"axis": axis, "slices": numbers}
    figure = draw_figure("adr", known_results(), **chosen)
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    title = figure._suptitle.get_window_extent(renderer)
    for plot in slices_of(figure):
        assert plot.xaxis.label.get_window_extent(renderer).y0 >= 0
        assert plot.title.get_window_extent(renderer).y1 <= title.y0 + 1


def test_maps_of_resolution_share_one_scale():
    results = known_results()
    pooled = np.concatenate([results.volumes[name][mask()] for name in RESOLUTION_MAPS])
    expected = tuple(np.percentile(pooled, (2, 98)))
    for name in RESOLUTION_MAPS:
        figure = draw_figure(name, results)
        for plot in slices_of(figure):
            assert plot.images[0].get_clim() == pytest.approx(expected)
            assert tuple(plot.images[0].get_cmap()(np.ma.masked)) == (1, 1, 1, 1)
        assert [label.endswith("finer upwards") for label in bars_of(figure)] == [True]
        assert list(bars_of(figure).values()) == [True]
    anisotropy = slices_of(draw_figure("anisotropy", results))[0].images[0]
    top = np.percentile(results.volumes["anisotropy"][mask()], 98)
    assert anisotropy.get_clim() == pytest.approx((0, top))


def test_small_spread_is_not_stretched_over_all_colours():
    """Maps within a hundredth about 8 Å: limits 2 Å apart, a quarter of 8."""
    flat = known_results()
    adr = np.where(mask(), 8 + 0.08 * np.sin(np.arange(BOX)), 0).astype(np.float32)
    results = with_medians(flat.axis_resolution, volumes={**flat.volumes, "adr": adr})
    low, high = slices_of(draw_figure("overview", results))[0].images[0].get_clim()
    assert (low, high) == pytest.approx((7, 9), abs=0.02)


@pytest.mark.parametrize("name", [*RESOLUTION_MAPS, "overview", "difference", "best-axis"])
def test_voxels_that_are_not_resolved_are_hatched_and_have_no_colour(name):
    """All of them, no others, and the legend says so and names the limit."""
    results = partly_resolved()
    of = {"overview": ("adr",), "difference": ("adr", "monores"), "best-axis": ("highest",)}
    chosen = of.get(name, (name,))
    limits = [results.volumes[key] >= COARSEST * (1 - 1e-4) for key in chosen]
    unresolved = mask() & np.logical_or.reduce(limits)
    planes = {} if name == "overview" else {"axis": "z", "slices": (12,)}
    figure = draw_figure(name, results, **planes)
    plot = slices_of(figure)[-1 if name == "difference" else 0]
    assert 0 < unresolved[12].sum() == unresolved[12][mask()[12]].sum()
    found = hatched_in(plot, (np.arange(BOX) - MIDDLE) * SAMPLING, faces=True)
    assert np.array_equal(found, unresolved[12])
    shown = plot.images[0].get_array()
    if shown.ndim == 2:
        assert np.ma.count(shown) == (mask() & ~unresolved)[12].sum()
    assert "Hatched: not resolved (coarser than 20 Å)" in text_of(figure)
    assert "Hatched" not in text_of(draw_figure(name, known_results(), **planes))


@pytest.mark.parametrize("name", ["adr", "overview", "compare"])
def test_adr_is_marked_as_coarser_where_the_lowest_resolution_is_the_limit(name):
    results = partly_resolved()
    at_limit = {
        key: mask() & (results.volumes[key] >= COARSEST * (1 - 1e-4)) for key in ("adr", "lowest")
    }
    planes = {} if name == "overview" else {"axis": "z", "slices": (12,)}
    if name == "compare":
        figure = compare([results, known_results()], ["one", "two"], **planes)
    else:
        figure = draw_figure(name, results, **planes)
    marked = (at_limit["lowest"] & ~at_limit["adr"])[12]
    centres = (np.arange(BOX) - MIDDLE) * SAMPLING
    assert 0 < marked.sum() < mask()[12].sum()
    assert np.array_equal(hatched_in(slices_of(figure)[0], centres, faces=False), marked)
    assert ADR_BOUND in text_of(figure)
    assert ADR_BOUND not in text_of(draw_figure("overview", known_results()))


def test_colours_are_those_of_the_resolved_and_not_finer_than_nyquist():
    results = partly_resolved()
    pooled = np.concatenate([results.volumes[name][mask()] for name in RESOLUTION_MAPS])
    pooled = pooled[pooled < COARSEST * (1 - 1e-4)]
    expected = np.percentile(pooled, (2, 98))
    assert slices_of(draw_figure("adr", results))[0].images[0].get_clim() == pytest.approx(expected)
    # All at the finest that was looked at: half an Å is wide, but begins at two voxels.
    fine = results_of(table_of(np.full(known_table().codes.shape, FINEST)))
    for name in ("adr", "overview", "along"):
        low, high = slices_of(draw_figure(name, fine))[0].images[0].get_clim()
        assert low >= 2 * SAMPLING - 1e-6 and low < FINEST + 1e-3 < high
    nothing = results_of(table_of(np.full(known_table().codes.shape, np.inf)))
    image = slices_of(draw_figure("adr", nothing))[0].images[0]
    assert image.get_clim() == pytest.approx((2 * SAMPLING, COARSEST))
    assert np.ma.count(image.get_array()) == 0


def test_anisotropy_is_marked_as_a_lower_bound_where_its_upper_percentile_is_the_limit():
    results = partly_resolved()
    table = results.read_table()
    values = np.where(table.codes > 0, table.resolutions().T, np.inf)
    bound = table.volume(np.isinf(np.percentile(values, 83, axis=0, method="higher"))) > 0
    none = mask() & (results.volumes["highest"] >= COARSEST * (1 - 1e-4))
    figure = draw_figure("anisotropy", results, axis="z", slices=(12,))
    (plot,) = slices_of(figure)
    centres = (np.arange(BOX) - MIDDLE) * SAMPLING
    assert 0 < (bound & ~none)[12].sum() < (mask() & ~none)[12].sum()
    assert np.array_equal(hatched_in(plot, centres, faces=True), none[12])
    assert np.array_equal(hatched_in(plot, centres, faces=False), (bound & ~none)[12])
    assert np.ma.count(plot.images[0].get_array()) == (mask() & ~none)[12].sum()
    assert "Lower bound" in text_of(figure)
    top = np.percentile(results.volumes["anisotropy"][mask() & ~none], 98)
    assert plot.images[0].get_clim() == pytest.approx((0, top))


def test_limits_and_colours_that_are_asked_for():
    figure = draw_figure("adr", known_results(), limits=(5.0, 9.0), cmap="cividis")
    image = slices_of(figure)[0].images[0]
    assert image.get_clim() == (5.0, 9.0) and image.get_cmap().name == "cividis"


def test_difference_is_of_adr_and_monores_on_a_symmetric_scale():
    results = known_results()
    plots = slices_of(draw_figure("difference", results, axis="z", slices=(12,)))
    assert len(plots) == 3
    adr, monores, change = (plot.images[0] for plot in plots)
    assert np.ma.allequal(change.get_array(), adr.get_array() - monores.get_array())
    assert adr.get_clim() == monores.get_clim()
    low, high = change.get_clim()
    inside = (results.volumes["adr"] - results.volumes["monores"])[mask()]
    assert low == -high and high == pytest.approx(np.percentile(np.abs(inside), 98))
    assert len({plot.get_xlim() for plot in plots}) == 1


def test_along_shows_each_axis_that_was_asked_for_on_one_scale():
    results = known_results()
    figure = draw_figure("along", results, axis="z", slices=(12,))
    first, second = (plot.images[0] for plot in slices_of(figure))
    window = slices_of(draw_figure("adr", results, axis="z", slices=(12,)))[0].images[0]
    assert np.ma.count(window.get_array()) == mask()[12].sum()
    for image, name in ((first, "along_0_0_1"), (second, "along_1_-0.5_0")):
        resolved = mask()[12] & (results.volumes[name][12] < COARSEST * (1 - 1e-4))
        assert 0 < np.ma.count(image.get_array()) == resolved.sum()
        assert np.isin(image.get_array().compressed(), results.volumes[name][12]).all()
    assert first.get_clim() == second.get_clim()
    assert {label.split(" (")[0] for label in bars_of(figure)} == {
        "Along 0, 0, 1",
        "Along 1, -0.5, 0",
    }
    bare = with_medians(results.axis_resolution, volumes={"adr": results.volumes["adr"]})
    with pytest.raises(InputError, match="run monodir run with --along"):
        draw_figure("along", bare)


def test_density_is_drawn_whole_and_outlined_where_the_mask_ends():
    """The orange line separates voxels of the mask from others, at every voxel."""
    plot = slices_of(draw_figure("density", known_results(), axis="z", slices=(13,)))[0]
    assert np.array_equal(plot.images[0].get_array(), read_density().values[13])
    edges = np.array([-0.5, BOX - 0.5, -0.5, BOX - 0.5]) - MIDDLE
    assert plot.images[0].get_extent() == pytest.approx(tuple(edges * SAMPLING))
    (outline,) = plot.collections
    centres = (np.arange(BOX) - MIDDLE) * SAMPLING
    points = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
    paths = outline.get_paths()
    inside = np.sum([path.contains_points(points) for path in paths], axis=0) % 2
    assert np.array_equal(inside.reshape(BOX, BOX).astype(bool), mask()[13])


def test_single_axes_have_the_range_by_chance_and_their_medians():
    results = known_results()
    found = {**results.summary["found"], "axes_by_chance_over_median": [0.95, 1.1]}
    figure = draw_figure("along", replace(results, summary={**results.summary, "found": found}))
    ends = chance_of_axes(replace(results, summary={**results.summary, "found": found}))
    bars = chance_bars(figure)
    assert len(bars) == len(results.along())
    for name, bar in zip(results.along(), bars):
        low, high = sorted(bar.axes.get_ylim())
        assert tuple(bar.get_ydata()) == pytest.approx(np.clip(ends, low, high))
        assert f"median {np.median(results.values(name)):.1f} Å" in text_of(figure)
