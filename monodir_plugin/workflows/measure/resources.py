"""Memory and disk space that a run needs, checked before it starts."""

from __future__ import annotations

import logging
import shutil

from ...errors import InputError
from ...files.atomic import real_path
from ...files.output_paths import check_folder, existing_parent
from ...files.run_folder.results import disk_needed, is_result
from ...numerics.measurement.extent import Extent
from ...numerics.measurement.memory import memory_needed
from ...numerics.measurement.presets import PRESETS
from ...numerics.parallel.free_memory import free_memory
from .job import Job, Loaded

__all__ = ["check_memory", "check_resources", "extent_of"]

log = logging.getLogger("monodir")


def check_resources(job: Job, loaded: Loaded) -> None:
    """Check output folder, memory and disk space before the computation starts.

    Raises
    ------
    InputError
        If the folder cannot be written, a result would replace an input, or memory or disk
        space do not suffice.
    """
    check_folder(job.output)
    for file in loaded.inputs:
        inside = real_path(file.path).parent == real_path(job.output)
        if inside and is_result(file.path.name, mask_made=job.mask is None):
            raise InputError(
                f"output {job.output}: the results would replace the input {file.path}; "
                "give another folder"
            )
    check_memory(job, loaded)
    size, voxels = loaded.mask.shape[0], int(loaded.mask.sum())
    axes = job.settings.directions + len(job.along)
    extra_maps = len(job.along) + (job.mask is None)
    disk = disk_needed(size, voxels, axes, extra_maps, job.diagnosis)
    free = shutil.disk_usage(existing_parent(job.output)).free
    if disk > free:
        raise InputError(
            f"output {job.output}: {_in_bytes(disk)} are needed and {_in_bytes(free)} are free on "
            "that disk; free disk space or give another folder"
        )


def extent_of(job: Job, loaded: Loaded) -> Extent:
    """Return the quantities on which memory and time of a run depend."""
    preset = PRESETS[job.preset]
    return Extent(
        size=loaded.mask.shape[0],
        side=preset.working_box(loaded.mask),
        voxels=int(loaded.mask.sum()),
        axes=job.settings.directions + len(job.along),
        threads=job.threads,
        preset=preset.costs,
        cone=job.settings.cone,
        half_maps=loaded.noise_map is not None,
        diagnosis=job.diagnosis,
    )


def check_memory(job: Job, loaded: Loaded) -> None:
    """Check that the estimated memory is available.

    Raises
    ------
    InputError
        If it is not.
    """
    extent = extent_of(job, loaded)
    memory = memory_needed(extent)
    log.info("memory: about %s", _in_bytes(memory))
    available = free_memory()
    if memory > available:
        raise InputError(
            f"{loaded.name}: about {_in_bytes(memory)} of memory are needed for a box of "
            f"{extent.size} voxels and {_in_bytes(available)} are free; use fewer --threads, bin "
            "or crop the map, or omit the diagnosis (--no-diagnosis)"
        )


def _in_bytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
