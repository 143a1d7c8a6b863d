"""Central slices of the Fourier transform of a volume, and the adjoint operation.

The Fourier transform of a projection is the central slice perpendicular to the view.  Slices are
sampled on the lattice of the images inside the disc of radius Nyquist by a non-uniform fast
Fourier transform (ducc0; for the kind of kernel see Barnett, Magland and af Klinteberg, SIAM J.
Sci. Comput. 41, C479, 2019).

An orientation is a rotation from the frame of the image to that of the particle: its columns are
the x and y of the image and the view, as ``x, y, z`` of the particle.  In Scipion's Euler angles it
is ``Rz(rot) Ry(tilt) Rz(psi)``; Xmipp's matrix is its inverse.
"""

from __future__ import annotations

from typing import Tuple

import ducc0
import numpy as np
import scipy.fft
from scipy.spatial.transform import Rotation

__all__ = ["CentralSlices", "euler_of_orientation", "orientation_of_euler"]

#: Relative error of the transforms, about the least in single precision.
_ACCURACY = 1e-5
#: Samples that are transformed at once: they take 20 bytes each.
_AT_ONCE = 2**24


def orientation_of_euler(rot: np.ndarray, tilt: np.ndarray, psi: np.ndarray) -> Rotation:
    """Orientations from Euler angles in degrees, in the ZYZ convention of Scipion and Xmipp."""
    angles = np.stack(np.broadcast_arrays(rot, tilt, psi), axis=-1)
    return Rotation.from_euler("ZYZ", angles, degrees=True)


def euler_of_orientation(orientations: Rotation) -> np.ndarray:
    """Rot, tilt and psi in degrees, shape (views, 3); tilt 0 to 180."""
    return orientations.as_euler("ZYZ", degrees=True)


class CentralSlices:
    """Central slices for a set of views.

    Parameters
    ----------
    size : int
        Side N of images and volumes in voxels; their centre is voxel ``N // 2``.
    orientations : Rotation
        One for each view.
    threads : int

    Attributes
    ----------
    multiplicity : ndarray, shape (samples,), float32
        2 for samples that represent their conjugate as well, otherwise 1: only half of the disc
        is stored.
    """

    def __init__(self, size: int, orientations: Rotation, threads: int = 1) -> None:
        self.size, self.threads = size, threads
        along_y, along_x = np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij")
        self._disc = np.hypot(along_x, along_y) < 0.5
        self._lattice = np.stack([along_x[self._disc], along_y[self._disc]], axis=1)
        self.multiplicity = np.where(self._lattice[:, 0] > 0, 2, 1).astype(np.float32)
        self._frames = orientations.as_matrix().reshape(-1, 3, 3)

    def __len__(self) -> int:
        return len(self._frames)

    def sample(self, volume: np.ndarray, accuracy: float = _ACCURACY) -> np.ndarray:
        """Transform of a volume on the slices: ``sum of V(r) exp(-2 pi i k r)``.

        Parameters
        ----------
        volume : ndarray, shape (M, M, M)
            ``[z, y, x]`` of any side, with its centre at voxel ``M // 2``.
        accuracy : float
            Relative error.

        Returns
        -------
        ndarray, shape (views, samples), complex64
        """
        grid = np.ascontiguousarray(volume, dtype=np.complex64)
        values = np.empty((len(self), len(self._lattice)), np.complex64)
        for chunk in self._chunks():
            ducc0.nufft.u2nu(
                grid=grid,
                coord=self._coordinates(chunk),
                forward=True,
                epsilon=accuracy,
                nthreads=self.threads,
                out=values[chunk].reshape(-1),
                periodicity=2 * np.pi,
                fft_order=False,
            )
        return values

    def spread(self, values: np.ndarray, size: int = 0, accuracy: float = _ACCURACY) -> np.ndarray:
        """Adjoint of :meth:`sample`: the real part of ``sum of F(k) exp(2 pi i k r)``.

        The sum is over whole discs: samples are multiplied by their multiplicity.

        Parameters
        ----------
        values : ndarray, shape (views, samples)
        size : int
            Side of the volume; 0 for that of the images.
        accuracy : float
            Relative error.

        Returns
        -------
        ndarray, shape (size, size, size), float32
        """
        total = np.zeros((size or self.size,) * 3, np.float32)
        part = np.empty(total.shape, np.complex64)
        for chunk in self._chunks():
            weighted = (values[chunk] * self.multiplicity).astype(np.complex64)
            ducc0.nufft.nu2u(
                points=weighted.reshape(-1),
                coord=self._coordinates(chunk),
                forward=False,
                epsilon=accuracy,
                nthreads=self.threads,
                out=part,
                periodicity=2 * np.pi,
                fft_order=False,
            )
            total += part.real
        return total

    def of_images(self, images: np.ndarray) -> np.ndarray:
        """Samples of images: from shape (views, N, N) to (views, samples), complex64."""
        centred = scipy.fft.ifftshift(images.astype(np.float32, copy=False), axes=(1, 2))
        return scipy.fft.rfft2(centred, workers=self.threads)[:, self._disc]

    def to_images(self, values: np.ndarray) -> np.ndarray:
        """Images from samples, without frequencies beyond the disc: float32, (views, N, N)."""
        spectrum = np.zeros((len(values), *self._disc.shape), np.complex64)
        spectrum[:, self._disc] = values
        images = scipy.fft.irfft2(spectrum, s=(self.size,) * 2, workers=self.threads)
        return scipy.fft.fftshift(images, axes=(1, 2))

    def shift_phases(self, shifts: np.ndarray) -> np.ndarray:
        """Phase factors that shift images by ``x, y`` in voxels, given in shape (views, 2)."""
        return np.exp(-2j * np.pi * (shifts @ self._lattice.T)).astype(np.complex64)

    def _chunks(self) -> Tuple[slice, ...]:
        views = max(_AT_ONCE // len(self._lattice), 1)
        return tuple(slice(first, first + views) for first in range(0, len(self), views))

    def _coordinates(self, chunk: slice) -> np.ndarray:
        """Coordinates of samples in radians per voxel, ``z, y, x`` in the order of the arrays."""
        in_plane = self._frames[chunk][:, ::-1, :2]
        points = np.matmul(2 * np.pi * self._lattice, np.swapaxes(in_plane, 1, 2))
        return points.reshape(-1, 3).astype(np.float32)
