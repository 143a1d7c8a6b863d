"""From a map and a mask to every result, arrays in and arrays out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Dict, Iterator, Optional, Tuple

import numpy as np

from .axes import AxisSet
from .directional import chances_together, raced_axes
from .geometry import distances_from, ends_of_rows, largest_sphere_in_hull
from .monores import race_without_cone
from .preparation import DEFAULT_SETTINGS, Prepared, Settings, prepare
from .presets import DEFAULT, Preset
from .profiles import SLOPE_FROM, RadialProfile, radial_profile
from .reductions import DirectionalMaps, reduce_table
from .table import ResolutionTable, decode, encode

__all__ = [
    "Analysis",
    "Progress",
    "analyse",
    "measure_monores",
    "measure_table",
    "measured_rows",
    "reduce_all",
    "table_of",
]

#: Where all axes are tested together, those that pass are counted along every fifth.
_COUNTED = 5
#: Called with a stage ("axes", "monores") and the number of its steps just finished.
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Analysis:
    """Every result for one map.

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
        Resolution along axes that were asked for.
    profile : RadialProfile
    slopes : dict
        By name of the curve: ``slope`` (Å per Å) and ``intercept`` (Å).
    slope_range : tuple of float or None
        Radii in Å between which slopes were fitted.
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

    def volume(self, name: str, out: Optional[np.ndarray] = None) -> np.ndarray:
        """A map as a box, float32 ``[z, y, x]``, Å, zero outside the mask (in ``out``)."""
        return self.table.volume(self.maps()[name], out)


def measured_rows(
    prepared: Prepared, axes: AxisSet, threads: int = 1
) -> Iterator[Tuple[int, np.ndarray]]:
    """Race along some axes and yield rows of the table, as in :func:`.directional.raced_axes`."""
    problem = prepared.problem
    if problem.rules.control == "fdr-all":
        # Counted here, as what does not race along axes needs no counts.
        every = AxisSet.icosahedral(prepared.settings.directions).vectors
        chances = chances_together(problem, AxisSet(every[::_COUNTED]), threads)
        problem = replace(problem, chances=chances)
    return raced_axes(problem, axes, threads)


def measure_table(
    prepared: Prepared,
    axes: AxisSet,
    threads: int = 1,
    progress: Optional[Progress] = None,
) -> ResolutionTable:
    """Race along some axes and return their part of the table."""
    codes = np.empty((len(axes), len(prepared.indices)), np.uint16)
    for row, found in measured_rows(prepared, axes, threads):
        codes[row] = found
        if progress is not None:
            progress("axes", 1)
    return table_of(prepared, axes, codes)


def measure_monores(
    prepared: Prepared, threads: int = 1, progress: Optional[Progress] = None
) -> np.ndarray:
    """Non-directional resolution of every voxel, Å, float32; unresolved: the coarse limit."""
    problem = prepared.problem
    told = None if progress is None else lambda n: progress("monores", n)
    frequency = race_without_cone(problem, threads, told)
    first = np.float32(problem.filters.ladder.frequency[0])
    stored = decode(encode(frequency))
    return np.float32(prepared.sampling) / np.where(stored > 0, stored, first)


def reduce_all(
    prepared: Prepared,
    table: ResolutionTable,
    monores: np.ndarray,
    along: Optional[ResolutionTable] = None,
    threads: int = 1,
) -> Analysis:
    """Reduce a complete table to every result."""
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
) -> Analysis:
    """Measure local-directional resolution.

    Parameters
    ----------
    volume, mask, sampling, settings, preset, noise_map, threads
        As for :func:`monodir_plugin.numerics.preparation.prepare`.
    along : AxisSet, optional
        Axes along which the resolution is wanted as a map each.
    progress : callable, optional
        Called with a stage ("axes", "monores") and the number of steps done.

    Returns
    -------
    Analysis

    Examples
    --------
    >>> result = analyse(volume, mask, sampling=1.06)  # doctest: +SKIP
    >>> result.reduced.adr.mean()  # doctest: +SKIP
    """
    prepared = prepare(volume, mask, sampling, settings, preset, noise_map, threads)
    axes = AxisSet.icosahedral(settings.directions)
    table = measure_table(prepared, axes, threads, progress)
    asked = None if along is None else measure_table(prepared, along, threads)
    monores = measure_monores(prepared, threads, progress)
    return reduce_all(prepared, table, monores, asked, threads)


def table_of(prepared: Prepared, axes: AxisSet, codes: np.ndarray) -> ResolutionTable:
    """Rows of codes as a table."""
    return ResolutionTable(
        codes=codes,
        axes=axes,
        indices=prepared.indices,
        shape=prepared.shape,
        sampling=prepared.sampling,
        rungs=prepared.problem.filters.ladder.frequency,
    )
