"""Distributions of views, and angular errors.

A view ``p`` and its opposite give mirror images of each other, so that distributions are axial:
both ends are equally likely, and tilts are those of the axis, 0 to 90 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..numerics.checks.numbers import are_finite, is_finite, is_number, listed, shown

__all__ = ["Views", "views_of", "with_angular_errors"]

_NODES = 20_001


@dataclass(frozen=True)
class Views:
    """A distribution of views.

    Attributes
    ----------
    concentration : float
        The density of views is proportional to ``exp(concentration cos² tilt)`` (Watson
        distribution): 0 is uniform, positive values favour the axis, and negative ones its equator.
    tilts : tuple of float
        Smallest and largest tilt of the views, degrees.
    axis : tuple of float
        The axis from which tilts are measured, ``x, y, z``.
    stage_tilt : float
        Tilt of the microscope's stage, degrees.  The other attributes then describe the orientation
        of the particles on the support, with random rotations about its normal.
    even : float
        Share of the particles, 0 to 1, whose orientations are uniformly random instead.

    Raises
    ------
    InputError
        If a value is of another type, or outside its range.
    """

    concentration: float = 0.0
    tilts: Tuple[float, float] = (0.0, 90.0)
    axis: Tuple[float, float, float] = (0.0, 0.0, 1.0)
    stage_tilt: float = 0.0
    even: float = 0.0

    def __post_init__(self) -> None:
        if not is_finite(self.concentration):
            raise InputError(
                f"a concentration of {shown(self.concentration)}: give a number, such as 0"
            )
        if not (are_finite(self.tilts, 2) and 0 <= self.tilts[0] < self.tilts[1] <= 90):
            raise InputError(
                f"tilts of {listed(self.tilts)}: give two angles of 0 to 90 degrees, the smaller "
                "first"
            )
        if not are_finite(self.axis, 3):
            raise InputError(f"a preferred axis of {listed(self.axis)}: give three numbers x, y, z")
        if not np.any(self.axis):
            raise InputError("the preferred axis 0, 0, 0 has no direction; give another")
        if not is_finite(self.stage_tilt):
            raise InputError(f"a stage tilt of {shown(self.stage_tilt)}: give a number of degrees")
        if not (is_number(self.even) and 0 <= self.even <= 1):
            raise InputError(f"a share of {shown(self.even)} of even views: give one from 0 to 1")

    def draw(self, count: int, rng: np.random.Generator) -> Rotation:
        """Draw orientations of images; see :mod:`monodir_plugin.simulation.slices`.

        Parameters
        ----------
        count : int
        rng : numpy.random.Generator

        Returns
        -------
        Rotation
            ``count`` orientations with uniform in-plane angles.
        """
        rot, psi = rng.uniform(-np.pi, np.pi, size=(2, count))
        tilt = self._tilts_of(rng.uniform(size=count))
        tilt = np.where(rng.uniform(size=count) < 0.5, tilt, np.pi - tilt)
        on_support = Rotation.from_euler("ZYZ", np.stack([rot, tilt, psi], axis=1))
        stage = Rotation.from_euler("x", self.stage_tilt, degrees=True)
        lying = _rotation_from_z_to(np.array(self.axis, float)) * on_support
        if self.even > 0:
            # Drawn for every image: any part of the images has the same share of them.
            uniform = rng.uniform(size=count) < self.even
            vectors = lying.as_quat()
            vectors[uniform] = Rotation.random(count, random_state=_seed(rng)).as_quat()[uniform]
            lying = Rotation.from_quat(vectors)
        return lying * stage

    def _tilts_of(self, shares: np.ndarray) -> np.ndarray:
        """Quantiles of the tilt for shares of 0 to 1, radians."""
        tilt = np.deg2rad(np.linspace(*self.tilts, _NODES))
        exponent = self.concentration * np.cos(tilt) ** 2
        density = np.sin(tilt) * np.exp(exponent - exponent.max())
        cumulated = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
        return np.interp(shares, cumulated / cumulated[-1], tilt)


def with_angular_errors(orientations: Rotation, sigma: float, rng: np.random.Generator) -> Rotation:
    """Apply small random rotations to orientations.

    Parameters
    ----------
    orientations : Rotation
    sigma : float
        Standard deviation in degrees of each of the three components of the rotation vector.  It
        displaces a point at distance r from the centre with a standard deviation of about ``r
        sin(sigma)`` in each of the two tangential directions.
    rng : numpy.random.Generator
    """
    vectors = rng.normal(scale=np.deg2rad(sigma), size=(len(orientations), 3))
    return Rotation.from_rotvec(vectors) * orientations


def views_of(orientations: Rotation) -> np.ndarray:
    """Projection directions, unit vectors ``x, y, z``, shape (views, 3)."""
    return orientations.apply([0.0, 0.0, 1.0])


def _seed(rng: np.random.Generator) -> int:
    """A seed for SciPy's functions; before SciPy 1.15 they take a generator by another name."""
    return int(rng.integers(2**31))


def _rotation_from_z_to(axis: np.ndarray) -> Rotation:
    """Rotation in the plane of z and the axis that takes z to the axis."""
    rot = np.arctan2(axis[1], axis[0])
    tilt = np.arctan2(np.hypot(axis[0], axis[1]), axis[2])
    return Rotation.from_euler("ZYZ", [rot, tilt, -rot])
