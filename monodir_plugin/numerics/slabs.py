"""Work on the planes of a box in threads."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Callable

__all__ = ["in_slabs"]

#: Slabs this thick stay in a processor's cache.
_PLANES = 8


def in_slabs(work: Callable[[int, int], object], planes: int, pool: Executor) -> None:
    """Call ``work(first, stop)`` for slabs of planes; it has to release the interpreter's lock."""
    starts = range(0, planes, _PLANES)
    for _ in pool.map(lambda first: work(first, min(first + _PLANES, planes)), starts):
        pass
