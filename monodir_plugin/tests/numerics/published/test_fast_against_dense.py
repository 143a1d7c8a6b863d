"""The fast evaluation against the exact dense one."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.numerics import PUBLISHED, AxisSet, Settings
from monodir_plugin.numerics.fourier.soft_cone import half_space, soft_cone
from monodir_plugin.numerics.localres.local_power import (
    independent_of,
    local_power,
    local_power_without_cone,
)
from monodir_plugin.numerics.localres.nodes import Nodes
from monodir_plugin.numerics.localres.signal_to_noise import SPREAD, measured_without_cone
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.parallel.buffers import Scratch
from monodir_plugin.numerics.problem.sequential_test import SequentialTest
from monodir_plugin.numerics.published.amplitude_test import codes_along
from monodir_plugin.numerics.published.coned_amplitude import coned_amplitude
from monodir_plugin.numerics.published.hard_cone import half_cone
from monodir_plugin.numerics.published.voxel_interpolation import at_voxels
from monodir_plugin.numerics.reduction.table import decode
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.tests.fixtures.dense_oracle import (
    BandsToMeasure,
    at_points,
    dense_amplitude,
    dense_local_power,
    dense_rule,
    independent_values,
    near_axis,
    windowed,
)
from monodir_plugin.tests.fixtures.maps import half_maps

SIZE = 48
AXES = AxisSet.icosahedral(81).vectors[[0, 7, 22, 40, 63, 80]]
#: The transform of the window is cut off at three deviations, and coarse grids have aliases.
MOST_OFF, OFF = 0.025, 0.005


@pytest.fixture(scope="module")
def pair():
    """Mean and half of the difference of half maps, and a mask."""
    particle, mask = blob_particle(SIZE, seed=1)
    return (*half_maps(particle, 0, 0.5), mask)


@pytest.fixture(scope="module")
def problem(pair):
    volume, noise, mask = pair
    return prepare(volume, mask, 1.5, noise_map=noise).problem


@pytest.fixture(scope="module")
def white(problem):
    """The map that is measured."""
    return scipy.fft.irfftn(problem.spectrum.astype(complex), s=(SIZE,) * 3)


def _at_nodes(nodes, values):
    """Values of a box at the nodes."""
    box = at_points(values, np.arange(nodes.points) * nodes.size / nodes.points)
    return box[np.ix_(nodes.planes, nodes.rows)].ravel()[nodes.place]


def _everywhere(nodes, lines):
    return nodes.values(lines, np.arange(len(nodes), dtype=np.int32), Scratch()).copy()


def _compare(found, exact):
    off = np.abs(found - exact) / exact.mean()
    assert off.max() < MOST_OFF
    assert np.sqrt(np.mean(off**2)) < OFF
    assert np.mean(found) == pytest.approx(np.mean(exact), rel=0.002)


@pytest.mark.parametrize("opening", [30.0, 60.0, 90.0])
@pytest.mark.parametrize("axis", [0, 2, 4])
def test_local_power_is_that_of_the_dense_evaluation(problem, white, axis, opening):
    bands, nodes = problem.bands, problem.nodes
    cone = soft_cone(SIZE, AXES[axis], opening)
    values = cone.values(problem.spectrum)
    for band in (0, 1, len(bands) // 2, len(bands) - 3, len(bands) - 1):
        found = _everywhere(nodes, local_power(cone, values, bands, band, Scratch(), nodes))
        shape = bands.centre[band], bands.half_width[band]
        exact = dense_local_power(white, AXES[axis], opening, *shape, bands.window)
        _compare(found, _at_nodes(nodes, exact))


def test_local_power_without_a_cone_is_that_of_the_dense_evaluation(problem, white):
    bands, nodes = problem.bands, problem.nodes
    space = half_space(SIZE)
    values = space.values(problem.spectrum)
    values[space.x == 0] *= 2
    for band in range(0, len(bands), 2):
        lines = local_power_without_cone(space, values, bands, band, Scratch(), nodes)
        shape = bands.centre[band], bands.half_width[band]
        exact = dense_local_power(white, None, 0.0, *shape, bands.window)
        _compare(_everywhere(nodes, lines), _at_nodes(nodes, exact))


def test_a_plane_wave_has_the_square_of_twice_its_half_amplitude_everywhere():
    # cos(k r) at the middle of the band and on the axis: |2 * 1/2|² = 1, without a cone 4 * 1/2.
    x = np.arange(SIZE) / SIZE
    wave = np.broadcast_to(np.cos(2 * np.pi * 12 * x)[None, None, :], (SIZE,) * 3)
    volume, noise = half_maps(np.zeros((SIZE,) * 3), 0)
    problem = prepare(volume, np.ones(volume.shape, bool), 1.5, noise_map=noise).problem
    band = int(np.abs(problem.bands.centre - 0.25).argmin())
    grid = problem.bands.centre.copy()
    grid[band] = 0.25
    tables = list(problem.bands.band_tables)
    tables[band] = np.ones_like(tables[band])
    bands = replace(problem.bands, centre=grid, band_tables=tables)
    spectrum = scipy.fft.rfftn(wave).astype(np.complex64)
    cone, space = soft_cone(SIZE, np.array([1.0, 0, 0]), 30.0), half_space(SIZE)
    args = bands, band, Scratch(), problem.nodes
    found = _everywhere(problem.nodes, local_power(cone, cone.values(spectrum), *args))
    np.testing.assert_allclose(found, 1.0, rtol=1e-4)
    without = local_power_without_cone(space, space.values(spectrum), *args)
    found = _everywhere(problem.nodes, without)
    assert found.mean() == pytest.approx(2.0, rel=0.01)
    np.testing.assert_allclose(found, 2.0, rtol=0.02)


def test_the_mean_over_the_box_is_the_sum_of_squared_moduli(problem):
    bands = problem.bands
    nodes = Nodes(np.ones((SIZE,) * 3, bool), problem.nodes.size / problem.nodes.points)
    cone = soft_cone(SIZE, AXES[2], 30.0)
    values = cone.values(problem.spectrum)
    for band in range(len(bands)):
        found = _everywhere(nodes, local_power(cone, values, bands, band, Scratch(), nodes))
        table = bands.band_tables[band]
        weights = table[np.minimum(cone.squares, len(table) - 1)].astype(float)
        exact = 4 / SIZE**6 * np.sum(np.abs(values * weights) ** 2)
        assert found.mean(dtype=float) == pytest.approx(exact, rel=1e-4)


def test_the_number_of_independent_values_is_that_of_the_dense_autocorrelation(problem):
    bands = problem.bands
    found = independent_of(bands, 30.0)
    exact = [
        independent_values(SIZE, np.array([0.0, 0, 1]), 30.0, f, h, bands.window)
        for f, h in zip(bands.centre, bands.half_width)
    ]
    # Nyquist cuts the last bands, for which the function does not account.
    np.testing.assert_allclose(found[:-1], exact[:-1], rtol=0.01)
    assert found[-1] == pytest.approx(exact[-1], rel=0.05)


def test_the_average_over_a_window_of_noise_varies_as_the_number_of_independent_values_says():
    frequency, half_width, window = 0.25, 0.06, 2.8
    ratios = []
    for seed in range(6):
        noise = np.random.default_rng(seed).normal(size=(SIZE,) * 3)
        power = dense_local_power(noise, AXES[2], 30.0, frequency, half_width, window)
        ratios.append(power.mean() ** 2 / power.var())
    number = independent_values(SIZE, AXES[2], 30.0, frequency, half_width, window)
    assert np.mean(ratios) == pytest.approx(number, rel=0.06)


def test_resolutions_are_those_of_the_dense_rule(pair):
    """Measured at every voxel, not at nodes; and as the default does, at nodes.

    Between nodes of different histories a voxel takes their mean, where the dense rule decides
    for one of them.  The dense rule knows the noise inside the mask only: what surrounds it is
    excluded.
    """
    volume, noise, mask = pair
    problem = prepare(volume, mask, 1.5, noise_map=noise, exclude=~mask).problem
    bands = problem.bands
    stated = BandsToMeasure(
        bands.centre, bands.half_width, bands.frequency, bands.window, 30.0, problem.counted_from
    )
    axes = AxisSet(AXES[1:5])
    exact = dense_rule(volume, noise, mask, axes.vectors, stated, problem.criterion, SPREAD)
    found = _measured(problem, axes)
    off = np.abs(found - exact)
    assert np.median(off) < 0.004
    assert np.mean(off < 0.01) > 0.75
    assert abs(np.mean(found - exact)) < 0.005
    assert np.corrcoef(found.ravel(), exact.ravel())[0, 1] > 0.94
    off = np.abs(_measured(_with_nodes(problem, mask, 1.0), axes) - exact)
    assert np.median(off) < 0.001
    assert np.mean(off < 0.01) > 0.97


@pytest.mark.parametrize("halves", [True, False])
def test_nodes_change_little(pair, halves):
    """Median of |difference| over R, of nodes 0.8 windows apart and one voxel apart."""
    volume, noise, mask = pair
    problem = prepare(volume, mask, 1.5, noise_map=noise if halves else None).problem
    axes = AxisSet(AXES)
    found = _measured(problem, axes)
    exact = _measured(_with_nodes(problem, mask, 1.0), axes)
    resolved = (found > 0) & (exact > 0)
    assert resolved.mean() > 0.95
    off = np.abs(found - exact)[resolved] / exact[resolved]
    assert np.median(off) < 0.012
    assert np.median(found) == pytest.approx(np.median(exact), rel=0.02)


def _measured(problem, axes):
    rows = dict(problem.rows(axes, 1))
    return np.array([decode(rows[row]) for row in range(len(axes))])


def _with_nodes(problem, mask, spacing):
    """The problem with other nodes."""
    nodes = Nodes(mask, spacing)
    found = measured_without_cone(
        problem.spectrum,
        problem.noise,
        nodes,
        problem.bands,
        problem.criterion,
        problem.counted_from,
    )
    return replace(problem, nodes=nodes, without_cone=found)


def test_the_window_is_a_gaussian_of_its_deviation():
    point = np.zeros((32,) * 3)
    point[16, 16, 16] = 1
    found = windowed(point, 2.0)
    r2 = np.arange(-16, 16) ** 2
    exact = np.exp(-r2 / 8) / (2.0 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(found[16, 16], exact * exact[16] ** 2, atol=1e-8)


# The published preset.

PUBLISHED_SIZE = 64


@pytest.fixture(scope="module")
def phantom():
    particle, mask = blob_particle(PUBLISHED_SIZE, seed=1)
    return noisy_map(particle, noise=0.5, seed=1), mask


@pytest.fixture(scope="module")
def published(phantom):
    return prepare(*phantom, 1.5, preset=PUBLISHED).problem


def _fast(problem, axis, index):
    """Values at the voxels, and the sample of the noise."""
    scratch = Scratch()
    cone = half_cone(problem.spectrum, axis, problem.cone / 2, True)
    lines = coned_amplitude(cone, problem.filters, index, problem.fade, scratch)
    everyone = np.arange(len(problem.voxels), dtype=np.int32)
    values = at_voxels(lines, problem.voxels, everyone, scratch)
    return values, problem.noise.for_axis(axis).sample(index, lines, scratch)


def _dense(problem, volume, axis, index, finer=2):
    """Dense amplitude at every voxel.

    In the corners sums of two frequencies have aliases on the full grid: hence the finer one.
    """
    grid = problem.filters.grid
    feet = [
        values[index] for values in (grid.frequency, grid.low_foot, grid.high_edge, grid.high_foot)
    ]
    scaled = (volume - volume.mean()) / volume.std()
    spectrum = scipy.fft.rfftn(scaled.astype(np.float64), workers=2)
    return dense_amplitude(spectrum, axis, feet, True, problem.cone / 2, 7.0, finer)


@pytest.mark.parametrize("axis", AXES)
def test_published_thresholds_agree_with_dense(phantom, published, axis):
    solvent = published.region & near_axis(PUBLISHED_SIZE, axis)
    for index in range(0, len(published.filters.grid), 4):
        noise = np.sort(_dense(published, phantom[0], axis, index)[solvent])
        level = _fast(published, axis, index)[1].quantile(0.95)
        assert level == pytest.approx(noise[int(0.95 * noise.size)], rel=0.02)


def test_published_path_agrees_with_dense(phantom, published):
    volume, mask = phantom
    frequencies = published.filters.grid.frequency
    correlations, found, exact = [], [], []
    for axis in AXES[1::3]:
        test = SequentialTest(int(mask.sum()), 2, False)
        for index, frequency in enumerate(frequencies):
            amplitude = _dense(published, volume, axis, index)[mask]
            values, noise = _fast(published, axis, index)
            correlations.append(np.corrcoef(values, amplitude)[0, 1])
            running = amplitude[test.running].astype(np.float32)
            test.step(running, noise.quantile(published.significance), float(frequency))
        exact.append(1 / np.maximum(test.frequency, frequencies[0]))
        codes = codes_along(published, axis, Scratch())
        found.append(1 / np.maximum(decode(codes), frequencies[0]))
    # Also at the finest frequencies, whose bands are thin slabs.
    assert len(correlations) == 2 * len(frequencies)
    assert min(correlations) >= 0.99
    assert np.corrcoef(np.ravel(found), np.ravel(exact))[0, 1] >= 0.985


@pytest.mark.parametrize("cone", [20.0, 45.0, 60.0, 90.0])
def test_mean_amplitude_is_right_for_any_cone(phantom, cone):
    volume, mask = phantom
    problem = prepare(volume, mask, 1.5, Settings(cone=cone), PUBLISHED).problem
    index = len(problem.filters.grid) // 2
    exact = _dense(problem, volume, AXES[2], index)[mask]
    values = _fast(problem, AXES[2], index)[0]
    assert np.corrcoef(values, exact)[0, 1] >= 0.99
    assert np.mean(values) == pytest.approx(np.mean(exact), rel=0.02)
