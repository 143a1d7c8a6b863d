"""The filter against its definition, its invariants, and the truth of simulated maps."""

import numpy as np
import pytest

from monodir_plugin.numerics import Settings
from monodir_plugin.numerics.filtering.filter_bank import filtered, low_rank
from monodir_plugin.numerics.filtering.sharpening import b_factor_of, sharpening_gain, signal_power
from monodir_plugin.numerics.filtering.weights import (
    KINDS,
    FilterWeights,
    filter_weights,
    true_share,
)
from monodir_plugin.numerics.fourier.soft_cone import cone_weight
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.localres.nodes import Nodes
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 24
AXES = AxisSet.icosahedral(46)
BANDS = np.array([0.08, 0.15, 0.25, 0.35, 0.45])


def _everywhere():
    """Nodes and mask of a whole box."""
    mask = np.ones((SIZE,) * 3, bool)
    return Nodes(mask, 3.0), mask


def _weights(values, opening=30.0):
    return FilterWeights(AXES, opening, BANDS, values.astype(np.float32))


def _noise(seed, size=SIZE):
    return np.random.default_rng(seed).normal(size=(size,) * 3).astype(np.float32)


@pytest.mark.parametrize("opening", [10.0, 30.0, 90.0])
def test_weights_of_one_give_the_map_back(opening):
    """In cones that overlap, and in cones of 10 degrees, between which there are gaps."""
    nodes, mask = _everywhere()
    volume = _noise(0)
    found = filtered(volume, _weights(np.ones((len(nodes), 46, 5)), opening), nodes, mask)
    assert np.abs(found - volume).max() < 1e-5 * volume.std()


def test_filter_is_the_sum_over_axes_and_bands():
    """Weights that depend on all three, against every cone and band filtered on its own."""
    nodes, mask = _everywhere()
    z, y, x = nodes.positions / SIZE * 2 * np.pi
    # Three products, so that the table is of low rank and only directions are binned.
    values = (
        0.5
        + 0.2 * np.cos(x)[:, None, None] * (AXES.vectors[:, 2] ** 2)[:, None] * BANDS
        + 0.3 * np.sin(z + y)[:, None, None] * (AXES.vectors[:, 0] ** 2)[:, None] * (BANDS < 0.3)
    )
    volume = _noise(1)
    found = filtered(volume, _weights(values), nodes, mask)

    k = np.fft.fftfreq(SIZE)
    kz, ky, kx = np.meshgrid(k, k, k, indexing="ij")
    radius = np.sqrt(kz**2 + ky**2 + kx**2)
    unit = np.stack([kx, ky, kz], axis=-1) / np.maximum(radius, 1e-9)[..., None]
    angle = np.rad2deg(np.arccos(np.minimum(np.abs(unit @ AXES.vectors.T), 1.0)))
    cones = cone_weight(angle, 30.0)
    # Frequency zero lies in no cone.
    cones[0, 0, 0] = 1
    cones /= cones.sum(axis=-1, keepdims=True)
    spectrum = np.fft.fftn(volume)
    expected = np.zeros(volume.shape)
    gz, gy, gx = np.indices(volume.shape) / SIZE * 2 * np.pi
    for axis in range(46):
        for band in range(5):
            one = np.zeros(5)
            one[band] = 1
            share = cones[..., axis] * np.interp(radius, BANDS, one)
            part = np.fft.ifftn(spectrum * share).real
            weight = 0.5 + 0.2 * np.cos(gx) * AXES.vectors[axis, 2] ** 2 * BANDS[band]
            weight += 0.3 * np.sin(gz + gy) * AXES.vectors[axis, 0] ** 2 * (BANDS[band] < 0.3)
            expected += weight * part
    # Nodes are three voxels apart and interpolated linearly: 5 % of the amplitude of the waves.
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.02 * expected.std()


