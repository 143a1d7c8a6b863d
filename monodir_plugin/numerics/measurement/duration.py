"""How long a run takes, estimated before it starts.

Every stage costs a constant time and times in proportion to the sizes that it works on.  The costs
were measured with one thread by ``python -m benchmarks``, which also prints how far estimates are
from what runs took.  Another machine is compared with that one by the time of a transform.
"""

from __future__ import annotations

import time
from typing import Dict, NamedTuple

import numpy as np
import scipy.fft

from .extent import Extent

__all__ = ["estimated_seconds", "machine_slowness", "stage_seconds"]

#: Side of the box that is transformed to measure the speed of a machine, how often, and the least
#: seconds on the machine on which the costs were measured.
_SIDE, _REPEATS, _REFERENCE = 96, 5, 0.0056


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


#: Costs of the stages that presets share ...
_COMMON = {
    "start, imports, figure": Cost(1.6),
    "files": Cost(0.2, per_box=3.0, per_value=3.0),
    "reduction": Cost(0.2, per_value=12.0, shared=0.9),
}
#: ... of the diagnosis, of single maps and of half maps ...
_DIAGNOSIS = {
    False: Cost(1.0, per_box=30.0, shared=0.6),
    True: Cost(1.0, per_box=30.0, shared=0.6),
}
_TENSORS = Cost(0.2, per_value=20.0, shared=0.8)
#: ... and those of a preset; costs of axes hold for 81 axes.
_PRESETS = {
    "default": {
        "preparation": Cost(0.6, per_box=5.0, shared=0.6),
        "axes": Cost(0.5, per_working_box=20.0, per_value=20.0, shared=0.95),
    },
    "published": {
        "preparation": Cost(0.4, per_box=5.0, shared=0.6),
        "axes": Cost(0.5, per_working_box=200.0, per_value=20.0, shared=0.95),
    },
}
_AXES = 81


def stage_seconds(extent: Extent) -> Dict[str, float]:
    """Seconds of every stage of a run, on the machine on which the costs were measured."""
    costs = {**_COMMON, **_PRESETS[extent.preset]}
    if extent.diagnosis:
        costs = {**costs, "diagnosis": _DIAGNOSIS[extent.half_maps], "tensors": _TENSORS}
    found = {name: _seconds(cost, extent) for name, cost in costs.items()}
    found["axes"] *= extent.axes / _AXES
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
    """Seconds of a transform on this machine, over those that it took where costs were measured."""
    box = np.random.default_rng(0).normal(size=(_SIDE,) * 3)
    taken = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        scipy.fft.rfftn(box, workers=1)
        taken.append(time.perf_counter() - start)
    return min(taken) / _REFERENCE


def _seconds(cost: Cost, extent: Extent) -> float:
    one_thread = cost.constant + 1e-9 * (
        cost.per_box * extent.size**3 * np.log2(extent.size)
        + cost.per_working_box * extent.side**3 * np.log2(extent.side)
        + cost.per_value * extent.voxels * extent.axes
    )
    return float(one_thread * (1 - cost.shared + cost.shared / extent.threads))
