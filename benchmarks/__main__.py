"""Measure time and memory of runs, start-up and batches, and write the pages about them.

    python -m benchmarks                         64³, 128³ and 256³
    python -m benchmarks --sizes 64 128 256 384
    python -m benchmarks --quick --output /tmp   fewer runs, pages elsewhere
    python -m benchmarks --keep                  pages from the tables of an earlier call

Run it while nothing else runs: it takes about twelve minutes on two cores.  It writes
``performance.rst`` for users, ``performance_details.rst`` for developers, and their tables.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from benchmarks.setting import machine
from benchmarks.whole_runs.growth import measured_records
from benchmarks.whole_runs.pages import details_page, users_page
from benchmarks.whole_runs.startup import measured_starts
from benchmarks.whole_runs.watched import REPOSITORY
from studies.harness import read_csv, write_csv

#: Mean number of running processes of the last minute above which the machine is not idle.
_BUSY = 0.7


def main() -> None:
    """Measure, and write tables and pages."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256], metavar="N")
    parser.add_argument("--quick", action="store_true", help="fewer kinds of runs, each once")
    parser.add_argument("--keep", action="store_true", help="use the tables of an earlier call")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "docs", metavar="DIR")
    options = parser.parse_args()
    runs, starts = (options.output / f"performance_{name}.csv" for name in ("details", "start"))
    if not options.keep:
        if os.getloadavg()[0] > _BUSY:
            print("other programs are running: times will be too long", file=sys.stderr)
        where = {"machine": machine()}
        write_csv([{**where, **r} for r in measured_starts(options.quick)], starts)
        write_csv([{**where, **r} for r in measured_records(options.sizes, options.quick)], runs)
    # Also after measuring: pages then state what the tables hold.
    measured, started = read_csv(runs), read_csv(starts)
    on = str(measured[0]["machine"])
    pages = {
        "performance.rst": users_page(measured, on),
        "performance_details.rst": details_page(measured, started, on),
    }
    for name, text in pages.items():
        (options.output / name).write_text(text, encoding="utf-8")
        print(options.output / name)


if __name__ == "__main__":
    main()
