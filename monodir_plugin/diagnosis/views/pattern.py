"""What the views do about a line: whether they prefer it or avoid it, and which line.

Particles often lie on two of their sides: then there is a second line that views prefer.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np
from scipy.spatial.transform import Rotation

from ...numerics.geometry.axes import AxisSet
from ...numerics.geometry.symmetry import rotations_of
from .measured_coverage import MeasuredCoverage
from .naming import named
from .view_density import ViewDensity

__all__ = ["ABOUT", "even_in_words", "in_words", "often", "pattern_of", "second_line"]

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
#: A second line is so many degrees from the first one and its copies; its views are so many times
#: as many as even ones, and so many times as many as those of the ring through it about the first
#: one, over the number of its copies there, but no fewer than the last number; between the two
#: lines the density falls below this part of it.  In simulations of two lines the ratio to the ring
#: is 3.7 at least, and the density falls to 0.5; of one line, cones and rings the ratio is 2.8 at
#: most or the density falls to no less than 0.9.
_APART, _SECOND, _VALLEY = 40.0, 2.0, 0.7
_OF_SECOND_RING, _OF_RING_OF_COPIES = 3.2, 1.3
#: Particles within this angle of a line are viewed along it, degrees.
_WITHIN = 30.0
#: Half-angles of the rings about a line that are looked at, degrees.
_RADII = tuple(range(20, 91, 5))
#: Names of densities, relative to that of evenly spread views.
_MISSING, _RARE, _COMMON = 0.05, 0.7, 1.4


def pattern_of(views: ViewDensity, group: Optional[Rotation] = None) -> Tuple[str, np.ndarray]:
    """Whether views prefer or avoid a line, and the line.

    The second moments decide, unless the density peaks elsewhere: about an oblique line and its
    symmetric copies, beside a line along which views are not common, or about two lines.

    Parameters
    ----------
    views : ViewDensity
    group : Rotation, optional
        All rotations of the particle's point group.

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
        elsewhere = (off > _SAME_PEAK and stands_out) or between
        # Of two lines, the moments give one between them.
        if elsewhere or second_line(views, peak, group) is not None:
            return "preferred", peak
        return "preferred", line
    line = vectors[:, 0]
    off = float(AxisSet(line[None]).angles_to(peak)[0])
    in_belt = off >= 90 - _SAME_PEAK
    if in_belt and highest <= _LUMPS * views.across(line, ABOUT):
        return "avoided", line
    return "preferred", peak


def second_line(
    views: ViewDensity, line: np.ndarray, group: Optional[Rotation] = None
) -> Optional[np.ndarray]:
    """Another line that views prefer.

    Parameters
    ----------
    views : ViewDensity
    line : ndarray, shape (3,)
        Unit vector ``x, y, z`` of the line that they prefer most.
    group : Rotation, optional
        All rotations of the particle's point group: copies of the first line are no others.

    Returns
    -------
    ndarray, shape (3,), or None
        None unless it stands out.
    """
    copies = line[None] if group is None else group.apply(line)
    away = views.views.angles_to(copies).min(axis=0) >= _APART
    if not away.any():
        return None
    means = views.means(ABOUT)
    place = int(np.argmax(np.where(away, means, -1.0)))
    found, density = views.views.vectors[place], means[place]
    nearest = copies[int(np.argmax(np.abs(copies @ found)))]
    between = views.views.closest(_between(nearest, found))
    radius = float(views.views.angles_to(nearest)[place])
    least = max(_OF_SECOND_RING / _on_ring(found, nearest, radius, group), _OF_RING_OF_COPIES)
    stands_out = density >= max(_SECOND, least * views.ring(nearest, radius, ABOUT))
    if not stands_out or means[between].min() > _VALLEY * density:
        return None
    return AxisSet(found[None]).upper().vectors[0]


