"""Memory that a run needs."""

from __future__ import annotations

from typing import Optional

__all__ = ["memory_needed"]


def memory_needed(
    size: int, voxels: int, axes: int, threads: int, side: Optional[int] = None
) -> int:
    """Estimated peak memory in bytes of a run.

    Parameters
    ----------
    size, voxels : int
        Side of the box, and number of voxels of the mask.
    axes, threads : int
    side : int, optional
        Side of the working box (``Preset.working_box``); default: ``size``.
    """
    part = (side or size) ** 3
    # The most is needed along the diagonals with a cone of 90 degrees; a cone of 30 degrees needs
    # a third to two thirds.  Every process has its own interpreter objects and compiled code.
    per_thread = 17 * part + 50 * voxels + 30_000_000
    at_once = max(30 * part, threads * per_thread)
    # Interpreter and libraries: 250 MB with the oldest supported versions, 290 MB with the newest.
    return 300_000_000 + 20 * size**3 + 2 * axes * voxels + at_once
