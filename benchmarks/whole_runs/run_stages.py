"""Run ``monodir``, and write when each stage of the run began and ended.

As a script: ``python run_stages.py MARKS.json run map.mrc ...``, with ``PYTHONPATH`` naming the
checkout.  It imports nothing else of the benchmarks, so that another version of the program is
timed by the same code.  A stage is a call of one function; those that a version lacks are skipped,
and their time counts as "other".
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any, Callable, List, Tuple

__all__ = ["STAGES"]

#: Stages of a run in their order, and the functions that they call: module and name.
STAGES = {
    "reading": ("run", "load"),
    "solvent": ("run", "shared_solvent"),
    "diagnosis": ("run", "diagnose_map"),
    "preparation": ("run", "prepare_job"),
    "axes": ("run", "_measure_rows"),
    "MonoRes": ("run", "_measure_extra_maps"),
    "reduction": ("combine", "reduce_all"),
    "tensors": ("combine", "fit_tensors"),
    "files": ("combine", "write_findings"),
    "other maps, figure": ("combine", "_write_maps_and_figure"),
}
#: Name, beginning and end, and the time of all cores that was spent.
_Mark = Tuple[str, float, float, float]


def _cpu_seconds() -> float:
    """Time of all cores of this process and of the child processes that ended."""
    return sum(os.times()[:4])


def _clocked(name: str, function: Callable[..., Any], marks: List[_Mark]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        start, cpu = time.time(), _cpu_seconds()
        try:
            return function(*arguments, **options)
        finally:
            marks.append((name, start, time.time(), _cpu_seconds() - cpu))

    return call


def _main(path: str, arguments: List[str]) -> int:
    from monodir_plugin.cli import main

    marks: List[_Mark] = []
    for name, (module, function) in STAGES.items():
        place = import_module(f"monodir_plugin.workflows.measure.{module}")
        if hasattr(place, function):
            setattr(place, function, _clocked(name, getattr(place, function), marks))
    status = main(arguments)
    Path(path).write_text(json.dumps(marks), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], sys.argv[2:]))
