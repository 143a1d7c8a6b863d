"""The simulated experiments of the study.

Constants of an estimator are chosen on :data:`TUNING`; tables are made of :data:`FINAL`, which
differ in model, views, noise and seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Tuple

import numpy as np
from scipy.spatial.transform import Rotation

from monodir_plugin.simulation import Views, views_of

__all__ = [
    "FINAL",
    "MODELS",
    "QUICK",
    "TUNING",
    "Case",
    "axes_without_data",
    "draw_views",
    "streams_of",
]

MODELS = {
    "beta-gal": "1jyx_betagal.pdb",
    "HA": "4o5n_ha_trimer.pdb",
    "proteasome": "3j9i_proteasome.pdb",
    "ribosome": "4v5d_ribosome.cif.gz",
}

Mixture = Tuple[Tuple[float, Views], ...]

EVEN: Mixture = ((1.0, Views()),)


def _watson(concentration: float) -> Mixture:
    return ((1.0, Views(concentration=concentration)),)


@dataclass(frozen=True)
class Case:
    """Parameters of one simulated experiment.

    Attributes
    ----------
    name : str
    model : str
        A key of ``MODELS``, or "blob" for a procedural particle.
    size : int
        Side of the box, voxels.
    sampling : float
        Voxel size, Å.
    noise : float
        Standard deviation of the noise of a pixel, in standard deviations of the clean images.
    views : tuple of (float, Views)
        Shares of the images and how their views are spread.
    images : int
    seed : int
    flexible : bool
        Blur the density at one end of the particle.
    """

    name: str
    model: str
    size: int
    sampling: float
    noise: float
    views: Mixture = EVEN
    images: int = 400
    seed: int = 1
    flexible: bool = False


def draw_views(mixture: Mixture, count: int, rng: np.random.Generator) -> Rotation:
    """Orientations from a mixture of distributions, in random order.

    Parameters
    ----------
    mixture : tuple of (float, Views)
        Shares, which sum to one, and distributions.
    count : int
    rng : numpy.random.Generator

    Returns
    -------
    Rotation
        ``count`` of them.
    """
    ends = np.rint(np.cumsum([share for share, _ in mixture]) * count).astype(int)
    counts = np.diff(np.concatenate([[0], ends]))
    drawn = [views.draw(int(n), rng) for n, (_, views) in zip(counts, mixture) if n]
    return Rotation.concatenate(drawn)[rng.permutation(count)]


def axes_without_data(case: Case, axes: np.ndarray, reach: float = 22.5) -> np.ndarray:
    """Axes that no central slice of any view comes near.

    Parameters
    ----------
    case : Case
    axes : ndarray, shape (axes, 3)
        Unit vectors ``x, y, z``.
    reach : float
        Degrees.  By default one and a half times the half-angle of the cone: a slice nearby leaks
        into it, as a particle smaller than the box is smooth in Fourier space.

    Returns
    -------
    ndarray of bool, shape (axes,)
    """
    orientations = draw_views(case.views, case.images, streams_of(case)[0])
    away = np.rad2deg(np.arcsin(np.clip(np.abs(axes @ views_of(orientations).T), 0.0, 1.0)))
    return away.min(axis=1) > reach


def streams_of(case: Case) -> List[np.random.Generator]:
    """Random numbers of the views, and of the pixels' noise."""
    return [np.random.default_rng(s) for s in np.random.SeedSequence(case.seed).spawn(2)]


def _tilts(low: float, high: float) -> Mixture:
    return ((1.0, Views(tilts=(low, high))),)


#: Most images along one axis, the others anywhere.
_STRONG: Mixture = ((0.8, Views(concentration=20.0)), (0.2, Views()))

#: Cases that constants are chosen on.
TUNING: Tuple[Case, ...] = (
    Case("t-gal-even", "beta-gal", 72, 4.0, 1.2, EVEN, seed=11),
    Case("t-gal-preferred", "beta-gal", 64, 4.5, 1.2, _watson(3.0), 500, seed=12),
    Case("t-HA-cone", "HA", 64, 3.6, 1.0, _tilts(0.0, 55.0), seed=13),
    Case("t-HA-noisy", "HA", 72, 3.4, 3.0, EVEN, 500, seed=14),
    Case("t-gal-flexible", "beta-gal", 64, 4.5, 0.6, _STRONG, 500, seed=15, flexible=True),
)
#: Cases that tables are made of.
FINAL: Tuple[Case, ...] = (
    Case("proteasome-even", "proteasome", 72, 4.0, 0.5, EVEN, 400, seed=21),
    Case("proteasome-noisy", "proteasome", 72, 4.0, 2.5, EVEN, 500, seed=22),
    Case("proteasome-preferred", "proteasome", 64, 4.5, 1.4, _watson(5.0), 400, seed=23),
    Case("proteasome-cone", "proteasome", 64, 4.5, 1.4, _tilts(0.0, 50.0), 300, seed=24),
    Case("ribosome-even", "ribosome", 72, 5.6, 1.7, EVEN, 300, seed=25),
    Case("ribosome-preferred", "ribosome", 72, 5.6, 1.5, _watson(3.0), 400, seed=26),
    Case("ribosome-mixture", "ribosome", 80, 5.0, 0.9, _STRONG, 500, seed=27),
    Case("ribosome-flexible", "ribosome", 72, 5.6, 1.2, EVEN, 400, seed=28, flexible=True),
    Case("HA-mixture", "HA", 64, 3.6, 1.3, _STRONG, 300, seed=29),
    Case("blob-preferred", "blob", 64, 4.0, 0.6, _watson(4.0), 400, seed=30),
)
#: A case that takes seconds, for tests.
QUICK = Case("quick", "blob", 40, 4.0, 1.0, _watson(3.0), 150, seed=31)
