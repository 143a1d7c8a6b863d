"""``summary.json`` and the lines that a run prints, recomputed from the files of the run."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from monodir_plugin.constants import VERSION
from monodir_plugin.files.run_folder.results import load_table
from monodir_plugin.files.run_folder.verdict import verdict

from ...fixtures.maps import SAMPLING, SHORT, call, particle, read, sample, write
from ...fixtures.runs import BOX, DIGITS, MAPS, columns, values


def test_summary_contains_inputs_and_parameters(done):
    summary = done.summary
    assert summary["program"] == f"MonoDir {VERSION}"
    for entry, name, kind in zip(summary["inputs"], done.inputs, ("map", "mask")):
        checksum = hashlib.sha256(Path(name).read_bytes()).hexdigest()
        expected = {"path": name, "sha256": checksum, "sampling_A": SAMPLING, "kind": kind}
        assert entry == expected
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


def test_summary_agrees_with_files_and_table(done):
    summary = done.summary
    for name in MAPS:
        assert summary["median_A"][name] == pytest.approx(np.median(values(done, name)), rel=1e-6)
    share = (done.table.codes == 0).mean()
    assert summary["unresolved_share"] == pytest.approx(share, rel=1e-12)
    # Nominal frequencies of the bands and the mean frequencies of their coefficients.
    nominal, mean = (
        np.array(summary["found"]["frequencies_A"]),
        SAMPLING / done.table.frequencies,
    )
    assert np.allclose(nominal[[0, -1]], mean[[0, -1]])
    assert np.allclose(nominal, mean, rtol=0.05) and (np.diff(mean) < 0).all()
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
    interval = summary["axes"].pop("median_interval_A")
    assert summary["axes"] == pytest.approx(expected, rel=2 * DIGITS)
    assert interval[0] < expected["median_A"] < interval[1]
    assert summary["axes_without_data"] == []
    assert share < 0.05 and not [w for w in summary["warnings"] if "pairs" in w]


def run_of(capsys, folder, volume, inside):
    """Run a map; returns what is printed, the summary and the table."""
    names = write(folder / "map.mrc", volume), "--mask", write(folder / "mask.mrc", inside)
    outcome = call(capsys, "run", *names, "--no-diagnosis", "-o", folder / "out", *SHORT)
    assert outcome.status == 0
    summary = json.loads((folder / "out" / "summary.json").read_text())
    return outcome, summary, load_table(folder / "out" / "table.npz")


def test_printed_lines(tmp_path, capsys):
    """Axes, the unresolved share, medians over the mask; and a warning about unresolved pairs."""
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
    assert outcome.out.splitlines()[:3] == verdict(summary)
    assert outcome.out.splitlines()[3:] == [
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
        f"medians over the mask: ADR {median['adr']:.2f} Å (the mean of highest and the coarse "
        f"limit, {table.coarsest:.2f} Å), highest {median['highest']:.2f} Å, lowest not resolved, "
        f"anisotropy {median['anisotropy']:.2f} Å",
        f"results in {tmp_path / 'out'}",
    ]
    assert median["lowest"] == pytest.approx(table.coarsest, rel=DIGITS)
    warned = f"{100 * share:.0f} % of the voxel-axis pairs are not resolved even at the coarse "
    warned += f"limit, {table.coarsest:.2f} Å, which replaces their resolution in all maps"
    assert [text for text in summary["warnings"] if text.endswith(f".mrc: {warned}")]
    assert f".mrc: {warned}\n" in outcome.err


def test_warning_about_voxels_at_the_finest_frequency(tmp_path, capsys):
    outcome, summary, table = run_of(capsys, tmp_path, sample(36, 16, 0.01), particle(36)[1])
    finest = SAMPLING / 0.49
    highest = np.percentile(table.resolutions().astype(float), 5, axis=1)
    share = np.mean(highest < 1.001 * finest)
    assert share > 0.2
    warned = f"{100 * share:.0f} % of the voxels reach the finest frequency that was tested, "
    assert sum(f".mrc: {warned}{finest:.2f} Å" in text for text in summary["warnings"]) == 1
    assert warned in outcome.err
    recorded = summary["found"]["at_finest"]
    assert recorded["share"] == pytest.approx(share, abs=1e-3)
    assert recorded["resolution_A"] == pytest.approx(finest)
    assert summary["warnings"][0].endswith(f".mrc: {recorded['warning']}")
    assert outcome.out.splitlines()[0].startswith(f"Resolution: {recorded['warning']}. ")


def test_noise_alone_has_no_finest_and_coarsest_axis(tmp_path, capsys):
    noise = np.random.default_rng(3).normal(size=(BOX,) * 3).astype(np.float32)
    outcome, summary, table = run_of(capsys, tmp_path, noise, particle(BOX, 32)[1])
    share = (table.codes == 0).mean()
    assert share > 0.9
    assert (summary["best_axis"], summary["worst_axis"]) == (None, None)
    resolutions = [value for name, value in summary["axes"].items() if name.endswith("_A")]
    assert resolutions == [None] * 4
    assert outcome.out.splitlines()[3:5] == [
        "median axis: no axis is resolved in half of the mask",
        f"not resolved: {100 * share:.1f} % of the voxel-axis pairs",
    ]
    assert "finest axis" not in outcome.out


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_axes_without_data_are_listed(count, done, tmp_path, capsys, monkeypatch):
    """The first four are listed with their angles; if all axes have data, nothing is printed."""
    empty = [{"rot_deg": 10.0 * i, "tilt_deg": 5.4} for i in range(count)]
    summary = {**done.summary, "axes_without_data": empty}
    monkeypatch.setattr("monodir_plugin.cli.run_inputs.run", lambda job: summary)
    printed = call(capsys, "run", *done.inputs[:1], "-o", tmp_path).out.splitlines()
    found = [line for line in printed if line.startswith("axes without data: ")]
    named = "; ".join(f"rot {10 * i}, tilt 5 degrees" for i in range(min(count, 4)))
    more = "; ..." if count > 4 else ""
    assert found == ([f"axes without data: {count} ({named}{more})"] if count else [])


def test_axes_of_an_empty_cone_have_no_data(tmp_path, capsys):
    """Without data within 45 degrees of z, cones about axes closer than 19 degrees are empty."""
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
