"""Effect of a particle's shape on its local orientation.

Random density that ends at a surface is not isotropic near it.  The filter of a band spreads every
atom into rings about it, whose local spatial frequency points away from the atom, and inside the
surface the rings of atoms beyond it are missing.  Where fine detail decreases outwards, the rings
that extend from the strong core are radial.

The expected second moments of the Riesz transforms are the density of sources (atoms), convolved
with the products of the kernels of the band.  The density of sources is that of the map, times a
factor for every shell and band with which the radial energy of each shell is that of the map.  The
Fourier transform of the products of kernels is a tensor with the values ``x(q)`` perpendicular to
q and ``z(q)`` parallel to q.  These are computed as functions of the distance q and applied in
Fourier space.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Callable, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import gaussian_filter

from ...numerics.geometry.grid import (
    box_centre,
    distance_map,
    radii_and_directions,
    voxel_positions,
)

__all__ = ["Sources", "shell_of"]

Gain = Callable[[np.ndarray, float, float], np.ndarray]

#: The density of sources is that of the map, low-passed by a Gaussian of this standard deviation in
#: voxels, and clipped at this percentile, so that a few dense places do not outweigh the shape.
_SMOOTH, _CLIP = 2.0, 90.0
#: Number of distances q, and of quadrature points per radius of a band.
_DISTANCES, _POINTS = 24, 96
#: Every second voxel is sampled in each dimension.
_STEP = 2
#: Limits of the change of a factor in one iteration.
_LARGEST_CHANGE = (0.2, 5.0)


class Sources:
    """Density of sources of a particle: its density times a factor for every band and shell.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``, particle positive.
    mask : ndarray of bool, shape (N, N, N)
    shells : int
        Number of shells.
    thickness : float
        Thickness of a shell, voxels; see :func:`shell_of`.
    centres : ndarray, shape (bands,)
        Centres of the bands, cycles per voxel.
    width : float
        Half of the full width of a band, cycles per voxel.
    gain : callable
        ``(frequency, centre, width) -> gain`` of a band's filter.
    threads : int
    """

    def __init__(
        self,
        volume: np.ndarray,
        mask: np.ndarray,
        shells: int,
        thickness: float,
        centres: np.ndarray,
        width: float,
        gain: Gain,
        threads: int = 1,
    ) -> None:
        # Fields of sources are smooth, so that every second voxel suffices; the centre is one.
        size = mask.shape[0]
        start = size // 2 % _STEP
        some = (slice(start, None, _STEP),) * 3
        radius = distance_map(size)
        self.density, sampled = _density(volume, mask)[some], mask[some]
        self.places = np.minimum(radius[some] / thickness - 0.5, shells - 1.0)
        seen = np.flatnonzero(sampled)
        _, unit = radii_and_directions(
            start + _STEP * voxel_positions(seen, sampled.shape), box_centre(size)
        )  # fmt: skip
        shell = shell_of(radius[some].ravel()[seen], thickness)
        inside = (shell >= 0) & (shell < shells)
        self.seen, self.shell, unit = seen[inside], shell[inside], unit[inside]
        self.pairs = list(combinations_with_replacement(range(3), 2))
        self.products = [(1 if a == b else 2) * unit[:, a] * unit[:, b] for a, b in self.pairs]
        # Share of the voxels of every shell that is sampled.
        of_mask = shell_of(radius[mask], thickness)
        every = np.bincount(of_mask[(of_mask >= 0) & (of_mask < shells)], minlength=shells)
        self.shares = np.bincount(self.shell, minlength=shells) / np.maximum(every, 1)
        self.lattice = _Lattice(sampled.shape[0], threads)
        self.kernels = [_kernel(float(centre), width, gain) for centre in centres]
        self.factor = np.ones((len(centres), shells))

    def log_ratio(self, radial: np.ndarray) -> np.ndarray:
        """Expected logarithm of tangential over radial energy.  Updates the factors.

        Parameters
        ----------
        radial : ndarray, shape (bands, shells)
            Radial energy of the signal over the voxels of the mask, without angular errors.

        Returns
        -------
        ndarray, shape (bands, shells), float64
            0 for isotropic orientation, and where a shell is empty.
        """
        shells = self.factor.shape[1]
        found = np.zeros_like(self.factor)
        for row, kernel in enumerate(self.kernels):
            whole, expected = (
                np.bincount(self.shell, values, shells) for values in self._energies(row, kernel)
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.log((whole - expected) / (2 * expected))
            found[row] = np.where(np.isfinite(ratio), ratio, 0.0)
            self.factor[row] *= _change(radial[row] * self.shares, expected)
        return found

    def _energies(
        self, row: int, kernel: Tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> Tuple[np.ndarray, np.ndarray]:
        """Expected energy, and radial energy, of the voxels that are sampled."""
        lattice, factor = self.lattice, self.factor[row]
        perpendicular, parallel = (lattice.radial(kernel[0], values) for values in kernel[1:])
        spectrum = lattice.spectrum(
            self.density * np.interp(self.places, range(len(factor)), factor)
        )
        whole = lattice.field(spectrum * (2 * perpendicular + parallel), self.seen)
        radial = lattice.field(spectrum * perpendicular, self.seen)
        rest = spectrum * (parallel - perpendicular) / np.maximum(lattice.distance, 1e-9) ** 2
        for (a, b), product in zip(self.pairs, self.products):
            part = lattice.field(rest * lattice.parts[a] * lattice.parts[b], self.seen)
            radial += product * part
        return whole, radial


def shell_of(radius: np.ndarray, thickness: float) -> np.ndarray:
    """Shell of every radius, from 0 on; a shell includes its outer radius, and the centre is -1."""
    return np.ceil(radius / thickness - 1e-6).astype(int) - 1


def _change(measured: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Factor for each shell that brings expected energies nearer to the measured ones."""
    with np.errstate(divide="ignore", invalid="ignore"):
        change = measured / expected
    good = np.isfinite(change) & (expected > 0)
    change /= np.median(change[good & (change > 0)]) if np.any(good & (change > 0)) else 1.0
    return np.clip(np.where(good, change, 1.0), *_LARGEST_CHANGE)


