"""The filters that are compared: those of the program, and a conical one."""

from __future__ import annotations

from typing import Dict

import numpy as np

from monodir_plugin.numerics.filtering.filter_bank import filtered
from monodir_plugin.numerics.filtering.weights import KINDS, FilterWeights, filter_weights
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.crop import cropped
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem

__all__ = ["FILTERS", "all_weights", "apply"]

FILTERS = ("none", "global", "conical", "isotropic", "directional")
#: Axes of the conical filter.
_AXES = 46


def all_weights(problem: SnrProblem) -> Dict[str, FilterWeights]:
    """Weights by the name of the filter."""
    weights = {kind: filter_weights(problem, kind) for kind in KINDS}
    axes = AxisSet.icosahedral(_AXES)
    cones = (
        problem.shape.half_cone(problem.bands.size, axis, problem.opening) for axis in axes.vectors
    )
    ratio = np.array([problem.snr_in(cone)[0] for cone in cones]) * problem.with_data(axes)
    values = np.broadcast_to(
        (ratio / (1 + ratio)).astype(np.float32), (len(problem.nodes), *ratio.shape)
    ).copy()
    weights["conical"] = FilterWeights(axes, problem.opening, problem.bands.frequency, values)
    return weights


def apply(
    volume: np.ndarray, weights: FilterWeights, problem: SnrProblem, mask: np.ndarray
) -> np.ndarray:
    """Filter the middle of a map; outside of it the map is zero."""
    side = problem.bands.size
    out = np.zeros(volume.shape, np.float32)
    part = np.ascontiguousarray(cropped(volume, side))
    cropped(out, side)[...] = filtered(part, weights, problem.nodes, cropped(mask, side))
    return out
