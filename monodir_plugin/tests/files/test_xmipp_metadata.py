"""Metadata files of Xmipp's MonoDir protocol: values by hand, their format, and Xmipp's reader."""

import json
from dataclasses import replace
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from monodir_plugin.files.run_folder.xmipp_metadata import (
    AXES,
    HISTOGRAMS,
    SHELLS,
    THRESHOLDS,
    UNIFORM_VIEWS,
    axes_columns,
    histogram_columns,
    shell_columns,
    threshold_columns,
    uniform_views_record,
    write_metadata,
    write_xmipp_files,
)
from monodir_plugin.numerics import DEFAULT, PUBLISHED, AxisSet, ResolutionTable, analyse
from monodir_plugin.numerics.geometry.axes import rot_tilt_to_vectors
from monodir_plugin.numerics.reduction.reductions import reduce_table
from monodir_plugin.numerics.reduction.table import encode

from ..fixtures.results import CENTRE, known_table, results_of, table_of

REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "reference"
with_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="needs the reference outputs in ../shared"
)
#: Masks of the cases of the reference.
MASKS = {
    "toy96": "toy96/mask.mrc.gz",
    "anisotropic_64": "../maps/anisotropic_64_4.00A_mask.mrc",
    "betagal_100": "../maps/betagal_100_3.54A_mask.mrc",
}
#: One of them is listed by its lower end.
THREE_AXES = AxisSet(np.array([[0.0, 0.0, 1.0], [0.0, -1.0, -1.0], [1.0, 0.0, 0.0]]))
FILES = {AXES, SHELLS, THRESHOLDS, *HISTOGRAMS, UNIFORM_VIEWS}


def small_table():
    """Resolutions along three axes of four voxels, Å; the third axis resolves one of them."""
    resolutions = np.array(
        [[4.0, 7.0, 5.0, np.inf], [4.05, 5.0, 9.0, np.inf], [8.0, np.inf, np.inf, np.inf]]
    )
    return ResolutionTable(
        codes=encode(1.0 / resolutions),
        axes=THREE_AXES,
        indices=np.arange(4),
        shape=(2, 2, 2),
        sampling=1.0,
        frequencies=1.0 / np.array([10.0, 6.0, 3.0]),
        with_data=np.ones(3, bool),
    )


def uneven_results():
    """Axes of nearly the same resolution, of which some hold few voxels; one resolves none."""
    random = np.random.default_rng(7)
    shape = known_table().codes.shape
    found = 6.0 + random.uniform(0.0, 0.8, shape) + np.linspace(0.0, 0.15, shape[0])[:, None]
    found[random.uniform(size=shape) > 0.95] = np.inf
    found[5] = np.inf
    return results_of(table_of(found), program="MonoDir")


HIGHEST = np.array([4.0, 5.0, 5.0, 10.0], np.float32)


def read(path):
    """Labels, and columns of numbers by label, read without any code of the package."""
    lines = path.read_text().splitlines()
    labels = [line.strip()[1:] for line in lines if line.startswith(" _")]
    rows = [line.split() for line in lines[4 + len(labels) :]]
    return dict(zip(labels, np.array(rows, float).T))


def box(name):
    """A map of the reference."""
    with mrcfile.open(REFERENCE / name, permissive=True) as file:
        return np.array(file.data)


def test_counts_and_means_of_axes_are_those_by_hand():
    columns = axes_columns(small_table(), HIGHEST, DEFAULT.rules, with_unresolved=False)
    assert columns["count"].tolist() == [2, 2, 0]
    assert columns["weight"].tolist() == [2.0, 2.0, 0.0]
    assert columns["x"].tolist() == [0.0, 1.0, 2.0]
    mean = columns["resolutionFreqFourier"]
    # Codes have two bytes: a resolution is exact to one part in a few thousand.
    np.testing.assert_allclose(mean[:2], [(4 + 5) / 2, (4.05 + 5) / 2], rtol=3e-4)
    assert np.isnan(mean[2])
    # The second axis points down: its other end has rot 90 and tilt 45.
    np.testing.assert_allclose(columns["angleRot"], [0, 90, 0], atol=1e-9)
    np.testing.assert_allclose(columns["angleTilt"], [0, 45, 90], atol=1e-9)


