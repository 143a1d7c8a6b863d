"""``monodir run`` with several maps, half maps and job folders."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from monodir_plugin.cli.run_inputs import _print_table
from monodir_plugin.workflows.measure.batch import Outcome
from monodir_plugin.workflows.plot import compare_runs, distinct_names

from ...fixtures.maps import SHORT, call, particle, read, sample, write

OPTIONS = ("--no-diagnosis", *SHORT)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two maps with a common mask, and a file that is no map."""
    folder = tmp_path_factory.mktemp("several")
    write(folder / "a.mrc", sample(seed=2))
    write(folder / "b.mrc", sample(seed=3))
    write(folder / "mask.mrc", particle(32)[1])
    (folder / "bad.mrc").write_text("no map")
    return folder


@pytest.fixture(scope="module")
def alone(data, tmp_path_factory):
    """The summary of a run of the second map alone."""
    folder = tmp_path_factory.mktemp("alone")
    from monodir_plugin.cli import main

    words = ["run", data / "b.mrc", "--mask", data / "mask.mrc", *OPTIONS, "-o", folder]
    assert main([str(word) for word in words]) == 0
    return json.loads((folder / "summary.json").read_text())


def test_maps_are_measured_as_alone_and_a_failure_stops_none(data, alone, capsys, tmp_path):
    """All but the path of the folder is that of a run of one map."""
    names = [str(data / name) for name in ("a.mrc", "bad.mrc", "b.mrc")]
    words = [*names, "--mask", data / "mask.mrc", *OPTIONS, "-o", tmp_path / "out"]
    outcome = call(capsys, "run", *words)
    assert outcome.status == 1
    assert f"1 of 3 maps failed: {names[1]}" in outcome.err
    # What cannot be measured is named before anything is measured, and once.
    lines = outcome.err.splitlines()
    assert lines[0].startswith(f"monodir: map {names[1]}: not an MRC file")
    assert [line for line in lines if line.startswith("map ")] == [
        f"map 1 of 3: {names[0]}",
        f"map 3 of 3: {names[2]}",
    ]
    assert outcome.err.count("not an MRC file") == 1
    assert json.loads((tmp_path / "out" / "b" / "summary.json").read_text()) == alone
    with (tmp_path / "out" / "monodir_maps.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["map"] for row in rows] == names
    assert "not an MRC file" in rows[1]["error"] and rows[1]["adr_A"] == ""
    assert float(rows[2]["adr_A"]) == pytest.approx(alone["median_A"]["adr"], rel=1e-5)
    assert float(rows[2]["ratio_of_axes"]) == pytest.approx(alone["axes"]["ratio"], rel=1e-5)
    figure = tmp_path / "out" / "monodir_maps.png"
    assert f"maps side by side in {figure}" in outcome.out
    expected = tmp_path / "expected.png"
    pair = [tmp_path / "out" / name for name in ("a", "b")]
    compare_runs(pair, expected, names=["a", "b"])
    assert figure.read_bytes() == expected.read_bytes()
    printed = [line for line in outcome.out.splitlines() if line.startswith(names[2])]
    assert f"{alone['median_A']['adr']:.2f}" in printed[0].split()


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["out/even_half_maps", "out/cone_map"], ["even_half_maps", "cone_map"]),
        (["a/map_monodir", "b/map_monodir"], ["a/map_monodir", "b/map_monodir"]),
        (["a/b/map", "c/b/map", "a/d/map"], ["a/b/map", "c/b/map", "a/d/map"]),
        (["same", "same"], ["same", "same"]),
    ],
)
def test_names_of_folders_are_as_short_as_they_can_be(folders, names):
    assert distinct_names([Path(folder) for folder in folders]) == names


def test_list_has_options_for_each_map_and_json_has_a_line_for_each(data, alone, capsys, tmp_path):
    """The second line is the map alone; the first measures other axes and names its own folder."""
    lines = [
        f"{data / 'a.mrc'} --directions 81 -o {tmp_path / 'own'}",
        "",
        f"{data / 'b.mrc'}  # a comment",
    ]
    (tmp_path / "list.txt").write_text("\n".join(lines))
    words = ["--batch", tmp_path / "list.txt", "--mask", data / "mask.mrc", *OPTIONS, "--json"]
    outcome = call(capsys, "run", *words, "-o", tmp_path / "out")
    assert outcome.status == 0
    first, second = (json.loads(line) for line in outcome.out.splitlines())
    assert first["folder"] == str(tmp_path / "own")
    own = json.loads((tmp_path / "own" / "summary.json").read_text())
    assert own["parameters"]["directions"] == 81
    assert second["map"] == str(data / "b.mrc") and second["error"] is None
    assert second["adr_A"] == alone["median_A"]["adr"]
    assert second["unresolved_share"] == alone["unresolved_share"]
    assert second["warnings"] == alone["warnings"]


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("", "it lists no maps"),
        ("a.mrc --maks m.mrc", "line 1 was not understood"),
        ("a.mrc b.mrc", "line 1: name one map"),
        ("a.mrc 'b", "line 1: No closing quotation"),
    ],
)
def test_lists_that_are_not_understood_are_refused(text, stated, capsys, tmp_path):
    (tmp_path / "list.txt").write_text(text)
    outcome = call(capsys, "run", "--batch", tmp_path / "list.txt")
    assert outcome.status == 2 and stated in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["list.txt"]


