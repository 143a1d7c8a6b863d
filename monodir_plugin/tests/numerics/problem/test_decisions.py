"""Numbers and sentences on the decisions before the measurement."""

import numpy as np
import pytest

from monodir_plugin.numerics import PRESETS, AxisSet
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.problem.decisions import (
    Decisions,
    axes_decisions,
    box_decisions,
    frequency_decisions,
    low_pass_decisions,
    solvent_decisions,
)
from monodir_plugin.numerics.solvent.region import Solvent
from monodir_plugin.tests.fixtures.maps import particle, sample


def test_decisions_are_joined_in_order():
    joined = Decisions({"a": 1}, ["one"], ["x"]) + Decisions({"b": 2}, ["two"], ["y"])
    assert list(joined.facts.items()) == [("a", 1), ("b", 2)]
    assert (joined.notes, joined.warnings) == (["one", "two"], ["x", "y"])


def test_a_box_that_is_cut_has_a_note():
    assert box_decisions(64, 64) == Decisions({"working_box_px": 64})
    assert box_decisions(96, 120).notes == [
        "box: the middle 96 of 120 voxels hold the particle and enough solvent"
    ]


def test_solvent_and_zeros_are_counted():
    volume = np.ones((10, 10, 10), np.float32)
    volume[:6] = 0
    region = np.zeros(volume.shape, bool)
    region[0, :4] = True
    found = solvent_decisions(Solvent(region, 4.0, 3.0), volume, 40, None)
    assert found.facts["noise_region"]["voxels"] == 40
    assert found.notes == [
        "noise: 40 voxels of solvent up to a radius of 3 voxels",
        "the map was masked by a sphere of 4 voxels",
    ]
    # Of a masked map a larger box would hold no more noise.
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith("60 % of the map is exactly zero")
    found = solvent_decisions(Solvent(region, 4.0, 3.0), volume + 1, 40, None)
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith("100 % of the solvent has the lowest value of the map, 1:")
    volume[region] = np.linspace(0.01, 0.1, 40)
    found = solvent_decisions(Solvent(region, 4.0, 3.0), volume + 1, 40, None)
    assert found.warnings[0].startswith("only 4.0 % of the box is solvent")
    found = solvent_decisions(Solvent(region, 4.0, 3.0, fades=True), volume + 1, 40, None)
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith("the noise of the solvent becomes weaker")
    # The user chose the radius, there is enough solvent, and few voxels are zero.
    volume += np.linspace(0, 0.1, volume.size, dtype=np.float32).reshape(volume.shape)
    enough = solvent_decisions(Solvent(~region, 4.0, 3.0), volume + 1, 40, 4.0)
    assert len(enough.notes) == 1 and not enough.warnings


def test_consequence_of_a_low_pass_depends_on_the_finest_frequency():
    assert low_pass_decisions(None, 0.49, 1.0) == Decisions()
    for finest, words in ((0.25, "nothing finer is reported"), (0.49, "of this preset mean not")):
        found = low_pass_decisions(0.25, finest, 1.5)
        assert found.facts == {"end_of_information_A": 6.0}
        assert "no information finer than 6.00 Å" in found.warnings[0]
        assert words in found.warnings[0]


def test_few_frequencies_are_a_warning():
    grid = np.array([0.1, 0.2, 0.25, 0.4, 0.5])
    found = frequency_decisions(grid, 2.0)
    assert found.facts["frequencies_A"] == pytest.approx([20, 10, 8, 5, 4])
    assert found.notes == ["frequencies: 5, from 20.00 to 4.00 Å"] and not found.warnings
    assert "only 4 frequencies lie between" in frequency_decisions(grid[1:], 2.0).warnings[0]


def test_axes_without_data_are_named_or_counted():
    axes = AxisSet.icosahedral(46)
    with_data = np.ones(46, bool)
    assert axes_decisions(axes, with_data) == Decisions()
    with_data[0] = False
    assert axes_decisions(axes, with_data).warnings == [
        "the map holds no data along the axes rot 0 tilt 0: no voxel is resolved there"
    ]
    with_data[:7] = False
    assert "along 7 of 46 axes:" in axes_decisions(axes, with_data).warnings[0]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_problem_without_spectra_keeps_what_was_decided(preset):
    prepared = prepare(sample(), particle(32)[1], 1.5, preset=PRESETS[preset])
    left = prepared.without_spectra()
    assert (left.facts, left.notes) == (prepared.facts, prepared.notes)
    np.testing.assert_array_equal(left.problem.frequencies, prepared.problem.frequencies)
    expected = 1.5 / prepared.problem.frequencies
    np.testing.assert_allclose(prepared.facts["frequencies_A"], expected)
