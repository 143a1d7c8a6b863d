"""Combine the parts of a run: reduce the table to maps, diagnose the map, and write the results."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

import numpy as np

from ...diagnosis.diagnose import Diagnosis, diagnose
from ...diagnosis.particles.particle_views import particle_views
from ...diagnosis.tensor import fit_tensors
from ...diagnosis.views.available_noise import MORE_THAN_NOISE
from ...errors import InputError
from ...files.atomic import disk_errors
from ...files.loading import load_results, named_by_folder
from ...files.locking import folder_lock
from ...files.maps import write_map
from ...files.run_folder.parts import PARTS, gather_rows
from ...files.run_folder.results import (
    FIGURE,
    MASK,
    Findings,
    is_leftover,
    write_findings,
    write_other_maps,
)
from ...files.run_folder.summary import AtFinest, Summary
from ...files.switching import results_folder
from ...numerics.localres.bands import FINEST
from ...numerics.measurement.analysis import VoxelMaps, reduce_all, table_of
from ...numerics.measurement.preparation import Prepared
from ...numerics.noise.solvent_noise import SolventNoise
from ...numerics.parallel.process_pool import LostWorkerError
from ...numerics.reduction.table import ResolutionTable
from ..process_tuning import return_free_memory, tune_process
from .job import Job, Loaded, load, prepare_job, shared_solvent
from .resources import check_resources

__all__ = [
    "combine",
    "diagnose_map",
    "draw_overview",
    "has_extra_maps",
    "no_empty_folders",
    "read_parts",
    "reduce_and_write",
]

log = logging.getLogger("monodir")

#: Shares above which a warning is written: of unresolved voxel-axis pairs, and of voxels that
#: reach the finest frequency (within a relative tolerance).
_MANY_UNRESOLVED = 0.05
#: If more pairs than this are unresolved, and the coarse limit that was given is finer than so
#: many voxels, the limit is named as the likely cause.
_NEARLY_ALL, _VERY_FINE = 0.95, 8.0
_MANY_AT_FINEST, _RELATIVE_TOLERANCE = 0.2, 1e-3
#: Particles of the angles and images of the map may differ by this factor.
_SAME_NUMBER = 2.0


def combine(job: Job, parts: Sequence[Path]) -> Summary:
    """Combine the parts of a run and write every result.

    Parameters
    ----------
    job : Job
        With the input and the settings of the parts.
    parts : sequence of Path
        Files that ``monodir part`` wrote, or the table of a finished run with the same input and
        settings: together they hold every axis of the table, the non-directional resolution and
        the axes of ``job.along``.

    Returns
    -------
    dict
        The summary, as in ``summary.json``.

    Raises
    ------
    InputError
        If the input or a part cannot be used, or parts are missing, or another run computes in
        the output folder; then nothing is written.
    """
    tune_process()
    loaded = load(job)
    check_resources(job, loaded)
    with no_empty_folders(job.output), folder_lock(job.output):
        arrays = read_parts(job, loaded, parts)
        solvent = shared_solvent(job, loaded)
        prepared = prepare_job(job, loaded, solvent)
        diagnosis = diagnose_map(job, loaded, solvent)
        return reduce_and_write(job, loaded, prepared, arrays, diagnosis)


def read_parts(job: Job, loaded: Loaded, parts: Sequence[Path]) -> Dict[str, np.ndarray]:
    """Return the arrays of all parts together.

    Raises
    ------
    InputError
        If a part is missing or was made with other input or settings.
    """
    arrays = gather_rows(parts, loaded.fingerprint(job), len(job.axes))
    if not has_extra_maps(arrays, job):
        raise InputError(
            "parts: the part without directions, with the same --along, is missing; compute it "
            "with monodir part without --axes"
        )
    return arrays


def diagnose_map(
    job: Job, loaded: Loaded, solvent: Optional[SolventNoise] = None
) -> Optional[Diagnosis]:
    """Return the findings that do not depend on the table, or ``None`` if not requested.

    Parameters
    ----------
    job : Job
    loaded : Loaded
    solvent : SolventNoise, optional
        That of :func:`.shared_solvent`.

    Raises
    ------
    InputError
        If a worker process is killed.
    """
    if not job.diagnosis:
        return None
    log.info("diagnosis: isotropy, views, angular error, half maps in cones")
    angles, images = loaded.angles, job.images
    if images is None and angles is not None:
        images = len(angles.views)
    try:
        found = diagnose(
            loaded.volume.values,
            loaded.mask,
            loaded.volume.sampling,
            job.axes,
            job.settings.cone,
            loaded.noise_map,
            images,
            job.threads,
            between=return_free_memory,
            symmetry=job.symmetry,
            exclude=loaded.exclude,
            solvent=solvent,
            findings=loaded.findings,
        )
    except LostWorkerError as error:
        raise InputError(f"{error}; use fewer --threads, or --no-diagnosis") from error
    if angles is None:
        return found
    of_particles = particle_views(angles.views, job.axes, found.symmetry.name, found.views)
    return replace(found, particles=of_particles)


def reduce_and_write(
    job: Job,
    loaded: Loaded,
    prepared: Prepared,
    arrays: Dict[str, np.ndarray],
    diagnosis: Optional[Diagnosis],
    dropped: Sequence[str] = (),
) -> Summary:
    """Reduce the complete table to maps and lists, and write all files; return the summary.

    Folders named in ``dropped`` are removed from the output folder in the same step.
    """
    along = None
    if job.along_axes is not None:
        along = table_of(prepared, job.along_axes, arrays["along"])
    table = table_of(prepared, job.axes, arrays.pop("codes"))
    analysis = reduce_all(prepared, table, arrays["monores"], along, job.threads)
    unresolved = table.unresolved_share()
    if unresolved > _MANY_UNRESOLVED:
        _warn(
            prepared,
            f"{loaded.name}: {100 * unresolved:.0f} % of the voxel-axis pairs are not resolved "
            f"even at the coarse limit, {table.coarsest:.2f} Å, which replaces their resolution "
            "in all maps",
        )
    given, very_fine = job.settings.coarsest, table.coarsest < _VERY_FINE * table.sampling
    if given is not None and very_fine and unresolved > _NEARLY_ALL:
        # Before the others, because doubts about the mask may follow from it.
        cause = (
            f"--coarsest {given:g} is probably why hardly anything is resolved: only finer "
            "resolutions are tested; give a coarser one, or leave it out"
        )
        _warn(prepared, cause, first=True)
    finest = table.sampling / float(table.frequencies[-1])
    limit = finest * (1 + _RELATIVE_TOLERANCE)
    at_finest = float(np.mean(analysis.reduced.highest <= limit))
    if at_finest > _MANY_AT_FINEST:
        cause = _next_to_nyquist(table, loaded.from_half_maps)
        warning = (
            f"{100 * at_finest:.0f} % of the voxels reach the finest frequency that was tested, "
            f"{finest:.2f} Å{cause}: their highest resolution may be finer, and their finest axis "
            "is uncertain"
        )
        # It limits all numbers: the verdict begins with it.
        limit_of_all: AtFinest = {"share": at_finest, "resolution_A": finest, "warning": warning}
        prepared.facts["at_finest"] = limit_of_all
        _warn(prepared, f"{loaded.name}: {warning}", first=True)
    findings = None
    if diagnosis is not None:
        for text in _doubts(job, loaded, diagnosis):
            _warn(prepared, text)
        findings = Findings(diagnosis, fit_tensors(table, job.threads))
    return_free_memory()
    # No file of a result appears before all of them are written.
    output = job.output
    writing = results_folder(output, is_leftover, dropped)
    with disk_errors(output), no_empty_folders(output), writing as folder:
        summary = write_findings(
            folder,
            analysis,
            loaded.volume,
            loaded.inputs,
            findings,
            job.threads,
            loaded.fingerprint(job),
            loaded.angles,
        )
        if loaded.generated_mask is not None:
            write_map(folder / MASK, loaded.generated_mask, loaded.volume)
        maps = analysis.voxel_maps()
        # Free memory for the figure.
        del table, analysis, findings
        return_free_memory()
        _write_maps_and_figure(folder, output, maps, loaded, job.threads)
    if loaded.generated_mask is not None and not job.quiet:
        voxels = int((loaded.generated_mask >= 0.5).sum())
        made = output / MASK
        log.warning("no --mask: a mask of %d voxels was made, %s; look at it", voxels, made)
    return summary


def _write_maps_and_figure(
    folder: Path, output: Path, maps: VoxelMaps, loaded: Loaded, threads: int
) -> None:
    """Write the other maps; with more than one thread, draw the overview at the same time.

    Writing waits for the disk and copies, and the figure runs in the interpreter.  The figure is
    drawn in the thread that calls this, because Matplotlib and Tk know one thread only.
    """
    with ThreadPoolExecutor(1) as pool:
        others = max(threads - 1, 1)
        writing = pool.submit(write_other_maps, folder, maps, loaded.volume, others)
        if threads == 1:
            writing.result()
        draw_overview(folder, output)
        writing.result()


def _next_to_nyquist(table: ResolutionTable, from_half_maps: bool) -> str:
    """What can be done if the finest frequency is limited by the voxels, not by a low-pass.

    Solvent that holds too little noise takes a single map there, too.
    """
    if table.frequencies[-1] < FINEST * (1 - _RELATIVE_TOLERANCE):
        return ""
    halves = ", or half maps if this one was masked, filtered, denoised or interpolated"
    return f" (Nyquist; use smaller voxels{'' if from_half_maps else halves})"


def _warn(prepared: Prepared, text: str, first: bool = False) -> None:
    """Add a warning to those of the summary, at the end or before the others, and log it."""
    prepared.warnings.insert(0 if first else len(prepared.warnings), text)
    log.warning("warning: %s", text)


def _doubts(job: Job, loaded: Loaded, diagnosis: Diagnosis) -> List[str]:
    """Warnings about the input that follow from the diagnosis."""
    found = []
    if diagnosis.no_noise is not None and diagnosis.no_noise.startswith(MORE_THAN_NOISE):
        found.append(
            f"{loaded.name}: {MORE_THAN_NOISE}: R may be wrong; give half maps, or a mask of what "
            "is not the particle (--exclude)"
        )
    particles = diagnosis.particles
    if particles is None:
        return found
    if particles.mismatch is not None:
        found.append(f"angles {job.angles}: {particles.mismatch}")
    if job.images is not None:
        factor = max(job.images / particles.count, particles.count / job.images)
        if factor > _SAME_NUMBER:
            found.append(
                f"angles {job.angles}: it has {particles.count} particles, and the number of "
                f"images is {job.images} (--images, which the diagnosis uses): give the file and "
                "the number of one reconstruction"
            )
    return found


def draw_overview(folder: Path, output: Path) -> None:
    """Draw the figure of a run from its files, so that it equals that of ``monodir plot``.

    The files are still in ``folder``; its title names ``output``.
    """
    from ...figures import draw_figure, save_figure

    found = named_by_folder(load_results(folder), output)
    save_figure(draw_figure("overview", found), folder / FIGURE)


def has_extra_maps(arrays: Dict[str, np.ndarray], job: Job) -> bool:
    """Whether the arrays of one or all parts contain MonoRes and the axes of ``job.along``."""
    if "monores" not in arrays:
        return False
    axes = job.along_axes
    return axes is None or np.array_equal(arrays.get("along_axes", ()), axes.vectors)


@contextmanager
def no_empty_folders(output: Path) -> Iterator[None]:
    """After an error, remove the folders that were created here and are still empty."""
    created = not output.exists()
    try:
        yield
    except InputError:
        for folder in (output / PARTS, output):
            if created and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise
