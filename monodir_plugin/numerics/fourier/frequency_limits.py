"""Limits of the spatial frequencies at which a map is measured."""

from __future__ import annotations

__all__ = ["FEWEST_SHELLS", "NYQUIST", "default_coarsest"]

#: Nyquist frequency, cycles per voxel.
NYQUIST = 0.5
#: Below this Fourier shell a cone of 30 degrees holds fewer than about twelve coefficients.
FEWEST_SHELLS = 6


def default_coarsest(size: int, sampling: float) -> float:
    """Coarse limit in Å where the user gives none.

    20 Å, or ten voxels where that is coarser, but no coarser than the sixth Fourier shell of the
    box.

    Parameters
    ----------
    size : int
        Side of the box in voxels.
    sampling : float
        Voxel size, Å.
    """
    return min(max(20.0, 10 * sampling), size * sampling / FEWEST_SHELLS)