def test_unresolved_pairs_count_only_if_asked_for():
    every = DEFAULT.rules
    columns = axes_columns(small_table(), HIGHEST, every, with_unresolved=True)
    # The last voxel has the coarse limit along all axes.
    assert columns["count"].tolist() == [3, 3, 1]
    assert columns["resolutionFreqFourier"][2] == pytest.approx(10.0)


def test_the_file_of_axes_has_the_format_of_the_authors_program(tmp_path):
    columns = axes_columns(small_table(), HIGHEST, DEFAULT.rules, with_unresolved=False)
    columns["resolutionFreqFourier"][:2] = [4.5, 0.00025]
    write_metadata(tmp_path / AXES, columns)
    assert (tmp_path / AXES).read_text().splitlines(keepends=True) == [
        "# XMIPP_STAR_1 * \n",
        "# \n",
        "data_noname\n",
        "loop_\n",
        " _angleRot\n",
        " _angleTilt\n",
        " _count\n",
        " _resolutionFreqFourier\n",
        " _weight\n",
        " _x\n",
        "    0.000000     0.000000                    2     4.500000     2.000000     0.000000 \n",
        "   90.000000    45.000000                    2 2.500000e-04     2.000000     1.000000 \n",
        "    0.000000    90.000000                    0 2.225074e-308     0.000000     2.000000 \n",
    ]


def test_columns_of_different_lengths_are_refused(tmp_path):
    with pytest.raises(ValueError, match="count, x differ in length"):
        write_metadata(tmp_path / "a.xmd", {"count": np.arange(3), "x": np.arange(2.0)})
    assert not list(tmp_path.iterdir())


def test_shells_reach_one_voxel_inwards_and_outwards():
    mask = np.zeros((8, 8, 8), bool)
    # Along x from the centre: distances 0, 1, 2 and 3; none at the distances of the last shell.
    mask[4, 4, 4:8] = True
    values = np.array([10.0, 20.0, 40.0, 80.0], np.float32)
    names = ("monores", "radial", "tangential", "highest", "lowest")
    maps = {name: values + i for i, name in enumerate(names)}
    columns = shell_columns(maps, mask, np.full(3, 4.0))
    assert columns["index"].tolist() == [1, 2, 3]
    np.testing.assert_allclose(columns["avg"], [15.0, 30.0, 60.0])
    for number in (1, 2, 3, 4):
        np.testing.assert_allclose(columns[f"volScore{number}"], columns["avg"] + number)
    # About another centre the same voxels lie 2, 3, 4 and 5 voxels out; shells end before N / 2.
    columns = shell_columns(maps, mask, np.array([2.0, 4.0, 4.0]))
    assert columns["index"].tolist() == [2, 3]
    np.testing.assert_allclose(columns["avg"], [10.0, 15.0])


def test_the_threshold_is_an_element_of_the_sorted_values():
    radial = np.arange(20, dtype=np.float32)[::-1]
    columns = threshold_columns(radial, 2 * radial[:19])
    assert columns["resolutionFreqFourier"].tolist() == [18.0]
    # floor(0.9 * 19) = 17 of 0, 2, ..., 36
    assert columns["resolutionFreqFourier2"].tolist() == [2 * 18.0]


def test_bins_hold_their_lower_end_and_the_last_one_both():
    values = np.array([0.0, 0.5, 1.0, 1.99, 29.5, 30.0, 30.01, 90.0], np.float32)
    columns = histogram_columns(values, 30.0)
    expected = np.zeros(30, int)
    expected[0], expected[1], expected[29] = 2, 2, 2
    assert columns["count"].tolist() == expected.tolist()
    np.testing.assert_allclose(columns["x"], np.arange(30))
    fine = histogram_columns(np.array([0.05, 0.999, 1.0, 1.001]), 1.0)
    assert fine["count"].tolist() == [0, 1] + [0] * 27 + [2]
    np.testing.assert_allclose(fine["x"], np.arange(30) / 30)


