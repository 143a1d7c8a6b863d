"""High-pass and low-pass filters of every frequency.

Raised cosines in spatial frequency (Vilas et al. 2018, Structure 26, Methods).
"""

from __future__ import annotations

import numpy as np

from ..geometry.soft_edges import falling_cosine, rising_cosine
from .frequency_grid import FrequencyGrid

__all__ = ["Filters"]


class Filters:
    """High-pass and low-pass filters of every frequency, as tables over the squared lattice radius.

    Parameters
    ----------
    grid : FrequencyGrid
    size : int
        Box side in voxels.
    least_lines : int
        Least number of lines of a low-passed field along z and along y (:mod:`.partial_fourier`).
    margin : float
        Share of the frequencies passed by the low-pass filter that is kept free of aliases along
        the longest side of a band (:func:`.coned_amplitude.grid_shape`).

    Attributes
    ----------
    high_pass_tables, low_pass_tables : list of ndarray, float32
        For every frequency: weights up to the corners of the box, and up to the foot with a final
        zero.
    """

    def __init__(
        self, grid: FrequencyGrid, size: int, least_lines: int = 1, margin: float = 1.0
    ) -> None:
        self.grid = grid
        self.size = size
        self.least_lines = least_lines
        self.margin = margin
        self.high_pass_tables = [self._high_pass_table(index) for index in range(len(grid))]
        self.low_pass_tables = [
            self._low_pass_table(f, foot) for f, foot in zip(grid.high_edge, grid.high_foot)
        ]

    def high_pass(self, index: int, radii: np.ndarray) -> np.ndarray:
        """Weight at each spatial frequency (cycles per voxel), float32."""
        frequency, foot = self.grid.frequency[index], self.grid.low_foot[index]
        return rising_cosine((radii - foot) / (frequency - foot)).astype(np.float32)

    def reach(self, index: int) -> int:
        """Largest lattice index that the low-pass filter passes."""
        return int(self.grid.high_foot[index] * self.size + 1e-6)

    def _high_pass_table(self, index: int) -> np.ndarray:
        """Weight for every integer squared lattice radius of the box."""
        table = np.ones(3 * self.size**2 // 4 + 1, np.float32)
        foot, top = self.grid.low_foot[index] * self.size, self.grid.frequency[index] * self.size
        first, stop = int(foot**2), min(int(top**2) + 1, len(table))
        table[:first] = 0
        table[first:stop] = self.high_pass(index, np.sqrt(np.arange(first, stop)) / self.size)
        return table

    def _low_pass_table(self, edge: float, foot: float) -> np.ndarray:
        """Weight for every integer squared lattice radius up to the foot, and a closing zero."""
        squares = np.arange(int((foot * self.size) ** 2 + 1e-6) + 1)
        fall = falling_cosine((np.sqrt(squares) / self.size - edge) / (foot - edge))
        return np.append(fall, 0.0).astype(np.float32)
