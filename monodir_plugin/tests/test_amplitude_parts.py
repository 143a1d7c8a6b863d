"""The amplitude is the same in whatever parts it is made, and on whichever planes."""

from functools import partial

import numpy as np
import pytest

from monodir_plugin.numerics import DEFAULT, PUBLISHED, AxisSet, amplitude, lines
from monodir_plugin.numerics.amplitude import coned_amplitude
from monodir_plugin.numerics.cone import half_cone
from monodir_plugin.numerics.interpolation import VoxelRows, at_voxels, planes_about
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.scratch import Scratch
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 64
AXES = AxisSet.icosahedral(81).vectors[[0, 22, 40]]


PARTICLE, MASK = blob_particle(SIZE, seed=1)


def _problem(preset):
    return prepare(noisy_map(PARTICLE, noise=0.5, seed=1), MASK, 1.5, preset=preset).problem


def _lines(problem, axis, rung, wanted=None):
    cone = half_cone(problem.spectrum, axis, problem.cone / 2, problem.rules.corners)
    return coned_amplitude(cone, problem.filters, rung, problem.fade, Scratch(), wanted)


@pytest.mark.parametrize("preset", [DEFAULT, PUBLISHED])
@pytest.mark.parametrize("slab", [30_000, 90_000])
def test_large_grids_are_made_as_small_ones(preset, slab, monkeypatch):
    problem = _problem(preset)
    rungs = [0, len(problem.filters.ladder) // 2, len(problem.filters.ladder) - 2]
    for axis in AXES:
        whole = [_lines(problem, axis, rung).coefficients for rung in rungs]
        with monkeypatch.context() as patch:
            # Slabs of a few planes, blocks of a few waves, and only the planes at hand kept.
            patch.setattr(amplitude, "_KEPT_BYTES", 0)
            patch.setattr(lines, "_SLAB_BYTES", slab)
            parts = [_lines(problem, axis, rung).coefficients for rung in rungs]
        for one, other in zip(whole, parts):
            np.testing.assert_allclose(other, one, atol=2e-6 * np.abs(one).max())


@pytest.mark.parametrize("preset", [DEFAULT, PUBLISHED])
@pytest.mark.parametrize("shift", [0, 28])
def test_values_are_the_same_on_only_the_planes_about_them(preset, shift):
    # With the shift the mask reaches over the border of the box along z.
    problem, voxels = _problem(preset), VoxelRows(np.roll(MASK, shift, 0))
    everyone = np.arange(len(voxels), dtype=np.int32)
    for which in (everyone, everyone[len(voxels) // 3 : len(voxels) // 2 : 3]):
        wanted = partial(planes_about, voxels, which)
        for axis in AXES:
            every, about = _lines(problem, axis, 4), _lines(problem, axis, 4, wanted)
            expected = at_voxels(every, voxels, which, Scratch())
            found = at_voxels(about, voxels, which, Scratch())
            np.testing.assert_allclose(found, expected, atol=1e-6 * expected.max())
    assert len(about.planes) < about.depth
