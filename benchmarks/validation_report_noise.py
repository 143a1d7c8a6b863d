"""False discoveries, and noise from half maps, as text and tables."""

from __future__ import annotations

from typing import Dict, List, Optional

import numpy as np

from benchmarks.validation_discoveries import CLEAR, RULES
from benchmarks.validation_halves import NOISES
from benchmarks.validation_oracle import ORACLES
from benchmarks.validation_study import LEVELS
from benchmarks.validation_tables import table

__all__ = ["discoveries", "halves", "strengths"]

_DEFAULT = "fdr 0.5 %"
_NOMINAL = 0.005
#: Rungs that make no difference to a user.
_LITTLE = 0.1


def discoveries(found: Dict[str, Dict[str, dict]]) -> str:
    """Realised shares of false discoveries, by level of noise and rule."""
    rows = []
    for name in RULES:
        for noise, by_rule in found.items():
            content = by_rule[name]
            rows.append(
                [
                    f"{name}, {noise}",
                    _mean_and_worst(content["test"], content["test_error"]),
                    f"{100 * max(content['signal_free']):.1f}",
                    _mean_and_worst(content["together"], content["together_error"]),
                    _mean_and_worst(content["race"], content["race_error"]),
                    f"{content['discoveries'][0]:.0f}",
                ]
            )
    worst = {
        which: max(
            (value, error, noise)
            for noise, by_rule in found.items()
            for value, error in zip(by_rule[_DEFAULT][which], by_rule[_DEFAULT][f"{which}_error"])
        )
        for which in ("test", "together", "race")
    }
    (share,) = next(iter(found.values()))[_DEFAULT]["noise"]
    return "\n".join(
        [
            "False discoveries\n-----------------\n\n"
            "As for leakage the signal fills one half of the mask. A cell that passes in the "
            f"other half, {CLEAR} voxels or more from the border, is a false discovery; cells "
            f"nearer to the border are not counted. So {100 * share:.0f} % of those counted are "
            "noise. Shares of false discoveries among all, in %, means over 16 axes and 4 "
            "realisations; an axis without a discovery at a rung counts as 0, as in the "
            "definition. *Tested*: the voxels that pass a rung by itself. *All axes*: the "
            "same of the voxels of all axes together. *Raced*: those that "
            "reach it or a finer one, as the table R(r, d) says. Mean over rungs / worst rung ± "
            "its standard error. *Without signal*: worst rung, tested, only where the signal's own "
            "amplitude is below a tenth of the noise's 95 % quantile, for cones carry signal "
            f"further than {CLEAR} voxels along the coarse rungs:\n",
            table(
                [
                    "rule, noise",
                    "tested",
                    "without signal",
                    "all axes",
                    "raced",
                    "pass the first rung",
                ],
                rows,
            ),
            f"For ``{_DEFAULT}``, the default, the worst rung has "
            f"{100 * worst['test'][0]:.1f} ± {100 * worst['test'][1]:.1f} % when tested "
            f"({worst['test'][2]} noise), {100 * worst['together'][0]:.1f} ± "
            f"{100 * worst['together'][1]:.1f} % with all axes together "
            f"({worst['together'][2]} noise), and {100 * worst['race'][0]:.1f} ± "
            f"{100 * worst['race'][1]:.1f} % after the race ({worst['race'][2]} noise), against "
            f"the nominal {100 * _NOMINAL:.1f} %: "
            f"{_within(worst['test'][0], worst['test'][1])} when tested, "
            f"{_within(worst['race'][0], worst['race'][1])} after the race.\n\n"
            "What ``fdr`` controls is the share at one rung along one axis, on average over maps. "
            "Of all axes together it need not hold: at a rung where nothing is resolved, each "
            "axis has its own chance of a discovery, and all of them are false. ``fdr-all`` tests "
            "the voxels of all axes together; axes with much signal then pay for the noise of "
            "those with none. A "
            "voxel that fails has more chances, and what it reaches is the finest of several "
            "tests, so nothing is promised for the table after the race: the numbers are what is "
            "measured here. Nor is anything promised for maps that choose among axes, as highest "
            "does.\n",
        ]
    )


def _mean_and_worst(values: List[float], errors: List[float]) -> str:
    rung = int(np.argmax(values))
    return f"{100 * np.mean(values):.1f} / {100 * values[rung]:.1f} ± {100 * errors[rung]:.1f}"


def _within(value: float, error: float) -> str:
    if value <= _NOMINAL:
        return "within it"
    return "above it, by less than two errors" if value <= _NOMINAL + 2 * error else "above it"


