"""Of half maps that do not fit, nothing is reported that rests on their noise or correlation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from monodir_plugin.diagnosis.diagnose import diagnose
from monodir_plugin.errors import InputError
from monodir_plugin.figures.diagnosed import cones_beside_polar, has_cones
from monodir_plugin.files.loading import load_results
from monodir_plugin.files.run_folder.verdict import verdict
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.half_maps.checks import compare_half_maps
from monodir_plugin.numerics.half_maps.findings import Finding
from monodir_plugin.numerics.half_maps.independence import check_noise_of_halves
from monodir_plugin.simulation import blob_particle, noisy_map

from ..fixtures.maps import SHORT, call, write, write_pair

SIZE, VOXEL = 48, 1.5
AXES = AxisSet.icosahedral(46)
PARTICLE, MASK = blob_particle(SIZE, seed=1)
#: Findings that need the noise of the half maps, or their correlation.
RESTING = ("isotropy", "views", "angular_error")


def _lacking_a_part():
    z, y, x = np.indices(PARTICLE.shape) - SIZE // 2
    return np.where((x > 4) & (x < 12) & (abs(y) < 6) & (abs(z) < 6), 0, PARTICLE)


def _turned(values, vector):
    matrix = Rotation.from_rotvec(vector, degrees=True).as_matrix()
    z, y, x = np.indices(values.shape) - SIZE // 2
    places = np.tensordot(matrix.T, np.array([x, y, z]), 1)[::-1] + SIZE // 2
    return map_coordinates(values, places, order=3, mode="wrap")


#: The second half map (the first is of the particle), the noise, the mask, and what is found.
UNFIT = {
    "noise alone": (lambda: 0 * PARTICLE, 1.0, MASK, ["apart"], "do not correlate"),
    "another particle": (lambda: blob_particle(SIZE, seed=9)[0], 1.0, MASK, [], "is 0.5"),
    "lacks a part": (_lacking_a_part, 0.3, MASK, ["differ"], "differ by more than noise"),
    "turned": (lambda: _turned(PARTICLE, (3, -4, 0)), 1.0, MASK, ["rotated"], "rotated by"),
    "beside the mask": (
        lambda: PARTICLE, 1.0, np.roll(MASK, 20, 0) & ~MASK, ["beside"], "lies outside the mask",
    ),
}  # fmt: skip


def _halves(kind):
    second, noise, mask, *expected = UNFIT[kind]
    scale = PARTICLE[MASK].std() * noise
    halves = [
        (each + np.random.default_rng(seed).normal(scale=scale, size=each.shape)).astype(np.float32)
        for each, seed in ((PARTICLE, 8), (second(), 78))
    ]
    return halves, mask, expected


def _diagnosed(first, second, mask, findings):
    mean, noise = (first + second) / 2, (first - second) / 2
    return diagnose(mean, mask, VOXEL, AXES, 30.0, noise, 1000, symmetry="C1", findings=findings)


@pytest.mark.parametrize("kind", UNFIT)
def test_nothing_that_rests_on_their_correlation_is_reported(kind):
    (first, second), mask, (kinds, words) = _halves(kind)
    compared = compare_half_maps(first, second, VOXEL)
    findings = [*compared.findings, *check_noise_of_halves(first, second, mask, compared.fsc)[1]]
    assert [finding.kind for finding in findings] == kinds
    found = _diagnosed(first, second, mask, findings)
    assert found.conical_fsc is None and found.views.views is None
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert not set(RESTING) & set(record)
    assert set(record["conical_fsc"]) == {"reason", "sentences"}
    for name in ("noise", "conical_fsc"):
        (sentence,) = record[name]["sentences"]
        assert words in sentence and words in record[name]["reason"]
    text = " ".join(each for entry in record.values() for each in entry["sentences"])
    assert "usual line" not in text and "sphericity is" not in text


def test_everything_is_reported_of_half_maps_that_fit():
    first, second = (noisy_map(PARTICLE, 0.6, 0.0, seed) for seed in (8, 78))
    sound = _diagnosed(first, second, MASK, []).record()
    assert set(RESTING) < set(sound) and "noise" not in sound
    assert sound["conical_fsc"]["area_ratio"]["value"] > 0.5
    # Noise that both share is correlation without signal: the numbers stay, with a doubt.
    words = "they correlate by 0.40 in the solvent"
    doubted = _diagnosed(first, second, MASK, [Finding("correlated", words, False)]).record()
    assert doubted["conical_fsc"]["area_ratio"] == sound["conical_fsc"]["area_ratio"]
    assert words in doubted["conical_fsc"]["sentences"][0]
    assert doubted["conical_fsc"]["sentences"][1:] == sound["conical_fsc"]["sentences"]
    assert words in doubted["views"]["sentences"][-1]
    assert doubted["views"]["sentences"][:-1] == sound["views"]["sentences"]
    assert doubted["isotropy"]["sentences"] == sound["isotropy"]["sentences"]


def test_grey_scales_that_differ_leave_the_correlation():
    """A correlation does not depend on scales, but the difference holds the particle."""
    first, second = (noisy_map(PARTICLE, 0.6, 0.0, seed) for seed in (8, 78))
    sound = _diagnosed(first, second, MASK, []).record()
    scaled = _diagnosed(first, 2 * second, MASK, []).record()
    assert "grey scales" in scaled["noise"]["reason"] and not set(RESTING) & set(scaled)
    ratio = scaled["conical_fsc"]["area_ratio"]["value"]
    assert ratio == pytest.approx(sound["conical_fsc"]["area_ratio"]["value"], abs=0.02)


def test_run_with_half_maps_that_do_not_fit_has_no_area_ratio(tmp_path, capsys):
    one, *mask = write_pair(tmp_path)
    noise = np.random.default_rng(3).normal(size=(32,) * 3).astype(np.float32)
    two = write(tmp_path / "noise.mrc", noise)
    given = ["--half1", one, "--half2", two, *mask]
    assert call(capsys, "run", *given, "-o", tmp_path / "out", *SHORT).status == 0
    results = load_results(tmp_path / "out")
    (said,) = results.diagnosis["conical_fsc"]["sentences"]
    assert "area ratio (cFAR) are not reported: the half maps do not fit each other: they" in said
    _, views, files = verdict(results.summary)
    assert "do not correlate at any resolution" in views and views.startswith("Views: not known")
    assert "do not correlate at any resolution" in files
    assert not list((tmp_path / "out").rglob("conical_fsc*")) and not has_cones(results)
    with pytest.raises(InputError, match="FSC in cones is not reported: the half maps do not fit"):
        cones_beside_polar(results)
