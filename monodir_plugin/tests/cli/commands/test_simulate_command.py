"""``monodir simulate``: the maps that it writes and the parameters that it refuses."""

from __future__ import annotations

import json

import mrcfile
import numpy as np
import pytest
import scipy.fft

from monodir_plugin.chimerax.frame import frame_of
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
    assert outcome.err.splitlines() == [f"simulation: {step} of 4" for step in (1, 2, 3, 4)]
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


@pytest.mark.parametrize("size", [24, 25])
def test_the_model_is_written_where_the_map_is(capsys, tmp_path, size):
    """A sum of Gaussians at the written places, in the frame of the map, against the map.

    The atoms are random, so that any other position, order or sign of the axes correlates less.
    """
    gemmi = pytest.importorskip("gemmi", reason="gemmi is not installed (the simulate extra)")
    sampling = 2.0
    rng = np.random.default_rng(3)
    places = rng.uniform(-11, 11, (150, 3)) + np.array([50.0, -20.0, 7.0])
    lines = [
        f"ATOM  {n:5d}  CA  ALA A{n:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00 10.00           C"
        for n, (x, y, z) in enumerate(places, 1)
    ]
    lines.append("HETATM  151  O   HOH B   1      50.000 -20.000   7.000  1.00 10.00           O")
    (tmp_path / "made.pdb").write_text("\n".join([*lines, "END", ""]))
    options = ["--model", tmp_path / "made.pdb", "--box", size, "--sampling", sampling]
    folder = tmp_path / "out"
    words = [*options, "--images", 8, "--noise", 0, "--b-factor", 150, "-o", folder]
    assert call(capsys, "simulate", *words).status == 0
    structure = gemmi.read_structure(str(folder / "model.cif"))
    atoms = [found.atom for found in structure[0].all()]
    assert len(atoms) == 150 and {atom.element.name for atom in atoms} == {"C"}
    written = np.array([atom.pos.tolist() for atom in atoms])
    moved = places - np.round(places, 3).mean(axis=0) + sampling * (size // 2)
    np.testing.assert_allclose(written, moved, atol=0.002)
    frame = frame_of(folder / "particle.mrc")
    voxels = np.stack(np.meshgrid(*(np.arange(size),) * 3, indexing="ij"), axis=-1)
    grid = frame.positions(voxels[..., ::-1])
    width = 150 / (4 * np.pi**2)
    made = sum(np.exp(-((grid - place) ** 2).sum(axis=-1) / width) for place in written)
    density = read(folder / "particle.mrc")
    transforms = [scipy.fft.fftn(values - values.mean()) for values in (made, density)]
    shifted = scipy.fft.ifftn(transforms[0].conj() * transforms[1]).real
    assert np.argmax(shifted) == 0
    assert np.corrcoef(made.ravel(), density.ravel())[0, 1] > 0.95
    again = call(capsys, "simulate", "--model", folder / "model.cif", *options[2:], "-o", folder)
    assert again.status == 2 and "would replace the model" in again.err


@pytest.mark.parametrize(
    ("options", "stated"),
    [
        (["--tilts", "50", "40"], "smaller first"),
        (["--images", "1"], "at least 2"),
        (["--model", "none.pdb"], "there is no such file"),
        (["--seed", "-1"], "whole number of at least 0"),
        (["--box", "8"], "a box of 8 voxels; give a whole number of at least 16"),
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
        (lambda: Imaging(noise=-1.0), "shift errors is -1; give 0 or more"),
        (lambda: Views(tilts=(50.0, 40.0)), "smaller first"),
        (lambda: Views(axis=(0.0, 0.0, 0.0)), "no direction"),
    ],
)
def test_invalid_parameters_are_refused(make, stated):
    with pytest.raises(InputError, match=stated):
        make()
