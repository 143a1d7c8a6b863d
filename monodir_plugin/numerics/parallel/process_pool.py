"""A pool of worker processes for calls that share the arrays of the parent process.

Measuring along an axis is several hundred short calls into compiled code, between which the GIL is
taken, so that eight threads are hardly faster than four.  Forked processes share the arrays of
their parent, so that only numbers are sent to them.  Where the system cannot fork safely, and in a
daemonic process, which may not have children, threads are used instead.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Tuple, cast

__all__ = ["LostWorkerError", "can_fork", "forked", "in_workers"]

Work = Callable[[int], Any]
#: Calls queued for every worker, so that it does not wait for the next one.
_AHEAD = 2
#: A fork waits for other threads of the process at most so long, looking so often, seconds.
_LONGEST_WAIT, _PAUSE = 0.2, 0.0005
#: What a worker returns: number of the call, result, error or ``None``, and its traceback.
_Reply = Tuple[int, Any, Optional[Exception], str]


class LostWorkerError(RuntimeError):
    """A worker process could not be started, or was killed."""


class _WorkerError(Exception):
    """Traceback of an error that was raised in a worker process."""


def can_fork() -> bool:
    """Whether this process may have children and the system can fork it safely."""
    return sys.platform.startswith("linux") and not multiprocessing.current_process().daemon


def forked(work: Callable[..., None], *given: Any) -> BaseProcess:
    """Start ``work(*given)`` in a forked process, which shares the arrays of this one.

    The child ignores interrupts from the keyboard: the parent handles them, and its end
    terminates the child.
    """
    _wait_for_threads()
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_ignoring_interrupts, args=(work, *given), daemon=True)
    process.start()
    return process


def _wait_for_threads() -> None:
    """Wait, but not for long, until no other thread of this process is running.

    Before a fork, SciPy and ducc0 end the threads of their pools, and they start them again after
    it.  A thread that has just been started can miss the request to end, and the next fork then
    never returns.  A thread that sleeps waits for work, and receives the request.
    """
    own, tasks = threading.get_native_id(), Path("/proc/self/task")
    until = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < until:
        states = []
        for task in tasks.iterdir():
            with suppress(OSError):  # A thread may end meanwhile.
                if int(task.name) != own:
                    states.append((task / "stat").read_text().rpartition(")")[2].split()[0])
        if all(state == "S" for state in states):
            return
        time.sleep(_PAUSE)


def _ignoring_interrupts(work: Callable[..., None], *given: Any) -> None:
    # Objects of the parent are not collected here: a window of the parent that is deleted in two
    # processes breaks its connection to the display, and pages that are shared stay shared.
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    work(*given)


def in_workers(work: Work, count: int, workers: int) -> Iterator[Tuple[int, Any]]:
    """Call ``work(i)`` for every ``i`` below ``count``, several at once.

    Parameters
    ----------
    work : callable
        It shares the arrays of this process.  Its changes to them are lost, and what it returns is
        pickled.
    count : int
        Number of calls.
    workers : int
        Calls at the same time.

    Yields
    ------
    i : int
        Calls start in ascending order and are yielded in the order in which they finish.
    result
        ``work(i)``.

    Raises
    ------
    LostWorkerError
        If a worker process is killed, or none can be started.
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
    with _worker_pipes(work, workers) as ends:
        for _ in range(_AHEAD):
            for end in ends:
                _send_next(numbers, end)
        for _ in range(count):
            yield _next_result(numbers, ends)


@contextmanager
def _worker_pipes(work: Work, workers: int) -> Iterator[List[connection.Connection]]:
    """Start workers, yield the parent's ends of their pipes, and terminate the workers on exit."""
    ends: List[connection.Connection] = []
    processes: List[BaseProcess] = []
    try:
        for _ in range(workers):
            end, far_end = connection.Pipe()
            ends.append(end)
            try:
                processes.append(forked(_serve, work, far_end, ends))
            except OSError as error:
                raise LostWorkerError(f"no worker process could be started ({error})") from error
            far_end.close()
        yield ends
    finally:
        for end in ends:
            end.close()
        for process in processes:
            process.terminate()
            process.join()


def _send_next(numbers: Iterator[int], end: connection.Connection) -> None:
    """Send the number of the next call to a worker, if there is one."""
    for number in numbers:
        with _lost_worker_detected():
            end.send(number)
        return


def _next_result(numbers: Iterator[int], ends: List[connection.Connection]) -> Tuple[int, Any]:
    """Wait for a worker to finish a call, and send it another number."""
    end = cast(connection.Connection, connection.wait(ends)[0])
    with _lost_worker_detected():
        reply: _Reply = end.recv()
    _send_next(numbers, end)
    i, result, error, where = reply
    if error is not None:
        raise error from _WorkerError(where)
    return i, result


@contextmanager
def _lost_worker_detected() -> Iterator[None]:
    """Raise LostWorkerError where the pipe to a worker is closed."""
    try:
        yield
    except (EOFError, ConnectionError) as lost:
        raise LostWorkerError(
            "a worker process was killed, most likely because memory ran out"
        ) from lost


def _serve(work: Work, end: connection.Connection, others: List[connection.Connection]) -> None:
    """Worker loop: run tasks until the pipe closes."""
    # Close the inherited parent's ends of the pipes: a pipe only closes with all copies of its end,
    # so that otherwise the workers of a killed parent would keep each other alive.
    for other in others:
        other.close()
    with suppress(EOFError, ConnectionError):
        while True:
            i = end.recv()
            try:
                reply: _Reply = i, work(i), None, ""
            except Exception as error:
                reply = i, None, error, traceback.format_exc()
            end.send(reply)
