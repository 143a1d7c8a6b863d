"""Maps and masks in every form that is read, what a mask made here covers, what is written."""

import bz2
import gzip
from itertools import permutations
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from monodir_plugin.files.maps import MapFile, read_map, write_map
from monodir_plugin.files.run_folder.parts import load_part, save_part
from monodir_plugin.numerics.geometry.mask import make_mask

from ..fixtures.maps import (
    ORIGIN,
    SAMPLING,
    START,
    call,
    measured,
    particle,
    read,
    sample,
    write,
    write_pair,
)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize("ending", ["", ":mrc"])
def test_packed_map_reads_as_the_plain_one(pack, ending, tmp_path):
    path = tmp_path / "map.mrc"
    path.write_bytes(pack(Path(write_pair(tmp_path)[0]).read_bytes()))
    found = read_map(f"{path}{ending}")
    assert np.array_equal(found.values, sample())
    assert (found.sampling, found.origin, found.start) == (SAMPLING, ORIGIN, START)


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_permuted_axes_read_as_the_plain_map(order, tmp_path):
    """Columns, rows and sections run along the axes that mapc, mapr and maps name."""
    axes_of_array = [3 - axis for axis in order[::-1]]
    starts = {f"n{'xyz'[k]}start": START[axis - 1] for k, axis in enumerate(order)}
    path = write(
        tmp_path / "map.mrc",
        np.ascontiguousarray(sample().transpose(axes_of_array)),
        origin=ORIGIN,
        **dict(zip(("mapc", "mapr", "maps"), order)),
        **starts,
    )
    found = read_map(path)
    assert np.array_equal(found.values, sample())
    assert (found.origin, found.start) == (ORIGIN, START)


@pytest.mark.parametrize("kind", ["i1", "<i2", ">i2", "<u2", "<f2", ">f4"])
def test_every_type_of_number_reads_as_it_was_stored(kind, tmp_path):
    low = 60 if "u" in kind else 0
    stored = np.rint(sample() * 10 + low).astype(kind)
    assert stored.min() < low < stored.max() and len(np.unique(stored)) > 30
    found = read_map(write(tmp_path / "map.mrc", stored))
    assert found.values.dtype == np.float32 and np.array_equal(found.values, stored)


def test_same_content_gives_the_same_table(tmp_path, capsys):
    """A packed map with permuted axes, and a mask without voxel size, of 0 and 255."""
    plain, _ = measured(capsys, tmp_path, *write_pair(tmp_path))
    turned = np.ascontiguousarray(sample().transpose(2, 1, 0))
    path = Path(write(tmp_path / "map.mrc", turned, mapc=3, mapr=2, maps=1))
    path.write_bytes(gzip.compress(path.read_bytes()))
    mask = write(tmp_path / "mask.mrc", 255 * particle(32)[1].astype(np.float32), 0.0)
    found, stated = measured(capsys, tmp_path, path, "--mask", f"{mask}:mrc")
    assert f"mask {mask}: not of zeros and ones, binarised at 127.5" in stated
    assert np.array_equal(found["codes"], plain["codes"]) and (plain["codes"] > 0).mean() > 0.2


def test_soft_mask_is_cut_at_half_of_its_maximum(tmp_path, capsys):
    name, *rest = write_pair(tmp_path)
    plain, _ = measured(capsys, tmp_path, name, *rest)
    inside = particle(32)[1]
    rng = np.random.default_rng(3)
    soft = np.where(inside, rng.uniform(1, 2, inside.shape), rng.uniform(0, 0.99, inside.shape))
    soft[16, 16, 16] = 2
    mask = write(tmp_path / "soft.mrc", soft.astype(np.float32))
    found, stated = measured(capsys, tmp_path, name, "--mask", mask)
    assert f"mask {mask}: not of zeros and ones, binarised at 1\n" in stated
    assert np.array_equal(found["codes"], plain["codes"])


