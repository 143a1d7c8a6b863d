"""Time a whole run and its stages on simulated maps, beside the authors' program.

    python -m benchmarks.bench_run 64 128 256
    python -m benchmarks.bench_run 128 --preset default --threads 1 2

prints the table of docs/performance.rst.  The yardstick is one single-threaded
double-precision ``rfftn`` of the same box by scipy, the fastest before and after.
"Command" is ``monodir run --no-diagnosis``, which does what the authors' program does, from
file to files, in a process of its own.  Its memory is the peak of that process together with its
workers.  "Diagnosed" is ``monodir run``.  "Preparing" (with MonoRes), "axes" and "reducing" are
stages of the same work in this process.  The authors' program is Xmipp 3.24 (-O3
-march=x86-64-v3, 2 threads on 2 cores, 81 directions, 1.2 Å).
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple

import numba
import numpy as np
import scipy
import scipy.fft
from scipy.ndimage import gaussian_filter

from benchmarks.stage_times import stage_seconds
from monodir_plugin.files.maps import MapFile, write_map
from monodir_plugin.numerics import PRESETS
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.simulation import noisy_map
from studies.harness import rst_table

__all__ = ["MASK_SHARE", "SAMPLING", "command", "compile_all", "machine", "phantom", "yardstick"]


class AuthorsRun(NamedTuple):
    """What the authors' program took; in yardsticks where those were measured."""

    seconds: float
    megabytes: float
    yardsticks: Optional[float] = None


AUTHORS = {
    64: AuthorsRun(22.6, 90),
    96: AuthorsRun(96, 215, 12_800),
    128: AuthorsRun(194, 463, 10_600),
    240: AuthorsRun(1800, 2300, 15_800),
}
#: The authors' measurement that another size is compared with.
STAND_INS = {256: 240}
SAMPLING = 1.2
#: Share of the box that the particle fills.
MASK_SHARE = 0.05
_REPOSITORY = Path(__file__).resolve().parent.parent
#: Runs a command and prints its seconds and peak kilobytes: the larger of its own peak and of the
#: largest sum over it and its child processes that was seen, pages they share counted once. It runs
#: in a small process without libraries, because a child starts with its parent's peak.
_WATCH = """
import os, subprocess, sys, threading, time
import psutil

def watch():
    while not ended:
        try:
            tree = [watched, *watched.children(recursive=True)]
            seen.append(sum(process.memory_full_info().pss for process in tree) / 1024)
        except psutil.Error:
            pass  # One of them has ended meanwhile.
        time.sleep(0.25)

start, seen, ended = time.perf_counter(), [0], []
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
watched = psutil.Process(child.pid)
threading.Thread(target=watch, daemon=True).start()
_, status, usage = os.wait4(child.pid, 0)
took = time.perf_counter() - start
ended.append(True)
print(took, max(usage.ru_maxrss, *seen))
sys.exit(status != 0)
"""


