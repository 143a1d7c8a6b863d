"""Coverage, sampling compensation and thinning of views whose answers are known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from monodir_plugin.diagnosis.particles.compensation import compensation
from monodir_plugin.diagnosis.particles.particle_views import particle_views
from monodir_plugin.diagnosis.particles.thinning import thinned_out
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.symmetry import rotations_of
from monodir_plugin.simulation.coverage import coverage_of_axes
from monodir_plugin.simulation.views import Views, views_of

from ..fixtures.diagnoses import AXES, known_views

ALONE = Rotation.identity(1)


def _tilted(tilts: np.ndarray, seed: int = 0) -> np.ndarray:
    """Views of some tilts in degrees, at random azimuths."""
    rot = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(tilts))
    tilt = np.deg2rad(tilts)
    return np.stack([np.sin(tilt) * np.cos(rot), np.sin(tilt) * np.sin(rot), np.cos(tilt)], axis=1)


def _uniform(count: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("count", [1000, 10_000])
def test_uniform_views_have_the_factor_of_their_number(count):
    """A direction has n views, n Poisson of mean m: 1/SCF* is m times the mean of 1/n, n > 0."""
    found = compensation(_uniform(count), ALONE)
    drawn = np.random.default_rng(1).poisson(count / 100, 2_000_000)
    expected = 1 / np.mean(count / 100 / drawn[drawn > 0])
    assert found.by_chance == pytest.approx(expected, rel=2e-3)
    assert found.value == pytest.approx(expected, abs=0.02)


def test_side_views_have_the_published_factor():
    """1/sin of the angle to z is sampled: 8/pi², 0.81."""
    found = compensation(_tilted(np.full(10_000, 90.0)), ALONE)
    assert found.value == pytest.approx(8 / np.pi**2, abs=0.015)
    assert found.not_sampled == 0


def test_a_single_view_samples_next_to_nothing():
    """One direction in 100 has all views; for each of the others one half is added."""
    found = compensation(np.tile([0.3, -0.4, np.sqrt(0.75)], (10_000, 1)), ALONE)
    assert found.not_sampled == pytest.approx(0.99, abs=0.003)
    assert found.value == pytest.approx(0.01 / (100 * (0.01 / 10_000 + 0.99 / 2)), rel=0.2)


@pytest.mark.parametrize("half_angle", [30.0, 60.0])
def test_views_in_a_cone_leave_a_cone_without_sampling(half_angle):
    """Directions within 90 degrees less the half-angle of z have no view."""
    cosine = np.random.default_rng(2).uniform(np.cos(np.deg2rad(half_angle)), 1, 10_000)
    found = compensation(_tilted(np.rad2deg(np.arccos(cosine))), ALONE)
    share = 1 - np.cos(np.deg2rad(90 - half_angle))
    assert found.not_sampled == pytest.approx(share, abs=0.02)
    # One half is added for each of these; directions have 100 views on average.
    none = found.not_sampled
    assert 0 < found.value < 1.01 * (1 - none) / (100 * none / 2)
    assert f"{100 * none:.0f} % of the Fourier directions have no view" in found.sentence()


def test_symmetric_copies_are_sampled_as_if_they_were_particles():
    views = Views(concentration=20.0, axis=(1, 2, 3)).draw(1000, np.random.default_rng(5))
    alone = views_of(views)
    group = rotations_of("D3")
    copied = np.concatenate([turn.apply(alone) for turn in group])
    by_group, by_hand = compensation(alone, group), compensation(copied, ALONE)
    assert by_group.views == 6000 and by_group.value == pytest.approx(by_hand.value, rel=1e-9)
    assert compensation(alone, ALONE).not_sampled > 5 * by_group.not_sampled


def test_few_views_have_no_factor():
    assert compensation(_uniform(499), ALONE) is None
    assert compensation(_uniform(250), rotations_of("C2")).views == 500


def test_coverage_is_that_of_the_distribution():
    """Watson's distribution about z, by numerical integration; a cone averages over 15 degrees."""
    drawn = views_of(Views(concentration=3.0).draw(60_000, np.random.default_rng(4)))
    found = particle_views(drawn, AXES)
    nodes = AxisSet.icosahedral(181)
    # The mean over a cone of the coverage at its points, by many random points.
    points = _uniform(40_000, seed=9)
    values = coverage_of_axes(points[:, 2], 3.0)
    inside = np.abs(AXES.vectors @ points.T) > np.cos(np.deg2rad(15))
    expected = (inside @ values) / inside.sum(axis=1)
    expected /= expected.mean()
    np.testing.assert_allclose(found.known.coverage, expected, atol=0.06)
    assert found.known.kind == "preferred" and abs(found.known.line[2]) > 0.99
    density = found.known.views
    assert len(density.views) == len(nodes)
    assert np.sum(density.shares * density.values) == pytest.approx(1.0)


