"""Scenes for ChimeraX: syntax, colours, and that everything lies where ChimeraX puts the map."""

from __future__ import annotations

import gzip
import re
import shutil
import struct
from dataclasses import replace
from pathlib import Path
from typing import Dict, List, Tuple

import matplotlib
import numpy as np
import pytest

from monodir_plugin.chimerax import colourings, write_session
from monodir_plugin.chimerax.bars import bars_text, choose_bars, finest_axes
from monodir_plugin.chimerax.frame import Frame, frame_of
from monodir_plugin.chimerax.lattice import lattice
from monodir_plugin.chimerax.palette import NOT_RESOLVED, OUTSIDE, Palette
from monodir_plugin.chimerax.session import bar_palette, palette_of
from monodir_plugin.chimerax.surface import beyond_mask, surface_level
from monodir_plugin.errors import InputError
from monodir_plugin.files.loading import load_results

from ..fixtures.maps import call, read, write
from ..fixtures.result_folders import AXES, BOX, COARSEST, LEFT, RIGHT, SAMPLING, made_folder

GOLDEN = Path(__file__).parent / "golden"
ORIGIN, START = (-12.5, 3.0, 40.0), (-5, 2, 7)
NOWHERE = (0, 0, 0)
#: Header (ORIGIN, NXSTART...) and the place of the first voxel, by the rule of ChimeraX.
HEADERS = {
    "neither": (NOWHERE, NOWHERE, (0.0, 0.0, 0.0)),
    "origin": (ORIGIN, NOWHERE, ORIGIN),
    "start": (NOWHERE, START, (-12.5, 5.0, 17.5)),
    "both": (ORIGIN, START, ORIGIN),
    "a part of the origin": ((0, 0, 40.0), START, (0, 0, 40.0)),
    "no start": (NOWHERE, (321, 0, 0), (0, 0, 0)),
    "no number": ((float("nan"), 1, 1), START, (-12.5, 5.0, 17.5)),
    "far too large": ((1e30, 1, 1), START, (-12.5, 5.0, 17.5)),
}
FIELD = {"nx": 0, "mode": 12, "nxstart": 16, "mx": 28, "cella": 40, "alpha": 52, "mapc": 64}
FIELD.update(origin=196, label=224)


def patched(path: Path, offset: int, kind: str, *values: object) -> Path:
    """Overwrite bytes of a header."""
    raw = bytearray(path.read_bytes())
    struct.pack_into("<" + kind, raw, offset, *values)
    path.write_bytes(raw)
    return path


def commands(script: Path) -> List[str]:
    lines = script.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def opened(script: Path) -> List[Path]:
    """Files that a script opens."""
    found = [re.match(r"open ([\"'])(.*)\1 format (mrc|bild) name", c) for c in commands(script)]
    return [Path(match.group(2)) for match in found if match]


def bars_of(path: Path) -> Dict[Tuple[int, int, int], np.ndarray]:
    """Both ends of the bar of each voxel, Å."""
    bars, voxel = {}, None
    for line in path.read_text(encoding="utf-8").splitlines():
        note = re.match(r"\.note voxel (\d+),(\d+),(\d+):", line)
        if note:
            voxel = tuple(int(word) for word in note.groups())
        elif line.startswith(".cylinder "):
            bars[voxel] = np.array(line.split()[1:7], float).reshape(2, 3)
    return bars


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_folder(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def results(made):
    return load_results(made.folder)


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


def test_colours_are_those_of_matplotlib_between_the_limits():
    palette = Palette("viridis_r", (3.0, 11.0))
    colours = matplotlib.colormaps["viridis_r"]
    pairs = [item.split(",") for item in palette.sampling().split(":")]
    values = np.array([float(value) for value, _ in pairs])
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for _, c in pairs])
    assert (np.diff(values) > 0).all()
    fine = np.linspace(3.0, 11.0, 201)
    # As ChimeraX does: red, green and blue are interpolated between the stops.
    shown = np.stack([np.interp(fine, values, rgb[:, k]) for k in range(3)], axis=1)
    wanted = 255 * colours((fine - 3.0) / 8.0)[:, :3]
    assert np.abs(shown - wanted).max() < 3
    assert np.abs(rgb[2:] - 255 * colours((values[2:] - 3.0) / 8.0)[:, :3]).max() <= 0.5
    # Beyond the ends the colour of the end; far below, where nothing was measured, grey.
    below = [np.interp(v, values, rgb[:, 0]) for v in (0.0, 2.9, 3.0)]
    assert below == pytest.approx([rgb[2, 0]] * 3)
    assert [np.interp(OUTSIDE, values, rgb[:, k]) for k in range(3)] == [180, 180, 180]
    np.testing.assert_allclose(palette.rgb([3.0, 7.0, 99.0]), colours([0.0, 0.5, 1.0])[:, :3])


