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


@pytest.mark.parametrize("side", [2, 6, 16])
def test_interval_of_a_median_is_that_of_medians_without_a_group(side):
    """Groups are left out one after the other, with the medians of what is left."""
    values = np.random.default_rng(4).normal(size=side**3).astype(np.float32).round(1)
    indices, shape = np.arange(side**3), (side,) * 3
    low, high = median_interval(values, indices, shape, BLOCK)
    group = uncertainty._groups(indices, shape, BLOCK)
    left = [values[group != g] for g in range(20) if np.any(group != g)]
    medians = np.array([np.median(part) for part in left])
    error = np.sqrt((len(left) - 1) / len(left) * np.sum((medians - medians.mean()) ** 2))
    assert (low + high) / 2 == pytest.approx(np.median(values), abs=1e-6)
    assert (high - low) / 2 == pytest.approx(1.73 * error, rel=1e-6, abs=1e-7)