def test_all_files_of_a_run_follow_from_its_table_and_maps(tmp_path):
    results = uneven_results()
    written = write_xmipp_files(results, tmp_path / "extra")
    assert {path.name for path in written} == FILES
    assert {path.name for path in (tmp_path / "extra").iterdir()} == FILES
    table, highest = results.read_table(), results.values("highest")
    found = np.where(table.codes.T > 0, table.resolutions(), np.inf)
    near = np.abs(found - highest[:, None]) <= 0.1
    axes = read(tmp_path / "extra" / AXES)
    assert np.flatnonzero(near.sum(axis=0) == 0).tolist() == [5]
    assert len(set(near.sum(axis=0))) > 20
    np.testing.assert_array_equal(axes["count"], near.sum(axis=0))
    for axis, mean in enumerate(axes["resolutionFreqFourier"]):
        expected = found[near[:, axis], axis].mean() if axis != 5 else 0.0
        assert mean == pytest.approx(expected, abs=2e-6)
    angles = np.deg2rad([axes["angleRot"], axes["angleTilt"]])
    ends = np.stack(
        [np.cos(angles[0]) * np.sin(angles[1]), np.sin(angles[0]) * np.sin(angles[1])], axis=1
    )
    for end, vector in zip(ends, table.axes.vectors):
        upper = vector[2] > 1e-9 or (abs(vector[2]) <= 1e-9 and vector[1] >= 0)
        np.testing.assert_allclose(end, vector[:2] if upper else -vector[:2], atol=2e-8)
    z, y, x = np.nonzero(results.mask)
    radius = np.linalg.norm(np.stack([x, y, z], axis=1) - CENTRE, axis=1)
    shells = read(tmp_path / "extra" / SHELLS)
    names = ("monores", "radial", "tangential", "highest", "lowest")
    labels = ("avg", "volScore1", "volScore2", "volScore3", "volScore4")
    assert list(shells) == ["avg", "index", *labels[1:]]
    for row, shell in enumerate(shells["index"]):
        inside = (radius >= shell - 1) & (radius < shell + 1)
        for name, label in zip(names, labels):
            mean = results.values(name)[inside].mean(dtype=float)
            assert shells[label][row] == pytest.approx(mean, abs=2e-6)
    for name, (of_map, end) in HISTOGRAMS.items():
        bins = read(tmp_path / "extra" / name)
        expected, edges = np.histogram(results.values(of_map), np.linspace(0, end, 31))
        np.testing.assert_array_equal(bins["count"], expected)
        np.testing.assert_allclose(bins["x"], edges[:-1], atol=1e-6)
    thresholds = read(tmp_path / "extra" / THRESHOLDS)
    names = ("radial", "tangential")
    for label, name in zip(("resolutionFreqFourier", "resolutionFreqFourier2"), names):
        below = results.values(name) < thresholds[label] - 1e-6
        assert below.sum() == int(0.9 * len(below))


def test_counts_of_the_published_preset_are_those_of_its_results(tmp_path):
    table = uneven_results().read_table()
    reduced = reduce_table(table, PUBLISHED.rules, CENTRE)
    maps = {**uneven_results().volumes, "highest": table.volume(reduced.highest)}
    summary = {**uneven_results().summary, "parameters": {"preset": "published"}}
    results = replace(uneven_results(), volumes=maps, summary=summary)
    write_xmipp_files(results, tmp_path)
    assert len(set(reduced.counts)) > 20
    np.testing.assert_array_equal(read(tmp_path / AXES)["count"], reduced.counts)


