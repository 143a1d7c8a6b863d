"""The results of a run on disk: maps, lists, curves, the table, the diagnosis and a summary."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from ..constants import VERSION
from ..diagnosis.atoms import finest_and_coarsest
from ..diagnosis.diagnose import Diagnosis
from ..diagnosis.tensor import TensorFit
from ..numerics.analysis import Analysis
from ..numerics.axes import AxisSet
from ..numerics.table import ResolutionTable
from ..numerics.uncertainty import median_interval
from .atomic import atomic_path
from .diagnosis import CONICAL_FSC, CURVES, VIEWS, write_diagnosis
from .lists import write_csv
from .maps import MapFile, write_map
from .tensor import ANISOTROPY, TENSOR, write_tensor

__all__ = [
    "ALONG",
    "DIRECTIONS",
    "FIGURE",
    "MAPS",
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
    "write_results",
]

#: Maps of a run, each in a file of this name with the suffix ``.mrc``.
MAPS = ("highest", "lowest", "adr", "anisotropy", "radial", "tangential", "monores")
MASK, FIGURE = "mask.mrc", "figure.png"
ALONG = "along_*.mrc"
DIRECTIONS, PROFILE, TABLE, SUMMARY = (
    "directions.csv",
    "radial_profile.csv",
    "table.npz",
    "summary.json",
)
#: Files that some runs write and others do not.
_NOT_ALWAYS = (ALONG, CONICAL_FSC, CURVES, VIEWS, TENSOR, ANISOTROPY)
#: Side of the blocks in which voxels are taken to be alike, in widths of the window.
_BLOCK = 4.0
#: Bytes of the tensor of a voxel on disk, at most.
_TENSOR_OF_VOXEL = 40


class Findings(NamedTuple):
    """What a run finds beside the table.

    Attributes
    ----------
    diagnosis : Diagnosis
        Of the map, or of its half maps.
    tensors : TensorFit
        Of the table.
    """

    diagnosis: Diagnosis
    tensors: TensorFit

    def record(self) -> Dict[str, Dict[str, object]]:
        """Numbers and sentences of every finding by its name."""
        tensor = {**self.tensors.record(), "sentences": self.tensors.sentences()}
        return _rounded({**self.diagnosis.record(), "tensor": tensor})


def disk_needed(size: int, voxels: int, axes: int, extra_maps: int, diagnosis: bool) -> int:
    """Bytes that the results of a run take, with the parts that are kept until they are written."""
    maps, table = len(MAPS) + extra_maps, (2 * axes + 8) * voxels
    needed = 4 * size**3 * maps + 2 * table + 2_000_000
    if diagnosis:
        # A number of twelve characters or eight bytes for every axis and shell, twice.
        needed += 4 * size**3 + _TENSOR_OF_VOXEL * voxels + 20 * axes * size
    return needed


def is_result(name: str, mask_made: bool) -> bool:
    """Whether a run writes a map of this name, or removes it as one of an earlier run."""
    written = {f"{kind}.mrc" for kind in MAPS} | ({MASK} if mask_made else set())
    return name in written or any(fnmatch(name, pattern) for pattern in _NOT_ALWAYS)


def is_leftover(name: str) -> bool:
    """Whether a file that a run does not write is a result of an earlier one, and must go."""
    return any(fnmatch(name, pattern) for pattern in _NOT_ALWAYS)


def save_table(path: Path, table: ResolutionTable) -> None:
    """Write a table as ``.npz``.

    Arrays: ``codes`` (axes, voxels), uint16, frequency in cycles per voxel
    times 131070, 0 where not resolved; ``axes`` (axes, 3), unit vectors
    ``x, y, z``; ``indices``, flat index of each voxel in the ``[z, y, x]`` box;
    ``shape`` of the box; ``sampling`` in Å; ``rungs``, the frequencies looked at in cycles per
    voxel; ``with_data`` (axes,), whether the map holds data along each axis.
    """
    with atomic_path(path) as temporary:
        np.savez(
            temporary,
            codes=table.codes,
            axes=table.axes.vectors,
            indices=table.indices,
            shape=np.array(table.shape),
            sampling=np.array(table.sampling),
            rungs=table.rungs,
            with_data=table.with_data,
        )


def load_table(path: Path) -> ResolutionTable:
    """Read a table that :func:`save_table` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return ResolutionTable(
            codes=file["codes"],
            axes=AxisSet(file["axes"]),
            indices=file["indices"],
            shape=tuple(int(n) for n in file["shape"]),
            sampling=float(file["sampling"]),
            rungs=file["rungs"],
            with_data=file["with_data"],
        )


