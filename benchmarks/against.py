"""Time this program and another checkout of it alternately.

    python -m benchmarks.against OTHER_CHECKOUT --sizes 128 256

Both measure the simulated ball of :mod:`benchmarks.setting` alternately, so that a change in the
load of the machine affects both: the stages (81 axes; preparation with MonoRes), each time in a
process of its own, and ``monodir run --no-diagnosis`` with its peak memory.  The table has medians
over the turns for both checkouts, and the ratio of this one to the other: below 1 this checkout is
faster, or needs less memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import numpy as np

from benchmarks.setting import SAMPLING, machine, phantom, words_of_run, write_inputs
from benchmarks.whole_runs.watched import peaks_of_run, timed_run
from monodir_plugin.numerics import PRESETS
from studies.harness import Checkout, rst_table

_HERE = Path(__file__).resolve().parent
#: The quantities that are compared, and their units.
QUANTITIES = {
    "axes": "s",
    "preparing, MonoRes": "s",
    "reducing": "s",
    "command": "s",
    "memory of the command": "MB",
}
HEADER = ("size", "", "this", "other", "ratio", "ratio of each turn")


def stages_of(checkout: Path, source: Path, preset: str, threads: int) -> Dict[str, float]:
    """Seconds of the stages in a process of its own."""
    finished = subprocess.run(
        [sys.executable, str(_HERE / "stage_times.py"), str(source), preset, str(threads)],
        stdout=subprocess.PIPE,
        check=True,
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    return json.loads(finished.stdout.splitlines()[-1])


def one_turn(checkout: Path, source: Path, preset: str, threads: int) -> Dict[str, float]:
    """All quantities of one checkout."""
    took = stages_of(checkout, source, preset, threads)
    with np.load(source) as stored:
        maps = stored["volume"], stored["mask"]
    with tempfile.TemporaryDirectory() as name:
        write_inputs(Path(name), *maps)
        words = words_of_run(Path(name), preset, threads, diagnosis=False)
        run, peaks = timed_run(words, checkout), peaks_of_run(words, checkout)
    peak = max(peaks.values()) / 2**20
    found = (took["axes"], took["preparing"], took["reducing"], run.seconds, peak)
    return dict(zip(QUANTITIES, found))


def rows_of(
    size: int, checkouts: Sequence[Path], preset: str, threads: int, turns: int
) -> List[Tuple[str, ...]]:
    """One row for every quantity."""
    found: List[List[Dict[str, float]]] = [[], []]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "maps.npz"
        (volume, mask), (small, small_mask) = phantom(size), phantom(48)
        np.savez(
            source, volume=volume, mask=mask, small=small, small_mask=small_mask, sampling=SAMPLING
        )
        for _ in range(turns):
            for checkout, kept in zip(checkouts, found):
                kept.append(one_turn(checkout, source, preset, threads))
                print(size, checkout, kept[-1], file=sys.stderr, flush=True)
    rows = []
    for name, unit in QUANTITIES.items():
        this, other = (np.array([turn[name] for turn in kept]) for kept in found)
        medians = [float(np.median(values)) for values in (this, other)]
        digits = 2 if unit == "s" else 0
        rows.append(
            (
                f"{size}³",
                name,
                *(f"{value:.{digits}f} {unit}" for value in medians),
                f"{medians[0] / medians[1]:.2f}",
                " ".join(f"{ratio:.2f}" for ratio in this / other),
            )
        )
    return rows


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkout", type=Path, help="folder of the other checkout")
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 256], help="128 256")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="default")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=3, help="of each checkout; 3")
    options = parser.parse_args()
    other = options.checkout.resolve()
    rows: List[Tuple[str, ...]] = []
    for size in options.sizes:
        checkouts = (_HERE.parent, other)
        rows += rows_of(size, checkouts, options.preset, options.threads, options.turns)
    print(machine())
    print(f"this: {_HERE.parent}; other: commit {Checkout(other).commit}")
    print()
    print(rst_table(HEADER, rows))


if __name__ == "__main__":
    main()
