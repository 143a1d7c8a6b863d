"""Intervals of medians against the scatter over many draws, and group by group."""

import numpy as np
import pytest

from monodir_plugin.numerics.localres import uncertainty
from monodir_plugin.numerics.localres.uncertainty import median_axis_interval, median_interval

SIDE, BLOCK, AXES, DRAWN = 24, 4, 21, 60


def test_interval_of_the_median_axis_is_that_of_its_scatter():
    """Blocks of voxels vary together and by chance, the same along all axes."""
    rng = np.random.default_rng(2)
    of_axes = np.linspace(0.15, 0.25, AXES)[:, None]
    blocks = np.indices((SIDE,) * 3) // BLOCK
    flat = np.ravel_multi_index(tuple(blocks), (SIDE // BLOCK,) * 3).ravel()
    widths, medians = [], []
    for _ in range(DRAWN):
        field = np.exp(0.2 * rng.normal(size=flat.max() + 1))[flat]
        frequencies = of_axes * field * np.exp(0.05 * rng.normal(size=(AXES, field.size)))
        widths.append(median_axis_interval(frequencies, np.arange(field.size), (SIDE,) * 3, BLOCK))
        medians.append(np.median(np.median(frequencies, axis=1)))
    scatter = np.std(medians) / np.mean(medians)
    # 1.73 standard errors (Student's distribution of 19) hold 90 %.
    assert np.mean(widths) / 1.73 == pytest.approx(scatter, rel=0.3)


def test_axes_that_are_not_resolved_in_most_of_the_mask_do_not_count():
    rng = np.random.default_rng(3)
    frequencies = rng.uniform(0.1, 0.2, (AXES, SIDE**3))
    indices, shape = np.arange(SIDE**3), (SIDE,) * 3
    alone = median_axis_interval(frequencies, indices, shape, BLOCK)
    without = np.vstack([frequencies, np.zeros((AXES, SIDE**3))])
    assert median_axis_interval(without, indices, shape, BLOCK) == alone > 0
    assert np.isnan(median_axis_interval(np.zeros((3, SIDE**3)), indices, shape, BLOCK))


@pytest.mark.parametrize(("side", "groups", "student"), [(6, 8, 1.89), (16, 20, 1.73)])
def test_interval_of_a_median_is_that_of_medians_without_a_group(side, groups, student):
    """Groups are left out one after the other, with the medians of what is left.

    Eight blocks are eight groups; the quantiles are those of Student's distribution of as many
    values less one, from a printed table.
    """
    values = np.random.default_rng(4).normal(size=side**3).astype(np.float32).round(1)
    indices, shape = np.arange(side**3), (side,) * 3
    low, high = median_interval(values, indices, shape, BLOCK)
    group = uncertainty._groups(indices, shape, BLOCK)
    left = [values[group != g] for g in np.unique(group)]
    assert len(left) == groups
    medians = np.array([np.median(part) for part in left])
    error = np.sqrt((len(left) - 1) / len(left) * np.sum((medians - medians.mean()) ** 2))
    assert (low + high) / 2 == pytest.approx(np.median(values), abs=1e-6)
    assert (high - low) / 2 == pytest.approx(student * error, rel=1e-6, abs=1e-7)


def test_no_interval_within_one_block():
    values, indices = np.arange(8.0), np.arange(8)
    assert np.isnan(median_interval(values, indices, (2, 2, 2), BLOCK)).all()
    assert np.isnan(median_axis_interval(values[None] + 1, indices, (2, 2, 2), BLOCK))


@pytest.mark.parametrize("blocks", [2, 4, 12])
def test_intervals_of_few_blocks_hold_the_median_in_nine_of_ten(blocks):
    """Voxels vary about the mean of their block as much as the means do, which are about 0."""
    rng, side = np.random.default_rng(5), 64
    indices, shape, held = np.arange(blocks * side), (1, 1, blocks * side), 0
    for _ in range(400):
        means = rng.normal(size=(blocks, 1))
        low, high = median_interval(
            (means + rng.normal(size=(blocks, side))).ravel(), indices, shape, side
        )
        held += low <= 0 <= high
    assert held / 400 == pytest.approx(0.9, abs=0.05)


def test_the_interval_of_a_median_does_not_leave_the_range_of_the_values():
    """Most voxels are at the finest frequency; blocks of the others widen the interval."""
    values = np.full(64, 3.0)
    values[40:] = np.linspace(3.0, 20.0, 24)
    low, high = median_interval(values, np.arange(64), (1, 1, 64), 32)
    assert low == 3.0 < high <= 20.0
