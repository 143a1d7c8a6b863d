"""What figures draw is what the results hold: arrays, places, scales, labels, files."""

import itertools
import re

import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread

from monodir_plugin.errors import InputError
from monodir_plugin.figures import FIGURES, compare, draw_figure, findings, save_figure
from monodir_plugin.numerics.reduction.result_maps import resolution_names

from ..fixtures.figure_probes import (
    axes_of,
    bars_of,
    hatched_in,
    label_faults,
    shown_at,
    slices_of,
    text_of,
    titled,
)
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


# ---------------------------------------------------------------- slices


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
    found = hatched_in(plot, (np.arange(BOX) - MIDDLE) * SAMPLING)
    assert np.array_equal(found, unresolved[12])
    shown = plot.images[0].get_array()
    if shown.ndim == 2:
        assert np.ma.count(shown) == (mask() & ~unresolved)[12].sum()
    assert "Hatched: not resolved (coarser than 20 Å)" in text_of(figure)
    assert "Hatched" not in text_of(draw_figure(name, known_results(), **planes))


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


FAULTS = {
    "adr, slice beyond": ("adr", {"slices": (3, BOX)}, f"slice {BOX}: the box has the slices 0 to"),
    "adr, limits turned": ("adr", {"limits": (9.0, 5.0)}, "limits 9,5: give two numbers"),
    "adr, no such colours": ("adr", {"cmap": "mauve"}, "colour map mauve: Matplotlib has none"),
    "adr, no such axis": ("adr", {"axis": "w"}, "slice axis w: choose x, y or z"),
    "polar, zero": ("polar", {"limits": (0.0, 9.0)}, "a scale of ratios begins above 0 Å"),
    "polar, no slices": ("polar", {"slices": (3,)}, "figure polar: it has no option slices"),
    "voxel outside": ("voxel", {"voxel": (0, 0, 0)}, "voxel 0,0,0: it is not in the mask; "),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_drawn_is_reported(fault):
    name, options, words = FAULTS[fault]
    with pytest.raises(InputError, match=re.escape(words)):
        draw_figure(name, known_results(), **options)


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


# ---------------------------------------------------------------- distributions and curves


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
    for line, band, name, label in zip(plot.lines, plot.collections, names, labels):
        assert np.array_equal(line.get_xdata(), results.profile.radius[enough])
        mean, std = results.profile.mean[name][enough], results.profile.std[name][enough]
        assert np.array_equal(line.get_ydata(), mean)
        drawn = band.get_paths()[0].vertices[:, 1]
        assert drawn.min() == pytest.approx(max((mean - std).min(), FINEST))
        assert drawn.max() == pytest.approx(min((mean + std).max(), COARSEST))
        slope = results.slopes.get(name, {}).get("slope")
        assert (f"({slope:+.3f} Å/Å)" in label) if slope is not None else "Å/Å" not in label


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


# ---------------------------------------------------------------- comparison


def coarser_results():
    """The known results, everything coarser by a quarter, measured with a wider cone."""
    table = known_table()
    parameters = {"preset": "default", "cone": 40.0, "along": []}
    return results_of(table_of(1.25 * table.resolutions().T.astype(float)), parameters=parameters)


def test_comparison_has_one_scale_and_the_numbers_of_each():
    one, two = known_results(), coarser_results()
    figure = compare([one, two], ["before", "after"])
    images = [plot.images[0] for plot in axes_of(figure) if plot.images]
    pooled = np.concatenate([r.volumes["adr"][mask()] for r in (one, two)])
    assert len(images) == 6
    assert all(i.get_clim() == pytest.approx(tuple(np.percentile(pooled, (2, 98)))) for i in images)
    discs = titled(figure, "rot")
    scaled = [c.norm(c.get_array()) for plot in discs for c in plot.collections[:1]]
    assert np.abs(scaled[0] - scaled[1]).max() < 0.15
    curves = [plot for plot in axes_of(figure) if plot.get_xlabel().startswith("Distance")]
    assert (
        len({plot.get_ylim() for plot in curves}) == len({plot.get_xlim() for plot in curves}) == 1
    )
    assert curves[0].get_ylim()[0] > curves[0].get_ylim()[1]
    (table,) = [t for plot in axes_of(figure) for t in plot.tables]
    texts = {place: entry.get_text().get_text() for place, entry in table.get_celld().items()}
    assert (texts[0, 0], texts[0, 1]) == ("before", "after")
    for row, found in enumerate(findings([one, two]), start=1):
        assert texts[row, -1] == f"{found.what} ({found.unit})"
        for column, value in enumerate(found.values):
            if np.isnan(value):
                expected = "not fitted" if found.unit == "Å/Å" else "not resolved"
                assert texts[row, column] == expected
                continue
            assert float(texts[row, column]) == pytest.approx(value, abs=0.006)
    stated = text_of(figure)
    assert "settings differ: cone" in stated


def test_findings_are_medians_shares_and_slopes():
    one, two = known_results(), coarser_results()
    found = {row.what: row for row in findings([one, two])}
    for name, what in (("adr", "Median ADR"), ("anisotropy", "Median anisotropy")):
        medians = [np.median(r.volumes[name][mask()]) for r in (one, two)]
        assert found[what].values == pytest.approx(medians) and found[what].unit == "Å"
    assert found["Pairs not resolved"].values[0] == pytest.approx(
        100 * (known_table().codes == 0).mean()
    )
    ratios = [r.axis_resolution.max() / r.axis_resolution.min() for r in (one, two)]
    assert found["Coarsest over finest axis"].values == pytest.approx(ratios)
    medians = [np.median(r.axis_resolution) for r in (one, two)]
    assert found["Median axis"].values == pytest.approx(medians)
    slopes = found["Slope of radial curve"].values
    assert slopes == tuple(r.slopes["radial"]["slope"] for r in (one, two))
    assert np.isnan(found["Slope of MonoRes curve"].values).all()


def test_findings_of_what_is_not_resolved_are_no_numbers():
    """Without data along six axes the lowest resolution is the coarse limit everywhere."""
    results = partly_resolved()
    found = {row.what: row.values[0] for row in findings([results])}
    known = results.with_data & np.isfinite(results.axis_resolution)
    assert (results.with_data & ~known).any() and (~results.with_data).sum() == 6
    along = results.axis_resolution[known]
    assert found["Axes without data"] == 6
    assert found["Median axis"] == pytest.approx(np.median(along))
    assert found["Coarsest over finest axis"] == pytest.approx(along.max() / along.min())
    low, high = np.percentile(along, (17, 83))
    assert found["Spread of axes"] == pytest.approx(50 * (high - low) / np.median(along))
    assert np.isnan(found["Median lowest resolution"]) and found["Median ADR"] < COARSEST
    assert np.isnan(found["Slope of lowest curve"])


def test_comparison_of_one_is_refused():
    with pytest.raises(InputError, match="at least two"):
        compare([known_results()], ["alone"])


# ---------------------------------------------------------------- all of them, and as files


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_units_and_finer_resolution_upwards(name):
    """And a title with the map's name as it is, even where it looks like a formula."""
    results = with_medians(known_results().axis_resolution, name="a$\\frac$b.mrc")
    figure = draw_figure(name, results)
    for label, finer_on_top in bars_of(figure).items():
        assert label, f"a colour bar of {name} has no label"
        assert finer_on_top == label.endswith("finer upwards")
    assert label_faults(figure) == []
    stated = text_of(figure)
    assert name == "voxel" or r"a\$\frac\$b.mrc" in stated
    before = dict(matplotlib.rcParams)
    draw_figure(name, results)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", ["adr", "histograms", "curves"])
def test_labels_without_a_unit_or_missing_ones_are_found(name):
    """The check above fails for each label that is emptied or loses its unit."""
    for label in ("", "Resolution"):
        figure = draw_figure(name, known_results())
        plots = [plot for plot in axes_of(figure) if plot.axison]
        assert len(plots) > 0 and label_faults(figure) == []
        for plot in plots:
            bar = plot.get_label() == "<colorbar>"
            before = plot.get_ylabel() if bar else plot.get_xlabel()
            (plot.set_ylabel if bar else plot.set_xlabel)(label)
            assert len(label_faults(figure)) == 1
            (plot.set_ylabel if bar else plot.set_xlabel)(before)


def test_saved_figures_have_their_size_and_are_the_same_each_time(tmp_path):
    for name in ("one", "two"):
        for suffix in (".png", ".svg", ".pdf"):
            save_figure(draw_figure("curves", known_results()), tmp_path / (name + suffix), dpi=100)
    for suffix in (".png", ".svg", ".pdf"):
        one, two = (tmp_path / (name + suffix) for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    height, width = imread(tmp_path / "one.png").shape[:2]
    figure = draw_figure("curves", known_results())
    assert (width, height) == tuple(np.round(100 * figure.get_size_inches()).astype(int))
    text = (tmp_path / "one.svg").read_text()
    assert "finer upwards</text>" in text and "Distance from the centre" in text
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(InputError, match="name a file that ends in"):
        save_figure(figure, tmp_path / "one.tiff")
    assert len(list(tmp_path.iterdir())) == 6
