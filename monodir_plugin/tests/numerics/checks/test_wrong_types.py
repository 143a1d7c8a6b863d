"""Every field of a public record, and every argument of a measurement, refuses wrong types."""

import json
import math
from dataclasses import asdict, fields, replace

import numpy as np
import pytest

from monodir_plugin.diagnosis.diagnose import diagnose
from monodir_plugin.errors import InputError
from monodir_plugin.numerics import DEFAULT, AxisSet, Settings, analyse
from monodir_plugin.numerics.geometry.mask import make_mask
from monodir_plugin.numerics.geometry.symmetry import standard_name
from monodir_plugin.numerics.half_maps.checks import compare_half_maps
from monodir_plugin.simulation import Imaging, Particle, Views
from monodir_plugin.tests.fixtures.maps import SAMPLING, particle, sample
from monodir_plugin.workflows.measure.job import Job, load

NO_NUMBER = ["a text", "30", b"30", [1.0], (), {}, math.nan, True, 1j, object(), np.ones(4)]
NOT_POSITIVE = [*NO_NUMBER, math.inf, -math.inf, -1, 0]
#: For every field of a record, values that it refuses.
REFUSED = {
    (Settings, "directions"): [*NOT_POSITIVE, None, 80, 80.5],
    (Settings, "cone"): [*NOT_POSITIVE, None, 9.9, 90.1],
    (Settings, "criterion"): [*NOT_POSITIVE, 1],
    (Settings, "significance"): [*NOT_POSITIVE, 1],
    (Settings, "coarsest"): NOT_POSITIVE,
    (Settings, "noise_radius"): NOT_POSITIVE,
    (Settings, "centre"): [
        *NOT_POSITIVE,
        None,
        (1, 2),
        (1, 2, "a"),
        (1, 2, math.nan),
        (1, 2, True),
    ],
    (Views, "concentration"): [*NO_NUMBER, None, math.inf],
    (Views, "tilts"): [*NOT_POSITIVE, None, (0, 91), (-1, 5), (5, 5), (0, "a"), (0, math.nan)],
    (Views, "axis"): [*NOT_POSITIVE, None, (0, 0, 0), (0, 1, "a"), (0, 1, math.nan), (0, 1)],
    (Views, "stage_tilt"): [*NO_NUMBER, None, math.inf],
    (Views, "even"): [*NO_NUMBER, None, -0.1, 1.1],
    (Imaging, "images"): [*NOT_POSITIVE, None, 1, 10.5],
    (Imaging, "views"): [*NOT_POSITIVE, None],
    (Imaging, "noise"): [*NO_NUMBER, None, -1, math.inf],
    (Imaging, "colour"): [*NO_NUMBER, None, math.inf],
    (Imaging, "angle_error"): [*NO_NUMBER, None, -1, math.inf],
    (Imaging, "shift_error"): [*NO_NUMBER, None, -1, math.inf],
    (Imaging, "seed"): [*NO_NUMBER, None, -1, 1.5],
    (Particle, "model"): [1.0, True, [], {}],
    (Particle, "size"): [*NOT_POSITIVE, None, 15, 32.5],
    (Particle, "sampling"): [*NOT_POSITIVE, None],
    (Particle, "b_factor"): [*NO_NUMBER, None, math.inf],
    (Particle, "seed"): [*NO_NUMBER, None, -1, 1.5],
}


def test_every_field_of_a_record_is_in_the_list():
    records = (Settings, Views, Imaging, Particle)
    assert [(record, field.name) for record in records for field in fields(record)] == list(REFUSED)


@pytest.mark.parametrize("record, name", REFUSED, ids=lambda part: getattr(part, "__name__", part))
def test_field_refuses_values_of_another_type_with_one_sentence(record, name):
    for value in REFUSED[record, name]:
        with pytest.raises(ValueError) as error:
            record(**{name: value})
        sentence = str(error.value)
        # A sentence of this program, not one of NumPy or Python about truth or formats.
        assert (
            "give " in sentence
            or "there are sets of" in sentence
            or "cone opening" in sentence
            or "need at least" in sentence
        ), (value, sentence)


def test_numbers_of_numpy_are_taken_and_stored_as_plain_ones():
    given = Settings(np.int64(81), np.float32(30), np.array(0.5), centre=np.array([1.0, 2, 3]))
    assert json.loads(json.dumps(asdict(given))) == {
        **asdict(Settings()),
        "criterion": 0.5,
        "centre": [1.0, 2.0, 3.0],
    }