def _points_of_slices(views, axis, half_angle, points=720):
    """How many points of the circles of slices lie within an angle of an axis, one by one."""
    count = 0
    turns = 2 * np.pi * (np.arange(points) + 0.5) / points
    for view in views:
        across = np.cross(view, [1, 0, 0] if abs(view[0]) < 0.9 else [0, 1, 0])
        across /= np.linalg.norm(across)
        other = np.cross(view, across)
        circle = np.outer(np.cos(turns), across) + np.outer(np.sin(turns), other)
        count += np.count_nonzero(np.abs(circle @ axis) > np.cos(np.deg2rad(half_angle)))
    return count


@pytest.mark.parametrize("concentration", [0.0, 20.0, -5.0])
def test_coverage_counts_the_points_of_slices_in_cones(concentration):
    """Slices as rings of points, by brute force; a count of whole slices is something else."""
    drawn = views_of(Views(concentration=concentration).draw(300, np.random.default_rng(3)))
    found = particle_views(drawn, AXES).known.coverage
    points = np.array([_points_of_slices(drawn, axis, 15.0) for axis in AXES], float)
    np.testing.assert_allclose(found, points / points.mean(), atol=0.003)
    near = np.abs(AXES.vectors @ drawn.T) <= np.sin(np.deg2rad(15.0))
    slices = near.sum(axis=1) / near.sum(axis=1).mean()
    assert 0.03 < np.abs(found - slices).max() < 0.25


def test_known_and_found_coverage_are_compared():
    """The map's coverage rises towards the equator, as views along z give it."""
    along = views_of(Views(concentration=4.0).draw(5000, np.random.default_rng(1)))
    agrees = particle_views(along, AXES, found=known_views())
    assert agrees.correlation > 0.9 and not agrees.disagrees
    across = views_of(Views(concentration=-4.0).draw(5000, np.random.default_rng(1)))
    contradicts = particle_views(across, AXES, found=known_views())
    assert contradicts.correlation < -0.9 and contradicts.disagrees
    assert "disagree" in " ".join(contradicts.sentences())
    record = json.loads(json.dumps(agrees.record()))
    assert record["particles"] == 5000 and record["rank_correlation"] > 0.9
    worst = int(np.argmin(agrees.known.coverage))
    assert record["worst_axis_from_map"] == pytest.approx(known_views().coverage[worst], abs=1e-3)
    alone = particle_views(along, AXES)
    assert alone.correlation is None and "the map itself does not show it" in alone.sentences()[1]


def test_angles_of_another_map_are_named():
    """One of the two has a badly covered axis, which the other covers well."""
    even, along_z = _uniform(6000, seed=2), known_views()
    found = particle_views(even, AXES, found=along_z)
    worst = int(np.argmin(along_z.coverage))
    given, of_map = found.known.coverage[worst], along_z.coverage[worst]
    assert found.known.kind == "even" and of_map < 0.3 and given == pytest.approx(1, abs=0.1)
    said = f"has an axis with {of_map:.2f} of the mean coverage, and the angles give it {given:.2f}"
    assert said in found.mismatch and "does not belong to this map" in found.mismatch
    assert found.disagrees and found.record()["mismatch"] == found.mismatch
    text = " ".join(found.sentences())
    assert found.mismatch in text and "nearly even coverage, so" not in text
    # The map is even, but for a pattern of a few per cent that rises towards z.
    nearly = replace(along_z, coverage=1 + 0.05 * (AXES.vectors[:, 2] ** 2 - 1 / 3))
    drawn = views_of(Views(concentration=20.0, axis=(1, 0, 0)).draw(5000, np.random.default_rng(1)))
    found = particle_views(drawn, AXES, found=nearly)
    worst = found.known.worst
    of_map, given = nearly.coverage[worst], found.known.coverage[worst]
    # Views along x are 45 degrees or more from covering these axes.
    assert abs(AXES.vectors[worst, 0]) > np.cos(np.deg2rad(45)) and given < 0.3
    said = f"an axis has {given:.2f} of the mean coverage, and the map gives it {of_map:.2f}"
    assert said in found.mismatch
    # The coverage of a constant map has no ranks.
    flat = particle_views(drawn, AXES, found=replace(along_z, coverage=np.ones(len(AXES))))
    assert flat.correlation is None and flat.mismatch in " ".join(flat.sentences())


