"""Reductions, the frequency grid, the sequential test and curves, on small hand-made cases."""

import numpy as np
import pytest

from monodir_plugin.numerics import DEFAULT, PUBLISHED, AxisSet, ResolutionTable
from monodir_plugin.numerics.fourier.frequency_limits import default_coarsest
from monodir_plugin.numerics.fourier.lowpass_detection import filter_edge
from monodir_plugin.numerics.geometry.grid import box_centre, distances_from, voxel_positions
from monodir_plugin.numerics.geometry.hull import ends_of_rows, largest_sphere_in_hull
from monodir_plugin.numerics.problem.sequential_test import UNRESOLVED, SequentialTest
from monodir_plugin.numerics.published.xmipp_compat import authors_frequency_grid, drop_outliers
from monodir_plugin.numerics.reduction.profiles import radial_profile
from monodir_plugin.numerics.reduction.reductions import reduce_table
from monodir_plugin.numerics.reduction.table import decode, encode

SAMPLING = 1.5
AXES = AxisSet.icosahedral(81)


def _table(resolutions, positions):
    """A table of given resolutions in Å, (voxels, axes), at voxels x, y, z of a box of 16."""
    x, y, z = np.array(positions).T
    indices = np.ravel_multi_index((z, y, x), (16, 16, 16))
    assert np.all(np.diff(indices) > 0)
    frequency = np.where(np.isinf(resolutions), 0.0, SAMPLING / np.array(resolutions))
    return ResolutionTable(
        encode(frequency.T),
        AXES,
        indices,
        (16, 16, 16),
        SAMPLING,
        np.array([0.075, 0.49]),
        np.ones(len(AXES), bool),
    )


def test_percentiles_adr_and_anisotropy():
    values = np.linspace(4, 12, 81)
    table = _table([np.random.default_rng(0).permutation(values)], [(8, 8, 8)])
    found = reduce_table(table, DEFAULT.rules, box_centre(16))
    np.testing.assert_allclose(found.highest, np.percentile(values, 5), rtol=2e-4)
    np.testing.assert_allclose(found.lowest, np.percentile(values, 95), rtol=2e-4)
    np.testing.assert_allclose(found.adr, 8.0, rtol=2e-4)
    half = (np.percentile(values, 83) - np.percentile(values, 17)) / 2
    np.testing.assert_allclose(found.anisotropy, half, rtol=1e-3)


def test_pairs_that_are_not_resolved_take_the_coarse_limit_and_are_counted():
    values = np.full((1, 81), 5.0)
    values[0, :9] = np.inf
    table = _table(values, [(8, 8, 8)])
    found = reduce_table(table, DEFAULT.rules, box_centre(16))
    assert table.coarsest == pytest.approx(20.0)
    assert table.unresolved_share() == pytest.approx(9 / 81)
    np.testing.assert_allclose(found.lowest, 20.0, rtol=1e-4)
    # An axis along which most voxels are not resolved has no resolution.
    along = table.axis_resolution()
    assert np.isnan(along[:9]).all()
    np.testing.assert_allclose(along[9:], 5.0, rtol=1e-4)


def test_every_resolved_voxel_counts_one_split_over_the_axes_that_reach_its_highest():
    values = np.full((3, 81), 10.0)
    values[0, 7] = 4.0  # one axis alone is finer than the fifth percentile
    values[1, [3, 5, 9, 11, 13, 15]] = 4.0  # six axes reach it together
    values[2] = np.inf  # not resolved at all: no count
    table = _table(values, [(8, 8, 8), (9, 8, 8), (10, 8, 8)])
    counts = reduce_table(table, DEFAULT.rules, box_centre(16)).counts
    assert counts.sum() == pytest.approx(2.0)
    # In the first voxel the percentile is 10 Å, which all 81 reach.
    assert counts[3] == pytest.approx(1 / 6 + 1 / 81)
    assert counts[15] == pytest.approx(1 / 6 + 1 / 81)
    assert counts[7] == pytest.approx(1 / 81)


def test_radial_and_tangential_take_the_axes_along_and_across_the_radial_direction():
    # R is 4 Å along x and 12 Å across it, at voxels on the axes x, y and z of the centre.
    cosine2 = AXES.vectors[:, 0] ** 2
    values = np.tile(12 - 8 * cosine2, (3, 1))
    table = _table(values, [(13, 8, 8), (8, 13, 8), (8, 8, 13)])
    found = reduce_table(table, DEFAULT.rules, box_centre(16))
    # The radial direction is x, or perpendicular to x: across it the mean of cos² is then 1/2.
    np.testing.assert_allclose(found.radial, [4.0, 12.0, 12.0], atol=0.6)
    np.testing.assert_allclose(found.tangential, [12.0, 8.0, 8.0], atol=0.6)


