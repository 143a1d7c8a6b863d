"""Correlation of half maps in cones against signals and noise of known power."""

from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.fft

from monodir_plugin.diagnosis.conical_fsc import THRESHOLDS, conical_fsc, crossing, sphericity
from monodir_plugin.numerics.axes import AxisSet, icosahedral_axes

SIZE = 56
AXES = AxisSet.icosahedral(46)
EVERYWHERE = np.ones((SIZE,) * 3, bool)


def _lattice():
    """Shell radius, and cosine of the angle from z, of every coefficient of a half spectrum."""
    k = np.fft.fftfreq(SIZE) * SIZE
    kz, ky, kx = np.meshgrid(k, k, np.arange(SIZE // 2 + 1), indexing="ij")
    radius = np.sqrt(kx**2 + ky**2 + kz**2)
    return radius, np.abs(kz) / np.maximum(radius, 1)


def _halves(ratio, seed=0, gain=1.0):
    """Half maps of white noise and a Gaussian signal with this ratio of their powers."""
    rng = np.random.default_rng(seed)
    white = [scipy.fft.rfftn(rng.normal(size=(SIZE,) * 3)) for _ in range(3)]
    return [
        scipy.fft.irfftn(gain * (white[0] * np.sqrt(ratio) + noise), s=(SIZE,) * 3)
        for noise in white[1:]
    ]


def _mean_in_cone(values, axis, shells, half_angle=15.0):
    """Mean over a cone and each shell, written out on the full lattice."""
    k = np.fft.fftfreq(SIZE) * SIZE
    kz, ky, kx = np.meshgrid(k, k, k, indexing="ij")
    radius = np.sqrt(kx**2 + ky**2 + kz**2)
    along = np.abs(kx * axis[0] + ky * axis[1] + kz * axis[2])
    inside = along >= np.cos(np.deg2rad(half_angle)) * radius
    full = values(radius, np.abs(kz) / np.maximum(radius, 1))
    return np.array([full[inside & (np.rint(radius) == s)].mean() for s in shells])


def test_the_correlation_is_that_of_the_known_ratio_of_signal_to_noise():
    def ratio(radius, cosine):
        return (0.3 + 2.5 * cosine**2) * np.exp(-radius / 25)

    found = conical_fsc(*_halves(ratio(*_lattice())), EVERYWHERE, 1.0, AXES)
    shells = np.arange(8, SIZE // 2 - 1)
    number = 2 * np.pi * shells**2 * (1 - np.cos(np.deg2rad(15.0)))
    for axis, fsc in zip(AXES, found.fsc):
        known = _mean_in_cone(ratio, axis, shells)
        expected = known / (1 + known)
        away = np.abs(fsc[shells] - expected) / ((1 - expected**2) / np.sqrt(2 * number))
        assert away.max() < 5 and away.mean() < 1.2
    along, across = found.resolution[0][AXES.tilt < 20], found.resolution[0][AXES.tilt > 70]
    assert along.max() < across.min()


def test_a_map_that_is_the_same_along_all_axes():
    radius, _ = _lattice()
    # The ratio is 0.143 / (1 - 0.143) at shell 16.
    ratio = 0.143 / 0.857 * np.exp((16 - radius) / 1.5)
    found = conical_fsc(*_halves(ratio), EVERYWHERE, 2.0, AXES)
    known = SIZE * 2.0 / 16
    assert found.plain_resolution[0] == pytest.approx(known, rel=0.03)
    np.testing.assert_allclose(found.resolution[0], known, rtol=0.10)
    finer, coarser = found.by_chance[0]
    assert finer < found.plain_resolution[0] < coarser
    inside = (found.resolution[0] > finer) & (found.resolution[0] < coarser)
    assert 0.4 < inside.mean() <= 1
    assert min(found.sphericity) > 0.97


def test_a_missing_cone_is_found_and_lowers_the_sphericity_as_it_grows():
    radius, cosine = _lattice()
    seen = []
    for opening in (0.0, 20.0, 35.0, 50.0):
        present = cosine <= np.cos(np.deg2rad(opening)) if opening else np.ones_like(cosine)
        ratio = 100 * np.exp(-radius / 4)
        found = conical_fsc(*_halves(ratio, gain=present), EVERYWHERE, 2.0, AXES)
        seen.append(found.sphericity)
        if opening:
            inside = AXES.tilt < opening - 15
            # In the coarsest shells cones hold too few coefficients to be called empty.
            assert (found.resolution[0][inside] > SIZE * 2.0 / 6).all()
            assert np.median(found.resolution[0][AXES.tilt > opening + 15]) < 12
            assert AXES.tilt[found.resolution[0].argmax()] < opening + 5
    assert (np.diff(np.array(seen), axis=0) < -0.02).all()


def test_half_maps_that_are_the_same_correlate_to_nyquist():
    half, _ = _halves(1.0)
    mask = np.zeros((SIZE,) * 3, bool)
    mask[18:38, 18:38, 18:38] = True
    found = conical_fsc(half, half, mask, 1.5, AXES)
    np.testing.assert_allclose(found.fsc[:, 1:], 1.0, atol=1e-6)
    np.testing.assert_allclose(found.resolution, 3.0)
    assert found.sphericity == pytest.approx((1.0, 1.0))


def test_what_a_mask_adds_is_taken_out():
    radius, _ = _lattice()
    # Strong coarse shells that both halves share, noise alone in the weak ones beyond.
    gain, ratio = np.where(radius < 8, 10.0, 1.0), np.where(radius < 8, 1e4, 0.0)
    mask = np.zeros((SIZE,) * 3, bool)
    mask[18:38, 18:38, 18:38] = True
    corrected, before = [], []
    for seed in range(1, 5):
        found = conical_fsc(*_halves(ratio, seed, gain), mask, 1.0, AXES)
        assert found.by_mask[:8].max() == 0
        corrected.append(found.plain[20:])
        before.append(found.plain[20:] * (1 - found.by_mask[20:]) + found.by_mask[20:])
    assert np.mean(before) > 0.3
    assert abs(np.mean(corrected)) < 0.1


def test_threads_change_nothing():
    halves = _halves(1.0)
    one, two = (conical_fsc(*halves, EVERYWHERE, 1.0, AXES, threads=n) for n in (1, 2))
    np.testing.assert_allclose(one.fsc, two.fsc, atol=1e-6)


def test_crossings_are_interpolated():
    curves = np.array(
        [
            [1.0, 0.9, 0.5, 0.1, 0.9],
            [1.0, 0.1, 0.9, 0.9, 0.9],
            [1.0, 0.9, 0.9, 0.9, 0.9],
            [1.0, 0.9, 0.8, 0.7, 0.3],
        ]
    )
    np.testing.assert_allclose(crossing(curves, 0.3), [2.5, 1.0, 4.0, 4.0])
    np.testing.assert_allclose(crossing(curves, 0.5), [2.0, 1.0, 4.0, 3.5])


@pytest.mark.parametrize("ratio", [0.4, 0.8, 1.0, 1.5])
def test_sphericity_of_spheroids(ratio):
    axes = AxisSet(icosahedral_axes(9))
    x, y, z = axes.vectors.T
    radii = 1 / np.sqrt(x**2 + y**2 + (z / ratio) ** 2)
    if ratio < 1:
        e = np.sqrt(1 - ratio**2)
        area = 2 * np.pi * (1 + ratio**2 / e * np.arctanh(e))
    elif ratio > 1:
        e = np.sqrt(1 - 1 / ratio**2)
        area = 2 * np.pi * (1 + ratio / e * np.arcsin(e))
    else:
        area = 4 * np.pi
    expected = np.pi ** (1 / 3) * (8 * np.pi * ratio) ** (2 / 3) / area
    assert sphericity(axes, radii) == pytest.approx(expected, abs=0.005)


def test_record_and_sentences_hold_the_numbers():
    radius, cosine = _lattice()
    found = conical_fsc(*_halves(30 * cosine**2 * np.exp(-radius / 5)), EVERYWHERE, 2.0, AXES)
    record = json.loads(json.dumps(found.record()))
    numbers = record[f"at_{THRESHOLDS[0]:g}"]
    assert numbers["coarsest_axis"] == max(numbers["axes"]) > numbers["whole_shells"]
    said = found.sentences()
    assert f"up to {numbers['whole_shells']:.1f} Å over whole shells" in said[0]
    assert f"{numbers['finest_axis']:.1f} to {numbers['coarsest_axis']:.1f} Å" in said[0]
    assert f"{found.sphericity[0]:.2f} at 0.143" in said[1]
