"""The results of a run on disk: maps, lists, curves, the table, the diagnosis and a summary."""

from __future__ import annotations

import json
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from ...diagnosis.diagnose import Diagnosis
from ...diagnosis.tensor import TensorFit
from ...numerics.geometry.axes import AxisSet
from ...numerics.measurement.analysis import Analysis, VoxelMaps
from ...numerics.measurement.memory import map_writers
from ...numerics.reduction.result_maps import MAIN_MAP, RESULT_MAPS
from ...numerics.reduction.table import ResolutionTable
from ..archives import save_arrays, shape_of_box
from ..atomic import atomic_path
from ..lists import write_csv
from ..maps import MapFile, write_map
from ..particle_angles import AnglesFile
from .diagnosis import CONICAL_FSC, CURVES, PARTICLES, VIEWS, write_diagnosis
from .summary import Summary, rounded, summarise, without_nan
from .tensor import ANISOTROPY, TENSOR, write_tensor

__all__ = [
    "ALONG",
    "DIRECTIONS",
    "FIGURE",
    "MASK",
    "PROFILE",
    "SUMMARY",
    "TABLE",
    "Findings",
    "disk_needed",
    "is_leftover",
    "is_result",
    "load_table",
    "save_table",
    "write_findings",
    "write_other_maps",
]

MASK, FIGURE = "mask.mrc", "figure.png"
ALONG = "along_*.mrc"
DIRECTIONS, PROFILE, TABLE, SUMMARY = (
    "directions.csv",
    "radial_profile.csv",
    "table.npz",
    "summary.json",
)
#: Maps that the overview shows: ADR, and the lowest resolution, where it hatches ADR.
_OF_OVERVIEW = (MAIN_MAP, "lowest")
#: Files that some runs write and others do not.
_NOT_ALWAYS = (ALONG, CONICAL_FSC, CURVES, VIEWS, PARTICLES, TENSOR, ANISOTROPY)
#: Bytes of the tensor of a voxel on disk, at most.
_TENSOR_OF_VOXEL = 40


class Findings(NamedTuple):
    """Findings of a run besides the table.

    Attributes
    ----------
    diagnosis : Diagnosis
        Diagnosis of the map, or of its half maps.
    tensors : TensorFit
        Tensors of the table.
    """

    diagnosis: Diagnosis
    tensors: TensorFit

    def record(self) -> Dict[str, Dict[str, Any]]:
        """Numbers and sentences of every finding by its name."""
        tensor = {**self.tensors.record(), "sentences": self.tensors.sentences()}
        return rounded({**self.diagnosis.record(), "tensor": tensor})


def disk_needed(size: int, voxels: int, axes: int, extra_maps: int, diagnosis: bool) -> int:
    """Bytes that the results of a run take, with the parts that are kept until they are written."""
    maps, table = len(RESULT_MAPS) + extra_maps, (2 * axes + 12) * voxels
    needed = 4 * size**3 * maps + 2 * table + 2_000_000
    if diagnosis:
        # A number of twelve characters or eight bytes for every axis and shell, twice.
        needed += 4 * size**3 + _TENSOR_OF_VOXEL * voxels + 20 * axes * size
    return needed


def is_result(name: str, mask_made: bool) -> bool:
    """Whether a run writes a file of this name, or removes it as one of an earlier run."""
    written = {entry.file for entry in RESULT_MAPS.values()} | ({MASK} if mask_made else set())
    return name in written or any(fnmatch(name, pattern) for pattern in _NOT_ALWAYS)


def is_leftover(name: str) -> bool:
    """Whether a file that a run does not write is a result of an earlier one, and is removed."""
    return any(fnmatch(name, pattern) for pattern in _NOT_ALWAYS)


def save_table(
    path: Path, table: ResolutionTable, part: Optional[Mapping[str, np.ndarray]] = None
) -> None:
    """Write a table as ``.npz``.

    Arrays: ``codes`` (axes, voxels), uint16, frequency in cycles per voxel
    times 131070, 0 where not resolved; ``axes`` (axes, 3), unit vectors
    ``x, y, z``; ``indices``, flat index of each voxel in the ``[z, y, x]`` box;
    ``shape`` of the box; ``sampling`` in Å; ``frequencies`` of the measurement, in
    cycles per voxel; ``with_data`` (axes,), whether the map holds data along each axis.
    With ``part`` also what makes the file a part (:mod:`.parts`) that a later run with the same
    input and settings uses: ``fingerprint``, ``first``, ``monores`` (voxels,) in Å, and ``along``
    and ``along_axes`` if axes were named.
    """
    with atomic_path(path) as temporary:
        save_arrays(
            temporary,
            codes=table.codes,
            axes=table.axes.vectors,
            indices=table.indices,
            shape=np.array(table.shape),
            sampling=np.array(table.sampling),
            frequencies=table.frequencies,
            with_data=table.with_data,
            **(part or {}),
        )


