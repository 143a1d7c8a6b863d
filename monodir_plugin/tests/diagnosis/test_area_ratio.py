"""The conical FSC area ratio of curves that are known, and its value by chance."""

from __future__ import annotations

import json

import numpy as np
import pytest

from monodir_plugin.diagnosis.area_ratio import HALF_ANGLE, area_ratio, areas
from monodir_plugin.diagnosis.conical_fsc import conical_fsc
from monodir_plugin.files.run_folder.diagnosis import load_conical_fsc, save_conical_fsc
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.simulation import Views, blob_particle, noisy_map, views_of

AXES = AxisSet.icosahedral(81)


def test_areas_end_at_the_first_crossing():
    """Ones up to a shell: the sum of squares; what comes after the crossing does not count."""
    curves = np.zeros((3, 11))
    curves[0, 1:6] = 1.0
    curves[1, 1:11] = 0.5
    curves[2, 1:4] = 1.0
    curves[2, 5:] = 1.0
    np.testing.assert_allclose(areas(curves), [55.0, 0.5 * 385.0, 14.0])


def test_curves_that_are_alike_have_a_ratio_of_one_and_others_of_their_areas():
    plain = np.clip(1.2 - 0.1 * np.arange(13), 0.0, 1.0)
    many = np.full((81, 13), 1e9)
    found = area_ratio(np.tile(plain, (81, 1)), plain, many, 2, AXES)
    assert found.value == pytest.approx(1.0)
    assert found.by_chance == pytest.approx(1.0, abs=1e-3)
    curves = np.tile(plain, (81, 1))
    curves[5, 2:] *= 0.5
    known = areas(curves)
    assert area_ratio(curves, plain, many, 2, AXES).value == pytest.approx(known[5] / known[0])
    # Coarser shells than the first sharp one count as whole shells.
    curves[7, 1] = 0.0
    assert area_ratio(curves, plain, many, 2, AXES).value == pytest.approx(known[5] / known[0])


def test_even_views_scatter_as_the_chance_says():
    """Coverage of cones by views that are drawn, in curves that have no noise but for it."""
    images, plain = 400, np.r_[1.0, np.full(20, 0.6)]
    many = np.full((81, 21), 1e9)
    chance = area_ratio(np.tile(plain, (81, 1)), plain, many, 1, AXES, images)
    rng = np.random.default_rng(0)
    ratios = []
    in_cones = _points_in_cones()
    for _ in range(40):
        views = views_of(Views().draw(images, rng))
        # The plane of a view takes from a cone the length of the chord; here by thin slabs.
        near = np.abs(in_cones @ views.T) < 0.01
        covered = near.mean(axis=(1, 2)) / 0.01
        ratio = 0.6 / 0.4 * covered
        fsc = ratio / (1 + ratio)
        ratios.append(fsc.min() / fsc.max())
    assert chance.low - 0.02 < np.median(ratios) < chance.high + 0.02
    assert chance.by_chance == pytest.approx(np.median(ratios), abs=0.04)


def _points_in_cones():
    """Points in the cone about every axis, shape (axes, points, 3)."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(80_000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    angles = AXES.angles_to(points)
    chosen = [np.flatnonzero(angles[:, axis] < HALF_ANGLE)[:250] for axis in range(81)]
    return points[np.array(chosen)]


@pytest.mark.parametrize("concentration, good", [(0.0, True), (5.0, False)])
def test_maps_with_even_and_with_preferred_views(tmp_path, concentration, good):
    volume, mask = blob_particle(48, 1, 1500)
    halves = [noisy_map(volume, 0.8, concentration, seed) for seed in (1, 2)]
    found = conical_fsc(*halves, mask, 2.0, AXES, 30.0)
    ratio = found.area_ratio
    assert (ratio.value > ratio.low) == good
    assert f"(cFAR) is {ratio.value:.2f}" in " ".join(found.sentences())
    record = json.loads(json.dumps(found.record()))["area_ratio"]
    assert record["value"] == round(ratio.value, 3)
    assert (record["half_angle"], record["usual_line"], record["ends_at"]) == (20.0, 0.5, 0.143)
    assert ("above" if ratio.value >= 0.5 else "below") in ratio.sentence()
    assert "SIMPLE's published description" in ratio.sentence()
    assert "not cryoSPARC's own number" in ratio.sentence()
    save_conical_fsc(tmp_path / "conical_fsc.npz", found)
    assert load_conical_fsc(tmp_path / "conical_fsc.npz").area_ratio == ratio
