"""Views found from coverage, and coverage from maps whose noise and signal are known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.fft
from scipy.stats import spearmanr

from monodir_plugin.diagnosis.views.few_views import fewest_images
from monodir_plugin.diagnosis.views.measured_coverage import (
    MeasuredCoverage,
    coverage_from_noise,
    power_along,
)
from monodir_plugin.diagnosis.views.missing_views import BADLY, missing_views, no_views
from monodir_plugin.diagnosis.views.stage_tilt import TILTS
from monodir_plugin.diagnosis.views.view_density import Cones, funk_kernel, views_from_coverage
from monodir_plugin.diagnosis.views.which_coverage import choose_coverage, empty_cones
from monodir_plugin.numerics.geometry.axes import AxisSet, icosahedral_axes
from monodir_plugin.numerics.geometry.soft_edges import soft_mask
from monodir_plugin.numerics.geometry.symmetry import rotations_of
from monodir_plugin.simulation import (
    Imaging,
    Views,
    blob_particle,
    coverage_of_axes,
    coverage_of_views,
    noisy_map,
    simulate,
    views_of,
)

AXES = AxisSet.icosahedral(81)
SIZE = 48
Z = np.array([0.0, 0.0, 1.0])


def _drawn(count=30_000, **spread):
    return views_of(Views(**spread).draw(count, np.random.default_rng(0)))


def _lattice(size=SIZE):
    k = np.fft.fftfreq(size)
    kx = np.fft.rfftfreq(size)[None, None, :]
    length = np.sqrt(k[:, None, None] ** 2 + k[None, :, None] ** 2 + kx**2)
    return length, np.abs(k[:, None, None]) / np.maximum(length, 1e-9)


@pytest.mark.parametrize("concentration", [-4.0, 2.0, 5.0])
def test_the_kernel_is_the_funk_transform(concentration):
    """Against the mean over great circles, written out elsewhere for Watson's distribution."""
    views = AxisSet(icosahedral_axes(9))
    density = np.exp(concentration * (views.vectors[:, 2] ** 2 - 1))
    density /= density.mean()
    kernel = funk_kernel(AXES.vectors @ views.vectors.T, 40, 0.0)
    found = kernel @ density / len(views)
    known = coverage_of_axes(AXES.vectors[:, 2], concentration)
    # The grid of views is only roughly even.
    np.testing.assert_allclose(found / found.mean(), known / known.mean(), atol=0.15)
    assert np.corrcoef(found, known)[0, 1] > 0.998


@pytest.mark.parametrize(
    "spread, tilt",
    [
        ({}, 30.0),
        ({"concentration": 3.0}, 0.0),
        ({"concentration": 3.0}, 45.0),
        ({"tilts": (0.0, 50.0)}, 25.0),
    ],
)
def test_a_tilted_stage_is_that_of_the_simulator(spread, tilt):
    flat = _drawn(**spread)
    views = views_from_coverage(
        coverage_of_views(flat, AXES.vectors), 0.01, np.ones(81, bool), AXES, 15.0
    )
    known = coverage_of_views(_drawn(**spread, stage_tilt=tilt), AXES.vectors)
    np.testing.assert_allclose(views.coverage(AXES, 15.0, tilt), known, atol=0.17)
    assert abs(views.coverage(AXES, 15.0, tilt).min() - known.min()) < 0.1


@pytest.mark.parametrize(
    "spread", [{"concentration": 2.0}, {"concentration": 6.0}, {"concentration": -5.0}]
)
def test_the_density_of_views_comes_back(spread):
    drawn = _drawn(**spread)
    error = 0.04
    noisy = coverage_of_views(drawn, AXES.vectors)
    noisy = noisy * np.exp(np.random.default_rng(1).normal(scale=error, size=81))
    found = views_from_coverage(noisy, error, np.ones(81, bool), AXES, 15.0)
    true = np.bincount(found.views.closest(drawn), minlength=len(found.views))
    true = true / len(drawn) / found.shares
    assert np.corrcoef(found.values, true)[0, 1] > 0.95
    assert found.values.min() >= 0
    assert np.sum(found.values * found.shares) == pytest.approx(1.0)
    cap = np.cos(np.deg2rad(20))
    near = np.mean(np.abs(drawn[:, 2]) >= cap) / (1 - cap)
    assert found.near(Z, 20.0) == pytest.approx(near, rel=0.2, abs=0.1)


