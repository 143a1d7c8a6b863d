"""Memory and start-up time of a process that runs a command, tuned in one place.

Nothing here changes a result.  Only the command line and the workflows call it, because it changes
settings of the whole process (allocator, garbage collector) or starts processes and threads.
Other modules are imported inside functions, so that the command line can import this one first.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import hashlib
import logging
import sys
from contextlib import suppress
from importlib import import_module
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, List

if TYPE_CHECKING:
    from ..numerics.measurement.presets import Preset

__all__ = [
    "collect_garbage_rarely",
    "compile_ahead",
    "figures_loader",
    "return_free_memory",
    "tune_process",
    "wait_for",
]

log = logging.getLogger("monodir")

#: New objects after which Python looks for cycles of garbage.  With its default of 700 that takes a
#: tenth of the second in which the libraries are imported, and of the time of a figure.
_NEW_OBJECTS = 100_000
#: Options of ``mallopt`` of the GNU C library (``malloc.h``).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
#: Side of the map with which functions are compiled ahead.
_SIZE = 16


def collect_garbage_rarely() -> None:
    """Let the garbage collector run rarely, and not when the process ends."""
    gc.set_threshold(_NEW_OBJECTS)
    # Otherwise the interpreter visits all objects again before it ends: a third of a second.
    atexit.register(gc.freeze)


def tune_process() -> None:
    """Prepare this process for large arrays and for threads; call it from the main thread.

    *Large arrays*: the C library of Linux maps arrays of more than 9 MB separately.  By default it
    raises this limit to 32 MB as soon as smaller arrays are freed, and places such arrays between
    others, where gaps remain: a tenth of the memory at 256³ voxels.

    *Threads*: what is left of closed windows is deleted now.  Python collects garbage in whichever
    thread allocates, and Tk may wait for ever if a thread other than its own deletes an image.
    """
    if "tkinter" in sys.modules:
        gc.collect()
    if sys.platform.startswith("linux"):
        option = getattr(ctypes.CDLL(None), "mallopt", None)
        if option is not None:
            option(_MMAP_THRESHOLD, 9 << 20)
            option(_TRIM_THRESHOLD, 32 << 20)


def return_free_memory() -> None:
    """Have the C library of Linux return freed memory to the system.

    It keeps freed arrays of up to 32 MB, about 100 MB after the axes of a box of 256³ voxels, to
    which the next step would add its own.
    """
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def figures_loader() -> Thread:
    """A thread, not yet started, that imports Matplotlib and the figures.

    Start it when no process is forked any more and the axes are measured: an import in another
    thread is not safe while a process forks, and Matplotlib takes as much memory as sixteen axes.
    """
    return Thread(target=import_module, args=("monodir_plugin.figures",), daemon=True)


def compile_ahead(preset: Preset) -> List[BaseProcess]:
    """Start to compile what a first run needs to measure.

    Compiled functions are kept on the disk, so that only the first run after an installation
    waits for them.  While this process reads and diagnoses the map, two others call the functions
    that are needed later with hardly any data, which compiles them; this process then reads them
    from the disk.

    Parameters
    ----------
    preset : Preset

    Returns
    -------
    list of BaseProcess
        The two processes; none where everything is compiled already or no process can be forked.
    """
    import numba

    from ..numerics.parallel.process_pool import can_fork, forked

    if numba.config.DISABLE_JIT or not can_fork() or _is_compiled():
        return []
    log.info("first run: compiling")
    processes: List[BaseProcess] = []
    # Where no process can be started, functions are compiled when they are first called.
    with suppress(OSError):
        for work in (_measure_an_axis, _reduce_a_table):
            processes.append(forked(work, preset))
    return processes


def wait_for(processes: List[BaseProcess]) -> None:
    """Wait until the processes of :func:`compile_ahead` end, with or without success."""
    for process in processes:
        process.join()


def _is_compiled() -> bool:
    """Whether the last function to be compiled is on the disk, and made from its present source.

    Numba compares the time of the source, and in newer versions the hash of its text, which the
    index of a compiled function holds: after a source was written again, only the hash agrees.
    """
    from ..diagnosis import gamma_tensor_fit

    function = gamma_tensor_fit._judge
    source = Path(gamma_tensor_fit.__file__)
    version = "".join(map(str, sys.version_info[:2]))
    pattern = f"{source.stem}.{function.__name__}-*.py{version}*.nbi"
    written, text_hash = source.stat().st_mtime, hashlib.sha256(source.read_bytes()).digest()
    return any(
        index.stat().st_mtime >= written or text_hash in index.read_bytes()
        for index in Path(function.stats.cache_path).glob(pattern)
    )


def _measure_an_axis(preset: Preset) -> None:
    """Measure noise along one axis."""
    import numpy as np

    from ..numerics.geometry.axes import AxisSet
    from ..numerics.geometry.grid import distance_map
    from ..numerics.measurement.analysis import measured_rows
    from ..numerics.measurement.preparation import prepare

    noise = np.random.default_rng(0).normal(size=(_SIZE,) * 3).astype(np.float32)
    mask = distance_map(_SIZE) < _SIZE / 4
    prepared = prepare(noise, mask, 1.0, preset=preset, noise_map=noise[::-1].copy())
    for _ in measured_rows(prepared, AxisSet(np.array([[0.0, 0.0, 1.0]]))):
        pass


def _reduce_a_table(preset: Preset) -> None:
    """Reduce a table of random resolutions, and fit tensors to it."""
    import numpy as np

    from ..diagnosis.tensor import fit_tensors
    from ..numerics.geometry.axes import AxisSet
    from ..numerics.geometry.grid import distance_map
    from ..numerics.reduction.reductions import reduce_table
    from ..numerics.reduction.table import ResolutionTable

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
