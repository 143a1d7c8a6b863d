"""Missing views: found against true, over distributions, noise, particles and treatments.

    python -m benchmarks.calibrate_views --output docs [--work RECORDS.csv]

Writes ``diagnosis_views.rst``, its table and its figures.  With ``--work`` the records are kept
in a file, and not measured again if it is there.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any, Dict, List

from benchmarks.calibrate_views_study import records


def main() -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=Path("docs"), metavar="DIR")
    parser.add_argument("--work", type=Path, metavar="FILE", help="keep the records here")
    options = parser.parse_args()
    work = options.work or options.output / "diagnosis_views.csv"
    if not options.work or not work.is_file():
        write(work)


def write(path: Path) -> None:
    """Measure all records into a table."""
    found: List[Dict[str, Any]] = []
    for record in records():
        found.append({k: round(v, 3) if isinstance(v, float) else v for k, v in record.items()})
        if len(found) % 10 == 0:
            print(len(found), record, flush=True)
    names = list(dict.fromkeys(name for record in found for name in record))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


if __name__ == "__main__":
    main()
