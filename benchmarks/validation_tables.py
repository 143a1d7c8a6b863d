"""Choosing records of the validation, and tables of reStructuredText."""

from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy as np

from benchmarks.validation_oracle import ORACLES

__all__ = [
    "NOISE",
    "Case",
    "cases_of",
    "closer",
    "figure",
    "name_of",
    "not_both",
    "not_lower",
    "one_of",
    "pairs_of",
    "some_of",
    "table",
    "unique",
]

#: Levels of noise by name.
NOISE = ("low", "middle", "high")
#: Particle, views and noise.
Case = Tuple[str, str, str]


def some_of(records: Sequence[dict], **wanted: str) -> List[dict]:
    """Records with the values that are named."""
    return [r for r in records if all(r[key] == value for key, value in wanted.items())]


def unique(records: Sequence[dict], key: str) -> List[str]:
    """Values of a field in order of appearance."""
    return list(dict.fromkeys(r[key] for r in records))


def cases_of(records: Sequence[dict]) -> List[Case]:
    """Every case in order of appearance, its levels of noise together."""
    return [
        (particle, views, noise)
        for particle, views in dict.fromkeys((r["particle"], r["views"]) for r in records)
        for noise in unique(some_of(records, particle=particle, views=views), "noise")
    ]


def one_of(
    records: Sequence[dict], case: Case, estimator: str, oracle: str, quantity: str = "R"
) -> dict:
    """The one record of a case, an estimator and an oracle."""
    (found,) = some_of(
        records, particle=case[0], views=case[1], noise=case[2],
        estimator=estimator, oracle=oracle, quantity=quantity,
    )  # fmt: skip
    return found


def pairs_of(
    records: Sequence[dict], first: str, second: str, oracles: Sequence[str] = ORACLES
) -> List[Tuple[dict, dict]]:
    """Records of two estimators, case by case and oracle by oracle."""
    return [
        (one_of(records, c, first, oracle), one_of(records, c, second, oracle))
        for oracle in oracles
        for c in cases_of(records)
    ]


def closer(one: dict, other: dict) -> bool:
    """Whether the first has the smaller mean absolute error."""
    return one["mean_rungs"] < other["mean_rungs"]


def not_lower(one: dict, other: dict) -> bool:
    """Whether the first has no lower a rank correlation; one that has none is lower."""
    return bool(np.isnan(other["rank"]) or one["rank"] >= other["rank"])


def not_both(pairs: Sequence[Tuple[dict, dict]]) -> List[str]:
    """Names and numbers of the pairs whose first is not both closer and not lower in rank."""
    return [
        f"{name_of(a)} ({a['oracle']}): "
        f"{a['mean_rungs']:.2f} / {a['rank']:.2f} against {b['mean_rungs']:.2f} / {b['rank']:.2f}"
        for a, b in pairs
        if not (closer(a, b) and not_lower(a, b))
    ]


def name_of(record: dict) -> str:
    """Particle, views and noise."""
    return f"{record['particle']}, {record['views']}, {record['noise']}"


def figure(name: str) -> str:
    """A picture beside the page."""
    return f".. image:: {name}\n   :width: 100%\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A simple table; a first cell that is empty is written as a backslash."""
    cells = [[cell or "\\ " for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in cells]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule, ""])
