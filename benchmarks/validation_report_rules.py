"""Rules that were tried, as text and a table."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Dict, List, Tuple

import numpy as np

from benchmarks.validation_oracle import ORACLES, SOME_AXES
from benchmarks.validation_race import NEVER, Rule
from benchmarks.validation_rules import LEVELLED, NOISES, POOLINGS, SPECTRA, Tried
from benchmarks.validation_tables import NOISE, closer, not_lower, table
from monodir_plugin.numerics.presets import DEFAULT, POOLING

__all__ = ["rule_records", "rules"]

_RULE = Rule(DEFAULT.race.control, DEFAULT.significance, DEFAULT.race.failures)
_DEFAULT = Tried("power", POOLING, _RULE)
#: From the thresholds and race of the paper to the default, a step at a time.
_STEPS = (
    Tried("sampled", 1.0, Rule("cells", 0.95, 2)),
    Tried("sampled", POOLING, Rule("cells", 0.95, 2)),
    Tried("power", 1.0, Rule("cells", 0.95, 2)),
    Tried("power", POOLING, Rule("cells", 0.95, 2)),
    Tried("power", POOLING, Rule("fdr", 0.95, 2)),
    Tried("power", POOLING, Rule("fdr", 0.995, 2)),
    _DEFAULT,
)
#: The default with one thing changed.
_VARIATIONS = (
    *(replace(_DEFAULT, noise=noise) for noise in NOISES if noise != _DEFAULT.noise),
    *(replace(_DEFAULT, pooling=pooling) for pooling in POOLINGS if pooling != POOLING),
    *(
        replace(_DEFAULT, rule=rule)
        for rule in (
            *(replace(_RULE, control="cells", significance=s) for s in (0.95, 0.99)),
            *(replace(_RULE, significance=s) for s in (0.998, 0.99, 0.97, 0.95)),
            replace(_RULE, among_running=True),
            *(replace(_RULE, failures=n) for n in (1, 2, 3, 6, NEVER)),
            *(replace(_RULE, floor=floor) for floor in (0.01, 0.02, 0.05)),
        )
    ),
    *(
        replace(_DEFAULT, spectrum=spectrum, rule=replace(_RULE, significance=s))
        for spectrum in SPECTRA
        if spectrum != LEVELLED
        for s in (0.995, 0.97)
    ),
)


def rule_records(found: Dict[str, Dict[str, List[dict]]]) -> List[dict]:
    """Every rule over all cases.

    Parameters
    ----------
    found : dict
        By case what :func:`benchmarks.validation_rules.tried_on` returns.

    Returns
    -------
    list of dict
        The rule, mean absolute error in rungs by oracle and noise and over all, mean rank
        correlation at high noise, and of how many comparisons it is closer than ``published``
        (``closer``) and has no lower a rank correlation (``rank_kept``).
    """
    by_rule: Dict[Tried, List[Tuple[dict, dict]]] = {}
    for case in found.values():
        published = {(r["level"], r["oracle"]): r for r in case["published"]}
        for record in case["rules"]:
            tried = _tried(record)
            base = published[record["level"], record["oracle"]]
            by_rule.setdefault(tried, []).append((record, base))
    return [_over_cases(tried, pairs) for tried, pairs in by_rule.items()]


def _tried(record: dict) -> Tried:
    rule = Rule(**{name: record[name] for name in asdict(_RULE)})
    return Tried(record["noise"], record["pooling"], rule, record["spectrum"])


def _over_cases(tried: Tried, pairs: List[Tuple[dict, dict]]) -> dict:
    out = {
        "noise": tried.noise, "pooling": tried.pooling, "spectrum": tried.spectrum,
        **asdict(tried.rule),
    }  # fmt: skip
    for oracle in ORACLES:
        for level in NOISE:
            errors = [
                a["mean_rungs"] for a, _ in pairs if (a["oracle"], a["level"]) == (oracle, level)
            ]
            out[f"{oracle}_{level}"] = float(np.mean(errors))
    out["mean"] = float(np.mean([a["mean_rungs"] for a, _ in pairs]))
    high = [a["rank"] for a, _ in pairs if a["level"] == "high" and np.isfinite(a["rank"])]
    out["rank_high"] = float(np.mean(high)) if high else float("nan")
    out["closer"] = sum(closer(a, b) for a, b in pairs)
    out["rank_kept"] = sum(not_lower(a, b) for a, b in pairs)
    out["of"] = len(pairs)
    return out


def rules(found: Dict[str, Dict[str, List[dict]]]) -> str:
    """The section of the page."""
    records = {_tried(record): record for record in rule_records(found)}
    published = [r["mean_rungs"] for case in found.values() for r in case["published"]]
    high = [r["rank"] for c in found.values() for r in c["published"] if r["level"] == "high"]
    head = ["rule", "strict", "fair", "mean", "rank, high", "closer", "rank kept"]
    own = records[_DEFAULT]
    real = sorted((r for t, r in records.items() if t.noise != "true"), key=lambda r: r["mean"])
    everywhere = [r for r in real if r["closer"] == r["of"]]
    floors = [r for t, r in records.items() if t.rule.floor > 0]
    best_floor = max(floors, key=lambda r: r["rank_high"])
    return "\n".join(
        [
            "Rules that were tried\n---------------------\n\n"
            f"On {len(SOME_AXES)} axes of every case amplitudes were kept and raced again by "
            f"{len(records)} rules (``benchmarks/validation_rules.py``; all of them are in "
            "``docs/validation_rules.csv``). A rule is where thresholds come from (*sampled*: "
            "amplitudes of the solvent within 45 degrees of the axis; *power*: the solvent's power "
            "in cone and band; *true*: the noise itself inside the mask, which no experimenter "
            "has), the share of the rung's frequency at which amplitudes are low-passed, the test, "
            "and the failures in a row after which a voxel leaves. Before that the noise's radial "
            "power is brought to a power of spatial frequency: 0.25 in the default; or 0 "
            "(*white*), 0.5 "
            "(*root*), 1 (*ramp*), or it is left *as it is*. Voxels are every other one "
            "along x, y and z. Mean absolute errors in rungs at low / middle / high noise, "
            "their mean, the mean rank correlation at high noise, and in how many of "
            f"{own['of']} comparisons the rule is closer than ``published`` and not lower in rank "
            f"correlation. ``published``: mean {np.mean(published):.2f}, rank at high noise "
            f"{np.nanmean(high):.2f}.\n\nA step at a time to the default:\n",
            table(head, [_row(t, records[t]) for t in _STEPS]),
            "The default with one thing changed:\n",
            table(head, [_row(t, records[t]) for t in (_DEFAULT, *_VARIATIONS)]),
            _thresholds([row for case in found.values() for row in case["thresholds"]]),
            f"* Of {len(real)} rules that need no oracle the default is number "
            f"{1 + real.index(own)} by its mean error, {own['mean']:.2f}; the least is "
            f"{real[0]['mean']:.2f} ({_name(_tried(real[0]))}). Closer than ``published`` in all "
            f"{own['of']} comparisons are {len(everywhere)} rules; the default is in "
            f"{own['closer']}.\n"
            f"* A floor, a chance of noise at which a voxel passes whatever the others do, has a "
            f"rank correlation of {best_floor['rank_high']:.2f} at high noise at best, against "
            f"{own['rank_high']:.2f} without it, and errors of {best_floor['mean']:.2f} against "
            f"{own['mean']:.2f}.\n",
            "Tried before and not counted here: evidence pooled over axes within 24 degrees, which "
            "lowered the rank correlation, for axes differ. Not tried: percentiles corrected for "
            "order statistics.\n",
        ]
    )


def _row(tried: Tried, record: dict) -> List[str]:
    errors = (" / ".join(f"{record[f'{o}_{level}']:.2f}" for level in NOISE) for o in ORACLES)
    ranks = f"{record['rank_high']:.2f}" if np.isfinite(record["rank_high"]) else "–"
    counts = str(record["closer"]), str(record["rank_kept"])
    return [_name(tried), *errors, f"{record['mean']:.2f}", ranks, *counts]


def _name(tried: Tried) -> str:
    rule = tried.rule
    words = [
        tried.noise,
        f"{tried.pooling:g}",
        f"{rule.control} {100 * (1 - rule.significance):g} %"
        + (" of those running" if rule.among_running else ""),
        "never leave" if rule.failures == NEVER else f"{rule.failures} failed",
    ]
    if tried.spectrum != LEVELLED:
        words.insert(0, tried.spectrum)
    if rule.floor > 0:
        words.append(f"floor {100 * rule.floor:g} %")
    return ", ".join(words)


def _thresholds(rows: List[dict]) -> str:
    lines = []
    for noise, what in (("sampled", "Sampled in the solvent"), ("power", "By power")):
        words = []
        for level in NOISE:
            of = [r for r in rows if (r["noise"], r["level"]) == (noise, level)]
            low, median, high = (np.mean([r[k] for r in of]) for k in ("low", "median", "high"))
            most = max(r["most"] for r in of)
            words.append(
                f"{median:.2f} times ({low:.2f} to {high:.2f}, {most:.2f} at most) at {level} noise"
            )
        lines.append(f"* {what}, thresholds are {', '.join(words)} those of the noise itself.")
    return (
        "\n".join(lines) + " Given are the median and the percentiles 5 and 95 over axes and "
        "rungs, means over cases, and the largest of all, without pooling. What is sampled "
        "in the solvent is the particle, too, which the cone smears into it.\n"
    )
