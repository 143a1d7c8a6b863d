"""Nodes, and interpolation from nodes to voxels."""

import ducc0
import numpy as np
import pytest

from monodir_plugin.numerics.localres.nodes import Nodes
from monodir_plugin.tests.fixtures.dense_oracle import radius_of

SIZE = 40


def _positions(nodes):
    """z, y, x of every node, voxels."""
    plane, row, x = np.unravel_index(
        nodes.place, (len(nodes.planes), len(nodes.rows), nodes.points)
    )
    return np.array([nodes.planes[plane], nodes.rows[row], x]) * nodes.size / nodes.points


def _linear(places):
    return 1 + 0.3 * places[0] + 0.2 * places[1] + 0.1 * places[2]


@pytest.mark.parametrize("size", [40, 41])
@pytest.mark.parametrize("spacing", [1.0, 1.7, 3.0, 7.5])
def test_linear_fields_are_reproduced_at_voxels(size, spacing):
    mask = radius_of(size) < 0.3 * size
    nodes = Nodes(mask, spacing)
    assert size / nodes.points <= spacing
    assert nodes.points == ducc0.fft.good_size(nodes.points)
    found = nodes.to_voxels(_linear(_positions(nodes)).astype(np.float32))
    np.testing.assert_allclose(found, _linear(np.nonzero(mask)), rtol=2e-6)


@pytest.mark.parametrize("shift", [(20, 0, 0), (0, 20, 0), (0, 0, 20), (17, -18, 20)])
def test_a_mask_may_cross_the_border_of_the_box(shift):
    mask = radius_of(SIZE) < 11
    nodes = Nodes(np.roll(mask, shift, (0, 1, 2)), 2.6)
    back = [(p - s) % SIZE for p, s in zip(_positions(nodes), shift)]
    found = nodes.to_voxels(_linear(back).astype(np.float32))
    places = np.nonzero(np.roll(mask, shift, (0, 1, 2)))
    exact = _linear([(p - s) % SIZE for p, s in zip(places, shift)])
    np.testing.assert_allclose(found, exact, rtol=2e-6)
    np.testing.assert_array_equal(nodes.flat, np.ravel_multi_index(places, mask.shape))


def test_a_mask_of_the_whole_box_has_all_nodes():
    nodes = Nodes(np.ones((SIZE,) * 3, bool), 2.6)
    assert len(nodes) == nodes.points**3
    np.testing.assert_allclose(
        nodes.to_voxels(np.full(len(nodes), 0.3, np.float32)), 0.3, rtol=1e-6
    )


def test_a_single_voxel_has_the_eight_nodes_about_it():
    mask = np.zeros((SIZE,) * 3, bool)
    mask[7, 12, 39] = True
    nodes = Nodes(mask, 3.0)
    assert len(nodes) == 8
    assert nodes.to_voxels(np.full(8, 0.2, np.float32)) == pytest.approx([0.2])


def test_a_voxel_has_no_value_where_nodes_without_one_have_most_of_the_weight():
    mask = radius_of(SIZE) < 12
    nodes = Nodes(mask, 4.0)
    z = _positions(nodes)[0]
    edge = np.unique(z)[len(np.unique(z)) // 2]
    values = np.where(z <= edge, 0.25, 0.0).astype(np.float32)
    found = nodes.to_voxels(values)
    # The mean is over the nodes that have a value, so that no voxel is drawn towards zero.
    assert set(np.unique(found.round(5))) == {0.0, 0.25}
    step = SIZE / nodes.points
    voxels = np.nonzero(mask)[0]
    np.testing.assert_array_equal(found > 0, voxels <= edge + step / 2)


def test_without_any_value_no_voxel_has_one():
    nodes = Nodes(radius_of(SIZE) < 12, 3.0)
    assert not nodes.to_voxels(np.zeros(len(nodes), np.float32)).any()
