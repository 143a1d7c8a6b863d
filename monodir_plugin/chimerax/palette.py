"""Colours of values, as ChimeraX's ``color sample`` and ``key`` take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

import matplotlib
import numpy as np
from matplotlib.colors import Normalize, to_hex

from ..figures.drawing.style import Limits

__all__ = ["BEYOND", "NOT_RESOLVED", "OUTSIDE", "Palette"]

#: Value of voxels that have none, far below every resolution, and its colour.
OUTSIDE, BEYOND = -1000.0, "#b4b4b4"
#: Colour of voxels that are not resolved, darker than that beyond the mask.
NOT_RESOLVED = "#6e6e6e"
#: Shares of the coarse limit between which colours turn to it: values are rounded.
_LAST, _FIRST = 1 - 1e-4, 1 - 5e-5
#: ChimeraX blends between these linearly in RGB: so many stay within 3/255 of viridis, which
#: is a step of its table.
_STOPS = 33
#: One stop of the key in so many is labelled.
_LABEL_EVERY = 8


@dataclass(frozen=True)
class Palette:
    """A colour map of Matplotlib between two values.

    Attributes
    ----------
    name : str
        Of the colour map.
    limits : tuple of float
        Values of its two ends; what lies beyond takes the colour of the end.
    unit : str
        Of the values; empty for numbers without one, which are labelled with two decimals.
    unresolved : float, optional
        The coarse limit, Å: values from it on are not resolved, and have a colour of their own.
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
        """The palette argument of ``color sample``: stops, grey where there is no value.

        Where voxels are not resolved it is a darker grey.
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
