"""The study of ``benchmarks.validation``, reduced: oracles, their metric, and key figures."""

from dataclasses import replace

import numpy as np
import pytest

from monodir_plugin.numerics import AxisSet
from monodir_plugin.numerics.analysis import measure_table
from monodir_plugin.numerics.discoveries import common_chance, counts_by_chance, threshold_of
from monodir_plugin.numerics.noise_tails import Tails
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.presets import DEFAULT, PUBLISHED
from monodir_plugin.numerics.table import encode
from monodir_plugin.simulation import Particle

pytest.importorskip("benchmarks", reason="the study is in the repository, not in the package")
from benchmarks.validation_calibration import noise_alone
from benchmarks.validation_cases import make_experiment
from benchmarks.validation_discoveries import RULES, false_discoveries
from benchmarks.validation_halves import both_noises, stronger_inside
from benchmarks.validation_metric import distance, rungs_passed
from benchmarks.validation_oracle import (
    ORACLES,
    REALISATIONS,
    finest_passed,
    oracles_of,
    settings_of,
)
from benchmarks.validation_study import ESTIMATORS

AXES = AxisSet(AxisSet.icosahedral(46).vectors[::9])
FIRST = 0.1
LEVELS = (0.25, 1.0)


def test_the_finest_rung_passed_is_the_last_one_above_one_and_the_crossing_is_interpolated():
    rungs = np.array([0.1, 0.2, 0.3, 0.4])
    # One column a cell: passes all, fails beyond a gap, never passes, passes after a gap.
    ratio = np.array([[2, 2, 0.5, 2], [2, 1.5, 0.5, 0.5], [2, 0.5, 0.9, 1.2], [2, 0.5, 0.5, 0.8]])
    np.testing.assert_allclose(finest_passed(ratio, rungs, False), [0.4, 0.2, 0, 0.3])
    np.testing.assert_allclose(finest_passed(ratio, rungs, True), [0.4, 0.25, 0, 0.35])


def test_distances_count_rungs_and_an_unresolved_cell_is_one_rung_beyond_the_coarse_limit():
    true = encode(np.array([0.1, 0.2, 0.3, 0.0]))
    found = encode(np.array([0.1, 0.24, 0.28, 0.1]))
    np.testing.assert_allclose(rungs_passed(true, FIRST), [1, 6, 11, 0], atol=0.01)
    far = distance(found, true, 2.0, FIRST)
    assert far.mean_rungs == pytest.approx((0 + 2 + 1 + 1) / 4, abs=0.01)
    assert far.bias_rungs == pytest.approx((0 + 2 - 1 + 1) / 4, abs=0.01)
    errors = np.array([0, 2 / 0.24 - 10, 2 / 0.28 - 2 / 0.3, 0])
    assert far.bias_angstrom == pytest.approx(errors.mean(), abs=0.01)


@pytest.fixture(scope="module")
def experiment():
    return make_experiment("blob", Particle(None, 64, 2.0), "uniform", REALISATIONS + 2)


@pytest.fixture(scope="module")
def oracles(experiment):
    return oracles_of(experiment, DEFAULT, LEVELS, axes=AXES)


def _found(experiment, preset, level):
    prepared = prepare(
        experiment.map(level), experiment.mask, experiment.sampling, settings_of(experiment), preset
    )
    chosen = experiment.sampled[experiment.mask]
    return measure_table(prepared, AXES, 2).codes[:, chosen]


def _error(found, truth):
    return distance(found, truth, 2.0, FIRST)


def test_oracles_are_coarser_with_more_noise_and_signal_with_noise_passes_more(oracles):
    mean = {key: rungs_passed(truth, FIRST).mean() for key, truth in oracles.items()}
    for oracle in ORACLES:
        assert mean[oracle, 0.25] > mean[oracle, 1.0] + 3
    for level in LEVELS:
        assert mean["fair", level] > mean["strict", level]


def test_the_clean_map_itself_has_nearly_the_strict_oracle_of_no_noise(experiment):
    # With a millionth of the noise every amplitude is far above the threshold.
    oracle = oracles_of(experiment, DEFAULT, [1e-6], axes=AxisSet(AXES.vectors[:1]))["strict", 1e-6]
    assert np.mean(rungs_passed(oracle, FIRST) > 20) > 0.99


@pytest.mark.parametrize("oracle", ORACLES)
def test_default_follows_the_oracles_better_than_a_constant_and_the_authors_rules(
    experiment, oracles, oracle
):
    truths = [oracles[oracle, level] for level in LEVELS]
    found = [_error(_found(experiment, DEFAULT, v), t) for v, t in zip(LEVELS, truths)]
    published = [_error(_found(experiment, PUBLISHED, v), t) for v, t in zip(LEVELS, truths)]
    coarse = [_error(np.zeros_like(t), t) for t in truths]
    for mine, theirs in zip(found, published):
        assert mine.mean_rungs < theirs.mean_rungs
        assert mine.rank >= theirs.rank
    # From low noise to high: where the strict oracle resolves little, the constant is close, too.
    assert sum(f.mean_rungs for f in found) < 0.6 * sum(c.mean_rungs for c in coarse)


@pytest.mark.parametrize("oracle", ORACLES)
def test_controlling_false_discoveries_pays_where_little_is_resolved(experiment, oracles, oracle):
    cells = ESTIMATORS["cell by cell"]
    level = max(LEVELS)
    truth = oracles[oracle, level]
    together = _error(_found(experiment, DEFAULT, level), truth)
    assert together.mean_rungs < _error(_found(experiment, cells, level), truth).mean_rungs


