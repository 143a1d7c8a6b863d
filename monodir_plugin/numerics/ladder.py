"""The ladder of rungs: spatial frequencies at which the amplitude is tested.

Units are cycles per voxel.  At a rung the coned map is high-passed with a
raised cosine that rises from ``low_foot`` to ``frequency``, and its amplitude
low-passed with one that falls from ``high_edge`` to ``high_foot`` (Vilas et
al. 2018, Structure 26, "frequency sweep"; 2020, Methods: there ``high_edge`` is
``frequency``).

The default ladder is evenly spaced in spatial frequency, and the feet have a
width of their own, so that a dense ladder does not ring.  Its amplitudes are
low-passed at half of the rung's frequency: that pools evidence of neighbouring
voxels.  The authors' ladder is in :mod:`monodir_plugin.numerics.published`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

__all__ = ["NYQUIST", "Ladder", "default_coarsest", "even_ladder"]

NYQUIST = 0.5
#: The last rung leaves a band to look at below Nyquist.
FINEST_RUNG = 0.49
#: A map with little between the limits still gets as many steps, if the shells allow.
MIN_STEPS = 16
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

    def unpooled(self) -> Ladder:
        """The same rungs with amplitudes low-passed at the rung's own frequency."""
        width = self.high_foot - self.high_edge
        return replace(self, high_edge=self.frequency, high_foot=self.frequency + width)


def default_coarsest(size: int, sampling: float) -> float:
    """Coarse limit in Å when the user names none.

    20 Å, or ten voxels where those are coarser, but no coarser than the sixth
    Fourier shell of the box.
    """
    return min(max(20.0, 10 * sampling), size * sampling / FEWEST_SHELLS)


def even_ladder(
    size: int,
    coarsest: float,
    finest: float,
    spacing: float,
    foot: float,
    pooling: float = 1.0,
) -> Ladder:
    """Rungs evenly spaced in spatial frequency.

    Parameters
    ----------
    size : int
        Box side in voxels; rungs are never closer than one Fourier shell.
    coarsest, finest : float
        First and last rung, cycles per voxel.
    spacing : float
        Largest distance of two rungs, cycles per voxel.
    foot : float
        Width of the filters' flanks as a fraction of the rung's frequency,
        at least one and a half Fourier shells.
    pooling : float
        Spatial frequency up to which amplitudes are kept, over that of the rung; it is
        never coarser than the first rung.

    Returns
    -------
    Ladder

    Raises
    ------
    ValueError
        If no rung fits between the limits.
    """
    if not 0 < coarsest < finest <= NYQUIST:
        raise ValueError(f"no rung fits between {coarsest:.3f} and {finest:.3f} cycles per voxel")
    span = finest - coarsest
    count = 1 + max(MIN_STEPS, int(np.ceil(span / spacing - 1e-6)))
    count = max(2, min(count, 1 + int(span * size + 1e-6)))
    frequency = np.linspace(coarsest, finest, count)
    width = np.maximum(foot * frequency, 1.5 / size)
    low = np.maximum(frequency - width, 0.5 / size)
    edge = np.maximum(pooling * frequency, frequency[0])
    return Ladder(frequency, low, edge, np.minimum(edge + width, 1.0))
