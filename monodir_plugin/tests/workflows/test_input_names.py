"""What names mean: maps, half maps, folders of results; which of several files are no maps."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import monodir_plugin
from monodir_plugin.errors import InputError
from monodir_plugin.workflows.measure.batch import batch_folders
from monodir_plugin.workflows.measure.first_look import look_at, looks_like_mask, refuse_masks
from monodir_plugin.workflows.measure.inputs import (
    Input,
    default_folder,
    find_input,
    group_half_maps,
)

from ..fixtures.maps import particle, sample, write

BOX = 32


@pytest.fixture()
def halves(tmp_path):
    names = [str(tmp_path / f"a_half{number}.mrc") for number in (1, 2)]
    for name in names:
        Path(name).touch()
    return names


def test_half_maps_are_grouped_wherever_they_are_in_the_list():
    names = ["b_half2.mrc", "map.mrc", "a_half1.mrc", "b_half1.mrc", "c_half1.mrc"]
    assert group_half_maps(names) == [
        ("b_half2.mrc", "b_half1.mrc"),
        ("map.mrc",),
        ("a_half1.mrc",),
        ("c_half1.mrc",),
    ]


def test_one_half_map_finds_the_other(halves):
    one, two = halves
    assert find_input([one]).halves == (one, two)
    assert find_input([two]).halves == (two, one)
    assert find_input([], one).halves == (one, two)
    assert find_input([], None, two).halves == (one, two)
    for found in (find_input([one]), find_input([], one)):
        assert two in found.note and found.note.count("\n") == 0


def test_two_half_maps_are_named_in_the_note(halves):
    found = find_input(halves)
    assert found.halves == tuple(halves) and found.map is None
    assert found.note == f"{halves[0]} and {halves[1]} are used as half maps"
    assert find_input([], *halves).note is None


def test_half_map_is_a_map_if_it_is_measured_alone_or_has_no_other(halves):
    one, two = halves
    assert find_input([one], single=True) == Input(one, None, "a_half1", Path(one).parent)
    Path(two).unlink()
    assert find_input([one]).map == one and find_input([one]).note is None
    assert find_input([one]).doubt == (
        "a_half1.mrc has the name of a half map and its partner, a_half2.mrc, is not beside it: "
        "measured alone, it comes out too coarse; give --half2, or --single if this is meant"
    )
    assert find_input([one], single=True).doubt is None and find_input(["map.mrc"]).doubt is None
    with pytest.raises(InputError, match=r"a_half2\.mrc, which is missing"):
        find_input([], one)
    with pytest.raises(InputError, match="does not say which file"):
        find_input([], "map.mrc")


def test_results_are_beside_the_map_but_never_in_the_program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    elsewhere = find_input([str(tmp_path / "data" / "map.mrc.gz")])
    assert default_folder(elsewhere) == tmp_path / "data" / "map_monodir"
    assert default_folder(find_input(["map.mrc"])) == Path("map_monodir")
    package = Path(monodir_plugin.__file__).parent
    inside = find_input([str(package / "maps" / "map.mrc")])
    assert default_folder(inside) == Path("map_monodir")
    monkeypatch.chdir(package)
    assert default_folder(elsewhere) == tmp_path / "data" / "map_monodir"
    for found in (inside, find_input(["map.mrc"])):
        with pytest.raises(InputError, match="-o"):
            default_folder(found)


def test_no_two_maps_share_a_folder(tmp_path):
    names = ["a/map.mrc", "b/map.mrc", "c/other.mrc", "x/a/map.mrc", "c/other.mrc.gz"]
    inputs = [find_input([str(tmp_path / name)]) for name in names]
    made = batch_folders(inputs, Path("out"))
    assert [path.name for path in made] == ["a_map", "b_map", "c_other", "a_map_2", "c_other_2"]
    assert {path.parent for path in made} == {Path("out")}
    beside = batch_folders(inputs, None)
    assert [path.relative_to(tmp_path).as_posix() for path in beside] == [
        "a/map_monodir",
        "b/map_monodir",
        "c/other_monodir",
        "x/a/map_monodir",
        "c/other_monodir_2",
    ]


def soft_mask():
    """A mask with an edge of some voxels."""
    smooth = gaussian_filter(particle(BOX)[1].astype(np.float32), 1.5)
    return np.clip(1.4 * smooth - 0.2, 0, 1)


BOXES = {
    "mask": (lambda: particle(BOX)[1], True),
    "mask of 255": (lambda: 255.0 * particle(BOX)[1], True),
    "soft mask": (soft_mask, True),
    "density": (lambda: sample(BOX), False),
    "density cut off at zero": (lambda: np.clip(sample(BOX), 0, None), False),
    "density from zero to one": (lambda: np.clip(sample(BOX) / sample(BOX).max(), 0, 1), False),
    "mask that was smoothed": (lambda: gaussian_filter(soft_mask(), 4), False),
    "zeros": (lambda: np.zeros((BOX,) * 3), False),
    "ones": (lambda: np.ones((BOX,) * 3), False),
    "no numbers": (lambda: np.full((BOX,) * 3, np.nan), False),
}


@pytest.mark.parametrize("name", BOXES)
def test_files_that_look_like_masks(name, tmp_path):
    make, expected = BOXES[name]
    path, packed = tmp_path / "box.mrc", tmp_path / "box.mrc.gz"
    write(path, make().astype(np.float32))
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert looks_like_mask(path) is looks_like_mask(packed) is expected


def test_what_cannot_be_read_is_left_for_later(tmp_path):
    (tmp_path / "text.mrc").write_text("no map")
    refuse_masks([str(tmp_path / "text.mrc"), str(tmp_path / "none.mrc"), str(tmp_path)], None)


def test_inputs_are_refused_by_their_headers(tmp_path):
    good, bad = write(tmp_path / "good.mrc", sample(16, 10)), tmp_path / "bad.mrc"
    look_at(find_input([str(good)]))
    bad.write_text("no map")
    with pytest.raises(InputError, match=r"map .*bad\.mrc: not an MRC file"):
        look_at(find_input([str(bad)]))
    with pytest.raises(InputError, match=r"half map .*gone\.mrc: there is no such file"):
        look_at(find_input([str(good), str(tmp_path / "gone.mrc")]))
