"""Projections of a volume along views, computed from central slices."""

from __future__ import annotations

from typing import Optional

import numpy as np
from scipy.spatial.transform import Rotation

from .slices import CentralSlices

__all__ = ["project"]


def project(
    volume: np.ndarray,
    orientations: Rotation,
    shifts: Optional[np.ndarray] = None,
    threads: int = 1,
) -> np.ndarray:
    """Project a volume along views.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        ``[z, y, x]``; its density must fit into a sphere of diameter N.
    orientations : Rotation
        One for each view; see :mod:`monodir_plugin.simulation.slices`.
    shifts : ndarray, shape (views, 2), optional
        Displacement of the particle from the centre of its image, ``x, y``, voxels.
    threads : int

    Returns
    -------
    ndarray, shape (views, N, N), float32
        ``[y, x]``, without spatial frequencies beyond Nyquist.
    """
    slices = CentralSlices(volume.shape[0], orientations, threads)
    values = slices.sample(volume)
    if shifts is not None:
        values *= slices.shift_phases(shifts)
    return slices.to_images(values)
