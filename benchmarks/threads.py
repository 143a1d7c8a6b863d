"""Time the stages of a run with more and more threads.

    python -m benchmarks.threads 128 256 --threads 1 2 4 8 16

prints seconds of every stage, on the simulated ball of :mod:`benchmarks.setting`, and in brackets
how many times as fast it is as with the first number of threads (of axes: of processes).
"""

from __future__ import annotations

import argparse
import sys
from typing import Dict, List, Sequence, Tuple

from benchmarks.setting import SAMPLING, compile_all, machine, phantom
from benchmarks.stage_times import stage_seconds
from monodir_plugin.numerics import PRESETS
from studies.harness import rst_table

HEADER = ("preset", "size", "threads", "preparing", "axes", "reducing", "all")


def seconds(size: int, preset: str, threads: int) -> Dict[str, float]:
    """Seconds of every stage, and of all of them."""
    took, _ = stage_seconds(*phantom(size), SAMPLING, preset, threads)
    return {**took, "all": sum(took.values())}


def cells_of(took: Dict[str, float], first: Dict[str, float]) -> Tuple[str, ...]:
    """Seconds of stages, each with its gain over the first number of threads."""
    return tuple(f"{took[name]:.2f} s ({first[name] / took[name]:.1f})" for name in took)


def rows_of(size: int, preset: str, counts: Sequence[int]) -> List[Tuple[str, ...]]:
    """A row for every number of threads."""
    rows = []
    first: Dict[str, float] = {}
    for threads in counts:
        took = seconds(size, preset, threads)
        first = first or took
        rows.append((preset, str(size), str(threads), *cells_of(took, first)))
        print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    return rows


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="+", help="box sides in voxels")
    parser.add_argument("--preset", choices=sorted(PRESETS), nargs="+", default=["default"])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    rows: List[Tuple[str, ...]] = []
    for preset in options.preset:
        compile_all(preset, max(options.threads))
        for size in options.sizes:
            rows += rows_of(size, preset, options.threads)
    print(machine())
    print()
    print(rst_table(HEADER, rows))


if __name__ == "__main__":
    main()
