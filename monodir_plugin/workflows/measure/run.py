"""Measure a map, in one run or in parts.

A run measures parts and then combines them (:mod:`.combine`).  A part holds some axes of the table,
or the non-directional resolution (MonoRes) with the axes of ``--along``.  Parts are stored in the
output folder until all are complete, so that a run that was stopped can continue.  The Scipion
protocol and jobs on a queue call the same functions.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from ...errors import InputError
from ...files.atomic import disk_errors, is_there
from ...files.locking import folder_lock
from ...files.maps import MapFile, write_map
from ...files.output_paths import check_file, check_folder
from ...files.run_folder.parts import (
    PARTS,
    REST,
    clear_parts,
    holds_only_parts,
    load_part,
    rows_name,
    save_part,
)
from ...files.run_folder.results import SUMMARY, TABLE
from ...files.run_folder.summary import Summary
from ...files.switching import clear_leftovers
from ...numerics.geometry.axes import AxisSet
from ...numerics.measurement.analysis import measure_monores, measure_table, measured_rows
from ...numerics.measurement.duration import estimated_seconds, machine_slowness
from ...numerics.measurement.preparation import Prepared
from ...numerics.measurement.presets import PRESETS
from ...numerics.parallel.cores import available_cores
from ...numerics.parallel.process_pool import LostWorkerError
from ...numerics.published.sampled_noise import TooLittleNoiseError
from ..process_tuning import (
    compile_ahead,
    figures_loader,
    return_free_memory,
    tune_process,
    wait_for,
)
from ..progress import ProgressBar, announce_duration
from .combine import diagnose_map, has_extra_maps, no_empty_folders, read_parts, reduce_and_write
from .job import (
    Job,
    Loaded,
    load,
    mask_from_map,
    prepare_job,
    shared_solvent,
)
from .resources import check_memory, check_resources, extent_of
from .volumes import read_exclusion, read_volume

__all__ = ["make_mask_file", "measure_part", "run", "run_demo"]

log = logging.getLogger("monodir")

#: Largest number of axes, and of bytes, of a part: it is held in memory until it is written.
_AXES_PER_PART, _PART_BYTES = 16, 8_000_000


def run(job: Job) -> Summary:
    """Measure a map and write every result.

    Parts that an earlier run with the same input and settings stored in the folder are used, and so
    is the table of a finished one: then only the diagnosis, the reductions and the files are made.

    Parameters
    ----------
    job : Job

    Returns
    -------
    dict
        The summary, as in ``summary.json``.

    Raises
    ------
    InputError
        If the input cannot be used, or another run computes in the output folder; then nothing
        is written.
    """
    tune_process()
    # Before the map is read: half maps are compared with compiled functions, too.
    compiling = compile_ahead(PRESETS[job.preset])
    loaded = load(job)
    check_resources(job, loaded)
    with no_empty_folders(job.output), folder_lock(job.output):
        clear_leftovers(job.output)
        if not job.quiet and not (is_there(job.output / PARTS) or is_there(job.output / TABLE)):
            _announce(job, loaded)
        # The diagnosis takes less time than a few axes, so that it is not stored as a part. It
        # comes first because it needs the arrays of the map, and as much memory as the prepared
        # measurement.
        solvent = shared_solvent(job, loaded)
        diagnosis = diagnose_map(job, loaded, solvent)
        return_free_memory()
        wait_for(compiling)
        prepared = prepare_job(job, loaded, solvent)
        del solvent
        loaded = loaded.without_values()
        return_free_memory()
        paths = _measured(job, prepared, loaded)
        prepared = prepared.without_spectra()
        return_free_memory()
        arrays = read_parts(job, loaded, paths)
        folder = job.output / PARTS
        dropped = (PARTS,) if holds_only_parts(folder) else ()
        summary = reduce_and_write(job, loaded, prepared, arrays, diagnosis, dropped)
        clear_parts(folder)
    return summary


def _measured(job: Job, prepared: Prepared, loaded: Loaded) -> List[Path]:
    """Measure what no earlier run in the folder has measured; return the files of all results."""
    folder, fingerprint = job.output / PARTS, loaded.fingerprint(job)
    try:
        with disk_errors(job.output):
            if load_part(job.output / TABLE, fingerprint) is None:
                return _measured_parts(job, prepared, fingerprint, folder)
            return _measured_beside_table(job, prepared, fingerprint, folder)
    except TooLittleNoiseError as error:
        clear_parts(folder)
        raise _too_little_noise(loaded, error) from error
    except LostWorkerError as error:
        kept = ""
        if any(load_part(path, fingerprint) is not None for path in folder.glob("*.npz")):
            kept = " (the same command continues with the axes that are missing)"
        raise InputError(f"{error}; use fewer --threads{kept}") from error


def _measured_beside_table(
    job: Job, prepared: Prepared, fingerprint: str, folder: Path
) -> List[Path]:
    """Measure what the table of the earlier run lacks: at most the axes of ``job.along``."""
    whole = job.output / TABLE
    _log_table_used(job)
    if has_extra_maps(load_part(whole, fingerprint) or {}, job):
        return [whole]
    _measure_extra_maps(job, prepared, fingerprint, folder / REST)
    return [whole, folder / REST]


def _measured_parts(job: Job, prepared: Prepared, fingerprint: str, folder: Path) -> List[Path]:
    """Measure the parts that a run that was stopped has not measured."""
    most = _PART_BYTES // (np.dtype(np.uint16).itemsize * len(prepared.indices))
    step = max(min(_AXES_PER_PART, most), 1)
    rows = [(first, min(first + step, len(job.axes))) for first in range(0, len(job.axes), step)]
    parts = [(folder / rows_name(*part), part) for part in rows]
    _log_earlier_runs(job, fingerprint, rows)
    with ProgressBar(len(job.axes), "axes", job.quiet) as bar:
        missing = [part for part in parts if load_part(part[0], fingerprint) is None]
        bar.advance(len(job.axes) - sum(stop - first for _, (first, stop) in missing))
        if missing:
            _measure_rows(job, prepared, fingerprint, missing, bar)
        # Not earlier: Matplotlib takes as much memory as sixteen axes.
        loading = figures_loader()
        if not has_extra_maps(load_part(folder / REST, fingerprint) or {}, job):
            _measure_extra_maps(job, prepared, fingerprint, folder / REST, loading)
    return [*(path for path, _ in parts), folder / REST]


def measure_part(job: Job, rows: Optional[Tuple[int, int]], path: Path) -> None:
    """Measure one part and write it into a file.

    Parameters
    ----------
    job : Job
        Its output folder is not used.
    rows : pair of int or None
        First axis of the part and the axis after its last; ``None``: the non-directional
        resolution and the axes of ``job.along``.
    path : Path
        The file to write.

    Raises
    ------
    InputError
        If the input cannot be used; then nothing is written.
    """
    first, stop = rows or (0, len(job.axes))
    if not 0 <= first < stop <= len(job.axes):
        raise InputError(f"--axes {first}:{stop}: give a range within the axes 0:{len(job.axes)}")
    tune_process()
    loaded = load(job)
    check_file(path, loaded.inputs)
    check_memory(job, loaded)
    prepared = prepare_job(job, loaded, shared_solvent(job, loaded))
    loaded = loaded.without_values()
    fingerprint = loaded.fingerprint(job)
    try:
        with disk_errors(path), ProgressBar(stop - first, "axes", job.quiet) as bar:
            if rows is None:
                _measure_extra_maps(job, prepared, fingerprint, path)
            else:
                _measure_rows(job, prepared, fingerprint, [(path, rows)], bar)
    except TooLittleNoiseError as error:
        raise _too_little_noise(loaded, error) from error
    except LostWorkerError as error:
        raise InputError(f"{error}; use fewer --threads") from error


def make_mask_file(
    map_path: Optional[str],
    output: Path,
    sampling: Optional[float],
    halves: Optional[Tuple[str, str]] = None,
    exclude: Optional[str] = None,
) -> int:
    """Make a mask of the particle and write it.

    Parameters
    ----------
    map_path : str or None
        The map; ``None`` if half maps are given.
    output : Path
        The file to write.
    sampling : float or None
        Voxel size in Å that replaces the voxel size of the header.
    halves : pair of str, optional
        Half maps, whose mean is used.
    exclude : str, optional
        Mask of what is neither particle nor noise.

    Returns
    -------
    int
        Number of voxels inside the mask.
    """
    read = read_volume(map_path, halves, sampling)
    excluded = None
    if exclude is not None:
        file, given = read_exclusion(exclude, read.volume, sampling)
        excluded = given.inside
        read.inputs.append(file.without_values())
        read.warnings.extend(given.warnings)
    check_file(output, read.inputs)
    mask, doubts = mask_from_map(read, excluded)
    for text in (*read.warnings, *doubts):
        log.warning("warning: %s", text)
    with disk_errors(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        write_map(output, mask, read.volume)
    return int((mask >= 0.5).sum())


def run_demo(output: Path, threads: int, quiet: bool = False) -> Summary:
    """Simulate a small particle that is viewed mostly along z, and measure it.

    Returns
    -------
    dict
        The summary, as in ``summary.json``.
    """
    from ...simulation import blob_particle, noisy_map

    check_folder(output)
    particle, mask = blob_particle(72, seed=1)
    volume = noisy_map(particle, noise=0.6, concentration=4.0, seed=2)
    like = MapFile(Path("demo"), volume, 1.5, (0.0, 0.0, 0.0), (0, 0, 0), "")
    names = [str(output / name) for name in ("simulated_map.mrc", "simulated_mask.mrc")]
    with disk_errors(output):
        output.mkdir(parents=True, exist_ok=True)
        write_map(Path(names[0]), volume, like)
        write_map(Path(names[1]), mask, like)
    return run(Job(map=names[0], mask=names[1], output=output, threads=threads, quiet=quiet))


def _announce(job: Job, loaded: Loaded) -> None:
    """Print about how long the run takes, with the cores that there are."""
    threads = min(job.threads, available_cores())
    extent = replace(extent_of(job, loaded), threads=threads)
    announce_duration(estimated_seconds(extent, machine_slowness()), threads)


def _log_table_used(job: Job) -> None:
    """Log that the table of an earlier run is used."""
    if not job.quiet:
        log.warning(
            "using the resolutions of the earlier run in %s, which had the same input and "
            "settings; remove %s there to measure them again",
            job.output,
            TABLE,
        )


def _log_earlier_runs(job: Job, fingerprint: str, rows: Sequence[Tuple[int, int]]) -> None:
    """Log which results of an earlier run are replaced and which parts are used."""
    if job.quiet:
        return
    if is_there(job.output / SUMMARY):
        log.warning(
            "%s contains the results of an earlier run: this run replaces them when it ends",
            job.output,
        )
    kept = sum(
        stop - first
        for first, stop in rows
        if load_part(job.output / PARTS / rows_name(first, stop), fingerprint) is not None
    )
    if kept:
        log.warning("using %d of %d axes from a run that was stopped", kept, len(job.axes))


def _measure_rows(
    job: Job,
    prepared: Prepared,
    fingerprint: str,
    parts: Sequence[Tuple[Path, Tuple[int, int]]],
    bar: ProgressBar,
) -> None:
    """Measure the axes of some parts; write each part when all of its axes are measured."""
    numbers = [row for _, rows in parts for row in range(*rows)]
    incomplete: Dict[int, np.ndarray] = {}
    axes_left = {first: stop - first for _, (first, stop) in parts}
    axes = AxisSet(job.axes.vectors[numbers])
    for place, codes in measured_rows(prepared, axes, job.threads):
        bar.advance(1)
        for path, (first, stop) in parts:
            if not first <= numbers[place] < stop:
                continue
            if first not in incomplete:
                incomplete[first] = np.empty((stop - first, len(codes)), codes.dtype)
            incomplete[first][numbers[place] - first] = codes
            axes_left[first] -= 1
            if not axes_left[first]:
                arrays = {"codes": incomplete.pop(first), "first": np.array(first)}
                save_part(path, fingerprint, arrays)
                del arrays
                return_free_memory()


def _measure_extra_maps(
    job: Job, prepared: Prepared, fingerprint: str, path: Path, loading: Optional[Thread] = None
) -> None:
    """Measure the axes of ``job.along``, start ``loading``, and measure MonoRes."""
    arrays = {}
    if job.along_axes is not None:
        arrays["along"] = measure_table(prepared, job.along_axes, job.threads).codes
        arrays["along_axes"] = job.along_axes.vectors
    # Not earlier: no module may be loading while the process forks.
    if loading is not None:
        loading.start()
    arrays["monores"] = measure_monores(prepared, job.threads)
    save_part(path, fingerprint, arrays)
    return_free_memory()


def _too_little_noise(loaded: Loaded, error: TooLittleNoiseError) -> InputError:
    return InputError(f"{loaded.name}: {error}; give half maps, or a larger box")
