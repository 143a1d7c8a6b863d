"""The files of a run hold the numbers that they should, recomputed from the table and the maps."""

import argparse
import csv
import hashlib
import json
import re
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import mrcfile
import numpy as np
import pytest
from matplotlib.image import imread

from monodir_plugin.cli import FAMILIES, main
from monodir_plugin.constants import VERSION
from monodir_plugin.files.results import load_table

from .samples import ORIGIN, SAMPLING, SHORT, START, call, measured, particle, read, sample, write

BOX = 45
MAPS = ("highest", "lowest", "adr", "anisotropy", "radial", "tangential", "monores")
#: Six digits are written to lists.
DIGITS = 1e-5


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One run in an odd box with a header that is not all zeros, and what it left."""
    folder = tmp_path_factory.mktemp("done")
    header = {"origin": ORIGIN, **dict(zip(("nxstart", "nystart", "nzstart"), START))}
    names = [
        write(folder / "map.mrc", sample(BOX, 32), **header),
        write(folder / "particle.mrc", particle(BOX, 32)[1]),
    ]
    out = folder / "out"
    words = ["run", names[0], "--mask", names[1], "--along", "0,0,1", "--along", "-1,0,2"]
    assert main([*words, *SHORT, "-o", str(out)]) == 0
    table = load_table(out / "table.npz")
    return SimpleNamespace(
        folder=out,
        inputs=names,
        inside=particle(BOX, 32)[1],
        table=table,
        resolution=table.resolutions().astype(float),
        summary=json.loads((out / "summary.json").read_text()),
        directions=columns(out / "directions.csv"),
        profile=columns(out / "radial_profile.csv"),
    )


def columns(path):
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    return {name: np.array(column, float) for name, *column in zip(*rows)}


def values(done, name):
    """The values of a map inside the mask."""
    return read(done.folder / f"{name}.mrc")[done.inside]


def radii(done):
    """Distance of the mask's voxels from voxel 22, 22, 22, in voxels."""
    return np.linalg.norm(np.argwhere(done.inside) - BOX // 2, axis=1)


def test_help_lists_the_files_that_are_written(done, capsys):
    listed = set(re.findall(r"\b\w+\.(?:mrc|csv|npz|json|png)\b", call(capsys, "run", "-h").out))
    examples = {"map.mrc", "half1.mrc", "half2.mrc"}
    of_half_maps = {"conical_fsc.npz", "conical_fsc.csv"}
    expected = listed - examples - of_half_maps - {"along_X_Y_Z.mrc", "mask.mrc"}
    expected |= {"along_0_0_1.mrc", "along_-0.5_0_1.mrc"}
    assert of_half_maps < listed
    assert {path.name for path in done.folder.iterdir()} == expected
    assert len(expected) == 7 + 2 + 5 + 3


def test_every_module_has_the_commands_that_are_listed_for_it(capsys):
    """A command missing in the list would be found all the same, but later."""
    listed = [command for commands in FAMILIES.values() for command in commands]
    offered = re.findall(r"^    (\w+)", call(capsys, "-h").out.partition("COMMAND\n")[2], re.M)
    assert offered == listed
    for family, commands in FAMILIES.items():
        added = argparse.ArgumentParser().add_subparsers()
        import_module(f"monodir_plugin.cli.{family}").add_parser(added)
        assert tuple(added.choices) == commands


@pytest.mark.parametrize("name", [*MAPS, "along_0_0_1", "along_-0.5_0_1"])
def test_map_lies_where_the_input_lies(done, name):
    with mrcfile.open(done.folder / f"{name}.mrc") as file:
        assert file.data.dtype == np.float32 and file.data.shape == (BOX,) * 3
        assert file.voxel_size.tolist() == (SAMPLING,) * 3
        assert tuple(file.header.origin.tolist()) == ORIGIN
        assert tuple(file.nstart.tolist()) == START
        assert (file.data[~done.inside] == 0).all()
        if name != "anisotropy":
            assert file.data[done.inside].min() >= 2 * SAMPLING
            assert file.data[done.inside].max() <= done.table.coarsest * (1 + 1e-6)


def test_table_is_of_the_mask_and_the_axes(done):
    table = done.table
    assert np.array_equal(table.indices, np.flatnonzero(done.inside))
    assert table.codes.shape == (46, done.inside.sum()) and table.codes.dtype == np.uint16
    assert (table.shape, table.sampling) == ((BOX,) * 3, SAMPLING)
    assert np.abs(np.linalg.norm(table.axes.vectors, axis=1) - 1).max() < 1e-12


def test_maps_are_quantiles_of_the_table(done):
    low, q1, q3, high = np.percentile(done.resolution, (5, 17, 83, 95), axis=1)
    assert np.allclose(values(done, "highest"), low, rtol=1e-5)
    assert np.allclose(values(done, "lowest"), high, rtol=1e-5)
    assert np.allclose(values(done, "anisotropy"), (q3 - q1) / 2, rtol=1e-4, atol=1e-5)
    assert (low < high).mean() > 0.99


def test_adr_is_the_mean_of_highest_and_lowest(done):
    mean = (values(done, "highest").astype(float) + values(done, "lowest")) / 2
    assert np.allclose(values(done, "adr"), mean, rtol=1e-6)


def test_radial_is_finest_where_the_closest_axis_is(done):
    """A weighted mean over the few axes near the line: it follows the closest one's column."""
    place = np.argwhere(done.inside)[:, ::-1] - BOX // 2
    far = np.linalg.norm(place, axis=1) > 3
    closest = np.argmax(np.abs(place @ done.table.axes.vectors.T), axis=1)
    column = done.resolution[np.arange(len(place)), closest]
    mean = done.resolution.mean(axis=1)

    def alike(name):
        """Of what is left when the mean over the axes, which all of them share, is taken off."""
        return np.corrcoef((values(done, name) - mean)[far], (column - mean)[far])[0, 1]

    assert alike("radial") > 0.8 and alike("tangential") < 0


def test_directions_agree_with_the_table(done):
    listed, vectors = done.directions, done.table.axes.vectors
    names = ["index", "x", "y", "z", "rot_deg", "tilt_deg", "count", "median_resolution_A", "data"]
    assert list(listed) == [*names, "coverage"] and np.array_equal(listed["index"], np.arange(46))
    assert np.allclose(np.stack([listed[k] for k in "xyz"], axis=1), vectors, atol=DIGITS)
    rot, tilt = np.deg2rad(listed["rot_deg"]), np.deg2rad(listed["tilt_deg"])
    turned = [np.cos(rot) * np.sin(tilt), np.sin(rot) * np.sin(tilt), np.cos(tilt)]
    assert np.allclose(np.stack(turned, axis=1), vectors, atol=DIGITS)
    # Of two values in the middle the coarser one.
    resolution = np.where(done.table.codes.T > 0, done.resolution, np.inf)
    middle = np.sort(resolution, axis=0)[len(resolution) // 2]
    expected = np.where(np.isfinite(middle), middle, np.nan)
    assert np.isfinite(middle).mean() > 0.8
    assert np.allclose(listed["median_resolution_A"], expected, rtol=DIGITS, equal_nan=True)
    assert (listed["data"] == 1).all()


def test_votes_add_up_to_the_resolved_voxels(done):
    """Every voxel that is resolved has one vote, split over the axes that reach its highest."""
    highest = values(done, "highest")
    resolved = highest < np.float32(done.table.coarsest)
    assert resolved.mean() > 0.5
    assert done.directions["count"].sum() == pytest.approx(resolved.sum(), rel=46 * DIGITS)
    reached = done.table.resolutions() <= highest[:, None]
    votes = (reached / reached.sum(axis=1, keepdims=True))[resolved].sum(axis=0)
    assert np.allclose(done.directions["count"], votes, rtol=DIGITS)


def test_profile_is_of_the_shells_of_the_maps(done):
    shell = np.rint(radii(done)).astype(int)
    shells = np.unique(shell)
    assert np.allclose(done.profile["radius_A"], shells * SAMPLING, rtol=DIGITS)
    assert np.array_equal(done.profile["voxels"], np.bincount(shell)[shells])
    for name in MAPS:
        rows = [values(done, name)[shell == k].astype(float) for k in shells]
        assert np.allclose(done.profile[f"{name}_mean_A"], [row.mean() for row in rows], rtol=1e-4)
        spread = [row.std() for row in rows]
        assert np.allclose(done.profile[f"{name}_std_A"], spread, rtol=1e-4, atol=1e-4)


def test_slopes_are_those_of_the_profile(done):
    """Straight lines through the shells between the radii told, weighted by their voxels.

    Six digits of some 10 Å are 5e-5 Å off at most: over a fit of 3 Å 5e-5 Å/Å, and over
    the 10 Å from there to the centre 5e-4 Å.
    """
    start, stop = done.summary["slope_radii_A"]
    radius, count = done.profile["radius_A"], done.profile["voxels"]
    fitted = (radius >= start - 1e-9) & (radius <= stop)
    assert fitted.sum() >= 3
    for name in MAPS:
        mean = done.profile[f"{name}_mean_A"]
        moments = np.cov(radius[fitted], mean[fitted], fweights=count[fitted].astype(int))
        slope = moments[0, 1] / moments[0, 0]
        assert done.summary["slopes_A_per_A"][name] == pytest.approx(slope, abs=5e-5)
        middle = np.average(mean[fitted] - slope * radius[fitted], weights=count[fitted])
        assert done.summary["intercepts_A"][name] == pytest.approx(middle, abs=5e-4)


def test_slopes_are_fitted_inside_the_particle(done):
    """From five voxels to the largest sphere in the hull: the least reach of the mask any way.

    Over 4000 random directions the least reach is missed by less than 2 %.
    """
    start, stop = done.summary["slope_radii_A"]
    assert start == pytest.approx(5 * SAMPLING)
    ways = np.random.default_rng(0).normal(size=(4000, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    reach = (ways @ (np.argwhere(done.inside)[:, ::-1] - BOX // 2).T).max(axis=1).min()
    assert stop <= reach * SAMPLING * (1 + 1e-9) < 1.02 * stop


def test_map_along_an_axis_is_its_column_of_the_table(done):
    """Exactly: 0,0,1 is an axis of the set, and both are decoded from two bytes."""
    column = np.flatnonzero(np.abs(done.table.axes.vectors[:, 2]) > 1 - 1e-12)
    assert len(column) == 1
    assert np.array_equal(values(done, "along_0_0_1"), done.resolution[:, column[0]])
    assert (values(done, "along_0_0_1") != values(done, "along_-0.5_0_1")).mean() > 0.3


def test_summary_tells_inputs_and_parameters(done):
    summary = done.summary
    assert summary["program"] == f"MonoDir {VERSION}"
    for entry, name in zip(summary["inputs"], done.inputs):
        checksum = hashlib.sha256(Path(name).read_bytes()).hexdigest()
        assert entry == {"path": name, "sha256": checksum, "sampling_A": SAMPLING}
    assert len(summary["inputs"]) == 2
    parameters = {
        "directions": 46,
        "cone": 30.0,
        "criterion": 0.5,
        "significance": None,
        "coarsest": None,
        "noise_radius": None,
        "centre": "box",
        "preset": "default",
        "noise_from_half_maps": False,
    }
    assert {name: summary["parameters"][name] for name in parameters} == parameters
    assert np.allclose(summary["parameters"]["along"], [[0, 0, 1], [-(0.2**0.5), 0, 0.8**0.5]])
    assert summary["box_px"] == BOX and summary["mask_voxels"] == done.inside.sum()
    assert summary["centre_px"] == [22, 22, 22]


def test_summary_tells_what_was_found(done):
    summary = done.summary
    for name in MAPS:
        assert summary["median_A"][name] == pytest.approx(np.median(values(done, name)), rel=1e-6)
    share = (done.table.codes == 0).mean()
    assert summary["unresolved_share"] == pytest.approx(share, rel=1e-12)
    # Of bands that were asked for and, at their mean frequencies, measured: by steps of a tenth.
    asked, measured_at = np.array(summary["found"]["frequencies_A"]), SAMPLING / done.table.rungs
    assert np.allclose(asked[[0, -1]], measured_at[[0, -1]])
    assert np.allclose(asked, measured_at, rtol=0.05) and (np.diff(measured_at) < 0).all()
    along = done.directions["median_resolution_A"]
    named = {}
    for key, extreme in (("best_axis", np.nanmin(along)), ("worst_axis", np.nanmax(along))):
        axis = summary[key]
        places = [done.directions[name] - axis[name] for name in ("rot_deg", "tilt_deg")]
        row = int(np.argmin(np.hypot(*places)))
        assert abs(places[0][row]) < 1e-3 and abs(places[1][row]) < 1e-3
        named[key] = axis["resolution_A"]
        assert named[key] == pytest.approx(along[row], rel=DIGITS)
        # Of axes that are alike within 1 %, the one in the middle.
        assert named[key] == pytest.approx(extreme, rel=0.0101)
    expected = {
        "median_A": np.nanmedian(along),
        "finest_A": named["best_axis"],
        "coarsest_A": named["worst_axis"],
        "ratio": named["worst_axis"] / named["best_axis"],
        "mostly_unresolved": np.isnan(along).sum(),
    }
    assert summary["axes"] == pytest.approx(expected, rel=2 * DIGITS)
    assert summary["axes_without_data"] == []
    assert share < 0.05 and not [w for w in summary["warnings"] if "pairs" in w]


def run_of(capsys, folder, volume, inside):
    """Lines that a run prints, its summary and its table."""
    names = write(folder / "map.mrc", volume), "--mask", write(folder / "mask.mrc", inside)
    outcome = call(capsys, "run", *names, "--no-diagnosis", "-o", folder / "out", *SHORT)
    assert outcome.status == 0
    summary = json.loads((folder / "out" / "summary.json").read_text())
    return outcome, summary, load_table(folder / "out" / "table.npz")


def test_what_is_printed_first(tmp_path, capsys):
    """Axes, what is not resolved, then medians over the mask; and a warning of much unresolved."""
    outcome, summary, table = run_of(capsys, tmp_path, sample(BOX, 32, 1.5), particle(BOX, 32)[1])
    listed = columns(tmp_path / "out" / "directions.csv")
    along, share = listed["median_resolution_A"], (table.codes == 0).mean()
    best, worst = summary["best_axis"], summary["worst_axis"]
    median = {
        name: np.median(read(tmp_path / "out" / f"{name}.mrc")[particle(BOX, 32)[1]])
        for name in ("adr", "highest", "lowest", "anisotropy")
    }
    ratio = worst["resolution_A"] / best["resolution_A"]
    assert 0.05 < share < 0.9
    assert outcome.out.splitlines() == [
        f"median axis: {np.nanmedian(along):.2f} Å; ratio of the coarsest to the finest axis: "
        f"{ratio:.2f}",
        *(
            f"{word} axis: {axis['resolution_A']:.2f} Å, rot {axis['rot_deg']:.0f}, "
            f"tilt {axis['tilt_deg']:.0f} degrees"
            for word, axis in (("finest", best), ("coarsest", worst))
        ),
        *(
            f"axes along which most voxels are not resolved: {count}"
            for count in [np.isnan(along).sum()]
            if count
        ),
        f"not resolved: {100 * share:.1f} % of the voxel-axis pairs",
        f"medians over the mask: ADR {median['adr']:.2f} Å, highest {median['highest']:.2f} Å, "
        f"lowest {median['lowest']:.2f} Å, anisotropy {median['anisotropy']:.2f} Å",
        f"results in {tmp_path / 'out'}",
    ]
    warned = f"{100 * share:.0f} % of the voxel-axis pairs are not resolved even at the coarse "
    warned += f"limit, {table.coarsest:.2f} Å, and count with it in all maps"
    assert [w for w in summary["warnings"] if w.endswith(f".mrc: {warned}")]
    assert f".mrc: {warned}\n" in outcome.err


def test_voxels_that_reach_the_last_frequency_are_warned_of(tmp_path, capsys):
    outcome, summary, table = run_of(capsys, tmp_path, sample(36, 16, 0.01), particle(36)[1])
    finest = SAMPLING / 0.49
    highest = np.percentile(table.resolutions().astype(float), 5, axis=1)
    share = np.mean(highest < 1.001 * finest)
    assert share > 0.2
    warned = f"{100 * share:.0f} % of the voxels reach the finest frequency that was looked at, "
    assert sum(f".mrc: {warned}{finest:.2f} Å" in text for text in summary["warnings"]) == 1
    assert warned in outcome.err


def test_of_noise_alone_no_axis_is_named(tmp_path, capsys):
    noise = np.random.default_rng(3).normal(size=(BOX,) * 3).astype(np.float32)
    outcome, summary, table = run_of(capsys, tmp_path, noise, particle(BOX, 32)[1])
    share = (table.codes == 0).mean()
    assert share > 0.9
    assert (summary["best_axis"], summary["worst_axis"]) == (None, None)
    resolutions = [value for name, value in summary["axes"].items() if name.endswith("_A")]
    assert resolutions == [None] * 3
    assert outcome.out.splitlines()[:2] == [
        "median axis: not resolved in half of the mask, nor is any other axis",
        f"not resolved: {100 * share:.1f} % of the voxel-axis pairs",
    ]
    assert "finest axis" not in outcome.out


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_axes_without_data_are_named(count, done, tmp_path, capsys, monkeypatch):
    """The first four by their angles; where all axes have data, nothing is printed."""
    empty = [{"rot_deg": 10.0 * i, "tilt_deg": 5.4} for i in range(count)]
    summary = {**done.summary, "axes_without_data": empty}
    monkeypatch.setattr("monodir_plugin.commands.run", lambda job: summary)
    printed = call(capsys, "run", *done.inputs[:1], "-o", tmp_path).out.splitlines()
    found = [line for line in printed if line.startswith("axes without data: ")]
    named = "; ".join(f"rot {10 * i}, tilt 5 degrees" for i in range(min(count, 4)))
    more = "; ..." if count > 4 else ""
    assert found == ([f"axes without data: {count} ({named}{more})"] if count else [])


def test_axes_of_an_empty_cone_have_no_data(tmp_path, capsys):
    """Nothing within 45 degrees of z: cones of 26 degrees about axes nearer than 19 are empty."""
    k = np.fft.fftfreq(64)
    z, y, x = k[:, None, None], k[:, None], np.fft.rfftfreq(64)
    spectrum = np.where(np.abs(z) > np.hypot(y, x), 0, np.fft.rfftn(sample(64, 40)))
    volume = np.fft.irfftn(spectrum, (64,) * 3).astype(np.float32)
    outcome, summary, table = run_of(capsys, tmp_path, volume, particle(64, 40)[1])
    tilt = np.rad2deg(np.arccos(np.abs(table.axes.vectors[:, 2])))
    missing = ~table.with_data
    assert missing[tilt < 19].all() and not missing[tilt > 60].any()
    assert (table.codes[missing] == 0).all()
    listed = columns(tmp_path / "out" / "directions.csv")
    assert np.array_equal(listed["data"] == 0, missing)
    assert np.isnan(listed["median_resolution_A"][missing]).all()
    named = [[axis["rot_deg"], axis["tilt_deg"]] for axis in summary["axes_without_data"]]
    angles = np.stack([listed["rot_deg"], listed["tilt_deg"]], axis=1)[missing]
    assert np.allclose(named, angles, atol=1e-3)
    assert f"axes without data: {missing.sum()} (rot " in outcome.out


def test_table_holds_frequencies_in_two_bytes(done):
    """As its documentation says: cycles per voxel times 131070, 0 where not resolved."""
    with np.load(done.folder / "table.npz") as file:
        frequency = file["codes"] / 131070
        resolved = frequency.T > 0
        assert np.allclose(done.resolution[resolved], SAMPLING / frequency.T[resolved], rtol=1e-6)
        assert np.allclose(done.resolution[~resolved], SAMPLING / file["rungs"][0], rtol=1e-6)


def test_figure_shows_something_everywhere(done):
    """A white page with slices above, a polar plot and curves below: inked, but not full.

    An empty third of it would hold under 1 % of ink; frames and labels alone have some
    dozens of colours, shaded maps and their scale hundreds.
    """
    page = imread(done.folder / "figure.png")[..., :3]
    height, width = page.shape[:2]
    assert height >= 900 and width >= 1400 and (page[:2] == 1).all()
    upper, lower = page[height // 15 : height * 4 // 9], page[height // 2 :]
    for third in (upper, lower[:, : width * 2 // 5], lower[:, width // 2 :]):
        inked = (third < 0.98).any(axis=-1).mean()
        assert 0.02 < inked < 0.7
    shades = np.unique((upper.reshape(-1, 3) * 255).astype(int), axis=0)
    assert len(shades) > 300


def test_half_maps_without_solvent_find_the_end_of_the_signal(tmp_path, capsys):
    """A signal up to 6 Å that fills the box, the same in both halves, 22 times the noise's power.

    A band that reaches beyond 6 Å has a ratio of 2, an FSC of 0.5, when it holds a tenth of
    signal: before it has left the signal as a whole.  Its least half-width is 1.5 Fourier shells.
    So medians lie between 6 Å and that much beyond, and pairs within 3 % of that.
    """
    rng = np.random.default_rng(6)
    k = np.fft.fftfreq(32)
    inside = k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(32) ** 2 <= 0.25**2
    signal = np.fft.irfftn(inside * np.fft.rfftn(rng.normal(size=(32,) * 3)), (32,) * 3)
    halves = [signal + rng.normal(scale=0.3, size=signal.shape) for _ in range(2)]
    names = [write(tmp_path / f"{i}.mrc", half.astype(np.float32)) for i, half in enumerate(halves)]
    grid = np.arange(32) - 16
    sphere = grid[:, None, None] ** 2 + grid[:, None] ** 2 + grid**2 < 12**2
    mask = write(tmp_path / "mask.mrc", sphere)
    words = ("--half1", names[0], "--half2", names[1], "--mask", mask, "-o", tmp_path / "out")
    assert call(capsys, "run", *words, *SHORT).status == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["parameters"]["noise_from_half_maps"] is True
    assert [entry["path"] for entry in summary["inputs"]] == [*names, mask]
    beyond = SAMPLING / (0.25 + 1.5 / 32)
    for name in ("lowest", "radial", "tangential", "monores"):
        found = read(tmp_path / "out" / f"{name}.mrc")[sphere]
        assert beyond <= np.median(found) <= SAMPLING / 0.25
    resolution = load_table(tmp_path / "out" / "table.npz").resolutions()
    assert np.mean((resolution > 0.97 * beyond) & (resolution < 1.03 * SAMPLING / 0.25)) > 0.9


def test_half_maps_give_what_their_mean_gives(tmp_path, capsys):
    """The noise of the mean and half the difference have one strength, in and out of the mask.

    So the medians without directions agree within 5 %: the scatter of two thresholds of 2 %
    each, and fewer independent values in the mask than in the solvent.  If both halves were
    masked, signal and noise are cut alike at the rim, a third of the voxels, and of what is left
    of the noise the 0.99 quantile is taken: 15 %.
    """
    inside = particle(40, 28)[1]
    mask = write(tmp_path / "mask.mrc", inside)
    halves = [sample(40, 28, seed=seed) for seed in (7, 8)]

    def median(*words):
        part, _ = measured(capsys, tmp_path, *words, "--mask", mask, axes="")
        return np.median(part["monores"])

    def pair(factor):
        names = [write(tmp_path / f"{i}.mrc", half * factor) for i, half in enumerate(halves)]
        return median("--half1", names[0], "--half2", names[1])

    found = pair(np.float32(1))
    solvent = median(write(tmp_path / "mean.mrc", (halves[0] + halves[1]) / 2))
    assert found == pytest.approx(solvent, rel=0.05)
    assert found == pytest.approx(pair(inside.astype(np.float32)), rel=0.15)
    assert 2 * SAMPLING < found < 2.5 * SAMPLING
