"""Grid of spatial frequencies at which the amplitude is tested.

Units are cycles per voxel.  At one frequency, the map in the cone is high-passed by a raised cosine
that rises from ``low_foot`` to ``frequency``, and its amplitude is low-passed by a raised cosine
that falls from ``high_edge`` to ``high_foot`` (Vilas et al. 2018, Structure 26, "frequency sweep";
2020, Methods, where ``high_edge`` is ``frequency``).

:mod:`.xmipp_compat` makes the grid of the authors' program.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["FrequencyGrid"]


@dataclass(frozen=True)
class FrequencyGrid:
    """Frequencies from coarse to fine, and the edges of their filters.

    Attributes
    ----------
    frequency, low_foot, high_edge, high_foot : ndarray, shape (n,), float64
        Cycles per voxel; ``low_foot < frequency`` and ``high_edge < high_foot``.
    """

    frequency: np.ndarray
    low_foot: np.ndarray
    high_edge: np.ndarray
    high_foot: np.ndarray

    def __len__(self) -> int:
        return len(self.frequency)

    def resolutions(self, sampling: float) -> np.ndarray:
        """Resolution of every frequency in Å, coarsest first."""
        return sampling / self.frequency
