"""Two preferred directions are both named; one, none, a ring and a belt have no second one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from monodir_plugin.diagnosis.views.measured_coverage import MeasuredCoverage, of_copies
from monodir_plugin.diagnosis.views.missing_views import missing_views, no_views
from monodir_plugin.diagnosis.views.pattern import in_words, pattern_of, second_line
from monodir_plugin.diagnosis.views.view_density import views_from_coverage
from monodir_plugin.diagnosis.views.which_coverage import choose_coverage, signal_is_kept
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.symmetry import rotations_of
from monodir_plugin.simulation import (
    Reconstructor,
    Views,
    blob_particle,
    coverage_of_views,
    project,
    views_of,
)

AXES = AxisSet.icosahedral(81)
EVERYWHERE = np.ones(81, bool)
Z, X = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])


def _drawn(count=20_000, seed=0, **spread):
    return Views(**spread).draw(count, np.random.default_rng(seed))


def _mixed(shares, lines, count=20_000):
    """Views about lines with a concentration of 20, the rest even."""
    parts = [
        _drawn(round(share * count), seed, concentration=20.0, axis=tuple(line))
        for seed, (share, line) in enumerate(zip(shares, lines))
    ]
    rest = count - sum(len(part) for part in parts)
    return Rotation.concatenate([*parts, _drawn(rest, 9)])


def _fitted(orientations, group="C1"):
    """The density that the coverage by these views gives, with an error of 5 %."""
    turns = rotations_of(group)
    copies = np.concatenate([turn.apply(views_of(orientations)) for turn in turns])
    covered = coverage_of_views(copies, AXES.vectors)
    covered = covered * np.exp(np.random.default_rng(1).normal(scale=0.05, size=81))
    symmetry = None if group == "C1" else turns
    return views_from_coverage(covered, 0.05, EVERYWHERE, AXES, 15.0, symmetry=symmetry)


def _angle(one, two):
    return float(np.rad2deg(np.arccos(min(1.0, abs(one @ two) / np.linalg.norm(two)))))


@pytest.mark.parametrize("shares", [(0.45, 0.45), (0.5, 0.3), (0.6, 0.2)])
@pytest.mark.parametrize("second", [X, np.array([1.0, 0.5, 0.8])])
def test_two_preferred_directions_are_found(shares, second):
    views = _fitted(_mixed(shares, (Z, second)))
    kind, line = pattern_of(views)
    found = second_line(views, line)
    assert kind == "preferred" and found is not None
    angles = [[_angle(each, true) for true in (Z, second)] for each in (line, found)]
    assert min(max(angles[0][0], angles[1][1]), max(angles[0][1], angles[1][0])) < 12


@pytest.mark.parametrize(
    "spread",
    [
        {},
        {"concentration": 20.0, "even": 0.3},
        {"concentration": 20.0, "even": 0.1, "axis": (1.0, 0.4, 1.0)},
        {"concentration": 2.0},
        {"concentration": -8.0},
        {"tilts": (0.0, 60.0)},
        {"concentration": 20.0, "stage_tilt": 40.0},
    ],
)
def test_other_views_have_no_second_direction(spread):
    views = _fitted(_drawn(**spread))
    _, line = pattern_of(views)
    assert second_line(views, line) is None
    assert second_line(views, views.peak(20.0)) is None


def test_symmetric_copies_are_no_second_direction():
    oblique = np.array([1.0, 0.3, 1.0])
    views = _fitted(_mixed((0.8,), (oblique,)), "C2")
    turns = rotations_of("C2")
    kind, line = pattern_of(views, turns)
    assert kind == "preferred" and second_line(views, line, turns) is None
    # They are, of a particle without symmetry.
    assert second_line(views, line) is not None


@pytest.mark.parametrize("with_halves", [True, False])
def test_both_directions_are_named_from_a_map(with_halves):
    volume, mask = blob_particle(48, 4, 1500)
    orientations = _mixed((0.45, 0.45), (Z, X), 800)
    order = np.random.default_rng(5).permutation(800)
    pictures = project(volume, orientations)
    grains = np.random.default_rng(6).standard_normal(pictures.shape, dtype=np.float32)
    pictures += pictures.std() * grains
    halves = [
        Reconstructor(48, orientations[part]).reconstruct(pictures[part])
        for part in (order[::2], order[1::2])
    ]
    given = (halves[0], halves[1]) if with_halves else None
    found = missing_views((halves[0] + halves[1]) / 2, mask, 2.0, AXES, given)
    said = found.sentences()[0]
    assert said.startswith("Views along two directions are common: ")
    assert "z (" in said and "x (" in said and "other views are rare" in said
    record = found.record()
    assert record["density_along_second"] == pytest.approx(found.views.near(found.second, 20), 0.01)
    named = {tuple(record["line"])[1], tuple(record["second_line"])[1]}
    assert min(named) < 12 and max(named) > 78


def test_a_ring_about_a_line_that_few_views_have_is_described_as_a_ring():
    """Copies of an oblique view by D4: few look along z, which the second moments prefer."""
    grid = _fitted(_drawn())
    tilt = grid.views.angles_to(Z)
    values = np.where(np.abs(tilt - 45) < 12, 3.0, 0.3)
    views = replace(grid, values=values / np.average(values, weights=grid.shares))
    said = in_words(views, "preferred", Z, None, "D4")
    assert said.startswith("Views at about 45 degrees from z are common")
    assert "those along it are rare" in said and "side views are rare" in said


def test_parameters_of_a_symmetric_density_are_not_counted_for_every_copy():
    """Cubic views whose coverage varies by a fifth are not taken for even ones."""
    turns = rotations_of("O")
    drawn = views_of(_drawn(concentration=20.0, axis=(1.0, 1.0, 0.0), even=0.2))
    copies = np.concatenate([turn.apply(drawn) for turn in turns])
    true = coverage_of_views(copies, AXES.vectors)
    assert true.max() / true.min() > 1.8
    error = 0.05 * np.sqrt(len(turns))
    found = views_from_coverage(true, error, EVERYWHERE, AXES, 15.0, symmetry=turns)
    covered = found.coverage(AXES, 15.0)
    assert covered.max() / covered.min() > 1.5
    assert np.corrcoef(covered, true)[0, 1] > 0.9
    # As many as symmetric harmonics up to order 12, at most.
    assert 1 < found.parameters < 10


def _measured(values, error, copies):
    one = MeasuredCoverage(values / np.median(values), error, values, values, values)
    return of_copies(one, copies)


def _side_views(amount):
    """Coverage by side views of D7: largest along z."""
    height = AXES.vectors[:, 2] ** 2
    return np.exp(amount * (height - height.mean()) / height.std())


def test_a_signal_that_is_kept_decides_where_copies_leave_few_directions():
    noise, signal = (_measured(_side_views(0.5), error, 14) for error in (0.06, 0.2))
    assert signal_is_kept(noise, signal, EVERYWHERE, 15.0, 14)
    assert not signal_is_kept(noise, signal, EVERYWHERE, 15.0, 1)
    source, reason = choose_coverage(noise, signal, np.nan, np.nan, True, 14)
    assert source == "noise" and "too strong for a filter" in reason
    # A filter removes more of the signal than of the noise.
    damped = _measured(_side_views(-0.5), 0.2, 14)
    assert not signal_is_kept(noise, damped, EVERYWHERE, 15.0, 14)
    # Noise that varies little may have the pattern of the particle by chance.
    faint, same = (_measured(_side_views(0.15), error, 14) for error in (0.06, 0.2))
    assert not signal_is_kept(faint, same, EVERYWHERE, 15.0, 14)


def test_noise_of_a_symmetric_map_that_was_evened_out_is_not_reported_as_even_views():
    noise, signal = _measured(_side_views(0.08), 0.06, 24), _measured(_side_views(0.8), 0.15, 24)
    assert signal.error > 0.6
    source, reason = choose_coverage(noise, signal, np.nan, np.nan, False, 24)
    assert source == "none" and "varies far less" in reason


def test_the_range_of_a_symmetric_map_is_given_as_it_was_measured():
    values = 1 + 0.2 * np.random.default_rng(3).uniform(-1, 1, size=81)
    noise = MeasuredCoverage(values, 0.3, values, values)
    views = _fitted(_drawn())
    found = replace(
        no_views(AXES, "made"), from_noise=noise, source="noise", views=views, symmetry="O",
        coverage=views.coverage(AXES, 15.0), band=(20.0, 5.0),
    )  # fmt: skip
    relative = values / values.mean()
    assert found.kind == "even"
    assert (
        f"{relative.min():.2f} to {relative.max():.2f} as it was measured" in found.sentences()[0]
    )
    assert "as it was measured" not in replace(found, symmetry="C1").sentences()[0]
