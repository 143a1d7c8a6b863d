"""Everything in a scene lies where ChimeraX puts the map."""

from __future__ import annotations

import gzip
import re
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from monodir_plugin.chimerax import write_session
from monodir_plugin.chimerax.frame import frame_of
from monodir_plugin.errors import InputError

from ..fixtures.maps import read, write
from ..fixtures.result_folders import AXES, BOX, LEFT, RIGHT, SAMPLING, made_folder
from ..fixtures.scenes import FIELD, HEADERS, ORIGIN, START, bars_of, commands, opened, patched


@pytest.mark.parametrize("case", HEADERS)
def test_the_first_voxel_lies_where_chimerax_puts_it(tmp_path, case):
    origin, start, place = HEADERS[case]
    path = Path(write(tmp_path / "map.mrc", np.zeros((32,) * 3, np.float32), SAMPLING))
    patched(path, FIELD["origin"], "3f", *origin)
    patched(path, FIELD["nxstart"], "3i", *start)
    frame = frame_of(path)
    assert frame.origin == pytest.approx(place)
    assert frame.step == pytest.approx((SAMPLING,) * 3)


def test_starts_follow_the_order_of_the_axes(tmp_path):
    path = Path(write(tmp_path / "map.mrc", np.zeros((32,) * 3, np.float32), SAMPLING))
    patched(path, FIELD["mapc"], "3i", 3, 1, 2)
    patched(path, FIELD["nxstart"], "3i", 7, -5, 2)  # sections, x, y
    assert frame_of(path).origin == pytest.approx((-12.5, 5.0, 17.5))


def test_the_other_byte_order_is_read(tmp_path):
    path = Path(write(tmp_path / "map.mrc", np.zeros((32,) * 3, np.float32), SAMPLING))
    raw = path.read_bytes()
    turned = np.frombuffer(raw[:208], "<u4").astype(">u4").tobytes() + raw[208:]
    path.write_bytes(turned)
    patched_origin = struct.pack(">3f", *ORIGIN)
    path.write_bytes(turned[:196] + patched_origin + turned[208:])
    assert frame_of(path).origin == pytest.approx(ORIGIN)
    assert frame_of(path).step == pytest.approx((SAMPLING,) * 3)


@pytest.mark.parametrize(
    ("field", "kind", "values"),
    [
        ("mode", "i", (4,)),
        ("alpha", "3f", (90.0, 90.0, 60.0)),
        ("label", "20s", (b"Chimera rotation: 1 ",)),
    ],
)
def test_what_chimerax_would_turn_or_refuse_has_no_frame(tmp_path, field, kind, values):
    path = Path(write(tmp_path / "map.mrc", np.zeros((8,) * 3, np.float32), SAMPLING))
    assert frame_of(path) is not None
    assert frame_of(patched(path, FIELD[field], kind, *values)) is None


def test_a_packed_map_has_no_frame(tmp_path):
    path = Path(write(tmp_path / "map.mrc", np.zeros((8,) * 3, np.float32), SAMPLING))
    packed = tmp_path / "map.mrc.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert frame_of(packed) is None


@pytest.mark.parametrize("case", ["neither", "origin", "start", "both"])
def test_map_colours_and_bars_coincide(tmp_path, case):
    origin, start, place = HEADERS[case]
    # A .map: ChimeraX would ignore its origin, were the format not named.
    made = made_folder(tmp_path, origin, start, name="deposited.map")
    density, colours, _ = opened(write_session(made.folder))
    _, bars, arrows = opened(write_session(made.folder, colour_by="bars"))
    assert density == Path(made.map_path)
    for path in (density, colours):
        assert frame_of(path).origin == pytest.approx(place)
        assert frame_of(path).step == pytest.approx((SAMPLING,) * 3)
    found = bars_of(bars)
    assert len(found) > 100
    for voxel, ends in found.items():
        where = np.array(place) + SAMPLING * np.array(voxel)
        assert ends.mean(axis=0) == pytest.approx(where, abs=2e-3)
        along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
        finest = AXES.vectors[LEFT if voxel[0] < BOX // 2 else RIGHT]
        assert abs(along @ finest) > 0.999
    corner = re.search(r"\.arrow ([-\d.]+) ([-\d.]+) ([-\d.]+)", arrows.read_text())
    lower = np.array([int(p.min()) for p in np.nonzero(made.mask)][::-1])
    expected = np.array(place) + SAMPLING * lower - 0.5 * 0.2 * BOX * SAMPLING
    assert np.array(corner.groups(), float) == pytest.approx(expected, abs=2e-3)


def test_a_map_of_another_voxel_size_is_copied_onto_the_grid(tmp_path):
    made = made_folder(tmp_path, ORIGIN)
    other = Path(write(tmp_path / "other.mrc", made.density, 1.0, origin=ORIGIN))
    density, _, _ = opened(write_session(made.folder, other, tmp_path / "scene"))
    assert density == tmp_path / "scene" / "density.mrc"
    np.testing.assert_array_equal(read(density), made.density)
    assert frame_of(density) == frame_of(Path(made.map_path))


def test_a_filtered_map_is_drawn_with_the_colours_of_the_results(tmp_path):
    made = made_folder(tmp_path, ORIGIN)
    values = 0.25 * made.density - 3.0
    other = Path(write(tmp_path / "filtered.mrc", values, SAMPLING, origin=ORIGIN))
    scenes = [
        write_session(made.folder),
        write_session(made.folder, other, tmp_path / "scene", "adr"),
    ]
    density, colours, _ = opened(scenes[1])
    assert density == other
    np.testing.assert_array_equal(read(colours), read(opened(scenes[0])[1]))
    sampled, levels = (
        [re.findall(pattern, "\n".join(commands(scene)))[0] for scene in scenes]
        for pattern in (r"color sample .*", r"volume #1 .* level ([-\d.]+)")
    )
    assert sampled[0] == sampled[1]
    # The surface is at the median of the map that is drawn, not of the measured one.
    assert float(levels[1]) == pytest.approx(0.25 * float(levels[0]) - 3.0, abs=1e-4)


def test_half_maps_are_shown_as_their_mean(tmp_path):
    made = made_folder(tmp_path, start=START, halves=True)
    density, colours, _ = opened(write_session(made.folder))
    np.testing.assert_allclose(read(density), made.density, atol=1e-5)
    assert frame_of(density) == frame_of(colours)
    assert frame_of(density).origin == pytest.approx((-12.5, 5.0, 17.5))


def test_an_input_is_not_replaced_by_its_copy(tmp_path):
    made = made_folder(tmp_path, halves=True)
    other = tmp_path / "scene" / "density.mrc"
    other.parent.mkdir()
    shutil.copy(made.map_path, other)
    patched(other, FIELD["cella"], "3f", 32.0, 32.0, 32.0)
    before = other.read_bytes()
    with pytest.raises(InputError, match="would replace the input"):
        write_session(made.folder, other, tmp_path / "scene")
    assert other.read_bytes() == before
