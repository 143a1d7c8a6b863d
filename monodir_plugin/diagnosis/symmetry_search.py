"""Search for the point group that was imposed on a map, if the user gives none.

The particle at low resolution is correlated with itself turned by the rotations of a group, about
the centre of the box.  The radial mean is subtracted first, because a ball correlates with itself
under any rotation.  Only groups in an orientation of
:mod:`monodir_plugin.numerics.geometry.symmetry` are found, which are those in which refinements
with a symmetry leave their maps.  A group in another orientation is found as the largest of its
subgroups that lies in one of these.

A particle may be symmetric although no symmetry, or a lower one, was imposed.  Its noise then is
not: the noise is rotated and correlated as well, and the largest subgroup under which it correlates
is the one that was imposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, List, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import map_coordinates, spline_filter

from ..numerics.fourier.shells import shell_index
from ..numerics.fourier.spectrum import coarse_half
from ..numerics.geometry.grid import distance_map
from ..numerics.geometry.soft_edges import soft_mask, soft_sphere
from ..numerics.geometry.symmetry import NONE, rotations_of, standard_name

__all__ = ["ImposedSymmetry", "found_symmetry", "named_symmetry"]

#: A map has a symmetry if all its rotations leave it with this correlation ...
_ALIKE = 0.85
#: ... and it was imposed if they leave the noise with that one.
_NOISE_ALIKE = 0.5
#: Largest n of Cn and Dn that is looked for.
_MOST_FOLD = 12
#: Spatial frequency up to which maps are compared, in cycles per diameter of the particle.
_CYCLES = 8.0
_SOFT_EDGE = 4.0
#: Frequencies are kept up to so many times that one.
_KEPT = 2.5
#: Points across the particle that are compared.
_POINTS = 24
#: Rotations by less are the identity.
_SAME = 1e-6
#: Groups that are tried first, because none of them is a subgroup of a cyclic or dihedral group.
_PLATONIC = ("I1", "I2", "I3", "I4", "O", "T", "T222", "TZ180")


@dataclass(frozen=True)
class ImposedSymmetry:
    """The point group with which a map is diagnosed.

    Attributes
    ----------
    name : str
        As in :mod:`monodir_plugin.numerics.geometry.symmetry`.
    named : bool
        Whether it was given rather than found.
    looks_like : str
        The group of the particle's shape at low resolution, where it was looked for.
    correlation : float
        With which its rotations leave the particle.
    """

    name: str
    named: bool
    looks_like: str = NONE
    correlation: float = 1.0

    def sentence(self) -> str:
        """What was done, in words."""
        if self.named:
            return f"The symmetry is {self.name}, as given."
        if self.name not in (NONE, self.looks_like):
            return (
                f"No symmetry was named; the particle looks like {self.looks_like} (correlation "
                f"{self.correlation:.2f}), and its noise has the symmetry of {self.name}, which is "
                "used: name another one if this is wrong."
            )
        if self.name != NONE:
            return (
                f"No symmetry was named; the map has that of {self.name} (correlation "
                f"{self.correlation:.2f} with its rotations), which is used: name another one if "
                "this is wrong."
            )
        if self.looks_like != NONE:
            return (
                f"No symmetry was named; the particle looks like {self.looks_like} (correlation "
                f"{self.correlation:.2f}), but its noise does not: the map is diagnosed as without "
                "symmetry."
            )
        return "No symmetry was named, and none was found."


def named_symmetry(name: str) -> ImposedSymmetry:
    """A symmetry that was given; ValueError if there is no such group."""
    return ImposedSymmetry(standard_name(name), named=True)


def found_symmetry(
    volume: np.ndarray, mask: np.ndarray, noise: np.ndarray, region: np.ndarray
) -> ImposedSymmetry:
    """The largest point group that was imposed on a map.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``, turned about voxel ``N // 2``.
    mask : ndarray of bool, shape (N, N, N)
        The particle.
    noise : ndarray, shape (N, N, N)
        Half of the half maps' difference, or the map.
    region : ndarray of bool, shape (N, N, N)
        Where that holds noise alone; nowhere, if there is none: then the particle decides.

    Returns
    -------
    ImposedSymmetry
    """
    radius = distance_map(len(mask))
    # A ball about the particle: a mask need not have the symmetry.
    reach = min(float(np.quantile(radius[mask], 0.98)), len(mask) / 2 - 1)
    inside = radius <= reach
    del radius
    ball = soft_sphere(len(mask), reach + _SOFT_EDGE, _SOFT_EDGE)
    name, correlation = _largest(_likeness(volume, inside, ball, reach))
    del ball, inside
    if name != NONE and region.any():
        window, reach = soft_mask(region, _SOFT_EDGE), float(distance_map(len(mask))[region].max())
        alike = _likeness(noise, region, window, reach)
        held = (part for part in _subgroups(name) if alike(part, _NOISE_ALIKE) >= _NOISE_ALIKE)
        return ImposedSymmetry(next(held, NONE), False, name, correlation)
    return ImposedSymmetry(name, False, name, correlation)


@lru_cache(maxsize=64)
def _subgroups(name: str) -> Tuple[str, ...]:
    """A group and its subgroups in the known orientations, the largest first, but not C1."""
    members = rotations_of(name).as_matrix()
    folds = range(2, _MOST_FOLD + 1)
    names = [*_PLATONIC, *(f"D{n}" for n in folds), *(f"C{n}" for n in folds)]
    found = []
    for other in names:
        turns = rotations_of(other).as_matrix()
        apart = np.abs(turns[:, None] - members).max(axis=(2, 3)).min(axis=1)
        if (apart < _SAME).all():
            found.append((len(turns), other))
    return tuple(other for _, other in sorted(found, key=lambda each: -each[0]))


def _largest(alike: Callable[[str, float], float]) -> Tuple[str, float]:
    """The largest group that leaves a map alike."""
    for name in _PLATONIC:
        found = alike(name, _ALIKE)
        if found >= _ALIKE:
            return name, found
    folds = [n for n in range(2, _MOST_FOLD + 1) if alike(f"C{n}", _ALIKE) >= _ALIKE]
    if not folds:
        return NONE, 1.0
    for name in (f"D{max(folds)}", f"C{max(folds)}"):
        found = alike(name, _ALIKE)
        if found >= _ALIKE:
            break
    return name, found


def _likeness(
    volume: np.ndarray, region: np.ndarray, window: np.ndarray, reach: float
) -> Callable[[str, float], float]:
    """A function that gives the least correlation of a part of a map with its rotated copies.

    Only points that lie in the part before and after a rotation count.  The function stops at the
    first rotation below a level.
    """
    splines, points = _low_resolution(volume, window, reach)
    scale = len(splines) / len(volume)
    here, inside = _at(splines, points * scale), _inside(region, points)

    def alike(name: str, level: float) -> float:
        found: List[float] = [1.0]
        for turn in rotations_of(name):
            if turn.magnitude() < _SAME:
                continue
            turned = turn.apply(points)
            both = inside & _inside(region, turned)
            found.append(_correlation(here[both], _at(splines, turned[both] * scale)))
            if found[-1] < level:
                break
        return min(found)

    return alike


def _correlation(one: np.ndarray, two: np.ndarray) -> float:
    return float(one @ two / np.sqrt(max((one @ one) * (two @ two), np.finfo(float).tiny)))


def _at(splines: np.ndarray, points: np.ndarray) -> np.ndarray:
    places = points[:, ::-1].T + len(splines) // 2
    return map_coordinates(splines, places, order=3, mode="constant", prefilter=False)


def _inside(region: np.ndarray, points: np.ndarray) -> np.ndarray:
    size = len(region)
    places = np.rint(points).astype(int) + size // 2
    there = ((places >= 0) & (places < size)).all(axis=1)
    x, y, z = np.clip(places, 0, size - 1).T
    return region[z, y, x] & there


def _low_resolution(
    volume: np.ndarray, window: np.ndarray, reach: float
) -> Tuple[np.ndarray, np.ndarray]:
    """A part of a map, low-passed, as splines, and points ``x, y, z`` about it."""
    frequency = min(_CYCLES / (2 * reach), 0.5)
    inside = float(np.sum(volume * window) / np.sum(window))
    values = _shrunk((volume - np.float32(inside)) * window, frequency)
    values -= _radial_mean(values)
    grid = np.linspace(-reach, reach, _POINTS)
    points = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1).reshape(-1, 3)
    return spline_filter(values), points[np.linalg.norm(points, axis=1) <= reach]


def _radial_mean(values: np.ndarray) -> np.ndarray:
    """The mean over all directions at every voxel, smooth in the radius.

    The mean of a shell of voxels, without interpolation, leaves steps that have the symmetry of the
    lattice; a nearly round particle, as an icosahedral one, has little else.
    """
    # Loaded late: it takes long, and runs without diagnosis do not need it.
    from scipy.interpolate import CubicSpline

    radius = distance_map(len(values)).astype(np.float64)
    shells = np.minimum(np.rint(radius).astype(int), len(values) // 2).ravel()
    count = np.bincount(shells)
    at, mean = (np.bincount(shells, each.ravel()) / count for each in (radius, values))
    smooth: np.ndarray = CubicSpline(at, mean)(np.minimum(radius, at[-1]))
    return smooth


def _shrunk(volume: np.ndarray, frequency: float) -> np.ndarray:
    """A map low-passed at a frequency (cycles per voxel), in a box that is no larger than it needs.

    The centre of the box, voxel ``N // 2``, stays the centre.
    """
    size = len(volume)
    side = min(size, 2 * int(np.ceil(_KEPT * frequency * size)))
    spectrum = scipy.fft.rfftn(np.fft.ifftshift(volume))
    kept = coarse_half(spectrum, side)
    kept /= 1 + (shell_index(side) / size / frequency) ** 8
    return np.fft.fftshift(scipy.fft.irfftn(kept, s=(side,) * 3)).astype(np.float64)
