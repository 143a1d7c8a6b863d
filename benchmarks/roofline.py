"""The least time that the axes of the default preset can take on this machine.

    python -m benchmarks.roofline 128 256

For every ninth axis and every band: the operations of the pruned transforms that the method needs
(from the band to a grid; of the square to its low frequencies; from those to the nodes), at the
rate that the library reaches on a grid that stays in cache; and the bytes that have to be moved
once, at the rate of a plain copy.  Grids are taken as small as the band's box.  Beside it: the
time that the axes took.
"""

from __future__ import annotations

import argparse
import time
from typing import Callable, Tuple

import ducc0
import numpy as np

from benchmarks.setting import MASK_SHARE, SAMPLING, compile_all, phantom
from benchmarks.stage_times import stage_seconds
from monodir_plugin.numerics import AxisSet
from monodir_plugin.numerics.fourier.soft_cone import SoftCone, soft_cone
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem

#: Side of the grid on which the rate of transforms is measured.
_SIDE = 48
_COPIED_BYTES = 50_000_000


def least_seconds(work: Callable[[], object], repeats: int = 20) -> float:
    """The shortest of several calls of a function, seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def operations_of(lines: float, length: float) -> float:
    """Operations of complex transforms."""
    return 5 * lines * length * np.log2(max(length, 2))


def rates() -> Tuple[float, float]:
    """Operations per second of a transform, and bytes per second of a copy, of one thread."""
    grid = np.zeros((_SIDE,) * 3, np.complex64)
    seconds = least_seconds(lambda: ducc0.fft.c2c(grid, axes=(1,), out=grid))
    source = np.zeros(_COPIED_BYTES // 4, np.float32)
    target = np.empty_like(source)
    copy = least_seconds(lambda: np.copyto(target, source))
    return operations_of(_SIDE**2, _SIDE) / seconds, 2 * source.nbytes / copy


def needed(problem: SnrProblem, cone: SoftCone, band: int) -> Tuple[float, float]:
    """Operations and bytes that one axis and band need."""
    bands, nodes = problem.bands, problem.nodes
    lower, upper, spans = cone.box_of(*bands.limits(band))
    extent = upper - lower + 1
    if extent[0] <= 0:
        return 0.0, 0.0
    mz, my, mx = (ducc0.fft.good_size(int(n)) for n in extent)
    points, planes, rows = nodes.points, len(nodes.planes), len(nodes.rows)
    # Fourier components of the square that are kept: to the reach of the low-pass, or all.
    width, high = min(bands.reach, mx // 2) + 1, min(2 * bands.reach + 1, my)
    operations = (
        # The band to the grid: rows along z hold the band's coefficients only.
        operations_of(np.maximum(spans[:, 1] - spans[:, 0], 0).sum(), mz)
        + operations_of(mz * extent[2], my)
        + operations_of(mz * my, mx)
        # The square, to its low frequencies; a real transform takes half of the operations.
        + operations_of(mz * my, mx) / 2
        + operations_of(mz * width, my)
        + operations_of(high * width, mz)
        # And to the nodes.
        + operations_of(high * width, points)
        + operations_of(planes * width, points)
        + operations_of(planes * rows, points) / 2
    )
    grid, square, at_nodes = 8 * mz * my * mx, 4 * mz * my * mx, 4 * planes * rows * points
    return operations, grid + square + at_nodes


def main() -> None:
    """Print the least time."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="+", help="box sides in voxels")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--mask-share", type=float, default=MASK_SHARE, help="of the box; 0.05")
    options = parser.parse_args()
    speed, stream = rates()
    print(f"one thread: {speed / 1e9:.1f} Gflop/s in transforms, {stream / 1e9:.1f} GB/s in a copy")
    compile_all("default", options.threads)
    for size in options.sizes:
        maps = phantom(size, options.mask_share)
        took, prepared = stage_seconds(*maps, SAMPLING, "default", options.threads)
        problem = prepared.problem
        bands = range(len(problem.bands))
        costs = []
        for axis in AxisSet.icosahedral(81).vectors[::9]:
            cone = soft_cone(problem.bands.size, axis, problem.opening)
            costs += [needed(problem, cone, band) for band in bands]
        operations, moved = np.mean(costs, axis=0)
        least = operations / speed + moved / stream
        print(
            f"{size}: {operations / 1e6:.2f} Mflop ({1e3 * operations / speed:.3f} ms) and "
            f"{moved / 1e6:.2f} MB ({1e3 * moved / stream:.3f} ms) per axis and band; 81 axes, "
            f"{len(bands)} bands, {options.threads} threads: at least "
            f"{least * 81 * len(bands) / options.threads:.2f} s; took {took['axes']:.2f} s"
        )


if __name__ == "__main__":
    main()
