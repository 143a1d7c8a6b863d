"""Fourier coefficients at low frequencies of real fields that fill a small part of a box.

A few coefficients of a field that is zero outside of a small part are three small products of
matrices.  A fast transform would compute all coefficients of the whole box.
"""

from __future__ import annotations

from typing import List, Sequence

import numpy as np

__all__ = ["LowFrequencies"]


class LowFrequencies:
    """The coefficients within a ball about frequency zero, of the half with ``kx >= 0``.

    Parameters
    ----------
    places : sequence of three ndarray of int
        Voxels at which fields are sampled, along z, y and x.
    size : int
        Side of the box in voxels.
    step : int
        Distance between sampled voxels.
    reach : float
        Radius of the ball, cycles per voxel.

    Attributes
    ----------
    parts : list of three ndarray, shape (k,)
        Components of the frequencies along x, y and z, cycles per voxel.
    distance : ndarray, shape (k,)
        Their lengths.
    """

    def __init__(self, places: Sequence[np.ndarray], size: int, step: int, reach: float) -> None:
        self._points = len(range(size // 2 % step, size, step))
        most = int(reach * step * self._points)
        # Nyquist's frequency is in the half spectrum once, as in that of a fast transform.
        ends = -min(most, self._points // 2), min(most, (self._points - 1) // 2)
        both = np.arange(ends[0], ends[1] + 1)
        one = np.arange(min(most, self._points // 2) + 1)
        scale = 1 / (step * self._points)
        kz, ky, kx = (k * scale for k in np.ix_(both, both, one))
        distance = np.sqrt(kz**2 + ky**2 + kx**2)
        self._inside = np.flatnonzero(distance <= reach)
        self.distance = distance.ravel()[self._inside]
        self.parts = [
            np.broadcast_to(k, distance.shape).ravel()[self._inside] for k in (kx, ky, kz)
        ]
        # A coefficient with kx > 0 stands for its conjugate, too.
        whole = np.rint(self.parts[0] / scale)
        alone = (whole == 0) | (2 * whole == self._points)
        self._weight = np.where(alone, 1.0, 2.0) / self._points**3
        self._waves = [
            np.exp(-2j * np.pi * scale * np.outer(at, k)).astype(np.complex64)
            for at, k in zip(places, (both, both, one))
        ]

    def coefficients(self, fields: List[np.ndarray]) -> np.ndarray:
        """Coefficients of real fields.

        Parameters
        ----------
        fields : list of ndarray, shape (nz, ny, nx), float32
            Values at the sampled voxels; zero elsewhere.

        Returns
        -------
        ndarray, shape (fields, k), complex64
        """
        waves_z, waves_y, waves_x = self._waves
        given = np.stack(fields)
        # Along x a real product, twice as wide, is faster than a complex one.
        width = waves_x.shape[1]
        along_x = given @ np.concatenate([waves_x.real, waves_x.imag], axis=1)
        half = np.empty((*given.shape[:3], width), np.complex64)
        half.real, half.imag = along_x[..., :width], along_x[..., width:]
        half = waves_y.T @ half
        shape = half.shape
        found = waves_z.T @ half.reshape(shape[0], shape[1], -1)
        return found.reshape(len(fields), -1)[:, self._inside]

    def products(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Sums over all voxels of the products of fields, from their coefficients (Parseval).

        Parameters
        ----------
        first, second : ndarray, shape (m, k) and (n, k), complex

        Returns
        -------
        ndarray, shape (m, n), float64
        """
        weighted = first.conj() * self._weight
        return (weighted @ second.T.astype(complex)).real
