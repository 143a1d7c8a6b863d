"""Headers that do not fit their file, or say nothing of use: read, or refused with the fix.

No header may cost more memory than the file has bytes, or end in anything but an InputError.
"""

import gzip
import os
import struct
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path

import mrcfile
import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monodir_plugin.errors import InputError
from monodir_plugin.files.maps import read_map
from monodir_plugin.tests.fixtures.maps import SAMPLING, sample, write

SIZE = 32


@lru_cache(maxsize=None)
def good(kind="<f4"):
    """Content of a sound map of the sample."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.mrc"
        write(path, sample().astype(kind))
        return path.read_bytes()


def patched(form, at, *values, content=None):
    """The sound map with some words of its header replaced."""
    changed = bytearray(content or good())
    struct.pack_into(form, changed, at, *values)
    return bytes(changed)


def put(folder, content, name="map.mrc"):
    path = folder / name
    path.write_bytes(content)
    return path


REFUSED = {
    "80 bytes more after the header": (
        lambda: good()[:1024] + b"X,Y,Z".ljust(80) + good()[1024:],
        "80 bytes longer than its header says",
    ),
    "80 bytes more at the end": (lambda: good() + bytes(80), "80 bytes longer than its header"),
    "packed, and longer": (lambda: gzip.compress(good() + b"more"), "longer than its header says"),
    "reals called 16-bit integers": (
        lambda: patched("<i", 12, 1),
        "as if its values were 32-bit reals and the header named the wrong mode",
    ),
    "reals called unsigned integers": (lambda: patched("<i", 12, 6), "were 32-bit reals"),
    "reals called bytes": (lambda: patched("<i", 12, 0), "longer than its header says"),
    "integers called reals": (
        lambda: patched("<i", 12, 2, content=good("<i2")),
        "truncated; copy or download it again (66560 bytes, and its header gives 132096, as if "
        "its values were 16-bit numbers)",
    ),
    "an extended header that is not there": (lambda: patched("<i", 92, 160), "truncated"),
    "an extended header below zero": (lambda: patched("<i", 92, -5), "not a readable MRC file"),
    "many voxels": (lambda: patched("<3i", 0, 820, 820, 820), "truncated"),
    "many voxels, packed": (
        lambda: gzip.compress(patched("<3i", 0, 2000, 2000, 2000)),
        "truncated",
    ),
    "no letters and another size": (
        lambda: patched("<2i", 208, 0, 0) + b"x",
        "its header lacks the letters 'MAP ' at byte 208",
    ),
    "an oblique cell": (lambda: patched("<3f", 52, 90, 90, 120), "90, 90, 120 degrees and not 90"),
    "angles that are no numbers": (lambda: patched("<f", 52, np.nan), "with --sampling if"),
    "nm": (lambda: patched("<3f", 40, 6.4, 6.4, 6.4), "of 0.2 nm they would be 2 Å); give their"),
    "no counts and no cell": (lambda: patched("<3i3f", 28, 1, 1, 1, 0, 0, 0), "with --sampling"),
    "no counts, a cell of both": (
        lambda: patched("<3i3f", 28, 1, 1, 1, 9.6, 9.6, 9.6),
        "with --sampling",
    ),
    "values of 1e30": (
        lambda: good()[:1024] + (sample() * np.float32(1e30)).tobytes(),
        "which no map holds: the file is damaged",
    ),
    "one value of 1e30": (
        lambda: good()[:1024] + np.append(np.float32(1e30), sample().ravel()[1:]).tobytes(),
        "which no map holds: the file is damaged",
    ),
    "denormal values": (
        lambda: good()[:1024] + (sample() * 1e-40).astype(np.float32).tobytes(),
        "32-bit reals lose digits; multiply the map",
    ),
    "zstd": (
        lambda: b"\x28\xb5\x2f\xfd" + good()[:900],
        "packed with zstd; unpack it with zstd -d",
    ),
    "xz": (lambda: b"\xfd7zXZ\x00" + good()[:900], "packed with xz; unpack it with xz -d"),
    "HDF5": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(2000), "e2proc3d.py FILE map.mrc"),
    "EM": (
        lambda: bytes([6, 0, 0, 5]) + struct.pack("<3i", 32, 32, 32) + bytes(496) + good()[1024:],
        "it is an EM file (TOM, Dynamo); convert it with EMAN2: e2proc3d.py",
    ),
    "SPIDER": (
        lambda: (
            struct.pack("<26f", 32, 32, 0, 0, 3, *[0] * 6, 32, *[0] * 9, 1024, *[0] * 4)
            + bytes(920)
            + good()[1024:]
        ),
        "it is a SPIDER file; convert it",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_file_that_is_not_what_it_says_is_refused(kind, tmp_path):
    make, words = REFUSED[kind]
    path = put(tmp_path, make())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError) as error:
            read_map(path)
    assert str(error.value).startswith(f"map {path}: ") and words in str(error.value)
    assert "\n" not in str(error.value)


def swapped_values():
    """Big-endian values behind a machine stamp for little-endian ones."""
    content = bytearray(good(">f4"))
    content[212:216] = b"\x44\x44\x00\x00"
    return bytes(content)


#: A file, whether something is said of it, and its words.
READ = {
    "no letters": (lambda: patched("<2i", 208, 0, 0), "lacks the letters 'MAP ' at byte 208"),
    "no letters, big end first": (
        lambda: patched("<2i", 208, 0, 0, content=good(">f4")),
        "lacks the letters",
    ),
    "a wrong machine stamp": (swapped_values, None),
    "a declared extended header": (
        lambda: patched("<i", 92, 80)[:1024] + bytes(80) + good()[1024:],
        None,
    ),
    "no counts, the cell is the box": (lambda: patched("<3i", 28, 1, 1, 1), "to be of 1.5 Å"),
    "angles of zero": (lambda: patched("<3f", 52, 0, 0, 0), None),
    "an origin that is no number": (lambda: patched("<f", 196, np.nan), "zero is written"),
    "an origin of 1e30": (lambda: patched("<f", 200, 1e30), "is not a valid position"),
    "a first voxel far away": (lambda: patched("<i", 16, 2**31 - 1), "is not valid; zero"),
    "labels of other bytes": (lambda: patched("<80s", 224, b"\xff\xfe\n" * 26), None),
}


@pytest.mark.parametrize("kind", READ)
def test_odd_header_is_read_and_reported(kind, tmp_path):
    make, words = READ[kind]
    path = put(tmp_path, make())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_map(path)
    assert np.array_equal(found.values, sample()) and found.sampling == SAMPLING
    assert np.isfinite(found.origin).all() and found.start == (0, 0, 0)
    if words is None:
        assert found.warnings == ()
    else:
        (stated,) = found.warnings
        assert stated.startswith(f"map {path}: ") and words in stated


def test_given_sampling_is_used(tmp_path):
    path = put(tmp_path, patched("<3f", 40, 6.4, 6.4, 6.4))
    assert read_map(path, sampling=2).sampling == 2
    assert read_map(put(tmp_path, patched("<f", 52, np.nan)), sampling=2).sampling == 2


@pytest.mark.parametrize(
    "in_header, given, words",
    [
        (1.7, 17.0, "10 times"),
        (1.7, 0.17, "0.1 times"),
        (1.7, 1.75, None),
        (1.0, 1.7, None),
        (0.17, 1.7, None),
        (0.0, 1.7, None),
    ],
)
def test_given_sampling_that_is_far_from_the_header(tmp_path, in_header, given, words):
    """A size of 1 Å is that of headers without one, and 0.17 is one in nm."""
    path = put(tmp_path, patched("<3f", 40, *(3 * [SIZE * in_header])))
    found = read_map(path, sampling=given)
    assert found.sampling == given
    if words is None:
        assert found.warnings == ()
    else:
        (stated,) = found.warnings
        assert stated.startswith(f"map {path}: ") and f"are {words} those" in stated
    assert read_map(path, given, "mask", unless_given=given).warnings == ()


@pytest.mark.parametrize("stamped", [True, False])
def test_unsigned_bytes_are_read_as_such(stamped, tmp_path):
    """IMOD's stamp says so, or extremes in the header that signed bytes cannot have."""
    stored = np.clip(sample() * 20 + 60, 0, 250).astype(np.uint8)
    path = tmp_path / "bytes.mrc"
    write(path, stored.view(np.int8))
    content = bytearray(path.read_bytes())
    if stamped:
        struct.pack_into("<2i", content, 152, 1146047817, 0)
    else:
        struct.pack_into("<2f", content, 76, stored.min(), stored.max())
    assert stored.max() > 127 and stored.max() < 250
    assert np.array_equal(read_map(put(tmp_path, content)).values, stored)


