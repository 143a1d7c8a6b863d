"""What must not change the table."""

import numpy as np
import pytest

from monodir_plugin.numerics import AxisSet, Settings, analyse
from monodir_plugin.numerics.analysis import measure_table
from monodir_plugin.numerics.axes import rot_tilt_to_vectors
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.table import decode
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE = 45  # odd: a rotation of the lattice about the centre is exact


@pytest.fixture(scope="module")
def phantom():
    particle, mask = blob_particle(SIZE, seed=2)
    return noisy_map(particle, noise=0.5, concentration=2.0, seed=2), mask


def _codes(volume, mask, axes, threads=2):
    return measure_table(prepare(volume, mask, 1.0), axes, threads).codes


def _same(a, b):
    """Share of cells with the same frequency but for rounding, and their correlation."""
    a, b = decode(a).ravel(), decode(b).ravel()
    return np.mean(np.abs(a - b) < 1e-3), np.corrcoef(a, b)[0, 1]


def _rotated(box, matrix):
    """The box turned by a signed permutation matrix (x, y, z): new(M r) = old(r)."""
    source = np.abs(matrix).argmax(axis=1)  # new x is old axis source[0], and so on
    turned = np.transpose(box, [2 - source[2 - k] for k in range(3)])
    flips = [k for k in range(3) if matrix[2 - k, source[2 - k]] < 0]
    return np.flip(turned, flips)


QUARTER_TURNS = {
    "z": np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]),
    "x": np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]),
    "y": np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]]),
}


@pytest.mark.parametrize("about", list(QUARTER_TURNS))
def test_turning_map_mask_and_axes_by_90_degrees_gives_the_same_table(phantom, about):
    volume, mask = phantom
    turn = QUARTER_TURNS[about]
    axes = AxisSet(AxisSet.icosahedral(81).vectors[::7])
    turned_axes = AxisSet(axes.vectors @ turn.T)
    turned_mask = _rotated(mask, turn)
    before = np.zeros((len(axes), *mask.shape))
    before[:, mask] = decode(_codes(volume, mask, axes))
    after = decode(_codes(_rotated(volume, turn), turned_mask, turned_axes))
    expected = np.array([_rotated(box, turn)[turned_mask] for box in before])
    # The coarse grid lies differently in the turned box, as it does against the dense
    # evaluation: the same bound holds.
    assert np.corrcoef(after.ravel(), expected.ravel())[0, 1] > 0.985
    assert abs(after.mean() - expected.mean()) < 0.002


def test_the_twofold_oriented_set_maps_to_itself_under_twelve_rotations():
    # A twofold axis of the icosahedron, the edge across it and their normal, as x, y, z.
    top, vertex = np.array([0, 0, 1]), rot_tilt_to_vectors(36.0, 63.43494882)
    frame = np.array([np.cross(vertex, top), vertex - top, vertex + top])
    frame /= np.linalg.norm(frame, axis=1, keepdims=True)
    axes = AxisSet(AxisSet.icosahedral(81).vectors @ frame.T)
    cycle = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    half_turns = [np.diag(d) for d in ([1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1])]
    for power in range(3):
        for half in half_turns:
            rotation = np.linalg.matrix_power(cycle, power) @ half
            off = axes.angles_to(axes.vectors @ rotation.T).min(axis=1)
            # Exact up to what cutting arcs from one apex costs.
            assert off.max() < 1.6


def test_a_gain_and_an_offset_change_nothing(phantom):
    volume, mask = phantom
    axes = AxisSet(AxisSet.icosahedral(46).vectors[:6])
    before = _codes(volume, mask, axes)
    for gain, offset in ((1e-8, 0.0), (-3e6, 0.0), (2.0, 5.0)):
        same, correlation = _same(before, _codes(volume * gain + offset, mask, axes))
        assert same > 0.995
        assert correlation > 0.999


def test_order_of_axes_ends_of_axes_threads_and_chunks_change_nothing(phantom):
    volume, mask = phantom
    prepared = prepare(volume, mask, 1.0)
    axes = AxisSet.icosahedral(46)
    whole = measure_table(prepared, axes, threads=1).codes
    np.testing.assert_array_equal(measure_table(prepared, axes, threads=3).codes, whole)
    backwards = AxisSet(axes.vectors[::-1])
    np.testing.assert_array_equal(measure_table(prepared, backwards, 2).codes[::-1], whole)
    chunks = [
        measure_table(prepared, AxisSet(axes.vectors[i : i + 10])).codes for i in range(0, 46, 10)
    ]
    np.testing.assert_array_equal(np.concatenate(chunks), whole)
    assert _same(measure_table(prepared, axes.mirror(), 2).codes, whole)[0] > 0.99


def test_padding_changes_little():
    # More box gives a finer Fourier lattice and more solvent of the same kind.
    particle, mask = (np.pad(box, 16) for box in blob_particle(SIZE, seed=2))
    wide = particle + np.random.default_rng(5).normal(scale=0.6, size=particle.shape)
    settings = Settings(directions=46, coarsest=8.0)
    inner = (slice(8, -8),) * 3
    narrow = analyse(wide[inner], mask[inner], 1.0, settings, threads=2)
    padded = analyse(wide, mask, 1.0, settings, threads=2)
    difference = padded.reduced.adr - narrow.reduced.adr  # of about 6 Å
    assert abs(np.median(difference)) < 0.05
    assert np.median(np.abs(difference)) < 0.15


def test_the_scale_of_a_map_does_not_matter_however_far_from_one(phantom):
    volume, mask = phantom
    axes = AxisSet(AxisSet.icosahedral(46).vectors[:3])
    before = _codes(volume, mask, axes)
    for gain in (1e20, 1e-25):
        assert _same(before, _codes((volume * gain).astype(np.float32), mask, axes))[0] > 0.995
