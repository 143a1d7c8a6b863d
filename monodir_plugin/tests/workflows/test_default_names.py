"""Names of the files of commands whose output is not named, and files that are not replaced."""

from pathlib import Path

import mrcfile
import numpy as np
import pytest
from matplotlib.figure import Figure

import monodir_plugin
from monodir_plugin.errors import InputError
from monodir_plugin.figures import save_figure
from monodir_plugin.files.maps import read_map, write_map
from monodir_plugin.files.output_paths import check_default
from monodir_plugin.workflows.default_names import (
    checked_map,
    compared_figure,
    filtered_map,
    made_mask,
)

from ..fixtures.maps import call, particle, sample, write

RUN = Path("results")


@pytest.mark.parametrize(
    ("other", "kind", "sharpen", "name"),
    [
        (None, "directional", "none", "filtered.mrc"),
        (None, "isotropic", "none", "filtered_isotropic.mrc"),
        (None, "directional", -40.0, "filtered_sharpened.mrc"),
        (Path("a/sharp.map.gz"), "global", "auto", "sharp_filtered_global_sharpened.mrc"),
    ],
)
def test_filtered_maps_lie_in_the_folder_of_results(other, kind, sharpen, name):
    assert filtered_map(RUN, other, kind, sharpen) == RUN / name


def test_checked_maps_have_the_name_of_the_enhanced_map():
    assert checked_map(Path("a/deep.mrc"), RUN) == RUN / "deep_unsupported.mrc"


def test_masks_lie_beside_the_map_or_the_half_maps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert made_mask("a/map.mrc.gz", None) == Path("a/map_monodir_mask.mrc")
    halves = ("a/run_half1_unfil.mrc", "a/run_half2_unfil.mrc")
    assert made_mask(None, halves) == Path("a/run_unfil_monodir_mask.mrc")


def test_comparisons_lie_beside_the_first_folder_and_have_short_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert compared_figure([Path("a/x"), Path("b/y")]) == Path("a/compared_x_y.png")
    assert compared_figure([Path("a/x"), Path("b/x")]) == Path("a/compared_a_x_b_x.png")
    many = [Path(f"run{i}") for i in range(5)]
    assert compared_figure(many) == Path("compared_run0_and_4_more.png")
    assert compared_figure([Path(), Path("y")]).parent == tmp_path.parent
    long = compared_figure([Path("x" * 200), Path("y" * 200)])
    assert len(long.name) < 100


def test_nothing_is_written_into_the_folder_of_the_program(tmp_path, monkeypatch, capsys):
    package = Path(monodir_plugin.__file__).parent
    monkeypatch.chdir(tmp_path)
    assert made_mask(str(package / "map.mrc"), None) == Path("map_monodir_mask.mrc")
    assert compared_figure([package / "x", package / "y"]) == Path("compared_x_y.png")
    monkeypatch.chdir(package)
    with pytest.raises(InputError, match="name another place with -o"):
        made_mask("map.mrc", None)
    with pytest.raises(InputError, match="name another place with -o"):
        compared_figure([Path("x"), Path("y")])
    outcome = call(capsys, "demo")
    assert outcome.status == 2 and "name another place with -o" in outcome.err
    assert not (package / "monodir-demo").exists()


def test_nothing_is_written_into_another_copy_of_the_repository(tmp_path, monkeypatch):
    """The program may be installed from a copy without being run from it."""
    copy = tmp_path / "copy"
    (copy / "monodir_plugin").mkdir(parents=True)
    (copy / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    assert made_mask("copy/map.mrc", None).parent == copy.relative_to(tmp_path)
    (copy / "pyproject.toml").touch()
    for name in ("copy/map.mrc", "copy/docs/map.mrc"):
        assert made_mask(name, None) == Path("map_monodir_mask.mrc")
    monkeypatch.chdir(copy / "docs")
    with pytest.raises(InputError, match="name another place with -o"):
        made_mask("map.mrc", None)


@pytest.mark.parametrize("name", ["map.mrc", "map.mrc.gz", "map.mrc.bz2"])
def test_only_maps_of_this_program_are_replaced(name, tmp_path):
    path = tmp_path / name
    check_default(path)
    values = np.random.default_rng(1).normal(size=(8, 8, 8)).astype(np.float32)
    packing = {".gz": "gzip", ".bz2": "bzip2"}.get(path.suffix)
    with mrcfile.new(path, values, compression=packing) as file:
        file.voxel_size = 1.5
    with pytest.raises(InputError, match=f"{name}: there is a file .* name another with -o"):
        check_default(path)
    write_map(path, values, read_map(path))
    check_default(path)


def test_only_figures_of_this_program_are_replaced(tmp_path):
    path, figure = tmp_path / "figure.png", Figure((1, 1))
    figure.savefig(path)
    with pytest.raises(InputError, match="that MonoDir did not write"):
        check_default(path)
    save_figure(figure, path)
    check_default(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="that MonoDir did not write"):
        check_default(path)


def test_a_figure_of_somebody_else_beside_the_map_is_kept(tmp_path):
    (tmp_path / "filtered.png").write_bytes(b"drawn by hand")
    with pytest.raises(InputError, match=r"filtered\.png: there is a file"):
        filtered_map(tmp_path, None, "directional", "none")


def test_a_mask_is_made_twice_and_a_mask_of_somebody_else_is_kept(tmp_path, capsys):
    name = write(tmp_path / "map.mrc", sample(36))
    made = tmp_path / "map_monodir_mask.mrc"
    for _ in range(2):
        outcome = call(capsys, "mask", name)
        assert outcome.status == 0
        assert outcome.out.startswith(f"{made}: ")
    named = tmp_path / "named.mrc"
    assert call(capsys, "mask", name, "-o", named).status == 0
    assert made.read_bytes() == named.read_bytes()
    write(made, particle(36)[1])
    before = made.read_bytes()
    outcome = call(capsys, "mask", name)
    assert outcome.status == 2
    assert "that MonoDir did not write; name another with -o" in outcome.err
    assert made.read_bytes() == before
