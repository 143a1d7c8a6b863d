"""The sampling compensation factor, SCF, of the views of particles.

Baldwin and Lyumkis (Progress in Biophysics and Molecular Biology 150, 160, 2020) define its
reciprocal as the mean, over a Fourier shell, of the reciprocal of the sampling, which is one on
average: uniform views give 1, and side views alone 8/pi², 0.81.  A view samples the directions of a
shell of radius k that are within 1/(2k) of its plane.

Directions that no view samples have no reciprocal.  For SCF*, the mean is taken over the sampled
directions, after one half is added to their sum for every direction that is not sampled.  This is
what the authors' program CommandLineSCF does, from which the radius of the shell and the largest
number of views come as well.  If directions are not sampled, SCF* falls as the number of views
grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np
from scipy.spatial.transform import Rotation

from .copies import drawn, with_copies

__all__ = ["RADIUS", "SIDE_VIEWS", "Compensation", "compensation"]

#: Radius of the shell, in voxels of Fourier space.
RADIUS = 50
#: SCF of side views alone, which is the usual line between good and bad.
SIDE_VIEWS = 8 / np.pi**2
#: Directions of the shell; particles that are used at most, and copies of these by a symmetry.
_DIRECTIONS, _MOST_VIEWS, _MOST_COPIES = 5000, 10_000, 30_000
#: Fewer views sample a direction less than five times on average.
_FEWEST = 10 * RADIUS
#: Added to the sum of the reciprocals for a direction without views.
_UNSAMPLED = 0.5
_AT_ONCE = 250


@dataclass(frozen=True)
class Compensation:
    """The sampling compensation factor SCF*.

    Attributes
    ----------
    value : float
        1 for uniform views of infinite number, near 0 if many directions are not sampled.
    by_chance : float
        What the same number of uniform views gives.
    not_sampled : float
        Share of the directions that no view samples.
    views : int
        Number of views that were used, with their symmetric copies.
    """

    value: float
    by_chance: float
    not_sampled: float
    views: int

    def sentence(self) -> str:
        """The finding in words."""
        reads = "below" if self.value < SIDE_VIEWS else "above"
        none = "every Fourier direction has a view"
        if self.not_sampled > 0:
            share = 100 * self.not_sampled
            digits = f"{share:.1g}" if share < 1 else f"{share:.0f}"
            none = f"{digits} % of the Fourier directions have no view"
        return (
            f"The sampling compensation factor (SCF*) is {self.value:.2f}, {reads} the usual line "
            f"of {SIDE_VIEWS:.2f}, which side views alone give; as many uniform views give "
            f"{self.by_chance:.2f}; {none} at a radius of {RADIUS} voxels."
        )


def compensation(views: np.ndarray, group: Rotation) -> Optional[Compensation]:
    """The sampling compensation factor of views.

    Parameters
    ----------
    views : ndarray, shape (particles, 3)
        Unit vectors ``x, y, z``.  At most 10 000 are used, which are drawn at random.
    group : Rotation
        All rotations of the particle's point group.

    Returns
    -------
    Compensation or None
        ``None`` if there are fewer than 500 views, copies included.
    """
    # Loaded late: it takes long, and runs without angles do not need it.
    from scipy.stats import poisson

    some = drawn(views, min(_MOST_VIEWS, max(_MOST_COPIES // len(group), 1)))
    copies = with_copies(some, group)
    if len(copies) < _FEWEST:
        return None
    directions = _half_sphere(_DIRECTIONS)
    sampled = np.concatenate(
        [
            np.count_nonzero(np.abs(part @ copies.T) <= 0.5 / RADIUS, axis=1)
            for part in np.array_split(directions, _DIRECTIONS // _AT_ONCE)
        ]
    )
    shares = np.bincount(sampled) / len(sampled)
    mean = len(copies) / (2 * RADIUS)
    by_chance = poisson.pmf(np.arange(int(mean + 20 * np.sqrt(mean))), mean)
    return Compensation(_factor(shares), _factor(by_chance), float(shares[0]), len(copies))


def _factor(shares: np.ndarray) -> float:
    """SCF* by the share of the directions that 0, 1, 2... views sample."""
    number = np.arange(1, len(shares))
    there = shares[1:].sum()
    reciprocal = np.sum(shares[1:] / number) + _UNSAMPLED * shares[0]
    return float(there / (np.sum(shares[1:] * number) * reciprocal))


def _half_sphere(count: int) -> np.ndarray:
    """Directions of equal area on half a sphere, along a Fibonacci spiral, shape (count, 3)."""
    number = np.arange(count)
    z = (number + 0.5) / count
    rot = number * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt(1 - z**2)
    return np.stack([radius * np.cos(rot), radius * np.sin(rot), z], axis=1)
