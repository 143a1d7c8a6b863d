"""Objects that the protocol adds to those of Scipion: the table of directions."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any, Optional, Tuple

from pwem.objects import EMObject, EMSet
from pyworkflow.object import Boolean, Float

__all__ = ["MonoDirAxis", "SetOfMonoDirAxes", "axes_from_list"]


class MonoDirAxis(EMObject):
    """An axis of Fourier space, and how well the map is resolved along it.

    An axis is a line: its opposite is the same axis. It is NOT a view: the
    resolution along an axis comes from the views across it.
    """

    def __init__(self, **kwargs: Any) -> None:
        EMObject.__init__(self, **kwargs)
        self._rot = Float()
        self._tilt = Float()
        self._medianResolution = Float()
        self._hasData = Boolean()
        self._count = Float()
        self._x = Float()
        self._y = Float()
        self._z = Float()

    def getRot(self) -> float:
        """First Euler angle, degrees."""
        return self._rot.get()

    def getTilt(self) -> float:
        """Second Euler angle, degrees."""
        return self._tilt.get()

    def getVector(self) -> Tuple[float, float, float]:
        """Unit vector ``x, y, z``."""
        return self._x.get(), self._y.get(), self._z.get()

    def getMedianResolution(self) -> Optional[float]:
        """Median over the voxels of the resolution along the axis, Å.

        ``None`` where at least half of the voxels are not resolved along it.
        """
        return self._medianResolution.get()

    def hasData(self) -> bool:
        """Whether the map holds data along the axis."""
        return self._hasData.get()

    def getCount(self) -> float:
        """Number of voxels that are resolved finest along the axis, shared on a tie."""
        return self._count.get()

    def setDirection(self, rot: float, tilt: float, vector: Tuple[float, float, float]) -> None:
        """Set angles in degrees and unit vector ``x, y, z``."""
        attributes = (self._rot, self._tilt, self._x, self._y, self._z)
        for attribute, value in zip(attributes, (rot, tilt, *vector)):
            attribute.set(round(value, 9) + 0.0)  # no -0

    def setFindings(self, median_resolution: float, count: float, has_data: bool) -> None:
        """Set the median resolution in Å (NaN: there is none), the count, and if there are data."""
        self._medianResolution.set(None if math.isnan(median_resolution) else median_resolution)
        self._count.set(count)
        self._hasData.set(has_data)


class SetOfMonoDirAxes(EMSet):
    """The axes along which a map was measured."""

    ITEM_TYPE = MonoDirAxis


def axes_from_list(listed: Path, database: Path) -> SetOfMonoDirAxes:
    """The list of directions that a run has written, as a set in a file of its own."""
    if database.exists():
        database.unlink()
    axes = SetOfMonoDirAxes(filename=str(database))
    with listed.open(newline="") as file:
        for row in csv.DictReader(file):
            axis = MonoDirAxis()
            vector = (float(row["x"]), float(row["y"]), float(row["z"]))
            axis.setDirection(float(row["rot_deg"]), float(row["tilt_deg"]), vector)
            median, count = float(row["median_resolution_A"]), float(row["count"])
            axis.setFindings(median, count, row["data"] == "1")
            axes.append(axis)
    return axes
