"""The parameters of a run, the arrays read from its files, and checks of resources."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

import numpy as np
import psutil

from ..constants import VERSION
from ..errors import InputError
from ..files.atomic import is_there
from ..files.maps import MapFile, as_mask, check_independent, read_half_maps, read_map
from ..files.results import disk_needed, is_result
from ..numerics.geometry.axes import AxisSet
from ..numerics.geometry.mask import make_mask
from ..numerics.measurement.memory import memory_needed
from ..numerics.measurement.preparation import Prepared, prepare
from ..numerics.measurement.presets import PRESETS
from ..numerics.problem.settings import (
    DEFAULT_SETTINGS,
    Settings,
    check_settings_for_map,
    checked_settings,
)

__all__ = [
    "Job",
    "Loaded",
    "available_cores",
    "check_file",
    "check_folder",
    "check_memory",
    "check_resources",
    "load",
    "mask_from_map",
    "prepare_job",
    "read_volume",
]

log = logging.getLogger("monodir")


@dataclass(frozen=True)
class Job:
    """The input, output and settings of one run.

    Attributes
    ----------
    map : path or None
        The map; ``None`` if half maps are given.
    output : Path
        Folder for the results.
    halves : pair of paths or None
        The half maps; ``None`` if a map is given.
    mask : path or None
        The mask; ``None``: a mask is made from the map.
    sampling : float or None
        Voxel size in Å that replaces the voxel sizes of the headers.
    along : sequence of (x, y, z)
        Axes along which additional resolution maps are measured.
    settings : Settings
    preset : str
        A key of :data:`monodir_plugin.numerics.PRESETS`.
    threads : int
        Number of processes and threads.
    quiet : bool
        Show no progress.
    diagnosis : bool
        Whether to diagnose the map and to fit tensors to the table.
    images : int or None
        Number of particle images of the reconstruction, used by the diagnosis.
    symmetry : str or None
        Point group of the map, used by the diagnosis; ``None``: it is searched for.
    """

    map: Optional[str]
    output: Path
    halves: Optional[Tuple[str, str]] = None
    mask: Optional[str] = None
    sampling: Optional[float] = None
    along: Sequence[Tuple[float, float, float]] = ()
    settings: Settings = DEFAULT_SETTINGS
    preset: str = "default"
    threads: int = 1
    quiet: bool = False
    diagnosis: bool = True
    images: Optional[int] = None
    symmetry: Optional[str] = None

    @property
    def axes(self) -> AxisSet:
        """The axes of the table."""
        return AxisSet.icosahedral(self.settings.directions)

    @property
    def along_axes(self) -> Optional[AxisSet]:
        """The axes of the additional maps; ``None`` if there are none."""
        return AxisSet(np.array(self.along)) if self.along else None


@dataclass(frozen=True)
class Loaded:
    """The arrays of a job.

    Attributes
    ----------
    volume : MapFile
        The map, or the mean of the half maps.
    noise_map : ndarray or None, shape (N, N, N)
        Half of the difference of the half maps.
    mask : ndarray of bool, shape (N, N, N)
        The voxels to measure.
    generated_mask : ndarray or None, shape (N, N, N)
        The soft mask that was made from the map; ``None`` if a mask was given.
    inputs : list of MapFile
        The files that were read, without their values.
    notes : list of str
        Sentences about the mask.
    """

    volume: MapFile
    noise_map: Optional[np.ndarray]
    mask: np.ndarray
    generated_mask: Optional[np.ndarray]
    inputs: List[MapFile]
    notes: List[str]

    def without_values(self) -> Loaded:
        """Return a copy without the arrays of the maps, to free memory."""
        return replace(
            self,
            volume=self.volume.without_values(),
            noise_map=None,
            mask=np.zeros((0, 0, 0), bool),
        )

    def fingerprint(self, job: Job) -> str:
        """Return a checksum of everything that a part of the table depends on."""
        content = {
            "version": VERSION,
            "inputs": [file.sha256 for file in self.inputs],
            "kinds": [job.halves is None, job.mask is None],
            "sampling": self.volume.sampling,
            "settings": asdict(checked_settings(job.settings, PRESETS[job.preset])),
            "preset": job.preset,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def load(job: Job) -> Loaded:
    """Read the files of a job and check that boxes and voxel sizes agree.

    Raises
    ------
    InputError
        If a file or a setting cannot be used.
    """
    _check_settings(job)
    volume, noise_map, inputs = read_volume(job.map, job.halves, job.sampling)
    _check_settings_against_map(job, volume)
    generated_mask: Optional[np.ndarray] = None
    notes: List[str] = []
    if job.mask is None:
        generated_mask = mask_from_map(volume)
        mask = generated_mask >= 0.5
        notes.append(f"mask: made from the map, {int(mask.sum())} voxels")
    else:
        file = read_map(job.mask, job.sampling, "mask", unless_given=volume.sampling)
        mask, note = as_mask(file, volume, whole_box=job.halves is not None)
        notes += [note] if note else []
    if job.halves is not None:
        check_independent(inputs[0], inputs[1], mask)
    if job.mask is not None:
        inputs.append(file)
    # Only the headers of the files are needed from here on.
    inputs = [file.without_values() for file in inputs]
    return Loaded(volume, noise_map, mask, generated_mask, inputs, notes)


def _check_settings(job: Job) -> None:
    """Check the settings that do not depend on the map, before the map is read."""
    try:
        checked_settings(job.settings, PRESETS[job.preset])
    except ValueError as error:
        raise InputError(str(error)) from error


def _check_settings_against_map(job: Job, volume: MapFile) -> None:
    """Check the settings that depend on the box and the voxel size of the map."""
    try:
        check_settings_for_map(job.settings, volume.values.shape[0], volume.sampling)
    except ValueError as error:
        raise InputError(f"map {volume.path}: {error}") from error
    try:
        _ = job.along_axes
    except ValueError as error:
        raise InputError(f"--along: {error}") from error


def read_volume(
    path: Optional[str], halves: Optional[Tuple[str, str]], sampling: Optional[float]
) -> Tuple[MapFile, Optional[np.ndarray], List[MapFile]]:
    """Read a map, or two half maps.

    Returns
    -------
    volume : MapFile
        The map, or the mean of the half maps.
    noise_map : ndarray or None, shape (N, N, N)
        Half of the difference of the half maps.
    inputs : list of MapFile
        The files that were read.
    """
    if halves is None:
        volume = read_map(str(path), sampling)
        return volume, None, [volume]
    first, second = read_half_maps(*halves, sampling)
    mean = replace(first, values=(first.values + second.values) / 2)
    return mean, (first.values - second.values) / 2, [first, second]


def prepare_job(job: Job, loaded: Loaded) -> Prepared:
    """Prepare the measurement and log its notes and warnings; errors name the file."""
    try:
        prepared = prepare(
            loaded.volume.values,
            loaded.mask,
            loaded.volume.sampling,
            job.settings,
            PRESETS[job.preset],
            loaded.noise_map,
            job.threads,
        )
    except ValueError as error:
        raise InputError(f"map {loaded.volume.path}: {error}") from error
    prepared.notes[:0] = loaded.notes
    for text in prepared.notes:
        log.info(text)
    for text in prepared.warnings:
        log.warning("warning: %s", text)
    return prepared


def mask_from_map(volume: MapFile) -> np.ndarray:
    """Make a soft mask of the particle, shape (N, N, N), values 0 to 1."""
    try:
        return make_mask(volume.values, volume.sampling).values
    except ValueError as error:
        raise InputError(f"map {volume.path}: {error}") from error


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
        inside = file.path.resolve().parent == job.output.resolve()
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
    free = shutil.disk_usage(_existing_parent(job.output)).free
    if disk > free:
        raise InputError(
            f"output {job.output}: {_in_bytes(disk)} are needed and {_in_bytes(free)} are free on "
            "that disk; free disk space or give another folder"
        )


def check_memory(job: Job, loaded: Loaded) -> None:
    """Check that the estimated memory is available.

    Raises
    ------
    InputError
        If it is not.
    """
    size, voxels = loaded.mask.shape[0], int(loaded.mask.sum())
    axes = job.settings.directions + len(job.along)
    side = PRESETS[job.preset].working_box(loaded.mask)
    # The diagnosis takes about as much memory as two threads.
    threads = max(job.threads, 2) if job.diagnosis else job.threads
    memory = memory_needed(size, voxels, axes, threads, side)
    log.info("memory: about %s", _in_bytes(memory))
    available = psutil.virtual_memory().available
    if memory > available:
        raise InputError(
            f"map {loaded.volume.path}: about {_in_bytes(memory)} of memory are needed for a box "
            f"of {size} voxels and {_in_bytes(available)} are free; use fewer --threads, bin or "
            "crop the map, or omit the diagnosis (--no-diagnosis)"
        )


def check_folder(output: Path) -> None:
    """Check that a folder exists or can be created, and can be written.

    Raises
    ------
    InputError
        If not.
    """
    _check_writable(output)
    if output.exists() and not output.is_dir():
        raise InputError(f"output {output}: it is a file; give a folder")


def check_file(output: Path, loaded: Sequence[MapFile]) -> None:
    """Check that a file can be written and is not one of the inputs.

    Raises
    ------
    InputError
        If it cannot, or is.
    """
    _check_writable(output)
    if output.is_dir():
        raise InputError(f"output {output}: it is a folder; give a file name")
    for file in loaded:
        if output.resolve() == file.path.resolve():
            raise InputError(f"output {output}: it is the input; give another file name")


def _check_writable(output: Path) -> None:
    try:
        output.exists()
    except OSError as error:
        raise InputError(f"output {output}: {error.strerror}; give another path") from error
    parent = _existing_parent(output)
    needed = os.W_OK | os.X_OK if parent.is_dir() else os.W_OK
    if not os.access(parent, needed) or (parent != output.absolute() and not parent.is_dir()):
        raise InputError(f"output {output}: {parent} cannot be written to; give another path")


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_bytes(size: float) -> str:

    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def _existing_parent(path: Path) -> Path:
    path = path.absolute()
    while not is_there(path):
        path = path.parent
    return path
