"""Conical correlation and missing views: found against true.

    python -m benchmarks.calibrate_views --output docs [--keep]

Writes ``diagnosis_views.rst``, its figures, and ``diagnosis_views.csv`` with every record.
With ``--keep`` a table that is there is not measured again.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any, Dict, List

from benchmarks.calibrate_cones import cone_records
from benchmarks.calibrate_views_figures import draw_cones, draw_examples, draw_worst
from benchmarks.calibrate_views_report import report
from benchmarks.calibrate_views_study import records
from benchmarks.pictures import save_picture

TABLE = "diagnosis_views.csv"


def main() -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=Path("docs"), metavar="DIR")
    parser.add_argument("--keep", action="store_true", help="use the table that is there")
    options = parser.parse_args()
    table = options.output / TABLE
    if not (options.keep and table.is_file()):
        write(table)
    found = read(table)
    cones = cone_records()
    save_picture(draw_worst(found), options.output / "figure_diagnosis_views.png")
    save_picture(draw_examples(), options.output / "figure_diagnosis_views_examples.png")
    save_picture(draw_cones(cones), options.output / "figure_diagnosis_cones.png")
    page = options.output / "diagnosis_views.rst"
    page.write_text(report(found, cones), encoding="utf-8")


def write(path: Path) -> None:
    """Measure all records into a table."""
    found: List[Dict[str, Any]] = []
    for record in records():
        found.append({k: round(v, 3) if isinstance(v, float) else v for k, v in record.items()})
        if len(found) % 10 == 0:
            print(f"{len(found)}: {record['particle']}, {record['views']}", flush=True)
    names = list(dict.fromkeys(name for record in found for name in record))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def read(path: Path) -> List[Dict[str, Any]]:
    """The records of a table; numbers as numbers, NaN where there is none."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: _value(text) for name, text in row.items()} for row in csv.DictReader(file)]


def _value(text: str) -> Any:
    if text == "":
        return float("nan")
    try:
        return float(text)
    except ValueError:
        return text


if __name__ == "__main__":
    main()
