"""A run into the folder of a finished one uses its table if input and settings are the same."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from monodir_plugin.cli import main
from monodir_plugin.files import maps
from monodir_plugin.workflows.measure import run as workflow

from ..fixtures.maps import SHORT, call, particle, sample, write
from ..fixtures.runs import contents as all_files

USED = "using the resolutions of the earlier run"


def contents(folder):
    """Files of a folder, without the figure, whose title names the folder."""
    return {name: content for name, content in all_files(folder).items() if name != "figure.png"}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    name = write(folder / "map.mrc", sample(36))
    return [name, "--mask", write(folder / "particle.mrc", particle(36)[1]), *SHORT]


@pytest.fixture(scope="module")
def others(inputs, tmp_path_factory):
    """What a new folder gets: without a diagnosis; with one, for 500 images; with an axis."""
    folder = tmp_path_factory.mktemp("fresh")
    made = {}
    for name, options in (
        ("plain", ["--no-diagnosis"]),
        ("images", ["--images", "500", "--symmetry", "c2"]),
        ("along", ["--no-diagnosis", "--along", "0,1,0"]),
    ):
        assert main(["run", *inputs, *options, "-o", str(folder / name)]) == 0
        made[name] = SimpleNamespace(options=options, files=contents(folder / name))
    return made


@pytest.fixture
def finished(others, tmp_path):
    """The folder of the run without a diagnosis."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name, content in others["plain"].files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def measured(monkeypatch):
    """What is measured from now on: the numbers of axes, and ``monores``."""
    calls = []

    def watch(name, entry):
        function = getattr(workflow, name)

        def watched(prepared, *rest):
            calls.append(entry(*rest))
            return function(prepared, *rest)

        monkeypatch.setattr(workflow, name, watched)

    watch("measured_rows", lambda axes, *_: len(axes))
    watch("measure_table", lambda axes, *_: len(axes))
    watch("measure_monores", lambda *_: "monores")
    return calls


def test_other_number_of_images_and_symmetry_measure_nothing(
    inputs, others, finished, measured, capsys
):
    expected = others["images"]
    outcome = call(capsys, "run", *inputs, *expected.options, "-o", finished)
    assert outcome.status == 0 and measured == []
    assert f"{USED} in {finished}" in outcome.err and "remove table.npz there" in outcome.err
    assert contents(finished) == expected.files
    found = json.loads(expected.files["summary.json"])["diagnosis"]
    assert found["views"] and "diagnosis" not in json.loads(others["plain"].files["summary.json"])
    # And back: files of the diagnosis go.
    assert call(capsys, "run", *inputs, "--no-diagnosis", "-o", finished).status == 0
    assert measured == [] and contents(finished) == others["plain"].files


def test_axis_of_along_is_measured_and_kept(inputs, others, finished, measured, capsys):
    expected = others["along"]
    words = ("run", *inputs, *expected.options, "-o", finished)
    assert call(capsys, *words).status == 0
    assert measured == [1, "monores"]
    assert contents(finished) == expected.files
    assert call(capsys, *words).status == 0
    assert len(measured) == 2 and contents(finished) == expected.files


@pytest.mark.parametrize("change", ["cone", "voxel size", "map", "no mark", "damaged", "removed"])
def test_what_the_table_depends_on_measures_it_again(
    change, inputs, others, finished, measured, capsys, tmp_path
):
    words, table = ["--no-diagnosis", "-o", finished], finished / "table.npz"
    if change == "cone":
        words += ["--cone", "40"]
    elif change == "voxel size":
        words += ["--sampling", "1.9"]
    elif change == "map":
        changed = sample(36)
        changed[0, 0, 0] += 0.01
        inputs = [write(tmp_path / "map.mrc", changed), *inputs[1:]]
    elif change == "no mark":
        with np.load(table) as file:
            arrays = {name: file[name] for name in file.files if name != "fingerprint"}
        np.savez(table, **arrays)
    elif change == "damaged":
        table.write_bytes(table.read_bytes()[:-400])
    else:
        table.unlink()
    outcome = call(capsys, "run", *inputs, *words)
    assert outcome.status == 0 and USED not in outcome.err
    assert sum(n for n in measured if n != "monores") == 46 and "monores" in measured
    if change in ("no mark", "damaged", "removed"):
        assert contents(finished) == others["plain"].files


def test_table_is_a_part_of_combine(inputs, others, tmp_path, capsys):
    """A table with everything, in another folder; with another cone it is refused."""
    (tmp_path / "t.npz").write_bytes(others["along"].files["table.npz"])
    words = ["combine", *inputs, "--parts", tmp_path / "t.npz", "-o", tmp_path / "out"]
    assert call(capsys, *words, *others["along"].options).status == 0
    assert contents(tmp_path / "out") == others["along"].files
    outcome = call(capsys, *words, "--cone", "40")
    assert outcome.status == 2 and "made from other input or parameters" in outcome.err


def test_disk_that_fills_up_keeps_the_table(
    inputs, others, finished, measured, capsys, monkeypatch
):
    """A run that cannot write its results leaves the table, which the next run uses."""

    def full(path):
        raise OSError(28, "No space left on device")

    words = ("run", *inputs, *others["images"].options, "-o", finished)
    with monkeypatch.context() as patch:
        patch.setattr(maps, "_new", full)
        assert call(capsys, *words).status == 2
    assert contents(finished) == others["plain"].files
    assert call(capsys, *words).status == 0
    assert measured == [] and contents(finished) == others["images"].files
