"""Tables as csv and as reStructuredText."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Dict, List, Sequence

__all__ = ["Record", "read_csv", "rst_table", "write_csv"]

#: One line of a csv.
Record = Dict[str, Any]


def write_csv(records: Sequence[Record], path: Path) -> None:
    """Write one record a line; the columns are those of all records, in order of appearance.

    Numbers have six significant digits: three more than a page shows.
    """
    columns: List[str] = list(dict.fromkeys(key for record in records for key in record))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        for record in records:
            writer.writerow(
                {k: f"{v:.6g}" if isinstance(v, float) else v for k, v in record.items()}
            )


def read_csv(path: Path) -> List[Record]:
    """The records of a csv: integers, floats, booleans and text; nothing where a cell is empty."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {key: _value(text) for key, text in line.items() if text != ""}
            for line in csv.DictReader(file)
        ]


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return {"True": True, "False": False}.get(text, text)


def rst_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A simple table; an empty first cell is written as a backslash, as the format needs."""
    lines = [[cell or "\\ " for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in lines) for i in range(len(head))]
    rule = "  ".join("=" * width for width in widths)
    written = ["  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in lines]
    return "\n".join([rule, written[0], rule, *written[1:], rule, ""])
