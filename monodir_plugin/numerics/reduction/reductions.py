"""From the table R(r, d) to the result maps and to one count for every axis.

The maps are those of :mod:`.result_maps`.  The count of an axis is the number of voxels that reach
their highest resolution along it.  A pair of voxel and axis that is not resolved takes the coarse
limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Mapping, Tuple

import numpy as np

from ..geometry.axes import AxisSet
from ..geometry.grid import radii_and_directions, voxel_positions
from ..parallel.threads import in_threads
from .axis_statistics import Position, VoxelResolutions, sort_kept
from .result_maps import HIGHEST, RESULT_MAPS
from .table import ResolutionTable
from .weighted_mean import angle_cosines

__all__ = [
    "DirectionalMaps",
    "ReductionRules",
    "every_axis",
    "gaussian_across",
    "gaussian_along",
    "linear_position",
    "over_neighbours",
    "reduce_table",
    "split_counts",
]

#: Voxels that are reduced at a time: few enough for the cache of a core.
_VOXELS_AT_ONCE = 2048


@dataclass(frozen=True)
class ReductionRules:
    """How a table is reduced: the points in which presets differ.

    Attributes
    ----------
    keep : callable
        ``(resolutions, axes) -> bool array``: pairs of voxel and axis that count.
    position : callable
        ``(quantile, count) -> float``: where a quantile lies among the sorted
        values, interpolated linearly between them.
    counts : callable
        ``(resolutions, keep, highest, coarsest) -> float array``: counts of
        each voxel for each axis.
    radial, tangential : callable
        ``(angles, spacing) -> float array``: weights of axes at angles (degrees) from the radial
        direction, for the radial and for the tangential mean.
    """

    keep: Callable[[np.ndarray, AxisSet], np.ndarray]
    position: Position
    counts: Callable[[np.ndarray, np.ndarray, np.ndarray, float], np.ndarray]
    radial: Callable[[np.ndarray, float], np.ndarray]
    tangential: Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class DirectionalMaps:
    """Reductions of a table.  The maps are attributes, too: ``reduced.adr``.

    Attributes
    ----------
    by_name : mapping of str to ndarray, shape (voxels,), float32
        The maps of :data:`.result_maps.RESULT_MAPS` that are reduced from the table, in the order
        of the table's voxels, Å.
    counts : ndarray, shape (axes,), float64
        For every axis the number of voxels that are finest along it.
    axis_resolution : ndarray, shape (axes,), float64
        Median over the voxels of the resolution along each axis, Å; NaN where at least half of the
        voxels are not resolved.
    """

    by_name: Mapping[str, np.ndarray]
    counts: np.ndarray
    axis_resolution: np.ndarray

    def __getattr__(self, name: str) -> np.ndarray:
        # Called only for names that are not fields.  A copy looks for methods before it has fields.
        maps = self.__dict__.get("by_name", {})
        if name not in maps:
            raise AttributeError(f"there is no map {name}; there are {', '.join(maps)}")
        return maps[name]

    def maps(self) -> Dict[str, np.ndarray]:
        """The maps by name."""
        return dict(self.by_name)


def reduce_table(
    table: ResolutionTable, rules: ReductionRules, centre: np.ndarray, threads: int = 1
) -> DirectionalMaps:
    """Reduce a table to maps and to a list of axes.

    Parameters
    ----------
    table : ResolutionTable
    rules : ReductionRules
    centre : ndarray, shape (3,)
        Centre for radial and tangential resolution, voxels, ``x, y, z``.  At
        the centre itself both are the mean over all axes.
    threads : int

    Returns
    -------
    DirectionalMaps
    """
    count = len(table.indices)
    chunks = [slice(i, i + _VOXELS_AT_ONCE) for i in range(0, count, _VOXELS_AT_ONCE)]
    spacing = table.axes.spacing()

    def reduce_chunk(chunk: slice) -> Tuple[Dict[str, np.ndarray], np.ndarray]:
        return _reduce_chunk(table, rules, centre, spacing, chunk)

    parts = list(in_threads(reduce_chunk, chunks, threads))
    names = [entry.name for entry in RESULT_MAPS.values() if entry.reduce is not None]
    return DirectionalMaps(
        by_name={name: np.concatenate([maps[name] for maps, _ in parts]) for name in names},
        counts=np.sum([counts for _, counts in parts], axis=0),
        axis_resolution=table.axis_resolution(),
    )


def _reduce_chunk(
    table: ResolutionTable,
    rules: ReductionRules,
    centre: np.ndarray,
    spacing: float,
    chunk: slice,
) -> Tuple[Dict[str, np.ndarray], np.ndarray]:
    """All maps of some voxels, and the sums of their counts for every axis."""
    values = table.resolutions(chunk)
    keep = rules.keep(values, table.axes)
    positions = voxel_positions(table.indices[chunk], table.shape)
    radial = radii_and_directions(positions, centre)[1]
    components = table.axes.vectors.T.astype(np.float32, order="C")
    angles = np.rad2deg(np.arccos(angle_cosines(radial.astype(np.float32), components)))
    along, across = rules.radial(angles, spacing), rules.tangential(angles, spacing)
    # The centre has no radial direction.
    for weights in (along, across):
        weights[~radial.any(axis=1)] = 1
    voxels = VoxelResolutions(
        values=values,
        keep=keep,
        ordered=sort_kept(values, keep),
        position=rules.position,
        radial_weights=along,
        tangential_weights=across,
    )
    maps = {
        name: entry.reduce(voxels)
        for name, entry in RESULT_MAPS.items()
        if entry.reduce is not None
    }
    counts = rules.counts(values, keep, voxels.quantile(HIGHEST), table.coarsest)
    return maps, counts.sum(axis=0, dtype=np.float64)


def every_axis(values: np.ndarray, axes: AxisSet) -> np.ndarray:
    """Let every pair of voxel and axis count."""
    return np.ones(values.shape, bool)


def linear_position(quantile: float, count: np.ndarray) -> np.ndarray:
    """Position of a quantile by linear interpolation of the order statistics."""
    return quantile * (count - 1)


def split_counts(
    values: np.ndarray, keep: np.ndarray, highest: np.ndarray, coarsest: float
) -> np.ndarray:
    """Every resolved voxel counts one, split over the axes that reach its ``highest``."""
    reached = keep & (values <= highest[:, None]) & (highest[:, None] < coarsest)
    share = np.float32(1) / np.maximum(np.count_nonzero(reached, axis=1), 1).astype(np.float32)
    return reached * share[:, None]


def gaussian_along(angles: np.ndarray, spacing: float) -> np.ndarray:
    """Gaussian weights about a direction, half the spacing of the axes wide.

    With them a weighted mean over axes interpolates on RP².

    Parameters
    ----------
    angles : ndarray
        Of axes to the direction, degrees.
    spacing : float
        Spacing of the axes, degrees; 0: all weights are 1.
    """
    return np.exp(-0.5 * (angles / (spacing / 2)) ** 2) if spacing else np.ones_like(angles)


def gaussian_across(angles: np.ndarray, spacing: float) -> np.ndarray:
    """Gaussian weights about the plane perpendicular to a direction (:func:`gaussian_along`)."""
    return gaussian_along(90.0 - angles, spacing)


def over_neighbours(values: np.ndarray, axes: AxisSet) -> np.ndarray:
    """Values averaged over neighbouring axes, by :func:`gaussian_along`; shape (..., axes)."""
    weights = gaussian_along(axes.angles_to(axes.vectors), axes.spacing())
    return values @ (weights / weights.sum(axis=1, keepdims=True)).T
