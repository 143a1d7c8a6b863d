"""Scipion objects defined by this plugin: an axis with its resolution, and a set of axes."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any, Optional, Tuple

from pwem.objects import EMObject, EMSet
from pyworkflow.object import Boolean, Float

__all__ = ["MonoDirAxis", "SetOfMonoDirAxes", "axes_from_csv"]


class MonoDirAxis(EMObject):
    """A Fourier axis and the resolution of the map along it.

    A vector and its opposite are the same axis. An axis is not a view: a projection
    contributes to the axes perpendicular to its view.
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
        """Euler angle rot, degrees."""
        return self._rot.get()

    def getTilt(self) -> float:
        """Euler angle tilt, degrees."""
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
        """Whether the map contains data along the axis."""
        return self._hasData.get()

    def getCount(self) -> float:
        """Number of voxels whose finest axis this is; tied axes share a voxel."""
        return self._count.get()

    def setDirection(self, rot: float, tilt: float, vector: Tuple[float, float, float]) -> None:
        """Set the Euler angles in degrees and the unit vector ``x, y, z``."""
        attributes = (self._rot, self._tilt, self._x, self._y, self._z)
        for attribute, value in zip(attributes, (rot, tilt, *vector)):
            attribute.set(round(value, 9) + 0.0)  # adding 0.0 turns -0.0 into 0.0

    def setResults(self, median_resolution: float, count: float, has_data: bool) -> None:
        """Set the median resolution in Å (NaN: not resolved), the count, and whether data exist."""
        self._medianResolution.set(None if math.isnan(median_resolution) else median_resolution)
        self._count.set(count)
        self._hasData.set(has_data)


class SetOfMonoDirAxes(EMSet):
    """The axes along which the resolution of a map was measured."""

    ITEM_TYPE = MonoDirAxis


def axes_from_csv(path: Path, database: Path) -> SetOfMonoDirAxes:
    """Read ``directions.csv`` of a run into a set that is stored in an SQLite file.

    Parameters
    ----------
    path : Path
        The list of directions.
    database : Path
        The SQLite file to write; an existing file is replaced.
    """
    if database.exists():
        database.unlink()
    axes = SetOfMonoDirAxes(filename=str(database))
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            axis = MonoDirAxis()
            vector = (float(row["x"]), float(row["y"]), float(row["z"]))
            axis.setDirection(float(row["rot_deg"]), float(row["tilt_deg"]), vector)
            median, count = float(row["median_resolution_A"]), float(row["count"])
            axis.setResults(median, count, row["data"] == "1")
            axes.append(axis)
    return axes
