"""Memory that a run needs, estimated before it starts.

The peak is that of the stage that needs most; memory of one stage is free before the next.  The
constants were fitted to peaks that ``python -m benchmarks.memory`` measured; it prints estimates
beside them.  Pages that processes share count once.
"""

from __future__ import annotations

from typing import Dict, NamedTuple

import numpy as np

from .extent import Extent

__all__ = ["memory_needed", "stage_memory"]


class Need(NamedTuple):
    """Bytes of one stage.

    Attributes
    ----------
    constant : float
        Interpreter, libraries and compiled code.
    box : float
        Bytes per voxel of the whole box.
    working_box : float
        Bytes per voxel of the working box.
    voxel : float
        Bytes per voxel of the mask.
    value : float
        Bytes per value of the table, a pair of voxel and axis.
    """

    constant: float = 0.0
    box: float = 0.0
    working_box: float = 0.0
    voxel: float = 0.0
    value: float = 0.0

    def bytes(self, extent: Extent) -> float:
        """Bytes of a run."""
        return (
            self.constant
            + self.box * extent.size**3
            + self.working_box * extent.side**3
            + self.voxel * extent.voxels
            + self.value * extent.voxels * extent.axes
        )


#: Reading a single map, and comparing half maps.
_READING = {False: Need(133e6, box=11), True: Need(165e6, box=34)}
#: The diagnosis of a single map and of half maps: map, spectra and shells.
_DIAGNOSING = {False: Need(205e6, box=26), True: Need(224e6, box=32)}
#: Preparing: the map, its noise and their spectra, and masks; and bands in every thread.
_PREPARING = {False: Need(218e6, box=11.5), True: Need(230e6, box=16)}
_BANDS = Need(working_box=5)
#: Measuring, by preset: spectra, masks and bands that all processes share ...
_SHARED = {
    "default": Need(190e6, working_box=20),
    "published": Need(190e6, working_box=30),
}
#: ... and objects of the interpreter, grids, nodes and rows of the table of each process.
_PROCESS = {
    "default": Need(12e6, voxel=26),
    "published": Need(12e6, working_box=17, voxel=50),
}
#: Coefficients in a half cone and their transforms: bytes per voxel of the working box, times the
#: share of a half sphere that the cone takes.  The weight reaches 26 degrees with a cone of 30.
_CONE, _REACH = {"default": 10.0, "published": 0.0}, 26 / 30
#: Reduction: the table, values of the voxels, and a block of voxels of every thread.
_REDUCING = Need(225e6, voxel=120, value=2)
#: Tensors of the voxels, and their file.
_TENSORS = Need(255e6, voxel=186, value=2)
#: The figure, with Matplotlib: maps that are read again.  A diagnosis has loaded more code.
_DRAWING = {False: Need(250e6, box=8), True: Need(274e6, box=8)}


def stage_memory(extent: Extent) -> Dict[str, int]:
    """Bytes that each stage of a run needs."""
    reach = np.deg2rad(_REACH * extent.cone)
    cone = _CONE[extent.preset] * (1 - np.cos(reach)) * extent.side**3
    process = _PROCESS[extent.preset].bytes(extent) + cone
    found = {
        "reading": _READING[extent.half_maps].bytes(extent),
        "preparing": _PREPARING[extent.half_maps].bytes(extent)
        + extent.threads * _BANDS.bytes(extent),
        "measuring": _SHARED[extent.preset].bytes(extent) + extent.threads * process,
        "reducing": _REDUCING.bytes(extent),
        "drawing": _DRAWING[extent.diagnosis].bytes(extent),
    }
    if extent.diagnosis:
        found["diagnosing"] = _DIAGNOSING[extent.half_maps].bytes(extent)
        found["tensors"] = _TENSORS.bytes(extent)
    return {name: int(needed) for name, needed in found.items()}


def memory_needed(extent: Extent) -> int:
    """Peak memory of a run with all its processes, bytes.

    Parameters
    ----------
    extent : Extent

    Returns
    -------
    int
    """
    return max(stage_memory(extent).values())
