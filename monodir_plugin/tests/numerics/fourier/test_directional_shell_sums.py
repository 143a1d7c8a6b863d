"""Sums over cones and shells against sums over the full spectrum, written out."""

from __future__ import annotations

import numpy as np
import pytest

from monodir_plugin.numerics.fourier.directional_shell_sums import cone_sums
from monodir_plugin.numerics.fourier.spectrum import spectrum_of
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.published.hard_cone import half_cone


def _written_out(values, axis, half_angle):
    """Sum and number of the values of a full spectrum, by shell."""
    size = values.shape[0]
    k = np.rint(np.fft.fftfreq(size) * size)
    kz, ky, kx = np.meshgrid(k, k, k, indexing="ij")
    radius = np.sqrt(kx**2 + ky**2 + kz**2)
    along = np.abs(kx * axis[0] + ky * axis[1] + kz * axis[2])
    inside = (radius > 0) & (radius <= size / 2)
    inside &= along >= np.cos(np.deg2rad(half_angle)) * radius - (1e-12 if half_angle == 90 else 0)
    shell = np.rint(radius[inside]).astype(int)
    shells = size // 2 + 1
    return (
        np.bincount(shell, values[inside], minlength=shells),
        np.bincount(shell, minlength=shells),
    )


@pytest.mark.parametrize("size", [16, 15])
@pytest.mark.parametrize("half_angle", [15.0, 30.0, 90.0])
@pytest.mark.parametrize("threads", [1, 2])
def test_sums_are_those_over_the_full_spectrum(size, half_angle, threads):
    rng = np.random.default_rng(size)
    first, second = rng.normal(size=(2, size, size, size))
    axes = AxisSet(np.concatenate([np.eye(3), rng.normal(size=(5, 3))]))
    full = [np.fft.fftn(volume) for volume in (first, second)]
    half = [np.fft.rfftn(volume) for volume in (first, second)]
    weights = np.stack([np.abs(half[0]) ** 2, (half[0] * half[1].conj()).real])
    sums, counts = cone_sums(weights, axes, half_angle, threads)
    for axis in range(len(axes)):
        for kind, other in enumerate(full):
            values = (full[0] * other.conj()).real
            expected, number = _written_out(values, axes.vectors[axis], half_angle)
            np.testing.assert_allclose(sums[kind, axis], expected, rtol=1e-10, atol=1e-9)
            np.testing.assert_array_equal(counts[axis], number)


def test_cones_are_those_of_the_estimator():
    volume = np.random.default_rng(3).normal(size=(24, 24, 24)).astype(np.float32)
    spectrum = spectrum_of(volume)
    axes = AxisSet.icosahedral(46)
    _, counts = cone_sums(np.abs(spectrum[None]) ** 2, axes, 15.0)
    for axis, count in zip(axes, counts):
        listed = half_cone(spectrum, axis, 15.0, corners=False)
        # The half cone takes the two halves of a Nyquist plane for one.
        below = np.rint(np.sqrt(listed.squares)) < 12
        assert 2 * np.count_nonzero(below) == count[:12].sum()


def test_whole_shells_keep_the_power_of_the_map():
    volume = np.random.default_rng(5).normal(size=(20, 20, 20))
    k = np.fft.fftfreq(20)
    inside = k[:, None, None] ** 2 + k[None, :, None] ** 2 + np.fft.rfftfreq(20) ** 2 <= 0.25
    spectrum = np.where(inside, np.fft.rfftn(volume - volume.mean()), 0)
    kept = np.fft.irfftn(spectrum, s=volume.shape)
    sums, _ = cone_sums(np.abs(spectrum[None]) ** 2, AxisSet(np.eye(3)), 90.0)
    np.testing.assert_allclose(sums[0].sum(axis=1), 20**3 * np.sum(kept**2), rtol=1e-10)


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="half spectrum of a cube"):
        cone_sums(np.zeros((1, 8, 8, 8)), AxisSet(np.eye(3)), 15.0)


@pytest.mark.parametrize("size", [16, 15])
# None at which lattice points lie on the cone itself, where rounding decides.
@pytest.mark.parametrize("half_angle", [10.0, 15.0, 43.0])
@pytest.mark.parametrize("corners", [False, True])
def test_runs_hold_every_coefficient_of_the_cone_once(size, half_angle, corners):
    rng = np.random.default_rng(size)
    volume = rng.normal(size=(size,) * 3)
    full = np.fft.fftn(volume)
    half = np.fft.rfftn(volume).astype(np.complex64)
    k = np.arange(-(size // 2), size // 2 + 1)
    kz, ky, kx = np.meshgrid(k, k, k, indexing="ij")
    squares = kz**2 + ky**2 + kx**2
    # Of the two halves of a Nyquist plane along z or y, the one on the side of x counts.
    side = np.where(kx < 0, -1, 1)
    stored = (size % 2 == 1) | ((2 * side * kz != -size) & (2 * side * ky != -size))
    for axis in AxisSet(np.concatenate([np.eye(3), rng.normal(size=(4, 3))])).vectors:
        along = kx * axis[0] + ky * axis[1] + kz * axis[2]
        inside = stored & (squares > 0) & (squares <= (3 if corners else 1) * size**2 / 4)
        inside &= along >= np.cos(np.deg2rad(half_angle)) * np.sqrt(squares)
        places = np.stack([kz, ky, kx], axis=-1)[inside]
        weights = np.sqrt((1 + along[inside] ** 2 / squares[inside]) / 2)
        cone = half_cone(half, axis, half_angle, corners)
        assert [len(cone.squares), cone.last] == [len(places), squares[inside].max()]
        np.testing.assert_array_equal(cone.squares, squares[inside])
        np.testing.assert_allclose(cone.values, weights * full[tuple(places.T)], rtol=2e-5)
        for start in (1, size, size**2 // 5):
            band = places[squares[inside] >= start]
            lower, upper, spans = cone.box_of(start)
            np.testing.assert_array_equal([lower, upper], [band.min(axis=0), band.max(axis=0)])
            for row, span in enumerate(spans):
                x = band[band[:, 1] == lower[1] + row, 2] - lower[2]
                assert not len(x) or [*span] == [x.min(), x.max() + 1]