def halves(found: Dict[str, Dict[str, List[dict]]]) -> str:
    """Solvent and half maps, by particle and change of the experiment."""
    rows, told, gains, ranks = [], [], [], []
    masked = silent = 0
    for particle, changes in found.items():
        for change, records in changes.items():
            by_noise = {(r["noise"], r["oracle"]): r for r in records}
            rows.append(
                [
                    f"{particle}, {change}",
                    *(_numbers(by_noise[n, oracle]) for oracle in ORACLES for n in NOISES),
                ]
            )
            for noise in NOISES:
                words = by_noise[noise, ORACLES[0]]["told"] or ["nothing"]
                if ("premasked" in change and noise == NOISES[0]) or words != ["nothing"]:
                    told.append(f"* {particle}, {change}, {noise}: {'; '.join(words)}.\n")
            if "premasked" in change:
                masked += 1
                silent += not by_noise[NOISES[0], ORACLES[0]]["told"]
            for oracle in ORACLES:
                solvent, half = (by_noise[n, oracle].get("mean_rungs", np.inf) for n in NOISES)
                gains.append((solvent - half, change, f"{particle}, {change} ({oracle})"))
                solvent, half = (by_noise[n, oracle].get("rank", np.nan) for n in NOISES)
                ranks.append(half - solvent)
    return "\n".join(
        [
            "Noise from half maps\n--------------------\n\n"
            f"Even views, middle noise (a level of {LEVELS['middle']:g}), 10 axes, the default "
            "with noise from the solvent and from half maps, each against the oracles of the same "
            "changed experiment. Half maps are an independent realisation of the map's noise, "
            "changed likewise. The particle's radius is where the noise that changes with radius "
            "has gone half of the way. Mean absolute error in rungs / rank correlation:\n",
            table(
                ["particle, change", *(f"{o}, {n}" for o in ORACLES for n in NOISES)],
                rows,
            ),
            "What the program told:\n",
            "".join(told),
            "With noise from the solvent the program neither refused nor warned in "
            f"{silent} of the {masked} premasked maps; where it went on, what is left of the "
            "solvent is not the noise of the particle, and errors are those of the table.\n",
            _recommended(gains, np.array(ranks)),
        ]
    )


def _numbers(record: dict) -> str:
    if "mean_rungs" not in record:
        return "refused"
    rank = f"{record['rank']:.2f}" if np.isfinite(record["rank"]) else "–"
    return f"{record['mean_rungs']:.2f} / {rank}"


def _recommended(gains: List[tuple], ranks: np.ndarray) -> str:
    misled = [g for g in gains if g[1] != "as it is"]
    same = [g for g in gains if g[1] == "as it is"]
    won = sum(gain > 0 for gain, _, _ in misled)
    lost = [gain for gain, _, _ in gains if gain <= 0]
    much = [f"{name} by {-gain:.2f}" for gain, _, name in gains if gain < -_LITTLE]
    finite = [gain for gain, _, _ in misled if np.isfinite(gain)]
    advice = (
        "Take the noise from half maps where they are at hand"
        if won > len(misled) / 2 and np.mean(finite) > 0
        else "These numbers do not favour half maps"
    )
    return (
        f"Where the solvent misleads, half maps are closer in {won} of {len(misled)} comparisons, "
        f"by {np.mean(finite):.2f} rungs on average; on the experiment as it is in "
        f"{sum(gain > 0 for gain, _, _ in same)} of {len(same)}. They are less close "
        f"in {len(lost)} of {len(gains)}, by more than {_LITTLE} rungs in "
        f"{'; '.join(much) if much else 'none'}. The mean error favours whatever is coarse where "
        "little is resolved; the rank correlation does not: with half maps it is larger by "
        f"{np.nanmax(ranks):.2f} at most, {np.nanmean(ranks):.2f} on average, and nowhere smaller "
        f"by more than {-np.nanmin(ranks):.2f}. *{advice}.*\n"
    )


def strengths(found: Dict[str, Dict[str, Dict[str, Optional[List[float]]]]]) -> str:
    """How strong the noise seems, by particle, change of the experiment and source."""
    rows, errors = [], {noise: [] for noise in NOISES}
    for particle, changes in found.items():
        for change, by_noise in changes.items():
            rows.append([f"{particle}, {change}", *(_strength(by_noise[n]) for n in NOISES)])
            if all(by_noise.values()):
                for noise in NOISES:
                    errors[noise].append(by_noise[noise][3])
    solvent, half = (np.array(errors[noise]) for noise in NOISES)
    return (
        "The noise itself is known here. Threshold for a chance of 5 % as it is found, over that "
        "of the noise inside the mask (six realisations), median over axes and rungs (5th to 95th "
        "percentile), and root mean square of its deviation from 1 on a logarithmic scale:\n\n"
        + table(["particle, change", *NOISES], rows)
        + f"\nHalf maps find the noise of the particle within {100 * half.max():.0f} % in all "
        f"cases, the solvent within {100 * solvent.min():.0f} to {100 * solvent.max():.0f} %; half "
        f"maps are nearer in {np.sum(half < solvent)} of the {len(half)} in which both tell, and "
        f"less near by {100 * max((half - solvent).max(), 0):.0f} % at most. Where "
        "resolutions are less close with half maps, a wrong noise offsets what the estimate "
        "itself is off by.\n"
    )


def _strength(values: Optional[List[float]]) -> str:
    if values is None:
        return "refused"
    median, low, high, deviation = values
    return f"{median:.2f} ({low:.2f} to {high:.2f}), {100 * deviation:.0f} %"