def test_fifo_and_device_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", "/dev/zero"):
        with pytest.raises(InputError, match="a FIFO, a device or a socket"):
            read_map(path)


def test_sparse_file_takes_no_memory(tmp_path):
    """1200³ voxels that were never written are 6.9 GB; of the run's 28 GB none is asked for."""
    path = put(tmp_path, patched("<3i", 0, 1200, 1200, 1200)[:1024])
    os.truncate(path, 1024 + 4 * 1200**3)
    before = psutil.Process().memory_info().rss
    with pytest.raises(InputError, match=r"every voxel has the same value|of memory are needed"):
        read_map(path)
    assert psutil.Process().memory_info().rss - before < 200e6


def test_box_that_no_memory_holds_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("monodir_plugin.files.mrc.data.free_memory", lambda: 10**5)
    with pytest.raises(InputError, match="of memory are needed for its box of 32 voxels"):
        read_map(put(tmp_path, good()))


WORDS = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(lambda i: struct.pack("<i", i)),
    st.sampled_from([0, 1, 2, 3, 4, 6, 12, 31, 32, 33, 64, 255, 1024, -1]).map(
        lambda i: struct.pack("<i", i)
    ),
    st.floats(width=32).map(lambda f: struct.pack("<f", f)),
    st.binary(min_size=4, max_size=4),
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    changes=st.dictionaries(st.integers(0, 56), WORDS, min_size=1, max_size=4),
    cut=st.one_of(st.none(), st.integers(0, 2000)),
    packed=st.booleans(),
)
def test_any_header_is_read_or_refused_in_a_sentence(tmp_path_factory, changes, cut, packed):
    """What is read has the box, a voxel size that makes sense, a finite place and finite values."""
    content = bytearray(good())
    for word, value in changes.items():
        content[4 * word : 4 * word + 4] = value
    content = content[: len(content) if cut is None else cut]
    path = tmp_path_factory.getbasetemp() / "any.mrc"
    path.write_bytes(gzip.compress(bytes(content), 1) if packed else content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = read_map(path)
        except InputError as error:
            assert str(path) in str(error) or str(error).startswith("--sampling")
            assert "\n" not in str(error)
            return
    assert found.values.shape == (SIZE,) * 3 and found.values.dtype == np.float32
    assert np.isfinite(found.values).all() and 0.1 <= found.sampling <= 50
    assert np.isfinite(found.origin).all() and np.abs(found.origin).max() <= 1e6
    # As the library reads it, where it reads the reals that were written.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with mrcfile.open(path, permissive=True) as file:
            if file.data is not None and file.data.dtype == np.dtype("<f4"):
                assert np.array_equal(np.sort(file.data, None), np.sort(found.values, None))