class _Lattice:
    """Fourier transforms of the sampled voxels."""

    def __init__(self, size: int, threads: int) -> None:
        self.size, self.threads = size, threads
        k = np.fft.fftfreq(size) / _STEP
        self.parts = (np.fft.rfftfreq(size) / _STEP, k[:, None], k[:, None, None])
        self.distance = np.sqrt(self.parts[0] ** 2 + self.parts[1] ** 2 + self.parts[2] ** 2)

    def spectrum(self, box: np.ndarray) -> np.ndarray:
        """Half spectrum of a box."""
        return scipy.fft.rfftn(box.astype(np.float32), workers=self.threads)

    def field(self, spectrum: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """Values at flat indices of the field of a half spectrum."""
        transform = spectrum.astype(np.complex64)
        shape = (self.size,) * 3
        return scipy.fft.irfftn(transform, s=shape, workers=self.threads).ravel()[seen]

    def radial(self, distances: np.ndarray, values: np.ndarray) -> np.ndarray:
        """A tabulated function of the distance from the origin, 0 beyond its table."""
        return np.interp(self.distance, distances, values, right=0.0).astype(np.float32)


def _density(volume: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Density inside the mask, smoothed and clipped, float32."""
    smooth = gaussian_filter(volume.astype(np.float32), _SMOOTH) * mask
    return np.clip(smooth, 0.0, np.percentile(smooth[mask], _CLIP))


def _kernel(centre: float, width: float, gain: Gain) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distances q up to the full width of the band, and the kernel perpendicular and parallel to q.

    The integral over k of the product of the filters of the band at k and at q - k, times the
    product of the components of their unit vectors.
    """
    top = centre + width
    distances = np.linspace(0.0, 2 * width, _DISTANCES)
    along_q = np.linspace(-top, top, 2 * _POINTS + 1)[:, None]
    off_q = np.linspace(0.0, top, _POINTS)
    length = np.hypot(along_q, off_q)
    band = gain(length, centre, width)
    perpendicular, parallel = np.empty(_DISTANCES), np.empty(_DISTANCES)
    for i, q in enumerate(distances):
        other = np.hypot(q - along_q, off_q)
        weight = band * gain(other, centre, width) * off_q / np.maximum(length * other, 1e-9)
        perpendicular[i] = np.sum(weight * off_q**2) / 2
        parallel[i] = -np.sum(weight * along_q * (q - along_q))
    return distances, perpendicular, parallel
