"""Amplitude and local power do not depend on how the grid is divided into slabs and planes."""

from functools import partial

import numpy as np
import pytest

from monodir_plugin.numerics import DEFAULT, PUBLISHED, AxisSet
from monodir_plugin.numerics.fourier import partial_fourier
from monodir_plugin.numerics.fourier.soft_cone import half_space, soft_cone
from monodir_plugin.numerics.localres.local_power import local_power, local_power_without_cone
from monodir_plugin.numerics.localres.nodes import Nodes
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.parallel.buffers import Scratch
from monodir_plugin.numerics.published import coned_amplitude as module
from monodir_plugin.numerics.published.coned_amplitude import coned_amplitude
from monodir_plugin.numerics.published.hard_cone import half_cone
from monodir_plugin.numerics.published.voxel_interpolation import VoxelRows, at_voxels, planes_about
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 64
AXES = AxisSet.icosahedral(81).vectors[[0, 22, 40]]


PARTICLE, MASK = blob_particle(SIZE, seed=1)


def _problem(preset=PUBLISHED):
    return prepare(noisy_map(PARTICLE, noise=0.5, seed=1), MASK, 1.5, preset=preset).problem


def _lines(problem, axis, index, wanted=None):
    cone = half_cone(problem.spectrum, axis, problem.cone / 2, True)
    return coned_amplitude(cone, problem.filters, index, problem.fade, Scratch(), wanted)


@pytest.mark.parametrize("slab", [30_000, 90_000])
def test_amplitude_does_not_depend_on_the_size_of_slabs(slab, monkeypatch):
    problem = _problem()
    frequencies = [0, len(problem.filters.grid) // 2, len(problem.filters.grid) - 2]
    for axis in AXES:
        whole = [_lines(problem, axis, index).coefficients for index in frequencies]
        with monkeypatch.context() as patch:
            # Slabs of a few planes, blocks of a few frequencies, and only the latest planes kept.
            patch.setattr(module, "_KEPT_BYTES", 0)
            patch.setattr(partial_fourier, "_SLAB_BYTES", slab)
            parts = [_lines(problem, axis, index).coefficients for index in frequencies]
        for one, other in zip(whole, parts):
            np.testing.assert_allclose(other, one, atol=2e-6 * np.abs(one).max())


@pytest.mark.parametrize("shift", [0, 28])
def test_values_are_the_same_on_only_the_planes_about_them(shift):
    # With the shift the mask crosses the border of the box along z.
    problem, voxels = _problem(), VoxelRows(np.roll(MASK, shift, 0))
    everyone = np.arange(len(voxels), dtype=np.int32)
    for which in (everyone, everyone[len(voxels) // 3 : len(voxels) // 2 : 3]):
        wanted = partial(planes_about, voxels, which)
        for axis in AXES:
            every, about = _lines(problem, axis, 4), _lines(problem, axis, 4, wanted)
            expected = at_voxels(every, voxels, which, Scratch())
            found = at_voxels(about, voxels, which, Scratch())
            np.testing.assert_allclose(found, expected, atol=1e-6 * expected.max())
    assert len(about.planes) < about.depth


@pytest.mark.parametrize("slab", [3_000, 30_000])
def test_power_does_not_depend_on_the_size_of_slabs(slab, monkeypatch):
    problem = _problem(DEFAULT)
    nodes, bands = problem.nodes, problem.bands
    everyone = np.arange(len(nodes), dtype=np.int32)
    space = half_space(SIZE)
    values = space.values(problem.spectrum)
    values[space.x == 0] *= 2

    def powers():
        found = []
        for band in (0, len(bands) // 2, len(bands) - 1):
            for axis in AXES:
                cone = soft_cone(SIZE, axis, problem.opening)
                held = cone.values(problem.spectrum)
                lines_ = local_power(cone, held, bands, band, Scratch(), nodes)
                found.append(nodes.values(lines_, everyone, Scratch()).copy())
            lines_ = local_power_without_cone(space, values, bands, band, Scratch(), nodes)
            found.append(nodes.values(lines_, everyone, Scratch()).copy())
        return found

    whole = powers()
    monkeypatch.setattr(partial_fourier, "_SLAB_BYTES", slab)
    for one, other in zip(whole, powers()):
        np.testing.assert_allclose(other, one, atol=1e-5 * one.max())


@pytest.mark.parametrize("shift", [(28, 0, 0), (0, 30, 0), (31, 29, 28)])
def test_power_is_the_same_where_the_mask_crosses_the_border(shift):
    problem = _problem(DEFAULT)
    bands, axis = problem.bands, AXES[1]
    cone = soft_cone(SIZE, axis, problem.opening)
    values = cone.values(problem.spectrum)
    spacing = SIZE / problem.nodes.points
    every = Nodes(np.ones((SIZE,) * 3, bool), spacing)
    some = Nodes(np.roll(MASK, shift, (0, 1, 2)), spacing)
    box = np.full((some.points,) * 3, np.nan)
    for band in (1, len(bands) - 2):
        found = []
        for nodes in (every, some):
            lines_ = local_power(cone, values, bands, band, Scratch(), nodes)
            everyone = np.arange(len(nodes), dtype=np.int32)
            found.append(nodes.values(lines_, everyone, Scratch()).copy())
        box[...] = found[0].reshape(box.shape)
        expected = box[some.planes[:, None], some.rows].ravel()[some.place]
        np.testing.assert_allclose(found[1], expected, atol=1e-5 * expected.max())
