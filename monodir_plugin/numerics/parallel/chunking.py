"""Work on the planes of a box in threads."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Callable

__all__ = ["in_slabs"]

#: Planes of a slab times planes of the box: slabs stay in a processor's cache.
_SHARED = 2048
#: Thicker slabs would not busy all threads.
_THICKEST = 16


def in_slabs(work: Callable[[int, int], object], planes: int, pool: Executor) -> None:
    """Call ``work(first, stop)`` for slabs of planes; it has to release the interpreter's lock."""
    thick = min(max(_SHARED // planes, 1), _THICKEST)
    starts = range(0, planes, thick)
    for _ in pool.map(lambda first: work(first, min(first + thick, planes)), starts):
        pass
