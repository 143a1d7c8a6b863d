"""The angular error and its interval, against simulations whose errors are known.

    python -m benchmarks.calibrate_angles --models ../shared/models --output docs --work FOLDER

Writes ``diagnosis_angles.rst``, its figure and ``diagnosis_angles.csv`` to ``--output``; every
number in them is made here.  The two constants of ``monodir_plugin.diagnosis.angular_error``
are fitted to the training half and printed; the page judges those that stand in the module.
``--models`` holds the atomic models of ``docs/experiments.rst``; without them all particles are
procedural.  With ``--work`` the simulated maps stay in a folder (1 GB) and are not made again;
every map is measured anew, in a few minutes.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path
from typing import Dict, List

from benchmarks.calibrate_angles_cases import draw_cases, measure
from benchmarks.calibrate_angles_report import constants_of, draw, report, rows_of
from benchmarks.pictures import save_picture

HALVES = ("training", "test")


def main() -> None:
    """Simulate, fit, judge and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, default=Path("../shared/models"), metavar="DIR")
    parser.add_argument("--output", type=Path, default=Path("docs"), metavar="DIR")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep the maps here")
    parser.add_argument("--cases", type=int, nargs=2, default=(120, 160), metavar="N",
                        help="of training and of test")  # fmt: skip
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        found = {
            half: measured(half, count, options.models, work)
            for half, count in zip(HALVES, options.cases)
        }
    print("common, relative:", constants_of(found["training"]))
    rows = [row for half in HALVES for row in rows_of(found[half])]
    with (options.output / "diagnosis_angles.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    save_picture(draw(rows), options.output / "figure_diagnosis_angles.png")
    (options.output / "diagnosis_angles.rst").write_text(
        report(rows, found["training"]), encoding="utf-8"
    )


def measured(half: str, count: int, models: Path, work: Path) -> List[Dict[str, object]]:
    """Fits of all cases of one half."""
    work.mkdir(parents=True, exist_ok=True)
    found = []
    for case in draw_cases(half, count, models):
        start = time.perf_counter()
        found.append(measure(case, models, work))
        seconds = time.perf_counter() - start
        print(f"{half} {case.seed}, {case.particle}: {seconds:.0f} s", flush=True)
    return found


if __name__ == "__main__":
    main()
