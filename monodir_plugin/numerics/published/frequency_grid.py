"""Grid of spatial frequencies at which the amplitude is tested.

Units are cycles per voxel.  At one frequency the coned map is high-passed with a
raised cosine that rises from ``low_foot`` to ``frequency``, and its amplitude
low-passed with one that falls from ``high_edge`` to ``high_foot`` (Vilas et
al. 2018, Structure 26, "frequency sweep"; 2020, Methods: there ``high_edge`` is
``frequency``).

The grid of the authors' program is made by :mod:`.xmipp_compat`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["FrequencyGrid"]


@dataclass(frozen=True)
class FrequencyGrid:
    """Frequencies from coarse to fine.

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
