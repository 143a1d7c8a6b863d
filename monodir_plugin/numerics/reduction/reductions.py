"""Maps and counts that reduce the table R(r, d).

Definitions of Vilas et al. 2020, Results and Methods, all in Å:

* ``highest``: 5th percentile of R over the axes (the finest resolution),
  ``lowest``: 95th percentile, ``adr``: their mean, the average directional
  resolution; ``anisotropy``: half of the 83rd less the 17th percentile.
* ``radial``: R along the line from the centre to the voxel; ``tangential``:
  mean of R over the directions of the plane across that line.
* counts: for every axis, in how many voxels it reaches ``highest``.

A pair of voxel and axis that is not resolved takes the coarse limit.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Callable, Dict, List, Sequence

import numba
import numpy as np

from ..geometry.axes import AxisSet
from ..geometry.grid import lines_from, voxel_positions
from .table import ResolutionTable

__all__ = [
    "DirectionalMaps",
    "ReductionRules",
    "every_axis",
    "linear_position",
    "narrow_line",
    "narrow_plane",
    "over_neighbours",
    "quantiles",
    "reduce_table",
    "split_counts",
    "weighted_mean",
]

HIGHEST, LOWEST = 0.05, 0.95
IQR_LOW, IQR_HIGH = 0.17, 0.83
#: As many as stay in cache.
_VOXELS_AT_ONCE = 2048


@dataclass(frozen=True)
class ReductionRules:
    """How a table is reduced: the points in which presets differ.

    Attributes
    ----------
    keep : callable
        ``(resolutions, axes) -> bool array``: pairs that count.
    position : callable
        ``(quantile, count) -> float``: where a quantile lies among the sorted
        values, interpolated linearly between them.
    counts : callable
        ``(resolutions, keep, highest, coarsest) -> float array``: counts of
        each voxel for each axis.
    line, plane : callable
        ``(angles, spacing) -> float array``: weights of axes at angles
        (degrees) from the line, for the radial and the tangential mean.
    """

    keep: Callable[[np.ndarray, AxisSet], np.ndarray]
    position: Callable[[float, np.ndarray], np.ndarray]
    counts: Callable[[np.ndarray, np.ndarray, np.ndarray, float], np.ndarray]
    line: Callable[[np.ndarray, float], np.ndarray]
    plane: Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class DirectionalMaps:
    """Reductions of a table.

    Attributes
    ----------
    highest, lowest, adr, anisotropy, radial, tangential : ndarray, shape (voxels,), float32
        Å, in the order of the table's voxels.
    counts : ndarray, shape (axes,), float64
        Votes per axis.
    axis_resolution : ndarray, shape (axes,), float64
        Median over the voxels of the resolution along each axis, Å; NaN where at least half of the
        voxels are not resolved.
    """

    highest: np.ndarray
    lowest: np.ndarray
    adr: np.ndarray
    anisotropy: np.ndarray
    radial: np.ndarray
    tangential: np.ndarray
    counts: np.ndarray
    axis_resolution: np.ndarray

    def maps(self) -> Dict[str, np.ndarray]:
        """The maps by name."""
        names = [f.name for f in fields(self)]
        return {name: getattr(self, name) for name in names[:6]}


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

    def one(chunk: slice) -> Dict[str, np.ndarray]:
        return _reduce_chunk(table, rules, centre, spacing, chunk)

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(one, chunks))
    maps = {
        name: np.concatenate([part[name] for part in parts])
        for name in ("highest", "lowest", "adr", "anisotropy", "radial", "tangential")
    }
    return DirectionalMaps(
        counts=np.sum([part["counts"] for part in parts], axis=0),
        axis_resolution=table.axis_resolution(),
        **maps,
    )


def _reduce_chunk(
    table: ResolutionTable,
    rules: ReductionRules,
    centre: np.ndarray,
    spacing: float,
    chunk: slice,
) -> Dict[str, np.ndarray]:
    values = table.resolutions(chunk)
    keep = rules.keep(values, table.axes)
    low, q1, q3, high = quantiles(
        values, keep, (HIGHEST, IQR_LOW, IQR_HIGH, LOWEST), rules.position
    )
    positions = voxel_positions(table.indices[chunk], table.shape)
    unit = lines_from(positions, centre)[1]
    components = table.axes.vectors.T.astype(np.float32, order="C")
    cosines = _cosines(unit.astype(np.float32), components)
    angles = np.rad2deg(np.arccos(cosines))
    on_line = np.any(unit != 0, axis=1, keepdims=True)
    return {
        "highest": low,
        "lowest": high,
        "adr": (low + high) / 2,
        "anisotropy": (q3 - q1) / 2,
        "radial": weighted_mean(values, np.where(on_line, rules.line(angles, spacing), 1.0), keep),
        "tangential": weighted_mean(
            values, np.where(on_line, rules.plane(angles, spacing), 1.0), keep
        ),
        "counts": rules.counts(values, keep, low, table.coarsest).sum(axis=0, dtype=np.float64),
    }


def quantiles(
    values: np.ndarray,
    keep: np.ndarray,
    wanted: Sequence[float],
    position: Callable[[float, np.ndarray], np.ndarray],
) -> List[np.ndarray]:
    """Quantiles over the kept axes of every voxel, shape (voxels,) each."""
    ordered = np.sort(np.where(keep, values, np.float32(np.inf)), axis=1)
    count = keep.sum(axis=1)
    row = np.arange(len(values))
    out = []
    for quantile in wanted:
        place = position(quantile, count)
        below = np.minimum(np.floor(place).astype(int), count - 1)
        above = np.minimum(below + 1, count - 1)
        share = (place - below).astype(np.float32)
        out.append(ordered[row, below] * (1 - share) + ordered[row, above] * share)
    return out


def weighted_mean(values: np.ndarray, weights: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Mean over the kept axes; over all of them where none of the kept has a weight.

    Not a number where none has a weight.

    Parameters
    ----------
    values, weights : ndarray, shape (voxels, axes), float32
    keep : ndarray of bool, shape (voxels, axes)

    Returns
    -------
    ndarray, shape (voxels,), float32
    """
    return _weighted_mean(values, weights.astype(np.float32, copy=False), keep)


