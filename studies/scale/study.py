"""Measure maps from even views and write the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Iterator, List, Sequence, Tuple

import numpy as np
from scipy.ndimage import binary_erosion

from studies.harness import Record, Setting, Study, filled, rst_table
from studies.truth.cases import QUICK, Case
from studies.truth.experiment import Experiment, make_experiment
from studies.truth.filters import HARD, SOFT
from studies.truth.methods import baselines, program
from studies.truth.methods.estimators import SOURCES, estimate
from studies.truth.metrics import values_of
from studies.truth.oracle import ROWS, oracle_of

__all__ = ["run"]

#: FSC values by source of the noise.
_CRITERIA = {"half maps": (0.5, 0.143), "single map": (0.5,)}
#: Voxels at least this deep in the mask are its interior.
_DEPTH = 4
_NOISE = (0.7, 1.4, 2.8)
#: Medians should lie so near to the FSC, and errors against the hard oracle should be so small
#: (cycles per voxel).
_WITHIN, _SMALL = 0.1, 0.03
_HARD = "oracle, hard"
_CASES: Tuple[Case, ...] = tuple(
    Case(f"scale-{model}-{noise:g}", model, 72, sampling, noise, seed=41 + place)
    for place, (model, sampling) in enumerate(
        (("beta-gal", 4.0), ("proteasome", 4.0), ("blob", 4.0))
    )
    for noise in _NOISE
)


def _measured(setting: Setting) -> Iterator[Record]:
    cases = (replace(QUICK, views=_CASES[0].views),) if setting.quick else _CASES
    for case in cases:
        yield from _of_case(case, setting)


def _of_case(case: Case, setting: Setting) -> Iterator[Record]:
    experiment = make_experiment(case, setting.models, setting.cache, setting.threads)
    whole = baselines.map_fsc(experiment)
    oracles = [oracle_of(experiment, setting.cache, each) for each in (HARD, SOFT)]
    for source in SOURCES:
        for criterion in _CRITERIA[source]:
            of_map = float(whole.crossing(criterion))
            about: Record = {
                "case": case.name,
                "model": case.model,
                "noise": case.noise,
                "criterion": criterion,
                "source": source,
                "map_fsc_A": case.sampling / of_map if of_map else float("nan"),
            }
            tables = [
                (f"oracle, {name}", oracle.table(criterion), oracle.without_cone(criterion))
                for name, oracle in zip(("hard", "soft"), oracles)
            ]
            if program.has_criterion():
                found = estimate(
                    experiment, setting.cache, "default", source, criterion,
                    threads=setting.threads,
                )  # fmt: skip
                tables.append(("default", found.table[ROWS], found.without_cone))
            if setting.checkout is not None:
                found = estimate(
                    experiment, setting.cache, "default", source, criterion, setting.checkout,
                    setting.threads,
                )  # fmt: skip
                tables.append(("old detector", found.table[ROWS], found.without_cone))
            for name, table, plain in tables:
                row = {**about, "estimate": name, **_medians(experiment, table, plain, of_map)}
                yield {**row, **implied_errors(table, of_map)} if name == _HARD else row


def implied_errors(table: np.ndarray, of_map: float) -> Record:
    """Errors against an oracle that a median near the map's FSC implies, cycles per voxel.

    Parameters
    ----------
    table : ndarray, shape (axes, voxels)
        Of the oracle.
    of_map : float
        Frequency of the FSC of the map.

    Returns
    -------
    dict of str to float
        ``least_error``: of the nearest table whose median is at most 10 % coarser than the FSC.
        The finer half of the pairs reaches that median, and no other pair moves.
        ``scaled_error``: of the oracle's table times one factor, which has that median.
    """
    values = np.sort(values_of(table).astype(float), axis=None)
    needed = of_map / (1 + _WITHIN)
    finer = values[len(values) // 2 :]
    factor = max(needed / float(np.median(values)), 1.0)
    return {
        "least_error": float(np.maximum(needed - finer, 0.0).sum() / len(values)),
        "scaled_error": float((factor - 1) * values.mean()),
    }


def _medians(experiment: Experiment, table: np.ndarray, plain: np.ndarray, of_map: float) -> Record:
    sampling = experiment.case.sampling
    interior = binary_erosion(experiment.mask, iterations=_DEPTH).ravel()[experiment.voxels]
    parts = (table, table[:, interior], plain)
    median, median_interior, median_plain = (float(np.median(values_of(each))) for each in parts)
    return {
        "median_A": sampling / median,
        "median_plain_A": sampling / median_plain,
        "ratio": of_map / median,
        "ratio_interior": of_map / median_interior,
        "ratio_plain": of_map / median_plain,
        "unresolved": float(np.mean(table == 0)),
    }


def _page(records: Sequence[Record], _: Setting) -> str:
    names = list(dict.fromkeys(str(r["estimate"]) for r in records))
    rows: List[List[str]] = []
    keys = list(dict.fromkeys((r["case"], r["criterion"], r["source"]) for r in records))
    for key in keys:
        some = [r for r in records if (r["case"], r["criterion"], r["source"]) == key]
        first = some[0]
        row = [f"{first['model']}, {first['noise']:g}", f"{key[1]:g}", str(key[2])]
        row.append(f"{first['map_fsc_A']:.2f}")
        for name in names:
            one = next(r for r in some if r["estimate"] == name)
            ratios = (f"{one[key]:.2f}" for key in ("ratio", "ratio_interior", "ratio_plain"))
            row.append(" / ".join(ratios))
        rows.append(row)
    head = ["model, noise", "FSC", "from", "map, Å", *names]
    return filled(__file__, "page.rst", table=rst_table(head, rows), **_both_bounds(records))


def _both_bounds(records: Sequence[Record]) -> Dict[str, object]:
    """What a median near the FSC implies for the error against the hard oracle."""
    oracle = [r for r in records if r["estimate"] == _HARD and r["source"] == SOURCES[0]]
    apart = [r for r in oracle if float(r["ratio"]) > 1 + _WITHIN]
    rows = [
        [
            f"{r['model']}, {r['noise']:g}",
            f"{r['criterion']:g}",
            f"{r['ratio']:.2f}",
            f"{r['least_error']:.3f}",
            f"{r['scaled_error']:.3f}",
        ]
        for r in apart
    ]

    def larger(key: str) -> str:
        names = [
            f"{r['model']}, {r['noise']:g}, at FSC {r['criterion']:g} ({r[key]:.3f})"
            for r in apart
            if float(r[key]) > _SMALL
        ]
        return "; ".join(names) if names else "none of them"

    return {
        "measured": len(oracle),
        "apart": len(apart),
        "small": _SMALL,
        "contradicted": larger("least_error"),
        "scaled": larger("scaled_error"),
        "bounds": rst_table(["model, noise", "FSC", "median", "least", "one factor"], rows)
        if rows
        else "",
    }


run = Study("validation/scale", _measured, _page).run
