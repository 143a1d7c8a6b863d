"""The page of the study: every number in it is from its records."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence

import numpy as np

from studies.harness import Record, Setting, binomial_interval, filled, rst_table, some
from studies.views.cones import cone_records
from studies.views.measure import NOISE, TREATMENTS

__all__ = ["page"]

_SOURCES = ("half maps", "solvent")
#: An axis of few or many views is right within this angle, degrees.
_SAME_AXIS = 20.0
#: Coverage of the worst axis above which even and uneven are near each other.
_NEAR = 0.6


def page(records: List[Record], _: Setting) -> str:
    """Text of the page, reStructuredText."""
    cones = cone_records()
    return filled(
        __file__,
        known=cones[0]["known"],
        cones=_cones(cones),
        noise=" and ".join(f"{level:g}" for level in NOISE),
        same_axis=_SAME_AXIS,
        by_treatment=_by_treatment(records),
        by_views=_by_views(records),
        failures=_failures(records),
    )


def _cones(cones: List[Record]) -> str:
    rows = [
        [
            f"{r['size']}",
            f"{r['opening']:.0f}",
            f"{r['plain']:.2f}",
            f"{r['away']:.2f}",
            _inside(r),
            f"{r['low']:.2f} to {r['high']:.2f}",
            f"{r['by_chance'][0]:.2f} to {r['by_chance'][1]:.2f}",
            f"{r['sphericity'][0]:.2f}",
            f"{r['sphericity'][1]:.2f}",
        ]
        for r in cones
    ]
    head = [
        "box",
        "cone (°)",
        "shells (Å)",
        "axes away from it",
        "inside it",
        "two thirds of axes",
        "by chance",
        "sphericity at 0.143",
        "at 0.5",
    ]
    return rst_table(head, rows)


def _inside(record: Record) -> str:
    """Resolution of the axes inside a missing cone, if there are some and they have data."""
    if not np.isnan(record["inside"]):
        return f"{record['inside']:.1f}"
    return "no data" if record["without_data"] else ""


def _verdict(record: Record) -> str:
    """``right``, ``near``, ``wrong`` or ``unknown``."""
    if record["kind"] == "unknown":
        return "unknown"
    if record["kind"] == record["true_kind"]:
        return "right" if record["line"] <= _SAME_AXIS else "wrong"
    between = (record["worst"], record["true_worst"])
    return (
        "near"
        if "even" in (record["kind"], record["true_kind"]) and min(between) > _NEAR
        else "wrong"
    )


def _summary(chosen: Sequence[Record]) -> List[str]:
    verdicts = [_verdict(r) for r in chosen]
    known = [r for r in chosen if r["kind"] != "unknown"]
    uneven = [r for r in known if r["true_worst"] < 0.5]
    tilted = [r for r in uneven if r["tilt"] > 0]

    def median(of: Callable[[Record], float], among: Sequence[Record], digits: int = 2) -> str:
        return f"{np.median([of(r) for r in among]):.{digits}f}" if among else "–"

    return [
        *(f"{verdicts.count(name)}" for name in ("right", "near")),
        _wrong(verdicts.count("wrong"), len(known), 0),
        f"{verdicts.count('unknown')}",
        median(lambda r: r["rank"], [r for r in known if r["true_kind"] != "even"]),
        median(lambda r: r["rms"], known),
        median(lambda r: r["density"], [r for r in known if r["true_kind"] != "even"]),
        f"{len(tilted)} of {len(uneven)}" if uneven else "–",
        median(lambda r: abs(r["tilt"] - r["true_tilt"]), tilted, 0),
        median(lambda r: r["reached"], tilted),
    ]


def _wrong(wrong: int, answers: int, digits: int) -> str:
    """A number of wrong answers, with the 95 % interval of their share in brackets."""
    low, high = (100 * end for end in binomial_interval(wrong, answers))
    return f"{wrong} ({low:.{digits}f} to {high:.{digits}f} %)"


_COLUMNS = [
    "right",
    "near",
    "wrong",
    "unknown",
    "rank correlation",
    "rms error",
    "views, correlation",
    "tilt advised where needed",
    "off the best by (°)",
    "worst coverage reached",
]


def _by_treatment(records: Sequence[Record]) -> str:
    rows = []
    for treatment in TREATMENTS:
        for source in _SOURCES:
            chosen = some(records, treatment=treatment, **{"from": source})
            rows.append([treatment, source, *_summary(chosen)])
    return rst_table(["treatment", "noise from", *_COLUMNS], rows)


def _by_views(records: Sequence[Record]) -> str:
    rows = []
    for views in dict.fromkeys(r["views"] for r in records):
        chosen = some(records, views=views)
        worst = [r["worst"] for r in chosen if r["kind"] != "unknown"]
        rows.append(
            [
                views,
                str(chosen[0]["true_kind"]),
                f"{chosen[0]['true_worst']:.2f}",
                f"{np.median(worst):.2f}" if worst else "–",
                f"{chosen[0]['true_tilt']:.0f}",
                *_summary(chosen),
            ]
        )
    head = ["views", "truly", "true worst", "found", "best tilt (°)", *_COLUMNS]
    return rst_table(head, rows)


def _failures(records: Sequence[Record]) -> str:
    """Every group of records with a wrong answer."""
    groups: Dict[tuple, List[Record]] = {}
    for r in records:
        if _verdict(r) == "wrong":
            groups.setdefault((r["particle"], r["treatment"], r["from"]), []).append(r)
    answers = sum(r["kind"] != "unknown" for r in records)
    wrong = sum(len(group) for group in groups.values())
    interval = _wrong(wrong, answers, 1).partition(" ")[2]
    lines = [f"{wrong} of {answers} answers are wrong {interval}:", ""]
    for (particle, treatment, source), group in sorted(groups.items()):
        cases = "; ".join(
            f"{r['views']} at noise {r['noise']:g} ({r['kind']} for {r['true_kind']})"
            for r in group
        )
        lines.append(f"* {particle}, {treatment}, {source}: {cases}.")
    return "\n".join(lines)
