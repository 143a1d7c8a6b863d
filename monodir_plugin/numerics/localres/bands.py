"""Bands of spatial frequency, and the window over which their power is averaged.

The signal-to-noise ratio at a frequency is that of a *band* about it.  Narrow bands smear strong
parts of a map over weak ones, wide bands mix frequencies of different ratios, and small windows
hold few independent values.  Therefore bands and window depend on the resolution of the map: the
half-width of a band is a sixth of the spatial frequency of that resolution, at most half of the
band's own frequency, and the window is somewhat wider than the resolution
(``docs/validation/constants.rst`` compares other widths).  All widths are proportional to the
resolution in Å, so that the voxel size does not matter.  It is the resolution at FSC 0.5, whatever
criterion is asked for: the ratios of a pair are then the same for all criteria.

Units are cycles per voxel and voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Tuple

import numpy as np

from ..fourier.frequency_limits import NYQUIST
from ..geometry.soft_edges import falling_cosine

__all__ = ["FINEST", "Bands", "bands_of", "frequency_grid"]

#: The finest frequency, so that a part of its band lies below Nyquist, cycles per voxel.
FINEST = 0.49
#: Ratio of neighbouring frequencies.
_RATIO = 1.1
#: Half-width of a band over the frequency of the map's resolution, and over its own frequency.
_OF_RESOLUTION, _OF_FREQUENCY = 0.16, 0.5
#: Least half-width of a band, Fourier shells.
_LEAST_SHELLS = 1.5
#: Standard deviation of the window over the map's resolution.
_WINDOW = 1.1
#: Where the transform of the window is cut off, in its standard deviations.
_CUT = 3.0


def frequency_grid(coarsest: float, finest: float) -> np.ndarray:
    """Frequencies in ratios of 1.1 from the finest downwards, and the coarsest.

    Parameters
    ----------
    coarsest, finest : float
        Cycles per voxel.

    Returns
    -------
    ndarray, shape (n,), float64
        Ascending, cycles per voxel.  The first is ``coarsest``; only the number of the others
        depends on it.

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
        Mean frequency of the coefficients of every band, at which its ratio holds.  It is finer
        than ``centre``, because a finer shell has more coefficients; Nyquist cuts the last bands.
        The first and the last are the limits of the grid.
    window : float
        Standard deviation of the Gaussian window, voxels.
    band_tables : list of ndarray, float32
        For every band: weight of amplitudes at every integer squared lattice radius, and a final
        zero.
    low_pass : ndarray, float32
        Transform of the window at every integer squared lattice radius, and a final zero.
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
        """Largest lattice index that the transform of the window passes."""
        return int(np.sqrt(len(self.low_pass) - 2) + 1e-6)

    def passed(self, squares: np.ndarray) -> np.ndarray:
        """Share of the power at squared lattice radii that each band passes, (bands, n)."""
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
        Spatial frequency of the map's resolution, cycles per voxel.
    """
    least = _LEAST_SHELLS / size
    width = np.maximum(np.minimum(_OF_FREQUENCY * grid, _OF_RESOLUTION * resolution), least)
    tables, middles = [], []
    for frequency, half in zip(grid, width):
        highest = min(frequency + half, NYQUIST)
        radius = np.sqrt(np.arange(int((highest * size) ** 2 + 1e-6) + 1)) / size
        weights = _band(radius, frequency, half)
        tables.append(np.append(weights, 0.0).astype(np.float32))
        # The number of coefficients of a squared radius is proportional to the radius.
        middles.append(np.average(radius, weights=weights**2 * radius))
    middles[0], middles[-1] = grid[0], grid[-1]
    # Nyquist cuts the last bands, whose means approach each other; they must not descend.
    means = np.maximum.accumulate(middles)
    window = _WINDOW / resolution
    deviation = size / (2 * np.pi * window)
    squares = np.arange(int((_CUT * deviation) ** 2) + 2)
    low_pass = np.append(np.exp(-squares / (2 * deviation**2)), 0.0).astype(np.float32)
    return Bands(size, grid, width, means, window, tables, low_pass)


def _band(radius: np.ndarray, frequency: float, half: float) -> np.ndarray:
    """Raised cosine about a frequency."""
    weight = falling_cosine(np.abs(radius - frequency) / half)
    return np.where(radius <= NYQUIST, weight, 0.0)
