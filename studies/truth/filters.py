"""Local means of band-passed power, on every other voxel.

A component of a map is what a band about a frequency and one half of a double cone about an axis
let pass: an analytic signal, whose squared modulus has no oscillation at the frequency itself.  The
component is moved to the origin of Fourier space, which does not change its squared modulus, so a
small grid suffices; the local mean is a product in Fourier space.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional, Tuple

import numpy as np
import scipy.fft

__all__ = ["FILTERS", "GRID", "HARD", "SOFT", "Filter", "LocalPower", "Region", "window_of"]

#: Frequencies that are tested, cycles per voxel; the first is the coarse limit, ten voxels.
GRID = np.round(np.arange(0.10, 0.4901, 0.015), 4)
#: A Gaussian window's transform falls to a thousandth at this over its deviation.
_WINDOW_ENDS = 0.592


@dataclass(frozen=True)
class Filter:
    """A cone and a band, in amplitude.

    Attributes
    ----------
    name : str
    half_angle : float
        Angle from the axis at which the cone ends, degrees.
    half_width : float
        Half-width of the band, a raised cosine of frequency, cycles per voxel.
    soft : bool
        Let the cone fall as cos² from its axis to its end, rather than end abruptly.
    """

    name: str
    half_angle: float
    half_width: float
    soft: bool


HARD = Filter("hard", 15.0, 0.035, False)
SOFT = Filter("soft", 24.0, 0.07, True)
FILTERS = {each.name: each for each in (HARD, SOFT)}


class Region(NamedTuple):
    """Lattice points that a filter lets pass.

    Attributes
    ----------
    points : ndarray, shape (n,)
        Flat indices in the full, unshifted transform.
    weights : ndarray, shape (n,), float32
    offsets : ndarray, shape (3, n)
        Integer frequencies ``z, y, x`` from the middle of the region.
    extent : float
        Largest width along z, y or x, cycles per voxel.
    """

    points: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    extent: float


def window_of(choice: object, frequency: float) -> float:
    """Deviation of the window in voxels: a number, or "wave" for 0.75 of a wavelength."""
    return 0.75 / frequency if choice == "wave" else float(choice)  # type: ignore[arg-type]


class LocalPower:
    """Components of maps of one size, and local means of their products.

    Parameters
    ----------
    size : int
        Side N of the box, even.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        k = np.rint(np.fft.fftfreq(size) * size).astype(int)
        z, y, x = np.meshgrid(k, k, k, indexing="ij")
        length = np.sqrt(z**2 + y**2 + x**2).ravel() / size
        self._flat = np.flatnonzero((length > 0) & (length < 0.5))
        self._lattice = np.stack([u.ravel()[self._flat] for u in (z, y, x)])
        self._length = length[self._flat]

    def transform(self, volume: np.ndarray) -> np.ndarray:
        """Fourier coefficients of a box, flat, complex64: those of a plane wave are one."""
        return scipy.fft.fftn(volume.astype(np.float32), norm="forward").ravel()

    def cone(self, axis: Optional[np.ndarray], filter_: Filter) -> Tuple[np.ndarray, np.ndarray]:
        """Points inside a half cone, as places in the list of all, and their weights.

        Parameters
        ----------
        axis : ndarray, shape (3,), or None
            Unit vector ``x, y, z``; without one, all points with a weight of one.
        filter_ : Filter
        """
        if axis is None:
            return np.arange(len(self._flat)), np.ones(len(self._flat), np.float32)
        cosine = (axis[::-1] @ self._lattice) / (self._length * self.size)
        inside = np.flatnonzero(cosine > np.cos(np.deg2rad(filter_.half_angle)))
        if not filter_.soft:
            return inside, np.ones(len(inside), np.float32)
        angle = np.rad2deg(np.arccos(np.minimum(cosine[inside], 1.0)))
        weights = np.cos(np.pi / 2 * angle / filter_.half_angle) ** 2
        return inside, weights.astype(np.float32)

    def region(
        self, cone: Tuple[np.ndarray, np.ndarray], frequency: float, half_width: float
    ) -> Region:
        """The part of a cone inside the band about a frequency (cycles per voxel)."""
        inside, weights = cone
        away = np.abs(self._length[inside] - frequency) / half_width
        near = np.flatnonzero(away < 1)
        chosen = inside[near]
        points = self._lattice[:, chosen]
        low, high = points.min(axis=1), points.max(axis=1)
        band = 0.5 * (1 + np.cos(np.pi * away[near]))
        return Region(
            self._flat[chosen],
            (weights[near] * band).astype(np.float32),
            points - ((low + high) // 2)[:, None],
            float((high - low).max() + 1) / self.size,
        )

    def mean_power(self, spectrum: np.ndarray, region: Region) -> float:
        """Mean over the box of the squared modulus of a component."""
        values = spectrum[region.points] * region.weights
        return float(np.sum(values.real**2 + values.imag**2, dtype=np.float64))

    def component(self, spectrum: np.ndarray, region: Region, window: float) -> np.ndarray:
        """A component moved to the origin, on a grid that holds its squared modulus.

        Parameters
        ----------
        spectrum : ndarray
            See :meth:`transform`.
        region : Region
        window : float
            Deviation of the window that the squared modulus will be averaged with, voxels.

        Returns
        -------
        ndarray, complex64, shape (M, M, M)
        """
        least = self.size * (region.extent + _WINDOW_ENDS / window)
        side = scipy.fft.next_fast_len(int(np.ceil(least)))
        grid = np.zeros((side,) * 3, np.complex64)
        grid[tuple(region.offsets % side)] = spectrum[region.points] * region.weights
        return scipy.fft.ifftn(grid, norm="forward", overwrite_x=True)

    def local_mean(self, product: np.ndarray, window: float) -> np.ndarray:
        """Gaussian-windowed mean of a product of components, on every other voxel.

        Parameters
        ----------
        product : ndarray, real, shape (M, M, M)
        window : float
            Deviation, voxels.

        Returns
        -------
        ndarray, float32, shape (N/2, N/2, N/2)
        """
        side = len(product)
        # Every other voxel represents frequencies up to a quarter.
        stride = 2 if _WINDOW_ENDS / window <= 0.25 else 1
        out = self.size // stride
        kept = min(side, out)
        reach = (kept - 1) // 2
        k = np.arange(-reach, reach + 1)
        spectrum = scipy.fft.rfftn(product, norm="forward")[np.ix_(k % side, k % side, k[reach:])]
        gain = np.exp(-2 * (np.pi * window * k / self.size) ** 2).astype(np.float32)
        spectrum *= gain[:, None, None] * gain[None, :, None] * gain[reach:]
        grid = np.zeros((out, out, out // 2 + 1), np.complex64)
        grid[np.ix_(k % out, k % out, k[reach:])] = spectrum
        mean = scipy.fft.irfftn(grid, s=(out,) * 3, norm="forward")
        return mean[:: 2 // stride, :: 2 // stride, :: 2 // stride]

    def local_power(self, spectrum: np.ndarray, region: Region, window: float) -> np.ndarray:
        """Windowed mean of a component's squared modulus; see :meth:`local_mean`."""
        part = self.component(spectrum, region, window)
        return self.local_mean(part.real**2 + part.imag**2, window)

    def places(self, voxels: np.ndarray) -> np.ndarray:
        """Flat indices of voxels (flat, of even coordinates) on the grid of every other voxel."""
        z, y, x = np.unravel_index(voxels, (self.size,) * 3)
        return np.ravel_multi_index((z // 2, y // 2, x // 2), (self.size // 2,) * 3)
