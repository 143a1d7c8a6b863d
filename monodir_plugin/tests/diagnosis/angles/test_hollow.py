"""Particles that are hollow about the centre: the share, and that they get no angular error."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from monodir_plugin.diagnosis.angles.angular_error import MOST_HOLLOW, angular_error
from monodir_plugin.diagnosis.angles.hollow import hollow_share
from monodir_plugin.numerics.geometry.grid import distance_map

SIZE, REACH = 56, 21.0
DISTANCE = distance_map(SIZE)


def _granular(matter, seed=1):
    """Density of atoms at random places in a region."""
    rng = np.random.default_rng(seed)
    places = rng.choice(np.flatnonzero(matter), size=matter.sum() // 12)
    volume = np.bincount(places, minlength=matter.size).reshape(matter.shape)
    return gaussian_filter(volume.astype(np.float32), 0.8)


def _noise(seed, scale=0.02):
    return scale * np.random.default_rng(seed).normal(size=(SIZE,) * 3).astype(np.float32)


def test_a_full_ball_is_not_hollow_and_a_shell_is_as_far_as_its_hole_reaches():
    ball = DISTANCE <= REACH
    assert hollow_share(ball.astype(np.float32), ball, REACH) == 0.0
    for hole in (6.0, 8.0, 10.0):
        shell = ball & (hole < DISTANCE)
        expected = (hole / (REACH / 2)) ** 3
        # The smoothed wall reaches into the hole, but not beyond the mask.
        assert hollow_share(shell.astype(np.float32), shell, REACH) == pytest.approx(
            expected, abs=0.06
        )


def test_a_hole_that_the_mask_covers_is_seen_in_the_density():
    ball, shell = DISTANCE <= REACH, (DISTANCE <= REACH) & (DISTANCE > 12)
    grains = _granular(shell)
    tight, wide = (hollow_share(grains, mask, REACH) for mask in (shell, ball))
    assert tight > 0.9
    assert 0.3 < wide <= tight
    assert hollow_share(_granular(ball) + _noise(2), ball, REACH) == 0.0


def test_a_scale_of_density_and_a_noise_do_not_matter():
    shell = (DISTANCE <= REACH) & (DISTANCE > 8)
    grains = _granular(shell)
    found = hollow_share(grains, shell, REACH)
    assert hollow_share(7 * grains, shell, REACH) == pytest.approx(found, abs=1e-6)
    assert hollow_share(grains + _noise(3, grains.std()), shell, REACH) == pytest.approx(
        found, abs=0.03
    )


def test_no_angular_error_is_given_for_a_barrel_but_for_the_same_particle_filled():
    z, y, x = np.meshgrid(*(np.arange(SIZE) - SIZE // 2,) * 3, indexing="ij")
    across = np.hypot(x, y)
    filled = (across <= 19) & (np.abs(z) <= 20)
    barrel = filled & (across > 8)
    for matter, hollow in ((barrel, True), (filled, False)):
        volume = _granular(matter)
        found = angular_error(volume, matter, 2.0, noise_map=_noise(4, 0.05 * volume.std()))
        assert (found.sigma is None) == hollow
        if hollow:
            assert "is hollow about the centre" in found.reason
            assert "cannot be measured: the particle is hollow" in found.sentences()[0]
            assert not found.significant
    assert hollow_share(volume, barrel, 18.0) > MOST_HOLLOW


def test_a_flat_ring_around_the_sphere_in_its_hull_has_no_angular_error():
    """The largest sphere in the hull of a flat ring lies in its hole."""
    z, y, x = np.meshgrid(*(np.arange(SIZE) - SIZE // 2,) * 3, indexing="ij")
    across = np.hypot(x, y)
    ring = (across <= 25) & (across > 14) & (np.abs(z) <= 9)
    found = angular_error(_granular(ring), ring, 2.0, noise_map=_noise(5))
    assert found.sigma is None
    assert "holds nothing within" in found.reason


def test_an_empty_mask_is_refused():
    with pytest.raises(ValueError, match="mask is empty"):
        hollow_share(np.zeros((8, 8, 8)), np.zeros((8, 8, 8), bool), 3.0)
