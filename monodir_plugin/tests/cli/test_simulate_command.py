"""``monodir simulate``: the maps that it writes and the parameters that it refuses."""

from __future__ import annotations

import json

import mrcfile
import numpy as np
import pytest

from monodir_plugin.errors import InputError
from monodir_plugin.simulation import (
    Imaging,
    Particle,
    Views,
    orientation_of_euler,
    simulate,
    views_of,
)
from monodir_plugin.tests.fixtures.maps import call, read


def test_the_command_writes_maps_whose_parts_add_up(capsys, tmp_path):
    options = ["--box", 24, "--sampling", 2.5, "--images", 60, "--noise", 1.5, "--tilts", 0, 50]
    outcome = call(capsys, "simulate", *options, "--preferred", "-1,0,0", "-o", tmp_path / "out")
    assert outcome.status == 0
    found = {path.stem: read(path) for path in (tmp_path / "out").glob("*.mrc")}
    assert sorted(found) == ["clean", "half1", "half2", "map", "mask", "noise", "particle"]
    np.testing.assert_allclose(found["map"], found["clean"] + found["noise"], atol=1e-6)
    # Each half map has its own weights, so that their mean is only approximately the map.
    mean = (found["half1"] + found["half2"]) / 2

    def alike(first, second):
        return np.corrcoef(first.ravel(), second.ravel())[0, 1]

    assert alike(mean, found["map"]) > 0.9 > alike(found["half1"], found["half2"]) > 0.1
    with mrcfile.open(tmp_path / "out" / "map.mrc", header_only=True) as file:
        assert file.voxel_size.x == pytest.approx(2.5)
    record = json.loads((tmp_path / "out" / "simulation.json").read_text(encoding="utf-8"))
    assert record["imaging"]["views"]["tilts"] == [0.0, 50.0]
    assert record["imaging"]["noise"] == 1.5
    angles = np.loadtxt(tmp_path / "out" / "views.csv", delimiter=",", skiprows=1)
    views = views_of(orientation_of_euler(*angles.T))
    assert len(views) == 60
    assert np.abs(views[:, 0]).min() > np.cos(np.deg2rad(50.01))


def test_the_same_seed_gives_the_same_maps_for_any_noise():
    particle, _ = Particle(size=24).density()
    one = simulate(particle, Imaging(images=40, seed=5, angle_error=2.0, noise=1.0))
    same = simulate(particle, Imaging(images=40, seed=5, angle_error=2.0, noise=1.0))
    louder = simulate(particle, Imaging(images=40, seed=5, angle_error=2.0, noise=3.0))
    rounding = 1e-5 * np.abs(one.map).max()
    np.testing.assert_allclose(one.map, same.map, atol=rounding)
    np.testing.assert_allclose(louder.clean, one.clean, atol=rounding)
    np.testing.assert_allclose(louder.noise, 3 * one.noise, atol=rounding)


@pytest.mark.parametrize(
    ("options", "stated"),
    [
        (["--tilts", "50", "40"], "smaller first"),
        (["--images", "1"], "at least 2"),
        (["--model", "none.pdb"], "there is no such file"),
        (["--seed", "-1"], "whole number of at least 0"),
        (["--box", "8"], "too small"),
    ],
)
def test_the_command_refuses_invalid_options_and_writes_nothing(capsys, tmp_path, options, stated):
    if "--model" in options:
        pytest.importorskip("gemmi", reason="gemmi is not installed (the simulate extra)")
    outcome = call(capsys, "simulate", *options, "-o", tmp_path / "out")
    assert outcome.status == 2
    assert stated in outcome.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("make", "stated"),
    [
        (lambda: Imaging(images=1), "at least 2"),
        (lambda: Imaging(noise=-1.0), "below 0"),
        (lambda: Views(tilts=(50.0, 40.0)), "smaller first"),
        (lambda: Views(axis=(0.0, 0.0, 0.0)), "no direction"),
    ],
)
def test_invalid_parameters_are_refused(make, stated):
    with pytest.raises(InputError, match=stated):
        make()