def test_of_noise_alone_false_discoveries_are_as_rare_as_promised():
    # Where nothing is to be discovered, an axis makes any discovery at a rung with a chance of
    # half a per cent at most: and then of a few cells.
    share = np.array(noise_alone(DEFAULT, seeds=4)["share"])
    assert np.all(np.diff(share) <= 0)
    assert share[0] < 0.01


def test_cell_by_cell_noise_passes_the_first_rung_as_often_as_the_significance_says():
    cells = ESTIMATORS["cell by cell"]
    found = noise_alone(cells, seeds=4)
    share = np.array(found["share"])
    # 5 % at the first rung; a cell that fails it has three more chances to come in.
    chance = 3 * found["deviation"][0] / np.sqrt(4)
    assert 0.05 - chance < share[0] < 0.20 + chance


@pytest.mark.parametrize("rate", [0.03, 0.1])
def test_of_independent_cells_the_share_of_false_discoveries_is_what_it_should_be(rate):
    # For independent cells the step-up rule has a rate of exactly rate * noise / cells; that of
    # Benjamini and Yekutieli less by the sum of 1/i.
    cells, noise, repeats = 400, 300, 1000
    thresholds = np.linspace(0.5, 5.5, 5001)
    tails = Tails(0.5, thresholds[1] - thresholds[0], np.exp(-(thresholds**2) / 2))
    random = np.random.default_rng(3)
    shares = {"fdr": [], "fdr-any": []}
    for _ in range(repeats):
        amplitude = random.rayleigh(size=cells).astype(np.float32)
        amplitude[noise:] += 2
        for control, found in shares.items():
            passed = amplitude > threshold_of(control, 1 - rate, tails, amplitude, cells)
            found.append(passed[:noise].sum() / max(passed.sum(), 1))
    harmonic = {"fdr": 1.0, "fdr-any": np.sum(1 / np.arange(1, cells + 1))}
    for control, found in shares.items():
        chance = 3.5 * np.std(found) / np.sqrt(repeats)
        assert np.mean(found) == pytest.approx(rate * noise / cells / harmonic[control], abs=chance)


@pytest.mark.parametrize("signal", [3.0, 0.0])
def test_axes_together_control_the_discoveries_of_all_of_them(signal):
    """Of 20 axes one may hold signal: alone, each makes its own false discoveries."""
    axes, cells, rate, repeats = 20, 200, 0.1, 300
    thresholds = np.linspace(0.5, 5.5, 2001)
    tails = Tails(0.5, thresholds[1] - thresholds[0], np.exp(-(thresholds**2) / 2))
    random = np.random.default_rng(4)
    shares = {"fdr": [], "fdr-all": []}
    for _ in range(repeats):
        amplitude = random.rayleigh(size=(axes, cells)).astype(np.float32)
        amplitude[0, :100] += signal
        # Of another scale along every axis; chances are not.
        scales = random.uniform(0.5, 2.0, size=axes).astype(np.float32)
        rows = [(tails.scaled(float(s)), s * row) for s, row in zip(scales, amplitude)]
        passing = sum(counts_by_chance(*row) for row in rows)
        chance = common_chance(passing, axes * cells, 1 - rate)
        for control, found in shares.items():
            levels = [threshold_of(control, 1 - rate, *row, cells, chance) for row in rows]
            passed = np.array([row > level for (_, row), level in zip(rows, levels)])
            false = passed.sum() - (passed[0, :100].sum() if signal else 0)
            found.append(false / max(passed.sum(), 1))
    # For independent cells it is the rate times the share of noise among all cells; chances
    # come in steps of 5 %.
    expected = rate * (1 - (100 / (axes * cells) if signal else 0))
    error = 3.5 * np.std(shares["fdr-all"]) / np.sqrt(repeats)
    assert 0.95 * expected - error < np.mean(shares["fdr-all"]) < expected + error
    if not signal:
        assert np.mean(shares["fdr"]) == pytest.approx(1 - (1 - rate) ** axes, abs=0.1)


def test_of_noise_alone_no_axis_discovers_more_than_all_may(experiment):
    """A race along every fifth axis finds nothing to pass, so nothing does along the others."""
    rule = replace(DEFAULT, race=replace(DEFAULT.race, control="fdr-all"))
    share = np.array(noise_alone(rule, seeds=2)["share"])
    assert share.max() < 1e-3


def test_in_a_half_filled_mask_false_discoveries_stay_below_their_rate(experiment):
    axes = AxisSet(AXES.vectors[::2])
    rules = {name: RULES[name] for name in ("fdr 3 %", "fdr 10 %", "cells 5 %")}
    found = false_discoveries(experiment, 1.0, 2, rules, axes)
    for name, rate in (("fdr 3 %", 0.03), ("fdr 10 %", 0.10)):
        shares, errors = np.array(found[name]["test"]), np.array(found[name]["test_error"])
        # Expected to be the rate at most at every rung; of 21 rungs one may be three errors above.
        assert np.all(shares <= rate + 3.5 * errors)
        assert shares.mean() <= rate
    # The same voxels tested one by one break what the default promises.
    assert np.mean(found["cells 5 %"]["test"]) > 0.03


def test_noise_of_half_maps_is_closer_where_the_noise_is_stronger_inside(experiment):
    changed = stronger_inside(experiment)
    records = both_noises(changed, 1.0, AxisSet(AXES.vectors[:2]))
    error = {(r["noise"], r["oracle"]): r["mean_rungs"] for r in records}
    for oracle in ORACLES:
        assert error["half maps", oracle] < error["solvent", oracle]
