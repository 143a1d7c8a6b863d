"""Common parts of the measurements: simulated maps, yardstick, authors' program, machine.

The yardstick is one single-threaded double-precision ``rfftn`` of the same box by scipy, the
fastest before and after.  The authors' program is Xmipp 3.24 (-O3 -march=x86-64-v3, 2 threads on 2
cores, 81 directions, 1.2 Å).
"""

from __future__ import annotations

import os
import platform
import shutil
import time
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numba
import numpy as np
import scipy
import scipy.fft
from scipy.ndimage import gaussian_filter

from benchmarks.stage_times import stage_seconds
from monodir_plugin.files.maps import MapFile, write_map
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.simulation import noisy_map

__all__ = [
    "MASK_SHARE",
    "SAMPLING",
    "beside_authors",
    "clear_results",
    "compile_all",
    "machine",
    "phantom",
    "words_of_run",
    "write_inputs",
    "yardstick",
]


class AuthorsRun(NamedTuple):
    """Time and memory of the authors' program; in yardsticks where those were measured."""

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


def write_inputs(folder: Path, volume: np.ndarray, mask: np.ndarray) -> None:
    """Write a map, its mask and two half maps as ``map``, ``mask``, ``half1`` and ``half2``.mrc.

    The half maps are the map with noise of half of its noise's standard deviation added and
    subtracted, so that their mean is the map.
    """
    noise = np.random.default_rng(5).normal(scale=0.5, size=volume.shape).astype(np.float32)
    like = MapFile(folder, volume, SAMPLING, (0.0, 0.0, 0.0), (0, 0, 0), "")
    for name, values in (
        ("map", volume),
        ("mask", mask.astype(np.float32)),
        ("half1", volume + noise),
        ("half2", volume - noise),
    ):
        write_map(folder / f"{name}.mrc", values, like)


def words_of_run(
    folder: Path, preset: str, threads: int, half_maps: bool = False, diagnosis: bool = True
) -> List[str]:
    """Arguments of ``monodir`` for a run of the files of :func:`write_inputs`."""
    words = ["run", "--mask", str(folder / "mask.mrc"), "-o", str(folder / "out")]
    words += ["--preset", preset, "--threads", str(threads)]
    words += [] if diagnosis else ["--no-diagnosis"]
    if half_maps:
        return [*words, *(f"--half{k}={folder}/half{k}.mrc" for k in (1, 2))]
    return [*words, str(folder / "map.mrc")]


def clear_results(words: Sequence[str]) -> None:
    """Remove the results of an earlier run with these arguments, whose table would be used."""
    if "-o" in words:
        shutil.rmtree(words[list(words).index("-o") + 1], ignore_errors=True)


def machine() -> str:
    """The processor, and the versions of Python and of the numerical packages."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [s for s in cpuinfo.read_text().splitlines() if s.startswith("model name")]
        model = names[0].split(":")[1].strip() if names else model
    versions = f"numpy {np.__version__}, scipy {scipy.__version__}, numba {numba.__version__}"
    return f"{model}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"


def beside_authors(size: int, in_yardsticks: float) -> Tuple[str, str]:
    """Time and memory of the authors' program, and how many times as fast the command was."""
    measured = STAND_INS.get(size, size)
    theirs = AUTHORS.get(measured)
    if theirs is None:
        return "", ""
    at = f" ({measured}³)" if measured != size else ""
    if theirs.yardsticks is None:
        return f"{theirs.seconds:g} s, {theirs.megabytes:g} MB{at}", ""
    words = f"{theirs.yardsticks:g}, {theirs.megabytes:g} MB{at}"
    return words, f"{theirs.yardsticks / in_yardsticks:.0f}"
