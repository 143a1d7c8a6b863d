"""A noise model and a cone shape that are not in the package, measured with presets of their own.

``docs/extend/noise_model.rst`` and ``docs/extend/cone_shape.rst`` include the marked parts.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest

from monodir_plugin.numerics import DEFAULT, PRESETS, Settings, analyse
from monodir_plugin.numerics.fourier.soft_cone import cone_weight, soft_cone
from monodir_plugin.numerics.localres.cone_shape import SQUARED_COSINE, shape_of_weight
from monodir_plugin.numerics.localres.local_power import independent_of
from monodir_plugin.numerics.localres.snr_setup import snr_problem
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.tests.fixtures.dense_oracle import radius_of
from monodir_plugin.tests.fixtures.maps import (
    SAMPLING,
    SHORT,
    call,
    half_maps,
    particle,
    random_field,
    read,
    sample,
    snr_of_a_map,
    write_pair,
)


# noise model: begin
@dataclass(frozen=True)
class WhiteNoise:
    """The same power at all Fourier coefficients."""

    power: np.ndarray
    radial: np.ndarray


def white_noise(volume, region, gain, threads):
    """White noise with the variance that a map has where it holds noise alone."""
    size = len(volume)
    level = gain**2 * np.var(volume[region], dtype=np.float64) * size**3
    power = np.full((size, size, size // 2 + 1), level, np.float32)
    return WhiteNoise(power, np.full(size // 2 + 1, level))


# noise model: end

# noise preset: begin
WHITE = replace(DEFAULT, name="white noise", noise=white_noise)


def measure_with_white_noise(volume, mask, sampling):
    """All results with the model."""
    return analyse(volume, mask, sampling, preset=WHITE)


# noise preset: end


# cone shape: begin
def gaussian_weight(angle, opening):
    """Weight of amplitudes, which falls to one half at half of the opening."""
    return 0.5 ** ((np.asarray(angle) / (opening / 2)) ** 2)


def gaussian_reach(opening):
    """Angle at which the weight has fallen to 1 %, degrees."""
    return min(opening / 2 * np.sqrt(np.log(100) / np.log(2)), 90.0)


GAUSSIAN_CONE = shape_of_weight(gaussian_weight, gaussian_reach)
# cone shape: end

# cone preset: begin
GAUSSIAN = replace(DEFAULT, name="gaussian cone", problem=partial(snr_problem, shape=GAUSSIAN_CONE))
# cone preset: end

SIZE = 48
MASK = radius_of(SIZE) < 14
#: Spatial frequency at which the ratio of the map of ``_maps`` is 2, that of an FSC of 0.5.
CROSSING = 0.3


def _maps(seed):
    """Mean and half of the difference of half maps with white noise of variance 1."""
    return half_maps(random_field(SIZE, snr_of_a_map(CROSSING), seed), seed + 100)


def _median(preset):
    """Median spatial frequency of R over axes, voxels and three maps."""
    medians = []
    for seed in range(3):
        volume, noise = _maps(seed)
        found = analyse(volume, MASK, 1.0, Settings(directions=46), preset, noise, threads=2)
        assert found.prepared.preset is preset
        medians.append(np.median(1 / found.table.resolutions()))
    return np.mean(medians)


def test_the_noise_model_has_the_power_of_the_noise():
    noise = _maps(1)[1]
    model = white_noise(noise, MASK, 0.5, 1)
    # The variance of 11 000 values is known within 1.4 %.
    assert model.radial[3] == pytest.approx(0.25 * SIZE**3, rel=0.05)
    assert model.power.shape == (SIZE, SIZE, SIZE // 2 + 1)
    np.testing.assert_allclose(model.power, model.radial[3], rtol=1e-6)


def test_resolution_with_the_noise_model_ends_where_the_ratio_falls_to_the_criterion():
    assert _median(WHITE) == pytest.approx(CROSSING, rel=0.1)


def test_more_noise_in_the_model_makes_the_resolution_coarser():
    def strong(volume, region, gain, threads):
        return white_noise(2 * volume, region, gain, threads)

    # Four times the power: (1 + SNR) / 4 - 1 = 2 where SNR = 11.
    exact = CROSSING * np.sqrt(1 - np.log(11 / 2) / 4)
    assert _median(replace(WHITE, noise=strong)) == pytest.approx(exact, rel=0.1)


def test_a_single_map_is_measured_with_the_noise_model():
    volume = _maps(2)[0]
    solvent = np.random.default_rng(5).normal(size=volume.shape)
    found = measure_with_white_noise(np.where(MASK, volume, solvent), MASK, 1.0)
    assert np.median(1 / found.table.resolutions()) == pytest.approx(CROSSING, rel=0.1)


@pytest.mark.parametrize("opening", [20.0, 30.0, 60.0])
def test_the_cone_has_the_weights_of_all_coefficients_about_the_axis(opening):
    size, axis = 33, np.array([0.48, -0.6, 0.64])
    k = np.arange(size) - size // 2
    z, y, x = np.meshgrid(k, k, k, indexing="ij")
    length = np.sqrt(x**2 + y**2 + z**2)
    cosine = (x * axis[0] + y * axis[1] + z * axis[2]) / np.maximum(length, 1)
    angle = np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))
    held = (angle < gaussian_reach(opening)) & (length > 0) & (length <= size / 2)
    weights = gaussian_weight(angle[held], opening)
    cone = GAUSSIAN_CONE.half_cone(size, axis, opening)
    assert len(cone.weights) == held.sum()
    power = np.ones((size, size, size // 2 + 1), np.float32)
    assert cone.power(power).sum() == pytest.approx(np.sum(weights**2), rel=1e-5)
    np.testing.assert_allclose(np.sort(cone.weights), np.sort(weights), atol=1e-6)


def test_a_shape_made_from_its_weight_is_the_compiled_one():
    shape = shape_of_weight(cone_weight, lambda opening: 26 / 30 * opening)
    axis = np.array([0.6, 0.0, 0.8])
    found, compiled = shape.half_cone(32, axis, 30.0), soft_cone(32, axis, 30.0)
    np.testing.assert_array_equal(found.runs, compiled.runs)
    np.testing.assert_array_equal(found.squares, compiled.squares)
    # The compiled weights are interpolated in a table of 4096 steps of the cosine, in which their
    # second derivative is 380 at most: 380 / 8 / 4096² is 2.8e-6.
    np.testing.assert_allclose(found.weights, compiled.weights, atol=3e-6, rtol=0)


def test_resolution_in_the_cone_ends_where_the_ratio_falls_to_the_criterion():
    assert _median(GAUSSIAN) == pytest.approx(CROSSING, rel=0.1)


def test_a_wider_shape_averages_over_more_independent_values():
    volume, noise = _maps(1)
    problem = prepare(volume, MASK, 1.0, preset=GAUSSIAN, noise_map=noise).problem
    assert problem.shape is GAUSSIAN_CONE
    narrow = independent_of(problem.bands, 30.0, SQUARED_COSINE)
    assert np.all(problem.independent > narrow)


@pytest.mark.parametrize("preset", [WHITE, GAUSSIAN], ids=lambda preset: preset.name)
def test_the_command_line_measures_with_a_preset_that_was_added(
    preset, tmp_path, capsys, monkeypatch
):
    monkeypatch.setitem(PRESETS, preset.name, preset)
    run = ("run", *write_pair(tmp_path), "-o", tmp_path / "out", "--no-diagnosis", *SHORT)
    assert call(capsys, *run, "--preset", preset.name).status == 0
    expected = analyse(sample(), particle(32)[1], SAMPLING, Settings(directions=46), preset)
    found = read(tmp_path / "out" / "adr.mrc")
    np.testing.assert_allclose(found, expected.volume("adr"), rtol=1e-6)
    usual = analyse(sample(), particle(32)[1], SAMPLING, Settings(directions=46))
    assert np.abs(found - usual.volume("adr")).max() > 0.1
