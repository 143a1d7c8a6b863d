"""Effect of a particle's shape on its local orientation.

Random density that ends at a surface is not isotropic near it.  The filter of a band spreads every
atom into rings about it, whose local spatial frequency points away from the atom, and inside the
surface the rings of atoms beyond it are missing.  Where fine detail decreases outwards, the rings
that extend from the strong core are radial.

The expected second moments of the Riesz transforms are the density of sources (atoms), convolved
with the products of the kernels of the band.  The density of sources is that of the map, times a
factor for every shell and band with which the radial energy of each shell is that of the map.  The
Fourier transform of the products of kernels is a tensor with the values ``x(q)`` perpendicular to
q and ``z(q)`` parallel to q.  These are computed as functions of the distance q.

The energies of the shells are linear in the factors of the shells.  Their matrices are computed
once, as sums over the few coefficients at which the products of kernels are not zero (Parseval's
theorem), so that no field is transformed back while the factors are fitted.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Callable, List, Tuple

import numpy as np
from scipy.ndimage import gaussian_filter

from ...numerics.geometry.crop import bounding_box
from ...numerics.geometry.grid import box_centre, distances_from, radii_and_directions
from .low_frequencies import LowFrequencies

__all__ = ["Sources", "shell_of"]

Gain = Callable[[np.ndarray, float, float], np.ndarray]

#: The density of sources is that of the map, low-passed by a Gaussian of this standard deviation in
#: voxels, and clipped at this percentile, so that a few dense places do not outweigh the shape.
_SMOOTH, _CLIP = 2.0, 90.0
#: Voxels that the Gaussian reaches.
_REACH = 9
#: Number of distances q, and of quadrature points per radius of a band.
_DISTANCES, _POINTS = 24, 96
#: Every second voxel is sampled in each dimension.
_STEP = 2
#: Limits of the change of a factor in one iteration.
_LARGEST_CHANGE = (0.2, 5.0)
#: Pairs of components, and how often each is in the square of a sum of three.
_PAIRS = list(combinations_with_replacement(range(3), 2))


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

    Attributes
    ----------
    whole, radial : ndarray, shape (bands, shells, shells), float64
        Expected energy, and radial energy, of the sampled voxels of a shell (second axis) per
        factor of a shell (third axis).
    factor : ndarray, shape (bands, shells), float64
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
    ) -> None:
        # Fields of sources are smooth, so that every second voxel suffices; the centre is one.
        size = mask.shape[0]
        first = size // 2 % _STEP
        window = bounding_box(mask)
        # The box begins at a voxel that is sampled.
        window = tuple(slice(w.start - (w.start - first) % _STEP, w.stop) for w in window)
        starts = [max(w.start, first) for w in window]
        places = [np.arange(start, w.stop, _STEP) for start, w in zip(starts, window)]
        some = np.ix_(*places)
        sampled = mask[some]
        low = LowFrequencies(places, size, _STEP, 2 * width)
        density = _density(volume, mask, window)[
            tuple(slice(start - w.start, None, _STEP) for start, w in zip(starts, window))
        ]
        positions = np.stack(np.broadcast_arrays(*(np.float64(p) for p in some[::-1])), axis=-1)
        radius, unit = radii_and_directions(positions[sampled], box_centre(size))
        shell = shell_of(radius, thickness)
        # Share of the voxels of every shell that is sampled.
        of_mask = shell_of(
            distances_from(np.flatnonzero(mask), mask.shape, box_centre(size)), thickness
        )
        every = np.bincount(of_mask[(of_mask >= 0) & (of_mask < shells)], minlength=shells)
        seen = np.bincount(shell[(shell >= 0) & (shell < shells)], minlength=shells)
        self.shares = seen / np.maximum(every, 1)
        place = np.clip(radius / thickness - 0.5, 0.0, shells - 1.0)
        sources = _of_sources(low, density, sampled, place, shells)
        ones, radials = _of_shells(low, sampled, shell, unit, shells)
        kernels = [_kernel(float(centre), width, gain) for centre in centres]
        found = [_matrices(low, kernel, sources, ones, radials) for kernel in kernels]
        self.whole, self.radial = np.array(found).reshape(-1, 2, shells, shells).swapaxes(0, 1)
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
        found = np.zeros_like(self.factor)
        for row, factor in enumerate(self.factor):
            whole, expected = self.whole[row] @ factor, self.radial[row] @ factor
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.log((whole - expected) / (2 * expected))
            found[row] = np.where(np.isfinite(ratio), ratio, 0.0)
            self.factor[row] *= _change(radial[row] * self.shares, expected)
        return found


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


def _of_sources(
    low: LowFrequencies, density: np.ndarray, sampled: np.ndarray, place: np.ndarray, shells: int
) -> np.ndarray:
    """Coefficients of the density of sources for a factor of one in one shell, (shells, k).

    Between the middles of shells factors are interpolated linearly.
    """
    found = []
    for shell in range(shells):
        share = np.maximum(1 - np.abs(place - shell), 0.0)
        field = np.zeros(sampled.shape, np.float32)
        field[sampled] = share * density[sampled]
        found.append(low.coefficients([field])[0])
    return np.array(found)


def _of_shells(
    low: LowFrequencies, sampled: np.ndarray, shell: np.ndarray, unit: np.ndarray, shells: int
) -> Tuple[np.ndarray, np.ndarray]:
    """Coefficients of every shell, and of its squared component along q, each (shells, k)."""
    ones, radials = [], []
    line = [low.parts[axis] / np.maximum(low.distance, 1e-9) for axis in range(3)]
    for number in range(shells):
        inside = shell == number
        voxels = np.zeros(sampled.shape, bool)
        voxels[sampled] = inside
        fields = [voxels.astype(np.float32)]
        for a, b in _PAIRS:
            product = np.zeros(sampled.shape, np.float32)
            product[voxels] = (1 if a == b else 2) * unit[inside, a] * unit[inside, b]
            fields.append(product)
        first, *others = low.coefficients(fields)
        ones.append(first)
        radials.append(sum(other * line[a] * line[b] for other, (a, b) in zip(others, _PAIRS)))
    return np.array(ones), np.array(radials)


def _matrices(
    low: LowFrequencies,
    kernel: Tuple[np.ndarray, np.ndarray, np.ndarray],
    sources: np.ndarray,
    ones: np.ndarray,
    radials: np.ndarray,
) -> List[np.ndarray]:
    """Energy, and radial energy, of every shell per factor of every shell, of one band."""
    perpendicular, parallel = (
        np.interp(low.distance, kernel[0], values, right=0.0) for values in kernel[1:]
    )
    return [
        low.products(ones * (2 * perpendicular + parallel), sources),
        low.products(ones * perpendicular + radials * (parallel - perpendicular), sources),
    ]


def _density(volume: np.ndarray, mask: np.ndarray, window: Tuple[slice, ...]) -> np.ndarray:
    """Density inside the mask, smoothed and clipped, in a window that holds it, float32."""
    wide = tuple(slice(max(w.start - _REACH, 0), w.stop + _REACH) for w in window)
    inner = tuple(slice(w.start - v.start, w.stop - v.start) for w, v in zip(window, wide))
    smooth = gaussian_filter(volume[wide].astype(np.float32), _SMOOTH)[inner]
    inside = mask[window]
    return np.clip(smooth * inside, 0.0, np.percentile(smooth[inside], _CLIP))


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
