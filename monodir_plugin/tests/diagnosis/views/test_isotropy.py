"""The test of uniform views and its score, against noise whose power over the axes is known."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import List, Optional, Tuple

import numpy as np
import pytest
import scipy.fft
import scipy.special
import scipy.stats
from scipy.spatial.transform import Rotation

from monodir_plugin.diagnosis.views.directional_noise_power import (
    axial_power,
    axis_bins,
    bin_vectors,
    half_difference,
)
from monodir_plugin.diagnosis.views.isotropy import Isotropy, isotropy
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.geometry.harmonics import even_harmonics, funk_factor
from monodir_plugin.numerics.solvent.region import off_the_particle

SIZE = 40
LOW, ALL = (2, 4, 6), (2, 4, 6, 8, 10, 12)
#: As good as infinitely many: only the noise itself fluctuates.
MANY = 10**9
TILTED = np.array([2.0, 1.0, 2.0]) / 3


def ball(size: int = SIZE) -> np.ndarray:
    return distance_map(size) < size / 2


def around_a_rod(size: int = SIZE) -> np.ndarray:
    """Solvent of a long particle along z."""
    z, y, x = np.indices((size,) * 3) - size // 2
    return ball(size) & ~((np.hypot(x, y) < 0.2 * size) & (np.abs(z) < 0.45 * size))


@lru_cache(maxsize=None)
def lattice(size: int) -> np.ndarray:
    """Axes of the half spectrum, ``x, y, z``."""
    k = np.fft.fftfreq(size)
    x, y, z = np.broadcast_arrays(np.fft.rfftfreq(size), k[:, None], k[:, None, None])
    vectors = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    vectors[0] = 1.0
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def noise(seed: int, log: Optional[np.ndarray] = None, size: int = SIZE) -> np.ndarray:
    """White noise, or noise of which the log of the power over ``lattice`` is given."""
    grains = np.random.default_rng(seed).standard_normal((size,) * 3)
    if log is None:
        return grains
    gain = np.exp(log / 2).reshape(size, size, -1)
    return scipy.fft.irfftn(scipy.fft.rfftn(grains) * gain, s=grains.shape)


@lru_cache(maxsize=None)
def white(region: str, seeds: int = 50) -> Tuple[Isotropy, ...]:
    """Outcomes for isotropic noise."""
    where = {"ball": ball, "rod": around_a_rod}[region]()
    return tuple(isotropy(noise(seed), where, MANY) for seed in range(seeds))


def test_harmonics_are_orthonormal_on_the_axes():
    """By Gauss's quadrature over tilt and equal steps of rot: exact for these degrees."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    rot = np.arange(40) * 2 * np.pi / 40
    across = np.sqrt(1 - nodes**2)[:, None]
    z = np.broadcast_to(nodes[:, None], (20, 40))
    vectors = np.stack([across * np.cos(rot), across * np.sin(rot), z], -1).reshape(-1, 3)
    values = even_harmonics(vectors, (0, *ALL))
    gram = (values * np.repeat(weights, 40)[:, None] / 80).T @ values
    assert np.abs(gram - np.eye(91)).max() < 1e-12
    assert np.array_equal(values[:, 0], np.ones(800))
    assert np.allclose(values, even_harmonics(-vectors, (0, *ALL)))
    with pytest.raises(ValueError, match="even degrees only"):
        even_harmonics(vectors, [3])


def test_the_funk_transform_multiplies_harmonics_by_their_factor():
    turn = np.arange(360) * 2 * np.pi / 360
    frame = Rotation.from_euler("ZYZ", [25, 60, 0], degrees=True)
    circle = frame.apply(np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1))
    axis = frame.apply([[0.0, 0.0, 1.0]])
    for degree in ALL:
        means = even_harmonics(circle, [degree]).mean(axis=0)
        assert np.allclose(means, funk_factor(degree) * even_harmonics(axis, [degree])[0])


