"""``monodir filter``: the right map, the run's weights, refusals."""

import json
import re

import numpy as np
import pytest
from matplotlib.image import imread

from monodir_plugin.cli import main
from monodir_plugin.figures.volumes.filtered import filtered_figure
from monodir_plugin.files.maps import MapFile, read_map, write_map
from monodir_plugin.simulation import Imaging, blob_particle, noisy_map, simulate
from monodir_plugin.simulation.views import Views

from ...fixtures.figure_probes import slices_of

SAMPLING, ORIGIN = 2.0, (10.0, -4.0, 6.0)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run from half maps, and the truth."""
    folder = tmp_path_factory.mktemp("filter")
    particle, mask = blob_particle(48, seed=4)
    maps = {f"half{i}": noisy_map(particle, noise=0.8, concentration=5.0, seed=i) for i in (1, 2)}
    maps["mask"] = mask
    maps["truth"] = noisy_map(particle, noise=0.0, concentration=5.0, seed=0)
    for name, values in maps.items():
        path = folder / f"{name}.mrc"
        write_map(path, values, MapFile(path, values, SAMPLING, ORIGIN, (0, 0, 0), ""))
    halves = [str(folder / f"half{i}.mrc") for i in (1, 2)]
    words = [
        "run",
        "--half1",
        halves[0],
        "--half2",
        halves[1],
        "--mask",
        str(folder / "mask.mrc"),
        "--no-diagnosis",
    ]
    assert main([*words, "--directions", "46", "-o", str(folder / "out")]) == 0
    return folder, maps


def _filter(folder, *words):
    target = folder / "filtered.mrc"
    assert main(["filter", str(folder / "out"), "-o", str(target), *words]) == 0
    return read_map(target)


def test_filtered_map_is_nearer_to_the_truth_and_on_the_same_grid(run):
    folder, maps = run
    inside = maps["mask"] >= 0.5
    found = _filter(folder)
    assert (found.sampling, found.origin) == (SAMPLING, ORIGIN)
    error = np.mean((found.values - maps["truth"])[inside] ** 2)
    before = np.mean(((maps["half1"] + maps["half2"]) / 2 - maps["truth"])[inside] ** 2)
    assert error < 0.6 * before


def test_other_map_gets_the_weights_of_the_run(run):
    """The filter is linear: of twice the map it makes twice the filtered map."""
    folder, maps = run
    double = folder / "double.mrc"
    mean = read_map(folder / "half1.mrc")
    values = maps["half1"] + maps["half2"]
    write_map(double, values, MapFile(double, values, SAMPLING, mean.origin, (0, 0, 0), ""))
    found = _filter(folder, "--map", str(double)).values
    np.testing.assert_allclose(found, 2 * _filter(folder).values, atol=1e-4 * np.abs(found).max())


def test_b_factor_sharpens_and_is_printed(run, capsys):
    folder, _ = run
    plain = _filter(folder, "--kind", "global").values
    capsys.readouterr()
    sharp = _filter(folder, "--kind", "global", "--sharpen", "200").values
    assert "B-factor of 200 Å²" in capsys.readouterr().out
    k = np.fft.fftfreq(48) / SAMPLING
    radius = np.sqrt(k[:, None, None] ** 2 + k[None, :, None] ** 2 + k[: 48 // 2 + 1] ** 2)
    powers = [np.abs(np.fft.rfftn(values)) ** 2 for values in (plain, sharp)]
    near = (radius > 0.07) & (radius < 0.09)
    ratio = np.sqrt(powers[1][near].sum() / powers[0][near].sum())
    # The edge of the mask mixes neighbouring shells a little.
    assert ratio == pytest.approx(np.exp(200 * 0.08**2 / 4), rel=0.03)


@pytest.mark.parametrize("words", [["--kind", "best"], ["--sharpen", "much"]])
def test_words_that_are_not_understood(run, words, capsys):
    with pytest.raises(SystemExit):
        main(["filter", str(run[0] / "out"), "-o", str(run[0] / "x.mrc"), *words])
    assert words[0] in capsys.readouterr().err


def test_what_cannot_be_filtered_is_refused(run, tmp_path, capsys):
    folder, maps = run
    target = tmp_path / "x.mrc"
    small = folder / "small.mrc"
    values = maps["half1"][4:-4, 4:-4, 4:-4].copy()
    write_map(small, values, MapFile(small, values, SAMPLING, ORIGIN, (0, 0, 0), ""))
    assert main(["filter", str(folder / "out"), "--map", str(small), "-o", str(target)]) == 2
    assert "on the same grid" in capsys.readouterr().err
    copy = tmp_path / "copy"
    copy.mkdir()
    summary = json.loads((folder / "out" / "summary.json").read_text())
    summary["inputs"][0]["sha256"] = "0" * 64
    (copy / "summary.json").write_text(json.dumps(summary))
    assert main(["filter", str(copy), "-o", str(target)]) == 2
    assert "it has changed since" in capsys.readouterr().err
    summary = json.loads((folder / "out" / "summary.json").read_text())
    summary["parameters"].update(preset="published", criterion=None)
    (copy / "summary.json").write_text(json.dumps(summary))
    assert main(["filter", str(copy), "-o", str(target)]) == 2
    assert "run the default preset" in capsys.readouterr().err
    assert main(["filter", str(folder / "out"), "-o", str(folder / "half1.mrc")]) == 2
    assert "it is the input" in capsys.readouterr().err
    assert not target.exists()
    assert main(["filter", str(folder / "out"), "-o", str(target.with_suffix(".png"))]) == 2
    assert "a map that ends in .mrc" in capsys.readouterr().err


def test_figure_shows_the_map_that_was_filtered_and_the_one_that_was_written(
    run, monkeypatch, capsys
):
    folder, maps = run
    drawn = []

    def draw(*arguments):
        drawn.append(filtered_figure(*arguments))
        return drawn[0]

    monkeypatch.setattr("monodir_plugin.workflows.filter.filtered_figure", draw)
    found = _filter(folder, "--map", str(folder / "half1.mrc"), "--kind", "isotropic").values
    target = folder / "filtered.png"
    assert capsys.readouterr().out.splitlines() == [str(folder / "filtered.mrc"), str(target)]
    assert imread(target).shape[2] in (3, 4)
    z = round(float(np.median(np.nonzero(maps["mask"] >= 0.5)[0])))
    before, _, _, after, _, _ = slices_of(drawn[0])
    for plot, box in ((before, maps["half1"]), (after, found)):
        shown = plot.images[0].get_array()
        # The window is a part of the slice, at the same place along both sides.
        start = next(
            n
            for n in range(len(box) - len(shown) + 1)
            if np.allclose(box[z, n : n + len(shown), n : n + len(shown)], shown)
        )
        assert start < 12 and len(shown) > 24
    assert drawn[0]._suptitle.get_text() == "Before and after the filter: half1.mrc"
    _filter(folder, "--kind", "global")
    before = slices_of(drawn[1])[0].images[0].get_array()
    assert drawn[1]._suptitle.get_text() == "Before and after the filter: mean of the half maps"
    start = (48 - len(before)) // 2
    mean = (maps["half1"] + maps["half2"])[z] / 2
    assert any(
        np.allclose(mean[n : n + len(before), n : n + len(before)], before, atol=1e-5)
        for n in range(max(start - 8, 0), start + 8)
    )


def test_maps_and_figures_have_default_names_in_the_folder_of_results(run, capsys):
    folder, _ = run
    words = ["filter", str(folder / "out"), "--kind", "global"]
    made = folder / "out" / "filtered_global.mrc"
    for _ in range(2):
        capsys.readouterr()
        assert main(words) == 0
        assert capsys.readouterr().out.split() == [str(made), str(made.with_suffix(".png"))]
    named = folder / "named.mrc"
    assert main([*words, "-o", str(named)]) == 0
    assert made.read_bytes() == named.read_bytes()
    capsys.readouterr()
    assert main(["check", str(named), str(folder / "out")]) == 0
    checked = folder / "out" / "named_unsupported.mrc"
    assert capsys.readouterr().out.split()[-2:] == [str(checked), str(checked.with_suffix(".png"))]
    assert checked.is_file()


def test_check_prints_shares_and_writes_map_and_figure(run, capsys):
    folder, maps = run
    _filter(folder)
    target = folder / "unsupported.mrc"
    capsys.readouterr()
    words = ["check", str(folder / "filtered.mrc"), str(folder / "out"), "-o", str(target)]
    assert main(words) == 0
    verdict, _, follows, locally, beyond, _ = capsys.readouterr().out.splitlines()[:6]
    assert verdict == "Neither detail from elsewhere nor amplified noise was found in the map."
    assert follows.endswith("% does not follow the data although they hold signal there.")
    assert float(follows.split()[0]) < 1
    assert locally.startswith("In one window it is up to ") and float(locally.split()[7]) < 2.5
    assert float(beyond.split()[0]) < float(beyond.split()[-2])
    box = read_map(target).values
    inside = maps["mask"] >= 0.5
    assert (box[~inside] == 0).all() and 0 < box[inside].mean() < 0.5
    assert target.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_the_measured_map_follows_itself_in_every_window(run, capsys):
    folder, maps = run
    mean, path = (maps["half1"] + maps["half2"]) / 2, folder / "mean.mrc"
    write_map(path, mean, MapFile(path, mean, SAMPLING, ORIGIN, (0, 0, 0), ""))
    capsys.readouterr()
    words = ["check", str(path), str(folder / "out"), "-o", str(folder / "own.mrc")]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "Less than 0.1 % does not follow the data although they hold signal there."
    assert lines[3] == "In no window is it more than 0.1 %."


def test_check_says_which_limit_a_map_exceeds(run, capsys):
    """A block that was turned, and fine shells that were raised far above the coarse ones."""
    folder, maps = run
    turned = _filter(folder).values.copy()
    turned[18:30, 18:30, 18:30] = np.rot90(turned[18:30, 18:30, 18:30])
    k = np.fft.fftfreq(48)
    square = k[:, None, None] ** 2 + k[None, :, None] ** 2 + np.fft.rfftfreq(48) ** 2
    raised = np.fft.rfftn(maps["half1"] + maps["half2"]) * np.exp(20 * np.minimum(square, 0.25))
    noisy = np.fft.irfftn(raised, s=turned.shape).astype(np.float32)
    for values, words in ((turned, "it holds detail that"), (noisy, "noise was amplified or")):
        path, target = folder / "enhanced.mrc", folder / "found.mrc"
        write_map(path, values, MapFile(path, values, SAMPLING, ORIGIN, (0, 0, 0), ""))
        capsys.readouterr()
        assert main(["check", str(path), str(folder / "out"), "-o", str(target)]) == 0
        verdict = capsys.readouterr().out.splitlines()[0]
        assert verdict.startswith("The map goes beyond the data: ") and words in verdict


def test_check_says_where_the_most_is_in_the_frame_of_the_map(run, capsys):
    folder, _ = run
    turned = _filter(folder).values.copy()
    turned[24:32, 18:26, 14:22] = np.rot90(turned[24:32, 18:26, 14:22])
    path, target = folder / "enhanced.mrc", folder / "found.mrc"
    write_map(path, turned, MapFile(path, turned, SAMPLING, ORIGIN, (0, 0, 0), ""))
    capsys.readouterr()
    assert main(["check", str(path), str(folder / "out"), "-o", str(target)]) == 0
    line = capsys.readouterr().out.splitlines()[3]
    found = np.array(re.findall(r"[xyz] = (-?\d+)", line), float)
    # The middle of the block, x, y, z.
    expected = np.array([18, 22, 28]) * SAMPLING + ORIGIN
    assert np.abs(found - expected).max() <= 5 * SAMPLING


def test_check_says_that_a_map_was_cut(run, capsys):
    folder, maps = run
    cut = np.where(maps["mask"] >= 0.5, _filter(folder).values, 0).astype(np.float32)
    path, target = folder / "enhanced.mrc", folder / "found.mrc"
    write_map(path, cut, MapFile(path, cut, SAMPLING, ORIGIN, (0, 0, 0), ""))
    capsys.readouterr()
    assert main(["check", str(path), str(folder / "out"), "-o", str(target)]) == 0
    stated = capsys.readouterr().out.splitlines()
    assert stated[0] == "Neither detail from elsewhere nor amplified noise was found in the map."
    share = float(re.match(r"The map was cut by a mask: ([\d.]+) % of", stated[6])[1])
    box, inside = read_map(target).values, maps["mask"] >= 0.5
    assert share == pytest.approx(100 * (box[inside] == 0).mean(), rel=0.01)


def test_check_takes_a_voxel_size_that_the_header_does_not_have(run, tmp_path, capsys):
    folder, maps = run
    wrong, target = tmp_path / "wrong.mrc", tmp_path / "unsupported.mrc"
    write_map(wrong, maps["half1"], MapFile(wrong, maps["half1"], 1.0, ORIGIN, (0, 0, 0), ""))
    words = ["check", str(wrong), str(folder / "out"), "-o", str(target)]
    assert main(words) == 2
    assert "its voxels are of 1 Å, those of the run of 2 Å" in capsys.readouterr().err
    assert main([*words, "--sampling", "2"]) == 0
    stated = capsys.readouterr().out
    right = folder / "right.mrc"
    assert main(["check", str(folder / "half1.mrc"), str(folder / "out"), "-o", str(right)]) == 0
    assert stated.splitlines()[:2] == capsys.readouterr().out.splitlines()[:2]
    np.testing.assert_array_equal(read_map(target).values, read_map(right).values)
    assert read_map(target).sampling == 2.0


def test_a_half_map_of_the_run_is_called_so(run, tmp_path, capsys):
    """Also with another scale; twice the mean is none."""
    folder, maps = run
    path, target = tmp_path / "enhanced.mrc", tmp_path / "found.mrc"
    words = ["check", str(path), str(folder / "out"), "-o", str(target)]
    stated = {"half": 3 * maps["half2"], "mean": maps["half1"] + maps["half2"]}
    for values in stated.values():
        write_map(path, values, MapFile(path, values, SAMPLING, ORIGIN, (0, 0, 0), ""))
        assert main(words) == 0
    verdicts = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.endswith(" map.") or line.endswith(" mean.")
    ]
    assert verdicts == [
        "This map is one of the run's half maps: it is noisier than their mean.",
        "Neither detail from elsewhere nor amplified noise was found in the map.",
    ]


def test_the_reconstruction_of_all_images_does_not_go_beyond_its_half_maps(tmp_path, capsys):
    """Preferred views: where few images contribute, it is stronger than the mean of the halves."""
    particle, mask = blob_particle(40, seed=3)
    made = simulate(particle, Imaging(images=240, views=Views(5.0), noise=0.3, seed=3))
    maps = {"half1": made.half1, "half2": made.half2, "map": made.map, "mask": mask}
    for name, values in maps.items():
        path = tmp_path / f"{name}.mrc"
        write_map(path, values, MapFile(path, values, SAMPLING, ORIGIN, (0, 0, 0), ""))
    half, out = str(tmp_path / "half1.mrc"), str(tmp_path / "out")
    words = ["run", half, "--mask", str(tmp_path / "mask.mrc"), "--no-diagnosis"]
    assert main([*words, "--directions", "46", "-o", out]) == 0
    capsys.readouterr()
    assert main(["check", str(tmp_path / "map.mrc"), out, "-o", str(tmp_path / "own.mrc")]) == 0
    stated = capsys.readouterr().out
    assert stated.startswith("Neither detail from elsewhere nor amplified noise was found")
    assert "The map is a mean of the run's half maps, weighted by frequency" in stated


def test_a_map_in_the_place_of_the_folder_is_refused(run, tmp_path, capsys):
    folder, _ = run
    half, target = str(folder / "half1.mrc"), str(tmp_path / "x.mrc")
    where = f"results {half}: it is a file, not a folder of results; give"
    assert main(["check", str(folder / "out"), half, "-o", target]) == 2
    assert f"{where} the map first and then the folder" in capsys.readouterr().err
    assert main(["filter", half, "-o", target]) == 2
    assert f"{where} the folder first, and another map with --map" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