def test_even_views_need_no_parameters():
    noisy = np.exp(np.random.default_rng(2).normal(scale=0.05, size=81))
    found = views_from_coverage(noisy, 0.05, np.ones(81, bool), AXES, 15.0)
    assert found.parameters == 0
    np.testing.assert_allclose(found.values, 1.0, atol=1e-6)


def test_noise_power_is_one_over_coverage():
    length, cosine = _lattice()
    covered = coverage_of_axes(cosine, 2.0)
    grains = scipy.fft.rfftn(np.random.default_rng(0).normal(size=(SIZE,) * 3))
    # Any envelope: shells are compared with themselves.
    noise = scipy.fft.irfftn(grains / np.sqrt(covered) * np.exp(-6 * length), s=(SIZE,) * 3)
    power = power_along(noise, np.ones((SIZE,) * 3, np.float32), AXES, 15.0)
    found = coverage_from_noise(power, SIZE // 2 - 1)
    known = coverage_of_axes(AXES.vectors[:, 2], 2.0)
    known /= known.mean()
    assert np.std(np.log(found.values / known)) < 2 * found.error + 0.02
    assert found.error == pytest.approx(1 / np.sqrt(power.counts[:, 3:-1].sum(1).mean() / 2), 0.05)


@pytest.fixture(scope="module")
def particle():
    return blob_particle(SIZE, 1, 1500)


def _halves(particle, concentration):
    noise = 0.6
    return [noisy_map(particle[0], noise, concentration, seed) for seed in (1, 2)]


def _filtered(volumes, gain):
    return [scipy.fft.irfftn(scipy.fft.rfftn(v) * gain, s=v.shape) for v in volumes]


@pytest.mark.parametrize("with_halves", [True, False])
@pytest.mark.parametrize(
    "concentration, kind", [(0.0, "even"), (3.0, "preferred"), (-4.0, "avoided")]
)
def test_views_are_found_from_maps(particle, concentration, kind, with_halves):
    halves = _halves(particle, concentration)
    found = missing_views(
        np.mean(halves, axis=0), particle[1], 2.0, AXES, halves if with_halves else None
    )
    assert found.kind == kind
    known = coverage_of_axes(AXES.vectors[:, 2], concentration)
    known /= known.mean()
    if kind == "even":
        np.testing.assert_allclose(found.coverage, 1.0, atol=0.15)
    else:
        assert np.corrcoef(found.coverage, known)[0, 1] > 0.95
    assert found.coverage.min() == pytest.approx(known.min(), abs=0.12)
    if kind != "even":
        assert np.abs(found.line[2]) > np.cos(np.deg2rad(15))
    tilt, then = found.stage_tilt()
    assert (tilt == 0) == (found.coverage.min() >= BADLY)
    assert then >= BADLY


@pytest.mark.parametrize("with_halves", [True, False])
def test_a_filter_along_axes_does_not_mislead(particle, with_halves):
    """With this filter the noise is weakest where the coverage is least."""
    halves = _halves(particle, 3.0)
    _, cosine = _lattice()
    filtered = _filtered(halves, coverage_of_axes(cosine, 3.0))
    found = missing_views(
        np.mean(filtered, axis=0), particle[1], 2.0, AXES, filtered if with_halves else None
    )
    assert found.source == "signal" and found.slope < 0
    assert found.kind == "preferred" and np.abs(found.line[2]) > np.cos(np.deg2rad(15))
    known = coverage_of_axes(AXES.vectors[:, 2], 3.0)
    assert np.corrcoef(found.coverage, known)[0, 1] > 0.9


def test_an_empty_cone_is_its_own_finding(particle):
    halves = _halves(particle, 0.0)
    _, cosine = _lattice()
    empty = _filtered(halves, cosine < np.cos(np.deg2rad(40.0)))
    found = missing_views(np.mean(empty, axis=0), particle[1], 2.0, AXES, empty)
    assert found.empty[AXES.tilt < 25].all() and not found.empty[AXES.tilt > 55].any()
    assert found.coverage[AXES.tilt < 25].max() < 0.25
    assert any("are nearly empty" in sentence for sentence in found.sentences())
    assert found.kind == "preferred"


def test_views_of_a_map_without_noise_are_unknown(particle):
    half = noisy_map(particle[0], 0.5, 3.0, 1)
    masked = half * soft_mask(particle[1], 2.0)
    alone = missing_views(masked, particle[1], 2.0, AXES)
    same = missing_views(half, particle[1], 2.0, AXES, (half, half))
    for found in (alone, same):
        assert found.kind == "unknown" and found.source == "none"
        assert np.isnan(found.coverage).all()
        assert found.sentences()[0].startswith("The missing views cannot be determined")
        json.dumps(found.record(), allow_nan=False)


def test_record_and_sentences_hold_the_numbers(particle):
    halves = _halves(particle, 4.0)
    found = missing_views(np.mean(halves, axis=0), particle[1], 2.0, AXES, halves)
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert record["views"] == "preferred"
    assert record["worst_coverage"] == min(record["coverage"])
    tilt, then = found.stage_tilt()
    assert record["stage_tilt"] == tilt > 0 and then == pytest.approx(
        record["worst_coverage_then"], abs=1e-3
    )
    text = " ".join(found.sentences())
    along, across = record["density_along"], record["density_across"]
    assert f"viewed along z ({along:.1f} times the uniform share)" in text
    assert f"side views are rare ({across:.1f})" in text
    assert f"({found.coverage.min():.2f} of the mean coverage)" in text
    assert f"tilting the stage by about {tilt:.0f} degrees" in text
    low, high = record["worst_coverage_then_interval"]
    best = found.tilts.advised(BADLY)
    ends = found.tilts.low[best], found.tilts.high[best]
    assert (low, high) == pytest.approx(ends, abs=1e-3) and low < then < high
    assert f"({ends[0]:.2f} to {ends[1]:.2f})" in text


@pytest.fixture(scope="module")
def strongly_preferred():
    """80 % of 800 views about an oblique line, the rest even: half maps, and true coverage."""
    volume, mask = blob_particle(SIZE, 2, 1500)
    views = Views(20.0, axis=(1.0, 0.0, 1.0), even=0.2)
    made = simulate(volume, Imaging(800, views, 1.0, seed=3))
    true = coverage_of_views(views_of(made.orientations), AXES.vectors)
    return made, mask, true / true.mean()


@pytest.mark.parametrize("with_halves", [True, False])
def test_a_strong_preference_is_not_reported_inverted(strongly_preferred, with_halves):
    """The belt that most views cover has noise ten times below the median, and is not empty."""
    made, mask, true = strongly_preferred
    halves = (made.half1, made.half2) if with_halves else None
    found = missing_views(made.map, mask, 2.0, AXES, halves)
    assert found.from_noise.values.max() > 6
    assert found.kind == "preferred" and not found.empty.any()
    assert found.line @ np.array([1.0, 0.0, 1.0]) / np.sqrt(2) > np.cos(np.deg2rad(12))
    assert spearmanr(found.coverage, true)[0] > 0.9
    assert found.stage_tilt()[0] > 0


def test_the_predicted_coverage_of_a_tilt_is_reached(strongly_preferred):
    made, mask, _ = strongly_preferred
    found = missing_views(made.map, mask, 2.0, AXES, (made.half1, made.half2))
    best = found.tilts.advised(BADLY)
    views = Views(20.0, axis=(1.0, 0.0, 1.0), even=0.2, stage_tilt=TILTS[best])
    drawn = views_of(views.draw(30_000, np.random.default_rng(0)))
    then = coverage_of_views(drawn, AXES.vectors)
    assert found.tilts.low[best] <= then.min() / then.mean() <= found.tilts.high[best]


def test_images_below_which_coverage_is_an_upper_limit_are_counted():
    """Views whose plane is within half a voxel of coefficients at the mean radius of a ball."""
    last, copies = 30, 2
    count = fewest_images(0.5, last, copies)
    rng = np.random.default_rng(4)
    # Half of the images in a half map, half of the coverage, two copies each.
    views, points = rng.normal(size=(round(count / 2 * 0.5 * copies), 3)), rng.normal(size=(400, 3))
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    points *= 0.75 * last / np.linalg.norm(points, axis=1, keepdims=True)
    assert np.mean(np.sum(np.abs(points @ views.T) < 0.5, axis=1)) == pytest.approx(3.0, rel=0.05)


@pytest.mark.parametrize("even, limited", [(0.1, True), (1.0, False)])
def test_few_images_of_a_strong_preference_give_an_upper_limit(even, limited):
    """20 even views in each half map leave most coefficients without a view."""
    volume, mask = blob_particle(SIZE, 5, 1500)
    made = simulate(
        volume, Imaging(400, Views(20.0, axis=(0.2, 1.0, 0.5), even=even), 1.0, seed=21)
    )
    halves = made.half1, made.half2
    true = coverage_of_views(views_of(made.orientations), AXES.vectors)
    found = missing_views(made.map, mask, 2.0, AXES, halves, images=400)
    record, text = found.record(), " ".join(found.sentences())
    assert found.limit.few_images == record["worst_coverage_is_upper_limit"] == limited
    assert ("covered (at most" in text) == ("raise this to at most" in text) == limited
    if not limited:
        return
    assert true.min() / true.mean() < 0.7 * found.coverage.min()
    assert "400 images are too few" in text
    unknown = missing_views(made.map, mask, 2.0, AXES, halves)
    assert not unknown.limit.applies
    assert "If the map has fewer than about" in " ".join(unknown.sentences())
    assert record["upper_limit_below_images"] > 400


def test_a_small_coverage_from_a_single_map_is_an_upper_limit(strongly_preferred):
    made, mask, true = strongly_preferred
    found = missing_views(made.map, mask, 2.0, AXES)
    assert found.limit.single_map and true.min() < found.coverage.min()
    assert "a single map cannot show less" in " ".join(found.sentences())


def test_noise_alone_does_not_make_a_cone_empty():
    """Without signal to decide by, weak noise has two possible causes, and neither is reported."""
    covered = coverage_of_axes(AXES.vectors[:, 2], -20.0) / 0.3
    assert covered.max() > 7
    noise = MeasuredCoverage(covered, 0.05, covered, covered)
    assert not empty_cones(noise, None).any()
    source, reason = choose_coverage(noise, None, np.nan, np.nan)
    assert source == "none" and "many views cover an axis, or none does" in reason
    power = np.where(covered > 7, 0.01, 1.0)
    signal = MeasuredCoverage(covered, 0.05, covered, covered, power)
    np.testing.assert_array_equal(empty_cones(noise, signal), covered > 7)


def test_noise_that_a_filter_evened_out_is_not_reported_as_even_views():
    covered = coverage_of_axes(AXES.vectors[:, 2], 5.0)
    even = np.exp(np.random.default_rng(0).normal(scale=0.05, size=81)) * covered**0.2
    noise = MeasuredCoverage(even, 0.05, even, even)
    signal = MeasuredCoverage(covered, 0.1, covered, covered, np.ones(81))
    source, reason = choose_coverage(noise, signal, 4.0, 0.5)
    assert source == "none" and "either a filter" in reason and "or the particle" in reason
    # As noise that follows the coverage does.
    noise = MeasuredCoverage(covered, 0.05, covered, covered)
    assert choose_coverage(noise, signal, 1.0, 0.1)[0] == "noise"


def test_cones_see_the_harmonic_mean():
    """Of a coverage that is known everywhere, against means over many points of a cone."""
    views = AxisSet(icosahedral_axes(6))
    cones = Cones(AXES, 15.0, True, None)
    density = 0.2 + 4 * np.exp(8 * (cones.views.vectors[:, 2] ** 2 - 1))
    density /= np.sum(density * cones.shares)
    seen, slope = cones.seen(density, np.zeros(81, bool))
    assert len(views) == len(cones.views)
    np.testing.assert_allclose(slope @ density, seen, rtol=1e-9)
    rng = np.random.default_rng(0)
    for axis in (0, 40, 80):
        points = rng.normal(size=(200_000, 3))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        points = points[np.abs(points @ AXES.vectors[axis]) > np.cos(np.deg2rad(15))]
        kernel = funk_kernel(points @ cones.views.vectors.T, 16, 5.0)
        there = kernel @ (cones.shares * density)
        assert seen[axis] == pytest.approx(1 / np.mean(1 / there), rel=0.03)


def test_symmetric_copies_of_views_are_found():
    """Views about an oblique line of a C4 particle: the density has four copies, not a ring."""
    line = np.array([1.0, 0.0, 1.0]) / np.sqrt(2)
    turns = rotations_of("C4")
    drawn = _drawn(concentration=15.0, axis=tuple(line))
    copies = np.concatenate([turn.apply(drawn) for turn in turns])
    known = coverage_of_views(copies, AXES.vectors)
    used = np.ones(81, bool)
    found = views_from_coverage(known, 0.03, used, AXES, 15.0, symmetry=turns)
    between = np.array([np.sqrt(0.5), np.sqrt(0.5), 1.0]) / np.sqrt(2)
    near = [found.near(turn.apply(line), 15.0) for turn in turns]
    assert min(near) > 0.8 * max(near) and found.near(between, 10.0) < 0.5 * min(near)
    tilted = _drawn(concentration=15.0, axis=tuple(line), stage_tilt=30.0)
    copies = np.concatenate([turn.apply(tilted) for turn in turns])
    then = coverage_of_views(copies, AXES.vectors)
    assert found.coverage(AXES, 15.0, 30.0).min() == pytest.approx(then.min(), abs=0.12)


def _pattern_of(density):
    """What is said of a density of views over the tilt, with a chance bump at (rot 0, tilt 40)."""
    grid = views_from_coverage(np.ones(81), 1.0, np.ones(81, bool), AXES, 15.0)
    vectors = grid.views.vectors
    tilt = np.rad2deg(np.arccos(np.abs(vectors[:, 2])))
    bump = grid.views.angles_to(np.array([np.sin(0.7), 0.0, np.cos(0.7)])) < 15
    values = density(tilt) * np.where(bump, 1.2, 1.0)
    views = replace(grid, values=values / np.average(values, weights=grid.shares))
    found = replace(no_views(AXES, "made"), views=views, coverage=views.coverage(AXES, 15.0))
    return found.kind, float(AxisSet(Z[None]).angles_to(found.line).min())


@pytest.mark.parametrize("name", ["cone", "ring"])
def test_views_all_about_a_line_prefer_the_line_and_no_point_beside_it(name):
    """A cone of tilts, and a tilted stage: where they peak is chance."""
    density = {
        "cone": lambda tilt: (tilt < 65).astype(float),
        "ring": lambda tilt: np.exp(-(((tilt - 38) / 14) ** 2)) + 0.5 * (tilt < 38),
    }[name]
    kind, away = _pattern_of(density)
    assert kind == "preferred" and away < 15
