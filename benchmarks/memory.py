"""Peak memory of the stages of runs, beside the estimate that a run makes before it starts.

    python -m benchmarks.memory 64 128 256
    python -m benchmarks.memory 64 128 256 --threads 2 8 --preset default published

measures ``monodir run`` of a simulated ball, as a single map and as half maps, diagnosed and not.
A peak is the largest sum over the process and its workers that was seen; pages that they share
count once.  The constants of :mod:`monodir_plugin.numerics.measurement.memory` are chosen so that
the last column is near 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import List, Tuple

from benchmarks.setting import phantom, words_of_run, write_inputs
from benchmarks.whole_runs.growth import AXES
from benchmarks.whole_runs.run_stages import STAGES
from benchmarks.whole_runs.watched import OTHER, REPOSITORY, peaks_of_run
from monodir_plugin.numerics import PRESETS
from monodir_plugin.numerics.measurement.extent import Extent
from monodir_plugin.numerics.measurement.memory import memory_needed
from studies.harness import rst_table

HEADER = (
    "preset",
    "size",
    "noise from",
    "diagnosed",
    "threads",
    OTHER,
    *STAGES,
    "peak",
    "estimate",
    "estimate / peak",
)


def row_of(folder: Path, extent: Extent, checkout: Path) -> Tuple[str, ...]:
    """Megabytes of one run, by stage."""
    words = words_of_run(folder, extent.preset, extent.threads, extent.half_maps, extent.diagnosis)
    peaks, estimate = peaks_of_run(words, checkout), memory_needed(extent)
    peak = max(peaks.values())
    return (
        extent.preset,
        str(extent.size),
        "half maps" if extent.half_maps else "solvent",
        "yes" if extent.diagnosis else "no",
        str(extent.threads),
        *(f"{peaks[name] / 2**20:.0f}" for name in (OTHER, *STAGES)),
        f"{peak / 2**20:.0f}",
        f"{estimate / 2**20:.0f}",
        f"{estimate / peak:.2f}",
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="+", help="box sides in voxels")
    parser.add_argument("--preset", choices=sorted(PRESETS), nargs="+", default=["default"])
    parser.add_argument("--threads", type=int, nargs="+", default=[2])
    parser.add_argument("--checkout", type=Path, default=REPOSITORY, help="program to measure")
    options = parser.parse_args()
    rows: List[Tuple[str, ...]] = []
    for size in options.sizes:
        volume, mask = phantom(size)
        with tempfile.TemporaryDirectory() as name:
            write_inputs(Path(name), volume, mask)
            del volume
            kinds = product(options.preset, options.threads, (False, True), (False, True))
            for preset, threads, half_maps, diagnosed in kinds:
                side = PRESETS[preset].working_box(mask)
                extent = Extent(
                    size,
                    side,
                    int(mask.sum()),
                    AXES,
                    threads,
                    preset,
                    half_maps=half_maps,
                    diagnosis=diagnosed,
                )
                rows.append(row_of(Path(name), extent, options.checkout.resolve()))
                print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    print("MiB, 81 axes")
    print(rst_table(HEADER, rows))


if __name__ == "__main__":
    main()
