"""The ladder of rungs: spatial frequencies at which the amplitude is tested.

Units are cycles per voxel.  At a rung the coned map is high-passed with a
raised cosine that rises from ``low_foot`` to ``frequency``, and its amplitude
low-passed with one that falls from ``high_edge`` to ``high_foot`` (Vilas et
al. 2018, Structure 26, "frequency sweep"; 2020, Methods: there ``high_edge`` is
``frequency``).

The authors' ladder is in :mod:`monodir_plugin.numerics.published`; the default preset has bands
(:mod:`.bands`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["NYQUIST", "Ladder", "default_coarsest"]

NYQUIST = 0.5
#: Below this Fourier shell a 30 degree cone holds hardly a dozen coefficients.
FEWEST_SHELLS = 6


@dataclass(frozen=True)
class Ladder:
    """Rungs from coarse to fine.

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
        """Resolution of every rung in Å, coarsest first."""
        return sampling / self.frequency


def default_coarsest(size: int, sampling: float) -> float:
    """Coarse limit in Å when the user names none.

    20 Å, or ten voxels where those are coarser, but no coarser than the sixth
    Fourier shell of the box.
    """
    return min(max(20.0, 10 * sampling), size * sampling / FEWEST_SHELLS)
