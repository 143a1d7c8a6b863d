"""What symmetric copies change: independent values, the line of views, the centre of the noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import affine_transform

from monodir_plugin.diagnosis.views.agreement import agreed
from monodir_plugin.diagnosis.views.isotropy import isotropy
from monodir_plugin.diagnosis.views.measured_coverage import MeasuredCoverage
from monodir_plugin.diagnosis.views.missing_views import missing_views
from monodir_plugin.diagnosis.views.pattern import pattern_of
from monodir_plugin.diagnosis.views.view_density import views_from_coverage
from monodir_plugin.diagnosis.views.which_coverage import (
    choose_coverage,
    compared,
    even_unless_filtered,
    signal_is_kept,
)
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.geometry.symmetry import rotations_of
from monodir_plugin.numerics.solvent.region import noise_edge
from monodir_plugin.simulation import Views, views_of

AXES = AxisSet.icosahedral(81)


def _averaged(volume, name):
    """A map averaged over the rotations of a group about its middle."""
    middle = (len(volume) // 2) * np.ones(3)
    total = np.zeros_like(volume)
    for turn in rotations_of(name).as_matrix()[:, ::-1, ::-1]:
        total += affine_transform(volume, turn, middle - turn @ middle, order=1)
    return total


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["O", "I"])
def test_the_centre_of_symmetric_noise_is_not_its_end(name, seed):
    """Shells of a few voxels hold few independent values, whose variance may be small."""
    noise = _averaged(np.random.default_rng(seed).normal(size=(33,) * 3), name)
    # A chance that was seen: a shell that is nearly constant.
    noise[np.rint(distance_map(33)) == 3] *= 0.1
    assert noise_edge(noise, np.ones(noise.shape, bool), distance_map(33)) == 33 // 2


def _cubic(amplitude):
    """Values of the axes with the symmetry of a cube: x⁴ + y⁴ + z⁴."""
    pattern = np.sum(AXES.vectors**4, axis=1)
    values = np.exp(amplitude * (pattern - pattern.mean()) / pattern.std())
    return MeasuredCoverage(values / np.median(values), 0.1, values, values, values)


def test_power_of_a_cubic_particle_does_not_contradict_its_noise():
    """One pattern has this symmetry; in the signal, its sign is that of the particle's power."""
    noise, signal = _cubic(0.25), _cubic(-0.3)
    everywhere = np.ones(len(AXES), bool)
    slope, error = compared(noise, signal, everywhere, 15.0)
    assert choose_coverage(noise, signal, slope, max(error, 0.1))[0] == "signal"
    slope, error = compared(noise, signal, everywhere, 15.0, copies=24)
    assert choose_coverage(noise, signal, slope, error)[0] == "none"


def test_copies_make_a_comparison_less_sure():
    jitter = np.random.default_rng(0).normal(scale=0.15, size=len(AXES))
    noise, signal = _cubic(0.25), _cubic(0.3)
    rough = replace(signal, values=signal.values * np.exp(jitter))
    everywhere = np.ones(len(AXES), bool)
    slope, error = compared(noise, rough, everywhere, 15.0)
    assert compared(noise, rough, everywhere, 15.0, copies=4) == pytest.approx((slope, 2 * error))


def _tetrahedral(amplitude, error):
    """Values of the axes with the symmetry of T222: the fourth and the sixth degree."""
    x, y, z = AXES.vectors.T
    pattern = np.sum(AXES.vectors**4, axis=1) + 4 * (x * y * z) ** 2
    values = np.exp(amplitude * (pattern - pattern.mean()) / pattern.std())
    return MeasuredCoverage(values / np.median(values), error, values, values, values)


@pytest.mark.parametrize("slope, kept", [(0.6, True), (-1.0, False)])
def test_signal_of_few_directions_decides_against_a_filter(slope, kept):
    """Twelve copies: the residuals of the slope count, and no less than the measurement's error."""
    noise = _tetrahedral(0.5, 0.2)
    jitter = np.random.default_rng(1).normal(scale=0.1, size=len(AXES))
    signal = _tetrahedral(0.5 * slope, 1.2)
    signal = replace(signal, values=signal.values * np.exp(jitter))
    everywhere = np.ones(len(AXES), bool)
    assert signal_is_kept(noise, signal, everywhere, 15.0, 12) == kept
    # A signal whose own error is so large that it says nothing.
    assert not signal_is_kept(noise, replace(signal, error=4.0), everywhere, 15.0, 12)


