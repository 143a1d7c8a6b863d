"""Colours of scenes, their keys, and the values that are coloured."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Tuple

import matplotlib
import numpy as np
import pytest

from monodir_plugin.chimerax import write_session
from monodir_plugin.chimerax.palette import NOT_RESOLVED, OUTSIDE, Palette
from monodir_plugin.chimerax.session import palette_of
from monodir_plugin.chimerax.surface import beyond_mask, surface_level
from monodir_plugin.errors import InputError
from monodir_plugin.files.loading import load_results

from ..fixtures.result_folders import BOX, COARSEST, made_folder
from ..fixtures.scenes import commands


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


def test_maps_of_resolution_share_one_scale(made):
    def ends(name: str) -> Tuple[str, str]:
        line = next(c for c in commands(write_session(made.folder, colour_by=name)) if "key" in c)
        labels = re.findall(r":([^\"]+)\"", line)
        return labels[0], labels[-1]

    assert ends("adr") == ends("highest") == ends("lowest")
    assert ends("anisotropy") != ends("adr")


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


@pytest.mark.parametrize("name", ["adr", "anisotropy", "bars", "glyphs"])
def test_limits_and_colours_that_are_given_are_those_of_values_and_key(made, tmp_path, name):
    """A quarter of the way between the limits has the colour of a quarter of the colour map."""
    low, high = 0.25, 17.0
    scene = write_session(
        made.folder, None, tmp_path, name, limits=(low, high), colour_map="cividis"
    )
    colours = matplotlib.colormaps["cividis"]
    wanted = {
        share: np.rint(255 * np.array(colours(share)[:3])).astype(int) for share in (0.0, 0.25, 1.0)
    }
    key = next(line for line in commands(scene) if line.startswith("key "))
    pairs = re.findall(r'"#([0-9a-f]{6}):([^"]*)"', key)
    for number, share, label in ((0, 0.0, "0.2"), (8, 0.25, "4.4"), (32, 1.0, "17.0")):
        found = [int(pairs[number][0][k : k + 2], 16) for k in (0, 2, 4)]
        np.testing.assert_allclose(found, wanted[share], atol=1)
        stated = float(re.sub("[^0-9.]", "", pairs[number][1]))
        assert stated == pytest.approx(float(label), abs=0.051)
    sampled = [line for line in commands(scene) if line.startswith("color sample")]
    if name in ("bars", "glyphs"):
        assert sampled == []
        written = re.findall(r"^\.color (.*)$", scene.with_suffix(".bild").read_text(), re.M)
        shares = _shares_of_notes(scene.with_suffix(".bild").read_text(), low, high)
        assert len(written) == len(shares) > 10
        for text, share in zip(written, shares):
            found = np.array(text.split(), float)
            # Notes have one or two decimals.
            near = colours(np.clip([share - 0.006, share + 0.006], 0, 1))[:, :3]
            assert (found >= near.min(axis=0) - 2e-2).all()
            assert (found <= near.max(axis=0) + 2e-2).all()
        return
    stops = dict(pair.split(",") for pair in sampled[0].split("palette ")[1].split(":"))
    at = {float(value): colour for value, colour in stops.items()}
    quarter = low + 0.25 * (high - low)
    nearest = min(at, key=lambda value: abs(value - quarter))
    assert nearest == pytest.approx(quarter, abs=1e-3)
    assert [int(at[nearest][k : k + 2], 16) for k in (1, 3, 5)] == list(wanted[0.25])


def _shares_of_notes(text: str, low: float, high: float) -> np.ndarray:
    """Places between the limits of the values that the notes of objects state."""
    bars = re.findall(r"highest ([\d.]+) Å, lowest (?:([\d.]+) Å|not resolved)", text)
    values = [float(lowest or COARSEST) - float(highest) for highest, lowest in bars]
    values = values or [float(v) for v in re.findall(r"fractional anisotropy ([\d.]+)", text)]
    return (np.array(values) - low) / (high - low)


def test_limits_and_colours_that_cannot_be_used_are_refused(made, tmp_path):
    with pytest.raises(InputError, match="the smaller one first"):
        write_session(made.folder, None, tmp_path / "scene", limits=(8.0, 8.0))
    with pytest.raises(InputError, match="colour map rainbows"):
        write_session(made.folder, None, tmp_path / "scene", colour_map="rainbows")
    assert not (tmp_path / "scene").exists()