VOLUME, MASK = sample(), particle(32)[1]
ARGUMENTS = {
    "volume": [None, "map.mrc", 1.0, VOLUME.tolist(), VOLUME > 0, VOLUME * 1j, VOLUME.astype(str)],
    "mask": [None, "mask.mrc", 1.0, MASK.tolist(), MASK.astype(int)],
    "sampling": [*NOT_POSITIVE, None],
    "settings": [None, "default", {}, 1.0, True],
    "preset": [None, "default", {}, 1.0, True],
    "noise_map": ["noise.mrc", 1.0, VOLUME.tolist(), VOLUME > 0],
    "along": ["z", 1.0, [[0.0, 0.0, 1.0]], np.eye(3)],
    "threads": [*NO_NUMBER, None, 0, -1, 1.5],
    "exclude": ["membrane.mrc", 1.0, MASK.tolist(), MASK.astype(float)],
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_argument_of_a_measurement_refuses_another_type(name):
    for value in ARGUMENTS[name]:
        with pytest.raises(ValueError, match="give "):
            analyse(**{"volume": VOLUME, "mask": MASK, "sampling": 1.5, name: value})


def test_other_functions_of_maps_refuse_what_is_no_map():
    nan = VOLUME.copy()
    nan[1, 2, 3] = np.nan
    axes = AxisSet.icosahedral(46)
    for map_of in (
        lambda volume: make_mask(volume, SAMPLING),
        lambda volume: compare_half_maps(volume, VOLUME, SAMPLING),
        lambda volume: compare_half_maps(VOLUME, volume, SAMPLING),
        lambda volume: diagnose(volume, MASK, SAMPLING, axes, 30.0),
    ):
        for volume, sentence in (
            (nan, r"map holds values that are not numbers \(NaN or infinite\); make the map again"),
            (VOLUME[0], r"map has shape \(32, 32\): give a cube"),
            (VOLUME.tolist(), "map is of type list: give an array"),
            (0 * VOLUME, "map is constant: every voxel has the same value, 0"),
        ):
            with pytest.raises(ValueError, match=sentence):
                map_of(volume)
    for sampling_of in (
        lambda sampling: make_mask(VOLUME, sampling),
        lambda sampling: compare_half_maps(VOLUME, VOLUME, sampling),
        lambda sampling: diagnose(VOLUME, MASK, sampling, axes, 30.0),
    ):
        for sampling in ("1.5", 0.0, math.nan, None):
            with pytest.raises(ValueError, match=r"a voxel size of .* Å: give a positive number"):
                sampling_of(sampling)
    with pytest.raises(ValueError, match="half maps have shapes"):
        compare_half_maps(VOLUME, VOLUME[1:31, 1:31, 1:31], SAMPLING)
    with pytest.raises(ValueError, match="the mask has values of type float64: give bool"):
        diagnose(VOLUME, MASK.astype(float), SAMPLING, axes, 30.0)


@pytest.mark.parametrize("name", ["criterion", "significance"])
def test_threshold_of_a_preset_of_another_type_is_refused(name):
    values = {"criterion": None, "significance": None, name: "a text"}
    with pytest.raises(ValueError, match=f"a {name} of a text: give "):
        analyse(VOLUME, MASK, 1.5, preset=replace(DEFAULT, **values))


@pytest.mark.parametrize(
    "vectors", ["up", None, 1.0, [], [1, 2], [[0, 0, 1], [1, 0]], {}, [1j, 0, 0]]
)
def test_axes_of_another_type_are_refused(vectors):
    with pytest.raises(ValueError, match="axes must be"):
        AxisSet(vectors)


@pytest.mark.parametrize("name", [None, 1, True, [], "C0", ""])
def test_symmetry_of_another_type_is_refused(name):
    with pytest.raises(ValueError, match="is not a point group: give C1"):
        standard_name(name)


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"preset": "fast"}, "preset fast: give one of default, published"),
        ({"preset": None}, "preset None: give one of default, published"),
        ({"preset": []}, r"preset \[\]: give one of default, published"),
        ({"threads": 0}, "0 threads: give a whole number of at least 1"),
        ({"threads": "two"}, "two threads: give a whole number of at least 1"),
        ({"images": -5}, "-5 images: give a whole number of at least 1"),
        ({"images": "many"}, "many images: give a whole number of at least 1"),
        ({"sampling": "1.5"}, "a voxel size of 1.5 Å: give a number"),
        ({"symmetry": 4}, "4 is not a point group: give C1"),
        ({"settings": "default"}, "settings default: give a record of the class Settings"),
    ],
)
def test_field_of_a_job_of_another_type_is_refused_before_files_are_read(
    values, sentence, tmp_path
):
    job = Job(**{"map": str(tmp_path / "missing.mrc"), "output": tmp_path / "out", **values})
    with pytest.raises(InputError, match=sentence):
        load(job)
