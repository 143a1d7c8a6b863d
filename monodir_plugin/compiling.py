"""Compiling for a first run: what it needs late, beside what it does early.

Compiled loops are kept on the disk, so that only the first run after an installation waits
for them.  A third of what it compiles is wanted at once; the rest is compiled by two processes
meanwhile, that call it with hardly any data, and is read from the disk when it is wanted.
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

from .diagnosis import quadratic_form
from .diagnosis.tensor import fit_tensors
from .numerics.axes import AxisSet
from .numerics.discoveries import threshold_of
from .numerics.filters import Filters
from .numerics.interpolation import VoxelRows, at_voxels
from .numerics.ladder import even_ladder
from .numerics.lines import Lines
from .numerics.monores import monogenic_amplitude
from .numerics.noise_tails import Tails
from .numerics.presets import DEFAULT
from .numerics.race import Race
from .numerics.reductions import reduce_table
from .numerics.scratch import Scratch
from .numerics.table import ResolutionTable
from .numerics.workers import can_fork, forked

__all__ = ["compile_beside", "wait_for"]

log = logging.getLogger("monodir")

_SIZE = 16


def compile_beside() -> List[BaseProcess]:
    """Begin to compile what a run needs late, unless it is there; the processes that do it."""
    if numba.config.DISABLE_JIT or not can_fork() or _is_there():
        return []
    log.info("first run: compiling")
    crew: List[BaseProcess] = []
    # Without room for processes all is compiled when it is wanted.
    with suppress(OSError):
        for work in (_race, _reduce):
            crew.append(forked(work))
    return crew


def wait_for(crew: List[BaseProcess]) -> None:
    """Wait until all is compiled; what could not be will be compiled when it is wanted."""
    for process in crew:
        process.join()


def _is_there() -> bool:
    """Whether what is compiled last lies on the disk, and is no older than its source."""
    function = quadratic_form._judge
    source = Path(quadratic_form.__file__)
    version = "".join(map(str, sys.version_info[:2]))
    pattern = f"{source.stem}.{function.__name__}-*.py{version}*.nbi"
    indices = Path(function.stats.cache_path).glob(pattern)
    return any(index.stat().st_mtime >= source.stat().st_mtime for index in indices)


def _ball() -> np.ndarray:
    """A mask with whole rows and rows with gaps."""
    mask = np.zeros((_SIZE,) * 3, bool)
    mask[4:12, 4:12, 4:12] = True
    mask[6, 6, 6] = False
    return mask


def _race() -> None:
    """Race along an axis, after its amplitude is there; and the amplitude without a cone."""
    voxels = VoxelRows(_ball())
    lines = Lines(np.zeros((8, 8, 3), np.complex64), np.arange(8), 8, _SIZE)
    scratch, race = Scratch(), Race(len(voxels), 4, True)
    amplitude = at_voxels(lines, voxels, race.running, scratch)
    tails = Tails(1.0, 0.1, np.geomspace(0.5, 1e-6, 16))
    threshold_of("fdr", 0.995, tails, amplitude, len(voxels))
    race.step(amplitude, 1.0, 0.1)
    filters = Filters(even_ladder(_SIZE, 0.1, 0.4, 0.1, 0.1, 0.5), _SIZE)
    spectrum = np.zeros((_SIZE, _SIZE, _SIZE // 2 + 1), np.complex64)
    monogenic_amplitude(spectrum, filters, 0, None, False, 1, scratch)


def _reduce() -> None:
    """Reduce a table, and fit ellipsoids to it."""
    axes, indices = AxisSet.icosahedral(46), np.flatnonzero(_ball())
    codes = np.random.default_rng(0).integers(10_000, 30_000, (len(axes), len(indices)))
    table = ResolutionTable(
        codes=codes.astype(np.uint16),
        axes=axes,
        indices=indices,
        shape=(_SIZE,) * 3,
        sampling=1.0,
        rungs=np.array([0.1, 0.2, 0.3, 0.4]),
    )
    reduce_table(table, DEFAULT.rules, np.full(3, _SIZE / 2))
    fit_tensors(table)
