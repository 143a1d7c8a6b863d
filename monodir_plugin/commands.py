"""What the command line does, as functions: read, check, measure, write."""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import psutil

from . import figures
from .errors import InputError
from .files.atomic import atomic_path
from .files.maps import MapFile, as_mask, read_half_maps, read_map, write_map
from .files.results import disk_needed, write_results
from .numerics.analysis import analyse
from .numerics.axes import AxisSet
from .numerics.directional import TooLittleNoiseError
from .numerics.masking import make_mask
from .numerics.preparation import DEFAULT_SETTINGS, NoNoiseError, Settings, memory_needed
from .numerics.presets import PRESETS
from .progress import Bar

__all__ = ["Job", "make_mask_file", "run", "run_demo"]

log = logging.getLogger("monodir")

FIGURE, MASK = "figure.png", "mask.mrc"


@dataclass(frozen=True)
class Job:
    """One run, as asked for.

    Attributes
    ----------
    map : path or None
        ``None`` if half maps are given.
    halves : pair of paths or None
    mask : path or None
        ``None``: made.
    output : Path
        Folder for the results.
    sampling : float or None
        Replaces the headers' voxel size, Å.
    along : sequence of (x, y, z)
        Axes along which a map each is wanted.
    settings : Settings
    preset : str
    threads : int
    quiet : bool
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


def run(job: Job) -> Dict[str, object]:
    """Measure a map and write every result.

    Returns
    -------
    dict
        The summary, as in ``summary.json``.

    Raises
    ------
    InputError
        If the input cannot be used; nothing has been written then.
    """
    volume, noise_map, inputs = _read_input(job)
    mask, made, note = _read_or_make_mask(job, volume, inputs)
    along = AxisSet(np.array(job.along)) if job.along else None
    _check_resources(job, volume.values.shape[0], int(mask.sum()))
    preset = PRESETS[job.preset]
    with Bar(job.settings.directions, "axes", job.quiet) as bar:

        def progress(stage: str, steps: int) -> None:
            if stage == "axes":
                bar.advance(steps)

        try:
            analysis = analyse(
                volume.values,
                mask,
                volume.sampling,
                job.settings,
                preset,
                noise_map,
                along,
                job.threads,
                progress,
            )
        except (NoNoiseError, TooLittleNoiseError) as error:
            raise InputError(f"map {volume.path}: {error}") from error
    prepared = analysis.prepared
    if note:
        prepared.notes.insert(0, note)
    prepared.warnings.extend(_findings(analysis.table.unresolved_share()))
    for text in prepared.notes:
        log.info(text)
    for text in prepared.warnings:
        log.warning("warning: %s", text)
    with _disk_errors(job.output):
        summary = write_results(job.output, analysis, volume, inputs)
        if made is not None:
            write_map(job.output / MASK, made, volume)
        with atomic_path(job.output / FIGURE) as temporary:
            title = f"{volume.path.name}, {job.preset} preset"
            figures.overview(figures.results_of(analysis), title).savefig(temporary)
    return summary


def make_mask_file(map_path: str, output: Path, sampling: Optional[float]) -> int:
    """Write a mask of the particle; returns its number of voxels."""
    volume = read_map(map_path, sampling)
    _check_parent(output)
    made = _made_mask(volume)
    with _disk_errors(output):
        write_map(output, made, volume)
    return int((made >= 0.5).sum())


def run_demo(output: Path, threads: int, quiet: bool = False) -> Dict[str, object]:
    """Simulate a small particle seen mostly along z, and measure it."""
    from .simulation import blob_particle, noisy_map

    particle, mask = blob_particle(72, seed=1)
    volume = noisy_map(particle, noise=1.0, concentration=4.0, seed=2)
    _check_parent(output)
    like = MapFile(Path("demo"), volume, 1.5, (0.0, 0.0, 0.0), (0, 0, 0), "")
    with _disk_errors(output):
        output.mkdir(parents=True, exist_ok=True)
        write_map(output / "simulated_map.mrc", volume, like)
        write_map(output / "simulated_mask.mrc", mask, like)
    job = Job(
        map=str(output / "simulated_map.mrc"),
        mask=str(output / "simulated_mask.mrc"),
        output=output,
        threads=threads,
        quiet=quiet,
    )
    return run(job)


def _read_input(job: Job) -> Tuple[MapFile, Optional[np.ndarray], List[MapFile]]:
    """The map, a map of noise alone if there are half maps, and the files read."""
    if job.halves is None:
        volume = read_map(str(job.map), job.sampling)
        return volume, None, [volume]
    first, second = read_half_maps(*job.halves, job.sampling)
    mean = (first.values + second.values) / 2
    noise = (first.values - second.values) / 2
    return replace(first, values=mean), noise, [first, second]


def _read_or_make_mask(
    job: Job, volume: MapFile, inputs: List[MapFile]
) -> Tuple[np.ndarray, Optional[np.ndarray], Optional[str]]:
    """The mask as booleans, as a soft box if it was made here, and what to tell of it."""
    if job.mask is None:
        made = _made_mask(volume)
        inside = made >= 0.5
        return inside, made, f"mask: made from the map, {int(inside.sum())} voxels ({MASK})"
    file = read_map(job.mask, job.sampling, "mask")
    inside, note = as_mask(file, volume, whole_box=job.halves is not None)
    inputs.append(file)
    return inside, None, note


def _made_mask(volume: MapFile) -> np.ndarray:
    try:
        return make_mask(volume.values, volume.sampling).values
    except ValueError as error:
        raise InputError(f"map {volume.path}: {error}") from error


def _findings(unresolved: float) -> List[str]:
    if unresolved < 0.05:
        return []
    return [
        f"{100 * unresolved:.0f} % of the cells (voxel, axis) are not resolved even at the coarse "
        "limit and take it in all maps"
    ]


def _check_resources(job: Job, size: int, voxels: int) -> None:
    """Refuse before the work what memory, disk or permissions would stop after it."""
    _check_parent(job.output)
    if job.output.exists() and not job.output.is_dir():
        raise InputError(f"output {job.output}: it is a file; name a folder")
    axes = job.settings.directions + len(job.along)
    memory = memory_needed(size, voxels, axes, job.threads)
    log.info("memory: about %.1f GB", memory / 1e9)
    available = psutil.virtual_memory().available
    if memory > available:
        raise InputError(
            f"map of {size} voxels a side: about {memory / 1e9:.1f} GB of memory are needed and "
            f"{available / 1e9:.1f} GB are free; use fewer --threads, or bin or crop the map"
        )
    disk = disk_needed(size, voxels, axes, len(job.along) + (job.mask is None))
    free = shutil.disk_usage(_existing_parent(job.output)).free
    if disk > free:
        raise InputError(
            f"output {job.output}: {disk / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are "
            "free on that disk; make room or name another folder"
        )


def _existing_parent(path: Path) -> Path:
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


def _check_parent(output: Path) -> None:
    parent = _existing_parent(output)
    if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
        return
    if parent == output.absolute() and os.access(parent, os.W_OK):
        return
    raise InputError(f"output {output}: {parent} cannot be written to; name another place")


@contextmanager
def _disk_errors(output: Path) -> Iterator[None]:
    """Turn a failure of the disk into a sentence."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"output {output}: writing failed ({error.strerror or error}); "
            "make room or name another folder"
        ) from error
