"""Data of the three-dimensional view: densities, resolutions along single axes, and the library.

The page computes the surface itself, from the voxels that the slice browser shows.  The library
is Plotly, an optional package: its script is read from where it is installed.
"""

from __future__ import annotations

import base64
import gzip
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from ..figures.drawing.style import RESOLUTION_COLOURS, nyquist
from ..files.loading import Results
from ..numerics.reduction.table import ResolutionTable
from .slices import Window, encode_codes, encode_sheet, window_of

__all__ = ["HOW_TO_GET", "Lattice", "compressed_library", "lattice_of", "scene_data"]

#: Fix that the page names in place of the view.
HOW_TO_GET = "pip install plotly"
#: Largest number of bytes of the resolutions along single axes.
_LARGEST_LATTICE = 200_000
#: Percentile of the density inside the mask at the upper end of its codes.
_BRIGHTEST = 99.9
_LEVELS = 254


def compressed_library() -> Optional[str]:
    """The script of Plotly, gzip in base64; ``None`` if the package is not installed."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        return None
    # Without a time, so that the same results give the same page.
    packed = gzip.compress(get_plotlyjs().encode("utf-8"), 9, mtime=0)
    return base64.b64encode(packed).decode("ascii")


def scene_data(results: Results, densities: Dict[str, np.ndarray]) -> Dict[str, Any]:
    """The data of the view, as JSON takes it.

    Parameters
    ----------
    results : Results
    densities : dict of str to ndarray, shape (N, N, N)
        The maps whose surface can be shown, by title.

    Returns
    -------
    dict
        ``surfaces`` with a sheet of codes for each density and the code of its first level,
        ``axes`` (unit vectors ``x, y, z``), ``labels`` (median resolution along each axis), the
        first voxel of the sheets from the centre of the box in Å (``origin``), their ``step`` in
        Å, and ``lattice`` with the resolutions along every axis.
    """
    window = window_of(results.mask)
    middle = len(results.mask) // 2
    table = results.read_table()
    lattice = lattice_of(table, results.mask, window)
    limits = nyquist(results), results.resolution_limits[1]
    return {
        "surfaces": [_surface(name, box, results.mask, window) for name, box in densities.items()],
        "origin": [(first - middle) * results.sampling for first in window.first[::-1]],
        "step": window.every * results.sampling,
        "axes": np.round(results.axes.vectors, 5).tolist(),
        "labels": list(map(_label, results.axis_resolution, results.with_data)),
        "lattice": {
            "every": lattice.every,
            "shape": lattice.rows.shape[::-1],
            "rows": lattice.rows.ravel().tolist(),
            "ends": limits,
            "colours": RESOLUTION_COLOURS,
            "sheet": encode_codes(_codes(lattice.resolution, limits)),
        },
    }


def _label(resolution: float, with_data: bool) -> str:
    """The resolution of an axis, or why it has none, in the words of the polar plot."""
    if not with_data:
        return "no data"
    return f"{resolution:.2f} Å" if np.isfinite(resolution) else "not resolved"


def _surface(title: str, density: np.ndarray, mask: np.ndarray, window: Window) -> Dict[str, Any]:
    """A sheet of a density in which 0 is outside the mask, and the code of its median."""
    # Detail finer than the voxels that are shown would be aliased.
    smooth = density if window.every == 1 else gaussian_filter(density, 0.5 * window.every)
    shown, inside = window.of(smooth), window.of(mask)
    ends = float(shown[inside].min()), float(np.percentile(shown[inside], _BRIGHTEST))
    middle = float(np.median(shown[inside]))
    level = 1 + _LEVELS * (middle - ends[0]) / max(ends[1] - ends[0], 1e-30)
    return {"title": title, "sheet": encode_sheet(shown, inside, ends), "level": round(level, 1)}


class Lattice:
    """Resolutions along every axis at every few of the voxels that are shown.

    Attributes
    ----------
    every : int
        Distance of its nodes, in voxels that are shown.
    rows : ndarray of int, shape (nz, ny, nx)
        Row of every node in ``resolution``; -1 where no voxel of the mask is near.
    resolution : ndarray, shape (nodes, axes)
        Å; infinite: not resolved.
    """

    def __init__(self, every: int, rows: np.ndarray, resolution: np.ndarray) -> None:
        self.every, self.rows, self.resolution = every, rows, resolution


def lattice_of(
    table: ResolutionTable, mask: np.ndarray, window: Window, largest: int = _LARGEST_LATTICE
) -> Lattice:
    """Choose nodes, so that all voxels of the mask lie between nodes that have values.

    A node outside the mask has the values of the closest voxel inside.

    Parameters
    ----------
    table : ResolutionTable
    mask : ndarray of bool, shape (N, N, N)
    window : Window
        The voxels that are shown.
    largest : int
        Largest number of pairs of a node and an axis.
    """
    inside = window.of(mask)
    distance, nearest = distance_transform_edt(~inside, return_indices=True)
    place_of = np.full(mask.shape, -1)
    place_of.ravel()[table.indices] = np.arange(len(table.indices))
    places = window.of(place_of)[tuple(nearest)]
    every = 1
    while True:
        nodes, chosen = _nodes(inside.shape, distance, every)
        if chosen.sum() * len(table.axes) <= largest or every >= max(inside.shape):
            break
        every += 1
    rows = np.where(chosen, np.cumsum(chosen).reshape(chosen.shape) - 1, -1)
    voxels = places[nodes][chosen]
    codes = table.codes[:, voxels].T
    return Lattice(every, rows, np.where(codes > 0, table.resolutions(voxels), np.inf))


def _nodes(
    shape: Tuple[int, ...], distance: np.ndarray, every: int
) -> Tuple[Tuple[np.ndarray, ...], np.ndarray]:
    """Positions of nodes, the last ones at or beyond the last voxel; and which have values."""
    # The last node is moved to the last voxel for its values; it lies beyond it.
    sides: List[np.ndarray] = [
        np.minimum(np.arange(0, side + every - 1, every), side - 1) for side in shape
    ]
    nodes = np.ix_(*sides)
    return nodes, distance[nodes] < every * np.sqrt(3) + 1e-6


def _codes(resolution: np.ndarray, limits: Tuple[float, float]) -> np.ndarray:
    """Bytes 1 to 255 between the limits, 0: not resolved."""
    scaled = (np.minimum(resolution, limits[1]) - limits[0]) / (limits[1] - limits[0])
    codes = 1 + np.rint(_LEVELS * np.clip(scaled, 0, 1))
    return np.where(np.isfinite(resolution), codes, 0).astype(np.uint8)
