"""Invalid input is refused: one sentence with file and fix, status 2, no file written."""

import bz2
import errno
import gzip
import io
import os
import shutil
import struct
from pathlib import Path
from types import SimpleNamespace

import mrcfile
import numpy as np
import psutil
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from monodir_plugin.numerics.measurement.presets import PRESETS
from monodir_plugin.numerics.problem.settings import Settings, checked_settings

from ..fixtures.maps import SHORT, call, particle, sample, write, write_pair


def refusal(capsys, folder, *arguments):
    """Call the command line, check that it refuses its input, and return the sentence."""
    before = {path: path.stat().st_size for path in folder.rglob("*")}
    outcome = call(capsys, *arguments, "-o", folder / "out")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("monodir: ") and outcome.err.count("\n") == 1
    assert {path: path.stat().st_size for path in folder.rglob("*")} == before
    return outcome.err


def png(_):
    file = io.BytesIO()
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(file, format="png")
    return file.getvalue()


def patched(**words):
    """Return a function that replaces words of a header, numbered from 1 as in the standard."""

    def patch(good):
        content = bytearray(good)
        for name, value in words.items():
            struct.pack_into("<i", content, 4 * (int(name[1:]) - 1), value)
        return bytes(content)

    return patch


def middle_turned(packed):
    content = bytearray(packed)
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


def without_date(content):
    """A file without labels, which hold its date: what is damaged is always the same."""
    return content[:220] + bytes(804) + content[1024:]


