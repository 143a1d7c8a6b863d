"""``monodir plot`` and ``monodir compare``: the files that they write and the input they refuse."""

import csv
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.image import imread

from monodir_plugin.cli import main
from monodir_plugin.errors import InputError
from monodir_plugin.figures import FIGURES, draw_figure, save_figure
from monodir_plugin.files.loading import load_results, named_by_folder
from monodir_plugin.workflows import plot as workflow

from ...fixtures.figure_probes import slices_of
from ...fixtures.maps import SAMPLING, SHORT, call, codes, particle, read, sample, write
from ...fixtures.runs import columns

BOX, LARGE = 36, (40, 32)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A run of a map, and a run of half maps of a particle that is large enough for slopes."""
    folder = tmp_path_factory.mktemp("done")
    one = write(folder / "map.mrc", sample(BOX))
    mask = write(folder / "particle.mrc", particle(BOX)[1])
    words = ["--along", "0,0,1", *SHORT]
    assert main(["run", one, "--mask", mask, *words, "-o", str(folder / "one")]) == 0
    halves = [write(folder / f"{i}.mrc", sample(*LARGE, seed=i)) for i in (2, 3)]
    mask = write(folder / "large.mrc", particle(*LARGE)[1])
    words = ["--half1", halves[0], "--half2", halves[1], *SHORT]
    assert main(["run", *words, "--mask", mask, "-o", str(folder / "two")]) == 0
    return SimpleNamespace(one=folder / "one", two=folder / "two", maps=[one, *halves])


@pytest.fixture
def copied(done, tmp_path):
    """A copy of the first run that tests may damage."""
    return Path(shutil.copytree(done.one, tmp_path / "copied"))


def test_figures_are_in_the_folder_of_results_by_default(copied, capsys, tmp_path):
    """The same picture as in a file that is named."""
    outcome = call(capsys, "plot", copied, "--what", "adr")
    assert outcome.out == f"{copied / 'adr.png'}\n"
    assert call(capsys, "plot", copied, "--what", "adr", "-o", tmp_path / "named.png").status == 0
    assert np.array_equal(imread(copied / "adr.png"), imread(tmp_path / "named.png"))


@pytest.mark.parametrize("what", [name for name in FIGURES if name != "overview"])
def test_titles_have_the_folder_and_the_map(done, what, tmp_path):
    """Maps of several runs often have the same name."""
    folder = done.two if what in ("conical-fsc", "views") else done.one
    if not FIGURES[what].drawable(load_results(folder)):
        pytest.skip("this run has no such figure")
    picture = tmp_path / "figure.svg"
    assert main(["plot", str(folder), "--what", what, "-o", str(picture)]) == 0
    assert f"{folder.name} ({load_results(folder).name})" in picture.read_text(encoding="utf-8")


def test_results_are_what_the_files_hold(done):
    found = load_results(done.one)
    inside = particle(BOX)[1]
    assert np.array_equal(found.mask, inside)
    assert (found.sampling, found.name) == (SAMPLING, "map.mrc")
    assert list(found.centre) == [BOX // 2] * 3
    maps = {path.stem for path in done.one.glob("*.mrc")}
    assert set(found.volumes) == maps - {"fractional_anisotropy"}
    assert found.along() == ["along_0_0_1"]
    for name, volume in found.volumes.items():
        assert np.array_equal(volume, read(done.one / f"{name}.mrc"))
        assert np.array_equal(found.values(name), volume[inside])
    listed = columns(done.one / "directions.csv")
    assert np.array_equal(found.counts, listed["count"])
    assert np.array_equal(found.axis_resolution, listed["median_resolution_A"])
    assert np.abs(found.axes.vectors[:, 1] - listed["y"]).max() < 1e-5
    profile = columns(done.one / "radial_profile.csv")
    assert np.array_equal(found.profile.mean["radial"], profile["radial_mean_A"])
    assert np.array_equal(found.profile.std["lowest"], profile["lowest_std_A"])
    assert np.array_equal(found.profile.count, profile["voxels"])
    summary = json.loads((done.one / "summary.json").read_text())
    assert found.summary == summary
    assert (found.slopes, found.slope_range) == ({}, None)
    assert np.array_equal(found.read_table().codes, codes(done.one))
    looked_at = summary["found"]["frequencies_A"]
    assert found.resolution_limits == (min(looked_at), max(looked_at))
    assert min(looked_at) < max(looked_at)


@pytest.mark.parametrize(
    ("halves", "name"),
    [
        (("a/half1.mrc", "a/half2.map.gz"), "half1 and half2"),
        (("emd_1234_half_map_1.map.gz", "emd_1234_half_map_2.map.gz"), "emd_1234"),
    ],
)
def test_results_of_half_maps_have_the_names_of_both_or_what_these_share(
    halves, name, done, tmp_path
):
    assert load_results(done.two).name == "2 and 3"
    folder = shutil.copytree(done.two, tmp_path / "out")
    summary = json.loads((folder / "summary.json").read_text())
    for entry, path in zip(summary["inputs"], halves):
        entry["path"] = path
    (folder / "summary.json").write_text(json.dumps(summary))
    assert load_results(folder).name == name


def test_slopes_are_those_of_the_summary(done):
    found = load_results(done.two)
    summary = json.loads((done.two / "summary.json").read_text())
    assert set(found.slopes) == set(summary["slopes_A_per_A"]) >= {"radial", "monores"}
    for name, fit in found.slopes.items():
        assert fit["slope"] == summary["slopes_A_per_A"][name] != 0
        assert fit["intercept"] == summary["intercepts_A"][name]
    assert found.slope_range == tuple(summary["slope_radii_A"])


def test_density_is_the_map_or_the_mean_of_the_half_maps(done):
    whole, first, second = (read(name) for name in done.maps)
    assert np.array_equal(load_results(done.one).read_density().values, whole)
    assert np.array_equal(load_results(done.two).read_density().values, (first + second) / 2)


def test_figure_of_a_run_is_the_overview(done, tmp_path, capsys):
    out = tmp_path / "a" / "b.png"
    outcome = call(capsys, "plot", done.one, "-o", out)
    assert (outcome.status, outcome.out) == (0, f"{out}\n")
    assert out.read_bytes() == (done.one / "figure.png").read_bytes()


@pytest.mark.parametrize("name", ["along", "density", "voxel"])
def test_plot_writes_the_figure_of_its_function(name, done, tmp_path, capsys):
    """The pixels are equal, at the requested resolution."""
    out = tmp_path / "out.png"
    assert call(capsys, "plot", done.one, "--what", name, "--dpi", "40", "-o", out).status == 0
    figure = draw_figure(name, named_by_folder(load_results(done.one), done.one))
    save_figure(figure, tmp_path / "direct.png", dpi=40)
    drawn = imread(out)
    assert np.array_equal(drawn, imread(tmp_path / "direct.png"))
    assert np.abs(drawn.shape[:2] - 40 * figure.get_size_inches()[::-1]).max() < 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["direct.png", "out.png"]


def test_options_are_passed_to_the_figure(done, tmp_path, capsys, monkeypatch):
    drawn = []
    monkeypatch.setattr(workflow, "save_figure", lambda figure, path, dpi: drawn.append(figure))
    words = ("--axis", "x", "--slices", "17,19", "--limits", "4,9", "--cmap", "cividis")
    out = tmp_path / "out.svg"
    assert call(capsys, "plot", done.one, "--what", "adr", *words, "-o", out).status == 0
    plots = slices_of(drawn[0])
    assert ["slice 17" in plots[0].get_title(), "slice 19" in plots[1].get_title()] == [True] * 2
    image = plots[0].images[0]
    assert (image.get_clim(), image.get_cmap().name) == ((4.0, 9.0), "cividis")
    x, y, z = np.argwhere(particle(BOX)[1])[100][::-1]
    words = ("--what", "voxel", "--voxel", f"{x},{y},{z}")
    assert call(capsys, "plot", done.one, *words, "-o", out).status == 0
    assert f"x, y, z = {x}, {y}, {z}" in drawn[1].get_axes()[0].get_title()
    words = ("--what", "density", "--limits", "-1,2.5")
    assert call(capsys, "plot", done.one, *words, "-o", out).status == 0
    assert slices_of(drawn[2])[0].images[0].get_clim() == (-1.0, 2.5)


REFUSED = {
    "no format": (["-o", "OUT/a.jpeg"], "name a file that ends in .png, .svg or .pdf"),
    "a folder": (["-o", "OUT/folder.png"], "folder.png: it is a folder; give a file name"),
    "an option of others": (["--what", "counts", "--axis", "z"], "counts: it has no option axis"),
    "an option without a figure": (
        ["--voxel", "5,5,5"],
        "figure overview: it has no option --voxel; add --what voxel\n",
    ),
    "an option of several": (["--axis", "z"], "add --what adr or another figure of monodir plot"),
    "no such slice": (["--what", "adr", "--slices", "99"], "slice 99: the box has the slices 0"),
    "no such colours": (["--what", "adr", "--cmap", "a"], "colour map a: Matplotlib has none"),
    "a voxel outside": (["--what", "voxel", "--voxel", "0,0,0"], "voxel 0,0,0: it is not in"),
    "no such map": (
        ["--what", "density", "--map", "none.mrc"],
        "map none.mrc: there is no such file",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_invalid_plots_are_refused_and_write_nothing(kind, done, tmp_path, capsys):
    words, stated = REFUSED[kind]
    (tmp_path / "folder.png").mkdir()
    words = [word.replace("OUT", str(tmp_path)) for word in words]
    words = words if "-o" in words else [*words, "-o", str(tmp_path / "new" / "out.png")]
    outcome = call(capsys, "plot", done.one, *words)
    assert outcome.status == 2 and stated in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


@pytest.mark.parametrize(
    ("words", "stated"),
    [
        (["--what", "all"], "there is no all. The choices are overview, adr, "),
        (["--what", "slices"], "monodir plot --list describes them"),
        (["--slices", "3-5"], "3-5 is not a list of whole numbers"),
        (["--limits", "5,2"], "5,2: the smaller number comes first"),
        (["--limits", "5"], "5 is not LOW,HIGH"),
        (["--voxel", "5,2"], "5,2 is not a voxel: give three whole numbers X,Y,Z"),
        (["--voxel", "32", "32", "32"], "such as 32,32,32, without blanks"),
        (["--voxel", "32.5,3,3"], "32.5,3,3 is not a voxel: give three whole numbers X,Y,Z"),
        (["--dpi", "0"], "0 is not between 20 and 2400 dots per inch"),
        (["--dpi", "50000"], "50000 is not between 20 and 2400 dots per inch"),
    ],
)
def test_invalid_arguments_are_reported(words, stated, done, capsys):
    outcome = call(capsys, "plot", done.one, *words, "-o", "never.png")
    assert outcome.status == 2 and stated in outcome.err


DAMAGED = {
    "no summary": ("summary.json", None, "there is no summary.json in it; name a folder that"),
    "summary cut": ("summary.json", 40, "summary.json: it cannot be read"),
    "no map": ("adr.mrc", None, "adr.mrc: it is missing; run monodir again"),
    "map cut": ("adr.mrc", 2000, "adr.mrc: it cannot be read"),
    "no list": ("directions.csv", None, "directions.csv: it is missing"),
    "list cut": ("directions.csv", 5, "its lists or summary.json are incomplete"),
    "no table": ("table.npz", None, "table.npz: it is missing"),
    "table cut": ("table.npz", 3000, "table.npz: it cannot be read"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_results_are_reported(kind, copied):
    name, size, stated = DAMAGED[kind]
    content = (copied / name).read_bytes()
    (copied / name).unlink()
    if size is not None:
        (copied / name).write_bytes(content[:size])
    with pytest.raises(InputError) as error:
        load_results(copied).read_table()
    assert stated in str(error.value) and str(copied) in str(error.value)


def test_map_that_changed_or_moved_is_reported(done, copied, tmp_path, capsys):
    summary = json.loads((copied / "summary.json").read_text())
    moved = str(shutil.copy(done.maps[0], tmp_path / "moved.mrc"))
    out = tmp_path / "out.png"
    words = ("plot", copied, "--what", "density", "-o", out)
    for path, stated in ((tmp_path / "gone.mrc", "it is not where"), (done.maps[1], "has changed")):
        summary["inputs"][0]["path"] = str(path)
        (copied / "summary.json").write_text(json.dumps(summary))
        outcome = call(capsys, *words)
        assert outcome.status == 2 and f"map {path}: " in outcome.err and stated in outcome.err
    assert not out.exists()
    assert call(capsys, *words, "--map", moved).status == 0 and out.exists()
    other = write(tmp_path / "other.mrc", sample(32))
    outcome = call(capsys, *words, "--map", other)
    assert outcome.status == 2 and "its box is not that of the results" in outcome.err


def test_compare_prints_and_lists_what_the_summaries_hold(done, tmp_path, capsys):
    out, listed = tmp_path / "out.png", tmp_path / "out.csv"
    words = ("compare", done.one, done.two, "-o", out, "--csv", listed, "--dpi", "40")
    outcome = call(capsys, *words)
    assert outcome.status == 0 and imread(out).std() > 0.05
    with listed.open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["quantity", "unit", str(done.one), str(done.two)]
    found = {what: [float(v) for v in values] for what, _, *values in rows}
    summaries = [json.loads((run / "summary.json").read_text()) for run in (done.one, done.two)]
    for name, what in (("adr", "ADR"), ("anisotropy", "anisotropy"), ("monores", "MonoRes")):
        expected = [summary["median_A"][name] for summary in summaries]
        assert found[f"Median {what}"] == pytest.approx(expected, rel=1e-5)
    shares = [100 * summary["unresolved_share"] for summary in summaries]
    assert found["Pairs not resolved"] == pytest.approx(shares, rel=1e-5)
    slopes = [summary["slopes_A_per_A"].get("tangential", np.nan) for summary in summaries]
    assert found["Slope of tangential curve"] == pytest.approx(slopes, rel=1e-5, nan_ok=True)
    assert "nan" not in outcome.out
    words_out = outcome.out.replace("  not fitted", " nan").replace("  not resolved", " nan")
    printed = {line[:30].strip(): line.split()[-2:] for line in words_out.splitlines()[1:-1]}
    for what, values in found.items():
        row = next(printed[key] for key in printed if key.startswith(what))
        assert [float(value) for value in row] == pytest.approx(values, abs=6e-4, nan_ok=True)


def test_a_comparison_lies_beside_the_first_folder_by_default(done, tmp_path, capsys):
    named, made = tmp_path / "named.png", done.one.parent / "compared_one_two.png"
    for _ in range(2):
        outcome = call(capsys, "compare", done.one, done.two, "--dpi", "40")
        assert (outcome.status, outcome.out.splitlines()[-1]) == (0, str(made))
    call(capsys, "compare", done.one, done.two, "--dpi", "40", "-o", named)
    # The layout of several discs is not always the same to a pixel.
    assert np.abs(imread(made) - imread(named)).mean() < 0.02
    made.unlink()


def test_compare_needs_two_runs_and_otherwise_writes_nothing(done, tmp_path, capsys):
    for folders in ([done.one], [done.one, tmp_path]):
        outcome = call(capsys, "compare", *folders, "-o", tmp_path / "out.png")
        assert outcome.status == 2 and list(tmp_path.iterdir()) == []


def test_help_lists_every_figure_with_its_options(capsys):
    stated = call(capsys, "plot", "-h").out
    for name, kind in FIGURES.items():
        assert f"  {name} " in stated and kind.title in stated


def test_results_with_an_unfinished_run_in_the_folder_are_reported(done, tmp_path, capsys):
    out = tmp_path / "a.png"
    assert "has not ended" not in call(capsys, "plot", done.one, "--dpi", "40", "-o", out).err
    (done.one / "parts").mkdir()
    try:
        outcome = call(capsys, "plot", done.one, "--dpi", "40", "-o", out)
    finally:
        (done.one / "parts").rmdir()
    assert outcome.status == 0
    assert "a run in it has not ended; these are the results of the one before" in outcome.err
