"""Runs with an exclusion mask: results, records, files that do not fit, and later commands."""

import json

import numpy as np
import pytest

from monodir_plugin.numerics.measurement.analysis import analyse
from monodir_plugin.numerics.problem.settings import Settings
from monodir_plugin.workflows.filter import job_of_results

from ...fixtures.maps import SAMPLING, SHORT, call, particle, read, sample, write

BOX, INNER = 40, 20


def bead():
    """A bright ball in the solvent, and the voxels about it."""
    z, y, x = np.indices((BOX,) * 3) - BOX // 2
    square = (x - 12) ** 2 + (y - 8) ** 2 + z**2
    return (8 * np.exp(-square / 6)).astype(np.float32), square < 6**2


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A map with a bead, the mask of the particle, and that of the bead."""
    folder = tmp_path_factory.mktemp("files")
    gold, about = bead()
    return {
        "folder": folder,
        "map": write(folder / "map.mrc", sample(BOX, INNER) + gold),
        "mask": write(folder / "particle.mrc", particle(BOX, INNER)[1]),
        "bead": write(folder / "bead.mrc", about),
    }


@pytest.fixture(scope="module")
def excluded(files):
    """A run without a mask of the particle, and with one of the bead; its folder."""
    from monodir_plugin.cli import main

    out = files["folder"] / "excluded"
    words = ["run", files["map"], "--exclude", files["bead"], *SHORT, "-o", str(out)]
    assert main(words) == 0
    return out


def test_the_run_is_that_of_the_library(files, excluded):
    """The made mask is zero in the excluded part, and the maps are those of the same arrays."""
    made = read(excluded / "mask.mrc")
    assert not made[bead()[1]].any()
    found = analyse(
        read(files["map"]),
        made >= 0.5,
        SAMPLING,
        Settings(directions=46),
        threads=2,
        exclude=bead()[1],
    )
    np.testing.assert_allclose(read(excluded / "adr.mrc"), found.volume("adr"), rtol=1e-6)


def test_the_exclusion_is_recorded(files, excluded):
    summary = json.loads((excluded / "summary.json").read_text())
    entries = [(entry["path"], entry["kind"]) for entry in summary["inputs"]]
    assert entries == [(files["map"], "map"), (files["bead"], "exclusion mask")]
    assert summary["found"]["excluded_voxels"] == bead()[1].sum()
    assert not [text for text in summary["warnings"] if "outside the mask" in text]


def test_the_filter_of_the_run_takes_the_same_input(files, excluded, capsys):
    job = job_of_results(excluded)
    assert (job.mask, job.exclude) == (str(excluded / "mask.mrc"), files["bead"])
    out = files["folder"] / "filtered.mrc"
    assert call(capsys, "filter", excluded, "-o", out).status == 0


def test_parts_of_another_exclusion_are_not_used(files, tmp_path, capsys):
    part = tmp_path / "part.npz"
    words = (files["map"], "--mask", files["mask"], *SHORT)
    assert call(capsys, "part", *words, "-o", part).status == 0
    outcome = call(
        capsys, "combine", *words, "--exclude", files["bead"], "--parts", part, "-o", tmp_path / "x"
    )
    assert outcome.status == 2
    assert "part.npz" in outcome.err and "other" in outcome.err


def test_the_warning_on_the_bead_names_the_option(files, tmp_path, capsys):
    words = ("--mask", files["mask"], "--no-diagnosis", *SHORT)
    outcome = call(capsys, "run", files["map"], *words, "-o", tmp_path / "out")
    assert "structure lies outside the mask" in outcome.err and "--exclude" in outcome.err


def test_a_made_mask_can_be_had_without_the_bead(files, tmp_path, capsys):
    made = tmp_path / "made.mrc"
    words = ("mask", files["map"], "--exclude", files["bead"], "-o", made)
    assert call(capsys, *words).status == 0
    assert not read(made)[bead()[1]].any()
    assert (read(made) >= 0.5).sum() > 0.5 * particle(BOX, INNER)[1].sum()


WRONG = {
    "box": (lambda: bead()[1][4:-4, 4:-4, 4:-4], {}, "differs from that of the map"),
    "voxels": (lambda: bead()[1], {"sampling": 2 * SAMPLING}, "voxels (3 Å) differ"),
    "empty": (lambda: np.zeros((BOX,) * 3, bool), {}, "neither particle nor noise"),
    "particle": (lambda: particle(BOX, INNER)[1], {}, "of the particle's mask: give a mask of"),
    "not finite": (lambda: np.where(bead()[1], np.nan, 0).astype(np.float32), {}, "NaN"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_an_exclusion_that_cannot_be_meant_is_refused(kind, files, tmp_path, capsys):
    values, header, stated = WRONG[kind]
    name = write(tmp_path / "wrong.mrc", values(), **header)
    words = ("--mask", files["mask"], "--exclude", name, "-o", tmp_path / "out")
    outcome = call(capsys, "run", files["map"], *words)
    assert outcome.status == 2 and outcome.err.count("\n") == 1
    assert name in outcome.err and stated in outcome.err
    assert not (tmp_path / "out").exists()


def test_voxels_in_both_masks_are_named_with_half_maps(files, tmp_path, capsys):
    """They are measured in neither; the noise of half maps is taken inside the mask."""
    inside = particle(BOX, INNER)[1]
    rim = inside & (np.indices(inside.shape)[2] > BOX // 2 + 3)
    halves = [
        write(tmp_path / f"half{i}.mrc", sample(BOX, INNER, noise=0.4, seed=20 + i)) for i in (1, 2)
    ]
    name, out = write(tmp_path / "rim.mrc", rim), tmp_path / "out"
    words = ("--half1", halves[0], "--half2", halves[1], "--mask", files["mask"], "--no-diagnosis")
    outcome = call(capsys, "run", *words, "--exclude", name, *SHORT, "-o", out)
    assert outcome.status == 0
    stated = f"{name}: {rim.sum()} of the {inside.sum()} voxels of the mask are also in the"
    assert stated in outcome.err and "remove them from the exclusion mask" in outcome.err
    np.testing.assert_array_equal(read(out / "adr.mrc") > 0, inside & ~rim)
