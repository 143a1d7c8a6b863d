"""The reference of figures of anisotropy: the same map, if at every voxel all axes were alike."""

from __future__ import annotations

from typing import Dict, Optional

import numpy as np
from matplotlib.colorbar import Colorbar

from ...diagnosis.alike_axes import maps_of_alike_axes
from ...files.loading import Results
from ...numerics.measurement.presets import DEFAULT

__all__ = ["CHANCE_COLOUR", "COMPARED", "alike_maps", "mark_chance"]

#: Colour of all that chance alone would give.
CHANCE_COLOUR = "#D55E00"
#: Maps of which the reference was compared with maps from even views.
COMPARED = ("adr", "highest", "lowest", "anisotropy")
#: Place of a mark left of a colour bar, in widths of the bar.
_MARK_PLACE = -0.3


def alike_maps(results: Results) -> Optional[Dict[str, np.ndarray]]:
    """The maps at some voxels if all axes were alike (:mod:`monodir_plugin.diagnosis.alike_axes`).

    ``None`` for the preset published, for which this was not measured, and where the axes with data
    do not determine it.
    """
    if results.summary["parameters"]["preset"] != DEFAULT.name:
        return None
    try:
        found = maps_of_alike_axes(results.read_table(), DEFAULT.rules, results.centre)
    except ValueError:
        return None
    return {name: found[name] for name in COMPARED}


def mark_chance(bar: Colorbar, value: float) -> None:
    """Mark a value at the left side of a vertical colour bar, if it is on the scale."""
    low, high = sorted(bar.ax.get_ylim())
    if low <= value <= high:
        (mark,) = bar.ax.plot([_MARK_PLACE], [value], linestyle="none", marker=">", markersize=5.0)
        mark.set(color=CHANCE_COLOUR, clip_on=False)
