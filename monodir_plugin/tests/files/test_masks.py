"""Masks of every kind that programs write, and maps given as masks."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, spline_filter

from monodir_plugin.errors import InputError
from monodir_plugin.files.maps import read_map
from monodir_plugin.files.mrc.masks import as_mask
from monodir_plugin.tests.fixtures.maps import (
    ORIGIN,
    SAMPLING,
    call,
    particle,
    sample,
    write,
    write_pair,
)

INSIDE = particle(32)[1]


def read_as_mask(folder, values, whole_box=False, **header):
    """A mask as it comes out of a file, for the sample."""
    name = write(folder / "mask.mrc", values, **header)
    mask = read_map(name, what="mask")
    return as_mask(mask, read_map(write_pair(folder)[0]), whole_box)


BYTES = {
    "IMOD, signed": np.where(INSIDE, -127, -128).astype(np.int8),
    "0 and 255": np.where(INSIDE, 255, 0).astype(np.uint8).view(np.int8),
    "0 and 200": np.where(INSIDE, 200, 0).astype(np.uint8).view(np.int8),
    "-128 and 127": np.where(INSIDE, 127, -128).astype(np.int8),
    "0 and 1": INSIDE.astype(np.int8),
    "0 and 127": np.where(INSIDE, 127, 0).astype(np.int8),
    "soft, to 255": np.where(INSIDE, np.where(sample() > 0, 255, 140), 0)
    .astype(np.uint8)
    .view(np.int8),
    "soft, from -128": np.where(INSIDE, np.where(sample() > 0, 127, 10), -128).astype(np.int8),
}


@pytest.mark.parametrize("kind", BYTES)
def test_mask_of_bytes_is_the_mask(kind, tmp_path):
    found = read_as_mask(tmp_path, BYTES[kind])
    assert np.array_equal(found.inside, INSIDE) and found.warnings == []


def test_bytes_of_which_none_is_outside_are_named_by_their_type(tmp_path):
    values = np.random.default_rng(1).integers(-100, 100, INSIDE.shape).astype(np.int8)
    values[INSIDE] = 5
    with pytest.raises(InputError, match=r"bytes \(mode 0\) from -100 to 99.*32-bit reals"):
        read_as_mask(tmp_path, values)


def test_map_given_as_mask_is_reported(tmp_path, capsys):
    (stated,) = read_as_mask(tmp_path, sample()).warnings
    above = int((sample() >= sample().max() / 2).sum())
    assert "looks like a density map and not like a mask" in stated
    assert f"its {above} voxels above half of the maximum are measured" in stated
    name = write_pair(tmp_path)[0]
    outcome = call(capsys, "run", name, "--mask", name, "-o", tmp_path / "out", "--no-diagnosis")
    assert "warning: mask" in outcome.err and "looks like a density map" in outcome.err


@pytest.mark.parametrize("kind", ["soft", "filtered", "negative outside"])
def test_mask_with_an_edge_is_no_map(kind, tmp_path):
    values = gaussian_filter(INSIDE.astype(np.float32), 1.5, truncate=2)
    if kind == "filtered":
        # Overshoots about the edge, as resampling leaves them.
        values = np.where(INSIDE | (values > 0), spline_filter(values), 0).astype(np.float32)
    elif kind == "negative outside":
        values = np.where(INSIDE, 1, -1).astype(np.float32)
    assert read_as_mask(tmp_path, values).warnings == []


@pytest.mark.parametrize(
    ("moved", "said"), [((0, 0, 0), False), ((0.4, 0, 0), False), ((30, 0, 0), True)]
)
def test_mask_whose_box_lies_elsewhere_is_reported(moved, said, tmp_path):
    """The map's origin is not zero; a mask without origin means the map's grid."""
    origin = tuple(np.add(ORIGIN, moved))
    found = read_as_mask(tmp_path, INSIDE, origin=origin)
    assert np.array_equal(found.inside, INSIDE)
    assert len(found.warnings) == said
    if said:
        apart = 30 / SAMPLING
        assert (
            f"puts its box {apart:g}, 0, 0 voxels (x, y, z) from that of the map"
            in found.warnings[0]
        )
    assert read_as_mask(tmp_path, INSIDE).warnings == []


@pytest.mark.parametrize(("count", "status"), [(1, 2), (8, 2), (27, 0)])
def test_mask_of_a_few_voxels_is_refused_or_reported(count, status, tmp_path, capsys):
    values = np.zeros((32,) * 3, np.float32)
    values.reshape(-1)[np.flatnonzero(INSIDE)[100 : 100 + count]] = 1
    halves = [write(tmp_path / f"{i}.mrc", sample(seed=i + 4)) for i in range(2)]
    mask = write(tmp_path / "few.mrc", values)
    words = ("--half1", halves[0], "--half2", halves[1], "--mask", mask, "--no-diagnosis")
    outcome = call(capsys, "run", *words, "--directions", "46", "-o", tmp_path / "out")
    assert outcome.status == status and f"mask {mask}: it holds {count} voxel" in outcome.err
    assert ("too few to measure" in outcome.err) == (status == 2)


def test_one_half_given_twice_is_named(tmp_path, capsys):
    name, *_ = write_pair(tmp_path)
    (tmp_path / "link.mrc").symlink_to(name)
    words = ("--half1", name, "--half2", tmp_path / "link.mrc")
    outcome = call(capsys, "run", *words, "-o", tmp_path / "out")
    assert outcome.status == 2 and "are identical, one file given twice" in outcome.err
