"""Compiling for a first run: what it needs later, beside what it does first.

Compiled loops are kept on the disk, so that only the first run after an installation waits for
them.  While this process diagnoses the map, two others compile what is needed after that, by
calling it with hardly any data; this process then reads it from the disk.
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import List

import numba
import numpy as np

from ..diagnosis import gamma_tensor_fit
from ..diagnosis.tensor import fit_tensors
from ..numerics.geometry.axes import AxisSet
from ..numerics.geometry.grid import distance_map
from ..numerics.localres.analysis import measured_rows
from ..numerics.localres.preparation import prepare
from ..numerics.localres.presets import Preset
from ..numerics.parallel.process_pool import can_fork, forked
from ..numerics.reduction.reductions import reduce_table
from ..numerics.reduction.table import ResolutionTable

__all__ = ["compile_beside", "wait_for"]

log = logging.getLogger("monodir")

_SIZE = 16


def compile_beside(preset: Preset) -> List[BaseProcess]:
    """Begin to compile what a run needs after the diagnosis, unless it is on the disk.

    Returns the processes that do it.
    """
    if numba.config.DISABLE_JIT or not can_fork() or _is_there():
        return []
    log.info("first run: compiling")
    crew: List[BaseProcess] = []
    # Where no process can be started, everything is compiled when it is needed.
    with suppress(OSError):
        for work in (_measure, _reduce):
            crew.append(forked(work, preset))
    return crew


def wait_for(crew: List[BaseProcess]) -> None:
    """Wait until everything is compiled; what failed is compiled when it is needed."""
    for process in crew:
        process.join()


def _is_there() -> bool:
    """Whether what is compiled last lies on the disk, and is no older than its source."""
    function = gamma_tensor_fit._judge
    source = Path(gamma_tensor_fit.__file__)
    version = "".join(map(str, sys.version_info[:2]))
    pattern = f"{source.stem}.{function.__name__}-*.py{version}*.nbi"
    indices = Path(function.stats.cache_path).glob(pattern)
    return any(index.stat().st_mtime >= source.stat().st_mtime for index in indices)


def _measure(preset: Preset) -> None:
    """Measure noise along one axis."""
    noise = np.random.default_rng(0).normal(size=(_SIZE,) * 3).astype(np.float32)
    mask = distance_map(_SIZE) < _SIZE / 4
    prepared = prepare(noise, mask, 1.0, preset=preset, noise_map=noise[::-1].copy())
    for _ in measured_rows(prepared, AxisSet(np.array([[0.0, 0.0, 1.0]]))):
        pass


def _reduce(preset: Preset) -> None:
    """Reduce a table, and fit ellipsoids to it."""
    axes = AxisSet.icosahedral(46)
    indices = np.flatnonzero(distance_map(_SIZE) < _SIZE / 4)
    codes = np.random.default_rng(0).integers(10_000, 30_000, (len(axes), len(indices)))
    table = ResolutionTable(
        codes=codes.astype(np.uint16),
        axes=axes,
        indices=indices,
        shape=(_SIZE,) * 3,
        sampling=1.0,
        frequencies=np.array([0.1, 0.2, 0.3, 0.4]),
        with_data=np.ones(len(axes), bool),
    )
    reduce_table(table, preset.rules, np.full(3, _SIZE / 2))
    fit_tensors(table)