def test_the_test_of_uniform_views_is_that_of_the_summary():
    numbers = {
        "p_value": 0.0125,
        "statistic": 0.03,
        "expected": 0.01,
        "score": 0.14,
        "interval": [0.05, 0.2],
        "rejected": True,
        "effective_voxels": 900.0,
        "images": None,
    }
    isotropy = {**numbers, "agreement": 0.5, "sentences": ["Uneven."]}
    summary = {"program": "MonoDir", "diagnosis": {"isotropy": isotropy}}
    assert uniform_views_record(summary) == {
        **numbers,
        "sentences": ["Uneven."],
        "program": "MonoDir",
    }


def test_without_a_test_of_the_views_there_is_no_p_value(tmp_path):
    results = results_of(known_table(), program="MonoDir")
    write_xmipp_files(results, tmp_path)
    record = json.loads((tmp_path / UNIFORM_VIEWS).read_text())
    assert record["p_value"] is None
    assert record["statistic"] is None
    assert "the map is blank" in record["sentences"][0]
    undiagnosed = uniform_views_record({"program": "MonoDir"})
    assert undiagnosed["p_value"] is None
    assert "no diagnosis" in undiagnosed["sentences"][0]


@with_reference
@pytest.mark.parametrize("case", list(MASKS))
@pytest.mark.parametrize("name", ["directions", "radial_averages", "thresholds"])
def test_a_file_of_the_authors_program_is_written_again_byte_by_byte(case, name, tmp_path):
    reference = REFERENCE / case / f"{name}.xmd"
    columns = read(reference)
    for label in {"count", "index"} & set(columns):
        columns[label] = columns[label].astype(int)
    write_metadata(tmp_path / "again.xmd", columns)
    assert (tmp_path / "again.xmd").read_bytes() == reference.read_bytes()