def test_every_bin_holds_its_own_middle_and_both_ends_of_an_axis():
    middles = bin_vectors()
    assert np.array_equal(axis_bins(middles), np.arange(len(middles)))
    axes = np.random.default_rng(0).normal(size=(2000, 3))
    assert np.array_equal(axis_bins(axes), axis_bins(-axes))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    # Half of the diagonal of a cell at the middle of a face, where cells are largest:
    # a square whose edge is 90 / 25 degrees and, counted on the face, as long in radians.
    cosine = np.abs(np.sum(axes * middles[axis_bins(axes)], axis=1))
    assert np.rad2deg(np.arccos(cosine)).max() < 90 / 25 * np.sqrt(2) * 0.75


@pytest.mark.parametrize("region", ["ball", "rod"])
def test_p_values_of_isotropic_noise_are_uniform(region):
    """Round or long particle: its shape is not in the noise."""
    found = [outcome.p_value for outcome in white(region)]
    assert scipy.stats.kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize("region", ["ball", "rod"])
def test_coefficients_scatter_as_the_effective_number_says(region):
    """Their mean squares over seeds, each a chi-squared over its number of values."""
    found = white(region)
    ratio = np.mean([outcome.statistic / outcome.expected for outcome in found])
    values = 27 * len(found)
    low, high = scipy.stats.chi2.ppf([0.001, 0.999], values) / values
    assert low < ratio < high


def test_an_isotropic_map_scores_zero_and_its_interval_holds_it():
    for outcome in white("ball"):
        assert (outcome.interval[0] == 0) == (not outcome.rejected)
        assert outcome.score <= outcome.interval[1] < 0.12


def zonal(degree: int) -> np.ndarray:
    """Harmonic about a tilted axis, of unit mean square over the axes."""
    return np.sqrt(2 * degree + 1) * scipy.special.eval_legendre(degree, lattice(SIZE) @ TILTED)


@pytest.mark.parametrize("degree", LOW)
@pytest.mark.parametrize("where", [ball, around_a_rod])
def test_a_known_profile_gives_its_score(degree, where):
    """The log of the power varies by 0.25 (rms)."""
    depth = 0.25
    found = [isotropy(noise(seed, depth * zonal(degree)), where(), MANY) for seed in range(5)]
    assert max(outcome.p_value for outcome in found) < 1e-6
    # The score's error in one map, from its variance: four times that of the mean of five.
    error = np.sqrt(found[0].expected / 27)
    assert np.mean([outcome.score for outcome in found]) == pytest.approx(
        depth, abs=4 * error / np.sqrt(5)
    )
    holding = [outcome.interval[0] < depth < outcome.interval[1] for outcome in found]
    # 99.9 % of binomial counts at 90 %.
    assert sum(holding) >= scipy.stats.binom.ppf(0.001, 5, 0.9)
    for outcome in found:
        alone = {d: square for d, (square, _) in outcome.by_degree.items()}
        assert max(alone, key=alone.get) == degree


def test_the_noisiest_axis_is_found():
    outcome = isotropy(noise(3, 0.7 * zonal(2)), ball(), MANY)
    rot, tilt, power = outcome.noisiest
    line = Rotation.from_euler("ZYZ", [rot, tilt, 0], degrees=True).apply([0, 0, 1.0])
    assert np.rad2deg(np.arccos(abs(line @ TILTED))) < 10
    known = np.exp(0.7 * zonal(2))
    assert power == pytest.approx(known.max() / known.mean(), rel=0.15)
    assert outcome.quietest[2] == pytest.approx(known.min() / known.mean(), rel=0.15)


def test_coarse_and_fine_shells_that_disagree_are_reported():
    """Noise along an axis that is strong in coarse shells and damped in fine ones."""
    length = np.sqrt(np.sum(np.square(_frequencies()), axis=0)).ravel()
    same = isotropy(noise(0, 0.5 * zonal(2)), ball(), MANY)
    halfway = same.shells[1] * 0.5 ** (1 / 3) / SIZE
    sign = np.where(length < halfway, 1.0, -1.0)
    turned = isotropy(noise(0, 0.5 * zonal(2) * sign), ball(), MANY)
    assert same.agreement > 0.9
    assert turned.agreement < -0.8
    assert "Coarse and fine shells disagree" in " ".join(replace(turned, p_value=0.0).sentences())
    assert "disagree" not in " ".join(same.sentences())