def test_at_the_centre_radial_and_tangential_are_the_mean_over_all_axes():
    values = np.linspace(4, 12, 81)[None]
    found = reduce_table(_table(values, [(8, 8, 8)]), DEFAULT.rules, box_centre(16))
    np.testing.assert_allclose([found.radial, found.tangential], 8.0, rtol=1e-3)


def test_published_rules_on_a_case_worked_by_hand():
    # All axes at 6 Å but one lone fine axis: its points lie far from its neighbours'.
    values = np.full((1, 81), 6.0)
    values[0, 40] = 3.5
    keep = drop_outliers(values, AXES)
    assert not keep[0, 40]
    assert keep.sum() >= 81 - 7  # it, and at most its neighbours
    table = _table(values, [(8, 8, 8)])
    found = reduce_table(table, PUBLISHED.rules, box_centre(16))
    np.testing.assert_allclose(found.highest, 6.0, rtol=1e-4)
    assert found.counts[40] == 0
    assert found.counts.sum() == keep.sum()


def test_codes_keep_resolution_to_a_thousandth():
    frequency = np.linspace(0.04, 0.49, 1000)
    np.testing.assert_allclose(decode(encode(frequency)), frequency, rtol=1e-4)
    assert decode(encode(0.0)) == 0


GRID = [0.1, 0.2, 0.3, 0.4]


def _tested(
    amplitudes, interpolate, threshold=1.0, failures=2, counts=(True,) * 4, frequencies=GRID
):
    amplitudes = np.array(amplitudes, np.float32)
    test = SequentialTest(len(amplitudes), failures, interpolate)
    for j, frequency in enumerate(frequencies):
        test.step(
            amplitudes[test.running, j] * np.float32(threshold), threshold, frequency, counts[j]
        )
    return test


def test_a_voxel_is_decided_by_two_failures_in_a_row_with_the_last_frequency_passed():
    amplitudes = [
        [2.0, 1.5, 0.5, 0.5],
        [0.5, 2.0, 0.5, 2.0],  # single failures do not count
        [0.5, 0.5, 9.0, 9.0],  # two failures before the first pass
        [2.0, 2.0, 2.0, 2.0],  # passes all
        [2.0, 1.0, 1.0, 2.0],  # the threshold itself is no pass
        [2.0, 0.1, 1.1, 0.1],  # however little a pass exceeds it
    ]
    test = _tested(amplitudes, False)
    np.testing.assert_allclose(test.frequency, [0.2, 0.4, UNRESOLVED, 0.4, 0.1, 0.3], rtol=1e-6)
    np.testing.assert_array_equal(test.running, [1, 3, 5])
    np.testing.assert_allclose(_tested(amplitudes, False, 7.0).frequency, test.frequency)


def test_crossings_are_interpolated_and_failures_only_made_good_by_as_much_as_they_missed():
    amplitudes = [
        [2.0, 1.5, 0.5, 0.5],  # crosses 1 half way between 0.2 and 0.3
        [0.5, 2.0, 0.5, 2.0],  # 2 makes good a failure of 1/2, twice
        [0.5, 0.5, 9.0, 9.0],
        [2.0, 2.0, 2.0, 2.0],
        [4.0, 0.2, 4.0, 9.0],  # 4 does not make good one of 1/5
        [4.0, 0.2, 5.1, 0.5],  # 5.1 does
        [0.5, 1.5, 3.0, 3.0],  # 1.5 does not for 1/2: nothing was ever passed
        [1.0, 0.9, 1.5, 1.5],  # just not passed, and missed
    ]
    test = _tested(amplitudes, True)
    first, back = 0.1 + 3 / 3.8 * 0.1, 0.3 + 4.1 / 4.6 * 0.1
    expected = [0.25, 0.4, 0.0, 0.4, first, back, 0.0, 0.0]
    np.testing.assert_allclose(test.frequency, expected, rtol=1e-5)
    np.testing.assert_array_equal(test.running, [1, 3, 5])
    np.testing.assert_allclose(_tested(amplitudes, True, 3.0).frequency, expected, rtol=1e-5)


