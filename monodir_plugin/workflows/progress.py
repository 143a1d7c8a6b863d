"""Progress of a computation: a bar on a terminal, otherwise lines of text."""

from __future__ import annotations

import sys
from contextlib import suppress
from types import TracebackType
from typing import Optional, Type

from tqdm import tqdm

__all__ = ["ProgressBar"]

#: Lines that are printed in all where standard error is not a terminal.
_LINES = 10


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
            # Nobody has to read it: a run goes on when nobody can.
            with suppress(OSError, ValueError, AttributeError):
                print(f"{self._label}: {self._done} of {self._total}", file=sys.stderr, flush=True)
