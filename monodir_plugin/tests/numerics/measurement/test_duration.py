"""The estimated time of a run: how it grows with boxes, voxels, axes and threads."""

from dataclasses import replace

import numpy as np
import pytest

from monodir_plugin.numerics.measurement.duration import (
    estimated_seconds,
    machine_slowness,
    stage_seconds,
)
from monodir_plugin.numerics.measurement.extent import Extent

EXTENT = Extent(size=128, side=96, voxels=100_000, axes=81, threads=1, diagnosis=False)


def growth(name, **changes):
    """How much longer a stage takes with other sizes."""
    return stage_seconds(replace(EXTENT, **changes))[name] - stage_seconds(EXTENT)[name]


@pytest.mark.parametrize("name", ["files", "preparation"])
def test_stages_of_the_box_grow_with_its_transform(name):
    """Beside a constant, as N³ log N: from 128 to 256 by 8 * 8 / 7, to 512 by 64 * 9 / 7."""
    twice, four_times = growth(name, size=256), growth(name, size=512)
    expected = (64 * 9 / 7 - 1) / (8 * 8 / 7 - 1)
    assert four_times / twice == pytest.approx(expected)


def test_every_axis_costs_the_same():
    """Also the values of its row, so that the time is proportional to the number of axes."""
    few, many = (stage_seconds(replace(EXTENT, axes=axes))["axes"] for axes in (46, 138))
    assert many == pytest.approx(3 * few)


def test_a_diagnosis_adds_its_stages_and_nothing_else():
    plain, full = (stage_seconds(replace(EXTENT, diagnosis=on)) for on in (False, True))
    assert set(full) - set(plain) == {"diagnosis", "tensors", "file of tensors"}
    assert all(full[name] == plain[name] for name in plain)


@pytest.mark.parametrize("preset", ["default", "published"])
def test_threads_divide_a_share_of_every_stage(preset):
    """By Amdahl's law, gains of two and of many threads belong to one share."""
    seconds = [
        stage_seconds(replace(EXTENT, preset=preset, threads=threads, diagnosis=True))
        for threads in (1, 2, 10**9)
    ]
    for name in seconds[0]:
        one, two, many = (found[name] for found in seconds)
        assert many == pytest.approx(2 * two - one, abs=1e-6 * one)
        assert 0 <= many <= two <= one


def test_a_slower_machine_takes_longer():
    assert estimated_seconds(EXTENT, 3.0) == pytest.approx(3 * estimated_seconds(EXTENT))
    assert estimated_seconds(EXTENT) == pytest.approx(sum(stage_seconds(EXTENT).values()))
    assert np.isfinite(machine_slowness()) and machine_slowness() > 0
