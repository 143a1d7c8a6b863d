"""From the files of a job to arrays that fit each other, and what they will cost."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

import numpy as np

from .constants import VERSION
from .errors import InputError
from .files.atomic import is_there, real_path
from .files.maps import MapFile, check_independent, read_map
from .files.masks import as_mask
from .files.results import disk_needed, is_result
from .free_memory import free_memory
from .numerics.axes import AxisSet
from .numerics.half_map_noise import check_noise_of_halves
from .numerics.masking import make_mask
from .numerics.preparation import (
    DEFAULT_SETTINGS,
    NoNoiseError,
    Prepared,
    Settings,
    checked_settings,
    memory_needed,
    prepare,
)
from .numerics.presets import PRESETS
from .volumes import ReadVolume, map_name, read_volume, sentences

__all__ = [
    "Job",
    "Loaded",
    "check_file",
    "check_folder",
    "check_memory",
    "check_resources",
    "load",
    "made_mask",
    "prepare_job",
    "read_volume",
]

log = logging.getLogger("monodir")

#: Fewer voxels are not measured; below the second number they are, with a warning.
_FEWEST_VOXELS, _FEW_VOXELS = 10, 300


@dataclass(frozen=True)
class Job:
    """One run, as asked for.

    Attributes
    ----------
    map : path or None
        ``None`` if half maps are given.
    output : Path
        Folder for the results.
    halves : pair of paths or None
    mask : path or None
        ``None``: made.
    sampling : float or None
        Replaces the headers' voxel size, Å.
    along : sequence of (x, y, z)
        Axes along which a map each is wanted.
    settings : Settings
    preset : str
    threads : int
    quiet : bool
        Show no progress.
    diagnosis : bool
        Also diagnose the map, and fit tensors to the table.
    images : int or None
        Number of particle images behind the map, for the diagnosis.
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

    @property
    def axes(self) -> AxisSet:
        """The axes of the table."""
        return AxisSet.icosahedral(self.settings.directions)

    @property
    def asked(self) -> Optional[AxisSet]:
        """The axes along which maps were asked for."""
        return AxisSet(np.array(self.along)) if self.along else None


@dataclass(frozen=True)
class Loaded:
    """The arrays of a job.

    Attributes
    ----------
    volume : MapFile
        The map, or the mean of the half maps.
    noise_map : ndarray or None
        Half of the difference of the half maps.
    mask : ndarray of bool
    made : ndarray or None
        The soft mask, if it was made here.
    inputs : list of MapFile
        What was read.
    notes : list of str
        How the mask was made.
    warnings : list of str
        What is in doubt about the files, and what was decided.
    noise_from_halves : bool
        Whether the map is the mean of half maps.
    """

    volume: MapFile
    noise_map: Optional[np.ndarray]
    mask: np.ndarray
    made: Optional[np.ndarray]
    inputs: List[MapFile]
    notes: List[str]
    warnings: List[str] = field(default_factory=list)
    noise_from_halves: bool = False

    @property
    def name(self) -> str:
        """What to call the map in messages."""
        return map_name(self.inputs[: 2 if self.noise_from_halves else 1])

    def without_values(self) -> Loaded:
        """What is needed when the values have been used: to free memory."""
        return replace(
            self,
            volume=self.volume.without_values(),
            noise_map=None,
            mask=np.zeros((0, 0, 0), bool),
        )

    def fingerprint(self, job: Job) -> str:
        """What a part of a table depends on, as a checksum."""
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
    """Read the files of a job and check that they fit each other.

    Raises
    ------
    InputError
        If a file cannot be used.
    """
    _check_settings(job)
    read = read_volume(job.map, job.halves, job.sampling, job.threads)
    volume, inputs, warnings = read.volume, list(read.inputs), list(read.warnings)
    _check_choices(job, volume)
    made: Optional[np.ndarray] = None
    notes: List[str] = []
    if job.mask is None:
        made, doubts = made_mask(read)
        mask = made >= 0.5
        warnings += doubts
        notes.append(f"mask: made from the map, {int(mask.sum())} voxels")
    else:
        file = read_map(job.mask, job.sampling, "mask", unless_given=volume.sampling)
        given = as_mask(file, volume, whole_box=job.halves is not None)
        mask = given.inside
        notes += given.notes
        warnings += given.warnings
    _check_extent(job, read, mask, warnings)
    if read.comparison is not None:
        check_independent(inputs[0], inputs[1], mask)
        halves = (inputs[0].values, inputs[1].values)
        mask, findings = check_noise_of_halves(*halves, mask, read.comparison.fsc)
        warnings += sentences(findings, inputs)
    if job.mask is not None:
        inputs.append(file)
    # Of the files their headers are enough from here on.
    inputs = [file.without_values() for file in inputs]
    paired = read.comparison is not None
    return Loaded(volume, read.noise_map, mask, made, inputs, notes, warnings, paired)


def _check_extent(job: Job, read: ReadVolume, mask: np.ndarray, warnings: List[str]) -> None:
    """Refuse a mask of hardly any voxels, and warn of few."""
    count = int(mask.sum())
    name = f"mask {job.mask}" if job.mask is not None else f"{read.name}: the mask made of it"
    if count < _FEWEST_VOXELS:
        raise InputError(
            f"{name}: it holds {count} voxel(s), too few to measure; give a mask of the particle"
        )
    if count < _FEW_VOXELS:
        warnings.append(
            f"{name}: it holds {count} voxels, which hardly tell the noise and how far the map "
            "reaches: resolutions are rough; measure the whole particle, and look at these voxels"
        )


