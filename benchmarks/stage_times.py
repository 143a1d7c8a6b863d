"""Seconds of the stages of a measurement; also as a script, for another checkout's program.

As a script: ``python stage_times.py INPUT.npz PRESET THREADS``, with ``PYTHONPATH`` naming the
checkout; prints the seconds as JSON.  It imports nothing else of the benchmarks, so that an earlier
program is timed by the same code.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from typing import Any, Dict, Tuple

import numpy as np

__all__ = ["stage_seconds"]


def stage_seconds(
    volume: np.ndarray, mask: np.ndarray, sampling: float, preset: str, threads: int
) -> Tuple[Dict[str, float], Any]:
    """Measure a map along 81 axes.

    Parameters
    ----------
    volume, mask : ndarray, shape (N, N, N)
    sampling : float
        Voxel size, Å.
    preset : str
    threads : int

    Returns
    -------
    seconds : dict of str to float
        ``preparing`` (with MonoRes, which the default preset measures there), ``axes`` and
        ``reducing``.
    prepared : Prepared
    """
    from monodir_plugin.numerics import PRESETS, AxisSet, analyse

    # This module has another name in earlier programs.
    stages = import_module(analyse.__module__)
    marks = [time.perf_counter()]
    prepared = stages.prepare(volume, mask, sampling, preset=PRESETS[preset], threads=threads)
    marks.append(time.perf_counter())
    table = stages.measure_table(prepared, AxisSet.icosahedral(81), threads)
    marks.append(time.perf_counter())
    monores = stages.measure_monores(prepared, threads)
    marks.append(time.perf_counter())
    stages.reduce_all(prepared, table, monores, threads=threads)
    marks.append(time.perf_counter())
    preparing, axes, without_cone, reducing = np.diff(marks)
    return {"preparing": preparing + without_cone, "axes": axes, "reducing": reducing}, prepared


def _main(source: str, preset: str, threads: str) -> None:
    with np.load(source) as stored:
        given = dict(stored)
    sampling = float(given["sampling"])
    # The first call loads compiled code.
    stage_seconds(given["small"], given["small_mask"], sampling, preset, int(threads))
    seconds, _ = stage_seconds(given["volume"], given["mask"], sampling, preset, int(threads))
    print(json.dumps(seconds))


if __name__ == "__main__":
    _main(*sys.argv[1:])
