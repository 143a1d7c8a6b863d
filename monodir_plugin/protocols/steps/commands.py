"""The command line as the protocol runs it: arguments, progress and failures of its commands."""

from __future__ import annotations

import re
import shlex
from itertools import takewhile
from pathlib import Path
from typing import List, Sequence

from ...workflows.measure.job import Job

__all__ = [
    "absolute",
    "failure_message",
    "input_arguments",
    "is_listed",
    "job_arguments",
    "log_lines",
    "progress_in",
    "sentences_in",
    "shell_arguments",
]

_PROGRESS = re.compile(r"(\d+) of (\d+)\s*$")
#: Lines of a log that the message of a failure quotes.
_QUOTED_LINES = 15


def job_arguments(job: Job) -> List[str]:
    """Return input and settings of a job, as arguments of ``run``, ``part`` and ``combine``."""
    settings = job.settings
    arguments = [*input_arguments(job), "--sampling", str(job.sampling)]
    if job.mask is not None:
        arguments += ["--mask", job.mask]
    if job.exclude is not None:
        arguments += ["--exclude", job.exclude]
    arguments += ["--preset", job.preset, "--directions", str(settings.directions)]
    arguments += ["--cone", str(settings.cone)]
    if settings.criterion is not None:
        arguments += ["--criterion", str(settings.criterion)]
    if settings.significance is not None:
        arguments += ["--significance", str(settings.significance)]
    if settings.coarsest is not None:
        arguments += ["--coarsest", str(settings.coarsest)]
    return [*arguments, "--threads", str(job.threads)]


def input_arguments(job: Job) -> List[str]:
    """Return the map, or the half maps, as arguments."""
    if job.halves is None:
        return [str(job.map)]
    return ["--half1", job.halves[0], "--half2", job.halves[1]]


def shell_arguments(arguments: Sequence[str], log: Path) -> str:
    """Return arguments of Python that run the command line and redirect its output to a log."""
    words = ["-m", "monodir_plugin.cli", *arguments]
    command = " ".join(shlex.quote(word) for word in words)
    return f"{command} > {shlex.quote(absolute(log))} 2>&1"


def absolute(path: Path) -> str:
    """Return the absolute path: commands may run in another folder."""
    return str(path.absolute())


def is_listed(file: Path) -> bool:
    """Whether the folder lists the file; listing it also refreshes a network file system."""
    return file.parent.is_dir() and file in file.parent.iterdir()


def log_lines(log: Path) -> List[str]:
    """Return the lines of a log; none if the file does not exist."""
    return log.read_text(errors="replace").splitlines() if log.exists() else []


def progress_in(log: Path) -> int:
    """Return the number of axes that a running command has measured, according to its log."""
    found = [match for match in map(_PROGRESS.search, log_lines(log)) if match]
    return int(found[-1].group(1)) if found else 0


def sentences_in(log: Path, written: str) -> List[str]:
    """Return the sentences that a command printed directly before the name of a file.

    Parameters
    ----------
    log : Path
    written : str
        Name of the file, without its folder: the project may have moved since.
    """
    lines = log_lines(log)
    end = next((row for row, line in enumerate(lines) if Path(line).name == written), 0)
    found = list(takewhile(lambda line: line.endswith("."), reversed(lines[:end])))
    return found[::-1]


def failure_message(command: str, reason: str, log: Path) -> str:
    """Return the message of a failed command: its name, the reason and the end of its log."""
    printed = "\n".join(log_lines(log)[-_QUOTED_LINES:])
    printed = printed or "The command printed nothing; see the log of the queue."
    return f"monodir {command} failed{reason} ({log}):\n{printed}"
