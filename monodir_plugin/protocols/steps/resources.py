"""Memory and cores of the steps that Scipion runs at the same time."""

from __future__ import annotations

from dataclasses import replace
from typing import List

import psutil

from ...errors import InputError
from ...numerics.measurement.memory import stage_memory
from ...numerics.parallel.cores import available_cores
from ...workflows.measure.job import Job, Loaded
from ...workflows.measure.resources import check_resources, extent_of

__all__ = ["check_concurrent_steps", "thread_warnings"]


def check_concurrent_steps(job: Job, loaded: Loaded, steps: int, directions_per_step: int) -> None:
    """Check disk space, and the memory of steps that run at the same time on this machine.

    Parameters
    ----------
    job : Job
    loaded : Loaded
    steps : int
        Number of concurrent steps.
    directions_per_step : int

    Raises
    ------
    InputError
        If they do not suffice.
    """
    check_resources(job, loaded)
    extent = replace(extent_of(job, loaded), axes=directions_per_step)
    needed = steps * stage_memory(extent)["measuring"]
    available = psutil.virtual_memory().available
    if needed > available:
        raise InputError(
            f"map of {extent.size} voxels a side: {steps} steps at the same time need about "
            f"{needed / 1e9:.1f} GB of memory and {available / 1e9:.1f} GB are free; use "
            "fewer Scipion threads, or bin or crop the map"
        )


def thread_warnings(threads: int) -> List[str]:
    """Return a warning if more threads compute at the same time than there are cores."""
    cores = available_cores()
    if threads <= cores:
        return []
    return [
        f"{threads} threads will compute at the same time, but this machine has {cores} cores. "
        "Fewer Scipion threads or threads will not be slower."
    ]
