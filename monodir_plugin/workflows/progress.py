"""Progress of a computation: a bar on a terminal, otherwise lines of text, and its duration."""

from __future__ import annotations

import sys
from contextlib import suppress
from types import TracebackType
from typing import Callable, Optional, Type

from tqdm import tqdm

__all__ = ["ProgressBar", "announce_duration", "duration", "progress_of"]

#: Lines that are printed in all where standard error is not a terminal.
_LINES = 10
#: The duration of a run is not announced if it is shorter than this, seconds.
_SHORT = 10


def duration(seconds: float) -> str:
    """Return a time in words, as exact as an estimate is: ``40 s``, ``3 min``, ``2 h``.

    Seconds are rounded to fives; from two minutes on minutes are named, from two hours on hours.
    """
    if seconds < 117.5:
        return f"{max(5 * round(seconds / 5), 5)} s"
    if seconds < 119.5 * 60:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h"


def announce_duration(seconds: float, threads: int) -> None:
    """Print on standard error about how long a run takes, if that is more than ten seconds."""
    if seconds > _SHORT:
        words = "thread" if threads == 1 else "threads"
        _print(f"about {duration(seconds)} on {threads} {words}")


class ProgressBar:
    """The progress over a known number of steps, on standard error.

    Parameters
    ----------
    total : int
        Number of steps.
    label : str
        What is counted, such as ``axes``.
    quiet : bool
        Show nothing.
    """

    def __init__(self, total: int, label: str, quiet: bool = False) -> None:
        self._total = total
        self._label = label
        self._done = 0
        self._quiet = quiet
        self._bar: Optional[tqdm] = None
        if sys.stderr is not None and sys.stderr.isatty() and not quiet:
            self._bar = tqdm(total=total, desc=label, unit="", file=sys.stderr)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        value: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, steps: int) -> None:
        """Add finished steps."""
        before = self._done * _LINES // self._total
        self._done += steps
        if self._bar is not None:
            self._bar.update(steps)
        elif not self._quiet and self._done * _LINES // self._total > before:
            _print(f"{self._label}: {self._done} of {self._total}")


def progress_of(label: str, quiet: bool = False) -> Callable[[int, int], None]:
    """A callable that shows progress when it is called with the number done, and of all."""
    bar: Optional[ProgressBar] = None

    def report(done: int, steps: int) -> None:
        nonlocal bar
        bar = bar or ProgressBar(steps, label, quiet)
        bar.advance(1)

    return report


def _print(line: str) -> None:
    # A run continues if its progress cannot be printed.
    with suppress(OSError, ValueError, AttributeError):
        print(line, file=sys.stderr, flush=True)
