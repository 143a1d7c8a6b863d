"""The command line as the protocol runs it: its words, and what it leaves behind."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import List

from ..workflows.job import Job

__all__ = ["cores", "full", "is_listed", "map_words", "progress_in", "words_of"]

_PROGRESS = re.compile(r"(\d+) of (\d+)\s*$")


def words_of(job: Job) -> List[str]:
    """Arguments of all commands that measure."""
    settings = job.settings
    words = [*map_words(job), "--mask", str(job.mask), "--sampling", str(job.sampling)]
    words += ["--preset", job.preset, "--directions", str(settings.directions)]
    words += ["--cone", str(settings.cone)]
    if settings.criterion is not None:
        words += ["--criterion", str(settings.criterion)]
    if settings.significance is not None:
        words += ["--significance", str(settings.significance)]
    if settings.coarsest is not None:
        words += ["--coarsest", str(settings.coarsest)]
    return [*words, "--threads", str(job.threads)]


def map_words(job: Job) -> List[str]:
    """The map, or its halves."""
    if job.halves is None:
        return [str(job.map)]
    return ["--half1", job.halves[0], "--half2", job.halves[1]]


def full(path: Path) -> str:
    """A path that a process in any folder understands."""
    return str(path.absolute())


def is_listed(file: Path) -> bool:
    """Whether a file is there, also where a disk shared by a cluster is slow to show it."""
    return file.parent.is_dir() and file in file.parent.iterdir()


def progress_in(log: Path) -> int:
    """Axes that a running command has finished, by its log."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    found = [match for match in map(_PROGRESS.search, lines) if match]
    return int(found[-1].group(1)) if found else 0


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