def test_the_key_has_the_palette_and_its_values():
    palette = Palette("viridis_r", (3.0, 11.0))
    pairs = re.findall(r'"(#[0-9a-f]{6}):([^"]*)"', palette.key())
    assert [colour for colour, _ in pairs] == [colour for _, colour in palette.stops()]
    labels = {number: label for number, (_, label) in enumerate(pairs) if label}
    assert labels == {0: "≤ 3.0 Å", 8: "5.0 Å", 16: "7.0 Å", 24: "9.0 Å", 32: "≥ 11.0 Å"}


def test_a_map_goes_on_beyond_the_rim_of_its_mask(made, results):
    values = results.volumes["adr"]
    continued = beyond_mask(values, made.mask)
    np.testing.assert_array_equal(continued[made.mask], values[made.mask])
    inside = np.argwhere(made.mask)
    rng = np.random.default_rng(0)
    for voxel in rng.choice(np.argwhere(~made.mask), 200):
        distances = np.linalg.norm(inside - voxel, axis=1)
        nearest = values[tuple(inside[distances == distances.min()].T)]
        here = continued[tuple(voxel)]
        assert here == OUTSIDE if distances.min() > 3 else here in nearest


def test_a_mask_at_the_rim_of_the_box_goes_on_as_well():
    mask = np.zeros((6, 6, 6), bool)
    mask[0, :2, 5] = True
    continued = beyond_mask(np.where(mask, 4.0, 0.0), mask, reach=1)
    assert (continued[mask] == 4.0).all()
    assert (continued == 4.0).sum() == 2 + 2 + 1 + 2  # mask, z + 1, y + 1, x - 1


def test_the_surface_holds_half_of_the_mask(made):
    level = surface_level(made.density, made.mask)
    assert np.mean(made.density[made.mask] > level) == pytest.approx(0.5, abs=0.01)