def test_a_failure_before_frequencies_count_only_says_how_coarse():
    counts = (False, False, True, True)
    amplitudes = [
        [0.5, 0.5, 2.5, 2.5],  # two failures that do not count
        [2.0, 0.5, 0.5, 0.5],  # of that at 0.1 and the two that count
        [0.5, 2.0, 2.0, 0.5],
        [0.5, 0.5, 0.5, 0.5],
    ]
    test = _tested(amplitudes, True, counts=counts)
    np.testing.assert_allclose(
        test.frequency, [0.4, 0.1 + 1 / 1.5 * 0.1, 0.3 + 1 / 1.5 * 0.1, 0.0], rtol=1e-5
    )
    # Those that lie before the count begins change nothing finer.
    later = _tested([row[2:] for row in amplitudes[:1]], True, frequencies=GRID[2:])
    assert later.frequency[0] == test.frequency[0]


def test_a_threshold_of_nothing_is_passed_by_none():
    assert not _tested([[0.0] * 4], True, 0.0).frequency.any()


def test_the_result_of_a_voxel_does_not_depend_on_the_others():
    random = np.random.default_rng(0).uniform(0, 2, size=(500, 12)).astype(np.float32)
    frequencies = np.linspace(0.05, 0.45, 12)
    for interpolate in (False, True):
        alone = [
            _tested(row[None], interpolate, frequencies=frequencies, counts=(True,) * 12).frequency[
                0
            ]
            for row in random
        ]
        together = _tested(
            random, interpolate, frequencies=frequencies, counts=(True,) * 12
        ).frequency
        np.testing.assert_array_equal(together, np.array(alone, np.float32))


def test_the_coarse_limit_follows_voxels_and_box():
    assert default_coarsest(256, 1.0) == 20.0
    assert default_coarsest(64, 4.0) == 40.0
    assert default_coarsest(32, 4.0) == pytest.approx(32 * 4 / 6)


def test_authors_frequency_grid_is_that_of_their_outputs():
    # Shells of 96 x 1.2 Å found in what their program wrote.
    shells = [6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 20, 22, 24, 27, 31, 36, 43]
    np.testing.assert_allclose(authors_frequency_grid(96, 1.2).frequency * 96, shells)
    with pytest.raises(ValueError, match="no frequency"):
        authors_frequency_grid(64, 12.0)


def test_a_filters_edge_is_found_and_a_natural_fall_is_not():
    shells = np.arange(121)
    natural = np.exp(-shells / 20.0)  # a factor of 400 over the spectrum, none of it an edge
    assert filter_edge(natural + 1e-6, 5) is None
    filtered = natural * np.where(shells > 70, 1e-4, 1.0)
    assert filter_edge(filtered, 5) == 70
    soft = natural / (1 + (shells / 70.0) ** 40)  # Butterworth, half the power at 70
    assert abs(filter_edge(soft, 5) - 70) <= 4


def test_slopes_are_weighted_means_over_shells():
    rng = np.random.default_rng(0)
    radius = rng.uniform(0, 20, 20000)
    profile = radial_profile(radius, {"map": 3.0 + 0.2 * radius * SAMPLING}, SAMPLING)
    fit = profile.slope("map", 5 * SAMPLING, 18 * SAMPLING)
    assert fit["slope"] == pytest.approx(0.2, abs=2e-3)
    assert fit["intercept"] == pytest.approx(3.0, abs=0.05)
    assert profile.count.sum() == 20000
    np.testing.assert_allclose(profile.std["map"][5:15], 0.2 * SAMPLING / np.sqrt(12), rtol=0.1)
    assert np.isnan(profile.slope("map", 5.0, 6.0)["slope"])


def test_largest_sphere_in_the_hull_of_a_hollow_box():
    size = 21
    shell = np.zeros((size,) * 3, bool)
    shell[4:17, 2:19, 5:16] = True
    shell[6:15, 4:17, 7:14] = False
    positions = voxel_positions(np.flatnonzero(shell), shell.shape)
    # x runs from 5 to 15: five voxels to either side of the centre.
    assert largest_sphere_in_hull(positions, box_centre(size)) == pytest.approx(5.0)
    assert largest_sphere_in_hull(positions, np.array([0.0, 0, 0])) is None


def test_ends_of_rows_have_the_hull_of_all_voxels_and_distances_are_those_of_their_positions():
    mask = np.random.default_rng(4).random((24, 25, 26)) < 0.02
    indices, centre = np.flatnonzero(mask), np.array([12.0, 11.0, 13.0])
    positions = voxel_positions(indices, mask.shape)
    ends = ends_of_rows(indices, mask.shape)
    assert len(ends) < len(positions)
    expected = largest_sphere_in_hull(positions, centre)
    assert largest_sphere_in_hull(ends, centre) == pytest.approx(expected, rel=1e-12)
    found = distances_from(indices, mask.shape, centre)
    np.testing.assert_allclose(found, np.linalg.norm(positions - centre, axis=1), rtol=1e-6)
