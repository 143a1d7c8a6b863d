"""Runs whose input is probably not what the user means: what the run says."""

import json
import shutil

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from monodir_plugin.simulation import noisy_map

from ..fixtures.maps import SHORT, call, particle, read, sample, write, write_pair
from ..fixtures.particle_files import cs


def _run(capsys, folder, *words):
    """What a run prints, and the warnings in its summary."""
    outcome = call(capsys, "run", *words, "-o", folder / "out", *SHORT)
    assert outcome.status == 0, outcome.err
    return outcome, json.loads((folder / "out" / "summary.json").read_text())


def test_even_angles_do_not_belong_to_a_map_without_side_views(tmp_path, capsys):
    """Views all close to z leave the axes about z without signal and noise."""
    volume, mask = particle(40, 32)
    halves = [write(tmp_path / f"half{i}.mrc", noisy_map(volume, 0.3, 20.0, i)) for i in (1, 2)]
    angles = cs(tmp_path / "even.cs", Rotation.random(900, random_state=1).as_rotvec())
    words = [*halves, "--mask", write(tmp_path / "particle.mrc", mask), "--angles", angles]
    outcome, summary = _run(capsys, tmp_path, *words)
    found = summary["diagnosis"]["particles"]
    views = summary["diagnosis"]["views"]
    worst = int(np.argmin(views["coverage"]))
    of_map, given = views["coverage"][worst], found["coverage"][worst]
    assert of_map < 0.3 and given > 0.8 and found["views"] == "even"
    (said,) = [text for text in summary["warnings"] if "does not belong to this map" in text]
    assert said.startswith(f"angles {angles}: The map has an axis with {of_map:.2f} of the mean")
    assert f"the angles give it {given:.2f}" in said
    assert f"warning: {said}\n" in outcome.err
    assert found["mismatch"] in outcome.out and "By the angles of the particles" not in outcome.out


def test_lone_half_map_is_measured_with_a_warning(tmp_path, capsys):
    name, *mask = write_pair(tmp_path)
    lone = str(tmp_path / "half1.mrc")
    shutil.move(name, lone)
    said = "half1.mrc has the name of a half map and its partner, half2.mrc, is not beside it"
    outcome, summary = _run(capsys, tmp_path, lone, *mask, "--no-diagnosis")
    assert summary["warnings"][0].startswith(said) and f"warning: {said}" in outcome.err
    outcome, summary = _run(capsys, tmp_path, lone, *mask, "--no-diagnosis", "--single")
    assert not [text for text in summary["warnings"] if "half map" in text]


@pytest.mark.parametrize("bead", [False, True])
def test_solvent_that_the_diagnosis_refuses_is_a_warning(bead, tmp_path, capsys):
    """One bead of gold in the solvent; without it nothing is said."""
    volume, mask = sample(56, 24).copy(), particle(56, 24)[1]
    if bead:
        volume[27:29, 46:48, 27:29] += 40 * volume[~mask].std()
    words = [write(tmp_path / "map.mrc", volume), "--mask", write(tmp_path / "mask.mrc", mask)]
    _, summary = _run(capsys, tmp_path, *words)
    said = [text for text in summary["warnings"] if "R may be wrong" in text]
    assert ("noise" in summary["diagnosis"]) == bead and len(said) == bead
    if bead:
        assert said[0].startswith(f"map {words[0]}: the solvent holds more than noise (a neighbour")
        (sentence,) = summary["diagnosis"]["noise"]["sentences"]
        assert sentence.startswith("The noise of this map cannot be measured: the solvent holds")


@pytest.mark.parametrize("inside", [1.0, 255.0])
def test_mask_in_place_of_the_map_is_refused(inside, tmp_path, capsys):
    name, _, mask = write_pair(tmp_path)
    write(tmp_path / "particle.mrc", particle(32)[1] * np.float32(inside))
    two = f"map {mask}: it holds only two values, 0 and {inside:g}, as a mask does: "
    outcome = call(capsys, "run", mask, "--mask", name, "-o", tmp_path / "out", *SHORT)
    assert outcome.status == 2 and f"{two}are the map and --mask swapped?" in outcome.err
    outcome = call(capsys, "run", mask, "-o", tmp_path / "out", *SHORT)
    assert outcome.status == 2 and f"{two}give the map, and this file with --mask" in outcome.err
    assert not (tmp_path / "out").exists()


def test_mask_that_is_named_as_a_second_map_is_refused(tmp_path, capsys):
    name, _, mask = write_pair(tmp_path)
    words = [name, mask, "--no-diagnosis", "-o", tmp_path / "out"]
    outcome = call(capsys, "run", *words, *SHORT)
    like = f"monodir: map {mask}: it looks like a mask and not like a map; "
    assert outcome.status == 2 and outcome.err == f"{like}give it with --mask {mask}\n"
    outcome = call(capsys, "run", *words, "--mask", mask, *SHORT)
    assert outcome.status == 2 and outcome.err == f"{like}leave it out, as the mask is {mask}\n"
    # Nothing was measured before.
    assert not (tmp_path / "out").exists()


def test_mask_that_was_made_is_named(tmp_path, capsys):
    """As a note: it is no doubt about the input."""
    name, *mask = write_pair(tmp_path, 40)
    outcome, summary = _run(capsys, tmp_path, name, "--no-diagnosis")
    made = tmp_path / "out" / "mask.mrc"
    voxels = int((read(made) >= 0.5).sum())
    assert f"no --mask: a mask of {voxels} voxels was made, {made}; look at it\n" in outcome.err
    assert not [text for text in summary["warnings"] if "look at it" in text]
    outcome, _ = _run(capsys, tmp_path, name, *mask, "--no-diagnosis")
    assert "no --mask" not in outcome.err


def test_coarse_limit_that_is_too_fine_is_named_first(tmp_path, capsys):
    """In noise of three times the deviation of the signal, nothing is resolved beyond 5 Å."""
    volume, mask = sample(40, 24, 3.0), particle(40, 24)[1]
    words = [write(tmp_path / "map.mrc", volume), "--mask", write(tmp_path / "mask.mrc", mask)]
    outcome, summary = _run(capsys, tmp_path, *words, "--no-diagnosis", "--coarsest", "5")
    assert summary["unresolved_share"] > 0.95
    assert summary["warnings"][0].startswith("--coarsest 5 is probably why hardly anything is ")
    assert "warning: --coarsest 5" in outcome.err
    _, summary = _run(capsys, tmp_path, *words, "--no-diagnosis")
    assert not [text for text in summary["warnings"] if "--coarsest" in text]
