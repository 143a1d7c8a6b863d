"""Bars along the finest axes: their lattice, directions and values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monodir_plugin.chimerax.bars import bars_text, choose_bars, finest_axes
from monodir_plugin.chimerax.frame import Frame
from monodir_plugin.chimerax.lattice import lattice
from monodir_plugin.chimerax.session import bar_palette

from ..fixtures.result_folders import AXES, BOX, COARSEST, LEFT, RIGHT, SAMPLING


def test_the_lattice_is_the_densest_with_few_enough_points(made):
    for wanted in (10, 100, 400):
        every = lattice(made.mask, wanted)
        counts = []
        for step in (every, every - 1):
            run = slice(BOX // 2 % step, None, step) if step else slice(None)
            counts.append(np.count_nonzero(made.mask[run, run, run]))
        assert counts[0] <= wanted
        assert every == 1 or counts[1] > wanted


def test_axes_of_bars_do_not_depend_on_chance():
    # A broad optimum about one axis against a lone fine value far from it.
    near = AXES.angles_to(AXES.vectors[LEFT])
    frequency = 0.05 + 0.05 * np.exp(-0.5 * (near / 30.0) ** 2)
    lone = int(np.argmax(near))
    frequency[lone] = frequency.max() * 1.05
    assert np.argmax(frequency) == lone
    np.testing.assert_array_equal(finest_axes(frequency[None], AXES)[0], AXES.vectors[LEFT])


def test_bars_state_highest_and_lowest(made, results):
    table, reduced = results.read_table(), made.analysis.reduced
    bars = choose_bars(table, results.volumes["highest"], results.volumes["lowest"], wanted=50)
    assert 10 < len(bars.voxels) <= 50
    x, y, z = bars.voxels.T
    rows = np.searchsorted(table.indices, np.ravel_multi_index((z, y, x), table.shape))
    np.testing.assert_array_equal(bars.highest, reduced.highest[rows])
    np.testing.assert_array_equal(bars.lowest, reduced.lowest[rows])
    assert (bars.lowest <= COARSEST + 1e-3).all()
    assert ((bars.voxels - BOX // 2) % bars.every == 0).all()


def test_axes_without_data_are_never_the_finest_and_limits_are_marked(results):
    """The finest axis of all voxels has no data; along a third of the voxels some axes fail."""
    table = results.read_table()
    with_data = np.arange(len(AXES)) != RIGHT
    codes = np.where(with_data[:, None], table.codes, 0)
    some = replace(table, codes=codes, with_data=with_data)
    lowest = np.where(np.arange(BOX) % 3 == 0, COARSEST, results.volumes["lowest"])
    lowest = lowest.astype(np.float32)
    bars = choose_bars(some, results.volumes["highest"], lowest)
    right = bars.voxels[:, 0] >= BOX // 2
    assert right.any() and not right.all()
    assert (np.abs(bars.vectors[right] @ AXES.vectors[RIGHT]) < 0.999).all()
    assert (np.abs(bars.vectors[~right] @ AXES.vectors[LEFT]) > 0.999).all()
    assert np.array_equal(bars.unresolved, bars.lowest >= COARSEST * (1 - 1e-4))
    assert bars.unresolved[bars.voxels[:, 0] % 3 == 0].all() and not bars.unresolved.all()
    top = np.percentile(bars.difference[~bars.unresolved], 98)
    assert bar_palette(bars).limits == pytest.approx((0.0, top))
    text = bars_text(bars, Frame((0.0,) * 3, (SAMPLING,) * 3), bar_palette(bars))
    assert text.count("Å, lowest not resolved") == bars.unresolved.sum()


def test_voxels_without_a_finest_axis_get_no_bar(results):
    table = results.read_table()
    flat = np.full(table.shape, 9.0)
    assert len(choose_bars(table, flat, flat).voxels) == 0
