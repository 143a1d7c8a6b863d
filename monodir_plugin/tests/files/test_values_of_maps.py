"""Values that are stored as another type, repeated, lost, or behind a name that is no file."""

import os

import numpy as np
import pytest

from monodir_plugin.errors import InputError
from monodir_plugin.files.archives import save_arrays, save_packed_arrays
from monodir_plugin.files.maps import read_map
from monodir_plugin.files.particle_angles import read_angles
from monodir_plugin.tests.fixtures.maps import call, sample, write

SIZE = 32


def stored(path, values, mode):
    """A map of 16-bit numbers whose header names a mode."""
    write(path, values)
    content = bytearray(path.read_bytes())
    content[12:16] = int(mode).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    return path


def integers():
    """The sample as integers of 16 bits with a sign."""
    return np.rint(sample() * 30000 / np.abs(sample()).max()).astype("<i2")


def unsigned():
    """The sample as integers of 16 bits without a sign, of which some pass 32767."""
    values = sample() - sample().min()
    return np.rint(values * 40000 / values.max()).astype("<u2")


WRONG = {
    "integers called unsigned": (integers, 6, "as 16-bit integers, and not as unsigned"),
    "unsigned called integers": (unsigned, 1, "as unsigned 16-bit integers, and not as 16-bit"),
    "reals called integers": (lambda: sample().astype("<f2"), 1, "read as 16-bit reals, and not"),
    "swapped integers": (lambda: integers().byteswap(), 1, "of the other byte order, and not"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_numbers_of_16_bits_of_another_type_are_refused(kind, tmp_path):
    make, mode, words = WRONG[kind]
    with pytest.raises(InputError, match=words):
        read_map(stored(tmp_path / "map.mrc", make(), mode))


@pytest.mark.parametrize(
    ("make", "mode"), [(integers, 1), (unsigned, 6), (lambda: sample().astype("<f2"), 12)]
)
def test_numbers_of_16_bits_of_their_own_type_are_read(make, mode, tmp_path):
    found = read_map(stored(tmp_path / "map.mrc", make(), mode))
    np.testing.assert_array_equal(found.values, make().astype(np.float32))
    assert not found.warnings


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_section_that_was_lost_is_named(axis, tmp_path):
    values = np.moveaxis(sample().copy(), axis, 0)
    values[[9, 20]] = 0
    (said,) = read_map(write(tmp_path / "map.mrc", np.moveaxis(values, 0, axis))).warnings
    assert f"map.mrc: 2 of its sections along {'zyx'[axis]} hold one value only" in said


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_sections_that_were_repeated_are_named(axis, tmp_path):
    values = np.repeat(np.moveaxis(sample(), axis, 0)[::2], 2, axis=0)
    (said,) = read_map(write(tmp_path / "map.mrc", np.moveaxis(values, 0, axis))).warnings
    assert f"map.mrc: 16 of its sections along {'zyx'[axis]} are copies of the one" in said


def test_padding_is_neither_lost_nor_repeated(tmp_path):
    assert not read_map(write(tmp_path / "map.mrc", np.pad(sample(), 4))).warnings


def test_what_may_have_no_end_is_not_read(tmp_path, capsys):
    fifo = tmp_path / "list.star"
    os.mkfifo(fifo)
    with pytest.raises(InputError, match=r"^angles .*it is a FIFO, a device or a socket; save"):
        read_angles(fifo)
    for name in (fifo, "/dev/zero"):
        outcome = call(capsys, "run", "--batch", name, "-o", tmp_path / "out")
        assert outcome.status == 2
        assert f"batch {name}: it is a FIFO, a device or a socket; save the list" in outcome.err


def test_arrays_are_those_that_numpy_writes(tmp_path):
    arrays = {"codes": np.arange(7, dtype=np.uint16), "name": np.array("a")}
    for ours, other in ((save_arrays, np.savez), (save_packed_arrays, np.savez_compressed)):
        ours(tmp_path / "ours.npz", **arrays)
        other(tmp_path / "other.npz", **arrays)
        assert (tmp_path / "ours.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_full_disk_is_one_error_of_an_archive(capfd):
    """Nothing is left open that would fail once more when it is collected."""
    with pytest.raises(OSError, match="No space left"):
        save_arrays("/dev/full", codes=np.zeros(100_000))
    assert "Traceback" not in capfd.readouterr().err


def test_working_folder_that_is_gone_is_named(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    outcome = call(capsys, "run", "map.mrc")
    assert outcome.status == 2 and "the working folder is gone; change to one" in outcome.err
    monkeypatch.chdir(tmp_path)
