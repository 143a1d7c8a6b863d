"""Work on slabs of the planes of a box in threads."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Callable

__all__ = ["in_slabs"]

#: Planes of a slab times planes of the box, so that a slab fits into the cache.
_SLAB_PLANES = 2048
#: With thicker slabs some threads would have nothing to do.
_THICKEST = 16


def in_slabs(work: Callable[[int, int], object], planes: int, pool: Executor) -> None:
    """Call a function for slabs of planes, in threads.

    Parameters
    ----------
    work : callable
        ``work(first, stop)``; it has to release the GIL.
    planes : int
        Number of planes of the whole box.
    pool : Executor

    Slabs do not depend on the number of threads, so that results do not, either.
    """
    thick = min(max(_SLAB_PLANES // planes, 1), _THICKEST)
    starts = range(0, planes, thick)
    for _ in pool.map(lambda first: work(first, min(first + thick, planes)), starts):
        pass
