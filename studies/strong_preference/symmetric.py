"""Simulated maps of particles with a point group, reconstructed with that symmetry."""

from __future__ import annotations

from typing import List, Protocol, Tuple

import numpy as np
from scipy.ndimage import affine_transform
from scipy.spatial.transform import Rotation

from monodir_plugin.numerics.geometry.symmetry import rotations_of
from monodir_plugin.simulation import Reconstructor, project

__all__ = ["Distribution", "symmetric_halves", "symmetrised"]


class Distribution(Protocol):
    """What draws orientations, as ``monodir_plugin.simulation.Views`` does."""

    def draw(self, count: int, rng: np.random.Generator) -> Rotation:
        """Draw orientations of images."""


def symmetrised(volume: np.ndarray, group: str) -> np.ndarray:
    """Mean of a map's copies under a point group, about voxel ``N // 2``."""
    centre = np.full(3, float(len(volume) // 2))
    total = np.zeros(volume.shape)
    for turn in rotations_of(group).as_matrix():
        matrix = turn[::-1, ::-1].T
        total += affine_transform(volume, matrix, centre - matrix @ centre, order=3)
    return (total / len(rotations_of(group))).astype(np.float32)


def symmetric_halves(
    particle: np.ndarray, group: str, views: Distribution, images: int, noise: float, seed: int
) -> Tuple[List[np.ndarray], Rotation]:
    """Half maps of a symmetric particle, every image inserted at all its symmetric orientations.

    Parameters
    ----------
    particle : ndarray, shape (N, N, N)
        With the symmetry already.
    group : str
    views : Distribution
    images : int
    noise : float
        Standard deviation over that of the clean images.
    seed : int

    Returns
    -------
    halves : list of ndarray
    orientations : Rotation
        Orientations of the images.
    """
    rng = np.random.default_rng(seed)
    orientations = views.draw(images, rng)
    pictures = project(particle, orientations)
    pictures += noise * pictures.std() * rng.standard_normal(pictures.shape, dtype=np.float32)
    turns = rotations_of(group)
    halves = []
    for part in (slice(0, None, 2), slice(1, None, 2)):
        copies = Rotation.concatenate([turn * orientations[part] for turn in turns])
        seen = np.concatenate([pictures[part]] * len(turns))
        halves.append(Reconstructor(len(particle), copies).reconstruct(seen))
    return halves, orientations