def write_results(
    directory: Path,
    analysis: Analysis,
    like: MapFile,
    inputs: Sequence[MapFile],
    findings: Optional[Findings] = None,
) -> Dict[str, object]:
    """Write all results of a run, each file atomically.

    Parameters
    ----------
    directory : Path
        Made if missing; files of the same names in it are replaced.
    analysis : Analysis
    like : MapFile
        Voxel size and origin for the maps.
    inputs : sequence of MapFile
        What was read, for the summary.
    findings : Findings, optional
        ``None``: the map was not diagnosed.

    Returns
    -------
    dict
        The summary, as written to ``summary.json``.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _write_maps(directory, analysis, like)
    _write_directions(directory / DIRECTIONS, analysis, findings)
    _write_profile(directory / PROFILE, analysis)
    save_table(directory / TABLE, analysis.table)
    summary = summarise(analysis, inputs)
    if findings is not None:
        write_diagnosis(directory, findings.diagnosis)
        write_tensor(directory, findings.tensors, like)
        summary["diagnosis"] = _without_nan(findings.record())
    with atomic_path(directory / SUMMARY) as temporary:
        temporary.write_text(json.dumps(summary, indent=2, allow_nan=False) + "\n")
    return summary


def _write_maps(directory: Path, analysis: Analysis, like: MapFile) -> None:
    """Write all maps by way of one box: fresh memory costs more than what is put there."""
    box = None
    for name in MAPS:
        box = analysis.volume(name, box)
        write_map(directory / f"{name}.mrc", box, like)
    if analysis.along is not None:
        values = analysis.along.resolutions()
        for axis, column in zip(analysis.along.axes, values.T):
            write_map(directory / _along_name(axis), analysis.along.volume(column, box), like)


def summarise(analysis: Analysis, inputs: Sequence[MapFile]) -> Dict[str, object]:
    """What ``summary.json`` holds: inputs, parameters, findings, warnings."""
    prepared = analysis.prepared
    axes = analysis.table.axes
    along = analysis.reduced.axis_resolution
    finest, coarsest = finest_and_coarsest(along, axes)
    return _without_nan(
        {
            "program": f"MonoDir {VERSION}",
            "inputs": [
                # The whole path: figures and reports read the map from any folder.
                {
                    "path": str(file.path.absolute()),
                    "sha256": file.sha256,
                    "sampling_A": file.sampling,
                }
                for file in inputs
            ],
            "box_px": prepared.shape[0],
            "mask_voxels": len(analysis.table.indices),
            "parameters": {
                **asdict(prepared.settings),
                "along": [] if analysis.along is None else analysis.along.axes.vectors.tolist(),
                "noise_from_half_maps": prepared.noise_from_half_maps,
                "preset": prepared.preset.name,
            },
            "found": prepared.facts,
            "centre_px": [float(c) for c in prepared.centre],
            "median_A": {name: float(np.median(v)) for name, v in analysis.maps().items()},
            "median_interval_A": _median_intervals(analysis),
            "unresolved_share": analysis.table.unresolved_share(),
            "axes": {
                **_axes_entry(along, finest, coarsest),
                "mostly_unresolved": int((np.isnan(along) & analysis.table.with_data).sum()),
            },
            "axes_without_data": [
                {"rot_deg": float(rot), "tilt_deg": float(tilt)}
                for rot, tilt, held in zip(axes.rot, axes.tilt, analysis.table.with_data)
                if not held
            ],
            "best_axis": _axis_entry(axes, along, finest),
            "worst_axis": _axis_entry(axes, along, coarsest),
            "slope_radii_A": analysis.slope_range,
            "slopes_A_per_A": {name: fit["slope"] for name, fit in analysis.slopes.items()},
            "intercepts_A": {name: fit["intercept"] for name, fit in analysis.slopes.items()},
            "notes": prepared.notes,
            "warnings": prepared.warnings,
        }
    )


def _median_intervals(analysis: Analysis) -> Optional[Dict[str, List[float]]]:
    """90 % intervals of the medians, Å; ``None`` where no window says how far voxels are alike."""
    window = analysis.prepared.facts.get("window_A")
    if window is None:
        return None
    table = analysis.table
    block = _BLOCK * float(window) / table.sampling
    return {
        name: list(median_interval(values, table.indices, table.shape, block))
        for name, values in analysis.maps().items()
    }


def _axes_entry(
    along: np.ndarray, finest: Optional[int], coarsest: Optional[int]
) -> Dict[str, Optional[float]]:
    """Resolutions of the axes in short, Å; ``None`` where no axis is resolved."""
    if finest is None or coarsest is None:
        return {"median_A": None, "finest_A": None, "coarsest_A": None, "ratio": None}
    return {
        "median_A": float(np.nanmedian(along)),
        "finest_A": float(along[finest]),
        "coarsest_A": float(along[coarsest]),
        "ratio": float(along[coarsest] / along[finest]),
    }


def _axis_entry(
    axes: AxisSet, along: np.ndarray, index: Optional[int]
) -> Optional[Dict[str, object]]:
    if index is None:
        return None
    return {
        "rot_deg": float(axes.rot[index]),
        "tilt_deg": float(axes.tilt[index]),
        "resolution_A": float(along[index]),
    }


def _rounded(value: object) -> object:
    """Nine digits: further ones depend on the order of sums in threads."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, (float, np.floating)) else value


def _without_nan(value: object) -> object:
    """JSON knows no NaN: what could not be determined is ``null``."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


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
    for name in MAPS:
        header += [f"{name}_mean_A", f"{name}_std_A"]
        columns += [profile.mean[name], profile.std[name]]
    write_csv(path, [*header, "voxels"], zip(*columns, profile.count))
