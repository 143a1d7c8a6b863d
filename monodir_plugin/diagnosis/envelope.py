"""What a particle's shape alone does to the orientation of its local waves.

Matter that is as random as atoms, but ends at a surface, does not look isotropic near it:
a band's filter spreads every atom into spherical waves, whose direction is away from the
atom, and inside the surface the waves from beyond it are missing.  The expected tensor of
the Riesz transforms is the density of sources convolved with the products of the band's
kernels.  The Fourier transform of these products is isotropic, ``x(q)`` across and
``z(q)`` along q, so it is computed on a line and applied in Fourier space.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Callable, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import gaussian_filter

from ..numerics.geometry import box_centre, lines_from, voxel_positions

__all__ = ["log_ratio_of_shape"]

#: The density of sources is the map's, low-passed by a Gaussian of this deviation in voxels and
#: clipped at this percentile, lest a few heavy places outweigh the shape.
_SMOOTH, _CLIP = 2.0, 90.0
#: Distances q, and points a band's radius on the grid of the quadrature.
_ON_LINE, _ON_GRID = 24, 96


def log_ratio_of_shape(
    volume: np.ndarray,
    mask: np.ndarray,
    centres: np.ndarray,
    width: float,
    gain: Callable[[np.ndarray, float, float], np.ndarray],
    shell_of: Callable[[np.ndarray], np.ndarray],
    shells: int,
    threads: int = 1,
) -> np.ndarray:
    """Expected logarithm of tangential over radial energy.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``, particle positive.
    mask : ndarray of bool, shape (N, N, N)
    centres : ndarray, shape (bands,)
        Of the bands, cycles per voxel.
    width : float
        Half of a band's full width.
    gain : callable
        ``(frequency, centre, width) -> gain`` of a band's filter.
    shell_of : callable
        ``(radius in voxels) -> int``, negative for what does not count.
    shells : int
    threads : int

    Returns
    -------
    ndarray, shape (bands, shells), float64
        0 for isotropic orientation, and where a shell is empty.
    """
    step = 2 - mask.shape[0] % 2
    sources = _sources(volume, mask)
    spectrum = _every(scipy.fft.rfftn(sources, workers=threads), step)
    size = mask.shape[0] // step
    seen = np.flatnonzero(mask[::step, ::step, ::step])
    positions = step * voxel_positions(seen, (size,) * 3)
    radius, unit = lines_from(positions, box_centre(mask.shape[0]))
    shell = shell_of(radius)
    inside = shell >= 0
    seen, unit, shell = seen[inside], unit[inside], shell[inside]
    k = np.fft.fftfreq(size) / step
    parts = (np.fft.rfftfreq(size) / step, k[:, None], k[:, None, None])
    distance = np.sqrt(parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2)

    def field(transform: np.ndarray) -> np.ndarray:
        return scipy.fft.irfftn(transform, s=(size,) * 3, workers=threads).ravel()[seen]

    found = np.zeros((len(centres), shells))
    for row, centre in enumerate(centres):
        line, across, along = _kernel(float(centre), width, gain)
        isotropic = spectrum * np.interp(distance, line, across, right=0.0)
        rest = spectrum * np.interp(distance, line, along - across, right=0.0)
        every = field(3 * isotropic + rest)
        radial = field(isotropic)
        rest /= np.maximum(distance, 1e-9) ** 2
        for a, b in combinations_with_replacement(range(3), 2):
            twice = 1 if a == b else 2
            radial += twice * unit[:, a] * unit[:, b] * field(rest * parts[a] * parts[b])
        sums = [np.bincount(shell, values, shells) for values in (every, radial)]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log((sums[0] - sums[1]) / (2 * sums[1]))
        found[row] = np.where(np.isfinite(ratio), ratio, 0.0)
    return found


def _sources(volume: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Density of matter inside the mask, float32."""
    smooth = gaussian_filter(volume.astype(np.float32), _SMOOTH) * mask
    return np.clip(smooth, 0.0, np.percentile(smooth[mask], _CLIP))


def _every(spectrum: np.ndarray, step: int) -> np.ndarray:
    """Half spectrum of every second voxel of a smooth box (or of every one)."""
    size = spectrum.shape[0] // step
    rows = np.rint(np.fft.fftfreq(size) * size).astype(int)
    return spectrum[np.ix_(rows, rows, np.arange(size // 2 + 1))]


def _kernel(
    centre: float, width: float, gain: Callable[[np.ndarray, float, float], np.ndarray]
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
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
