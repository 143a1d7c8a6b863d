"""Distributions of views, and errors of their angles.

A view ``p`` and its opposite show mirror images of each other, so distributions are
axial: both ends are equally likely, and tilts are those of the axis, 0 to 90 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError

__all__ = ["Views", "misjudged", "views_of"]

_NODES = 20_001


@dataclass(frozen=True)
class Views:
    """How views are spread.

    Attributes
    ----------
    concentration : float
        Density of views goes as ``exp(concentration cos² tilt)`` (Watson's
        distribution): 0 is uniform, positive prefers the axis, negative its equator.
    tilts : tuple of float
        Only views whose tilt lies between these, degrees.
    axis : tuple of float
        The axis that tilts are counted from, ``x, y, z``.
    stage_tilt : float
        Degrees by which the stage was tilted: particles lie on the support as the rest
        says, turned about its normal at random, and the beam comes in at this angle.
    even : float
        Share of the particles, 0 to 1, that lie any way round instead, all directions alike.
    """

    concentration: float = 0.0
    tilts: Tuple[float, float] = (0.0, 90.0)
    axis: Tuple[float, float, float] = (0.0, 0.0, 1.0)
    stage_tilt: float = 0.0
    even: float = 0.0

    def __post_init__(self) -> None:
        low, high = self.tilts
        if not 0 <= low < high <= 90:
            raise InputError(
                f"tilts {low:g} to {high:g}: give two of 0 to 90 degrees, the smaller first"
            )
        if not np.any(self.axis):
            raise InputError("the preferred axis 0, 0, 0 has no direction; give another")
        if not 0 <= self.even <= 1:
            raise InputError(f"a share of {self.even:g} of even views: give one from 0 to 1")

    def draw(self, count: int, rng: np.random.Generator) -> Rotation:
        """Orientations of some images; see :mod:`monodir_plugin.simulation.slices`.

        Parameters
        ----------
        count : int
        rng : numpy.random.Generator

        Returns
        -------
        Rotation
            ``count`` of them, in-plane angles uniform.
        """
        rot, psi = rng.uniform(-np.pi, np.pi, size=(2, count))
        tilt = self._tilts_of(rng.uniform(size=count))
        tilt = np.where(rng.uniform(size=count) < 0.5, tilt, np.pi - tilt)
        on_support = Rotation.from_euler("ZYZ", np.stack([rot, tilt, psi], axis=1))
        stage = Rotation.from_euler("x", self.stage_tilt, degrees=True)
        lying = _taking_z_to(np.array(self.axis, float)) * on_support
        if self.even > 0:
            # Shuffled by the draw itself: any part of the images has the same share of them.
            any_way = rng.uniform(size=count) < self.even
            vectors = lying.as_quat()
            vectors[any_way] = Rotation.random(count, random_state=_seed(rng)).as_quat()[any_way]
            lying = Rotation.from_quat(vectors)
        return lying * stage

    def _tilts_of(self, shares: np.ndarray) -> np.ndarray:
        """Quantiles of the tilt, radians."""
        tilt = np.deg2rad(np.linspace(*self.tilts, _NODES))
        exponent = self.concentration * np.cos(tilt) ** 2
        density = np.sin(tilt) * np.exp(exponent - exponent.max())
        cumulated = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
        return np.interp(shares, cumulated / cumulated[-1], tilt)


def misjudged(orientations: Rotation, sigma: float, rng: np.random.Generator) -> Rotation:
    """Orientations turned by small random rotations.

    Parameters
    ----------
    orientations : Rotation
    sigma : float
        Standard deviation in degrees of each of the three components of the
        rotation vector.  A point at distance r from the centre is thus displaced
        with a standard deviation of about ``r sin(sigma)`` along each of the two
        directions across its line to the centre.
    rng : numpy.random.Generator
    """
    vectors = rng.normal(scale=np.deg2rad(sigma), size=(len(orientations), 3))
    return Rotation.from_rotvec(vectors) * orientations


def views_of(orientations: Rotation) -> np.ndarray:
    """Directions of view, unit vectors ``x, y, z``, shape (views, 3)."""
    return orientations.apply([0.0, 0.0, 1.0])


def _seed(rng: np.random.Generator) -> int:
    """For functions of SciPy before 1.15, which take a generator under another name."""
    return int(rng.integers(2**31))


def _taking_z_to(axis: np.ndarray) -> Rotation:
    rot = np.arctan2(axis[1], axis[0])
    tilt = np.arctan2(np.hypot(axis[0], axis[1]), axis[2])
    return Rotation.from_euler("ZYZ", [rot, tilt, -rot])