def test_integer_map_gives_nearly_the_table_of_the_reals(tmp_path, capsys):
    """Rounding to a thousandth of the particle's deviation adds 1e-3 of the noise's amplitude."""
    name, *mask = write_pair(tmp_path)
    plain, _ = measured(capsys, tmp_path, name, *mask)
    write(tmp_path / "map.mrc", np.rint(sample() * 1000).astype(np.int16))
    found, _ = measured(capsys, tmp_path, name, *mask)
    plain, found = plain["codes"].astype(float), found["codes"].astype(float)
    assert np.mean((found == 0) != (plain == 0)) < 0.005
    both = (found > 0) & (plain > 0)
    assert both.mean() > 0.2
    assert np.median(np.abs(found[both] / plain[both] - 1)) < 0.005


@pytest.mark.parametrize("size", [33, 37, 46])
def test_box_of_any_size_gives_the_same_resolution(size, tmp_path, capsys):
    """Within 5 % if solvent is cropped away: the noise of the remaining shells differs.

    The threshold's scatter of 2 % over a few thousand independent noise values moves a
    crossing by 1 %, and the coarser grid of a smaller box by up to half a Fourier shell.
    That holds while enough solvent is left; the program warns if it is not.
    """
    frequencies = []
    for box in (48, size):
        first = 24 - box // 2
        window = (slice(first, first + box),) * 3
        name = write(tmp_path / "map.mrc", sample(48)[window])
        mask = write(tmp_path / "mask.mrc", particle(48)[1][window])
        found, stated = measured(capsys, tmp_path, name, "--mask", mask, "--coarsest", "8")
        assert "larger box" not in stated
        frequencies.append(found["codes"][found["codes"] > 0].mean())
    assert abs(frequencies[1] / frequencies[0] - 1) < 0.05


@pytest.mark.parametrize("ending", ["", ".gz", ".bz2"])
def test_written_map_keeps_values_and_place(ending, tmp_path):
    path = tmp_path / f"map.mrc{ending}"
    like = MapFile(path, sample(), 1.06, ORIGIN, START, "")
    write_map(path, sample(), like)
    magic = {"": b"", ".gz": b"\x1f\x8b", ".bz2": b"BZh"}[ending]
    assert path.read_bytes().startswith(magic)
    with mrcfile.open(path) as file:
        assert file.data.dtype == np.float32 and np.array_equal(file.data, sample())
        assert file.voxel_size.x == pytest.approx(1.06, rel=1e-6)
        assert tuple(file.header.origin.tolist()) == ORIGIN
        assert tuple(file.nstart.tolist()) == START
        assert (int(file.header.ispg), int(file.header.mz)) == (1, 32)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("size", [33, 48])
@pytest.mark.parametrize("filled", ["particle", "middle", "ends", "nothing"])
def test_zeros_of_a_written_map_are_read_as_zeros(size, filled, tmp_path):
    """The file holds the bytes of the array: passing over zeros keeps their number and place."""
    values = np.zeros(size**3, np.float32)
    if filled == "particle":
        values[particle(size)[1].ravel()] = 1.5
    elif filled == "middle":
        # A zero with a sign, alone among zeros without.
        values[len(values) // 2] = -0.0
    elif filled == "ends":
        values[[0, -1]] = -1, 2
    values = values.reshape((size,) * 3)
    path = tmp_path / "map.mrc"
    path.write_bytes(b"longer before" * size**3)
    write_map(path, values, MapFile(path, values, 1.5, ORIGIN, START, ""))
    written = path.read_bytes()
    assert written[1024:] == values.tobytes()
    with mrcfile.open(path) as file:
        assert float(file.header.dmax) == values.max() and file.is_volume()


def test_failed_write_leaves_the_file_before(tmp_path, monkeypatch):
    path = tmp_path / "map.mrc"
    path.write_bytes(b"before")
    monkeypatch.setattr(mrcfile.mrcfile.MrcFile, "set_volume", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_map(path, sample(), MapFile(path, sample(), 1.5, ORIGIN, START, ""))
    assert path.read_bytes() == b"before"
    assert [found.name for found in tmp_path.iterdir()] == ["map.mrc"]


def test_damaged_part_counts_as_missing(tmp_path):
    """Any one byte changed, in the header of the archive or in the numbers, is noticed."""
    path = tmp_path / "part"
    rows = np.arange(200, dtype=np.uint16).reshape(2, 100)
    save_part(path, "mark", {"codes": rows, "first": np.array(7)})
    good = path.read_bytes()
    assert np.array_equal(load_part(path, "mark")["codes"], rows)
    assert load_part(path, "other mark") is None
    accepted = []
    for place in range(0, len(good), 3):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :])
        part = load_part(path, "mark")
        if part is not None and not (np.array_equal(part["codes"], rows) and part["first"] == 7):
            accepted.append(place)
    path.write_bytes(good[:-10])
    assert load_part(path, "mark") is None and accepted == []


