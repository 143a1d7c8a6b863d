"""Time and stages of one run of the command, and the memory of all processes of another.

A look at the memory of a process reads the table of its pages and stops it meanwhile: runs that are
watched take up to a tenth longer.  So no run is both timed and watched.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import psutil

from benchmarks.setting import clear_results
from benchmarks.whole_runs.run_stages import STAGES

__all__ = [
    "OTHER",
    "REPOSITORY",
    "Timed",
    "cpu_seconds",
    "environment_of",
    "peaks_of_run",
    "timed_run",
]

REPOSITORY = Path(__file__).resolve().parent.parent.parent
#: Name of the time that belongs to no stage: start of Python, imports, checks.
OTHER = "start and other"
_SECONDS_BETWEEN_SAMPLES = 0.1
#: Name of a stage, beginning, end, and the time of all cores that was spent.
_Mark = Tuple[str, float, float, float]


class Timed(NamedTuple):
    """Time of a run.

    Attributes
    ----------
    seconds, cpu : float
        Wall time, and time of all cores, of the command with its imports.
    stages : dict of str to float
        Wall seconds of every stage that was called, and of :data:`OTHER`.
    stages_cpu : dict of str to float
        The same in the time of all cores.
    """

    seconds: float
    cpu: float
    stages: Dict[str, float]
    stages_cpu: Dict[str, float]


def environment_of(checkout: Path) -> Dict[str, str]:
    """Environment variables with which a process imports a checkout."""
    return {**os.environ, "PYTHONPATH": str(checkout)}


def cpu_seconds() -> float:
    """Time of all cores that the ended child processes of this one took."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def memory_of(pid: int) -> int:
    """Bytes of a process and its children now; pages that they share count once.

    It is not the sum of their proportional shares, which are smaller while other programs use the
    same libraries.
    """
    found = []
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for member in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                found.append(member.memory_full_info())
    shared = max((one.rss - one.uss for one in found), default=0)
    return sum(one.uss for one in found) + shared


def timed_run(arguments: Sequence[str], checkout: Path = REPOSITORY) -> Timed:
    """Time ``monodir`` with some arguments in a process of its own, and with nothing to reuse.

    Parameters
    ----------
    arguments : sequence of str
    checkout : Path, optional
        Of the program that is run; default: this one.

    Raises
    ------
    subprocess.CalledProcessError
        If the run fails.
    """
    cpu, start = cpu_seconds(), time.time()
    marks = _run(arguments, checkout)
    total, elapsed = cpu_seconds() - cpu, time.time() - start
    seconds = dict.fromkeys([OTHER, *STAGES], 0.0)
    spent = dict(seconds)
    for name, first, last, of_cores in marks:
        seconds[name] += last - first
        spent[name] += of_cores
    seconds[OTHER] = elapsed - sum(seconds.values())
    spent[OTHER] = total - sum(spent.values())
    return Timed(elapsed, total, seconds, spent)


def peaks_of_run(arguments: Sequence[str], checkout: Path = REPOSITORY) -> Dict[str, int]:
    """Largest memory of all processes of a run in each of its stages.

    Parameters
    ----------
    arguments, checkout
        As of :func:`timed_run`.

    Returns
    -------
    dict of str to int
        Bytes, by name of the stage, and :data:`OTHER`.

    Raises
    ------
    subprocess.CalledProcessError
        If the run fails.
    """
    samples: List[Tuple[float, int]] = []
    marks = _run(arguments, checkout, lambda run: _sample(run, samples))
    peaks = dict.fromkeys([OTHER, *STAGES], 0)
    for moment, taken in samples:
        during = [name for name, first, last, _ in marks if first <= moment <= last]
        name = during[0] if during else OTHER
        peaks[name] = max(peaks[name], taken)
    return peaks


def _run(
    arguments: Sequence[str],
    checkout: Path,
    meanwhile: Optional[Callable[[subprocess.Popen], None]] = None,
) -> List[_Mark]:
    """Run the command, call a function in a thread meanwhile, and return what the stages took."""
    clear_results(arguments)
    script = str(Path(__file__).with_name("run_stages.py"))
    with tempfile.TemporaryDirectory() as folder:
        marks = Path(folder) / "marks.json"
        command = [sys.executable, script, str(marks), *arguments]
        with subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=checkout,
            env=environment_of(checkout),
        ) as run:
            watching = None
            if meanwhile is not None:
                watching = threading.Thread(target=meanwhile, args=(run,), daemon=True)
                watching.start()
            _, printed = run.communicate()
            if watching is not None:
                watching.join()
        if run.returncode:
            raise subprocess.CalledProcessError(run.returncode, command, None, printed)
        return json.loads(marks.read_text(encoding="utf-8"))


def _sample(run: subprocess.Popen, samples: List[Tuple[float, int]]) -> None:
    while run.poll() is None:
        moment = time.time()
        samples.append((moment, memory_of(run.pid)))
        time.sleep(_SECONDS_BETWEEN_SAMPLES)
