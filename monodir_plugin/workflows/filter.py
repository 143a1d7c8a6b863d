"""A map filtered with the weights of a finished run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional, Sequence, Tuple, Union

import numpy as np

from ..errors import InputError
from ..figures.drawing.saving import save_figure
from ..figures.volumes.filtered import filtered_figure
from ..files.atomic import disk_errors, remove_leftovers
from ..files.loading import check_finished, load_results, read_or_refuse
from ..files.maps import MapFile, read_map, write_map
from ..files.mrc.masks import EXCLUSION
from ..files.output_paths import check_file
from ..files.particle_angles import KIND as ANGLES
from ..files.run_folder.results import MASK, SUMMARY
from ..files.run_folder.summary import read_summary
from ..numerics.filtering.filter_bank import filtered
from ..numerics.filtering.sharpening import b_factor_of, sharpening_gain, signal_power
from ..numerics.filtering.weights import filter_weights
from ..numerics.fourier.shells import mean_over_shells
from ..numerics.fourier.spectrum import spectrum_of
from ..numerics.geometry.crop import cropped
from ..numerics.geometry.soft_edges import soft_mask
from ..numerics.localres.signal_to_noise import SnrProblem
from ..numerics.measurement.preparation import Prepared
from ..numerics.problem.settings import Settings
from .measure.job import Job, Loaded, load, prepare_job
from .process_tuning import return_free_memory, tune_process
from .progress import progress_of

__all__ = [
    "FilteredMap",
    "checked_figure",
    "filter_map",
    "job_of_results",
    "made_parent",
    "problem_of_results",
    "read_on_grid",
    "refuse_file",
]

#: Width in voxels of the soft edge of the mask through which shells are seen.
_EDGE = 4.0
_TINY = 1e-30


@dataclass(frozen=True)
class FilteredMap:
    """The files that :func:`filter_map` wrote.

    Attributes
    ----------
    path, figure : Path
        The map, and slices before and after.
    kind : str
    b_factor : float or None
        Å², of the sharpening; ``None``: there was none.
    """

    path: Path
    figure: Path
    kind: str
    b_factor: Optional[float]


def job_of_results(folder: Path, threads: int = 1) -> Job:
    """The job whose results lie in a folder, from its summary.

    Raises
    ------
    InputError
        If there is no summary.
    """
    summary = read_or_refuse(folder / SUMMARY, read_summary)
    parameters = summary["parameters"]
    entries = [entry for entry in summary["inputs"] if entry.get("kind") != ANGLES]
    inputs = [entry["path"] for entry in entries]
    # The excluded part comes last.
    exclude = inputs.pop() if entries[-1].get("kind") == EXCLUSION else None
    maps = 2 if parameters["noise_from_half_maps"] else 1
    centre = parameters["centre"]
    return Job(
        map=None if maps == 2 else inputs[0],
        output=folder,
        halves=(inputs[0], inputs[1]) if maps == 2 else None,
        mask=inputs[maps] if len(inputs) > maps else str(folder / MASK),
        sampling=summary["inputs"][0]["sampling_A"],
        settings=Settings(
            directions=parameters["directions"],
            cone=parameters["cone"],
            criterion=parameters["criterion"],
            significance=parameters["significance"],
            coarsest=parameters["coarsest"],
            noise_radius=parameters["noise_radius"],
            centre=centre if isinstance(centre, str) else (centre[0], centre[1], centre[2]),
        ),
        preset=parameters["preset"],
        threads=threads,
        exclude=exclude,
    )


def filter_map(
    folder: Path,
    output: Path,
    other: Optional[Path] = None,
    kind: str = "directional",
    sharpen: Union[str, float] = "none",
    threads: int = 1,
    quiet: bool = False,
) -> FilteredMap:
    """Filter the map of a finished run, or another on the same grid, with the run's weights.

    Parameters
    ----------
    folder : Path
        Folder of a run.
    output : Path
        Map to write; a figure of slices before and after is written beside it (``.png``).
    other : Path, optional
        A map that is filtered instead of that of the run.
    kind : str
        ``directional``, ``isotropic`` or ``global``.
    sharpen : "none", "auto" or float
        B-factor in Å² that is undone; ``auto``: fitted to the signal.
    threads : int
    quiet : bool
        Show no progress.

    Returns
    -------
    FilteredMap

    Raises
    ------
    InputError
        If the results or the map cannot be used; nothing has been written then.
    """
    refuse_file(folder, "give the folder first, and another map with --map")
    tune_process()
    loaded, prepared, problem = problem_of_results(folder, threads)
    source = loaded.volume if other is None else read_on_grid(other, loaded.volume)
    figure = checked_figure(output, [*loaded.inputs, source])
    side = problem.bands.size
    mask = cropped(loaded.mask, side)
    part = np.ascontiguousarray(cropped(source.values, side))
    gain, b_factor = None, None
    if sharpen != "none":
        whole = np.ascontiguousarray(cropped(loaded.volume.values, side))
        gain, b_factor = _sharpening(problem, whole, mask, prepared, sharpen, source.path, threads)
    weights = filter_weights(problem, kind, threads, progress_of("weights", quiet))
    nodes = problem.nodes
    # Spectra, weights and the maps of the results need not be in memory together.
    del problem, prepared
    from_halves = loaded.noise_map is not None
    loaded = loaded.without_values()
    return_free_memory()
    found = filtered(part, weights, nodes, mask, threads, gain, progress_of("filter", quiet))
    del weights
    return_free_memory()
    results = load_results(folder)
    name = source.path.name
    if other is None and from_halves:
        name = "mean of the half maps"
    out = np.zeros(source.values.shape, np.float32)
    cropped(out, side)[...] = found
    with disk_errors(output):
        made_parent(output, figure)
        write_map(output, out, source)
        save_figure(filtered_figure(results, source.values, out, name, kind), figure)
    return FilteredMap(output, figure, kind, b_factor)


def made_parent(*paths: Path) -> None:
    """Make the folder of some files, and remove what a killed program left of them there."""
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path.parent, path.name)


def checked_figure(output: Path, inputs: Sequence[MapFile]) -> Path:
    """Return the figure that is written beside a map, after checking both names.

    Raises
    ------
    InputError
        If one of them cannot be written or is an input, or if both are the same file.
    """
    figure = output.with_suffix(".png")
    if figure == output:
        raise InputError(f"output {output}: name a map that ends in .mrc, not a figure")
    for path in (output, figure):
        check_file(path, inputs)
    return figure


def refuse_file(folder: Path, fix: str) -> None:
    """Refuse a file, or a folder without results, where a folder of results is wanted.

    Raises
    ------
    InputError
        If it is a file, or has no summary.
    """
    if folder.is_file():
        raise InputError(f"results {folder}: it is a file, not a folder of results; {fix}")
    check_finished(folder)


def problem_of_results(folder: Path, threads: int) -> Tuple[Loaded, Prepared, SnrProblem]:
    """The arrays and ratios of a finished run, from its inputs.

    Raises
    ------
    InputError
        If the inputs are not there or have changed.
    """
    job = job_of_results(folder, threads)
    loaded = load(job)
    _check_unchanged(folder, loaded)
    prepared = prepare_job(job, loaded)
    problem = prepared.problem
    if not isinstance(problem, SnrProblem):
        raise InputError(
            f"results {folder}: their preset, {job.preset}, has no signal-to-noise ratio; run the "
            "default preset"
        )
    return loaded, prepared, problem


def _check_unchanged(folder: Path, loaded: Loaded) -> None:
    """Refuse input files that changed since the run."""
    summary = read_or_refuse(folder / SUMMARY, read_summary)
    recorded = {entry["path"]: entry["sha256"] for entry in summary["inputs"]}
    for file in loaded.inputs:
        # A mask that the run made is a result, and is not recorded.
        if recorded.get(str(file.path.absolute()), file.sha256) != file.sha256:
            raise InputError(
                f"map {file.path}: it has changed since the results in {folder} were made; "
                "run monodir run again"
            )


def read_on_grid(path: Path, like: MapFile, sampling: Optional[float] = None) -> MapFile:
    """Read a map and refuse it if it is not on the grid of another.

    Parameters
    ----------
    path : Path
    like : MapFile
    sampling : float, optional
        Voxel size in Å that replaces the one in the header of ``path``.

    Raises
    ------
    InputError
        If the map cannot be read, or has another box or voxel size.
    """
    file = read_map(path, sampling=sampling, unless_given=like.sampling)
    if file.values.shape != like.values.shape:
        raise InputError(
            f"map {path}: its box has {len(file.values)} voxels a side, that of the run "
            f"{len(like.values)}; name a map on the same grid"
        )
    if abs(file.sampling / like.sampling - 1) > 0.01:
        raise InputError(
            f"map {path}: its voxels are of {file.sampling:g} Å, those of the run of "
            f"{like.sampling:g} Å; name a map on the same grid"
        )
    return replace(file, sampling=like.sampling)


def _sharpening(
    problem: SnrProblem,
    values: np.ndarray,
    mask: np.ndarray,
    prepared: Prepared,
    sharpen: Union[str, float],
    path: Path,
    threads: int,
) -> Tuple[np.ndarray, float]:
    """Factor of every Fourier shell, and the B-factor that it undoes."""
    side, sampling = problem.bands.size, prepared.sampling
    frequency = np.arange(side // 2 + 1) / (side * sampling)
    resolution = sampling / problem.resolution
    if sharpen == "auto":
        spectrum = spectrum_of(values * soft_mask(mask, _EDGE), 1.0, threads)
        power = mean_over_shells(np.abs(spectrum) ** 2)[: side // 2 + 1]
        snr = problem.particle.radial / np.maximum(problem.noise.radial, _TINY) - 1
        signal = signal_power(power, snr)
        try:
            b_factor = b_factor_of(signal, frequency, resolution)
        except ValueError as error:
            raise InputError(f"map {path}: {error}") from error
    else:
        b_factor = float(sharpen)
    return sharpening_gain(b_factor, frequency, resolution), b_factor
