"""Single maps of which a mask or a filter left little noise: right findings, or none."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
from scipy.ndimage import binary_dilation, gaussian_filter
from scipy.stats import spearmanr

from monodir_plugin.diagnosis.diagnose import diagnose
from monodir_plugin.diagnosis.views.available_noise import noise_of_solvent
from monodir_plugin.diagnosis.views.isotropy import isotropy
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.geometry.soft_edges import soft_mask
from monodir_plugin.numerics.solvent.region import NoNoiseError
from monodir_plugin.simulation import (
    Imaging,
    Views,
    blob_particle,
    coverage_of_views,
    noisy_map,
    simulate,
    views_of,
)

SIZE = 56
AXES = AxisSet.icosahedral(46)
RADIUS = distance_map(SIZE)


@pytest.fixture(scope="module")
def particle():
    """Atoms in a ball in the middle of a box that is more than twice as wide."""
    places = np.flatnonzero(RADIUS <= 10)
    chosen = np.random.default_rng(1).choice(places, 1500)
    atoms = np.bincount(chosen, minlength=SIZE**3).reshape(RADIUS.shape)
    volume = gaussian_filter(atoms.astype(np.float32), 1.0)
    mask = RADIUS <= 13
    return volume / volume[mask].std(), mask


def _low_passed(volume, frequency):
    k = np.fft.fftfreq(SIZE)
    length = np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(SIZE) ** 2)
    gain = 1 / (1 + (length / frequency) ** 16)
    return scipy.fft.irfftn(scipy.fft.rfftn(volume) * gain, s=volume.shape).astype(np.float32)


def _white(particle, seed):
    grains = np.random.default_rng(seed).normal(size=particle[0].shape)
    return (8 * particle[0] + grains).astype(np.float32)


@pytest.mark.parametrize("frequency", [0.2, 0.25, 0.35])
def test_low_passed_isotropic_noise_beside_a_strong_particle_is_not_rejected(particle, frequency):
    """Masked after the filter: the window smears what it leaves of the particle to fine shells."""
    p_values = []
    for seed in range(4):
        filtered = _low_passed(_white(particle, seed), frequency)
        for volume in (filtered, filtered * (RADIUS <= 22)):
            try:
                region = noise_of_solvent(volume, particle[1])
                p_values.append(isotropy(volume, region).p_value)
            except ValueError:
                continue
    # The unmasked maps at least are tested; 99.9 % of binomial counts at 5 %.
    assert len(p_values) >= 4
    assert np.count_nonzero(np.array(p_values) < 0.05) <= 2 and min(p_values) > 1e-4


@pytest.fixture(scope="module")
def preferred(particle):
    made = simulate(particle[0], Imaging(500, Views(4.0, axis=(1.0, 0.4, 1.0)), 1.0, seed=3))
    true = coverage_of_views(views_of(made.orientations), AXES.vectors)
    return made.map, true / true.mean()


@pytest.mark.parametrize("radius, empty", [(25, 0.6), (24, 0.65)])
def test_noise_inside_a_spherical_mask_shows_the_views(particle, preferred, radius, empty):
    """However large the empty part of the box is."""
    volume, true = preferred
    masked = volume * (radius >= RADIUS)
    assert np.mean(masked == 0) > empty
    found = diagnose(masked, particle[1], 2.0, AXES, 30.0, images=500, symmetry="C1")
    assert found.no_noise is None and found.isotropy.rejected
    assert found.views.kind == "preferred"
    assert spearmanr(found.views.coverage, true)[0] > 0.9


def _sphere(volume, mask):
    return volume * (RADIUS <= 16)


def _tight(volume, mask):
    return volume * soft_mask(mask, 5.0)


def _coarse_and_masked(volume, mask):
    return _low_passed(volume, 0.2) * (RADIUS <= 21)


@pytest.mark.parametrize("treated", [_sphere, _tight, _coarse_and_masked])
def test_views_are_withheld_where_too_little_noise_is_left(particle, preferred, treated):
    volume = treated(preferred[0], particle[1]).astype(np.float32)
    record = diagnose(volume, particle[1], 2.0, AXES, 30.0, symmetry="C1").record()
    assert list(record) == ["noise", "symmetry"]
    assert "half maps" in record["noise"]["sentences"][0]


def test_noise_that_fades_from_the_particle_is_no_noise_of_the_map():
    """Filtered solvent: the reason names that, and no neighbour or membrane."""
    density, mask = blob_particle(64, seed=3)
    volume = noisy_map(density, noise=0.6, seed=1)
    near = binary_dilation(mask, iterations=6)
    damped = np.where(near, volume, gaussian_filter(volume, 2.0))
    with pytest.raises(NoNoiseError, match="becomes weaker away from the particle"):
        noise_of_solvent(damped, mask)
