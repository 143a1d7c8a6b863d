"""Search for the point group that was imposed on a map, if the user gives none.

The particle at low resolution is correlated with itself turned by the rotations of a group, about
the centre of the box.  The radial mean is subtracted first, because a ball correlates with itself
under any rotation.  Only groups in an orientation of
:mod:`monodir_plugin.numerics.geometry.symmetry` are found, which are those in which refinements
with a symmetry leave their maps.  A group in another orientation is found as the largest of its
subgroups that lies in one of these.

A particle may be symmetric although no symmetry, or a lower one, was imposed; a particle without
much structure about an axis is like its copies by any angle about it.  The noise decides: it is
rotated and correlated as well, and of all groups that leave the particle alike, the largest one
that leaves the noise alike is the one that was imposed.  Noise of uneven views is smooth about some
axes, so that it correlates with any of its rotations about them: it has to correlate by more than
after rotations by a little less and a little more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Dict, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import map_coordinates, spline_filter
from scipy.spatial.transform import Rotation

from ..numerics.fourier.shells import shell_index
from ..numerics.fourier.spectrum import coarse_half
from ..numerics.geometry.grid import distance_map
from ..numerics.geometry.soft_edges import soft_mask, soft_sphere
from ..numerics.geometry.symmetry import NONE, rotations_of, standard_name

__all__ = ["ImposedSymmetry", "found_symmetry", "named_symmetry"]

#: A map has a symmetry if all its rotations leave it with this correlation ...
_ALIKE = 0.85
#: ... and it was imposed if they leave the noise with one that has gone so far from that of other
#: angles towards 1.  These are smaller and larger by degrees that no two rotations of a group are
#: apart.
_NOISE_ALIKE, _ASIDE = 0.5, 13.0
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
#: Groups that are neither cyclic nor dihedral.
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
    alike = _Likeness(volume, inside, ball, reach)
    del ball, inside
    found = [name for name in _groups() if alike.least(name, _ALIKE) >= _ALIKE]
    if not found:
        return ImposedSymmetry(NONE, False)
    looks_like = found[0]
    name, correlation = looks_like, alike.least(looks_like, _ALIKE)
    if region.any():
        window, reach = soft_mask(region, _SOFT_EDGE), float(distance_map(len(mask))[region].max())
        of_noise = _Likeness(noise, region, window, reach)
        held = (each for each in found if of_noise.stands_out(each, _NOISE_ALIKE))
        name = next(held, NONE)
    return ImposedSymmetry(name, False, looks_like, correlation)


@lru_cache(maxsize=1)
def _groups() -> Tuple[str, ...]:
    """All groups that are looked for, the largest first, without the one of no symmetry."""
    folds = range(2, _MOST_FOLD + 1)
    names = [*_PLATONIC, *(f"D{n}" for n in folds), *(f"C{n}" for n in folds)]
    return tuple(sorted(names, key=lambda name: -len(rotations_of(name))))


class _Likeness:
    """Correlations of a part of a map with its rotated copies, at low resolution.

    Only points that lie in the part before and after a rotation count.
    """

    def __init__(
        self, volume: np.ndarray, region: np.ndarray, window: np.ndarray, reach: float
    ) -> None:
        self._splines, self._points = _low_resolution(volume, window, reach)
        self._scale = len(self._splines) / len(volume)
        self._region = region
        self._here = _at(self._splines, self._points * self._scale)
        self._inside = _inside(region, self._points)
        self._known: Dict[Tuple[float, ...], float] = {}

    def least(self, name: str, level: float) -> float:
        """The least correlation under a group, or the first one that is below a level."""
        found = 1.0
        for vector in _turns(name):
            found = min(found, self._after(vector))
            if found < level:
                break
        return found

    def stands_out(self, name: str, level: float) -> bool:
        """Whether all correlations under a group lie well above those of other angles.

        Well above: by at least the part ``level`` of what is left to 1.
        """
        for vector in _turns(name):
            angle = np.linalg.norm(vector)
            aside = [vector * (1 + way * np.deg2rad(_ASIDE) / angle) for way in (-1, 1)]
            beside = max(float(np.mean([self._after(each) for each in aside])), 0.0)
            if self._after(vector) < beside + level * (1 - beside):
                return False
        return True

    def _after(self, vector: np.ndarray) -> float:
        """The correlation after a rotation about a vector by its length in radians."""
        key = tuple(np.round(vector, 6).tolist())
        if key not in self._known:
            turned = Rotation.from_rotvec(vector).apply(self._points)
            both = self._inside & _inside(self._region, turned)
            there = _at(self._splines, turned[both] * self._scale)
            self._known[key] = _correlation(self._here[both], there)
        return self._known[key]


def _turns(name: str) -> np.ndarray:
    """Rotations of a group but the identity, shape (members - 1, 3), as vectors in radians."""
    vectors: np.ndarray = rotations_of(name).as_rotvec()
    return vectors[np.linalg.norm(vectors, axis=1) >= _SAME]


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