def test_turning_the_map_does_not_change_the_outcome():
    """By quarter turns of a box with a middle: the values are the same, elsewhere.

    Frequencies on the border between two bins of axes fall to one side of it.
    """
    size = 41
    region = around_a_rod(size)
    volume = noise(1, 0.1 * even_harmonics(lattice(size), [4])[:, 2], size)
    first = isotropy(volume, region, 500)
    for plane in ((0, 1), (1, 2), (0, 2)):
        turned = isotropy(np.rot90(volume, axes=plane), np.rot90(region, axes=plane), 500)
        assert turned.statistic == pytest.approx(first.statistic, rel=0.05)
        assert turned.effective == pytest.approx(first.effective, rel=0.002)


def test_gain_and_radial_filter_do_not_change_the_outcome():
    volume, region = noise(2), around_a_rod()
    first = isotropy(volume, region, 500)
    assert isotropy(1e4 * volume + 7, region, 500).p_value == pytest.approx(first.p_value, abs=1e-3)
    length = np.sqrt(np.sum(np.square(_frequencies()), axis=0))
    spectrum = scipy.fft.rfftn(volume) * np.exp(-4 * length)
    filtered = isotropy(scipy.fft.irfftn(spectrum, s=volume.shape), region, 500)
    assert filtered.statistic == pytest.approx(first.statistic, rel=0.3)
    assert filtered.p_value > 0.05


def _frequencies() -> List[np.ndarray]:
    k = np.fft.fftfreq(SIZE)
    return list(np.broadcast_arrays(k[:, None, None], k[:, None], np.fft.rfftfreq(SIZE)))


def of_views(count: int, seed: int) -> np.ndarray:
    """Noise of finite uniform views: one over their coverage, to first order, to degree 12."""
    views = np.random.default_rng(seed).normal(size=(count, 3))
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    log = np.zeros(len(lattice(SIZE)))
    for degree in ALL:
        density = even_harmonics(views, [degree]).mean(axis=0)
        log -= funk_factor(degree) * even_harmonics(lattice(SIZE), [degree]) @ density
    return noise(seed + 1000, log)


def test_the_luck_of_few_views_is_not_taken_for_anisotropy():
    """Where their number is not given, the outcome says how many would be as uneven."""
    volumes = [of_views(150, seed) for seed in range(7)]
    given = [isotropy(volume, ball(), 150) for volume in volumes]
    alone = [isotropy(volume, ball()) for volume in volumes]
    assert np.median([outcome.p_value for outcome in given]) > 0.05
    assert max(outcome.p_value for outcome in alone) < 0.05
    assert np.mean([outcome.score for outcome in given]) < 0.06
    # Of 27 harmonics each map shows a sum of squares, the luck of 150 views and a little noise.
    luck = np.mean([1 / outcome.alike for outcome in alone])
    assert luck == pytest.approx(1 / 150, rel=4 * np.sqrt(2 / 27 / len(alone)))


def test_symmetric_copies_of_noise_are_not_evidence():
    size = 41
    group = Rotation.create_group("C4")
    copied = [
        np.mean([np.rot90(noise(seed, size=size), turn, axes=(1, 2)) for turn in range(4)], axis=0)
        for seed in range(12)
    ]
    stated = [isotropy(volume, ball(size), MANY, group) for volume in copied]
    untold = [isotropy(volume, ball(size), MANY) for volume in copied]
    # 99.9 % of binomial counts at 5 %.
    assert sum(outcome.rejected for outcome in stated) <= scipy.stats.binom.ppf(0.999, 12, 0.05)
    assert sum(outcome.rejected for outcome in untold) > sum(outcome.rejected for outcome in stated)
    assert stated[0].effective == pytest.approx(untold[0].effective / 4)
    # Of degree 2 one harmonic is left, of degrees 4 and 6 three each.
    ratio = np.mean([outcome.statistic / outcome.expected for outcome in stated])
    low, high = scipy.stats.chi2.ppf([0.001, 0.999], 7 * 12) / (7 * 12)
    assert low < ratio < high


