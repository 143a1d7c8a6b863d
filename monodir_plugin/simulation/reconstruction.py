"""Volumes from images of known orientation: direct Fourier reconstruction.

Slices overlap near the origin and wherever views are many.  Each sample is divided
by the local density of samples before the adjoint transform.  The density is that of
exact filtered back-projection (Harauz and van Heel, Optik 73, 146, 1986): every slice
counts with the transform of a window, a function of the distance from its plane, so it
holds for any views and needs no regularisation, because a sample lies at least in its
own slice.  A few rounds make the weighted density one at all samples (Pipe and Menon,
Magn. Reson. Med. 41, 179, 1999).

The weights depend on the views alone: a reconstruction is linear in the images.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ..numerics.geometry.grid import distance_map
from .slices import CentralSlices

__all__ = ["Reconstructor"]

_ROUNDS = 3
#: Relative error of densities.
_ACCURACY = 1e-3


class Reconstructor:
    """Reconstructs images of one set of views.

    Parameters
    ----------
    size : int
        Side of images and volume in voxels.
    orientations : Rotation
        One for each image; see :mod:`monodir_plugin.simulation.slices`.
    threads : int
    """

    def __init__(self, size: int, orientations: Rotation, threads: int = 1) -> None:
        self.slices = CentralSlices(size, orientations, threads)
        self._weights = _weights(self.slices)

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """A volume, linear in the images and zero beyond the sphere of radius Nyquist.

        Parameters
        ----------
        images : ndarray, shape (views, N, N)
            Sums along the view, in the order of the orientations.

        Returns
        -------
        ndarray, shape (N, N, N), float32
            ``[z, y, x]``.
        """
        return self.slices.spread(self.slices.of_images(images) * self._weights)


def _weights(slices: CentralSlices) -> np.ndarray:
    """One over the density of samples, shape (views, samples)."""
    window = _window(slices.size)
    weights = np.ones((len(slices), len(slices.multiplicity)), np.float32)
    for _ in range(_ROUNDS):
        points = slices.spread(weights, 2 * slices.size, _ACCURACY)
        weights /= slices.sample(window * points, _ACCURACY).real
    return weights


def _window(size: int) -> np.ndarray:
    """Share of a ball of the box's diameter that overlaps with itself when shifted.

    Within a ball of that diameter, the pairs of voxels at each distance are counted so.
    """
    distance = np.minimum(distance_map(2 * size) / size, 1.0)
    return 1 - 1.5 * distance + 0.5 * distance**3
