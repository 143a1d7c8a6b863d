"""Time and stages of one run of the command, and the memory of all its processes."""

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
from typing import Dict, List, NamedTuple, Sequence, Tuple

import psutil

from benchmarks.setting import clear_results
from benchmarks.whole_runs.run_stages import STAGES

__all__ = ["OTHER", "REPOSITORY", "Watched", "cpu_seconds", "environment_of", "watched_run"]

REPOSITORY = Path(__file__).resolve().parent.parent.parent
#: Name of the time that belongs to no stage: start of Python, imports, checks.
OTHER = "start and other"
_SECONDS_BETWEEN_SAMPLES = 0.1


class Watched(NamedTuple):
    """Time and memory of a run.

    Attributes
    ----------
    seconds, cpu : float
        Wall time, and time of all cores, of the command with its imports.
    stages : dict of str to float
        Wall seconds of every stage that was called, and of :data:`OTHER`.
    stages_cpu : dict of str to float
        The same in the time of all cores.
    peaks : dict of str to int
        Largest memory seen during each of them, bytes.
    """

    seconds: float
    cpu: float
    stages: Dict[str, float]
    stages_cpu: Dict[str, float]
    peaks: Dict[str, int]

    @property
    def peak(self) -> int:
        """The largest memory seen, bytes."""
        return max(self.peaks.values())


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


def watched_run(arguments: Sequence[str], checkout: Path = REPOSITORY) -> Watched:
    """Run ``monodir`` with some arguments in a process of its own, and with nothing to reuse.

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
    clear_results(arguments)
    script = str(Path(__file__).with_name("run_stages.py"))
    samples: List[Tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        marks = Path(folder) / "marks.json"
        command = [sys.executable, script, str(marks), *arguments]
        cpu, start = cpu_seconds(), time.time()
        with subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=checkout,
            env=environment_of(checkout),
        ) as run:
            watching = threading.Thread(target=_sample, args=(run, samples), daemon=True)
            watching.start()
            _, printed = run.communicate()
            end = time.time()
            watching.join()
        if run.returncode:
            raise subprocess.CalledProcessError(run.returncode, command, None, printed)
        stages = json.loads(marks.read_text(encoding="utf-8"))
    total = cpu_seconds() - cpu
    seconds = dict.fromkeys([OTHER, *STAGES], 0.0)
    spent, peaks = dict(seconds), dict.fromkeys(seconds, 0)
    for name, first, last, of_cores in stages:
        seconds[name] += last - first
        spent[name] += of_cores
    seconds[OTHER] = end - start - sum(seconds.values())
    spent[OTHER] = total - sum(spent.values())
    for moment, taken in samples:
        during = [name for name, first, last, _ in stages if first <= moment <= last]
        name = during[0] if during else OTHER
        peaks[name] = max(peaks[name], taken)
    return Watched(end - start, total, seconds, spent, peaks)


def _sample(run: subprocess.Popen, samples: List[Tuple[float, int]]) -> None:
    while run.poll() is None:
        moment = time.time()
        samples.append((moment, memory_of(run.pid)))
        time.sleep(_SECONDS_BETWEEN_SAMPLES)
