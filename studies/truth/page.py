"""The page of the study: every number in it is a record."""

from __future__ import annotations

from typing import List, Optional, Sequence

import numpy as np

from studies.harness import Checkout, Record, rst_table
from studies.truth import baselines
from studies.truth.cases import Case
from studies.truth.filters import GRID
from studies.truth.measure import CRITERIA, EXCESS, ORACLES
from studies.truth.oracle import AXES
from studies.truth.ranking import beaten
from studies.truth.relion import relion_version

__all__ = ["page"]

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


def page(records: Sequence[Record], cases: Sequence[Case], checkout: Optional[Checkout]) -> str:
    """Text of the page, reStructuredText.

    Parameters
    ----------
    records : sequence of dict
        Of :func:`studies.truth.measure.measure_case`.
    cases : sequence of Case
    checkout : Checkout or None
        Of the earlier program.
    """
    parts = [
        _heading("Validation against an oracle", "="),
        _INTRODUCTION.format(axes=len(AXES), finest=GRID[-1]),
        _columns(checkout),
        _heading("Cases", "-"),
        _cases(records, cases),
    ]
    for criterion in CRITERIA:
        parts += [_heading(f"R(r, d) at FSC {criterion:g}", "-"), _of_criterion(records, criterion)]
    parts += [
        _heading("Without a cone", "-"),
        _without_cone(records),
        _heading("Axes without data", "-"),
        _without_data(records),
        _heading("A flexible domain", "-"),
        _flexible(records),
        _heading("Other oracles", "-"),
        _other_oracles(records),
    ]
    if any(r["estimate"] == _STRONGER for r in records):
        parts += [_heading("Stronger noise inside the particle", "-"), _stronger(records)]
    return "\n".join(parts)


_INTRODUCTION = """\
Simulated maps, whose signal and noise are known apart. Made by::

   python -m studies run truth --models ../shared/models --output docs --detector CHECKOUT

``docs/validation.csv`` has every number. The cases of ``TUNING`` in ``studies/truth/cases.py``,
on which constants were chosen, are not shown here.

Oracle: SNR(r, d, f) is the mean of the clean reconstruction's power about r, in a cone about d and
a band about f, over the mean power there of four noise reconstructions. R(r, d) is the finest
frequency up to which SNR stays above SNR = 2 FSC / (1 - FSC) of the criterion. Window: a Gaussian
of 3 voxels; cone: 15 degrees about the axis, hard edge; band: half-width 0.035 cycles/voxel. An
axis and frequency with less than 3 % of the median axis's noise power have no data, nor has an
axis that no view's central slice comes within 22.5 degrees of. Voxels: every other one of the mask
along x, y and z; {axes} axes. The coarse limit is ten voxels: pairs (voxel, axis) that are not
resolved count as resolved there. R is not known beyond {finest:g} cycles/voxel, where maps end:
where most pairs reach it, errors are small for any estimate and ranks mean little.

Errors are mean absolute errors in cycles/voxel, ranks are Spearman's. "Rank within" is the mean
over the voxels of the rank over the axes; the interaction is R less the mean of its axis and the
mean of its voxel.
"""


def _heading(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}\n"


def _columns(checkout: Optional[Checkout]) -> str:
    local, coned, wide = baselines.LOCAL, baselines.CONED, baselines.WIDE
    lines = [
        "Estimates:",
        "",
        "* *default*, *published*: the program's presets, from half maps and from a single map;",
        "* *product*: local FSC x conical FSC / FSC of the map, as frequencies (window of the",
        f"  local FSC: {wide.window:g} voxels);",
        f"* *coned FSC*: FSC of coned half maps in a Gaussian window of {coned.window:g} voxels;",
        "* *conical FSC*: FSC of the masked half maps in a double cone, the same for all voxels;",
        f"* *local FSC*: FSC in a Gaussian window of {local.window:g} voxels, for all axes;",
    ]
    if checkout is None:
        lines.append("* the old detector is left out: no checkout was given (``--detector``);")
    else:
        lines.append(f"* *old*: the default of commit {checkout.commit}, a detector;")
    version = relion_version()
    if version is None:
        lines.append("* RELION is left out: ``relion_postprocess`` is not installed.")
    else:
        lines.append(
            f"* *RELION*: ``relion_postprocess --locres`` ({version}), without directions."
        )
    return "\n".join([*lines, ""])


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
    note = (
        "Noise: of a pixel, in standard deviations of the clean images. FSC: where the masked half "
        "maps correlate so; R: median of the oracle's pairs; both in cycles/voxel.\n"
    )
    return f"{note}\n{rst_table(head, rows)}"


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
    return "\n".join([*parts, beaten(chosen)])


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
        values = np.array([float(r[key]) for r in records])  # type: ignore[arg-type]
        known = values[np.isfinite(values)]
        style = ".3f" if key.endswith(("error", "bias")) or "error_" in key else ".2f"
        cells.append(f"{known.mean():{style}}" if len(known) else "-")
    return " / ".join(cells)


def _without_cone(records: Sequence[Record]) -> str:
    parts = ["Local resolution without direction; error / rank of voxels.", ""]
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
            if np.isfinite(float(r.get("resolved_without_data", np.nan)))  # type: ignore[arg-type]
        ]
        if not some:
            return "In no case an axis is without data.\n"
        oracle = sorted({(str(r["case"]), r["resolved_without_data_oracle"]) for r in some})
        told = ", ".join(f"{case} {share:.2f}" for case, share in oracle)
        parts += [f"FSC {criterion:g} (oracle: {told}):", "", _by_case(some, ("share",))]
    return "\n".join(parts)


def _flexible(records: Sequence[Record]) -> str:
    parts = ["Median R of the flexible domain / of the rest, cycles/voxel.\n"]
    for criterion in (CRITERIA[0], CRITERIA[-1]):
        some = [r for r in _chosen(records, criterion) if "median_flexible" in r]
        if not some:
            return "No case has a flexible domain.\n"
        first = some[0]
        told = f"{first['median_flexible_oracle']:.2f} / {first['median_rigid_oracle']:.2f}"
        table = _by_case(some, ("median_flexible", "median_rigid"))
        parts += [f"FSC {criterion:g} (oracle: {told}):", "", table]
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
    table = rst_table(["", *(_SHORT.get(name, name) for name in names)], rows)
    return (
        "Error / rank of pairs, means over the cases. Soft: cos² to 24 degrees from the axis, "
        f"half-width 0.07 cycles/voxel.\n\n{table}"
    )


def _stronger(records: Sequence[Record]) -> str:
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
    return rst_table(["FSC", "noise inside", "error / bias / rank, means over the cases"], rows)
