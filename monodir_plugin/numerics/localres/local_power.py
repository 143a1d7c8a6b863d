"""Local power of the part of a map that lies in a cone and a band, averaged over a window.

The squared modulus of the analytic signal of a half cone (:mod:`.soft_cone`) on a coarse grid,
low-passed by the transform of the window.  Its mean over the box is the sum of the squared moduli
of the weighted coefficients, ``4 |c|² / N⁶`` each.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Callable, Optional, Tuple

import ducc0
import numpy as np
import scipy.fft

from ..fourier.band_grid import along_z, pad, squared
from ..fourier.partial_fourier import Lines, low_passed_lines
from ..fourier.soft_cone import SoftCone
from ..geometry.soft_edges import falling_cosine
from ..parallel.buffers import Scratch
from .bands import Bands
from .cone_shape import SQUARED_COSINE, ConeShape
from .nodes import Nodes

__all__ = ["independent_of", "local_power", "local_power_without_cone"]

#: Share of the frequencies that the window passes, which is kept free of aliases.
_MARGIN = 0.1
#: Lattice on which the number of independent values is computed: points per wavelength of the
#: frequency, and points along a side.
_POINTS = 14
_LATTICE = 64


def local_power(
    cone: SoftCone,
    values: np.ndarray,
    bands: Bands,
    which: int,
    scratch: Scratch,
    nodes: Nodes,
) -> Optional[Lines]:
    """Power in a cone and a band, averaged over the window.

    Parameters
    ----------
    cone : SoftCone
    values : ndarray, shape (n,), complex64
        Its weighted coefficients.
    bands : Bands
    which : int
        Number of the band.
    scratch : Scratch
        Buffers; the result lies in them and is valid until the next call.
    nodes : Nodes
        Where the power is computed.

    Returns
    -------
    Lines or None
        On the planes of the nodes, squared units of the map; ``None`` if the cone holds no
        coefficient of the band.
    """
    within = bands.limits(which)
    lower, upper, spans = cone.box_of(*within)
    if upper[0] < lower[0]:
        return None
    shape = tuple(_grid_points(extent, bands.reach) for extent in upper - lower + 1)
    table = bands.band_tables[which]
    band = along_z(cone, values, table, within, lower, spans, shape[0], scratch)
    length = band.shape[2]

    def planes(first: int, stop: int) -> Tuple[int, np.ndarray]:
        box = scratch.empty("box", (stop - first, *shape[1:]), np.complex64)
        pad(band[first:stop], spans, box)
        ducc0.fft.c2c(box[:, :, :length], axes=(1,), forward=False, out=box[:, :, :length])
        ducc0.fft.c2c(box, axes=(2,), forward=False, out=box)
        square = scratch.empty("square", box.shape, np.float32)
        squared(box, 0, shape[1], square, 0)
        return 0, square

    return _low_passed(planes, shape, bands, nodes, scratch)


def local_power_without_cone(
    space: SoftCone,
    values: np.ndarray,
    bands: Bands,
    which: int,
    scratch: Scratch,
    nodes: Nodes,
) -> Optional[Lines]:
    """Power in a band without a cone: four times the square of the real map in the band.

    The squared modulus of an analytic signal of half of space would smear the map along x.

    Parameters
    ----------
    space : SoftCone
        :func:`.soft_cone.half_space`.
    values, bands, which, scratch, nodes
        As for :func:`local_power`.
    """
    within = bands.limits(which)
    lower, upper, spans = space.box_of(*within)
    if upper[0] < lower[0]:
        return None
    most = int(upper.max())
    lower[:] = -most, -most, 0
    spans = np.tile(np.array([[0, most + 1]]), (2 * most + 1, 1))
    points = _grid_points(2 * most + 1, bands.reach)
    table = bands.band_tables[which]
    band = along_z(space, values, table, within, lower, spans, points, scratch)
    back = np.exp(-2j * np.pi * most / points * np.arange(points)).astype(np.complex64)

    def planes(first: int, stop: int) -> Tuple[int, np.ndarray]:
        box = scratch.empty("box", (stop - first, points, points // 2 + 1), np.complex64)
        pad(band[first:stop], spans, box)
        part = box[:, :, : most + 1]
        ducc0.fft.c2c(part, axes=(1,), forward=False, out=part)
        part *= back[first:stop, None, None] * back[:, None]
        real = scratch.empty("square", (stop - first, points, points), np.float32)
        ducc0.fft.c2r(box, axes=(2,), lastsize=points, forward=False, out=real)
        real *= real
        return 0, real

    return _low_passed(planes, (points,) * 3, bands, nodes, scratch)


def _grid_points(extent: int, reach: int) -> int:
    """Points of a grid along a side of the band's box.

    Differences of frequencies are as large as the side of the box, but few pairs of coefficients
    are so far apart: aliases at the low frequencies that are kept are less than 1 %.
    """
    return int(ducc0.fft.good_size(int(extent + round(_MARGIN * min(extent, reach)) + 3)))


def _low_passed(
    planes: Callable[[int, int], Tuple[int, np.ndarray]],
    shape: Tuple[int, ...],
    bands: Bands,
    nodes: Nodes,
    scratch: Scratch,
) -> Lines:
    return low_passed_lines(
        planes,
        shape,
        bands.size,
        bands.low_pass,
        lambda depth: nodes.planes,
        scratch,
        points=nodes.points,
    )


def independent_of(bands: Bands, opening: float, shape: ConeShape = SQUARED_COSINE) -> np.ndarray:
    """Number of independent values that the average over a window is worth, in a cone.

    Parameters
    ----------
    bands : Bands
    opening : float
        Full opening of the cone, degrees.
    shape : ConeShape

    Returns
    -------
    ndarray, shape (bands,), float64
    """
    widths, windows = bands.half_width / bands.centre, bands.window * bands.centre
    return np.array([_independent(w, s, opening, shape.weight) for w, s in zip(widths, windows)])


@lru_cache(maxsize=256)
def _independent(
    half_width: float,
    window: float,
    opening: float,
    weight: Callable[[np.ndarray, float], np.ndarray],
) -> float:
    """The number for one band, from white noise: squared mean of its averaged power over variance.

    Parameters
    ----------
    half_width : float
        Half-width of the band over its frequency.
    window : float
        Standard deviation of the window, in wavelengths of the frequency.
    opening : float
        Full opening of the cone, degrees.
    weight : callable
        Weight of amplitudes in the cone (:class:`.cone_shape.ConeShape`).
    """
    k = np.fft.fftfreq(_LATTICE) * _LATTICE / _POINTS
    radius, in_cone = _cone_on_lattice(opening, weight)
    power = (in_cone * falling_cosine(np.abs(radius - 1) / half_width)) ** 2
    # Pairs of coefficients count as the window passes the difference of their frequencies.  Their
    # sum is taken in real space, where the transform of the window has three factors.
    squares = np.abs(scipy.fft.rfftn(power)) ** 2
    seen = np.fft.fft(np.exp(-((2 * np.pi * window * k) ** 2))).real
    half = seen[: squares.shape[2]] * np.where(np.arange(squares.shape[2]) % (_LATTICE // 2), 2, 1)
    pairs = np.einsum("zyx,z,y,x->", squares, seen, seen, half) / power.size
    return float(power.sum() ** 2 / pairs)


@lru_cache(maxsize=1)
def _cone_on_lattice(
    opening: float, weight: Callable[[np.ndarray, float], np.ndarray]
) -> Tuple[np.ndarray, np.ndarray]:
    """Distance from the origin in wavelengths' frequencies, and the weight of a cone about z."""
    k = np.fft.fftfreq(_LATTICE) * _LATTICE / _POINTS
    z, y, x = k[:, None, None], k[None, :, None], k[None, None, :]
    radius = np.sqrt(z**2 + y**2 + x**2)
    angle = np.rad2deg(np.arccos(np.clip(z / np.maximum(radius, 1e-9), -1.0, 1.0)))
    return radius, weight(angle, opening)
