"""From a map and a mask to all results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Iterator, Optional, Tuple

import numpy as np

from ..geometry.axes import AxisSet
from ..geometry.grid import distances_from
from ..geometry.hull import ends_of_rows, largest_sphere_in_hull
from ..problem.settings import DEFAULT_SETTINGS, Settings
from ..reduction.profiles import SLOPE_FROM, RadialProfile, radial_profile
from ..reduction.reductions import DirectionalMaps, reduce_table
from ..reduction.table import ResolutionTable, box_of, decode, encode
from .preparation import Prepared, prepare
from .presets import DEFAULT, Preset

__all__ = [
    "Analysis",
    "Progress",
    "VoxelMaps",
    "analyse",
    "measure_monores",
    "measure_table",
    "measured_rows",
    "reduce_all",
    "table_of",
]

#: Called with a stage ("axes" or "monores") and the number of its steps just finished.
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class VoxelMaps:
    """The maps of a run, without the table, which takes most of the memory.

    Attributes
    ----------
    values : dict of str to ndarray, shape (voxels,), float32
        Å, by name of the map.
    indices : ndarray, shape (voxels,)
        Flat indices of the voxels in the ``[z, y, x]`` box.
    shape : tuple of int
        The box.
    """

    values: Dict[str, np.ndarray]
    indices: np.ndarray
    shape: Tuple[int, ...]

    def volume(self, name: str, out: Optional[np.ndarray] = None) -> np.ndarray:
        """A map as a box, float32 ``[z, y, x]``, Å, zero outside the mask; ``out`` if given."""
        return box_of(self.values[name], self.indices, self.shape, out)


@dataclass(frozen=True)
class Analysis:
    """All results for one map.

    Attributes
    ----------
    prepared : Prepared
        The problem, settings and decisions.
    table : ResolutionTable
        R(r, d).
    reduced : DirectionalMaps
        Maps and list of axes.
    monores : ndarray, shape (voxels,), float32
        Non-directional local resolution, Å.
    along : ResolutionTable or None
        Resolution along the additional axes that the user named.
    profile : RadialProfile
    slopes : dict
        ``slope`` (Å per Å) and ``intercept`` (Å) by name of the curve.
    slope_range : tuple of float or None
        Radii in Å between which the slopes were fitted.
    """

    prepared: Prepared
    table: ResolutionTable
    reduced: DirectionalMaps
    monores: np.ndarray
    along: Optional[ResolutionTable]
    profile: RadialProfile
    slopes: Dict[str, Dict[str, float]]
    slope_range: Optional[tuple]

    def maps(self) -> Dict[str, np.ndarray]:
        """All maps by name, one value in Å per voxel of the table."""
        return {**self.reduced.maps(), "monores": self.monores}

    def voxel_maps(self) -> VoxelMaps:
        """All maps with their voxels."""
        return VoxelMaps(self.maps(), self.table.indices, self.table.shape)

    def volume(self, name: str) -> np.ndarray:
        """A map as a box, float32 ``[z, y, x]``, Å, zero outside the mask."""
        return self.voxel_maps().volume(name)


def measured_rows(
    prepared: Prepared, axes: AxisSet, threads: int = 1
) -> Iterator[Tuple[int, np.ndarray]]:
    """Measure along some axes.

    Yields
    ------
    row : int
        Number of the axis, in the order in which the axes are finished.
    codes : ndarray, shape (voxels,), uint16
        Its row of the table.

    Raises
    ------
    TooLittleNoiseError
        If the preset samples the noise, and its region holds too few points near an axis.
    LostWorkerError
        If a worker process is killed.
    """
    return prepared.problem.rows(axes, threads)


def measure_table(
    prepared: Prepared,
    axes: AxisSet,
    threads: int = 1,
    progress: Optional[Progress] = None,
) -> ResolutionTable:
    """Measure along some axes and return their rows as a table."""
    codes = np.empty((len(axes), len(prepared.indices)), np.uint16)
    for row, found in measured_rows(prepared, axes, threads):
        codes[row] = found
        if progress is not None:
            progress("axes", 1)
    return table_of(prepared, axes, codes)


def measure_monores(
    prepared: Prepared, threads: int = 1, progress: Optional[Progress] = None
) -> np.ndarray:
    """Non-directional resolution, Å, float32 (voxels,); not resolved: the coarse limit."""
    report = None if progress is None else lambda n: progress("monores", n)
    frequency = prepared.problem.monores(threads, report)
    first = np.float32(prepared.problem.frequencies[0])
    stored = decode(encode(frequency))
    return np.float32(prepared.sampling) / np.where(stored > 0, stored, first)


def reduce_all(
    prepared: Prepared,
    table: ResolutionTable,
    monores: np.ndarray,
    along: Optional[ResolutionTable] = None,
    threads: int = 1,
) -> Analysis:
    """Reduce a complete table to all results."""
    centre = prepared.centre
    reduced = reduce_table(table, prepared.preset.rules, centre, threads)
    maps = {**reduced.maps(), "monores": monores}
    radius = distances_from(table.indices, table.shape, centre)
    profile = radial_profile(radius, maps, prepared.sampling)
    reach = largest_sphere_in_hull(ends_of_rows(table.indices, table.shape), centre)
    slope_range = None
    slopes: Dict[str, Dict[str, float]] = {}
    if reach is not None and reach > SLOPE_FROM:
        slope_range = (SLOPE_FROM * prepared.sampling, reach * prepared.sampling)
        slopes = {name: profile.slope(name, *slope_range) for name in maps}
    return Analysis(prepared, table, reduced, monores, along, profile, slopes, slope_range)


def analyse(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    settings: Settings = DEFAULT_SETTINGS,
    preset: Preset = DEFAULT,
    noise_map: Optional[np.ndarray] = None,
    along: Optional[AxisSet] = None,
    threads: int = 1,
    progress: Optional[Progress] = None,
    exclude: Optional[np.ndarray] = None,
) -> Analysis:
    """Measure local-directional resolution.

    Parameters
    ----------
    volume, mask, sampling, settings, preset, noise_map, threads, exclude
        As for :func:`monodir_plugin.numerics.measurement.preparation.prepare`.
    along : AxisSet, optional
        Additional axes: the resolution along each of them is a map of its own.
    progress : callable, optional
        Called with a stage ("axes" or "monores") and the number of its steps just finished.

    Returns
    -------
    Analysis

    Raises
    ------
    NoNoiseError
        If there is no noise in the solvent.
    ValueError
        If an argument is of another type, or does not fit the preset or the map.

    Examples
    --------
    >>> result = analyse(volume, mask, sampling=1.06)  # doctest: +SKIP
    >>> result.reduced.adr.mean()  # doctest: +SKIP
    """
    if not (along is None or isinstance(along, AxisSet)):
        raise ValueError(f"additional axes {along}: give a record of the class AxisSet")
    prepared = prepare(volume, mask, sampling, settings, preset, noise_map, threads, exclude)
    table = measure_table(prepared, prepared.axes, threads, progress)
    additional = None if along is None else measure_table(prepared, along, threads)
    monores = measure_monores(prepared, threads, progress)
    return reduce_all(prepared, table, monores, additional, threads)


def table_of(prepared: Prepared, axes: AxisSet, codes: np.ndarray) -> ResolutionTable:
    """Rows of codes as a table; axes that are not those of the run count as having data."""
    known = np.array_equal(axes.vectors, prepared.axes.vectors)
    return ResolutionTable(
        codes=codes,
        axes=axes,
        indices=prepared.indices,
        shape=prepared.shape,
        sampling=prepared.sampling,
        frequencies=prepared.problem.frequencies,
        with_data=prepared.with_data if known else np.ones(len(axes), bool),
    )
