"""The content of ``summary.json``: its keys with their types, how it is built, and how it is read.

Readers take a :class:`Summary`, so that a key that does not exist is an error of the type check.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, TypedDict, Union, cast

import numpy as np

from ...constants import VERSION
from ...diagnosis.atoms import finest_and_coarsest
from ...numerics.geometry.axes import AxisSet
from ...numerics.localres.uncertainty import median_axis_interval, median_interval
from ...numerics.measurement.analysis import Analysis
from ..maps import MapFile
from ..particle_angles import KIND, AnglesFile

__all__ = [
    "AtFinest",
    "AxesSummary",
    "AxisDirection",
    "AxisSummary",
    "Found",
    "InputSummary",
    "Interval",
    "NoiseRegion",
    "Parameters",
    "Summary",
    "read_summary",
    "rounded",
    "summarise",
    "without_nan",
]

#: Side of the blocks whose voxels count as one observation, in widths of the window.
_BLOCK = 4.0


class _AlwaysInInput(TypedDict):
    path: str
    sha256: str


class InputSummary(_AlwaysInInput, total=False):
    """A file that was read: its absolute path, what it is, and the voxel size that was used.

    ``kind`` is ``map``, ``half map``, ``mask``, ``exclusion mask``, or, last and without a voxel
    size, ``particle angles``.
    """

    sampling_A: float
    kind: str


class Parameters(TypedDict):
    """The settings of a run; ``None`` where the preset decides or the setting is not used."""

    directions: int
    cone: float
    criterion: Optional[float]
    significance: Optional[float]
    coarsest: Optional[float]
    noise_radius: Optional[float]
    centre: Union[str, List[float]]
    along: List[List[float]]
    noise_from_half_maps: bool
    preset: str


class _AlwaysInRegion(TypedDict):
    voxels: int
    outer_radius_px: float
    noise_ends_at_px: float


class NoiseRegion(_AlwaysInRegion, total=False):
    """The solvent in which the noise of a single map was measured."""

    structure_outside_mask_voxels: int


class Interval(TypedDict):
    """The 90 % interval of a single R at one resolution, Å."""

    frequency_A: float
    finer_A: float
    coarser_A: float


class AtFinest(TypedDict):
    """That many voxels reach the finest frequency that was tested, which limits all numbers.

    ``share`` is that of the voxels of the mask, ``resolution_A`` the finest that was tested, and
    ``warning`` how one of the ``warnings`` of the summary ends, after the name of the map.
    """

    share: float
    resolution_A: float
    warning: str


class _AlwaysFound(TypedDict):
    working_box_px: int
    frequencies_A: List[float]


class Found(_AlwaysFound, total=False):
    """What was decided before the first axis was measured; ``frequencies_A`` are resolutions.

    Only ``at_finest`` was found afterwards; it is missing if few voxels are concerned.
    """

    noise_region: NoiseRegion
    excluded_voxels: int
    end_of_information_A: float
    map_resolution_A: float
    window_A: float
    interval: Optional[List[Interval]]
    at_finest: AtFinest
    axes_by_chance_over_median: Optional[List[float]]


class AxisDirection(TypedDict):
    """Angles of an axis, degrees."""

    rot_deg: float
    tilt_deg: float


class AxisSummary(AxisDirection):
    """An axis and its median resolution, Å."""

    resolution_A: float


class _AlwaysInAxes(TypedDict):
    median_A: Optional[float]
    finest_A: Optional[float]
    coarsest_A: Optional[float]
    ratio: Optional[float]
    mostly_unresolved: int


class AxesSummary(_AlwaysInAxes, total=False):
    """Resolutions of the axes, Å; ``None`` where no axis is resolved in most of the mask.

    ``median_interval_A`` is the 90 % interval of ``median_A``; ``None`` where it is not known.
    """

    median_interval_A: Optional[List[float]]


class _AlwaysInSummary(TypedDict):
    program: str
    inputs: List[InputSummary]
    box_px: int
    mask_voxels: int
    parameters: Parameters
    found: Found
    centre_px: List[float]
    median_A: Dict[str, float]
    median_interval_A: Optional[Dict[str, List[float]]]
    unresolved_share: float
    axes: AxesSummary
    axes_without_data: List[AxisDirection]
    best_axis: Optional[AxisSummary]
    worst_axis: Optional[AxisSummary]
    slope_radii_A: Optional[Tuple[float, float]]
    slopes_A_per_A: Dict[str, Optional[float]]
    intercepts_A: Dict[str, Optional[float]]
    notes: List[str]
    warnings: List[str]


class Summary(_AlwaysInSummary, total=False):
    """All of ``summary.json``.

    Keys of ``median_A``, ``slopes_A_per_A`` and others by map are names of
    :data:`monodir_plugin.numerics.reduction.result_maps.RESULT_MAPS`; those of ``diagnosis`` are
    names of findings.  A run without a diagnosis has no key ``diagnosis``.
    """

    diagnosis: Dict[str, Dict[str, Any]]


def summarise(
    analysis: Analysis, inputs: Sequence[MapFile], angles: Optional[AnglesFile] = None
) -> Summary:
    """Inputs, parameters, findings and warnings of a run, without its diagnosis."""
    prepared = analysis.prepared
    axes = analysis.table.axes
    along = analysis.reduced.axis_resolution
    finest, coarsest = finest_and_coarsest(along, axes)
    unresolved = int((np.isnan(along) & analysis.table.with_data).sum())
    parameters = {
        **asdict(prepared.settings),
        "along": [] if analysis.along is None else analysis.along.axes.vectors.tolist(),
        "noise_from_half_maps": prepared.noise_from_half_maps,
        "preset": prepared.preset.name,
    }
    summary: Summary = {
        "program": f"MonoDir {VERSION}",
        "inputs": _inputs(inputs, angles),
        "box_px": prepared.shape[0],
        "mask_voxels": len(analysis.table.indices),
        "parameters": cast(Parameters, parameters),
        "found": cast(Found, prepared.facts),
        "centre_px": [float(c) for c in prepared.centre],
        "median_A": {name: float(np.median(v)) for name, v in analysis.maps().items()},
        "median_interval_A": _median_intervals(analysis),
        "unresolved_share": analysis.table.unresolved_share(),
        "axes": {
            **_axes_summary(along, finest, coarsest, unresolved),
            "median_interval_A": _median_axis_interval(analysis, along),
        },
        "axes_without_data": [
            {"rot_deg": rounded(rot), "tilt_deg": rounded(tilt)}
            for rot, tilt, held in zip(axes.rot, axes.tilt, analysis.table.with_data)
            if not held
        ],
        "best_axis": _axis_summary(axes, along, finest),
        "worst_axis": _axis_summary(axes, along, coarsest),
        "slope_radii_A": analysis.slope_range,
        "slopes_A_per_A": {name: fit["slope"] for name, fit in analysis.slopes.items()},
        "intercepts_A": {name: fit["intercept"] for name, fit in analysis.slopes.items()},
        "notes": prepared.notes,
        "warnings": prepared.warnings,
    }
    return cast(Summary, without_nan(summary))


def _inputs(maps: Sequence[MapFile], angles: Optional[AnglesFile]) -> List[InputSummary]:
    """The files of a run; absolute paths, because reports read the map from any folder."""
    listed: List[InputSummary] = [
        {
            "path": str(file.path.absolute()),
            "sha256": file.sha256,
            "sampling_A": file.sampling,
            "kind": file.kind,
        }
        for file in maps
    ]
    if angles is not None:
        path = str(angles.path.absolute())
        listed.append({"path": path, "sha256": angles.sha256, "kind": KIND})
    return listed


def read_summary(path: Path) -> Summary:
    """Read ``summary.json``.

    Raises
    ------
    OSError, ValueError
        If the file cannot be read or is not JSON.
    """
    return cast(Summary, json.loads(path.read_text(encoding="utf-8")))


def _median_intervals(analysis: Analysis) -> Optional[Dict[str, List[float]]]:
    """90 % intervals of the medians, Å.

    ``None`` without a window, as in preset published, and if the mask is no larger than a block.
    """
    block, table = _block(analysis), analysis.table
    if block is None:
        return None
    found = {
        name: list(median_interval(values, table.indices, table.shape, block))
        for name, values in analysis.maps().items()
    }
    return None if np.isnan(list(found.values())).any() else found


def _median_axis_interval(analysis: Analysis, along: np.ndarray) -> Optional[List[float]]:
    """90 % interval of the median axis, Å.

    ``None`` without a window or a resolved axis, and if the mask is no larger than a block.
    """
    block, table = _block(analysis), analysis.table
    if block is None or np.isnan(along).all():
        return None
    width = median_axis_interval(table.codes, table.indices, table.shape, block)
    if np.isnan(width):
        return None
    middle = float(np.nanmedian(along))
    finest = float(table.sampling / table.frequencies[-1])
    ends = middle / (1 + width), middle / max(1 - width, 1e-3)
    return [max(ends[0], finest), min(ends[1], table.coarsest)]


def _block(analysis: Analysis) -> Optional[float]:
    """Side of the blocks of the jackknife, voxels; ``None`` without a window."""
    window = cast(Found, analysis.prepared.facts).get("window_A")
    return None if window is None else _BLOCK * float(window) / analysis.table.sampling


def _axes_summary(
    along: np.ndarray, finest: Optional[int], coarsest: Optional[int], unresolved: int
) -> AxesSummary:
    if finest is None or coarsest is None:
        return {
            "median_A": None,
            "finest_A": None,
            "coarsest_A": None,
            "ratio": None,
            "mostly_unresolved": unresolved,
        }
    return {
        "median_A": float(np.nanmedian(along)),
        "finest_A": float(along[finest]),
        "coarsest_A": float(along[coarsest]),
        "ratio": float(along[coarsest] / along[finest]),
        "mostly_unresolved": unresolved,
    }


def _axis_summary(axes: AxisSet, along: np.ndarray, index: Optional[int]) -> Optional[AxisSummary]:
    if index is None:
        return None
    return {
        "rot_deg": rounded(axes.rot[index]),
        "tilt_deg": rounded(axes.tilt[index]),
        "resolution_A": float(along[index]),
    }


def rounded(value: object) -> Any:
    """Numbers of a record with nine digits: further ones depend on the order of summation."""
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, (float, np.floating)) else value


def without_nan(value: object) -> Any:
    """A record with ``None`` for numbers that are not finite, which JSON does not have."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
