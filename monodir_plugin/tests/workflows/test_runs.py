"""Runs in parts, runs that are stopped, the demo, and packages that must not be imported."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from io import BytesIO
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import matplotlib.image
import numpy as np
import pytest

from monodir_plugin.cli import main
from monodir_plugin.files import maps
from monodir_plugin.files.locking import LOCK
from monodir_plugin.files.run_folder.results import write_other_maps
from monodir_plugin.numerics.published.sampled_noise import TooLittleNoiseError
from monodir_plugin.workflows.measure import combine
from monodir_plugin.workflows.measure import run as workflow
from monodir_plugin.workflows.measure.combine import draw_overview

from ..fixtures.maps import ROOT, SHORT, call, codes, particle, read, sample, write
from ..fixtures.runs import columns, contents

RESULTS = 7 + 1 + 5 + 3
PARTICLE = "particle.mrc"
PARTS = ("axes_000_023.npz", "axes_023_046.npz", "monores.npz")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A complete run, its arguments without the output folder, and its parts."""
    folder = tmp_path_factory.mktemp("whole")
    name = write(folder / "map.mrc", sample(36))
    mask = write(folder / "particle.mrc", particle(36)[1])
    words = [name, "--mask", mask, "--along", "0,1,0", *SHORT]
    assert main(["run", *words, "-o", str(folder / "out")]) == 0
    parts = [folder / part for part in PARTS]
    for part, rows in zip(parts, (["--axes", "0:23"], ["--axes", "23:46"], [])):
        assert main(["part", *words, *rows, "-o", str(part)]) == 0
    found = contents(folder)
    assert {name for name in found if not name.startswith("out")} == {*PARTS, "map.mrc", PARTICLE}
    files = {name[4:]: content for name, content in found.items() if name.startswith("out")}
    return SimpleNamespace(words=words, files=files, parts=parts)


@pytest.fixture
def kept(whole, tmp_path, monkeypatch):
    """A folder in which a run was stopped when all its parts were complete."""
    monkeypatch.setattr(workflow, "_AXES_PER_PART", 23)
    folder = tmp_path / "out"
    (folder / "parts").mkdir(parents=True)
    for part in whole.parts:
        shutil.copy(part, folder / "parts" / part.name)
    return folder


def counted(monkeypatch):
    """Record the number of axes of all measurements from now on."""
    lengths = []

    def counting(measure):
        def count(prepared, axes, *rest):
            lengths.append(len(axes))
            return measure(prepared, axes, *rest)

        return count

    for name in ("measured_rows", "measure_table"):
        monkeypatch.setattr(workflow, name, counting(getattr(workflow, name)))
    return lengths


def test_combined_parts_equal_the_run(whole, tmp_path, capsys):
    """Maps, lists, table, summary and figure have the same bytes."""
    words = ("combine", *whole.words, "-o", tmp_path / "out", "--parts", *whole.parts)
    outcome = call(capsys, *words)
    assert outcome.status == 0
    assert contents(tmp_path / "out") == whole.files and len(whole.files) == RESULTS
    found = json.loads(whole.files["summary.json"])["diagnosis"]
    # The views are in the second line of the verdict, the isotropy before the last line.
    printed = outcome.out.splitlines()
    assert printed[1].startswith(found["views"]["sentences"][0])
    assert printed[-2] == found["isotropy"]["sentences"][0]


def test_part_can_have_any_file_name(whole, tmp_path, capsys):
    outcome = call(capsys, "part", *whole.words, "--axes", "0:3", "-o", tmp_path / "a" / "b")
    assert (outcome.status, outcome.out) == (0, f"{tmp_path / 'a' / 'b'}\n")
    assert list(contents(tmp_path)) == [str(Path("a") / "b")]
    found, rows = np.load(tmp_path / "a" / "b"), np.load(whole.parts[0])
    assert np.array_equal(found["codes"], rows["codes"][:3])


