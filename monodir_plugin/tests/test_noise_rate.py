"""On noise alone a rung is passed as often as the significance says."""

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.numerics import AxisSet, Settings, analyse
from monodir_plugin.numerics.amplitude import coned_amplitude
from monodir_plugin.numerics.cone import half_cone
from monodir_plugin.numerics.interpolation import at_voxels
from monodir_plugin.numerics.noise_tails import CHANCES, quantiles_of
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.scratch import Scratch
from monodir_plugin.tests.dense_oracle import lattice, radius_of

SIZE, SEEDS = 48, 20


def _noise(seed, coloured):
    noise = np.random.default_rng(seed).normal(size=(SIZE,) * 3)
    if not coloured:
        return noise
    square = sum(k**2 for k in lattice(SIZE))
    return scipy.fft.irfftn(scipy.fft.rfftn(noise) * np.exp(-8 * square), s=noise.shape)


def _passing(volume, mask, rungs):
    """Share of the cells that pass each rung, over all axes."""
    problem = prepare(volume, mask, 1.5, Settings(directions=46)).problem
    everyone = np.arange(len(problem.voxels), dtype=np.int32)
    out = np.zeros((46, len(rungs)))
    scratch = Scratch()
    for i, axis in enumerate(AxisSet.icosahedral(46)):
        cone = half_cone(problem.spectrum, axis, 15.0, corners=False)
        noise = problem.noise.along(axis)
        for j, rung in enumerate(rungs):
            lines = coned_amplitude(cone, problem.filters, rung, problem.fade, scratch)
            values = at_voxels(lines, problem.voxels, everyone, scratch)
            out[i, j] = np.mean(values > noise.tails(rung, lines, scratch).quantile(0.95))
    return out.mean(axis=0)


@pytest.mark.parametrize("coloured", [False, True])
def test_five_per_cent_of_the_cells_pass_every_rung(coloured):
    mask = radius_of(SIZE) < 0.27 * SIZE
    ladder = prepare(_noise(0, coloured), mask, 1.5).problem.filters.ladder
    rungs = range(0, len(ladder), 3)
    rates = [_passing(_noise(seed, coloured), mask, rungs) for seed in range(SEEDS)]
    np.testing.assert_allclose(np.mean(rates, axis=0), 0.05, atol=0.01)


def test_of_noise_alone_hardly_a_cell_is_resolved():
    # Where there is nothing to discover, the step-up rule makes a discovery with at most the
    # chance of its rate, for each axis and rung: one axis in 200.
    mask = radius_of(64) < 17
    noise = np.random.default_rng(1).normal(size=(64,) * 3)
    found = analyse(noise, mask, 1.5, Settings(directions=46))
    assert found.table.unresolved_share() > 0.99
    # Tested cell by cell, one in twenty passes the first rung, and others get a second chance.
    cells = Settings(directions=46, control="cells", significance=0.95)
    assert 0.95 > analyse(noise, mask, 1.5, cells).table.unresolved_share() > 0.8


@pytest.mark.parametrize("count", [20, 101, 5000, 100_000])
def test_quantiles_are_those_of_numpy(count):
    # Amplitudes that were low-passed may fall a little below zero.
    values = np.random.default_rng(count).gamma(2.0, size=count).astype(np.float32) - 0.05
    for sample in (values, np.repeat(values[:4], 5), np.full(7, 2.0, np.float32)):
        exact = np.quantile(sample.astype(np.float64), 1 - CHANCES)
        np.testing.assert_allclose(quantiles_of(sample, 1 - CHANCES), exact, rtol=1e-12)
