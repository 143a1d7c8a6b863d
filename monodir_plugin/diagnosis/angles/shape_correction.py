"""What a particle's shape alone does to the orientation of its local waves.

Matter that is as random as atoms, but ends at a surface, does not look isotropic near it:
a band's filter spreads every atom into spherical waves, whose direction is away from the
atom, and inside the surface the waves from beyond it are missing.  Where fine detail fades
outwards, waves that leak out of the strong core are radial.  The expected tensor of the Riesz
transforms is the density of sources convolved with the products of the band's kernels.
Sources go as density, times a factor by shell and band that gives each shell the radial
energy it has.  The Fourier transform of the products of kernels is isotropic, ``x(q)``
across and ``z(q)`` along q, so it is computed on a line and applied in Fourier space.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Callable, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import gaussian_filter

from ...numerics.geometry.grid import box_centre, distance_map, lines_from, voxel_positions

__all__ = ["Sources", "shell_of"]

Gain = Callable[[np.ndarray, float, float], np.ndarray]

#: The density of sources is the map's, low-passed by a Gaussian of this deviation in voxels and
#: clipped at this percentile, lest a few heavy places outweigh the shape.
_SMOOTH, _CLIP = 2.0, 90.0
#: Distances q, and points a band's radius on the grid of the quadrature.
_ON_LINE, _ON_GRID = 24, 96
#: Voxels from one of those to the next on which fields of sources are computed.
_STEP = 2
#: By how much the factor of a shell may change at once.
_LARGEST_CHANGE = (0.2, 5.0)


class Sources:
    """Sources of a particle's waves: density, times a factor by band and shell.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``, particle positive.
    mask : ndarray of bool, shape (N, N, N)
    shells : int
    thickness : float
        Of a shell, voxels; see :func:`shell_of`.
    centres : ndarray, shape (bands,)
        Of the bands, cycles per voxel.
    width : float
        Half of a band's full width.
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
        # Fields of sources are smooth: every second voxel will do, and holds the centre.
        size = mask.shape[0]
        start = size // 2 % _STEP
        some = (slice(start, None, _STEP),) * 3
        radius = distance_map(size)
        self.density, sampled = _density(volume, mask)[some], mask[some]
        self.places = np.minimum(radius[some] / thickness - 0.5, shells - 1.0)
        seen = np.flatnonzero(sampled)
        _, unit = lines_from(
            start + _STEP * voxel_positions(seen, sampled.shape), box_centre(size)
        )  # fmt: skip
        shell = shell_of(radius[some].ravel()[seen], thickness)
        inside = (shell >= 0) & (shell < shells)
        self.seen, self.shell, unit = seen[inside], shell[inside], unit[inside]
        self.pairs = list(combinations_with_replacement(range(3), 2))
        self.products = [(1 if a == b else 2) * unit[:, a] * unit[:, b] for a, b in self.pairs]
        # The voxels that are sampled stand for the others.
        every = shell_of(radius[mask], thickness)
        every = np.bincount(every[(every >= 0) & (every < shells)], minlength=shells)
        self.shares = np.bincount(self.shell, minlength=shells) / np.maximum(every, 1)
        self.lattice = _Lattice(sampled.shape[0], threads)
        self.kernels = [_kernel(float(centre), width, gain) for centre in centres]
        self.factor = np.ones((len(centres), shells))

    def log_ratio(self, along: np.ndarray) -> np.ndarray:
        """Expected logarithm of tangential over radial energy; the factors are then improved.

        Parameters
        ----------
        along : ndarray, shape (bands, shells)
            Energy of the signal along the lines from the centre over the mask's voxels, as it
            would be without errors of angle.

        Returns
        -------
        ndarray, shape (bands, shells), float64
            0 for isotropic orientation, and where a shell is empty.
        """
        shells = self.factor.shape[1]
        found = np.zeros_like(self.factor)
        for row, kernel in enumerate(self.kernels):
            whole, radial = (
                np.bincount(self.shell, values, shells) for values in self._energies(row, kernel)
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.log((whole - radial) / (2 * radial))
            found[row] = np.where(np.isfinite(ratio), ratio, 0.0)
            self.factor[row] *= _change(along[row] * self.shares, radial)
        return found

    def _energies(
        self, row: int, kernel: Tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> Tuple[np.ndarray, np.ndarray]:
        """Expected energy, and that along the line, of the voxels that are sampled."""
        lattice, factor = self.lattice, self.factor[row]
        across, along = (lattice.radial(kernel[0], values) for values in kernel[1:])
        spectrum = lattice.spectrum(
            self.density * np.interp(self.places, range(len(factor)), factor)
        )
        whole = lattice.field(spectrum * (2 * across + along), self.seen)
        radial = lattice.field(spectrum * across, self.seen)
        rest = spectrum * (along - across) / np.maximum(lattice.distance, 1e-9) ** 2
        for (a, b), product in zip(self.pairs, self.products):
            part = lattice.field(rest * lattice.parts[a] * lattice.parts[b], self.seen)
            radial += product * part
        return whole, radial


def shell_of(radius: np.ndarray, thickness: float) -> np.ndarray:
    """Shell of every radius, from 0 on: each holds its outer radius; -1 at the centre."""
    return np.ceil(radius / thickness - 1e-6).astype(int) - 1


def _change(wanted: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Factor of each shell that brings found energies nearer to those that are wanted."""
    with np.errstate(divide="ignore", invalid="ignore"):
        change = wanted / found
    good = np.isfinite(change) & (found > 0)
    change /= np.median(change[good & (change > 0)]) if np.any(good & (change > 0)) else 1.0
    return np.clip(np.where(good, change, 1.0), *_LARGEST_CHANGE)


class _Lattice:
    """Transforms on a lattice of some of the voxels."""

    def __init__(self, size: int, threads: int) -> None:
        self.size, self.threads = size, threads
        k = np.fft.fftfreq(size) / _STEP
        self.parts = (np.fft.rfftfreq(size) / _STEP, k[:, None], k[:, None, None])
        self.distance = np.sqrt(self.parts[0] ** 2 + self.parts[1] ** 2 + self.parts[2] ** 2)

    def spectrum(self, box: np.ndarray) -> np.ndarray:
        return scipy.fft.rfftn(box.astype(np.float32), workers=self.threads)

    def field(self, spectrum: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """Values at flat indices of the field of a half spectrum."""
        transform = spectrum.astype(np.complex64)
        shape = (self.size,) * 3
        return scipy.fft.irfftn(transform, s=shape, workers=self.threads).ravel()[seen]

    def radial(self, line: np.ndarray, values: np.ndarray) -> np.ndarray:
        """A function of the distance from the origin, 0 beyond its table."""
        return np.interp(self.distance, line, values, right=0.0).astype(np.float32)


def _density(volume: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Density of matter inside the mask, float32."""
    smooth = gaussian_filter(volume.astype(np.float32), _SMOOTH) * mask
    return np.clip(smooth, 0.0, np.percentile(smooth[mask], _CLIP))


def _kernel(centre: float, width: float, gain: Gain) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distances q up to the width of the band, and the kernel across and along q.

    The integral over k of the product of the bands' filters at k and at q - k, times
    the product of the components of their unit vectors.
    """
    top = centre + width
    line = np.linspace(0.0, 2 * width, _ON_LINE)
    along_q = np.linspace(-top, top, 2 * _ON_GRID + 1)[:, None]
    off_q = np.linspace(0.0, top, _ON_GRID)
    length = np.hypot(along_q, off_q)
    band = gain(length, centre, width)
    across, along = np.empty(_ON_LINE), np.empty(_ON_LINE)
    for i, q in enumerate(line):
        other = np.hypot(q - along_q, off_q)
        weight = band * gain(other, centre, width) * off_q / np.maximum(length * other, 1e-9)
        across[i] = np.sum(weight * off_q**2) / 2
        along[i] = -np.sum(weight * along_q * (q - along_q))
    return line, across, along