BROKEN = {
    "text": (lambda good: b"not a map", "not an MRC file; give a map"),
    "long text": (lambda good: b"not a map\n" * 500, "not an MRC file; give a map"),
    "picture": (png, "not an MRC file; give a map"),
    "empty": (lambda good: b"", "not an MRC file; give a map"),
    "half a header": (lambda good: good[:512], "not a readable MRC file; give a map"),
    "header alone": (lambda good: good[:1024], "truncated; copy or download it again"),
    "last voxel missing": (lambda good: good[:-4], "truncated; copy or download it again"),
    "gzip cut short": (lambda good: gzip.compress(good)[:-999], "truncated; copy or download"),
    "bzip2 cut short": (lambda good: bz2.compress(good)[:-999], "truncated; copy or download"),
    "gzip damaged": (
        lambda good: middle_turned(gzip.compress(without_date(good), mtime=0)),
        "not a readable MRC file",
    ),
    "short complex": (patched(w4=3), "a transform; give the map in real space"),
    "unknown mode": (patched(w4=101), "mode 101 cannot be read; save the map as 32-bit reals"),
    "no voxels": (patched(w1=0, w2=0, w3=0), "zero dimensions; give a map"),
    "negative side": (patched(w1=-5), "not a readable MRC file"),
    "an axis twice": (patched(w17=1, w18=1, w19=3), "names the axes [1, 1, 3]"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_file_is_refused(kind, tmp_path, capsys):
    make, words = BROKEN[kind]
    name, *mask = write_pair(tmp_path)
    path = tmp_path / "map.mrc"
    path.write_bytes(make(path.read_bytes()))
    assert f"map {name}: " in refusal(capsys, tmp_path, "run", name, *mask)
    assert words in refusal(capsys, tmp_path, "run", name, *mask)


def spoiled(value):
    values = sample().copy()
    values[3, 4, 5] = value
    return values


def as_integers(kind, scale):
    """The sample as integers, clipped to the range of the type."""
    limits = np.iinfo(kind)
    middle = (limits.max + limits.min + 1) // 2
    return np.clip(sample() * scale + middle, limits.min, limits.max).astype(kind)


UNUSABLE = {
    "NaN": (lambda: spoiled(np.nan), "not numbers (NaN or infinite); make the map again"),
    "infinite": (lambda: spoiled(np.inf), "not numbers (NaN or infinite); make the map again"),
    "constant": (lambda: np.ones((32,) * 3, np.float32), "same value; give another file"),
    "complex": (
        lambda: np.fft.rfftn(sample()).astype(np.complex64),
        "a transform; give the map in real space",
    ),
    "int8 clipped": (lambda: as_integers(np.int8, 100), "clipped; save the map as 32-bit"),
    "int16 clipped": (lambda: as_integers(np.int16, 3e4), "clipped; save the map as 32-bit"),
    "uint16 clipped": (lambda: as_integers(np.uint16, 3e4), "clipped; save the map as 32-bit"),
    "image": (lambda: sample()[0].copy(), "a 2D image; give a volume"),
    "no cube": (lambda: sample()[:30].copy(), "32 x 32 x 30 is not a cube; pad or crop it"),
    "stack of volumes": (lambda: np.stack([sample()] * 2), "a stack (space group 401"),
}


@pytest.mark.filterwarnings("ignore:Data array contains")
@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize("kind", UNUSABLE)
def test_unusable_map_is_refused(kind, tmp_path, capsys):
    make, words = UNUSABLE[kind]
    _, *mask = write_pair(tmp_path)
    name = write(tmp_path / "map.mrc", make())
    sentence = refusal(capsys, tmp_path, "run", name, *mask)
    assert f"map {name}: " in sentence and words in sentence


def test_image_stack_is_refused(tmp_path, capsys):
    with mrcfile.new(tmp_path / "stack.mrcs") as file:
        file.set_data(sample())
        file.set_image_stack()
        file.voxel_size = 1.5
        assert (int(file.header.ispg), int(file.header.mz)) == (0, 1)
    sentence = refusal(capsys, tmp_path, "run", tmp_path / "stack.mrcs")
    assert "stack.mrcs: it is a stack" in sentence and "extract the volume" in sentence


def test_missing_file_or_a_folder_is_refused(tmp_path, capsys):
    name, *_ = write_pair(tmp_path)
    sentence = refusal(capsys, tmp_path, "run", tmp_path / "none.mrc")
    assert "none.mrc: there is no such file; check the name" in sentence
    sentence = refusal(capsys, tmp_path, "run", name, "--mask", tmp_path / "none.mrc")
    assert "mask" in sentence and "none.mrc: there is no such file" in sentence
    assert "it is a folder; name a file" in refusal(capsys, tmp_path, "run", tmp_path)


def test_file_without_permission_is_refused(tmp_path, capsys, monkeypatch):
    opened = Path.open

    def denied(path, *arguments, **options):
        if path.suffix == ".mrc":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(path, *arguments, **options)

    name, *mask = write_pair(tmp_path)
    monkeypatch.setattr(Path, "open", denied)
    assert "map.mrc: it cannot be read (Permission denied)" in refusal(
        capsys, tmp_path, "run", name, *mask
    )


@pytest.mark.parametrize("sampling", [0, 1e-3, 1e4, float("nan")])
def test_invalid_voxel_size_is_refused(sampling, tmp_path, capsys):
    name = write(tmp_path / "map.mrc", sample(), sampling)
    sentence = refusal(capsys, tmp_path, "run", name)
    assert "map.mrc: " in sentence and "with --sampling" in sentence
    made = tmp_path / "mask.mrc"
    assert call(capsys, "mask", name, "--sampling", "1.5", "-o", made).status == 0
    with mrcfile.open(made) as file:
        assert file.voxel_size.tolist() == (1.5, 1.5, 1.5)


def test_voxels_that_are_no_cubes_are_refused(tmp_path, capsys):
    name = write(tmp_path / "map.mrc", sample(), cella=(48.0, 48.0, 60.0))
    assert "not cubes (1.5, 1.5, 1.875 Å); resample the map" in refusal(
        capsys, tmp_path, "run", name
    )


MASKS = {
    "other box": (lambda mask: mask[1:31, 1:31, 1:31], 1.5, "make the mask on the same grid"),
    "other voxels": (lambda mask: mask, 2.0, "voxels (2 Å) differ from those of the map"),
    "empty": (lambda mask: mask & False, 1.5, "it is empty; give one"),
    "negative": (lambda mask: -mask.astype(np.float32), 1.5, "it is empty; give one"),
    "whole box": (lambda mask: mask | True, 1.5, "fills the box and leaves no solvent"),
}


@pytest.mark.parametrize("kind", MASKS)
def test_mask_that_does_not_fit_is_refused(kind, tmp_path, capsys):
    make, sampling, words = MASKS[kind]
    name, *_ = write_pair(tmp_path)
    mask = write(tmp_path / "particle.mrc", make(particle(32)[1]), sampling)
    sentence = refusal(capsys, tmp_path, "run", name, "--mask", mask)
    assert f"mask {mask}: " in sentence and words in sentence


@pytest.mark.parametrize("edge", [0.0, 2.0], ids=["sharp mask", "soft mask"])
def test_map_without_noise_is_refused(edge, tmp_path, capsys):
    name, *mask = write_pair(tmp_path)
    inside = gaussian_filter(particle(32)[1].astype(np.float32), edge, truncate=2)
    write(tmp_path / "map.mrc", sample() * inside)
    sentence = refusal(capsys, tmp_path, "run", name, *mask)
    assert f"map {name}: there is no noise left" in sentence
    assert "half maps" in sentence and "before masking" in sentence


def test_no_mask_is_made_of_noise_alone(tmp_path, capsys):
    noise = np.random.default_rng(0).normal(size=(32,) * 3).astype(np.float32)
    name = write(tmp_path / "map.mrc", noise)
    sentence = refusal(capsys, tmp_path, "run", name)
    assert f"map {name}: " in sentence and "give a mask" in sentence


SECONDS = {
    "the same": (lambda half: half, 1.5, "are identical; give the two"),
    "the same plus one": (lambda half: half + 1, 1.5, "are identical; give the two"),
    "the same in the mask": (
        lambda half: np.where(particle(32)[1], half, sample(seed=4)),
        1.5,
        "are identical inside the mask; give the two",
    ),
    "of another box": (lambda half: half[1:31, 1:31, 1:31].copy(), 1.5, "box 30 x 30 x 30 differs"),
    "of other voxels": (lambda half: sample(seed=4), 2.0, "voxels (2 Å) differ"),
}


@pytest.mark.parametrize("kind", SECONDS)
def test_half_maps_that_are_no_pair_are_refused(kind, tmp_path, capsys):
    make, sampling, words = SECONDS[kind]
    one, *mask = write_pair(tmp_path)
    two = write(tmp_path / "other.mrc", make(sample()), sampling)
    sentence = refusal(capsys, tmp_path, "run", "--half1", one, "--half2", two, *mask)
    assert one in sentence and two in sentence and words in sentence


@pytest.mark.parametrize("given", ["", "--half1 A", "--half2 A", "A --half1 A --half2 A"])
def test_either_map_or_both_half_maps_are_required(given, tmp_path, capsys):
    name, *_ = write_pair(tmp_path)
    sentence = refusal(capsys, tmp_path, "run", *given.replace("A", name).split())
    assert "give either a MAP, or both --half1 and --half2" in sentence


BAD_NUMBERS = [
    ("--sampling", "abc", "abc is not a number"),
    ("--sampling", "-1.5", "-1.5 is not a positive number"),
    ("--sampling", "nan", "nan is not a finite number"),
    ("--center", "1,2", "1,2 is not X,Y,Z, mask or box"),
    ("--center", "1,2,inf", "inf is not a finite number"),
    ("--center", "middle", "middle is not X,Y,Z, mask or box"),
    ("--along", "0,0,0", "0,0,0 has no direction"),
    ("--along", "0,0", "0,0 is not a direction X,Y,Z"),
    ("--along", "0,0,z", "z is not a number"),
    ("--along", "nan,0,1", "nan is not a finite number"),
    ("--axes", "5", "5 is not a range I:J"),
    ("--axes", "a:b", "a:b is not a range I:J"),
    ("--threads", "0", "0 is not a whole number of at least 1"),
    ("--threads", "2.5", "2.5 is not a whole number of at least 1"),
    ("--cone", "5", "5 is not between 10 and 90 degrees"),
    ("--significance", "high", "high is not a number"),
    ("--criterion", "nan", "nan is not a finite number"),
    ("--directions", "80", "The choices are 46, 81, 126, 181"),
]


@pytest.mark.parametrize(("option", "value", "words"), BAD_NUMBERS)
def test_invalid_argument_is_reported(option, value, words, tmp_path, capsys):
    command = "part" if option == "--axes" else "run"
    outcome = call(capsys, command, "map.mrc", "-o", tmp_path / "out", option, value)
    assert (outcome.status, outcome.out) == (2, "")
    stated, help_line = outcome.err.splitlines()
    assert stated.startswith(f"monodir {command}: error: argument {option}: ") and words in stated
    assert help_line == f"see monodir {command} --help"


#: Arguments of the command line, and the sentence of the library.
SETTINGS = [
    ("--criterion 1", "a criterion of 1: give an FSC value between 0 and 1, such as 0.5"),
    ("--criterion -0.5", "a criterion of -0.5: give an FSC value between 0 and 1, such as 0.5"),
    ("--preset published --significance 95", "a significance of 95: give one between 0 and 1"),
    ("--significance 0.95", "the preset default has no significance; give an FSC criterion"),
    ("--preset published --criterion 0.5", "the preset published has no FSC criterion; give a"),
]


@pytest.mark.parametrize(("words", "sentence"), SETTINGS)
@pytest.mark.parametrize("command", ["run", "part", "combine"])
def test_invalid_setting_is_refused_before_a_map_is_read(
    command, words, sentence, tmp_path, capsys
):
    parts = ["--parts", "none.npz"] if command == "combine" else []
    stated = refusal(capsys, tmp_path, command, "none.mrc", *words.split(), *parts)
    assert stated.startswith(f"monodir: {sentence}")
    preset = PRESETS["published" if "published" in words else "default"]
    name, value = words.split()[-2:]
    with pytest.raises(ValueError) as error:
        checked_settings(Settings(**{name[2:]: float(value)}), preset)
    assert stated == f"monodir: {error.value}\n"


CHOICES = [
    ("--coarsest=1", "between two voxels, 3 Å, and the box, 48 Å"),
    ("--coarsest=49", "between two voxels, 3 Å, and the box, 48 Å"),
    ("--center=1e30,0,0", "outside the box of 32 voxels"),
    ("--center=16,16,40", "outside the box of 32 voxels"),
    ("--noise-radius=17", "give at most 16"),
    ("--sampling=0.001", "give a voxel size between 0.1 and 50 Å"),
]


@pytest.mark.parametrize(("option", "words"), CHOICES)
def test_setting_that_does_not_fit_the_map_is_refused(option, words, tmp_path, capsys):
    assert words in refusal(capsys, tmp_path, "run", *write_pair(tmp_path), option)


@pytest.mark.parametrize("axes", ["3:3", "5:2", "0:47"])
def test_axes_outside_the_set_are_refused(axes, tmp_path, capsys):
    sentence = refusal(capsys, tmp_path, "part", *write_pair(tmp_path), "--axes", axes, *SHORT)
    assert f"--axes {axes}: give a range within the axes 0:46" in sentence


@pytest.mark.parametrize("where", ["map.mrc", "map.mrc/deep", "x" * 300])
def test_output_that_is_no_folder_is_refused(where, tmp_path, capsys):
    name, *mask = write_pair(tmp_path)
    before = (tmp_path / "map.mrc").read_bytes()
    outcome = call(capsys, "run", name, *mask, *SHORT, "-o", tmp_path / where)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"monodir: output {tmp_path / where}")
    assert (tmp_path / "map.mrc").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.mrc", "particle.mrc"]


def test_folder_without_permission_is_refused(tmp_path, capsys, monkeypatch):
    pair = write_pair(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    sentence = refusal(capsys, tmp_path, "run", *pair)
    assert f"output {tmp_path / 'out'}: {tmp_path} cannot be written to; give another" in sentence


def test_results_do_not_replace_the_input(tmp_path, capsys):
    write_pair(tmp_path)
    for name in ("adr.mrc", "along_0_0_1.mrc", "mask.mrc"):
        shutil.copy(tmp_path / "map.mrc", tmp_path / name)
        outcome = call(capsys, "run", tmp_path / name, "-o", tmp_path, *SHORT)
        assert outcome.status == 2 and f"replace the input {tmp_path / name}" in outcome.err
        assert (tmp_path / name).read_bytes() == (tmp_path / "map.mrc").read_bytes()
    outcome = call(capsys, "mask", tmp_path / "adr.mrc", "-o", tmp_path / "adr.mrc")
    assert outcome.status == 2 and "it is the input; give another file name" in outcome.err


def test_insufficient_disk_space_is_refused(tmp_path, capsys, monkeypatch):
    pair = write_pair(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
    sentence = refusal(capsys, tmp_path, "run", *pair)
    assert f"output {tmp_path / 'out'}: " in sentence
    assert "1.0 MB are free on that disk; free disk space or give another folder" in sentence


def test_insufficient_memory_is_refused(tmp_path, capsys, monkeypatch):
    pair = write_pair(tmp_path)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10**8))
    sentence = refusal(capsys, tmp_path, "run", *pair)
    assert f"map {pair[0]}: " in sentence
    assert "0.1 GB are free" in sentence or "100.0 MB are free" in sentence
    assert "use fewer --threads, bin or crop the map, or omit the diagnosis" in sentence


def test_disk_that_fills_up_immediately_leaves_no_files(tmp_path, capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    pair = write_pair(tmp_path)
    monkeypatch.setattr("monodir_plugin.files.run_folder.parts.save_arrays", full)
    monkeypatch.setattr("monodir_plugin.workflows.measure.run._AXES_PER_PART", 1)
    sentence = refusal(capsys, tmp_path, "run", *pair, *SHORT)
    assert sentence == (
        f"monodir: output {tmp_path / 'out'}: writing failed (No space left on device); "
        "free disk space or give another folder\n"
    )


def test_memory_error_is_reported(tmp_path, capsys, monkeypatch):
    def full(*_, **__):
        raise MemoryError

    pair = write_pair(tmp_path)
    monkeypatch.setattr("monodir_plugin.workflows.measure.run.prepare_job", full)
    assert "not enough memory; use fewer --threads" in refusal(capsys, tmp_path, "run", *pair)
