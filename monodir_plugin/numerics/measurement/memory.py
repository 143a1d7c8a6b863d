"""Memory that a run needs, estimated before it starts.

The peak is that of the stage that needs most; memory of one stage is free before the next.  The
constants were fitted to peaks that ``python -m benchmarks.memory`` measured; it prints estimates
beside them.  Pages that processes share count once.
"""

from __future__ import annotations

from typing import Dict, NamedTuple

import numpy as np

from .extent import Extent

__all__ = ["map_writers", "memory_needed", "stage_memory"]


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
#: The diagnosis of a single map and of half maps: map and mask that processes share ...
_DIAGNOSING = {False: Need(225e6, box=13), True: Need(205e6, box=11)}
#: ... spectra and shells of a finding in a process of its own ...
_FINDING = {False: Need(30e6, box=1), True: Need(30e6, box=8)}
#: ... and how many findings there are at the same time, at most.
_FINDINGS = {False: 2, True: 3}
#: Preparing: the map, its noise and their spectra, and masks; and bands in every thread.
_PREPARING = {False: Need(218e6, box=11.5), True: Need(230e6, box=16)}
_BANDS = Need(working_box=5)
#: Measuring, by preset: spectra, masks and bands that all processes share ...
_SHARED = {
    "default": Need(190e6, working_box=20),
    "published": Need(190e6, working_box=9.5),
}
#: ... and objects of the interpreter, grids, nodes and rows of the table of each process.
_PROCESS = {
    "default": Need(14e6, voxel=26),
    "published": Need(26e6, working_box=7.5),
}
#: Coefficients in a half cone and their transforms: bytes per voxel of the working box, times the
#: share of a half sphere that the cone takes.  The weight reaches 26 degrees with a cone of 30.
_CONE, _REACH = {"default": 10.0, "published": 0.0}, 26 / 30
#: Reduction: the table, values of the voxels, and a block of voxels of every thread.
_REDUCING = Need(225e6, voxel=120, value=2)
#: The table, tensors if there are any, and a box for every map that is being written.
_WRITING, _WRITTEN = Need(250e6, value=2), Need(box=4)
_MOST_WRITERS = 4
_TENSORS = Need(5e6, voxel=110)
#: The figure of a single map and of half maps, with Matplotlib, maps that are read again, and one
#: that is written.  A diagnosis has loaded more code.
_DRAWING = {False: Need(250e6, box=17.5), True: Need(250e6, box=21)}
_DIAGNOSED = Need(20e6)


def map_writers(threads: int) -> int:
    """Number of maps of the results that are written at the same time; each needs a box.

    It is smaller than the number of processes that measured axes, each of which needed more memory.
    """
    return min(max(threads // 2, 1), _MOST_WRITERS)


def stage_memory(extent: Extent) -> Dict[str, int]:
    """Bytes that each stage of a run needs."""
    reach = np.deg2rad(_REACH * extent.cone)
    cone = _CONE[extent.preset] * (1 - np.cos(reach)) * extent.side**3
    process = _PROCESS[extent.preset].bytes(extent) + cone
    # That of the tensors is written beside the main map; the other maps follow, beside the figure.
    boxes = 1 + (extent.diagnosis and extent.threads > 2)
    others = map_writers(max(extent.threads - 1, 1)) - 1
    found = {
        "reading": _READING[extent.half_maps].bytes(extent),
        "preparing": _PREPARING[extent.half_maps].bytes(extent)
        + extent.threads * _BANDS.bytes(extent),
        "measuring": _SHARED[extent.preset].bytes(extent) + extent.threads * process,
        "reducing": _REDUCING.bytes(extent),
        "writing": _WRITING.bytes(extent) + boxes * _WRITTEN.bytes(extent),
        "drawing": _DRAWING[extent.half_maps].bytes(extent) + others * _WRITTEN.bytes(extent),
    }
    if extent.diagnosis:
        processes = min(extent.threads, _FINDINGS[extent.half_maps])
        found["diagnosing"] = _DIAGNOSING[extent.half_maps].bytes(extent)
        found["diagnosing"] += processes * _FINDING[extent.half_maps].bytes(extent)
        found["writing"] += _TENSORS.bytes(extent)
        found["drawing"] += _DIAGNOSED.bytes(extent)
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
