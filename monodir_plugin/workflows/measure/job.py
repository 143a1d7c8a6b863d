"""The parameters of a run, and the arrays read from its files."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ...constants import VERSION
from ...errors import InputError
from ...files.maps import MapFile, check_independent, read_map
from ...files.mrc.masks import as_mask
from ...files.particle_angles import AnglesFile, read_angles
from ...numerics.checks.arrays import check_threads
from ...numerics.checks.numbers import is_number, is_whole, shown
from ...numerics.geometry.axes import AxisSet
from ...numerics.geometry.crop import cropped
from ...numerics.geometry.mask import make_mask
from ...numerics.geometry.symmetry import standard_name
from ...numerics.half_maps.findings import Finding
from ...numerics.half_maps.independence import check_noise_of_halves
from ...numerics.measurement.preparation import Prepared, prepare
from ...numerics.measurement.presets import DEFAULT, PRESETS
from ...numerics.noise.solvent_noise import SolventNoise, solvent_noise
from ...numerics.problem.settings import (
    DEFAULT_SETTINGS,
    Settings,
    check_settings_for_map,
    checked_settings,
)
from .volumes import (
    ReadVolume,
    map_name,
    outside_exclusion,
    read_exclusion,
    read_volume,
    refuse_mask,
    sentences,
)

__all__ = [
    "Job",
    "Loaded",
    "load",
    "mask_from_map",
    "prepare_job",
    "shared_solvent",
]

log = logging.getLogger("monodir")

#: Fewer voxels are not measured; below the second number they are, with a warning.
_FEWEST_VOXELS, _FEW_VOXELS = 10, 300


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
    exclude : path or None
        Mask of what is neither particle nor noise (a membrane, gold, a neighbour).
    angles : path or None
        File of RELION or cryoSPARC with the angles of the particles, used by the diagnosis.
    doubts : sequence of str
        Why the input may not be what the user means: warnings.
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
    exclude: Optional[str] = None
    angles: Optional[str] = None
    doubts: Sequence[str] = ()

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
    warnings : list of str
        Sentences on what is in doubt about the files, and what was decided.
    from_half_maps : bool
        Whether the map is the mean of half maps.
    exclude : ndarray of bool or None, shape (N, N, N)
        Voxels that are neither particle nor noise.
    angles : AnglesFile or None
        The views of the particles; ``None`` if no angles are given.
    findings : sequence of Finding
        What was found wrong with the pair of half maps.
    """

    volume: MapFile
    noise_map: Optional[np.ndarray]
    mask: np.ndarray
    generated_mask: Optional[np.ndarray]
    inputs: List[MapFile]
    notes: List[str]
    warnings: List[str] = field(default_factory=list)
    from_half_maps: bool = False
    exclude: Optional[np.ndarray] = None
    angles: Optional[AnglesFile] = None
    findings: Sequence[Finding] = ()

    @property
    def name(self) -> str:
        """The map, or the pair of half maps, in messages."""
        return map_name(self.inputs[: 2 if self.from_half_maps else 1])

    def without_values(self) -> Loaded:
        """Return a copy without the arrays of the maps, to free memory."""
        return replace(
            self,
            volume=self.volume.without_values(),
            noise_map=None,
            angles=None if self.angles is None else self.angles.without_values(),
            mask=np.zeros((0, 0, 0), bool),
            exclude=None,
        )

    def fingerprint(self, job: Job) -> str:
        """Return a checksum of everything that a part of the table depends on."""
        content = {
            "version": VERSION,
            "inputs": [file.sha256 for file in self.inputs],
            "kinds": [job.halves is None, job.mask is None, job.exclude is None],
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
    angles = None if job.angles is None else read_angles(Path(job.angles))
    read = read_volume(job.map, job.halves, job.sampling, job.threads)
    volume, inputs, warnings = read.volume, list(read.inputs), [*job.doubts, *read.warnings]
    if read.comparison is None:
        refuse_mask(volume, mask_given=job.mask is not None)
    _check_settings_against_map(job, volume)
    generated_mask: Optional[np.ndarray] = None
    notes: List[str] = []
    exclude, others = None, []
    if job.exclude is not None:
        file, excluded = read_exclusion(job.exclude, volume, job.sampling)
        exclude = excluded.inside
        others.append(file)
        notes += excluded.notes
        warnings += excluded.warnings
    if job.mask is None:
        generated_mask, doubts = mask_from_map(read, exclude)
        mask = generated_mask >= 0.5
        warnings += doubts
        notes.append(f"mask: made from the map, {int(mask.sum())} voxels")
    else:
        file = read_map(job.mask, job.sampling, "mask", unless_given=volume.sampling)
        given = as_mask(file, volume, whole_box=job.halves is not None)
        mask = given.inside
        others.insert(0, file)
        notes += given.notes
        warnings += given.warnings
    mask, overlap = outside_exclusion(mask, exclude, job.exclude)
    warnings += overlap
    _check_extent(job, read, mask, warnings)
    findings: List[Finding] = []
    if read.comparison is not None:
        check_independent(inputs[0], inputs[1], mask)
        halves = (inputs[0].values, inputs[1].values)
        mask, findings = check_noise_of_halves(*halves, mask, read.comparison.fsc, exclude)
        warnings += sentences(findings, inputs)
        findings = [*read.comparison.findings, *findings]
    return Loaded(
        volume=volume,
        noise_map=read.noise_map,
        mask=mask,
        generated_mask=generated_mask,
        # Only the headers of the files are needed from here on.
        inputs=[file.without_values() for file in (*inputs, *others)],
        notes=notes,
        warnings=warnings,
        from_half_maps=read.comparison is not None,
        exclude=exclude,
        angles=angles,
        findings=findings,
    )


def _check_extent(job: Job, read: ReadVolume, mask: np.ndarray, warnings: List[str]) -> None:
    """Refuse a mask of very few voxels, and warn of one of few voxels."""
    count = int(mask.sum())
    name = f"mask {job.mask}" if job.mask is not None else f"{read.name}: the mask made from it"
    if count < _FEWEST_VOXELS:
        raise InputError(
            f"{name}: it holds {count} voxel(s), too few to measure; give a mask of the particle"
        )
    if count < _FEW_VOXELS:
        warnings.append(
            f"{name}: it holds {count} voxels, too few for good estimates of the noise and of the "
            "resolution of the whole map; measure the whole particle, and look at these voxels"
        )


def _check_settings(job: Job) -> None:
    """Check the settings that do not depend on the map, before the map is read."""
    if job.preset not in list(PRESETS):
        raise InputError(f"preset {job.preset}: give one of {', '.join(PRESETS)}")
    if not (job.images is None or (is_whole(job.images) and job.images >= 1)):
        raise InputError(f"{shown(job.images)} images: give a whole number of at least 1")
    if not (job.sampling is None or is_number(job.sampling)):
        raise InputError(f"a voxel size of {job.sampling} Å: give a number")
    try:
        checked_settings(job.settings, PRESETS[job.preset])
        check_threads(job.threads)
        if job.symmetry is not None:
            standard_name(job.symmetry)
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


def shared_solvent(job: Job, loaded: Loaded) -> Optional[SolventNoise]:
    """The solvent with its noise, which diagnosis and measurement use, or ``None`` if they differ.

    Raises
    ------
    InputError
        If the map has no noise in its solvent.
    """
    preset = PRESETS[job.preset]
    alike = all(
        getattr(preset, choice) is getattr(DEFAULT, choice)
        for choice in ("solvent", "working_box", "noise")
    )
    given = job.settings.noise_radius is not None or loaded.noise_map is not None
    if given or not alike:
        return None
    side = preset.working_box(loaded.mask)
    exclude = None if loaded.exclude is None else cropped(loaded.exclude, side)
    try:
        volume, mask = cropped(loaded.volume.values, side), cropped(loaded.mask, side)
        return solvent_noise(volume, mask, exclude, job.threads)
    except ValueError as error:
        raise InputError(f"{loaded.name}: {error}") from error


def prepare_job(job: Job, loaded: Loaded, solvent: Optional[SolventNoise] = None) -> Prepared:
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
            loaded.exclude,
            solvent,
        )
    except ValueError as error:
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


def mask_from_map(
    read: ReadVolume, exclude: Optional[np.ndarray] = None
) -> Tuple[np.ndarray, List[str]]:
    """Make a soft mask of the particle, shape (N, N, N), values 0 to 1; also what is in doubt.

    It is zero in the excluded voxels, bool (N, N, N).
    """
    try:
        made = make_mask(read.volume.values, read.volume.sampling, exclude)
        return made.values, [f"{read.name}: {text}" for text in made.warnings]
    except ValueError as error:
        raise InputError(f"{read.name}: {error}") from error