def in_words(
    views: ViewDensity, kind: str, line: np.ndarray, second: Optional[np.ndarray], symmetry: str
) -> str:
    """A sentence about views that are not even.

    Parameters
    ----------
    views : ViewDensity
    kind, line
        Of :func:`pattern_of`.
    second : ndarray, shape (3,), or None
        Of :func:`second_line`.
    symmetry : str
        The particle's point group.
    """
    group = rotations_of(symmetry)
    near, across = views.near(line, ABOUT), views.across(line, ABOUT)
    along = f"{named(line)}{_copies(line, symmetry)}"
    if second is not None:
        lines = np.concatenate([group.apply(line), group.apply(second)])
        others = views.apart(lines, _WITHIN)
        share = f"{named(second)}{_copies(second, symmetry)} ({views.near(second, ABOUT):.1f})"
        return (
            f"Views along two directions are common: {along} ({near:.1f} times the uniform share) "
            f"and {share}; other views are {often(others)} ({others:.1f})."
        )
    side = "side views" if named(line) == "z" else "views across it"
    rest = f"{side} are {often(across)} ({across:.1f})."
    radius, ring = _fullest_ring(views, line)
    if kind == "preferred" and near < _COMMON < ring:
        return (
            f"Views at about {radius:.0f} degrees from {along} are common ({ring:.1f} times the "
            f"uniform share); those along it are {often(near)} ({near:.1f}), and {rest}"
        )
    if kind == "preferred" and views.share(line, _WITHIN, group) >= 0.5:
        return (
            f"Most particles are viewed along {along} ({near:.1f} times the uniform share); {rest}"
        )
    return f"Views along {along} are {often(near)} ({near:.1f} times the uniform share); {rest}"


def _copies(line: np.ndarray, symmetry: str) -> str:
    """What to add to the name of a line that has symmetric copies."""
    copies = AxisSet(line[None]).angles_to(rotations_of(symmetry).apply(line))
    return f" and its copies by {symmetry}" if copies.max() > ABOUT else ""


def _fullest_ring(views: ViewDensity, line: np.ndarray) -> Tuple[float, float]:
    """Half-angle of the ring about a line that has the highest mean density, and that density."""
    rings = {radius: views.ring(line, radius, ABOUT / 2) for radius in _RADII}
    radius = max(rings, key=lambda each: rings[each])
    return radius, rings[radius]


def _on_ring(line: np.ndarray, axis: np.ndarray, radius: float, group: Optional[Rotation]) -> int:
    """Number of the copies of a line that lie on the ring about an axis, but not on each other."""
    kept = line[None]
    for copy in line[None] if group is None else group.apply(line):
        aside = abs(AxisSet(axis[None]).angles_to(copy)[0] - radius) > ABOUT
        if not aside and AxisSet(kept).angles_to(copy).min() > ABOUT:
            kept = np.concatenate([kept, copy[None]])
    return len(kept)


def _between(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Directions on the shorter way from one line to another, unit vectors (points, 3)."""
    part = np.linspace(0, 1, 13)[:, None]
    way = (1 - part) * one + part * (two if one @ two >= 0 else -two)
    return way / np.linalg.norm(way, axis=1, keepdims=True)


def often(density: float) -> str:
    """A density relative to that of evenly spread views, in words."""
    if density < _MISSING:
        return "missing"
    if density < _RARE:
        return "rare"
    return "common" if density > _COMMON else "about as many as even ones"


def even_in_words(
    coverage: np.ndarray,
    measured: Optional[MeasuredCoverage] = None,
    signal: Optional[MeasuredCoverage] = None,
) -> str:
    """A sentence about views that are nearly even.

    Parameters
    ----------
    coverage : ndarray, shape (axes,)
        By the views that were fitted, 1 is the mean.
    measured : MeasuredCoverage, optional
        What was measured, of a symmetric map: few independent axes leave a fit even.
    signal : MeasuredCoverage, optional
        Signal over noise, where it allows uneven views whose noise a filter evened out.
    """
    unless = why = by_axes = ""
    if measured is not None:
        low, high = _range(measured)
        by_axes = (
            " by the views that were fitted, which a symmetry makes too even; "
            f"{low:.2f} to {high:.2f} as it was measured along the axes"
        )
    if signal is not None:
        low, high = _range(signal)
        unless = " if the map was not filtered along its axes"
        why = (
            f"; signal over noise varies from {low:.2f} to {high:.2f} of its mean, by chance, or "
            "because the particle has more power along some axes, or because the views are uneven "
            "and a filter evened the noise out"
        )
    return (
        f"Views are spread nearly evenly{unless}: no axis has less than {coverage.min():.2f} or "
        f"more than {coverage.max():.2f} of the mean coverage{by_axes}{why}."
    )


def _range(found: MeasuredCoverage) -> Tuple[float, float]:
    relative = found.values / found.values.mean()
    return float(relative.min()), float(relative.max())
