"""What the command line does, as functions: read, check, measure, write.

A run is made of parts (some axes of the table each, and the map without
directions) that are kept until all are there, and of their combination, with
which the map is diagnosed.  The Scipion protocol and a queue run the same two.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Dict, Iterator, Optional, Sequence, Tuple

import numpy as np

from .compiling import compile_beside, wait_for
from .diagnosis.diagnose import Diagnosis, diagnose
from .diagnosis.tensor import fit_tensors
from .errors import InputError
from .files.atomic import disk_errors, is_there
from .files.loading import load_results
from .files.maps import MapFile, write_map
from .files.parts import (
    PARTS,
    REST,
    clear_parts,
    gather_rows,
    holds_only_parts,
    load_part,
    rows_name,
    save_part,
)
from .files.results import FIGURE, MASK, SUMMARY, Findings, is_leftover, write_results
from .files.switching import clear_leftovers, results_folder
from .inputs import (
    Job,
    Loaded,
    check_file,
    check_folder,
    check_memory,
    check_resources,
    load,
    made_mask,
    prepare_job,
)
from .numerics.analysis import (
    measure_monores,
    measure_table,
    measured_rows,
    reduce_all,
    table_of,
)
from .numerics.axes import AxisSet
from .numerics.noise import TooLittleNoiseError
from .numerics.preparation import Prepared
from .numerics.presets import PRESETS
from .numerics.scratch import give_back, keep_apart
from .numerics.workers import LostWorkerError
from .progress import Bar
from .volumes import read_volume

__all__ = [
    "FIGURE",
    "MASK",
    "combine",
    "make_mask_file",
    "measure_part",
    "run",
    "run_demo",
]

log = logging.getLogger("monodir")

#: Axes that are kept in memory until they are written, at most; fewer of large masks.
_AXES_A_PART, _PART_BYTES = 16, 8_000_000
_MANY_UNRESOLVED = 0.05
_MANY_AT_END, _SAME = 0.2, 1e-3


def run(job: Job) -> Dict[str, object]:
    """Measure a map and write every result.

    Parts that an earlier run with the same input left in the folder are used.

    Returns
    -------
    dict
        The summary, as in ``summary.json``.

    Raises
    ------
    InputError
        If the input cannot be used; nothing has been written then.
    """
    keep_apart()
    loaded = load(job)
    check_resources(job, loaded)
    clear_leftovers(job.output)
    compiling = compile_beside(PRESETS[job.preset])
    # No part of it is kept: it takes less time than a few axes. It needs the arrays of the map,
    # and comes first because it takes as much memory as what is prepared.
    diagnosis = _diagnosis_of(job, loaded)
    give_back()
    wait_for(compiling)
    prepared = prepare_job(job, loaded)
    loaded = loaded.without_values()
    give_back()
    fingerprint = loaded.fingerprint(job)
    folder = job.output / PARTS
    most = _PART_BYTES // (np.dtype(np.uint16).itemsize * len(prepared.indices))
    step = max(min(_AXES_A_PART, most), 1)
    rows = [(first, min(first + step, len(job.axes))) for first in range(0, len(job.axes), step)]
    parts = [(folder / rows_name(*part), part) for part in rows]
    _report_earlier_runs(job, fingerprint, rows)
    bar = Bar(len(job.axes), "axes", job.quiet)
    with _nothing_left(job.output), disk_errors(job.output), bar:
        try:
            missing = [part for part in parts if load_part(part[0], fingerprint) is None]
            bar.advance(len(job.axes) - sum(stop - first for _, (first, stop) in missing))
            if missing:
                _measure_rows(job, prepared, fingerprint, missing, bar)
            # Not before: Matplotlib takes the memory of sixteen axes.
            loading = Thread(target=import_module, args=(f"{__package__}.figures",), daemon=True)
            if not _holds_rest(load_part(folder / REST, fingerprint) or {}, job):
                _measure_rest(job, prepared, fingerprint, folder / REST, loading)
        except TooLittleNoiseError as error:
            clear_parts(folder)
            raise _too_little_noise(loaded, error) from error
        except LostWorkerError as error:
            kept = ""
            if any(load_part(path, fingerprint) is not None for path, _ in parts):
                kept = " (what is done is kept, and the same command goes on from there)"
            raise InputError(f"{error}; use fewer --threads{kept}") from error
    prepared = prepared.without_spectra()
    give_back()
    paths = [*(path for path, _ in parts), folder / REST]
    dropped = (PARTS,) if holds_only_parts(folder) else ()
    summary = _combine(job, loaded, prepared, _gather(job, loaded, paths), diagnosis, dropped)
    clear_parts(folder)
    return summary


def measure_part(job: Job, rows: Optional[Tuple[int, int]], path: Path) -> None:
    """Compute some axes of the table, or (no rows) the map without directions, into a file."""
    first, stop = rows or (0, len(job.axes))
    if not 0 <= first < stop <= len(job.axes):
        raise InputError(f"--axes {first}:{stop}: name some of the axes 0:{len(job.axes)}")
    keep_apart()
    loaded = load(job)
    check_file(path, loaded.inputs)
    check_memory(job, loaded)
    prepared = prepare_job(job, loaded)
    loaded = loaded.without_values()
    fingerprint = loaded.fingerprint(job)
    try:
        with disk_errors(path), Bar(stop - first, "axes", job.quiet) as bar:
            if rows is None:
                _measure_rest(job, prepared, fingerprint, path)
            else:
                _measure_rows(job, prepared, fingerprint, [(path, rows)], bar)
    except TooLittleNoiseError as error:
        raise _too_little_noise(loaded, error) from error
    except LostWorkerError as error:
        raise InputError(f"{error}; use fewer --threads") from error


def combine(job: Job, parts: Sequence[Path]) -> Dict[str, object]:
    """Put parts together and write every result; returns the summary."""
    loaded = load(job)
    check_resources(job, loaded)
    found = _gather(job, loaded, parts)
    prepared = prepare_job(job, loaded)
    return _combine(job, loaded, prepared, found, _diagnosis_of(job, loaded))


def make_mask_file(
    map_path: Optional[str],
    output: Path,
    sampling: Optional[float],
    halves: Optional[Tuple[str, str]] = None,
) -> int:
    """Write a mask of the particle in a map, or in the mean of half maps; returns its voxels."""
    read = read_volume(map_path, halves, sampling)
    volume = read.volume
    check_file(output, read.inputs)
    made, doubts = made_mask(read)
    for text in (*read.warnings, *doubts):
        log.warning("warning: %s", text)
    with disk_errors(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        write_map(output, made, volume)
    return int((made >= 0.5).sum())


def run_demo(output: Path, threads: int, quiet: bool = False) -> Dict[str, object]:
    """Simulate a small particle seen mostly along z, and measure it."""
    from .simulation import blob_particle, noisy_map

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


def _report_earlier_runs(job: Job, fingerprint: str, rows: Sequence[Tuple[int, int]]) -> None:
    """Log what of an earlier run is replaced, and what is used."""
    if job.quiet:
        return
    if is_there(job.output / SUMMARY):
        log.warning(
            "%s holds the results of an earlier run: this one replaces them when it ends",
            job.output,
        )
    kept = sum(
        stop - first
        for first, stop in rows
        if load_part(job.output / PARTS / rows_name(first, stop), fingerprint) is not None
    )
    if kept:
        log.warning("%d of %d axes are there, from a run that was stopped", kept, len(job.axes))


def _measure_rows(
    job: Job,
    prepared: Prepared,
    fingerprint: str,
    parts: Sequence[Tuple[Path, Tuple[int, int]]],
    bar: Bar,
) -> None:
    """Measure along the axes of some parts and write each when all of its axes are finished."""
    numbers = [row for _, rows in parts for row in range(*rows)]
    begun: Dict[int, np.ndarray] = {}
    left = {first: stop - first for _, (first, stop) in parts}
    axes = AxisSet(job.axes.vectors[numbers])
    for place, codes in measured_rows(prepared, axes, job.threads):
        bar.advance(1)
        for path, (first, stop) in parts:
            if not first <= numbers[place] < stop:
                continue
            if first not in begun:
                begun[first] = np.empty((stop - first, len(codes)), codes.dtype)
            begun[first][numbers[place] - first] = codes
            left[first] -= 1
            if not left[first]:
                arrays = {"codes": begun.pop(first), "first": np.array(first)}
                save_part(path, fingerprint, arrays)
                del arrays
                give_back()


def _measure_rest(
    job: Job, prepared: Prepared, fingerprint: str, path: Path, beside: Optional[Thread] = None
) -> None:
    """The axes that were asked for, and the map without directions; ``beside`` starts with it."""
    arrays = {}
    if job.asked is not None:
        arrays["along"] = measure_table(prepared, job.asked, job.threads).codes
        arrays["along_axes"] = job.asked.vectors
    # Not before: a process that forks must not be loading modules.
    if beside is not None:
        beside.start()
    arrays["monores"] = measure_monores(prepared, job.threads)
    save_part(path, fingerprint, arrays)
    give_back()


def _gather(job: Job, loaded: Loaded, parts: Sequence[Path]) -> Dict[str, np.ndarray]:
    found = gather_rows(parts, loaded.fingerprint(job), len(job.axes))
    if not _holds_rest(found, job):
        raise InputError(
            "parts: the one without directions, with the same --along, is missing; compute it "
            "with monodir part without --axes"
        )
    return found


def _diagnosis_of(job: Job, loaded: Loaded) -> Optional[Diagnosis]:
    """What can be found in the map without the table, if it is wanted."""
    if not job.diagnosis:
        return None
    log.info("diagnosis: isotropy, views, angular error, half maps in cones")
    return diagnose(
        loaded.volume.values,
        loaded.mask,
        loaded.volume.sampling,
        job.axes,
        job.settings.cone,
        loaded.noise_map,
        job.images,
        job.threads,
    )


def _combine(
    job: Job,
    loaded: Loaded,
    prepared: Prepared,
    found: Dict[str, np.ndarray],
    diagnosis: Optional[Diagnosis],
    dropped: Sequence[str] = (),
) -> Dict[str, object]:
    along = None
    if job.asked is not None:
        along = table_of(prepared, job.asked, found["along"])
    table = table_of(prepared, job.axes, found.pop("codes"))
    analysis = reduce_all(prepared, table, found["monores"], along, job.threads)
    unresolved = table.unresolved_share()
    if unresolved > _MANY_UNRESOLVED:
        prepared.warnings.append(
            f"{loaded.name}: {100 * unresolved:.0f} % of the voxel-axis pairs are not resolved "
            f"even at the coarse limit, {table.coarsest:.2f} Å, and count with it in all maps"
        )
        log.warning("warning: %s", prepared.warnings[-1])
    finest = table.sampling / float(table.rungs[-1])
    at_end = float(np.mean(analysis.reduced.highest <= finest * (1 + _SAME)))
    if at_end > _MANY_AT_END:
        prepared.warnings.append(
            f"{loaded.name}: {100 * at_end:.0f} % of the voxels reach the finest frequency that "
            f"was looked at, {finest:.2f} Å: their highest resolution may be finer, and along "
            "which axis they are finest says little"
        )
        log.warning("warning: %s", prepared.warnings[-1])
    findings = None
    if diagnosis is not None:
        findings = Findings(diagnosis, fit_tensors(table, job.threads))
    give_back()
    # No file of a result appears before all of them are written.
    writing = results_folder(job.output, is_leftover, dropped)
    with disk_errors(job.output), _nothing_left(job.output), writing as folder:
        summary = write_results(folder, analysis, loaded.volume, loaded.inputs, findings)
        if loaded.made is not None:
            write_map(folder / MASK, loaded.made, loaded.volume)
        # The figure takes memory of its own.
        del table, analysis, findings
        give_back()
        from .figures import draw_figure, save_figure

        # Of the files, so that it is the figure that monodir plot draws of them.
        save_figure(draw_figure("overview", load_results(folder)), folder / FIGURE)
    return summary


def _holds_rest(part: Dict[str, np.ndarray], job: Job) -> bool:
    """Whether a part, or all together, hold the map without directions and all axes asked for."""
    if "monores" not in part:
        return False
    return job.asked is None or np.array_equal(part.get("along_axes", ()), job.asked.vectors)


def _too_little_noise(loaded: Loaded, error: TooLittleNoiseError) -> InputError:
    return InputError(f"{loaded.name}: {error}; give half maps, or a larger box")


@contextmanager
def _nothing_left(output: Path) -> Iterator[None]:
    """Where nothing could be written, leave no empty folders either."""
    made = not output.exists()
    try:
        yield
    except InputError:
        for folder in (output / PARTS, output):
            if made and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise
