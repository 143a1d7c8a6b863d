"""The pages of the study: every number in them is a record."""

from __future__ import annotations

from typing import List, Optional, Sequence

import numpy as np

from studies.harness import Checkout, Record, Setting, filled, rst_table, titled
from studies.truth.cases import FINAL, QUICK, Case
from studies.truth.filters import GRID
from studies.truth.measure import CRITERIA, EXCESS, ORACLES
from studies.truth.methods import baselines
from studies.truth.methods.relion import relion_version
from studies.truth.oracle import AXES
from studies.truth.ranking import beaten

__all__ = ["page", "page_of_other_criteria"]

_MAIN = next(iter(ORACLES))
#: Columns of the tables: abbreviations of the estimates' names.
_SHORT = {
    "default, half maps": "default, halves",
    "default, single map": "default, single",
    "published, half maps": "published, halves",
    "published, single map": "published, single",
    "old detector, half maps": "old, halves",
    "old detector, single map": "old, single",
    "local FSC x conical FSC": "product",
    "FSC of coned halves, windowed": "coned FSC",
}
_STRONGER = "default, single map, stronger noise inside"


def page(records: Sequence[Record], setting: Setting) -> str:
    """Text of the page, reStructuredText.

    Parameters
    ----------
    records : sequence of dict
        Of :func:`studies.truth.measure.measure_case`.
    setting : Setting
    """
    cases = (QUICK,) if setting.quick else FINAL
    return filled(
        __file__,
        axes=len(AXES),
        finest=GRID[-1],
        product=baselines.WIDE,
        coned=baselines.CONED,
        local=baselines.LOCAL,
        old=_old(setting.checkout),
        relion=_relion(),
        cases=_cases(records, cases),
        tables=_of_criterion(records, CRITERIA[0]),
        others=" and ".join(f"{criterion:g}" for criterion in CRITERIA[1:]),
        without_cone=_without_cone(records),
        without_data=_without_data(records),
        flexible=_flexible(records),
        other_oracles=_other_oracles(records),
        stronger=_stronger(records),
    )


def page_of_other_criteria(records: Sequence[Record]) -> str:
    """Text of the page of tables at all criteria but the first.

    Parameters
    ----------
    records : sequence of dict
        As of :func:`page`.
    """
    tables = "\n".join(_of_criterion(records, criterion) for criterion in CRITERIA[1:])
    return filled(__file__, "criteria.rst", tables=tables)


def _old(checkout: Optional[Checkout]) -> str:
    if checkout is None:
        return "the old detector is left out: no checkout was given (``--detector``)"
    return f"*old*: the default of commit {checkout.commit}, a detector"


def _relion() -> str:
    version = relion_version()
    if version is None:
        return "RELION is left out: ``relion_postprocess`` is not installed"
    return f"*RELION*: ``relion_postprocess --locres`` ({version}), without directions"


def _cases(records: Sequence[Record], cases: Sequence[Case]) -> str:
    rows = []
    for case in cases:
        of_case = [r for r in records if r["case"] == case.name and r["oracle"] == _MAIN]
        row = [case.name, case.model, _views(case), f"{case.size}", f"{case.sampling:g}"]
        row += [f"{case.images}", f"{case.noise:g}"]
        for criterion in (CRITERIA[0], CRITERIA[-1]):
            one = next(r for r in of_case if r["criterion"] == criterion)
            row += [f"{one['map_fsc']:.2f}", f"{one['oracle_median']:.2f}"]
        rows.append(row)
    head = ["case", "model", "views", "box", "Å/voxel", "images", "noise"]
    for criterion in (CRITERIA[0], CRITERIA[-1]):
        head += [f"FSC {criterion:g}", f"R {criterion:g}"]
    return rst_table(head, rows)


def _views(case: Case) -> str:
    names = []
    for share, views in case.views:
        name = f"Watson {views.concentration:g}" if views.concentration else "even"
        if views.tilts != (0.0, 90.0):
            name = f"tilts {views.tilts[0]:g}-{views.tilts[1]:g}"
        names.append(name if len(case.views) == 1 else f"{share:.0%} {name}")
    return " + ".join(names)


def _of_criterion(records: Sequence[Record], criterion: float) -> str:
    chosen = _chosen(records, criterion)
    parts = []
    for title, keys in (
        ("Error / rank of pairs:", ("error", "rank")),
        ("Bias / rank within voxels:", ("bias", "rank_within_voxels")),
        ("Error of highest / lowest:", ("error_highest", "error_lowest")),
        ("Error of ADR / rank of anisotropy:", ("error_adr", "rank_anisotropy")),
        ("Rank of the interaction / share not resolved:", ("rank_interaction", "unresolved")),
    ):
        parts += [title, "", _by_case(chosen, keys), ""]
    return titled(f"R(r, d) at FSC {criterion:g}", "\n".join(["", *parts, beaten(chosen)]))


