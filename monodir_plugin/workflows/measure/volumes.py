"""The map to be measured, from its file or from half maps that belong together."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ...errors import InputError
from ...files.maps import MapFile, check_independent, read_half_maps, read_map
from ...files.mrc.masks import EXCLUSION, GivenMask, as_mask
from ...numerics.half_maps.checks import Finding, HalfMapComparison, compare_half_maps
from ...numerics.solvent.exclusion import without_excluded

__all__ = [
    "ReadVolume",
    "map_name",
    "outside_exclusion",
    "read_exclusion",
    "read_volume",
    "refuse_mask",
    "sentences",
]

log = logging.getLogger("monodir")

#: Bytes a voxel of the box, at least, that a run takes: without them no map is read.
_LEAST_MEMORY = 16


@dataclass(frozen=True)
class ReadVolume:
    """A map as read, or made of half maps.

    Attributes
    ----------
    volume : MapFile
        The map, or the mean of the half maps.
    noise_map : ndarray or None
        Half of the difference of the half maps.
    inputs : list of MapFile
        The files that were read; half maps are on one grey scale.
    comparison : HalfMapComparison or None
    warnings : list of str
    """

    volume: MapFile
    noise_map: Optional[np.ndarray]
    inputs: List[MapFile]
    comparison: Optional[HalfMapComparison]
    warnings: List[str]

    @property
    def name(self) -> str:
        """Its name in messages."""
        return map_name(self.inputs)


def read_volume(
    path: Optional[str],
    halves: Optional[Tuple[str, str]],
    sampling: Optional[float],
    threads: int = 1,
) -> ReadVolume:
    """The map, or the mean of half maps; half of their difference; and the files.

    Raises
    ------
    InputError
        If a file cannot be used, or the half maps do not belong together.
    """
    if halves is None:
        volume = read_map(str(path), sampling, memory=_LEAST_MEMORY)
        return ReadVolume(volume, None, [volume], None, list(volume.warnings))
    first, second = read_half_maps(*halves, sampling, memory=_LEAST_MEMORY)
    warnings = [*first.warnings, *second.warnings]
    found = compare_half_maps(first.values, second.values, first.sampling, threads)
    if any(finding.fatal for finding in found.findings):
        # What is in doubt about the files may be why.
        for text in warnings:
            log.warning("warning: %s", text)
    warnings += sentences(found.findings, (first, second))
    if found.scale != 1.0:
        second = replace(second, values=second.values * np.float32(1 / found.scale))
        check_independent(first, second, slice(None))
    mean = replace(first, values=(first.values + second.values) / 2)
    noise = (first.values - second.values) / 2
    return ReadVolume(mean, noise, [first, second], found, warnings)


def read_exclusion(
    path: str, volume: MapFile, sampling: Optional[float]
) -> Tuple[MapFile, GivenMask]:
    """Read the mask of what is neither particle nor noise; checks are those of a mask.

    Parameters
    ----------
    path : str
    volume : MapFile
        The map, on whose grid it must be.
    sampling : float or None
        Voxel size in Å that replaces the one in the header.

    Raises
    ------
    InputError
        If the file cannot be used, or is not on the grid of the map.
    """
    file = read_map(path, sampling, EXCLUSION, unless_given=volume.sampling)
    return file, as_mask(file, volume, whole_box=True)


def outside_exclusion(
    mask: np.ndarray, exclude: Optional[np.ndarray], path: Optional[str]
) -> Tuple[np.ndarray, List[str]]:
    """Remove the excluded voxels from a mask; the warning and the error name the file.

    Parameters
    ----------
    mask : ndarray of bool, shape (N, N, N)
    exclude : ndarray of bool or None, shape (N, N, N)
    path : str or None
        The file of the excluded voxels.

    Returns
    -------
    mask : ndarray of bool, shape (N, N, N)
    warnings : list of str

    Raises
    ------
    InputError
        If nothing of the mask is left.
    """
    try:
        left, warning = without_excluded(mask, exclude)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from error
    return left, [f"{path}: {warning}"] if warning else []


def refuse_mask(volume: MapFile, mask_given: bool) -> None:
    """Refuse a mask where a map is expected.

    Parameters
    ----------
    volume : MapFile
        The map.
    mask_given : bool
        Whether there is a file of the mask as well, which may be the map.

    Raises
    ------
    InputError
        If the map holds two values only, of which one is zero.
    """
    values = volume.values
    low, high = float(values.min()), float(values.max())
    if not low == 0 < high or not ((values == low) | (values == high)).all():
        return
    fix = "are the map and --mask swapped?"
    if not mask_given:
        fix = "give the map, and this file with --mask"
    raise InputError(
        f"map {volume.path}: it holds only two values, {low:g} and {high:g}, as a mask does: {fix}"
    )


def map_name(files: Sequence[MapFile]) -> str:
    """What to call a map, or a pair of half maps, in messages."""
    paths = [str(file.path) for file in files]
    return f"map {paths[0]}" if len(paths) == 1 else f"half maps {paths[0]} and {paths[1]}"


def sentences(findings: Sequence[Finding], halves: Sequence[MapFile]) -> List[str]:
    """Findings on a pair of half maps as sentences with their names.

    Raises
    ------
    InputError
        With the first one after which nothing can be measured.
    """
    name = map_name(halves)
    for finding in findings:
        if finding.fatal:
            raise InputError(f"{name}: {finding.sentence}")
    return [f"{name}: {finding.sentence}" for finding in findings]