@with_reference
@pytest.mark.parametrize("case", list(MASKS))
def test_shells_and_thresholds_of_the_authors_maps_are_those_of_their_program(case):
    mask = box(MASKS[case]) > 0.5
    of_file = {
        "monores": "monores",
        "radial": "radial_xy_confused",
        "tangential": "tangential_xy_confused",
        "highest": "highest",
        "lowest": "lowest",
    }
    maps = {name: box(f"{case}/{file}.mrc.gz")[mask] for name, file in of_file.items()}
    columns = shell_columns(maps, mask, np.full(3, float(len(mask) // 2)))
    theirs = read(REFERENCE / case / "radial_averages.xmd")
    assert list(columns) == list(theirs)
    for label, values in theirs.items():
        # Their maps are rounded to float32 and their lists to six decimals.
        np.testing.assert_allclose(columns[label], values, rtol=1e-6, atol=1e-6, err_msg=label)
    columns = threshold_columns(maps["radial"], maps["tangential"])
    for label, values in read(REFERENCE / case / "thresholds.xmd").items():
        np.testing.assert_allclose(columns[label], values, rtol=1e-6, err_msg=label)


@with_reference
def test_counts_and_means_follow_the_authors_program_on_a_map():
    case, sampling = "anisotropic_64", 4.0
    volume = box("../maps/anisotropic_64_4.00A.mrc")
    found = analyse(volume, box(MASKS[case]) > 0.5, sampling, preset=PUBLISHED, threads=1)
    rules, highest = PUBLISHED.rules, found.reduced.highest
    ours = axes_columns(found.table, highest, rules, with_unresolved=True)
    theirs = read(REFERENCE / case / "directions.xmd")
    ends = rot_tilt_to_vectors(theirs["angleRot"], theirs["angleTilt"])
    order = found.table.axes.closest(ends)
    assert sorted(order) == list(range(81))
    listed = rot_tilt_to_vectors(ours["angleRot"], ours["angleTilt"])[order]
    np.testing.assert_allclose(listed, ends, atol=1e-6)
    # As for the counts of the results (tests of the preset), which these are.
    assert np.corrcoef(ours["count"][order], theirs["count"])[0, 1] >= 0.97
    # Theirs is the mean of whole Å: the decimals are dropped, at most 1 Å.
    dropped = ours["resolutionFreqFourier"][order] - theirs["resolutionFreqFourier"]
    assert dropped.min() > 0
    assert dropped.max() < 1
    values = found.table.resolutions()
    near = np.abs(values - highest[:, None]) <= 0.1
    near &= rules.keep(values, found.table.axes)
    whole = np.sum(np.floor(values), axis=0, where=near) / near.sum(axis=0)
    np.testing.assert_allclose(whole[order], theirs["resolutionFreqFourier"], atol=0.02)


@with_reference
def test_our_columns_are_those_of_the_authors_program(tmp_path):
    write_xmipp_files(results_of(known_table(), program="MonoDir"), tmp_path)
    for name, theirs in ((AXES, "directions"), (SHELLS, "radial_averages"), (THRESHOLDS,) * 2):
        reference = REFERENCE / "toy96" / f"{theirs.replace('.xmd', '')}.xmd"
        assert list(read(tmp_path / name)) == list(read(reference))
        ours, others = (
            [line for line in path.read_text().splitlines() if line[:1] != " "]
            for path in (tmp_path / name, reference)
        )
        assert ours == others


def test_the_library_of_xmipp_reads_every_file_and_writes_the_same_bytes(tmp_path):
    xmipp = pytest.importorskip("xmippLib")
    results = uneven_results()
    for path in write_xmipp_files(results, tmp_path):
        if path.suffix == ".xmd":
            metadata = xmipp.MetaData(str(path))
            metadata.write(str(tmp_path / "again.xmd"))
            assert (tmp_path / "again.xmd").read_bytes() == path.read_bytes(), path.name
    metadata = xmipp.MetaData(str(tmp_path / AXES))
    axes = axes_columns(results.read_table(), results.values("highest"), DEFAULT.rules, False)
    axes["resolutionFreqFourier"][5] = 0.0  # its NaN becomes the smallest normal number
    for label, name in (
        (xmipp.MDL_X, "x"),
        (xmipp.MDL_COUNT, "count"),
        (xmipp.MDL_ANGLE_ROT, "angleRot"),
        (xmipp.MDL_ANGLE_TILT, "angleTilt"),
        (xmipp.MDL_WEIGHT, "weight"),
        (xmipp.MDL_RESOLUTION_FREQ, "resolutionFreqFourier"),
    ):
        np.testing.assert_allclose(metadata.getColumnValues(label), axes[name], atol=6e-7)
    metadata = xmipp.MetaData(str(tmp_path / SHELLS))
    assert metadata.getColumnValues(xmipp.MDL_IDX)[0] == 1
    for label, name in (
        (xmipp.MDL_VOLUME_SCORE1, "volScore1"),
        (xmipp.MDL_VOLUME_SCORE2, "volScore2"),
        (xmipp.MDL_VOLUME_SCORE3, "volScore3"),
        (xmipp.MDL_VOLUME_SCORE4, "volScore4"),
        (xmipp.MDL_AVG, "avg"),
    ):
        expected = read(tmp_path / SHELLS)[name]
        np.testing.assert_allclose(metadata.getColumnValues(label), expected, atol=6e-7)


def test_numbers_are_written_as_the_library_of_xmipp_writes_them(tmp_path):
    xmipp = pytest.importorskip("xmippLib")
    values = [0.0, 5e-4, -5e-4, 0.001, 0.00099999, -12.5, 1234567.891, 1e12, np.nan, 2 / 3]
    counts = [0, 1, 12345, 2 * 10**9, 5, 6, 7, 8, 9, 10]
    metadata = xmipp.MetaData()
    for value, count in zip(values, counts):
        row = metadata.addObject()
        metadata.setValue(xmipp.MDL_COUNT, count, row)
        metadata.setValue(xmipp.MDL_X, value, row)
    metadata.write(str(tmp_path / "theirs.xmd"))
    columns = {"count": np.array(counts), "x": np.array(values)}
    write_metadata(tmp_path / "ours.xmd", columns)
    assert (tmp_path / "ours.xmd").read_bytes() == (tmp_path / "theirs.xmd").read_bytes()
