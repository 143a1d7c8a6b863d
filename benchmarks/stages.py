"""Time the stages of a run on simulated maps, against a yardstick of the same minute.

    python -m benchmarks.stages 64 128 --preset default --threads 2

The yardstick is one single-threaded double-precision ``rfftn`` of the same box.  The
authors' program (Xmipp 3.24, built with -O3 -march=x86-64-v3, 2 threads on 2
cores, 81 directions) takes 12 800 yardsticks at 96³, 10 600 at 128³ and 15 800 at 240³.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Callable, Dict, Tuple, TypeVar

import numpy as np
import scipy.fft

from monodir_plugin.numerics import PRESETS, AxisSet
from monodir_plugin.numerics.analysis import measure_monores, measure_table, reduce_all
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.simulation import blob_particle, noisy_map

T = TypeVar("T")
#: The authors' program, in yardsticks.
AUTHORS = {96: 12_800, 128: 10_600, 240: 15_800, 256: 15_800}


def timed(work: Callable[[], T]) -> Tuple[T, float]:
    """What some work returns, and its seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def yardstick(size: int) -> float:
    """Seconds of one single-threaded double-precision ``rfftn`` of a box; least of five."""
    box = np.random.default_rng(0).normal(size=(size,) * 3)
    return min(timed(lambda: scipy.fft.rfftn(box, workers=1))[1] for _ in range(5))


def stages(size: int, preset: str, threads: int) -> Dict[str, float]:
    """Seconds of every stage, and the numbers that go with them."""
    particle, mask = blob_particle(size, seed=1, atoms=max(3000, size**3 // 100))
    volume = noisy_map(particle, noise=0.5, seed=1)
    chosen = PRESETS[preset]
    prepared, preparing = timed(lambda: prepare(volume, mask, 1.0, preset=chosen, threads=threads))
    axes = AxisSet.icosahedral(81)
    table, racing = timed(lambda: measure_table(prepared, axes, threads))
    monores, alone = timed(lambda: measure_monores(prepared, threads))
    _, reducing = timed(lambda: reduce_all(prepared, table, monores, threads=threads))
    rungs = len(prepared.problem.filters.ladder)
    return {
        "voxels": int(mask.sum()),
        "rungs": rungs,
        "prepare": preparing,
        "axes": racing,
        "monores": alone,
        "reduce": reducing,
        "total": preparing + racing + alone + reducing,
        "cells_per_s": 81 * rungs * int(mask.sum()) / racing,
    }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="+", help="box sides in voxels")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="default")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    stages(32, options.preset, options.threads)  # compiles
    print(
        "size  voxels rungs  prepare     axes  monores   reduce    total   peak  yardsticks  "
        "authors/ours  cells/s"
    )
    for size in options.sizes:
        unit = yardstick(size)
        s = stages(size, options.preset, options.threads)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        units = s["total"] / unit
        ratio = f"{AUTHORS[size] / units:.0f}" if size in AUTHORS else "-"
        print(
            f"{size:4d} {s['voxels']:7d} {s['rungs']:5d} {s['prepare']:7.2f}s {s['axes']:7.2f}s "
            f"{s['monores']:7.2f}s {s['reduce']:7.2f}s {s['total']:7.2f}s {peak:5.0f}M "
            f"{units:11.0f} {ratio:>13} {s['cells_per_s']:8.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