def test_a_cubic_group_leaves_no_harmonic_of_degree_two():
    outcome = isotropy(noise(0), ball(), MANY, Rotation.create_group("O"))
    assert sorted(outcome.by_degree) == [4, 6]


def test_the_window_blurs_what_it_says_it_does():
    """A spherical window of half the box: amplitudes of degree 12 against those put in."""
    region = distance_map(SIZE) < SIZE / 3
    power = axial_power(noise(0), region)
    assert 1 > power.kept(2) > power.kept(6) > power.kept(12) > 0.3
    assert power.variance(12) < power.variance(2) < 1 / power.effective


def test_solvent_ends_where_the_map_was_masked():
    volume = noise(0)
    volume[distance_map(SIZE) > 17] = 0
    mask = distance_map(SIZE) < 6
    region = off_the_particle(volume, mask, None).region
    radius = distance_map(SIZE)[region]
    assert radius.max() <= 18
    assert radius.min() > 6


def test_half_difference_is_half_of_it():
    first, second = noise(0), noise(1)
    assert np.allclose(half_difference(first, second), (first - second) / 2, atol=1e-6)
    with pytest.raises(ValueError, match="must agree"):
        half_difference(first, second[1:])


def test_sentences_state_the_numbers():
    outcome = isotropy(noise(3), ball(), 500)
    assert not outcome.rejected
    text = " ".join(outcome.sentences())
    assert "none beyond what 500 uniform views leave by chance" in text
    assert "no limit of coverage is given" in text and outcome.p_value > 0.95
    found = replace(
        outcome,
        p_value=1e-5,
        score=0.234,
        interval=(0.2, 0.28),
        noisiest=(30.0, 80.0, 1.6),
        quietest=(-120.0, 5.0, 0.7),
        agreement=0.9,
    )
    text = " ".join(found.sentences())
    assert "p < 0.001" in text
    assert "23.4 % (rms)" in text
    assert "20.0 to 28.0 %" in text
    assert "along rot 30, tilt 80 (1.60 times the mean) and weakest along z (0.70" in text
    assert "beyond what 500 uniform views leave" in text
    unknown = " ".join(replace(found, images=None, alike=69.2).sentences())
    assert "Fewer than about 69 uniform views would be as uneven by chance" in unknown


def test_the_record_is_json():
    outcome = isotropy(noise(3), ball())
    record = json.loads(json.dumps(outcome.record()))
    assert record["p_value"] == outcome.p_value
    assert record["by_degree"]["2"]["p_value"] == outcome.by_degree[2][1]
    assert record["noisiest"]["tilt"] == outcome.noisiest[1]
    assert record["effective_voxels"] == 2 * record["effective"]


def test_what_cannot_be_tested_is_refused():
    with pytest.raises(ValueError, match="the region has shape"):
        isotropy(noise(0), ball()[1:])
    with pytest.raises(ValueError, match="too thin"):
        isotropy(noise(0), distance_map(SIZE) < 1.5)
    with pytest.raises(ValueError, match="no noise in the region"):
        isotropy(np.ones((SIZE,) * 3), ball())
    with pytest.raises(ValueError, match="independent Fourier coefficients"):
        isotropy(noise(0), distance_map(SIZE) < 5)
    with pytest.raises(ValueError, match="number of images must be positive"):
        isotropy(noise(0), ball(), 0)
    with pytest.raises(ValueError, match="no shell is left"):
        isotropy(noise(0), ball(), finest=0.05)


def test_a_limit_is_given_only_where_noise_varies_as_chance_makes_it():
    """Few views make coverage less uneven than is expected of them: the limit would be 0."""
    calm = replace(white("ball", 4)[0], p_value=0.99, interval=(0.0, 0.0)).sentences()
    assert "no limit of coverage" in calm[1] and "0.0 %" not in " ".join(calm)
    usual = replace(white("ball", 4)[0], p_value=0.5, interval=(0.0, 0.034)).sentences()
    assert "by more than 3.4 % (rms)" in usual[1] and "is ruled out" in usual[1]
