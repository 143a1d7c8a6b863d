"""A result map that is not in the package is added to the registry, and appears everywhere.

``docs/extend/result_map.rst`` includes the marked part.
"""

import csv
import json

import mrcfile
import numpy as np
import pytest

from monodir_plugin.chimerax import colourings
from monodir_plugin.figures import FIGURES, draw_figure, findings
from monodir_plugin.files.loading import load_results
from monodir_plugin.numerics.reduction.result_maps import ANISOTROPY, RESULT_MAPS, ResultMap
from monodir_plugin.report.slices import slice_data
from monodir_plugin.tests.fixtures.figure_probes import label_faults, slices_of, text_of, titled
from monodir_plugin.tests.fixtures.maps import call
from monodir_plugin.tests.fixtures.result_folders import BOX, SAMPLING, made_folder


# result map: begin
def interquartile_range(voxels):
    """75th less the 25th percentile over the axes of every voxel."""
    return voxels.quantile(0.75) - voxels.quantile(0.25)


INTERQUARTILE_RANGE = ResultMap(
    name="iqr",
    title="Interquartile range over axes",
    label="Interquartile range",
    definition="75th less the 25th percentile over the axes",
    description="The range of resolutions of the middle half of the axes, at every voxel.",
    kind=ANISOTROPY,
    reduce=interquartile_range,
    caution="It is not comparable with the anisotropy, which is of the middle two thirds.",
    has_curve=True,
    bound_share=0.25,
)
# result map: end


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Results of a known table with the map, and its values calculated from the table."""
    monkeypatch.setitem(RESULT_MAPS, INTERQUARTILE_RANGE.name, INTERQUARTILE_RANGE)
    folder = made_folder(tmp_path)
    low, high = np.percentile(folder.analysis.table.resolutions().astype(float), (25, 75), axis=1)
    return folder, (high - low).astype(np.float32)


def test_the_map_is_in_the_files_of_a_run(made):
    folder, expected = made
    volume = mrcfile.read(folder.folder / "iqr.mrc")
    np.testing.assert_allclose(volume[folder.mask], expected, rtol=1e-5, atol=1e-5)
    assert not volume[~folder.mask].any() and expected.min() < 0.8 * expected.max()
    summary = json.loads((folder.folder / "summary.json").read_text())
    assert summary["median_A"]["iqr"] == pytest.approx(np.median(expected), rel=1e-5)
    low, high = summary["median_interval_A"]["iqr"]
    assert low < np.median(expected) < high
    with (folder.folder / "radial_profile.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    shells = np.rint(np.linalg.norm(np.argwhere(folder.mask) - BOX // 2, axis=1))
    for row in rows:
        inside = shells == round(float(row["radius_A"]) / SAMPLING)
        assert float(row["iqr_mean_A"]) == pytest.approx(expected[inside].mean(), rel=1e-4)


def test_the_map_is_in_the_loaded_results_and_in_the_figures(made):
    folder, expected = made
    results = load_results(folder.folder)
    np.testing.assert_allclose(results.values("iqr"), expected, rtol=1e-5, atol=1e-5)
    assert results.along() == []

    figure = draw_figure("iqr", results, axis="z", slices=(16,))
    (plot,) = slices_of(figure)
    shown = plot.images[0].get_array()
    # Hatched and left out where the voxel is resolved along no axis: here nowhere.
    np.testing.assert_array_equal(
        np.sort(shown.compressed()), np.sort(results.volumes["iqr"][16][folder.mask[16]])
    )
    assert label_faults(figure) == []
    assert "75th less the 25th percentile over the axes (Å)" in text_of(figure).replace("\n", " ")

    histograms = draw_figure("histograms", results)
    (panel,) = titled(histograms, "Interquartile range")
    assert panel.lines[0].get_xdata()[0] == pytest.approx(np.median(expected), rel=1e-5)
    assert label_faults(histograms) == []

    (curves,) = titled(draw_figure("curves", results), "shells")
    assert any(curve.get_label().startswith("Interquartile range") for curve in curves.lines)
    assert FIGURES["iqr"].caution == INTERQUARTILE_RANGE.caution
    (found,) = (row for row in findings([results]) if row.what == "Median interquartile range")
    assert found.values[0] == pytest.approx(np.median(expected), rel=1e-5)


def test_the_map_is_in_the_report_in_chimerax_and_in_the_help(made, capsys, tmp_path):
    folder, _ = made
    results = load_results(folder.folder)
    (entry,) = (entry for entry in slice_data(results)["maps"] if entry["name"] == "iqr")
    assert entry["title"] == "Interquartile range"
    assert "iqr" in colourings(results)
    done = call(capsys, "chimerax", folder.folder, "--color-by", "iqr", "-o", tmp_path / "scene")
    assert done.status == 0
    assert "Interquartile range (Å)" in (tmp_path / "scene" / "iqr.cxc").read_text()
    helped = call(capsys, "run", "--help")
    assert "iqr.mrc" in helped.out and "75th less the 25th percentile" in helped.out
    plotted = call(capsys, "plot", "--help")
    assert "Interquartile range over axes" in plotted.out
