"""The reference of figures: the same map, if at every voxel all axes were alike."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Tuple

import numpy as np
from matplotlib.colorbar import Colorbar

from ...diagnosis.alike_axes import maps_of_alike_axes, some_voxels
from ...files.loading import Results
from ...numerics.geometry.grid import voxel_positions
from ...numerics.measurement.presets import DEFAULT

__all__ = [
    "CHANCE_COLOUR",
    "COMPARED",
    "UNKNOWN",
    "AlikeMaps",
    "alike_maps",
    "mark_chance",
    "mark_range",
]

#: Colour of all that chance alone would give.
CHANCE_COLOUR = "#D55E00"
#: Maps of which the reference was compared with maps from even views.
COMPARED = ("adr", "highest", "lowest", "anisotropy", "radial", "tangential")
#: In a figure without the reference, why it has none.
UNKNOWN = "what chance alone gives is not known for this run"
#: Place of a mark left of a colour bar, in widths of the bar.
_MARK_PLACE = -0.3
#: Place of the middle of a range left of a colour bar, in widths of the bar.
_RANGE_PLACE = -0.4


class AlikeMaps(NamedTuple):
    """Maps at some voxels of a mask if at every voxel all axes were alike.

    Attributes
    ----------
    values : dict of str to ndarray, shape (some voxels,)
        By name of the map, Å.
    places : slice
        Which voxels of the mask.
    radius : ndarray, shape (some voxels,)
        Distances of the voxels from the centre, Å.
    """

    values: Dict[str, np.ndarray]
    places: slice
    radius: np.ndarray


def alike_maps(results: Results) -> Optional[AlikeMaps]:
    """The maps at some voxels if all axes were alike (:mod:`monodir_plugin.diagnosis.alike_axes`).

    ``None`` for the preset published, for which this was not measured, and where the axes with data
    do not determine it.
    """
    if results.summary["parameters"]["preset"] != DEFAULT.name:
        return None
    try:
        table = results.read_table()
        found = maps_of_alike_axes(table, DEFAULT.rules, results.centre)
    except ValueError:
        return None
    places = some_voxels(table)
    from_centre = voxel_positions(table.indices[places], table.shape) - results.centre
    radius = np.linalg.norm(from_centre, axis=1) * results.sampling
    return AlikeMaps({name: found[name] for name in COMPARED}, places, radius)


def mark_chance(bar: Colorbar, value: float) -> str:
    """Mark a value at the left side of a vertical colour bar, and return the words for the mark.

    A value beyond the scale has no mark.
    """
    low, high = sorted(bar.ax.get_ylim())
    if not low <= value <= high:
        return "beyond the scale"
    (mark,) = bar.ax.plot([_MARK_PLACE], [value], linestyle="none", marker=">", markersize=5.0)
    mark.set(color=CHANCE_COLOUR, clip_on=False)
    return "orange mark"


def mark_range(bar: Colorbar, ends: Tuple[float, float]) -> None:
    """Draw a range as a bar at the left side of a vertical colour bar, cut at its ends."""
    low, high = sorted(bar.ax.get_ylim())
    shown = np.clip(np.array(ends), low, high)
    bar.ax.plot(
        [_RANGE_PLACE] * 2,
        shown,
        color=CHANCE_COLOUR,
        linewidth=2.5,
        solid_capstyle="butt",
        clip_on=False,
    )