def test_the_lattice_is_the_densest_with_few_enough_points(made):
    for wanted in (10, 100, 400):
        every = lattice(made.mask, wanted)
        counts = []
        for step in (every, every - 1):
            run = slice(BOX // 2 % step, None, step) if step else slice(None)
            counts.append(np.count_nonzero(made.mask[run, run, run]))
        assert counts[0] <= wanted
        assert every == 1 or counts[1] > wanted


def test_axes_of_bars_do_not_hang_on_luck():
    # A broad optimum about one axis against a lone fine value far from it.
    near = AXES.angles_to(AXES.vectors[LEFT])
    frequency = 0.05 + 0.05 * np.exp(-0.5 * (near / 30.0) ** 2)
    lone = int(np.argmax(near))
    frequency[lone] = frequency.max() * 1.05
    assert np.argmax(frequency) == lone
    np.testing.assert_array_equal(finest_axes(frequency[None], AXES)[0], AXES.vectors[LEFT])


def test_bars_tell_highest_and_lowest(made, results):
    table, reduced = results.read_table(), made.analysis.reduced
    bars = choose_bars(table, results.volumes["highest"], results.volumes["lowest"], wanted=50)
    assert 10 < len(bars.voxels) <= 50
    x, y, z = bars.voxels.T
    rows = np.searchsorted(table.indices, np.ravel_multi_index((z, y, x), table.shape))
    np.testing.assert_array_equal(bars.highest, reduced.highest[rows])
    np.testing.assert_array_equal(bars.lowest, reduced.lowest[rows])
    assert (bars.lowest <= COARSEST + 1e-3).all()
    assert ((bars.voxels - BOX // 2) % bars.every == 0).all()


def test_axes_without_data_are_never_the_finest_and_limits_are_marked(results):
    """The finest axis of all voxels has no data; along a third of the voxels some axes fail."""
    table = results.read_table()
    with_data = np.arange(len(AXES)) != RIGHT
    codes = np.where(with_data[:, None], table.codes, 0)
    some = replace(table, codes=codes, with_data=with_data)
    lowest = np.where(np.arange(BOX) % 3 == 0, COARSEST, results.volumes["lowest"])
    lowest = lowest.astype(np.float32)
    bars = choose_bars(some, results.volumes["highest"], lowest)
    right = bars.voxels[:, 0] >= BOX // 2
    assert right.any() and not right.all()
    assert (np.abs(bars.vectors[right] @ AXES.vectors[RIGHT]) < 0.999).all()
    assert (np.abs(bars.vectors[~right] @ AXES.vectors[LEFT]) > 0.999).all()
    assert np.array_equal(bars.unresolved, bars.lowest >= COARSEST * (1 - 1e-4))
    assert bars.unresolved[bars.voxels[:, 0] % 3 == 0].all() and not bars.unresolved.all()
    top = np.percentile(bars.difference[~bars.unresolved], 98)
    assert bar_palette(bars).limits == pytest.approx((0.0, top))
    text = bars_text(bars, Frame((0.0,) * 3, (SAMPLING,) * 3), bar_palette(bars))
    assert text.count("Å, lowest not resolved") == bars.unresolved.sum()


def test_unresolved_voxels_have_a_colour_of_their_own_and_set_no_limits(tmp_path):
    """Half of the maps is put to the coarse limit: the scale is that of the other half."""
    made = made_folder(tmp_path)
    whole = load_results(made.folder)
    half = made.mask & (np.arange(BOX)[:, None, None] >= BOX // 2)
    volumes = {k: np.where(half, np.float32(COARSEST), v) for k, v in whole.volumes.items()}
    results = replace(whole, volumes=volumes)
    palette = palette_of(results, "adr")
    names = ("adr", "highest", "lowest", "radial", "tangential", "monores")
    pooled = np.concatenate([whole.volumes[n][made.mask & ~half] for n in names])
    pooled = pooled[pooled < COARSEST * (1 - 1e-4)]
    assert palette.limits == pytest.approx(np.percentile(pooled, (2, 98)), rel=1e-5)
    pairs = [item.split(",") for item in palette.sampling().split(":")]
    values = np.array([float(value) for value, _ in pairs])
    assert (np.diff(values) > 0).all() and pairs[-1][1] == NOT_RESOLVED
    red = [int(colour[1:3], 16) for _, colour in pairs]
    last = matplotlib.colormaps["viridis_r"](1.0)[0]
    assert np.interp([19.99, 20.0], values, red) == pytest.approx([255 * last, 0x6E], abs=0.6)


def test_voxels_without_a_finest_axis_get_no_bar(results):
    table = results.read_table()
    flat = np.full(table.shape, 9.0)
    assert len(choose_bars(table, flat, flat).voxels) == 0


def test_maps_of_resolution_share_one_scale(made):
    def ends(name: str) -> Tuple[str, str]:
        line = next(c for c in commands(write_session(made.folder, colour_by=name)) if "key" in c)
        labels = re.findall(r":([^\"]+)\"", line)
        return labels[0], labels[-1]

    assert ends("adr") == ends("highest") == ends("lowest")
    assert ends("anisotropy") != ends("adr")


SYNTAX = (
    r"close session",
    r"set bgColor white",
    r"""open (["'])/.*\1 format (mrc|bild) name "[\w, ]+\"""",
    r"volume #2 hide",
    r"volume #1 show style surface step 1 level -?[\d.]+(e-?\d+)?",
    r"volume #1 color #[0-9a-f]{6} transparency 0\.\d+",
    r"color sample #1 map #2 palette -?[\d.]+,#[0-9a-f]{6}(:-?[\d.]+,#[0-9a-f]{6})+",
    r'key ("#[0-9a-f]{6}:[^":]*" ){2,}pos 0\.\d+,0\.\d+ size 0\.\d+,0\.\d+ '
    r"fontSize \d+ labelColor black",
    r'2dlabels text "[^"]+" size \d+ color black xpos 0\.\d+ ypos 0\.\d+',
    r"lighting soft",
    r"view",
)
NUMBERS = r"( -?\d+\.\d+)"
OBJECTS = (
    r"\.comment .*",
    r"\.note .+",
    r"\.color( [01]\.\d+){3}",
    rf"\.cylinder{NUMBERS}{{6}} \d+\.\d+",
    rf"\.arrow{NUMBERS}{{6}} \d+\.\d+",
    rf"\.translate{NUMBERS}{{3}}",
    rf"\.rotate \d+\.\d+{NUMBERS}{{3}}",
    r"\.scale( \d+\.\d+){3}",
    r"\.sphere 0 0 0 1",
    r"\.pop",
)


def test_all_scenes_follow_the_documented_syntax(made, results):
    for name in colourings(results):
        script = write_session(made.folder, colour_by=name)
        for command in commands(script):
            assert any(re.fullmatch(form, command) for form in SYNTAX), command
        files = opened(script)
        assert len(files) == 3
        for path in files:
            assert path.is_absolute()
            assert path.exists()
            if path.suffix == ".bild":
                for line in path.read_text(encoding="utf-8").splitlines():
                    assert any(re.fullmatch(form, line) for form in OBJECTS), line


@pytest.mark.parametrize("name", ["two words", "it's", 'so-called "map" x', "a;b", "p#q"])
def test_paths_are_one_word(tmp_path, name):
    folder = tmp_path / name
    made = made_folder(folder)
    for path in opened(write_session(made.folder)):
        assert path.exists()


@pytest.mark.parametrize("name", ["two\nlines", "both\" and ' end"])
def test_paths_that_chimerax_cannot_read_are_refused(made, tmp_path, name):
    with pytest.raises(InputError, match="ChimeraX cannot open it; rename"):
        write_session(made.folder, output_folder=tmp_path / name)


@pytest.mark.parametrize("name", ["adr", "bars"])
def test_scenes_are_those_that_were_looked_at(made, name):
    script = write_session(made.folder, colour_by=name)
    texts = {script.name: script, **{p.name: p for p in opened(script) if p.suffix == ".bild"}}
    for file, path in texts.items():
        text = path.read_text(encoding="utf-8").replace(str(made.folder.parent), "/FOLDER")
        assert text == (GOLDEN / file).read_text(encoding="utf-8")


def test_command_line(made, capsys, tmp_path):
    scene = tmp_path / "scene"
    done = call(capsys, "chimerax", made.folder, "--color-by", "anisotropy", "-o", scene)
    assert done.status == 0
    assert done.out == f"{scene / 'anisotropy.cxc'}\n"
    assert opened(scene / "anisotropy.cxc")[1] == scene / "anisotropy_beyond_mask.mrc"


def test_command_line_refuses_what_is_not_there(made, capsys, tmp_path):
    scene = tmp_path / "scene"
    done = call(capsys, "chimerax", made.folder, "--color-by", "colour", "-o", scene)
    assert done.status == 2
    assert "choose one of highest, lowest, adr," in done.err
    assert not scene.exists()
    done = call(capsys, "chimerax", tmp_path, "-o", scene)
    assert done.status == 2
    assert "summary.json" in done.err
    done = call(capsys, "chimerax", made.folder, "--map", tmp_path / "none.mrc", "-o", scene)
    assert done.status == 2
    assert "none.mrc" in done.err
    done = call(capsys, "chimerax", made.folder, "-o", made.map_path)
    assert done.status == 2
    assert "it is a file; give a folder" in done.err
    assert not scene.exists()
