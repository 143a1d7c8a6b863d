"""What the views do about a line: whether they prefer it or avoid it, and which line."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from ...numerics.geometry.axes import AxisSet
from .view_density import ViewDensity

__all__ = ["ABOUT", "often", "pattern_of"]

#: Angle about a line within which views count as along it, or as across it, degrees.
ABOUT = 20.0
#: A peak of views farther from the preferred line of the second moments is another one, degrees; a
#: belt with a peak of more than so many times its mean is no belt.
_SAME_PEAK, _LUMPS = 30.0, 2.0
#: A peak counts if it is so many times as high as the ring through it about that line, or as the
#: views along the line; in simulations of cones and rings the ratios are 1.2 and 1.8 at most, of
#: peaks 1.7, or, where symmetric copies make a ring, 6.5 at least.
_OF_RING, _OF_LINE = 1.5, 4.0
#: The same for a line between symmetric copies of a peak, along which views are not common: ratios
#: are 1.4 at least.
_OF_RING_BETWEEN = 1.3
#: Names of densities, relative to that of evenly spread views.
_MISSING, _RARE, _COMMON = 0.05, 0.7, 1.4


def pattern_of(views: ViewDensity) -> Tuple[str, np.ndarray]:
    """Whether views prefer or avoid a line, and the line.

    The second moments decide, unless the density peaks elsewhere: about an oblique line and its
    symmetric copies, or beside a line along which views are not common.

    Parameters
    ----------
    views : ViewDensity

    Returns
    -------
    kind : str
        ``preferred`` (views near the line) or ``avoided`` (few near it).
    line : ndarray, shape (3,)
        Unit vector ``x, y, z``.
    """
    (low, middle, high), vectors = np.linalg.eigh(views.moments())
    peak = views.peak(ABOUT)
    highest = views.near(peak, ABOUT)
    if high - middle > middle - low:
        line = vectors[:, 2]
        off = float(AxisSet(line[None]).angles_to(peak)[0])
        along = views.near(line, ABOUT)
        # Views all about a line, as in a cone or on a tilted stage, peak somewhere by chance.
        ring = views.ring(line, off, ABOUT)
        stands_out = highest > min(_OF_RING * ring, _OF_LINE * along)
        between = along < _COMMON <= highest and highest > _OF_RING_BETWEEN * ring
        return "preferred", peak if (off > _SAME_PEAK and stands_out) or between else line
    line = vectors[:, 0]
    off = float(AxisSet(line[None]).angles_to(peak)[0])
    in_belt = off >= 90 - _SAME_PEAK
    if in_belt and highest <= _LUMPS * views.across(line, ABOUT):
        return "avoided", line
    return "preferred", peak


def often(density: float) -> str:
    """A density relative to that of evenly spread views, in words."""
    if density < _MISSING:
        return "missing"
    if density < _RARE:
        return "rare"
    return "common" if density > _COMMON else "about as many as even ones"
