"""Distributions of views, coverage by them, and errors of their angles."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.special import dawsn

from monodir_plugin.errors import InputError
from monodir_plugin.simulation import (
    Views,
    coverage_of_density,
    coverage_of_views,
    views_of,
    with_angular_errors,
)

needs_gemmi = pytest.mark.skipif(
    importlib.util.find_spec("gemmi") is None,
    reason="gemmi is not installed (the simulate extra)",
)


@pytest.mark.parametrize("concentration", [-8.0, 0.0, 3.0, 400.0])
def test_views_are_spread_as_watsons_distribution_says(concentration):
    views = views_of(Views(concentration).draw(20_000, np.random.default_rng(7)))
    k = concentration
    # Mean cos²: d/dk of the log of the integral of exp(k t²) over 0 to 1.
    if k > 0:
        expected = 1 / (2 * np.sqrt(k) * dawsn(np.sqrt(k))) - 1 / (2 * k)
    elif k == 0:
        expected = 1 / 3
    else:
        t = np.linspace(0, 1, 100_001)
        weight = np.exp(k * t**2)
        expected = np.sum(t**2 * weight) / np.sum(weight)
    square = views[:, 2] ** 2
    assert abs(square.mean() - expected) < 5 * square.std() / np.sqrt(len(square))
    assert abs(np.mean(views[:, 2] > 0) - 0.5) < 0.02
    assert np.abs(np.mean(views[:, :2], axis=0)).max() < 0.03


def test_views_about_another_axis_and_within_tilts():
    axis = np.array([1.0, -2.0, 0.5])
    views = views_of(
        Views(tilts=(20.0, 35.0), axis=tuple(axis)).draw(2000, np.random.default_rng(8))
    )
    tilt = np.rad2deg(np.arccos(np.abs(views @ axis) / np.linalg.norm(axis)))
    assert 20 - 1e-6 < tilt.min() < 20.5
    assert 34.5 < tilt.max() < 35 + 1e-6


def test_a_tilted_stage_puts_top_views_on_a_ring():
    views = views_of(Views(1e6, stage_tilt=40.0).draw(4000, np.random.default_rng(9)))
    tilt = np.rad2deg(np.arccos(np.abs(views[:, 2])))
    np.testing.assert_allclose(tilt, 40.0, atol=0.3)
    # All around: the particles lie on the support in every in-plane direction.
    assert np.abs(np.mean(np.sign(views[:, 2:]) * views[:, :2], axis=0)).max() < 0.05


@pytest.mark.parametrize("tilts", [(0.0, 50.0), (40.0, 90.0)])
def test_coverage_by_views_is_the_funk_transform_of_their_density(tilts):
    views = views_of(Views(tilts=tilts).draw(40_000, np.random.default_rng(10)))
    tilt = np.array([0, 25, 60, 75, 90])
    angle = np.deg2rad(tilt)
    axes = np.stack([np.sin(angle), np.zeros(5), np.cos(angle)], axis=1)
    kept = np.deg2rad(tilts)
    closed = coverage_of_density(
        np.cos(angle),
        lambda z: np.abs(np.arccos(np.abs(z)) - kept.mean()) < np.ptp(kept) / 2 + 1e-9,
    )
    found = coverage_of_views(views, axes, width=2.0)
    np.testing.assert_allclose(found, closed, atol=0.1)
    if tilts == (40.0, 90.0):
        # Great circles that keep off the caps hold only density that is left, 1 / cos 40.
        np.testing.assert_allclose(closed[:2], 1 / np.cos(np.deg2rad(40)), rtol=0.01)
    else:
        np.testing.assert_array_equal(found[:2], 0.0)  # the missing cone: tilt below 40


def test_angular_errors_have_the_given_standard_deviation():
    rng = np.random.default_rng(12)
    true = Rotation.random(20_000, random_state=13)
    vectors = (with_angular_errors(true, 1.2, rng) * true.inv()).as_rotvec(degrees=True)
    np.testing.assert_allclose(vectors.std(axis=0), 1.2, rtol=0.03)
    np.testing.assert_allclose(vectors.mean(axis=0), 0.0, atol=0.05)


def test_a_share_of_the_views_is_even():
    """All others look along the axis, so that those off it are the even ones outside a cone."""
    spread = Views(1e6, axis=(1.0, 0.0, 1.0), even=0.3)
    views = views_of(spread.draw(40_000, np.random.default_rng(1)))
    off = np.abs(views @ np.array([1.0, 0.0, 1.0])) / np.sqrt(2) < np.cos(np.deg2rad(20))
    assert off.mean() == pytest.approx(0.3 * np.cos(np.deg2rad(20)), abs=0.01)
    moments = views[off].T @ views[off] / off.sum()
    # Of directions outside a cone of 20 degrees, the mean square along its axis is cos² / 3.
    along = np.array([1.0, 0.0, 1.0]) / np.sqrt(2)
    assert along @ moments @ along == pytest.approx(np.cos(np.deg2rad(20)) ** 2 / 3, abs=0.01)
    with pytest.raises(InputError, match="share of 2 of even views"):
        Views(even=2.0)
