"""Time and memory of runs by size, threads, source of the noise and diagnosis, with estimates."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Iterator, List, NamedTuple, Sequence

import numpy as np

from benchmarks.setting import phantom, words_of_run, write_inputs, yardstick
from benchmarks.whole_runs.run_stages import STAGES
from benchmarks.whole_runs.watched import OTHER, REPOSITORY, peaks_of_run, timed_run
from monodir_plugin.numerics import PRESETS
from monodir_plugin.numerics.measurement.duration import estimated_seconds, machine_slowness
from monodir_plugin.numerics.measurement.extent import Extent
from monodir_plugin.numerics.measurement.memory import memory_needed
from studies.harness import Record

__all__ = ["AXES", "Kind", "kinds_of", "measured_records"]

AXES = 81
#: Boxes that are larger are measured with fewer kinds of runs, each once.
_LARGEST_MEASURED_OFTEN = 256


class Kind(NamedTuple):
    """A kind of run.

    Attributes
    ----------
    preset : str
    half_maps, diagnosed : bool
    threads : int
    turns : int
        Timed runs, of which the median is kept; memory is that of one run more.
    """

    preset: str
    half_maps: bool
    diagnosed: bool
    threads: int
    turns: int = 1


def kinds_of(size: int, quick: bool) -> List[Kind]:
    """The kinds of runs that are measured of a box, those of the table for users first."""
    turns = 3 if size <= 128 and not quick else 1
    kinds = [
        Kind("default", False, False, 2, turns),
        Kind("default", False, True, 2, turns),
    ]
    if size > _LARGEST_MEASURED_OFTEN:
        return kinds
    kinds.append(Kind("default", False, True, 1))
    if not quick:
        kinds += [
            Kind("default", True, False, 2),
            Kind("default", True, True, 2),
            Kind("published", False, False, 2),
        ]
    return kinds


def measured_records(
    sizes: Sequence[int], quick: bool = False, checkout: Path = REPOSITORY
) -> Iterator[Record]:
    """Measure runs of simulated balls.

    Parameters
    ----------
    sizes : sequence of int
        Sides of the boxes.
    quick : bool
        Measure fewer kinds of runs, each once.
    checkout : Path, optional
        Of the program that is run; default: this one.

    Yields
    ------
    dict
        One line of the table: size, kind, seconds and megabytes of the run and its stages,
        estimates, and the yardstick of the same minute.
    """
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small"
        small.mkdir()
        write_inputs(small, *phantom(48))
        for preset in PRESETS:  # So that nothing is compiled later.
            timed_run(words_of_run(small, preset, 2, half_maps=True), checkout)
            timed_run(words_of_run(small, preset, 2), checkout)
        for size in sizes:
            place = Path(folder) / str(size)
            place.mkdir()
            volume, mask = phantom(size)
            write_inputs(place, volume, mask)
            del volume
            for kind in kinds_of(size, quick):
                yield _record(place, mask, kind, checkout)


def _record(folder: Path, mask: np.ndarray, kind: Kind, checkout: Path) -> Record:
    """One line of the table."""
    size, voxels = len(mask), int(mask.sum())
    unit, slowness = yardstick(size), machine_slowness()
    words = words_of_run(folder, kind.preset, kind.threads, kind.half_maps, kind.diagnosed)
    runs = [timed_run(words, checkout) for _ in range(kind.turns)]
    runs.sort(key=lambda one: one.seconds)
    unit, slowness = min(unit, yardstick(size)), min(slowness, machine_slowness())
    run, peaks = runs[len(runs) // 2], peaks_of_run(words, checkout)
    extent = Extent(
        size=size,
        side=PRESETS[kind.preset].working_box(mask),
        voxels=voxels,
        axes=AXES,
        threads=kind.threads,
        preset=kind.preset,
        half_maps=kind.half_maps,
        diagnosis=kind.diagnosed,
    )
    record: Record = {
        "preset": kind.preset,
        "size": size,
        "voxels": voxels,
        "side": extent.side,
        "half_maps": int(kind.half_maps),
        "diagnosed": int(kind.diagnosed),
        "threads": kind.threads,
        "seconds": run.seconds,
        "cpu_seconds": run.cpu,
        "estimated_seconds": estimated_seconds(extent, slowness),
        "megabytes": max(peaks.values()) / 2**20,
        "estimated_megabytes": memory_needed(extent) / 2**20,
        "yardstick": unit,
        "slowness": slowness,
    }
    for name in (OTHER, *STAGES):
        record[f"{name}: seconds"] = run.stages[name]
        record[f"{name}: cpu_seconds"] = run.stages_cpu[name]
        record[f"{name}: megabytes"] = peaks[name] / 2**20
    shown = {key: value for key, value in record.items() if ":" not in key}
    print(shown, file=sys.stderr, flush=True)
    return record