def load_table(path: Path) -> ResolutionTable:
    """Read a table that :func:`save_table` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return ResolutionTable(
            codes=file["codes"],
            axes=AxisSet(file["axes"]),
            indices=file["indices"],
            shape=shape_of_box(file["shape"]),
            sampling=float(file["sampling"]),
            frequencies=file["frequencies"],
            with_data=file["with_data"],
        )


def write_findings(
    directory: Path,
    analysis: Analysis,
    like: MapFile,
    inputs: Sequence[MapFile],
    findings: Optional[Findings] = None,
    threads: int = 1,
    fingerprint: Optional[str] = None,
    angles: Optional[AnglesFile] = None,
) -> Summary:
    """Write all results of a run but those of :func:`write_other_maps`, each file atomically.

    That is what the overview figure shows, and what takes more memory than a map: the table and the
    tensors can be freed before the other maps are written.

    Parameters
    ----------
    directory : Path
        Made if it does not exist; files of the same names in it are replaced.
    analysis : Analysis
    like : MapFile
        Voxel size and origin for the maps.
    inputs : sequence of MapFile
        The maps and masks that were read, for the summary.
    findings : Findings, optional
        ``None``: the map was not diagnosed.
    threads : int
        Large files are written at the same time with more than one.
    fingerprint : str, optional
        Fingerprint of what the table was made from, so that a later run can use it; ``None``: none
        can.
    angles : AnglesFile, optional
        The angles of the particles, for the summary.

    Returns
    -------
    Summary
        As written to ``summary.json``.
    """
    directory.mkdir(parents=True, exist_ok=True)
    part = None if fingerprint is None else _as_part(analysis, fingerprint)
    maps = analysis.voxel_maps()
    tasks: List[Callable[[], Any]] = [
        partial(_write_along, directory, analysis, like),
        partial(_write_maps, directory, maps, _OF_OVERVIEW, like),
        partial(save_table, directory / TABLE, analysis.table, part),
        partial(_write_directions, directory / DIRECTIONS, analysis, findings),
        partial(_write_profile, directory / PROFILE, analysis),
    ]
    # What stands in the summary takes as long as some maps.
    texts: List[Callable[[], Any]] = [partial(summarise, analysis, inputs, angles)]
    if findings is not None:
        texts.append(findings.record)
        tasks.insert(0, partial(write_tensor, directory, findings.tensors, like))
        tasks.append(partial(write_diagnosis, directory, findings.diagnosis))
    summary, *record = _at_the_same_time([*texts, *tasks], threads)[: len(texts)]
    if record:
        summary["diagnosis"] = without_nan(record[0])
    with atomic_path(directory / SUMMARY) as temporary:
        temporary.write_text(json.dumps(summary, indent=2, allow_nan=False) + "\n")
    return summary


def write_other_maps(directory: Path, maps: VoxelMaps, like: MapFile, threads: int = 1) -> None:
    """Write all maps but those of the overview, each atomically.

    Parameters
    ----------
    directory : Path
        A folder that exists; files of the same names in it are replaced.
    maps : VoxelMaps
    like : MapFile
        Voxel size and origin.
    threads : int
        Maps are written at the same time with more than one.
    """
    names, writers = (
        [name for name in RESULT_MAPS if name not in _OF_OVERVIEW],
        map_writers(threads),
    )
    _at_the_same_time(
        [partial(_write_maps, directory, maps, names[k::writers], like) for k in range(writers)],
        threads,
    )


def _at_the_same_time(tasks: Sequence[Callable[[], Any]], threads: int) -> List[Any]:
    """Call functions with as many threads as there may be writers; return their values."""
    with ThreadPoolExecutor(min(threads, map_writers(threads) + 1)) as pool:
        running = [pool.submit(task) for task in tasks]
        done, _ = wait(running, return_when=FIRST_EXCEPTION)
        for left in running:
            left.cancel()
        for finished in done:
            finished.result()
        return [task.result() for task in running]


def _as_part(analysis: Analysis, fingerprint: str) -> Dict[str, np.ndarray]:
    """Return what a table needs, besides its rows, to be a part."""
    arrays = {
        "fingerprint": np.array(fingerprint),
        "first": np.array(0),
        "monores": analysis.monores,
    }
    if analysis.along is not None:
        arrays["along"] = analysis.along.codes
        arrays["along_axes"] = analysis.along.axes.vectors
    return arrays


def _write_maps(directory: Path, maps: VoxelMaps, names: Sequence[str], like: MapFile) -> None:
    """Write some maps with one box for all: allocating a new one takes longer than filling it."""
    box = None
    for name in names:
        box = maps.volume(name, box)
        write_map(directory / RESULT_MAPS[name].file, box, like)


def _write_along(directory: Path, analysis: Analysis, like: MapFile) -> None:
    """Write the maps along the axes of ``--along``."""
    box = None
    if analysis.along is not None:
        values = analysis.along.resolutions()
        for axis, column in zip(analysis.along.axes, values.T):
            box = analysis.along.volume(column, box)
            write_map(directory / _along_name(axis), box, like)


def _along_name(axis: np.ndarray) -> str:
    scaled = np.round(axis / np.abs(axis).max(), 3) + 0.0
    return "along_" + "_".join(f"{v:.3f}".rstrip("0").rstrip(".") for v in scaled) + ".mrc"


def _write_directions(path: Path, analysis: Analysis, findings: Optional[Findings]) -> None:
    axes, reduced = analysis.table.axes, analysis.reduced
    columns = {
        "index": range(len(axes)),
        **dict(zip("xyz", axes.vectors.T)),
        "rot_deg": axes.rot,
        "tilt_deg": axes.tilt,
        "count": reduced.counts,
        "median_resolution_A": reduced.axis_resolution,
        "data": analysis.table.with_data.astype(int),
    }
    if findings is not None and findings.diagnosis.views.views is not None:
        columns["coverage"] = findings.diagnosis.views.coverage
    write_csv(path, list(columns), zip(*columns.values()))


def _write_profile(path: Path, analysis: Analysis) -> None:
    profile = analysis.profile
    header = ["radius_A"]
    columns: List[np.ndarray] = [profile.radius]
    for name in RESULT_MAPS:
        header += [f"{name}_mean_A", f"{name}_std_A"]
        columns += [profile.mean[name], profile.std[name]]
    write_csv(path, [*header, "voxels"], zip(*columns, profile.count))
