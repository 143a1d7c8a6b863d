"""Settings and arrays that make no sense are refused in the library, with one sentence."""

import math
from dataclasses import asdict

import numpy as np
import pytest

from monodir_plugin.numerics import DEFAULT, PRESETS, PUBLISHED, Settings, analyse
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.problem.settings import check_settings_for_map, checked_settings
from monodir_plugin.tests.fixtures.maps import particle, sample

WRONG = [
    ({"directions": 80}, "there are sets of 46, 81, 126 and 181 axes, not of 80"),
    ({"cone": 175}, "a cone opening of 175 is not between 10 and 90 degrees"),
    ({"cone": 9.9}, "a cone opening of 9.9 is not between 10 and 90 degrees"),
    ({"cone": math.nan}, "a cone opening of nan is not between 10 and 90 degrees"),
    ({"cone": None}, "the cone has no opening: give 10 to 90 degrees"),
    ({"criterion": 0.0}, "a criterion of 0: give an FSC value between 0 and 1, such as 0.5"),
    ({"criterion": 1.0}, "a criterion of 1: give an FSC value between 0 and 1, such as 0.5"),
    (
        {"criterion": "golden"},
        "a criterion of golden: give an FSC value between 0 and 1, such as 0.5",
    ),
    ({"criterion": math.nan}, "a criterion of nan: give an FSC value between 0 and 1, such as 0.5"),
    ({"significance": 0.0}, "a significance of 0: give one between 0 and 1"),
    ({"significance": 95}, "a significance of 95: give one between 0 and 1"),
    ({"coarsest": 0.0}, "a coarsest resolution of 0 Å: give a positive number of Å"),
    ({"coarsest": math.inf}, "a coarsest resolution of inf Å: give a positive number of Å"),
    ({"noise_radius": -1}, "a noise radius of -1: give a positive number of voxels"),
    ({"centre": "middle"}, "a centre of middle: give voxels x, y, z, or box, or mask"),
    ({"centre": (1.0, 2.0)}, "a centre of (1.0, 2.0): give voxels x, y, z, or box, or mask"),
    ({"centre": (1, 2, math.nan)}, "a centre of (1, 2, nan): give voxels x, y, z, or box, or mask"),
]


@pytest.mark.parametrize("values, sentence", WRONG)
def test_setting_outside_its_range_is_refused(values, sentence):
    with pytest.raises(ValueError) as error:
        Settings(**values)
    assert str(error.value) == sentence


def test_settings_at_the_ends_of_their_ranges_are_taken():
    for values in (
        {"cone": 10},
        {"cone": 90.0},
        {"criterion": 1e-3},
        {"criterion": 0.999},
        {"significance": 0.01},
        {"centre": "mask"},
        {"centre": [0, 0, 0]},
    ):
        assert {**asdict(Settings()), **values} == asdict(Settings(**values))


def test_a_preset_supplies_its_own_threshold_and_no_other():
    assert checked_settings(Settings(), DEFAULT) == Settings(criterion=0.5)
    assert checked_settings(Settings(), PUBLISHED) == Settings(significance=0.95)
    given = Settings(criterion=0.143)
    assert checked_settings(given, DEFAULT) == given
    with pytest.raises(ValueError, match="the preset published has no FSC criterion; give a sig"):
        checked_settings(given, PUBLISHED)
    with pytest.raises(ValueError, match="the preset default has no significance; give an FSC"):
        checked_settings(Settings(significance=0.9), DEFAULT)


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"coarsest": 3.0}, "give one between two voxels, 3 Å, and the box, 48 Å"),
        ({"coarsest": 48.1}, "give one between two voxels, 3 Å, and the box, 48 Å"),
        ({"noise_radius": 16.5}, "outside the box of 32 voxels: give at most 16"),
        ({"centre": (0, 31, 32)}, "the centre lies outside the box of 32 voxels"),
        ({"centre": (-0.5, 0, 0)}, "the centre lies outside the box of 32 voxels"),
    ],
)
@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_setting_that_does_not_fit_the_map_is_refused(values, sentence, preset):
    with pytest.raises(ValueError, match=sentence):
        analyse(sample(), particle(32)[1], 1.5, Settings(**values), PRESETS[preset])
    for fitting in ({"coarsest": 48.0}, {"noise_radius": 16}, {"centre": (0, 31, 31.5)}):
        check_settings_for_map(Settings(**fitting), 32, 1.5)


def test_no_frequency_between_the_limits_is_an_error_in_angstrom():
    sentence = "no frequency fits between the coarsest resolution, 3.05 Å, and the finest one, 3.06"
    for preset in (DEFAULT, PUBLISHED):
        with pytest.raises(ValueError, match=sentence):
            prepare(sample(), particle(32)[1], 1.5, Settings(coarsest=3.05), preset)


def _with(value):
    volume = sample().copy()
    volume[3, 4, 5] = value
    return volume


MASK = particle(32)[1]
ARRAYS = {
    "NaN": ((_with(np.nan), MASK), "the map holds values that are not numbers (NaN or infinite)"),
    "infinite": (
        (_with(np.inf), MASK),
        "(NaN or infinite); make the map again, or replace",
    ),
    "constant": ((np.full((32,) * 3, 7.0), MASK), "the map is constant: every voxel has the same"),
    "no cube": ((sample()[:30], MASK[:30]), "the map has shape (30, 32, 32): give a cube"),
    "an image": ((sample()[0], MASK[0]), "the map has shape (32, 32): give a cube, [z, y, x]"),
    "no voxels": ((np.zeros((0, 0, 0)), MASK[:0, :0, :0]), "the map has shape (0, 0, 0): give a"),
    "another mask": ((sample(), MASK[1:, 1:, 1:]), "the mask has shape (31, 31, 31), the map (32"),
    "soft mask": ((sample(), MASK.astype(np.float32)), "values of type float32: give bool, such"),
    "empty mask": ((sample(), MASK & False), "the mask is empty"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ARRAYS)
def test_array_that_is_no_map_or_mask_is_refused(kind):
    arrays, sentence = ARRAYS[kind]
    with pytest.raises(ValueError) as error:
        analyse(*arrays, 1.5)
    assert sentence in str(error.value)


def test_noise_map_and_voxel_size_are_checked_too():
    for noise_map, sentence in (
        (_with(np.nan), "the noise map holds values that are not numbers"),
        (0 * sample(), "the noise map is constant"),
        (sample()[:31, :31, :31], r"the noise map has shape \(31, 31, 31\), the map \(32"),
    ):
        with pytest.raises(ValueError, match=sentence):
            analyse(sample(), MASK, 1.5, noise_map=noise_map)
    for sampling in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match=r"a voxel size of .* Å: give a positive number"):
            analyse(sample(), MASK, sampling)