def _check_settings(job: Job) -> None:
    """Refuse settings that make no sense for any map, before it is read."""
    try:
        checked_settings(job.settings, PRESETS[job.preset])
    except ValueError as error:
        raise InputError(str(error)) from error


def _check_choices(job: Job, volume: MapFile) -> None:
    """Refuse numbers that make no sense for this map."""
    side, limit = volume.values.shape[0], job.settings.coarsest
    if limit is not None and not 2 * volume.sampling < limit <= side * volume.sampling:
        raise InputError(
            f"--coarsest {limit:g}: for map {volume.path} name a resolution between two voxels, "
            f"{2 * volume.sampling:g} Å, and the box, {side * volume.sampling:g} Å"
        )
    centre = job.settings.centre
    if not isinstance(centre, str) and not all(0 <= c < side for c in centre):
        raise InputError(f"--center: it lies outside the box of {side} voxels; give voxels, X,Y,Z")
    radius = job.settings.noise_radius
    if radius is not None and radius > side / 2:
        raise InputError(
            f"--noise-radius {radius:g}: it lies outside the box of {side} voxels; "
            f"name at most {side / 2:g}"
        )
    try:
        _ = job.asked
    except ValueError as error:
        raise InputError(f"--along: {error}") from error


def prepare_job(job: Job, loaded: Loaded) -> Prepared:
    """Decide and transform; failures name the file."""
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
    except (NoNoiseError, ValueError) as error:
        raise InputError(f"{loaded.name}: {error}") from error
    prepared.notes[:0] = loaded.notes
    prepared.warnings[:] = [
        *loaded.warnings,
        *(f"{loaded.name}: {text}" for text in prepared.warnings),
    ]
    for text in prepared.notes:
        log.info(text)
    for text in prepared.warnings:
        log.warning("warning: %s", text)
    return prepared


def made_mask(read: ReadVolume) -> Tuple[np.ndarray, List[str]]:
    """A soft mask of the particle, made from the map, and what is in doubt about it."""
    try:
        made = make_mask(read.volume.values, read.volume.sampling)
        return made.values, [f"{read.name}: {text}" for text in made.warnings]
    except ValueError as error:
        raise InputError(f"{read.name}: {error}") from error


def check_resources(job: Job, loaded: Loaded) -> None:
    """Refuse before the work what memory, disk or permissions would stop after it."""
    check_folder(job.output)
    for file in loaded.inputs:
        inside = real_path(file.path).parent == real_path(job.output)
        if inside and is_result(file.path.name, mask_made=job.mask is None):
            raise InputError(
                f"output {job.output}: the results would replace the input {file.path}; "
                "name another folder"
            )
    check_memory(job, loaded)
    size, voxels = loaded.mask.shape[0], int(loaded.mask.sum())
    axes = job.settings.directions + len(job.along)
    extra_maps = len(job.along) + (job.mask is None)
    disk = disk_needed(size, voxels, axes, extra_maps, job.diagnosis)
    free = shutil.disk_usage(_existing_parent(job.output)).free
    if disk > free:
        raise InputError(
            f"output {job.output}: {_amount(disk)} are needed and {_amount(free)} are free on "
            "that disk; make room or name another folder"
        )


def check_memory(job: Job, loaded: Loaded) -> None:
    """Refuse what the memory does not hold."""
    size, voxels = loaded.mask.shape[0], int(loaded.mask.sum())
    axes = job.settings.directions + len(job.along)
    side = PRESETS[job.preset].working_box(loaded.mask)
    # A diagnosis takes about what two threads take.
    threads = max(job.threads, 2) if job.diagnosis else job.threads
    memory = memory_needed(size, voxels, axes, threads, side)
    log.info("memory: about %s", _amount(memory))
    available = free_memory()
    if memory > available:
        raise InputError(
            f"{loaded.name}: about {_amount(memory)} of memory are needed for a box of "
            f"{size} voxels and {_amount(available)} are free; use fewer --threads, or bin or crop "
            "the map, or leave the diagnosis out (--no-diagnosis)"
        )


def check_folder(output: Path) -> None:
    """Refuse a place where no folder for results can be."""
    _check_place(output)
    if output.exists() and not output.is_dir():
        raise InputError(f"output {output}: it is a file; name a folder")


def check_file(output: Path, loaded: Sequence[MapFile]) -> None:
    """Refuse a place where no file can be written, or that is one of the inputs."""
    _check_place(output)
    if output.is_dir():
        raise InputError(f"output {output}: it is a folder; name a file")
    for file in loaded:
        if real_path(output) == real_path(file.path):
            raise InputError(f"output {output}: it is the input; name another file")


def _check_place(output: Path) -> None:
    try:
        output.exists()
    except OSError as error:
        raise InputError(f"output {output}: {error.strerror}; name another place") from error
    for place in (output, *output.parents):
        if place.is_symlink() and not is_there(place):
            raise InputError(
                f"output {output}: {place} is a symbolic link that leads nowhere; name another "
                "place"
            )
    parent = _existing_parent(output)
    wanted = os.W_OK | os.X_OK if parent.is_dir() else os.W_OK
    if not os.access(parent, wanted) or (parent != output.absolute() and not parent.is_dir()):
        raise InputError(f"output {output}: {parent} cannot be written to; name another place")


def _amount(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def _existing_parent(path: Path) -> Path:
    path = path.absolute()
    while not is_there(path):
        path = path.parent
    return path
