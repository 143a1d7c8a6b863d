"""Bands of spatial frequency, and the window over which their power is averaged.

The signal-to-noise ratio at a frequency is that of a *band* about it.  Narrow bands smear strong
parts of a map over weak ones, wide bands mix frequencies of different ratios, and small windows
hold few independent values.  So bands and window are made to measure for the map: a band reaches
a sixth of the map's own spatial frequency to either side, at most half of its own, and the
window is somewhat wider than the map's own resolution (``docs/validation.rst`` shows the trade).
All widths follow the map's resolution in Å, so that the size of voxels does not matter.

Units are cycles per voxel and voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Tuple

import numpy as np

from ..fourier.frequency_limits import NYQUIST

__all__ = ["FINEST", "Bands", "bands_of", "frequency_grid"]

#: The last frequency leaves a band to look at below Nyquist.
FINEST = 0.49
#: Ratio of neighbouring frequencies.
_RATIO = 1.1
#: Half-width of a band over the frequency of the map's own resolution, and over its own frequency.
_OF_RESOLUTION, _OF_FREQUENCY = 0.16, 0.5
#: A band spans at least these Fourier shells to either side.
_LEAST_SHELLS = 1.5
#: Standard deviation of the window over the map's own resolution.
_WINDOW = 1.1
#: Where the transform of the window is cut off, in its standard deviations.
_CUT = 3.0


def frequency_grid(coarsest: float, finest: float) -> np.ndarray:
    """Frequencies in steps of a tenth down from the finest, and the coarsest.

    Parameters
    ----------
    coarsest, finest : float
        Cycles per voxel.

    Returns
    -------
    ndarray, shape (n,), float64
        Ascending.  Those finer than ``coarsest`` do not depend on it, but for the first step.

    Raises
    ------
    ValueError
        If no frequency fits between the limits.
    """
    if not 0 < coarsest < finest <= NYQUIST:
        raise ValueError(
            f"no frequency fits between {coarsest:.3f} and {finest:.3f} cycles per voxel"
        )
    steps = int(np.log(finest / coarsest) / np.log(_RATIO) - 0.5)
    return np.append(coarsest, finest * _RATIO ** -np.arange(max(steps, 0), -1.0, -1.0))


@dataclass(frozen=True, eq=False)
class Bands:
    """Bands about the frequencies of a grid.

    Attributes
    ----------
    size : int
        Side of the box, voxels.
    centre, half_width : ndarray, shape (n,), float64
        Cycles per voxel.
    frequency : ndarray, shape (n,), float64
        Mean frequency of a band's coefficients: that at which its ratio holds, as most
        coefficients of a band are finer than its middle, and Nyquist cuts the last ones.  The
        first and the last are the limits of the grid.
    window : float
        Standard deviation of the Gaussian window, voxels.
    band_tables : list of ndarray, float32
        Weight of amplitudes for every integer squared lattice radius, and a closing zero.
    low_pass : ndarray, float32
        Transform of the window for every integer squared lattice radius, and a closing zero.
    """

    size: int
    centre: np.ndarray
    half_width: np.ndarray
    frequency: np.ndarray
    window: float
    band_tables: List[np.ndarray]
    low_pass: np.ndarray

    def __len__(self) -> int:
        return len(self.centre)

    def limits(self, which: int) -> Tuple[int, int]:
        """Smallest and largest squared lattice radius of a band."""
        low = max(self.centre[which] - self.half_width[which], 0.0) * self.size
        return int(low**2) + 1, len(self.band_tables[which]) - 2

    @property
    def reach(self) -> int:
        """Largest lattice index that the window's transform lets through."""
        return int(np.sqrt(len(self.low_pass) - 2) + 1e-6)

    def passed(self, squares: np.ndarray) -> np.ndarray:
        """Share of the power at squared lattice radii that each band leaves, (bands, n)."""
        radius = np.sqrt(np.asarray(squares, float)) / self.size
        return np.array(
            [_band(radius, f, h) ** 2 for f, h in zip(self.centre, self.half_width)], float
        )


def bands_of(grid: np.ndarray, size: int, resolution: float) -> Bands:
    """Bands about frequencies.

    Parameters
    ----------
    grid : ndarray, shape (n,)
        Cycles per voxel, ascending.
    size : int
        Side of the box, voxels.
    resolution : float
        Spatial frequency of the map's own resolution, cycles per voxel.
    """
    least = _LEAST_SHELLS / size
    width = np.maximum(np.minimum(_OF_FREQUENCY * grid, _OF_RESOLUTION * resolution), least)
    tables, means = [], []
    for frequency, half in zip(grid, width):
        highest = min(frequency + half, NYQUIST)
        radius = np.sqrt(np.arange(int((highest * size) ** 2 + 1e-6) + 1)) / size
        weights = _band(radius, frequency, half)
        tables.append(np.append(weights, 0.0).astype(np.float32))
        # As many coefficients have each squared radius as the radius.
        means.append(np.average(radius, weights=weights**2 * radius))
    means[0], means[-1] = grid[0], grid[-1]
    # Where Nyquist cuts bands, their means draw together; they stay in order.
    means = np.maximum.accumulate(means)
    window = _WINDOW / resolution
    deviation = size / (2 * np.pi * window)
    squares = np.arange(int((_CUT * deviation) ** 2) + 2)
    low_pass = np.append(np.exp(-squares / (2 * deviation**2)), 0.0).astype(np.float32)
    return Bands(size, grid, width, means, window, tables, low_pass)


def _band(radius: np.ndarray, frequency: float, half: float) -> np.ndarray:
    """Raised cosine about a frequency."""
    away = np.minimum(np.abs(radius - frequency) / half, 1.0)
    return np.where(radius <= NYQUIST, 0.5 * (1 + np.cos(np.pi * away)), 0.0)