def test_even_noise_beside_uneven_signal_has_two_readings():
    """As of uneven views that were filtered so that the noise is as strong along all axes."""
    size, name = 40, "C7"
    rng = np.random.default_rng(11)
    k = np.fft.fftfreq(size)
    length = np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(size) ** 2)
    along = np.abs(k[:, None, None]) / np.maximum(length, 1e-9)
    uneven = np.exp(0.15 * (3 * along**2 - 1))
    ball = distance_map(size) < 13
    halves = {}
    for kind, gain in (("even", 1.0), ("uneven", uneven)):
        particle = 6 * ball * rng.normal(size=ball.shape)
        particle = np.fft.irfftn(np.fft.rfftn(particle) * gain, s=ball.shape)
        halves[kind] = [particle + rng.normal(size=ball.shape) for _ in range(2)]
    said = {}
    for kind, (one, two) in halves.items():
        views = missing_views((one + two) / 2, ball, 2.0, AXES, (one, two), symmetry=name)
        assert views.kind == "even"
        said[kind] = views.record().get("even_unless_filtered", False), views.sentences()[0]
    assert not said["even"][0] and "filter" not in said["even"][1]
    assert said["uneven"][0] and "if the map was not filtered along its axes" in said["uneven"][1]
    assert "or because the views are uneven and a filter evened the noise out" in said["uneven"][1]


def test_a_map_without_symmetry_has_one_reading():
    unsure = replace(_cubic(0.05), error=2.0)
    assert even_unless_filtered(unsure, 24) and not even_unless_filtered(_cubic(0.05), 24)
    assert even_unless_filtered(_cubic(0.4), 24) and not even_unless_filtered(_cubic(0.4), 1)
    assert not even_unless_filtered(None, 24)


def _density(views):
    grid = views_from_coverage(np.ones(81), 1.0, np.ones(81, bool), AXES, 15.0)
    counts = np.bincount(grid.views.closest(views), minlength=len(grid.views))
    return replace(grid, values=counts / len(views) / grid.shares, parameters=99)


def test_a_line_between_symmetric_copies_is_not_called_preferred():
    """D2 copies of an oblique preference: the second moments prefer x, along which few look."""
    line = np.array([1.0, 0.6, 0.4]) / np.linalg.norm([1.0, 0.6, 0.4])
    drawn = Views(20.0, axis=tuple(line), even=0.3).draw(20_000, np.random.default_rng(0))
    copies = np.concatenate([turn.apply(views_of(drawn)) for turn in rotations_of("D2")])
    kind, found = pattern_of(_density(copies))
    assert kind == "preferred"
    off = AxisSet(found[None]).angles_to(rotations_of("D2").apply(line))
    assert off.min() < 12


def test_evenly_covered_axes_do_not_explain_weak_noise():
    """A test that finds unevenness beside views that do not show any."""
    rng = np.random.default_rng(5)
    size = 40
    k = np.fft.fftfreq(size)
    length = np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(size) ** 2)
    along = np.abs(k[:, None, None]) / np.maximum(length, 1e-9)
    tilted = np.fft.irfftn(
        np.fft.rfftn(rng.normal(size=(size,) * 3)) * np.exp(0.12 * (3 * along**2 - 1)),
        s=(size,) * 3,
    )
    uniform = isotropy(tilted, distance_map(size) < size / 2)
    assert uniform.rejected
    ball = distance_map(size) < 9
    signal = 10 * ball * rng.normal(size=ball.shape)
    halves = [signal + rng.normal(size=ball.shape) for _ in range(2)]
    views = missing_views(sum(halves) / 2, ball, 2.0, AXES, (halves[0], halves[1]))
    assert views.kind == "even"
    flat = replace(views, coverage=np.ones(len(AXES)))
    assert agreed(uniform, flat)[0].startswith("The coverage that was found does not show this")