@numba.njit(nogil=True, cache=True)
def _cosines(lines, axes):  # type: ignore[no-untyped-def]
    """Of the angles between lines, shape (n, 3), and axes, shape (3, m).

    A product of matrices would wake the threads of the linear algebra, which busy-wait.
    """
    found = np.empty((len(lines), axes.shape[1]), np.float32)
    along_x, along_y, along_z = axes[0], axes[1], axes[2]
    for i in range(len(lines)):
        x, y, z = lines[i, 0], lines[i, 1], lines[i, 2]
        row = found[i]
        for k in range(len(row)):
            product = abs(x * along_x[k] + y * along_y[k] + z * along_z[k])
            row[k] = min(product, np.float32(1.0))
    return found


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")
def _weighted_mean(values, weights, keep):  # type: ignore[no-untyped-def]
    found = np.empty(len(values), np.float32)
    for i in range(len(values)):
        row, weighed, kept = values[i], weights[i], keep[i]
        total = weight = every = everywhere = np.float32(0.0)
        for k in range(len(row)):
            part = weighed[k] if kept[k] else np.float32(0.0)
            total += part * row[k]
            weight += part
            every += weighed[k] * row[k]
            everywhere += weighed[k]
        found[i] = total / weight if weight > 0 else every / everywhere
    return found


def every_axis(values: np.ndarray, axes: AxisSet) -> np.ndarray:
    """Keep every pair."""
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


def narrow_line(angles: np.ndarray, spacing: float) -> np.ndarray:
    """Gaussian weights about the line, half the spacing of the axes wide: interpolation on RP²."""
    return np.exp(-0.5 * (angles / (spacing / 2)) ** 2) if spacing else np.ones_like(angles)


def narrow_plane(angles: np.ndarray, spacing: float) -> np.ndarray:
    """Gaussian weights about the plane across the line, half the spacing of the axes wide."""
    return narrow_line(90.0 - angles, spacing)


def over_neighbours(values: np.ndarray, axes: AxisSet) -> np.ndarray:
    """Values averaged over neighbouring axes, by :func:`narrow_line`; shape (..., axes)."""
    weights = narrow_line(axes.angles_to(axes.vectors), axes.spacing())
    return values @ (weights / weights.sum(axis=1, keepdims=True)).T