def test_filter_is_linear_and_keeps_phases():
    nodes, mask = _everywhere()
    values = np.random.default_rng(2).uniform(0.1, 1, (1, 46, 5))
    weights = _weights(np.repeat(values, len(nodes), axis=0))
    first, second = _noise(3), _noise(4)
    both = filtered(2 * first - second, weights, nodes, mask)
    alone = 2 * filtered(first, weights, nodes, mask) - filtered(second, weights, nodes, mask)
    np.testing.assert_allclose(both, alone, atol=1e-5)
    ratio = np.fft.rfftn(filtered(first, weights, nodes, mask)) / np.fft.rfftn(first)
    # Of planes where a coefficient is its own conjugate at Nyquist, the sign of an axis is open.
    inner = ratio[1 : SIZE // 2, 1 : SIZE // 2, 1 : SIZE // 2]
    assert np.abs(inner.imag).max() < 1e-4 and inner.real.min() > 0.09


def test_a_table_of_low_rank_is_found_exactly():
    rng = np.random.default_rng(5)
    values = np.einsum("kn,kab->nab", rng.normal(size=(3, 200)), rng.normal(size=(3, 46, 5)))
    space, fourier = low_rank(values.astype(np.float32))
    assert len(space) == 3
    np.testing.assert_allclose(np.einsum("kn,kab->nab", space, fourier), values, atol=1e-4)


def test_true_share_is_what_noise_does_not_explain():
    assert true_share(2.0, 0.5) == 0.75
    assert true_share(1.0, 3.0) == 0.0
    assert true_share(0.0, 0.0) == 0.0


def test_noise_alone_comes_out_empty():
    """From half maps without a particle hardly any power is left."""
    first, second = _noise(6, 48), _noise(7, 48)
    mask = distance_map(48) < 13
    mean, difference = (first + second) / 2, (first - second) / 2
    problem = prepare(mean, mask, 2.0, noise_map=difference).problem
    found = filtered(_noise(8, 48), filter_weights(problem), problem.nodes, mask)
    assert np.mean(found[mask] ** 2) < 0.01


@pytest.mark.parametrize("kind", ["isotropic", "directional"])
def test_noise_that_ends_at_nyquist_comes_out_empty(kind):
    """As of a reconstruction: windows of the noise's power spread the last shell beyond Nyquist."""
    k = np.fft.fftfreq(48)
    within = k[:, None, None] ** 2 + k[None, :, None] ** 2 + np.fft.rfftfreq(48) ** 2 < 0.25

    def noise(seed):
        return np.fft.irfftn(np.fft.rfftn(_noise(seed, 48)) * within, s=(48,) * 3)

    first, second, third = (noise(seed) for seed in (16, 17, 18))
    mask = distance_map(48) < 13
    problem = prepare((first + second) / 2, mask, 2.0, noise_map=(first - second) / 2).problem
    found = filtered(third, filter_weights(problem, kind), problem.nodes, mask)
    assert np.mean(found[mask] ** 2) < 0.01 * np.mean(third[mask] ** 2)


@pytest.fixture(scope="module")
def experiment():
    """Half maps of a particle seen mostly along z, the truth, and noise of another realisation."""
    particle, mask = blob_particle(56, seed=3)
    options = {"noise": 1.0, "concentration": 6.0}
    halves = [noisy_map(particle, seed=seed, **options) for seed in (11, 12)]
    truth = noisy_map(particle, noise=0.0, concentration=6.0, seed=0)
    third = noisy_map(particle, noise=1.0 / np.sqrt(2), concentration=6.0, seed=13)
    return halves, truth, third, mask >= 0.5


def test_directional_weights_come_closest_to_the_truth(experiment):
    """On a map whose noise no weight knows; the same order as in the study."""
    (first, second), truth, third, mask = experiment
    problem = prepare(
        (first + second) / 2, mask, 2.0, Settings(), noise_map=(first - second) / 2
    ).problem
    error = {}
    for kind in KINDS:
        found = filtered(third, filter_weights(problem, kind), problem.nodes, mask)
        error[kind] = np.mean((found - truth)[mask] ** 2)
    assert error["directional"] < 0.97 * error["isotropic"]
    assert error["directional"] < 0.97 * error["global"]
    assert error["global"] < 0.8 * np.mean((third - truth)[mask] ** 2)


def test_b_factor_is_found_and_undone():
    frequency = np.linspace(0, 0.25, 101)
    signal = np.exp(-2 * 90.0 * frequency**2 / 4)
    assert b_factor_of(signal_power(2 * signal, np.ones(101)), frequency, 4.5) == pytest.approx(90)
    gain = sharpening_gain(90.0, frequency, 4.5)
    inside = frequency < 1 / 4.5
    np.testing.assert_allclose((gain * np.sqrt(signal))[inside], 1.0)
    assert (gain[~inside] == gain[~inside][0]).all()
    with pytest.raises(ValueError, match="no B-factor can be fitted"):
        b_factor_of(signal, frequency, 9.9)