def test_options_replace_what_a_job_folder_says(capsys, tmp_path, monkeypatch):
    jobs = []
    monkeypatch.setattr("monodir_plugin.workflows.measure.batch.run", lambda job: jobs.append(job))
    folder = tmp_path / "P1" / "J2"
    folder.mkdir(parents=True)
    prefix = "cryosparc_P1_J2_001_"
    for name in ("map_half_A", "map_half_B", "mask_refine"):
        write(folder / f"{prefix}volume_{name}.mrc", sample(16, 10))
    with (folder / f"{prefix}particles.cs").open("wb") as file:
        np.save(file, np.zeros(6, [("uid", "u8")]))
    (folder / "job.json").write_text('{"params_spec": {"refine_symmetry": {"value": "C3"}}}')
    own = f"--images 5 --mask other.mrc --symmetry D3 -o {tmp_path / 'own'}"
    lines = [f"{folder}", f"{folder} {own}"]
    (tmp_path / "list.txt").write_text("\n".join(lines))
    assert call(capsys, "run", "--batch", tmp_path / "list.txt", "--json").status == 0
    assert [job.images for job in jobs] == [6, 5]
    assert [job.symmetry for job in jobs] == ["C3", "D3"]
    assert [job.mask for job in jobs] == [f"{folder / prefix}volume_mask_refine.mrc", "other.mrc"]
    assert [job.output for job in jobs] == [tmp_path / "P1" / "J2_monodir", tmp_path / "own"]


def test_failure_of_one_map_is_also_a_line_of_json(capsys, tmp_path):
    outcome = call(capsys, "run", "--half1", tmp_path / "a_half1.mrc", "--json")
    assert outcome.status == 2
    record = json.loads(outcome.out)
    assert record["map"] == str(tmp_path / "a_half1.mrc") and record["adr_A"] is None
    assert record["error"] in outcome.err and "a_half2.mrc, which is missing" in outcome.err


def test_lists_that_cannot_be_read_are_refused(capsys, tmp_path):
    (tmp_path / "binary").write_bytes(bytes(range(128, 256)))
    for name, stated in (("none", "there is no such file"), ("binary", "it is not text")):
        outcome = call(capsys, "run", "--batch", tmp_path / name)
        assert outcome.status == 2 and f"{name}: {stated}" in outcome.err


def test_inputs_that_cannot_be_combined_are_refused(capsys, tmp_path):
    (tmp_path / "list.txt").write_text("a.mrc")
    for words in (
        ["a_half1.mrc", "a_half2.mrc", "--half1", "b"],
        ["a.mrc", "b.mrc", "--half2", "b"],
    ):
        outcome = call(capsys, "run", *words)
        assert outcome.status == 2 and "either a MAP, or both" in outcome.err
    outcome = call(capsys, "run", "--batch", tmp_path / "list.txt", "--half1", "b")
    assert outcome.status == 2 and "name half maps in the lines" in outcome.err


def test_positional_half_maps_and_job_folders_are_runs_of_half_maps(data, capsys, tmp_path):
    """The same numbers as with --half1 and --half2; results beside the input by default."""
    project = tmp_path / "Refine3D" / "job001"
    project.mkdir(parents=True)
    names = [f"run_half{number}_class001_unfil.mrc" for number in (1, 2)]
    for number, name in enumerate(names):
        write(project / name, sample(seed=7 + number))
    options = ["--mask", data / "mask.mrc", *OPTIONS]
    words = ["--half1", project / names[0], "--half2", project / names[1]]
    assert call(capsys, "run", *words, *options, "-o", tmp_path / "named").status == 0
    expected = read(tmp_path / "named" / "adr.mrc")
    folder = call(capsys, "run", project, *options)
    assert f"RELION job {project}: half maps" in folder.err
    found = read(tmp_path / "Refine3D" / "job001_monodir" / "adr.mrc")
    np.testing.assert_array_equal(found, expected)
    pair = call(capsys, "run", project / names[0], project / names[1], *options)
    assert "are used as half maps" in pair.err
    np.testing.assert_array_equal(
        read(project / "run_class001_unfil_monodir" / "adr.mrc"), expected
    )


def test_a_single_map_is_not_named_as_a_half_map(data, capsys, tmp_path):
    """The other half would be used all the same; nothing is written."""
    half, output = str(data / "a.mrc"), tmp_path / "out"
    direct = call(capsys, "run", "--half1", half, "--single", *OPTIONS, "-o", output)
    assert direct.status == 2
    sentence = "--single: it measures one map alone; name the map without --half1 and --half2"
    assert direct.err.splitlines() == [f"monodir: {sentence}"]
    maps = tmp_path / "maps.txt"
    maps.write_text(f"--half1 {half} --single\n")
    listed = call(capsys, "run", "--batch", maps, *OPTIONS, "-o", output)
    assert listed.status == 2 and f"batch {maps}, line 1: {sentence}" in listed.err
    assert not output.exists()


def test_the_table_says_what_is_not_resolved(capsys):
    """A median at the coarse limit is no resolution; one that is finer is its number."""
    medians = {"adr": 13.1, "highest": 6.2, "lowest": 20.0, "anisotropy": 3.8}
    summary = {
        "median_A": medians,
        "axes": {"median_A": 7.2, "ratio": 2.5},
        "unresolved_share": 0.144,
        "axes_without_data": [],
        "found": {"frequencies_A": [20.0, 10.0, 5.0]},
    }
    _print_table([Outcome("cone", Path("cone"), summary)])
    heading, row, _ = capsys.readouterr().out.splitlines()
    cells = dict(zip(re.split(r"\s{2,}", heading), re.split(r"\s{2,}", row)))
    assert cells["lowest"] == "not resolved"
    assert (cells["ADR"], cells["highest"]) == ("13.10", "6.20")
