"""Between which spatial frequencies a map is looked at."""

from __future__ import annotations

__all__ = ["FEWEST_SHELLS", "NYQUIST", "default_coarsest"]

#: Cycles per voxel.
NYQUIST = 0.5
#: Below this Fourier shell a 30 degree cone holds hardly a dozen coefficients.
FEWEST_SHELLS = 6


def default_coarsest(size: int, sampling: float) -> float:
    """Coarse limit in Å when the user names none.

    20 Å, or ten voxels where those are coarser, but no coarser than the sixth
    Fourier shell of the box.
    """
    return min(max(20.0, 10 * sampling), size * sampling / FEWEST_SHELLS)
