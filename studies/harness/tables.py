"""Tables as csv and as reStructuredText."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Dict, List, Sequence

__all__ = ["image", "rst_table", "write_csv"]


def write_csv(records: Sequence[Dict[str, object]], path: Path) -> None:
    """Write one record a line; the columns are those of all records, in order of appearance."""
    columns: List[str] = list(dict.fromkeys(key for record in records for key in record))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        for record in records:
            writer.writerow(
                {k: f"{v:.4f}" if isinstance(v, float) else v for k, v in record.items()}
            )


def rst_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A simple table; an empty first cell is written as a backslash, as the format needs."""
    cells = [[cell or "\\ " for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in cells]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule, ""])


def image(name: str) -> str:
    """A picture beside the page, as wide as the page."""
    return f".. image:: {name}\n   :width: 100%\n"
