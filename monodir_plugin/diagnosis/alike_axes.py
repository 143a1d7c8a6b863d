"""What the maps of a run would be if at every voxel all axes were alike.

A cone holds few independent values of a voxel's window, so that resolutions scatter over the axes
although no axis is better than another.  This widens the distance between the highest and the
lowest resolution, and makes the anisotropy of a map from even views larger than zero.  How much is
found from the table itself: the ellipsoid that fits the resolutions of a voxel
(:mod:`.tensor`) is made a sphere with the same mean of 1/R², what the resolutions scatter about it
stays, and the result is reduced to maps as the table was.

An ellipsoid also takes up a part of the scatter by chance: five of the harmonics of order 2.
Scatter puts as much variance into each of these as into each of the nine of order 4, which the
ellipsoid lacks; the deviations are therefore multiplied so that their variance is that of what is
left and five ninths of the part of order 4.

``docs/validation/equal_axes.rst`` compares the result with simulated maps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Dict

import numpy as np

from ..numerics.geometry.axes import AxisSet
from ..numerics.reduction.reductions import ReductionRules, reduce_table
from ..numerics.reduction.table import ResolutionTable, decode, encode
from .tensor import ORDER_TWO, fit_tensors, form_factors

__all__ = ["maps_of_alike_axes", "some_voxels"]

#: Voxels of the mask that are used, evenly spaced among all.
_MOST_VOXELS = 5000
#: Largest factor of the deviations, for voxels that the ellipsoid explains almost completely.
_LARGEST = 1.5


def some_voxels(table: ResolutionTable) -> slice:
    """Which voxels of a table the maps are found at: 5000 at most, evenly spaced among all."""
    return slice(None, None, -(-len(table.indices) // _MOST_VOXELS))


def maps_of_alike_axes(
    table: ResolutionTable, rules: ReductionRules, centre: np.ndarray
) -> Dict[str, np.ndarray]:
    """Reduce a table whose voxels scatter as they do, but about spheres.

    Pairs of a voxel and an axis that are not resolved stay so.  Axes without data are left out.

    Parameters
    ----------
    table : ResolutionTable
    rules : ReductionRules
        How the run reduced the table.
    centre : ndarray, shape (3,)
        Centre for radial and tangential resolution, voxels, ``x, y, z``.

    Returns
    -------
    dict of str to ndarray, shape (some voxels,), float32
        The maps that are reduced from the table, by name, Å, at :func:`some_voxels`.

    Raises
    ------
    ValueError
        If the axes with data do not determine an ellipsoid.
    """
    some = some_voxels(table)
    with_data = table.with_data
    table = replace(
        table,
        codes=np.ascontiguousarray(table.codes[with_data, some]),
        axes=AxisSet(table.axes.vectors[with_data]),
        indices=table.indices[some],
        with_data=np.ones(int(with_data.sum()), bool),
    )
    fit = fit_tensors(table)
    finest, coarsest = fit.resolution_range
    squares = fit.components @ form_factors(table.axes.vectors).T
    squares = np.clip(squares, finest**2, coarsest**2)
    sphere = 1 / np.mean(1 / squares, axis=1, keepdims=True)
    left = 1 - fit.explained
    grown = np.sqrt((left + ORDER_TWO * fit.order4) / np.maximum(left, 1e-6))
    deviation = np.log(table.resolutions()) - np.log(squares) / 2
    deviation *= np.minimum(grown, _LARGEST)[:, None]
    codes = encode(table.sampling / np.clip(np.exp(deviation) * np.sqrt(sphere), finest, coarsest))
    # The resolution of the coarse limit itself is resolved; beyond it nothing is.
    unresolved = (table.codes.T == 0) | (decode(codes) <= table.sampling / coarsest)
    codes[unresolved] = 0
    alike = replace(table, codes=np.ascontiguousarray(codes.T))
    return reduce_table(alike, rules, centre).maps()
