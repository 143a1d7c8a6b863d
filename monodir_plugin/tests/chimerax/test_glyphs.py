"""Ellipsoids for ChimeraX: their place, shape and turn, as its BILD reader makes them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Dict, Tuple

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from monodir_plugin.chimerax import write_session
from monodir_plugin.chimerax.frame import Frame
from monodir_plugin.chimerax.glyphs import Glyphs, choose_glyphs, glyphs_text
from monodir_plugin.chimerax.palette import Palette
from monodir_plugin.chimerax.session import _glyph_limits
from monodir_plugin.diagnosis.tensor import TensorFit, fit_tensors, fractional_anisotropy, principal
from monodir_plugin.errors import InputError
from monodir_plugin.files.loading import load_results
from monodir_plugin.files.run_folder.tensor import TENSOR, save_tensors

from ..fixtures.maps import call
from ..fixtures.result_folders import SAMPLING, known_table, made_folder

GOLDEN = Path(__file__).parent / "golden"
ORIGIN = (-12.5, 3.0, 40.0)

Ellipsoid = Tuple[np.ndarray, np.ndarray]


def ellipsoids(text: str) -> Dict[Tuple[int, ...], Ellipsoid]:
    """Centre and matrix of every ellipsoid: what moves, turns and scales a unit sphere, in turn."""
    found, voxel, stack = {}, None, []
    for line in text.splitlines():
        word, *values = line.split()
        note = re.match(r"\.note voxel (\d+),(\d+),(\d+):", line)
        if note:
            voxel = tuple(int(n) for n in note.groups())
        elif word == ".translate":
            stack.append((np.eye(3), np.array(values, float)))
        elif word == ".rotate":
            angle, *axis = (float(v) for v in values)
            turn = Rotation.from_rotvec(np.radians(angle) * np.array(axis) / np.linalg.norm(axis))
            stack.append((turn.as_matrix(), np.zeros(3)))
        elif word == ".scale":
            stack.append((np.diag(np.array(values, float)), np.zeros(3)))
        elif word == ".sphere":
            assert values == ["0", "0", "0", "1"]
            linear, shift = np.eye(3), np.zeros(3)
            for matrix, offset in stack:
                shift = shift + linear @ offset
                linear = linear @ matrix
            found[voxel] = (shift, linear @ linear.T)
        elif word == ".pop":
            stack.pop()
    assert not stack
    return found


def mean_tensor(fit: TensorFit, centre: Tuple[int, ...], every: int) -> np.ndarray:
    """The mean of the tensors of the resolved voxels in a cube about a voxel."""
    z, y, x = np.unravel_index(fit.indices, fit.shape)
    apart = np.stack([x, y, z], axis=1) - centre
    near = np.all((2 * apart >= -every) & (2 * apart < every), axis=1)
    return fit.components[near & (fit.unresolved < 1)].mean(axis=0)


def test_ellipsoids_are_those_of_the_mean_tensors_in_the_frame_of_the_map(tmp_path):
    made = made_folder(tmp_path, ORIGIN)
    script = write_session(made.folder, colour_by="glyphs")
    found = ellipsoids(script.with_name("glyphs.bild").read_text(encoding="utf-8"))
    fit = fit_tensors(known_table()[1])
    every = choose_glyphs(fit).every
    assert 50 < len(found) <= 400
    factors = []
    for voxel, (centre, shape) in found.items():
        assert made.mask[voxel[::-1]]
        np.testing.assert_allclose(centre, np.array(ORIGIN) + SAMPLING * np.array(voxel), atol=2e-3)
        xx, yy, zz, xy, xz, yz = mean_tensor(fit, voxel, every)
        wanted = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        factor = np.trace(shape) / np.trace(wanted)
        # Scales are written in thousandths of an Å.
        assert np.abs(shape - factor * wanted).max() < 3e-3 * np.trace(shape) / 3
        factors.append(factor)
    np.testing.assert_allclose(factors, np.mean(factors), rtol=5e-3)
    longest = max(np.sqrt(np.linalg.eigvalsh(shape)[-1]) for _, shape in found.values())
    assert longest < 0.6 * every * SAMPLING


def test_voxels_without_a_resolved_axis_count_for_nothing():
    table = known_table()[1]
    codes = table.codes.copy()
    codes[:, ::2] = 0
    half = replace(table, codes=codes)
    whole, glyphs = choose_glyphs(fit_tensors(table)), choose_glyphs(fit_tensors(half))
    assert (glyphs.resolutions[:, 0] < table.coarsest).all()
    assert 0.5 * len(whole.voxels) < len(glyphs.voxels) <= len(whole.voxels)


def test_ellipsoids_at_the_coarse_limit_do_not_set_the_colours():
    table = known_table()[1]
    glyphs = choose_glyphs(fit_tensors(table))
    some = np.arange(len(glyphs.voxels)) % 3 == 0
    drawn = replace(glyphs, unresolved=some, anisotropy=np.where(some, 0.9, glyphs.anisotropy))
    top = np.percentile(glyphs.anisotropy[~some], 98)
    assert _glyph_limits(drawn) == pytest.approx((0.0, top)) and top < 0.9
    everywhere = replace(drawn, unresolved=np.ones(len(some), bool))
    assert _glyph_limits(everywhere)[1] == pytest.approx(0.9)


def test_a_table_that_is_not_resolved_anywhere_is_refused(tmp_path):
    made = made_folder(tmp_path)
    table = known_table()[1]
    none = replace(table, codes=np.zeros_like(table.codes))
    save_tensors(made.folder / TENSOR, fit_tensors(none))
    with pytest.raises(InputError, match="no voxel is resolved along any axis"):
        write_session(made.folder, colour_by="glyphs")


def test_tensors_of_the_folder_are_used(tmp_path):
    made = made_folder(tmp_path)
    before = write_session(made.folder, colour_by="glyphs").with_name("glyphs.bild").read_text()
    save_tensors(made.folder / TENSOR, fit_tensors(load_results(made.folder).read_table()))
    script = write_session(made.folder, colour_by="glyphs")
    found, wanted = (ellipsoids(t) for t in (script.with_name("glyphs.bild").read_text(), before))
    assert found.keys() == wanted.keys()
    for voxel, (centre, shape) in found.items():
        np.testing.assert_allclose(centre, wanted[voxel][0])
        np.testing.assert_allclose(shape, wanted[voxel][1], atol=1e-2)


def test_the_key_has_no_unit():
    labels = re.findall(r':([^"]+)"', Palette("plasma_r", (0.0, 0.8), unit="").key())
    assert labels == ["0.00", "0.20", "0.40", "0.60", "≥ 0.80"]


def test_objects_are_those_that_were_looked_at():
    turns = Rotation.from_euler("ZYZ", [[0, 0, 0], [35, 50, 20], [120, 80, -40]], degrees=True)
    resolutions = np.array([[4.0, 5.0, 9.0], [3.5, 6.0, 12.0], [7.0, 8.0, 8.5]])
    glyphs = Glyphs(
        voxels=np.array([[10, 12, 14], [20, 12, 14], [20, 22, 14]]),
        resolutions=resolutions,
        axes=np.swapaxes(turns.as_matrix(), 1, 2),
        anisotropy=fractional_anisotropy(resolutions),
        unresolved=np.array([False, True, False]),
        every=10,
    )
    text = glyphs_text(glyphs, Frame(ORIGIN, (SAMPLING,) * 3), Palette("plasma_r", (0.0, 0.9), ""))
    assert text.count("12.0 Å (not resolved), coarsest") == text.count("not resolved") == 1
    text = text.replace(" (not resolved)", "")
    assert text == (GOLDEN / "glyphs.bild").read_text(encoding="utf-8")
    for k, (_, shape) in enumerate(ellipsoids(text).values()):
        components = shape[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
        found, axes = principal(components)
        ratios = found / found[2]
        np.testing.assert_allclose(ratios, resolutions[k] / resolutions[k, 2], rtol=1e-3)
        assert np.abs(np.sum(axes * glyphs.axes[k], axis=1)).min() > 0.9999


def test_command_line(tmp_path, capsys):
    made = made_folder(tmp_path)
    done = call(capsys, "chimerax", made.folder, "--color-by", "glyphs", "-o", tmp_path / "scene")
    assert (done.status, done.out) == (0, f"{tmp_path / 'scene' / 'glyphs.cxc'}\n")
    text = (tmp_path / "scene" / "glyphs.cxc").read_text(encoding="utf-8")
    text = text.replace(str(made.folder.parent), "/FOLDER")
    assert text == (GOLDEN / "glyphs.cxc").read_text(encoding="utf-8")
