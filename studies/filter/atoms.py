"""Local correlation of maps with the density of a model, at the model's atoms."""

from __future__ import annotations

from pathlib import Path
from typing import Tuple

import numpy as np
from scipy.fft import irfftn, rfftn
from scipy.ndimage import map_coordinates

from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.simulation.models import placed_model

__all__ = ["at_positions", "local_correlation", "positions_of"]


def positions_of(model: Path, size: int, sampling: float) -> np.ndarray:
    """Atoms of a model that is put into the middle of a box, voxels ``z, y, x``, (3, atoms)."""
    structure = placed_model(model, size, sampling)
    places = [list(found.atom.pos)[::-1] for part in structure for found in part.all()]
    return np.array(places).T / sampling


def local_correlation(first: np.ndarray, second: np.ndarray, radius: float) -> np.ndarray:
    """Correlation of two maps in a ball about every voxel.

    Parameters
    ----------
    first, second : ndarray, shape (N, N, N)
    radius : float
        Of the ball, voxels.

    Returns
    -------
    ndarray, shape (N, N, N), float64
        Their means in the ball are subtracted; 0 where a map is constant.
    """
    size = len(first)
    ball = np.fft.ifftshift(distance_map(size) <= radius).astype(float)
    kernel = rfftn(ball / ball.sum())

    def mean(volume: np.ndarray) -> np.ndarray:
        return irfftn(rfftn(volume.astype(float)) * kernel, s=volume.shape)

    one, two = (volume / volume.std() for volume in (first, second))
    means = mean(one), mean(two)
    spread = [mean(v**2) - m**2 for v, m in zip((one, two), means)]
    product = np.maximum(spread[0], 0) * np.maximum(spread[1], 0)
    common = mean(one * two) - means[0] * means[1]
    # Transforms leave this much where both maps are constant.
    return np.divide(common, np.sqrt(product), out=np.zeros_like(common), where=product > 1e-12)


def at_positions(volume: np.ndarray, positions: np.ndarray) -> Tuple[float, float]:
    """Mean and median over positions (3, atoms) of a map that is interpolated linearly."""
    values = map_coordinates(volume, positions, order=1, mode="grid-wrap")
    return float(values.mean()), float(np.median(values))
