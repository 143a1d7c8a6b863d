"""Scipion objects of this plugin: sets of axes, of views, and of FSC curves."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any, Optional, Tuple

import numpy as np
from pwem.objects import FSC, EMObject, EMSet, SetOfFSCs
from pyworkflow.object import Boolean, Float

from .diagnosis.conical_fsc import ConicalFsc
from .diagnosis.views.view_density import ViewDensity

__all__ = [
    "MonoDirAxis",
    "MonoDirView",
    "SetOfMonoDirAxes",
    "SetOfMonoDirViews",
    "axes_from_csv",
    "stored_curves",
    "stored_views",
]


class _Direction(EMObject):
    """A direction in space; a vector and its opposite are the same."""

    def __init__(self, **kwargs: Any) -> None:
        EMObject.__init__(self, **kwargs)
        self._rot = Float()
        self._tilt = Float()
        self._define_results()
        self._x = Float()
        self._y = Float()
        self._z = Float()

    def _define_results(self) -> None:
        """Define the attributes that tables show between the angles and the vector."""

    def getRot(self) -> float:
        """Euler angle rot, degrees."""
        return self._rot.get()

    def getTilt(self) -> float:
        """Euler angle tilt, degrees."""
        return self._tilt.get()

    def getVector(self) -> Tuple[float, float, float]:
        """Unit vector ``x, y, z``."""
        return self._x.get(), self._y.get(), self._z.get()

    def setDirection(self, rot: float, tilt: float, vector: Tuple[float, float, float]) -> None:
        """Set the Euler angles in degrees and the unit vector ``x, y, z``."""
        attributes = (self._rot, self._tilt, self._x, self._y, self._z)
        for attribute, value in zip(attributes, (rot, tilt, *vector)):
            attribute.set(round(value, 9) + 0.0)  # adding 0.0 turns -0.0 into 0.0


class MonoDirAxis(_Direction):
    """A Fourier axis and the resolution of the map along it.

    A vector and its opposite are the same axis. An axis is not a view: a projection
    contributes to the axes perpendicular to its view.
    """

    def _define_results(self) -> None:
        self._medianResolution = Float()
        self._hasData = Boolean()
        self._coverage = Float()
        self._count = Float()

    def getMedianResolution(self) -> Optional[float]:
        """Median over the voxels of the resolution along the axis, Å.

        ``None`` where at least half of the voxels are not resolved along it.
        """
        return self._medianResolution.get()

    def hasData(self) -> bool:
        """Whether the map contains data along the axis."""
        return self._hasData.get()

    def getCoverage(self) -> Optional[float]:
        """Number of views that contribute to the axis, relative to the mean over the axes.

        ``None`` if the map was not diagnosed or does not determine it.
        """
        return self._coverage.get()

    def getCount(self) -> float:
        """Number of voxels whose finest axis this is; tied axes share a voxel."""
        return self._count.get()

    def setResults(
        self,
        median_resolution: float,
        count: float,
        has_data: bool,
        coverage: Optional[float] = None,
    ) -> None:
        """Set the median resolution in Å (NaN: not resolved), count, data and coverage."""
        self._medianResolution.set(None if math.isnan(median_resolution) else median_resolution)
        self._count.set(count)
        self._hasData.set(has_data)
        self._coverage.set(coverage)


class SetOfMonoDirAxes(EMSet):
    """The axes along which the resolution of a map was measured."""

    ITEM_TYPE = MonoDirAxis


class MonoDirView(_Direction):
    """A direction of view, and the density of views there.

    A view contributes to the axes perpendicular to it.
    """

    def _define_results(self) -> None:
        self._density = Float()
        self._share = Float()

    def getDensity(self) -> float:
        """Density of views there; 1 is the mean, that of evenly spread views."""
        return self._density.get()

    def getShare(self) -> float:
        """Part of all views that are nearer to this direction than to the others of the set."""
        return self._share.get()

    def setResults(self, density: float, share: float) -> None:
        """Set the density, relative to the mean, and the share of all views."""
        self._density.set(density)
        self._share.set(share)


class SetOfMonoDirViews(EMSet):
    """The density of views that explains how well the axes of a map are covered."""

    ITEM_TYPE = MonoDirView


def axes_from_csv(path: Path, database: Path) -> SetOfMonoDirAxes:
    """Read ``directions.csv`` of a run into a set that is stored in an SQLite file.

    Parameters
    ----------
    path : Path
        The list of directions.
    database : Path
        The SQLite file to write; an existing file is replaced.
    """
    axes = SetOfMonoDirAxes(filename=_new(database))
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            axis = MonoDirAxis()
            vector = (float(row["x"]), float(row["y"]), float(row["z"]))
            axis.setDirection(float(row["rot_deg"]), float(row["tilt_deg"]), vector)
            median, count = float(row["median_resolution_A"]), float(row["count"])
            coverage = float(row["coverage"]) if "coverage" in row else None
            axis.setResults(median, count, row["data"] == "1", coverage)
            axes.append(axis)
    return axes


def stored_views(found: Optional[ViewDensity], database: Path) -> SetOfMonoDirViews:
    """Store a density of views as a set in an SQLite file.

    Parameters
    ----------
    found : ViewDensity or None
        ``None``: the set is empty.
    database : Path
        The SQLite file to write; an existing file is replaced.
    """
    views = SetOfMonoDirViews(filename=_new(database))
    if found is None:
        return views
    where = found.views
    for rot, tilt, vector, density, part in zip(
        where.rot, where.tilt, where.vectors, found.values, found.shares
    ):
        view = MonoDirView()
        view.setDirection(float(rot), float(tilt), tuple(vector.tolist()))
        view.setResults(float(density), float(density * part))
        views.append(view)
    return views


def stored_curves(found: ConicalFsc, database: Path) -> SetOfFSCs:
    """Store curves of a conical FSC as a set in an SQLite file, as viewers of FSC curves read it.

    The curves are those of whole shells, and of the cones about the axes whose resolution at an
    FSC of 0.143 is the finest, the median and the coarsest.  ``conical_fsc.csv`` has all cones.

    Parameters
    ----------
    found : ConicalFsc
    database : Path
        The SQLite file to write; an existing file is replaced.
    """
    curves = {"whole shells": found.plain}
    known = np.flatnonzero(~found.without_data)
    # Axes that reach the end of the box at 0.143 are sorted by their resolution at 0.5.
    order = known[np.lexsort(found.resolution[::-1, known])]
    if len(order):
        chosen = {"finest": order[0], "median": order[len(order) // 2], "coarsest": order[-1]}
        for word, row in chosen.items():
            rot, tilt = round(float(found.axes.rot[row])), round(float(found.axes.tilt[row]))
            curves[f"{word} axis (rot {rot}, tilt {tilt})"] = found.fsc[row]
    stored = SetOfFSCs(filename=_new(database))
    for label, values in curves.items():
        curve = FSC(objLabel=label)
        # Shell 0 holds nothing.
        curve.setData(found.frequency[1:].tolist(), values[1:].tolist())
        stored.append(curve)
    return stored


def _new(database: Path) -> str:
    """Return the name of an SQLite file after removing the file if it exists."""
    if database.exists():
        database.unlink()
    return str(database)
