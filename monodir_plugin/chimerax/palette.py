"""Colours of values in the syntax of ChimeraX's ``color sample`` and ``key``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

import matplotlib
import numpy as np
from matplotlib.colors import Normalize, to_hex

from ..figures.drawing.style import Limits
from ..numerics.reduction.table import AT_LIMIT

__all__ = ["BEYOND", "NOT_RESOLVED", "OUTSIDE", "Palette"]

#: Value of voxels outside the mask, far below every resolution, and its colour.
OUTSIDE, BEYOND = -1000.0, "#b4b4b4"
#: Colour of voxels that are not resolved, darker than the colour outside the mask.
NOT_RESOLVED = "#6e6e6e"
#: Parts of the coarse limit between which the colour changes to that of unresolved voxels.
_LAST, _FIRST = 1 - AT_LIMIT, 1 - AT_LIMIT / 2
#: Number of stops.  ChimeraX interpolates between them linearly in RGB; with this number colours
#: differ from viridis by at most 3/255, one step of its table.
_STOPS = 33
#: Every eighth stop of the key has a label.
_LABEL_EVERY = 8


@dataclass(frozen=True)
class Palette:
    """A colour map of Matplotlib between two values.

    Attributes
    ----------
    name : str
        Name of the colour map.
    limits : tuple of float
        Values of its two ends; values beyond an end have the colour of that end.
    unit : str
        Unit of the values; empty for numbers without a unit, whose labels have two decimals.
    unresolved : float, optional
        The coarse limit, Å: coarser values are not resolved and have the colour ``NOT_RESOLVED``.
    """

    name: str
    limits: Limits
    unit: str = "Å"
    unresolved: Optional[float] = None

    def rgb(self, values: np.ndarray) -> np.ndarray:
        """Red, green and blue (0 to 1) of values, shape (..., 3)."""
        scaled = Normalize(*self.limits, clip=True)(np.asarray(values, float))
        return matplotlib.colormaps[self.name](np.ma.getdata(scaled))[..., :3]

    def stops(self) -> List[Tuple[float, str]]:
        """Values, evenly spaced, with their colours as ``#rrggbb``."""
        values = np.linspace(*self.limits, _STOPS)
        return [(float(v), to_hex(colour)) for v, colour in zip(values, self.rgb(values))]

    def sampling(self) -> str:
        """The palette argument of ``color sample``: stops, grey outside the mask.

        Voxels that are not resolved are darker grey.
        """
        stops = self.stops()
        outside = [(OUTSIDE / 2, BEYOND), (OUTSIDE / 2 + 1, stops[0][1])]
        if self.unresolved is not None:
            last, first = self.unresolved * _LAST, self.unresolved * _FIRST
            stops = [stop for stop in stops if stop[0] < last]
            stops += [(last, to_hex(self.rgb(np.array([last]))[0])), (first, NOT_RESOLVED)]
        return ":".join(f"{value:.6g},{colour}" for value, colour in [*outside, *stops])

    def key(self) -> str:
        """The colours and labels of ``key``, from the smaller value to the larger."""
        stops = self.stops()
        return " ".join(
            f'"{colour}:{self._label(number, value)}"'
            for number, (value, colour) in enumerate(stops)
        )

    def _label(self, number: int, value: float) -> str:
        if number % _LABEL_EVERY:
            return ""
        sign = {0: "≤ " if self.limits[0] > 0 else "", _STOPS - 1: "≥ "}.get(number, "")
        return f"{sign}{value:.1f} {self.unit}" if self.unit else f"{sign}{value:.2f}"