def test_made_mask_covers_the_particle(tmp_path, capsys):
    """Dice above what a border 2.8 voxels outside a sphere of the same volume has.

    The mask maker promises 1.5 voxels of dilation, and its low-pass (12 Å: a
    Gaussian of 1.5 voxels) carries the isosurface at a fifth of a step 0.84 x 1.5 = 1.3
    voxels out.  It is generous on purpose: weak parts of a particle must not be lost.
    """
    for noise in (0.3, 1.0):
        name = write(tmp_path / "map.mrc", sample(64, 64, noise), origin=ORIGIN)
        outcome = call(capsys, "mask", name, "-o", tmp_path / "made" / "mask.mrc")
        with mrcfile.open(tmp_path / "made" / "mask.mrc") as file:
            assert file.voxel_size.tolist() == (1.5, 1.5, 1.5)
            assert tuple(file.header.origin.tolist()) == ORIGIN
            made, soft = file.data >= 0.5, np.array(file.data)
        assert outcome.out == f"{tmp_path / 'made' / 'mask.mrc'}: {made.sum()} voxels\n"
        true = particle(64, 64)[1]
        radius = np.cbrt(true.sum() * 3 / (4 * np.pi))
        bound = 2 / (1 + ((radius + 2.8) / radius) ** 3)
        assert 2 * (made & true).sum() / (made.sum() + true.sum()) > bound > 0.75
        assert (made & true).sum() > 0.99 * true.sum()
        assert soft.min() == 0 and soft.max() == 1 and ((soft > 0) & (soft < 1)).mean() > 0.01


def test_made_mask_holds_a_part_of_half_the_density():
    """Half a density is above the threshold at a fifth: less than 5 % may be lost at the rim."""
    inside = particle(64, 64)[1]
    volume = particle(64, 64)[0].copy()
    volume[:, :, 32:] *= 0.5
    noise = np.random.default_rng(5).normal(scale=0.3, size=volume.shape)
    made = make_mask(volume + noise, SAMPLING).values >= 0.5
    weak = inside[:, :, 32:]
    assert made[:, :, 32:][weak].mean() > 0.95


def test_run_makes_the_mask_that_monodir_mask_makes(tmp_path, capsys):
    name, *_ = write_pair(tmp_path)
    call(capsys, "mask", name, "-o", tmp_path / "mask.mrc")
    made, _ = measured(capsys, tmp_path, name)
    given, _ = measured(capsys, tmp_path, name, "--mask", tmp_path / "mask.mrc")
    assert made["codes"].shape == (8, (read(tmp_path / "mask.mrc") >= 0.5).sum())
    assert np.array_equal(made["codes"], given["codes"])


def test_mask_of_half_maps_is_that_of_their_mean(tmp_path, capsys):
    halves = [sample(seed=seed) for seed in (4, 5)]
    names = [write(tmp_path / f"half{i}.mrc", half) for i, half in enumerate(halves)]
    mean = write(tmp_path / "mean.mrc", (halves[0] + halves[1]) / 2)
    call(capsys, "mask", "--half1", names[0], "--half2", names[1], "-o", tmp_path / "a.mrc")
    call(capsys, "mask", mean, "-o", tmp_path / "b.mrc")
    assert np.array_equal(read(tmp_path / "a.mrc"), read(tmp_path / "b.mrc"))
    assert 1000 < read(tmp_path / "a.mrc").sum() < 8000