OTHERS = {
    "other cone": (["--cone", "40"], "012", "part {0}: damaged, or made from other"),
    "other voxels": (["--sampling", "1.4"], "012", "part {0}: damaged, or made from other"),
    "other preset": (["--preset", "published"], "012", "part {0}: damaged, or made"),
    "other mask": (["--mask", "MAP"], "012", "part {0}: damaged, or made from other"),
    "other axes of --along": (["--along", "1,0,0"], "012", "with the same --along, is missing"),
    "axes missing": ([], "02", "23 of 46 axes are missing, the first of them 23:46;"),
    "monores missing": ([], "01", "the part without directions"),
    "no such part": ([], "013", "none.npz: there is no such file"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_parts_that_do_not_fit_are_refused(kind, whole, tmp_path, capsys):
    options, chosen, words = OTHERS[kind]
    parts = [*whole.parts, tmp_path / "none.npz"]
    given = [parts[int(i)] for i in chosen]
    options = [whole.words[0] if option == "MAP" else option for option in options]
    words = words.format(*parts)
    arguments = ("combine", *whole.words, *options, "-o", tmp_path / "out", "--parts", *given)
    outcome = call(capsys, *arguments)
    assert outcome.status == 2 and words in outcome.err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_killed_run_continues_with_the_missing_axes(whole, tmp_path, capsys, monkeypatch):
    """After a kill with two of six parts no result exists, and no axis is measured twice."""
    out = tmp_path / "out"
    words = [sys.executable, "-m", "monodir_plugin.cli", "run", *whole.words, "-o", str(out)]
    environment = {**os.environ, "PYTHONPATH": ROOT}
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while len(list(out.glob("parts/axes_*.npz"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert sorted(path.name for path in out.iterdir()) == [LOCK, "parts"]
    kept = [path.stem.split("_")[1:] for path in out.glob("parts/axes_*.npz")]
    done = sum(int(stop) - int(first) for first, stop in kept)
    assert 18 <= done < 46
    lengths = counted(monkeypatch)
    outcome = call(capsys, "run", *whole.words, "-o", out)
    assert outcome.status == 0
    assert f"using {done} of 46 axes from a run that was stopped" in outcome.err
    assert "earlier run" not in outcome.err
    assert sum(lengths) == 46 - done + 1
    assert contents(out) == whole.files


def test_continued_run_measures_other_axes_of_along(whole, kept, capsys, monkeypatch):
    """Stored rows of the table are used; the stored map along y is not used for the x axis."""
    lengths = counted(monkeypatch)
    other = [word.replace("0,1,0", "1,0,0") for word in whole.words]
    assert call(capsys, "run", *other, "-o", kept).status == 0
    assert lengths == [1]
    found = contents(kept)
    along = found.pop("along_1_0_0.mrc")
    assert set(whole.files) - set(found) == {"along_0_1_0.mrc"}
    assert along != whole.files["along_0_1_0.mrc"]
    before, after = (np.load(BytesIO(files["table.npz"])) for files in (whole.files, found))
    for name in set(before) - {"along", "along_axes"}:
        assert np.array_equal(after[name], before[name]), name
    assert np.array_equal(after["along_axes"], [[1, 0, 0]])
    assert json.loads(found["summary.json"])["parameters"]["along"] == [[1, 0, 0]]


def test_damaged_kept_part_is_measured_again(whole, kept, capsys, monkeypatch):
    damaged = kept / "parts" / PARTS[1]
    damaged.write_bytes(damaged.read_bytes()[:-40])
    (kept / "parts" / "notes.txt").write_text("mine")
    lengths = counted(monkeypatch)
    assert call(capsys, "run", *whole.words, "-o", kept).status == 0
    assert lengths == [23]
    found = contents(kept)
    assert found.pop(str(Path("parts") / "notes.txt")) == b"mine"
    assert found == whole.files


def test_disk_that_fills_up_late_keeps_the_earlier_results(whole, kept, capsys, monkeypatch):
    """From the fourth map on the disk is full: the files of the earlier run stay unchanged.

    Several threads may find it full.
    The next run replaces them and removes the map along an axis that only the first had.
    """
    for name in [*whole.files, "along_1_1_1.mrc"]:
        (kept / name).write_bytes(b"before")
    made, new = [], maps._new

    def full(path):
        made.append(path)
        if len(made) >= 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return new(path)

    before = contents(kept)
    with monkeypatch.context() as patch:
        patch.setattr(maps, "_new", full)
        outcome = call(capsys, "run", *whole.words, "-o", kept)
    assert outcome.status == 2 and outcome.err.splitlines()[-1] == (
        f"monodir: output {kept}: writing failed (No space left on device); "
        "free disk space or give another folder"
    )
    assert len(made) >= 4 and contents(kept) == before
    assert call(capsys, "run", *whole.words, "-o", kept).status == 0
    assert contents(kept) == whole.files


def test_too_little_noise_during_a_run_leaves_no_files(whole, tmp_path, capsys, monkeypatch):
    measure = workflow.measured_rows

    def scarce(*arguments):
        """Raise after the first part is written."""
        yield from islice(measure(*arguments), 40)
        raise TooLittleNoiseError("only 3 points of noise near the axis 0.00, 0.00, 1.00")

    monkeypatch.setattr(workflow, "measured_rows", scarce)
    outcome = call(capsys, "run", *whole.words, "-o", tmp_path / "out")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1] == (
        f"monodir: map {whole.words[0]}: only 3 points of noise near the axis "
        "0.00, 0.00, 1.00; give half maps, or a larger box"
    )
    assert list(tmp_path.iterdir()) == []


def test_name_of_a_map_is_not_drawn_as_a_formula(whole, tmp_path, capsys):
    """The parts are those of the same map with another name; only title and path differ."""
    name = str(shutil.copy(whole.words[0], tmp_path / "a$\\frac$b.mrc"))
    words = (name, *whole.words[1:], "-o", tmp_path / "out", "--parts", *whole.parts)
    assert call(capsys, "combine", *words).status == 0
    found = contents(tmp_path / "out")
    differing = {key for key in whole.files if found[key] != whole.files[key]}
    assert differing == {"figure.png", "summary.json"}


def test_number_of_threads_does_not_change_results(whole, tmp_path, capsys):
    words = [*whole.words, "--threads", "1", "--axes", "0:5"]
    for threads in ("1", "3"):
        words[-3] = threads
        assert call(capsys, "part", *words, "-o", tmp_path / threads).status == 0
    assert (tmp_path / "1").read_bytes() == (tmp_path / "3").read_bytes()


def test_demo_finds_the_preferred_orientation(tmp_path, capsys):
    """With views along z, axes near z are at least 1.5 times coarser than those perpendicular.

    With a density of views of exp(4 cos²) the great circle perpendicular to an axis in the
    equator contains 17 times as many views as the one perpendicular to z.  Amplitudes of
    the simulated atoms fall as exp(-12.6 f²), so that axes near z end where f² is smaller by
    ln(17) / (2 x 12.6) = 0.11: near 0.16 cycles per voxel, with 0.37 perpendicular to z.  The
    whole map reaches the criterion between 0.25 and 0.35 cycles per voxel.
    """
    outcome = call(capsys, "demo", "--threads", "2", "-o", tmp_path / "demo")
    assert outcome.status == 0
    listed = columns(tmp_path / "demo" / "directions.csv")
    along, tilt = listed["median_resolution_A"], listed["tilt_deg"]
    near, across = np.median(along[tilt < 30]), np.median(along[tilt > 75])
    assert near > 1.5 * across
    assert along[tilt < 30].min() > along[tilt > 75].max()
    summary = json.loads((tmp_path / "demo" / "summary.json").read_text())
    assert summary["best_axis"]["tilt_deg"] > 75 and summary["worst_axis"]["tilt_deg"] < 30
    assert 1.5 / 0.35 < summary["found"]["map_resolution_A"] < 1.5 / 0.25
    assert summary["unresolved_share"] < 0.1
    ratio = summary["worst_axis"]["resolution_A"] / summary["best_axis"]["resolution_A"]
    # The listed axes are in the middle of those that are equal within 1 %.
    assert ratio == pytest.approx(along.max() / along.min(), rel=0.02)
    assert outcome.out.splitlines()[3] == (
        f"median axis: {np.median(along):.2f} Å; ratio of the coarsest to the finest axis: "
        f"{ratio:.2f}"
    )
    inside = read(tmp_path / "demo" / "simulated_mask.mrc") > 0
    adr = float(np.median(read(tmp_path / "demo" / "adr.mrc")[inside]))
    assert f"ADR {adr:.2f} Å" in outcome.out and str(tmp_path / "demo") in outcome.out
    assert codes(tmp_path / "demo").shape == (81, inside.sum())


@pytest.mark.parametrize(
    "program",
    [
        "import monodir_plugin",
        "import monodir_plugin.numerics",
        "from monodir_plugin.cli import main\ntry: main(['--version'])\nexcept SystemExit: pass",
    ],
)
def test_scipion_and_tk_are_not_loaded(program):
    stated = "\nimport sys; print(sorted({'pwem', 'pyworkflow', 'tkinter'} & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", program + stated],
        env={**os.environ, "PYTHONPATH": ROOT},
        check=True,
        stdout=subprocess.PIPE,
    )
    assert found.stdout.decode().splitlines()[-1] == "[]"


def test_the_overview_needs_no_map_that_is_written_beside_it(tmp_path, monkeypatch):
    """The other maps are written in another thread, which may be late: here, after the figure."""
    late = []

    def draw_first(folder, maps, like, threads):
        late.append(lambda: write_other_maps(folder, maps, like, threads))

    def draw(folder, output):
        draw_overview(folder, output)
        late.pop()()

    monkeypatch.setattr(combine, "write_other_maps", draw_first)
    monkeypatch.setattr(combine, "draw_overview", draw)
    words = [write(tmp_path / "map.mrc", sample(32)), "--no-diagnosis", *SHORT]
    words += ["--mask", write(tmp_path / "mask.mrc", particle(32)[1])]
    assert main(["run", *words, "-o", str(tmp_path / "out")]) == 0
    assert not late
    assert main(["plot", str(tmp_path / "out"), "-o", str(tmp_path / "again.png")]) == 0
    first, again = (
        matplotlib.image.imread(tmp_path / name) for name in ("out/figure.png", "again.png")
    )
    np.testing.assert_array_equal(first, again)
