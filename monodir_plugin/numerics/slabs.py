"""Work on the planes of a box in threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Callable

__all__ = ["in_slabs"]

#: Slabs this thick stay in a processor's cache.
_PLANES = 8


def in_slabs(work: Callable[[int, int], object], planes: int, threads: int) -> None:
    """Call ``work(first, stop)`` for slabs of planes; it has to release the interpreter's lock."""
    starts = range(0, planes, _PLANES)
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda first: work(first, min(first + _PLANES, planes)), starts):
            pass
