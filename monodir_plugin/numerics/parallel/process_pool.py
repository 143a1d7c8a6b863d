"""Work on axes in processes of their own.

An axis is several hundred short calls into compiled code, between which Python's own lock is
taken, so that eight threads are hardly faster than four.  Forked processes share
the arrays of the one they come from: nothing is sent to them but numbers.  Where the system
cannot fork safely, and in a process that may have no children, threads do the work.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import traceback
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import Any, Callable, Iterator, List, Tuple

__all__ = ["LostWorkerError", "can_fork", "forked", "in_workers"]

Work = Callable[[int], Any]
#: Numbers that a process is given ahead of its results, so that it never waits for one.
_AHEAD = 2


class LostWorkerError(RuntimeError):
    """A process could not be started, or ended before its work."""


class _FarError(Exception):
    """Where in another process an error was raised."""


def can_fork() -> bool:
    """Whether this process may and can safely be forked."""
    return sys.platform.startswith("linux") and not multiprocessing.current_process().daemon


def forked(work: Callable[..., None], *given: Any) -> BaseProcess:
    """Start ``work(*given)`` in a process that sees the arrays of this one.

    An interruption is left to this process to act on, at whose end the other one is ended.
    """
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_undisturbed, args=(work, *given), daemon=True)
    process.start()
    return process


def _undisturbed(work: Callable[..., None], *given: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    work(*given)


def in_workers(work: Work, count: int, workers: int) -> Iterator[Tuple[int, Any]]:
    """Call ``work(i)`` for every ``i`` below ``count``, several at once.

    Parameters
    ----------
    work : callable
        Sees the arrays of this process; what it changes is lost, what it returns is pickled.
    count, workers : int
        Of calls, and of those at once.

    Yields
    ------
    i : int
        In the order in which they are finished; begun they are in their own.
    result
        ``work(i)``.

    Raises
    ------
    LostWorkerError
        If a process is killed, or none can be started.
    """
    workers = min(workers, count)
    if workers <= 1:
        return ((i, work(i)) for i in range(count))
    if can_fork():
        return _in_processes(work, count, workers)
    return _in_threads(work, count, workers)


def _in_threads(work: Work, count: int, workers: int) -> Iterator[Tuple[int, Any]]:
    with ThreadPoolExecutor(workers) as pool:
        pending = {pool.submit(lambda i: (i, work(i)), i) for i in range(count)}
        try:
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                while done:
                    yield done.pop().result()
        finally:
            for waiting in pending:
                waiting.cancel()


def _in_processes(work: Work, count: int, workers: int) -> Iterator[Tuple[int, Any]]:
    numbers = iter(range(count))
    with _crew(work, workers) as ends:
        for _ in range(_AHEAD):
            for end in ends:
                _hand_out(numbers, end)
        for _ in range(count):
            yield _next_result(numbers, ends)


@contextmanager
def _crew(work: Work, workers: int) -> Iterator[List[connection.Connection]]:
    """Processes at work, as this process's ends of their pipes; none of them outlives it."""
    ends: List[connection.Connection] = []
    crew: List[BaseProcess] = []
    try:
        for _ in range(workers):
            end, far_end = connection.Pipe()
            ends.append(end)
            try:
                crew.append(forked(_serve, work, far_end, ends))
            except OSError as error:
                raise LostWorkerError(f"no process could be started ({error})") from error
            far_end.close()
        yield ends
    finally:
        for end in ends:
            end.close()
        for process in crew:
            process.terminate()
            process.join()


def _hand_out(numbers: Iterator[int], end: connection.Connection) -> None:
    """Give a process its next number, if there is one."""
    for number in numbers:
        with _told_if_lost():
            end.send(number)
        return


def _next_result(numbers: Iterator[int], ends: List[connection.Connection]) -> Tuple[int, Any]:
    end = connection.wait(ends)[0]
    with _told_if_lost():
        i, result, error, where = end.recv()
    _hand_out(numbers, end)
    if error is not None:
        raise error from _FarError(where)
    return i, result


@contextmanager
def _told_if_lost() -> Iterator[None]:
    try:
        yield
    except (EOFError, ConnectionError) as lost:
        raise LostWorkerError("a process was killed, most likely for want of memory") from lost


def _serve(work: Work, end: connection.Connection, others: List[connection.Connection]) -> None:
    """Of a worker: do what it is asked for until there is nobody to ask."""
    # Else nobody would find that process gone while one of its children is there.
    for other in others:
        other.close()
    with suppress(EOFError, ConnectionError):
        while True:
            i = end.recv()
            try:
                result = i, work(i), None, ""
            except Exception as error:
                result = i, None, error, traceback.format_exc()
            end.send(result)
