"""Objects that the protocol adds to those of Scipion: the table of directions."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Tuple

from pwem.objects import EMObject, EMSet
from pyworkflow.object import Float

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
        self._meanResolution = Float()
        self._votes = Float()
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

    def getMeanResolution(self) -> float:
        """Mean over the voxels of the resolution along the axis, Å."""
        return self._meanResolution.get()

    def getVotes(self) -> float:
        """Number of voxels that are resolved finest along the axis, shared on a tie."""
        return self._votes.get()

    def setDirection(self, rot: float, tilt: float, vector: Tuple[float, float, float]) -> None:
        """Set angles in degrees and unit vector ``x, y, z``."""
        attributes = (self._rot, self._tilt, self._x, self._y, self._z)
        for attribute, value in zip(attributes, (rot, tilt, *vector)):
            attribute.set(round(value, 9) + 0.0)  # no -0

    def setFindings(self, mean_resolution: float, votes: float) -> None:
        """Set the mean resolution in Å and the number of votes."""
        self._meanResolution.set(mean_resolution)
        self._votes.set(votes)


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
            axis.setFindings(float(row["mean_resolution_A"]), float(row["count"]))
            axes.append(axis)
    return axes