@pytest.mark.parametrize(("concentration", "evenness"), [(4.0, 1.0), (0.0, 0.5), (4.0, 0.4)])
def test_angles_that_may_be_of_the_map_are_not_refused(concentration, evenness):
    """The map shows the pattern of the angles weakened, or a weak one where the angles are even."""
    coverage = 1 + evenness * (known_views().coverage - 1)
    drawn = views_of(Views(concentration=concentration).draw(5000, np.random.default_rng(3)))
    found = particle_views(drawn, AXES, found=replace(known_views(), coverage=coverage))
    assert found.mismatch is None and not found.disagrees
    assert particle_views(drawn, AXES).mismatch is None


def test_symmetry_applies_to_the_views():
    """Views along x alone, of a particle with a three-fold axis along z: a ring of three."""
    views = np.tile([1.0, 0.0, 0.0], (600, 1))
    found = particle_views(views, AXES, "C3")
    density = found.known.views
    for rot in (0, 60, 120):
        line = [np.cos(np.deg2rad(rot)), np.sin(np.deg2rad(rot)), 0]
        assert density.near(np.array(line), 15.0) > 5
    assert density.near(np.array([0.0, 0, 1]), 60.0) == 0
    with pytest.raises(ValueError, match="is not a point group"):
        particle_views(views, AXES, "Q7")
    with pytest.raises(ValueError, match="no views"):
        particle_views(np.zeros((0, 3)), AXES)


def test_thinning_of_two_kinds_of_views_has_a_known_limit():
    """Two axes, two bins: 90 views cover the first axis, 10 the second.

    With a part k of the 90 the second has 2 x 10 / (90 k + 10) of the mean; that is a half at
    k = 1/3, and 60 particles are left out.
    """
    by_bin = np.array([[90.0, 0.0], [0.0, 10.0]])
    found = thinned_out(by_bin, np.array([90.0, 10.0]), np.array([1.8, 0.2]))
    assert found.before == pytest.approx(0.2)
    assert found.then == pytest.approx(0.5, abs=0.01) and found.then >= 0.5
    assert found.removed == pytest.approx(0.6, abs=0.02)
    assert found.limit == pytest.approx(0.6, rel=0.03)


def test_thinning_is_not_advised_where_it_cannot_help():
    nothing = particle_views(np.tile([0.0, 0.0, 1.0], (1000, 1)), AXES)
    assert nothing.thinning.limit is None and nothing.thinning.removed == 0
    assert "does not help" in nothing.sentences()[-1]
    even = particle_views(_uniform(5000), AXES)
    assert even.thinning.removed == 0 and "No views need" in even.sentences()[-1]


def test_thinning_evens_out_the_coverage_that_it_promises():
    """The particles are left out at random as the sentence says, and their coverage is found."""
    rng = np.random.default_rng(6)
    views = views_of(Views(concentration=20.0, even=0.2).draw(20_000, rng))
    found = particle_views(views, AXES)
    density = found.known.views
    nearest = np.abs(views @ density.views.vectors.T).argmax(axis=1)
    kept = rng.uniform(size=len(views)) * density.values[nearest] < found.thinning.limit
    assert 1 - kept.mean() == pytest.approx(found.thinning.removed, abs=0.02)
    then = particle_views(views[kept], AXES)
    assert then.known.coverage.min() == pytest.approx(found.thinning.then, abs=0.04)