def _chosen(records: Sequence[Record], criterion: float, oracle: str = _MAIN) -> List[Record]:
    return [
        r
        for r in records
        if r["criterion"] == criterion and r["oracle"] == oracle and r["estimate"] != _STRONGER
    ]


def _by_case(records: Sequence[Record], keys: Sequence[str]) -> str:
    """One row for each case and one column for each estimate that has the keys; means below."""
    some = [r for r in records if keys[0] in r]
    names = list(dict.fromkeys(str(r["estimate"]) for r in some))
    cases = list(dict.fromkeys(str(r["case"]) for r in some))
    rows = []
    for case in cases:
        of_case = {r["estimate"]: r for r in some if r["case"] == case}
        rows.append([case, *(_cell([of_case[name]], keys) for name in names)])
    if len(cases) > 1:
        every = [[r for r in some if r["estimate"] == name] for name in names]
        rows.append(["mean", *(_cell(each, keys) for each in every)])
    return rst_table(["", *(_SHORT.get(name, name) for name in names)], rows)


def _cell(records: Sequence[Record], keys: Sequence[str]) -> str:
    cells = []
    for key in keys:
        values = np.array([float(r[key]) for r in records])
        known = values[np.isfinite(values)]
        style = ".3f" if key.endswith(("error", "bias")) or "error_" in key else ".2f"
        cells.append(f"{known.mean():{style}}" if len(known) else "-")
    return " / ".join(cells)


def _without_cone(records: Sequence[Record]) -> str:
    parts: List[str] = []
    for criterion in CRITERIA:
        chosen = _chosen(records, criterion)
        parts += [f"FSC {criterion:g}:", "", _by_case(chosen, ("plain_error", "plain_rank"))]
    if any(r["estimate"] == "RELION" for r in records):
        parts.append("RELION reports FSC 0.143 only: its errors at other criteria mean little.\n")
    return "\n".join(parts)


def _without_data(records: Sequence[Record]) -> str:
    parts = ["Share of the pairs that are called resolved along axes without data.\n"]
    for criterion in (CRITERIA[0], CRITERIA[-1]):
        some = [
            {**r, "share": r["resolved_without_data"]}
            for r in _chosen(records, criterion)
            if np.isfinite(float(r.get("resolved_without_data", np.nan)))
        ]
        if not some:
            return "In no case an axis is without data.\n"
        oracle = sorted({(str(r["case"]), r["resolved_without_data_oracle"]) for r in some})
        shares = ", ".join(f"{case} {share:.2f}" for case, share in oracle)
        parts += [f"FSC {criterion:g} (oracle: {shares}):", "", _by_case(some, ("share",))]
    return "\n".join(parts)


def _flexible(records: Sequence[Record]) -> str:
    parts = ["Median R of the flexible domain / of the rest, cycles/voxel.\n"]
    for criterion in (CRITERIA[0], CRITERIA[-1]):
        some = [r for r in _chosen(records, criterion) if "median_flexible" in r]
        if not some:
            return "No case has a flexible domain.\n"
        first = some[0]
        medians = f"{first['median_flexible_oracle']:.2f} / {first['median_rigid_oracle']:.2f}"
        table = _by_case(some, ("median_flexible", "median_rigid"))
        parts += [f"FSC {criterion:g} (oracle: {medians}):", "", table]
    return "\n".join(parts)


def _other_oracles(records: Sequence[Record]) -> str:
    names = list(dict.fromkeys(str(r["estimate"]) for r in _chosen(records, CRITERIA[0])))
    names = [n for n in names if any("error" in r for r in records if r["estimate"] == n)]
    rows = []
    for criterion in CRITERIA:
        for oracle in ORACLES:
            chosen = _chosen(records, criterion, oracle)
            of_each = ([r for r in chosen if r["estimate"] == name] for name in names)
            cells = (_cell(each, ("error", "rank")) for each in of_each)
            rows.append([f"{criterion:g}, {oracle}", *cells])
    return rst_table(["", *(_SHORT.get(name, name) for name in names)], rows)


def _stronger(records: Sequence[Record]) -> str:
    """The section on stronger noise, where that was measured."""
    if not any(r["estimate"] == _STRONGER for r in records):
        return ""
    rows = []
    for criterion in CRITERIA:
        for name in ("default, single map", _STRONGER):
            some = [
                r
                for r in records
                if (r["criterion"], r["oracle"], r["estimate"]) == (criterion, _MAIN, name)
            ]
            label = "as in the solvent" if name != _STRONGER else f"{EXCESS:g} times the power"
            rows.append([f"{criterion:g}", label, _cell(some, ("error", "bias", "rank"))])
    head = ["FSC", "noise inside", "error / bias / rank, means over the cases"]
    return titled("Stronger noise inside the particle", f"\n{rst_table(head, rows)}")
