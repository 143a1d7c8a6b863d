"""Coefficients of a half cone with a soft edge, and how much of each."""

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.numerics import AxisSet
from monodir_plugin.numerics.fourier.soft_cone import PARTS, cone_weight, half_space, soft_cone
from monodir_plugin.tests.fixtures.dense_oracle import lattice

SIZE = 32
AXES = [np.eye(3)[i] for i in range(3)] + list(AxisSet.icosahedral(46).vectors[[5, 17, 40]])


@pytest.fixture(scope="module")
def spectrum():
    volume = np.random.default_rng(0).normal(size=(SIZE,) * 3)
    return scipy.fft.rfftn(volume).astype(np.complex64)


def _listed(cone):
    """Lattice indices z, y, x of every coefficient."""
    z, y, first, stop = cone.runs.T
    return np.array([np.repeat(z, stop - first), np.repeat(y, stop - first), cone.x])


def test_the_weight_falls_as_a_squared_cosine_to_zero_at_26_of_30_degrees():
    np.testing.assert_allclose(
        cone_weight(np.array([0.0, 13, 26, 40]), 30.0), [1, 0.5, 0, 0], atol=1e-12
    )
    # At half of the opening power has fallen to a seventh.
    assert cone_weight(np.array([15.0]), 30.0)[0] ** 2 == pytest.approx(1 / 7, abs=0.01)
    np.testing.assert_allclose(
        cone_weight(np.array([10.0, 30.0]), 60.0), cone_weight(np.array([5.0, 15.0]), 30.0)
    )


@pytest.mark.parametrize("opening", [20.0, 30.0, 90.0])
@pytest.mark.parametrize("axis", AXES)
def test_coefficients_and_weights_are_those_of_the_definition(spectrum, axis, opening):
    cone = soft_cone(SIZE, axis, opening)
    k = np.rint(scipy.fft.fftfreq(SIZE) * SIZE).astype(int)
    z, y, x = np.meshgrid(k, k, k, indexing="ij")
    square = z**2 + y**2 + x**2
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (x * axis[0] + y * axis[1] + z * axis[2]) / np.sqrt(square)
    inside = (
        (square > 0) & (4 * square <= SIZE**2) & (cosine > np.cos(np.deg2rad(opening * 26 / 30)))
    )
    # On Nyquist planes lie but the points on the axes, at which single coefficients lie.
    inside &= np.max(np.abs([z, y, x]), axis=0) < SIZE // 2
    listed = _listed(cone)
    within = np.abs(listed).max(axis=0) < SIZE // 2
    assert (~within).sum() <= 3
    assert set(map(tuple, listed[:, within].T)) >= set(zip(z[inside], y[inside], x[inside]))
    angle = np.rad2deg(
        np.arccos(np.clip(listed[::-1].T @ axis / np.linalg.norm(listed, axis=0), -1, 1))
    )
    exact = np.cos(np.pi / 2 * np.minimum(angle / (opening * 26 / 30), 1)) ** 2
    # By a table.
    np.testing.assert_allclose(cone.weights, exact, atol=2e-4)
    np.testing.assert_array_equal(cone.squares, (listed**2).sum(axis=0))
    whole = scipy.fft.fftn(scipy.fft.irfftn(spectrum.astype(complex), s=(SIZE,) * 3))
    there = whole[tuple(listed % SIZE)]
    there = np.where(within, there, 0)
    found = np.where(within, cone.values(spectrum), 0)
    np.testing.assert_allclose(found, there * exact, atol=2e-4 * np.abs(whole).max())


@pytest.mark.parametrize("axis", AXES)
def test_power_is_summed_by_parts_of_a_shell(spectrum, axis):
    cone = soft_cone(SIZE, axis, 30.0)
    power = np.abs(spectrum) ** 2
    part = np.floor(PARTS * np.sqrt(cone.squares) + 0.5).astype(int)
    exact = np.bincount(
        part, np.abs(cone.values(spectrum)).astype(float) ** 2, PARTS * (SIZE // 2 + 1)
    )
    np.testing.assert_allclose(cone.power(power), exact, rtol=1e-4)


def test_half_of_space_holds_one_of_each_pair_of_conjugates():
    space = half_space(SIZE)
    listed = _listed(space)
    places = set(map(tuple, listed.T))
    assert len(places) == listed.shape[1]
    assert not places & {tuple(-v for v in place) for place in places}
    kz, ky, kx = (np.rint(k * SIZE).astype(int) for k in lattice(SIZE))
    square = kz**2 + ky**2 + kx**2
    whole = scipy.fft.fftfreq(SIZE) * SIZE
    square = whole[:, None, None] ** 2 + whole[None, :, None] ** 2 + whole[None, None, :] ** 2
    count = np.sum((square > 0) & (4 * square < SIZE**2)) // 2
    assert np.sum(4 * space.squares < SIZE**2) == count
    assert (space.weights == 1).all()
    assert (listed[2] >= 0).all()


def test_overlapping_cones_of_all_axes_hold_every_coefficient():
    axes = AxisSet.icosahedral(81).vectors
    covered = set()
    for axis in axes:
        cone = soft_cone(SIZE, axis, 30.0)
        listed = _listed(cone)[:, cone.weights > 0.3].T
        covered |= set(map(tuple, listed)) | set(map(tuple, -listed))
    assert len(covered) >= 2 * np.sum(4 * half_space(SIZE).squares < SIZE**2)
