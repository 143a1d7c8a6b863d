"""Direct Fourier reconstruction of a volume from images of known orientation.

Slices overlap near the origin and where there are many views.  Each sample is divided by the local
density of samples before the adjoint transform.  The density is that of exact filtered
back-projection (Harauz and van Heel, Optik 73, 146, 1986): every slice contributes the transform of
a window, which is a function of the distance from its plane.  It is valid for any set of views and
needs no regularisation, because every sample lies at least in its own slice.  A few iterations
bring the weighted density to one at all samples (Pipe and Menon, Magn. Reson. Med. 41, 179, 1999).

The weights depend on the views only, so that the reconstruction is linear in the images.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ..numerics.geometry.grid import distance_map
from .slices import CentralSlices

__all__ = ["Reconstructor"]

_ITERATIONS = 3
#: Relative error of the densities.
_ACCURACY = 1e-3


class Reconstructor:
    """Reconstruction from images of one set of views.

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
        """Reconstruct a volume, which has no spatial frequencies beyond Nyquist.

        Parameters
        ----------
        images : ndarray, shape (views, N, N)
            Projections in the order of the orientations.

        Returns
        -------
        ndarray, shape (N, N, N), float32
            ``[z, y, x]``.
        """
        return self.slices.spread(self.slices.of_images(images) * self._weights)


def _weights(slices: CentralSlices) -> np.ndarray:
    """Reciprocal of the density of samples, shape (views, samples)."""
    window = _window(slices.size)
    weights = np.ones((len(slices), len(slices.multiplicity)), np.float32)
    for _ in range(_ITERATIONS):
        points = slices.spread(weights, 2 * slices.size, _ACCURACY)
        weights /= slices.sample(window * points, _ACCURACY).real
    return weights


def _window(size: int) -> np.ndarray:
    """Overlap of a ball as wide as the box with the same ball shifted by each distance.

    As a share of its volume.  It is the number of pairs of voxels at each distance in the ball.
    """
    distance = np.minimum(distance_map(2 * size) / size, 1.0)
    return 1 - 1.5 * distance + 0.5 * distance**3
