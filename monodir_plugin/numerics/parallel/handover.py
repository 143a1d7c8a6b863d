"""A value that one of several calls at the same time makes and another one needs."""

from __future__ import annotations

from multiprocessing import Pipe
from typing import Callable, Generic, TypeVar

__all__ = ["Handover"]

Value = TypeVar("Value")


class Handover(Generic[Value]):
    """Hand a value from one call of :func:`.process_pool.in_workers` to another one.

    The calls may run in processes, in threads, or one after the other; then the call that makes the
    value has the smaller number.
    """

    def __init__(self) -> None:
        self._taken, self._given = Pipe(duplex=False)

    def give(self, make: Callable[[], Value]) -> Value:
        """Return what a function returns, and hand it over: a few kilobytes, pickled."""
        try:
            value = make()
            self._given.send(value)
            return value
        finally:
            # After an error, the wait of another thread ends with an error.
            self._given.close()

    def take(self) -> Value:
        """Wait for the value; once.

        Raises
        ------
        EOFError
            If it could not be made, in a thread of this process; in another process, the error
            ends the process that waits.
        """
        value: Value = self._taken.recv()
        self._taken.close()
        return value
