"""How long a run takes, estimated before it starts.

Every stage costs a constant time and times in proportion to the sizes that it works on.  The costs
were measured with one thread by ``python -m benchmarks``, which also prints how far estimates are
from what runs took.  Another machine is compared with that one by the time of a transform.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Dict, NamedTuple

import numpy as np
import scipy.fft

from .extent import Extent

__all__ = ["estimated_seconds", "machine_slowness", "stage_seconds"]

#: Side of the box that is transformed to measure the speed of a machine, how often, and the least
#: seconds on the machine on which the costs were measured.
_SIDE, _REPEATS, _REFERENCE = 96, 5, 0.0062


class Cost(NamedTuple):
    """Seconds of one stage with one thread.

    Attributes
    ----------
    constant : float
        Seconds of every run.
    per_box : float
        Nanoseconds per ``N³ log2 N`` of the whole box.
    per_working_box : float
        The same of the working box.
    per_value : float
        Nanoseconds per value of the table, a pair of voxel and axis.
    shared : float
        Share of the time that threads divide among them, 0 to 1.
    """

    constant: float
    per_box: float = 0.0
    per_working_box: float = 0.0
    per_value: float = 0.0
    shared: float = 0.0


#: Costs of the stages that presets share, without a diagnosis ...
_COMMON = {
    "start": Cost(0.95, per_box=4.0),
    "reduction": Cost(0.2, per_value=25.0, shared=0.9),
    "files": Cost(0.1, per_box=4.0, shared=0.5),
    "figure": Cost(0.6, per_box=2.0),
}
#: ... those that depend on where the noise comes from, a single map or half maps ...
_READING = {False: Cost(0.0, per_box=2.0), True: Cost(0.3, per_box=15.5, shared=0.5)}
_DIAGNOSIS = {
    False: Cost(0.95, per_box=25.0, shared=0.65),
    True: Cost(0.75, per_box=46.0, shared=0.65),
}
#: ... those of the tensors, which a diagnosis adds, and of their file ...
_TENSORS = {
    "tensors": Cost(0.1, per_value=45.0, shared=0.95),
    "file of tensors": Cost(0.05, per_value=9.0, shared=0.5),
}
#: ... and those of a preset; costs of axes are those of 81 axes.
_PRESETS = {
    "default": {
        "preparation": Cost(0.55, per_box=12.0, shared=0.15),
        "axes": Cost(0.5, per_working_box=100.0, per_value=43.0, shared=0.92),
    },
    "published": {
        "preparation": Cost(0.25, per_box=28.0, shared=0.8),
        "axes": Cost(4.5, per_working_box=550.0, shared=0.97),
    },
}
_AXES = 81


def stage_seconds(extent: Extent) -> Dict[str, float]:
    """Seconds of every stage of a run, on the machine on which the costs were measured."""
    costs = {**_COMMON, "reading": _READING[extent.half_maps], **_PRESETS[extent.preset]}
    if extent.diagnosis:
        costs = {**costs, "diagnosis": _DIAGNOSIS[extent.half_maps], **_TENSORS}
    found = {name: _seconds(cost, extent) for name, cost in costs.items()}
    found["axes"] = _seconds(costs["axes"], replace(extent, axes=_AXES)) * extent.axes / _AXES
    return found


def estimated_seconds(extent: Extent, slowness: float = 1.0) -> float:
    """Seconds that a run takes.

    Parameters
    ----------
    extent : Extent
    slowness : float
        How many times as long this machine takes as the one on which the costs were measured
        (:func:`machine_slowness`).

    Returns
    -------
    float
        Of a run that compiles nothing and uses nothing of an earlier run.
    """
    return slowness * sum(stage_seconds(extent).values())


def machine_slowness() -> float:
    """Seconds of a transform on this machine, over those that it took where costs were measured.

    It is measured in time of one core, so that other programs change it little.
    """
    box = np.random.default_rng(0).normal(size=(_SIDE,) * 3)
    taken = []
    for _ in range(_REPEATS):
        start = time.process_time()
        scipy.fft.rfftn(box, workers=1)
        taken.append(time.process_time() - start)
    return min(taken) / _REFERENCE


def _seconds(cost: Cost, extent: Extent) -> float:
    one_thread = cost.constant + 1e-9 * (
        cost.per_box * extent.size**3 * np.log2(extent.size)
        + cost.per_working_box * extent.side**3 * np.log2(extent.side)
        + cost.per_value * extent.voxels * extent.axes
    )
    return float(one_thread * (1 - cost.shared + cost.shared / extent.threads))