def phantom(size: int, share: float = MASK_SHARE) -> Tuple[np.ndarray, np.ndarray]:
    """A noisy ball of atoms that fills a share of the box, and its mask."""
    mask = distance_map(size) < size * (0.75 * share / np.pi) ** (1 / 3)
    rng = np.random.default_rng(0)
    places = rng.choice(np.flatnonzero(mask), size=max(3000, size**3 // 100))
    atoms = np.bincount(places, minlength=size**3).reshape(mask.shape).astype(np.float32)
    particle = gaussian_filter(atoms, 0.8)
    return noisy_map(particle / particle[mask].std(), noise=0.5, seed=1), mask


def yardstick(size: int) -> float:
    """Seconds of one single-threaded double-precision ``rfftn`` of a box; least of six."""
    box = np.random.default_rng(0).normal(size=(size,) * 3)
    times = []
    for _ in range(6):
        start = time.perf_counter()
        scipy.fft.rfftn(box, workers=1)
        times.append(time.perf_counter() - start)
    return min(times)


def compile_all(preset: str, threads: int) -> None:
    """Measure a small map, so that nothing is compiled later."""
    stage_seconds(*phantom(48), SAMPLING, preset, threads)


def command(
    volume: np.ndarray,
    mask: np.ndarray,
    preset: str,
    threads: int,
    *more: str,
    checkout: Path = _REPOSITORY,
) -> Tuple[float, float]:
    """Run ``monodir run`` from file to files.

    Parameters
    ----------
    volume, mask : ndarray, shape (N, N, N)
    preset : str
    threads : int
    *more : str
        Further arguments.
    checkout : Path, optional
        Checkout of the program that is run; default: this one.

    Returns
    -------
    seconds, megabytes : float
        Wall time and peak memory.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("map.mrc", "mask.mrc")]
        like = MapFile(paths[0], volume, SAMPLING, (0.0, 0.0, 0.0), (0, 0, 0), "")
        write_map(paths[0], volume, like)
        write_map(paths[1], mask.astype(np.float32), like)
        arguments = ["run", str(paths[0]), "--mask", str(paths[1]), "-o", f"{folder}/out"]
        arguments += ["--preset", preset, "--threads", str(threads), *more]
        finished = subprocess.run(
            [sys.executable, "-c", _WATCH, sys.executable, "-m", "monodir_plugin.cli", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout)},
        )
        seconds, kilobytes = finished.stdout.split()[-2:]
        return float(seconds), float(kilobytes) / 1024


def machine() -> str:
    """The processor, and the versions of what computes."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [s for s in cpuinfo.read_text().splitlines() if s.startswith("model name")]
        model = names[0].split(":")[1].strip() if names else model
    versions = f"numpy {np.__version__}, scipy {scipy.__version__}, numba {numba.__version__}"
    return f"{model}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"


HEADER = (
    "preset",
    "size",
    "voxels",
    "threads",
    "frequencies",
    "preparing",
    "axes",
    "reducing",
    "command",
    "memory",
    "yardsticks",
    "authors' program",
    "times as fast",
    "diagnosed",
)


def measured_row(size: int, share: float, preset: str, threads: int, runs: int) -> Tuple[str, ...]:
    """One line of the table; of several commands the median."""
    volume, mask = phantom(size, share)
    before = yardstick(size)
    took, prepared = stage_seconds(volume, mask, SAMPLING, preset, threads)
    frequencies = len(prepared.problem.frequencies)
    del prepared
    commands = [command(volume, mask, preset, threads, "--no-diagnosis") for _ in range(runs)]
    diagnosed = command(volume, mask, preset, threads)
    unit = min(before, yardstick(size))
    seconds = float(np.median([seconds for seconds, _ in commands]))
    in_yardsticks = seconds / unit
    return (
        preset,
        str(size),
        str(int(mask.sum())),
        str(threads),
        str(frequencies),
        *(f"{took[name]:.2f} s" for name in ("preparing", "axes", "reducing")),
        f"{seconds:.1f} s",
        f"{max(memory for _, memory in commands):.0f} MB",
        f"{in_yardsticks:.0f} of {1000 * unit:.1f} ms",
        *beside_authors(size, in_yardsticks),
        f"{diagnosed[0]:.1f} s, {diagnosed[1]:.0f} MB",
    )


def beside_authors(size: int, in_yardsticks: float) -> Tuple[str, str]:
    """What the authors' program took, and how many times as fast the command was."""
    measured = STAND_INS.get(size, size)
    theirs = AUTHORS.get(measured)
    if theirs is None:
        return "", ""
    at = f" ({measured}³)" if measured != size else ""
    if theirs.yardsticks is None:
        return f"{theirs.seconds:g} s, {theirs.megabytes:g} MB{at}", ""
    words = f"{theirs.yardsticks:g}, {theirs.megabytes:g} MB{at}"
    return words, f"{theirs.yardsticks / in_yardsticks:.0f}"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="+", help="box sides in voxels")
    parser.add_argument("--preset", choices=sorted(PRESETS), nargs="+", default=sorted(PRESETS))
    parser.add_argument("--threads", type=int, nargs="+", default=[2])
    parser.add_argument("--mask-share", type=float, default=MASK_SHARE, help="of the box; 0.05")
    parser.add_argument("--runs", type=int, default=3, help="commands timed, for their median; 3")
    options = parser.parse_args()
    rows: List[Tuple[str, ...]] = []
    for preset in options.preset:
        compile_all(preset, max(options.threads))
        for size in options.sizes:
            for threads in options.threads:
                row = measured_row(size, options.mask_share, preset, threads, options.runs)
                print("  ".join(row), file=sys.stderr, flush=True)
                rows.append(row)
    print(machine())
    print()
    print(rst_table(HEADER, rows))


if __name__ == "__main__":
    main()
