"""The least that a run can take: arithmetic of its transforms at the rate of this machine.

    python -m benchmarks.floor 128 --preset default

For every ninth axis and every rung: the butterflies of the pruned transforms that the method
needs (of the band to the grid; of the modulus to the low-passed lines and back; of lines to
voxels), at the rate that the library reaches on a grid of that size that stays in cache, and
the bytes that have to pass once, at the rate of a plain copy.
"""

from __future__ import annotations

import argparse
import time
from typing import Callable, Tuple

import ducc0
import numpy as np

from benchmarks.stages import SAMPLING, phantom
from monodir_plugin.numerics import PRESETS, AxisSet
from monodir_plugin.numerics.amplitude import grid_shape
from monodir_plugin.numerics.cone import half_cone
from monodir_plugin.numerics.preparation import Prepared, prepare


def least_seconds(work: Callable[[], object], repeats: int = 20) -> float:
    """Seconds of some work; least of several."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def butterflies(lines: float, length: float) -> float:
    """Operations of complex transforms."""
    return 5 * lines * length * np.log2(length)


def rates() -> Tuple[float, float]:
    """Operations per second of a transform, and bytes per second of a copy, of one thread."""
    grid = np.zeros((72, 72, 72), np.complex64)
    seconds = least_seconds(lambda: ducc0.fft.c2c(grid, axes=(1,), out=grid))
    source, target = np.zeros(50_000_000 // 4, np.float32), np.empty(50_000_000 // 4, np.float32)
    copy = least_seconds(lambda: np.copyto(target, source))
    return butterflies(72 * 72, 72) / seconds, 2 * source.nbytes / copy


def needed(prepared: Prepared, axis: np.ndarray, rung: int) -> Tuple[float, float]:
    """Operations and bytes that one axis and rung need."""
    problem = prepared.problem
    cone = half_cone(problem.spectrum, axis, problem.cone / 2, problem.rules.corners)
    start = cone.start_of(problem.filters.ladder.low_foot[rung])
    if start > cone.last:
        return 0.0, 0.0
    lower, upper, _ = cone.box_of(start)
    extent = upper - lower + 1
    reach = problem.filters.reach(rung)
    mz, my, mx = grid_shape(extent, reach, problem.filters.margin)
    width, depth = min(reach, mx // 2) + 1, min(2 * reach + 1, my)
    size, voxels = problem.filters.size, problem.voxels
    # Lines twice as fine as the finest wave, as far as the particle reaches.
    share = (voxels.y_range[1] + 1 - voxels.y_range[0]) / size
    lines = (2 * reach * share) ** 2
    operations = (
        butterflies(extent[1] * extent[2], mz)
        + butterflies(mz * extent[2], my)
        + butterflies(mz * my, mx)
        + butterflies(mz * my, mx) / 2
        + 2 * butterflies(mz * width, my)
        + 2 * butterflies(depth * width, mz)
        + butterflies(lines, size) / 2
    )
    grid = 8 * mz * my * mx
    return operations, grid + 4 * lines * size + 13 * len(voxels)


def main() -> None:
    """Print the floor."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="+", help="box sides in voxels")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="default")
    parser.add_argument("--mask-share", type=float, default=0.05)
    options = parser.parse_args()
    speed, stream = rates()
    print(f"one thread: {speed / 1e9:.1f} Gflop/s in transforms, {stream / 1e9:.1f} GB/s in a copy")
    for size in options.sizes:
        volume, mask = phantom(size, options.mask_share)
        prepared = prepare(volume, mask, SAMPLING, preset=PRESETS[options.preset])
        rungs = len(prepared.problem.filters.ladder)
        axes = AxisSet.icosahedral(81).vectors[::9]
        cells = [needed(prepared, axis, rung) for axis in axes for rung in range(rungs)]
        operations, moved = np.mean(cells, axis=0)
        seconds = operations / speed, moved / stream
        print(
            f"{size}: {operations / 1e6:.1f} Mflop ({1000 * seconds[0]:.2f} ms) and "
            f"{moved / 1e6:.1f} MB ({1000 * seconds[1]:.2f} ms) an axis and rung; "
            f"81 axes, {rungs} rungs, 2 threads: {sum(seconds) * 81 * rungs / 2:.2f} s"
        )


if __name__ == "__main__":
    main()
