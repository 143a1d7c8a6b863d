"""A function of many items in threads, or in the calling thread alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterable, Iterator, TypeVar

__all__ = ["in_threads"]

Item = TypeVar("Item")
Found = TypeVar("Found")


def in_threads(
    work: Callable[[Item], Found], items: Iterable[Item], threads: int
) -> Iterator[Found]:
    """Yield what a function returns for items, in their order.

    Parameters
    ----------
    work : callable
        ``work(item)``; it has to release the GIL to gain from threads.
    items : iterable
    threads : int
        With 1 no thread is started: Python may delete a window that was closed in whichever thread
        runs, and Tk then waits for ever for its own.  Figures in windows are drawn this way.
    """
    if threads == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, items)
