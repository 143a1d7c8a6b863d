"""Correlation of half maps in cones against signals and noise of known power."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest
import scipy.fft
from matplotlib.collections import QuadMesh

from monodir_plugin.diagnosis.conical_fsc import THRESHOLDS, conical_fsc
from monodir_plugin.diagnosis.fsc_curves import crossing, pooled
from monodir_plugin.figures.directions import conical_fsc as figures
from monodir_plugin.files.run_folder.diagnosis import load_conical_fsc, save_conical_fsc
from monodir_plugin.numerics.geometry.axes import AxisSet, icosahedral_axes, rot_tilt_to_vectors
from monodir_plugin.numerics.geometry.hull import sphericity

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
    shells = SIZE * 2.0 / found.resolution[0]
    assert abs(shells.mean() - 16) < 0.5 and shells.std() < 1.2
    np.testing.assert_allclose(found.resolution[0], known, rtol=0.20)
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
            # More than half of a cone about an axis within the gap is empty.
            np.testing.assert_array_equal(found.without_data, AXES.tilt < opening)
            np.testing.assert_array_equal(np.isnan(found.resolution[1]), found.without_data)
            np.testing.assert_allclose(found.resolution[0][~found.without_data], 4.4, rtol=0.15)
            assert (found.fsc[found.without_data, 14:] == 0).all()
    assert (np.diff(np.array(seen), axis=0) < -0.02).all()


def _with_a_gap(opening=35.0, gain=1.0):
    radius, cosine = _lattice()
    gain = gain * (cosine <= np.cos(np.deg2rad(opening)))
    return conical_fsc(*_halves(100 * np.exp(-radius / 4), gain=gain), EVERYWHERE, 2.0, AXES)


def test_axes_without_data_are_named_and_left_out(tmp_path):
    found = _with_a_gap()
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    numbers = record["at_0.143"]
    assert record["axes_without_data"] == 6
    assert [along is None for along in numbers["axes"]] == found.without_data.tolist()
    there = [along for along in numbers["axes"] if along is not None]
    assert (numbers["finest_axis"], numbers["coarsest_axis"]) == (min(there), max(there))
    sentences = found.sentences()
    assert sentences[1] == "6 of 46 axes have no data: they lie within 22 degrees of rot 0, tilt 0."
    assert f"{min(there):.1f} to {max(there):.1f} Å" in sentences[0]
    assert "an axis without data has radius 0" in sentences[2]
    one = _with_a_gap(20.0).sentences()
    assert one[1] == "1 of 46 axes has no data: rot 0, tilt 0."
    save_conical_fsc(tmp_path / "a.npz", found)
    again = load_conical_fsc(tmp_path / "a.npz")
    np.testing.assert_array_equal(again.without_data, found.without_data)
    assert again.record() == found.record() and again.sentences() == sentences


def test_axes_without_data_are_hatched():
    found = _with_a_gap()
    figure = figures.conical_fsc(found, "a map")
    curves, disc = figure.axes[:2]
    outer = curves.collections[0].get_paths()[0].vertices
    drawn = found.fsc[~found.without_data, 1:]
    np.testing.assert_allclose(outer[:, 1].min(), drawn.min())
    assert curves.get_legend().get_texts()[0].get_text() == "All axes that have data"
    assert [text.get_text() for text in disc.get_legend().get_texts()] == ["No data (6 axes)"]
    # Half way to the next axes, at 36 degrees, the hatches end.
    mesh = next(c for c in disc.collections if isinstance(c, QuadMesh))
    shown = np.asarray(mesh.get_array())
    assert np.isfinite(shown).all() and shown.max() <= np.nanmax(found.resolution[0])
    # Contours are one collection from Matplotlib 3.8 on, before that one a level.
    hatched = next(c for c in disc.collections if any(getattr(c, "hatches", [c.get_hatch()])))
    tilts = np.concatenate([path.vertices[:, 1] for path in hatched.get_paths()])
    assert 20 < tilts.max() < 37
    even = figures.conical_fsc(_with_a_gap(0.0, 1.0), "a map")
    assert even.axes[1].get_legend() is None


def test_strong_noise_in_few_directions_is_no_gap():
    radius, cosine = _lattice()
    signal = 30 * np.exp(-radius / 4)
    # Views along z: of the noise, 30 times more along z than across it.
    noise = 30 ** -((1 - cosine**2) ** 2)
    halves = _halves(signal / noise, gain=np.sqrt(noise))
    assert not conical_fsc(*halves, EVERYWHERE, 2.0, AXES).without_data.any()


def test_without_any_data_axes_are_not_mentioned():
    found = _with_a_gap()
    nothing = dataclasses.replace(
        found, resolution=np.full((2, 46), np.nan), sphericity=(0.0, sphericity(AXES, np.zeros(46)))
    )
    numbers = nothing.record()["at_0.143"]
    assert numbers["finest_axis"] is None and numbers["coarsest_axis"] is None
    sentences = nothing.sentences()
    assert sentences[0] == "The FSC of the half maps falls to 0.143 at 4.4 Å over whole shells."
    assert sentences[1].startswith("46 of 46 axes have no data")
    figures.conical_fsc(nothing, "a map")


def test_the_coarsest_axis_is_the_middle_of_those_that_are_as_coarse():
    found = _with_a_gap(0.0)
    axes = AxisSet.icosahedral(181)
    about = AxisSet(np.array([[1.0, 1.0, 2.0]])).angles_to(axes.vectors)[:, 0]
    along = np.where(about < 40, 8.0, 5.0)
    made = dataclasses.replace(found, axes=axes, resolution=np.stack([along, along]))
    rot, tilt = re.search(r"coarsest about rot (-?\d+), tilt (\d+)", made.sentences()[0]).groups()
    named = rot_tilt_to_vectors(float(rot), float(tilt))
    assert AxisSet(np.array([[1.0, 1.0, 2.0]])).angles_to(named)[0] < 8
    alike = dataclasses.replace(made, resolution=np.full((2, 181), 5.0))
    assert "coarsest" not in alike.sentences()[0]


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
            [1.0, 0.9, 0.5, 0.1, 0.0],
            [1.0, 0.1, 0.2, 0.1, 0.0],
            [1.0, 0.9, 0.9, 0.9, 0.9],
            [1.0, 0.9, 0.8, 0.7, 0.3],
        ]
    )
    np.testing.assert_allclose(crossing(curves, 0.3), [2.5, 1.0, 4.0, 4.0])
    np.testing.assert_allclose(crossing(curves, 0.5), [2.0, 1.0, 4.0, 3.5])


def test_a_bad_shell_ends_no_curve_and_later_bumps_extend_none():
    curve = np.array([1, 1, 0.9, 0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.1, *[0.0] * 12, 0.1])
    for threshold, known in ((0.143, 8 + 0.357 / 0.4), (0.3, 8.5), (0.5, 8.0)):
        for bad in range(1, 5):
            broken = curve.copy()
            broken[bad] = -0.3
            assert crossing(broken[None], threshold)[0] == pytest.approx(known)
    # Noise beyond the fall, and correlation at the end of which there is no end.
    bumps = curve.copy()
    bumps[[11, 15]] = 0.3
    bumps[18:] = 0.9
    assert crossing(bumps[None], 0.143)[0] == pytest.approx(8 + 0.357 / 0.4)
    # A fall of three shells is one, unless they hold next to no coefficients.
    fall = np.array([[1, 0.9, 0.9, 0.9, 0, 0, 0, 0.9, 0.9, 0.9, 0.9, 0.9]])
    assert crossing(fall, 0.3)[0] == pytest.approx(3 + 0.6 / 0.9)
    assert crossing(fall, 0.3, np.full((1, 12), 2.0))[0] == 11


def test_the_crossing_is_right_on_the_mean():
    """Two half maps of known ratio of signal to noise in a cone, with and without a bad shell."""
    rng = np.random.default_rng(3)
    shells, trials = np.arange(48), 400
    for fall, share in ((2.0, 0.2), (4.0, 0.2), (8.0, 1.0)):
        ratio = 0.143 / 0.857 * np.exp((25 - shells) / fall)
        # Independent coefficients in a cone of 30 degrees of a map that fills this share of a box.
        counts = np.ceil(0.5 * share * 4 * np.pi * 0.034 * shells**2)
        sums = np.zeros((3, trials, len(shells)))
        for shell in shells[1:]:
            size = (3, trials, int(counts[shell]), 2)
            signal, first, second = rng.normal(size=size)
            first, second = (signal * np.sqrt(ratio[shell]) + n for n in (first, second))
            parts = (first * second, first**2, second**2)
            sums[:, :, shell] = [part.sum(axis=(1, 2)) for part in parts]
        # A curve that falls slowly is too close to 0.5 after shell 6 to outweigh a bad one.
        for bad in (None, 6) if fall < 8 else (None,):
            if bad:
                sums[0, :, bad] *= -0.3
            even = sums / np.maximum(sums[1].mean(axis=0), 1e-9)
            smooth, _ = pooled(even, np.tile(counts, (trials, 1)), 1.0)
            fsc = smooth[0] / np.sqrt(np.maximum(smooth[1] * smooth[2], 1e-30))
            for threshold in THRESHOLDS:
                known = 25 - fall * np.log(threshold / (1 - threshold) / (0.143 / 0.857))
                found = crossing(fsc, threshold, counts[None])
                assert abs(found.mean() - known) < 0.8, (fall, bad, threshold, found.mean() - known)


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
    sentences = found.sentences()
    assert f"falls to 0.143 at {numbers['whole_shells']:.1f} Å over whole shells" in sentences[0]
    assert f"{numbers['finest_axis']:.1f} to {numbers['coarsest_axis']:.1f} Å" in sentences[0]
    assert f"{found.sphericity[0]:.2f} at 0.143" in sentences[1]
