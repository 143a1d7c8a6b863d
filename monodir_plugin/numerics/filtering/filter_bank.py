"""A filter by voxel, axis and frequency as a short sum of products.

Weights ``w(r, d, f)`` change slowly with the voxel.  Their table over nodes, and axes and
frequencies, is close to one of low rank, ``w = sum_k u_k(r) g_k(d, f)``, so that the filtered map
is ``sum_k u_k(r) IFT[G_k F]``: one transform a term.  ``G_k`` interpolates ``g_k`` between axes by
the weights of the cones over their sum, and linearly between frequencies: partitions of unity, so
that weights of one give the map itself.  The filter is linear in the map and keeps phases.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Optional, Tuple

import ducc0
import numba
import numpy as np
from scipy.ndimage import distance_transform_edt

from ..fourier.lattice import signed_index
from ..geometry.direction_bins import bin_middles, bin_of_index, slope_table
from ..geometry.soft_edges import falling_cosine
from ..localres.nodes import Nodes
from .weights import FilterWeights

__all__ = ["faded", "filtered", "low_rank"]

#: Terms of the sum, at most, and root mean square of what they may leave of the weights.
_MOST_TERMS, _LEFT = 40, 0.005
#: Nodes that are put in single or double precision at once.
_ROWS = 4096
#: Directions are binned on the faces of a cube, this many bins along a side.
_BINS = 96
#: The map fades to zero outside the mask over this many windows.
_FADING = 2.0


def low_rank(values: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Weights as a sum of products.

    Parameters
    ----------
    values : ndarray, shape (nodes, axes, bands)

    Returns
    -------
    in_space : ndarray, shape (terms, nodes), float32
    in_fourier : ndarray, shape (terms, axes, bands), float32
        The sum over terms of their products is ``values`` but for 0.005 (root mean square), if
        40 terms reach that.
    """
    columns = values.shape[1] * values.shape[2]

    def table(start: int, dtype: type) -> np.ndarray:
        """Some rows of the table of nodes, and axes and bands."""
        return values[start : start + _ROWS].reshape(-1, columns).astype(dtype)

    gram = np.zeros((columns, columns))
    starts = range(0, len(values), _ROWS)
    for start in starts:
        part = table(start, np.float64)
        gram += part.T @ part
    power, vectors = np.linalg.eigh(gram)
    power, vectors = np.maximum(power[::-1], 0.0), vectors[:, ::-1]
    left = power.sum() - np.cumsum(power)
    enough = np.flatnonzero(left <= _LEFT**2 * values.size)
    terms = min(int(enough[0]) + 1 if len(enough) else len(power), _MOST_TERMS)
    chosen = vectors[:, :terms].astype(np.float32)
    in_space = np.concatenate([table(start, np.float32) @ chosen for start in starts])
    return in_space.T.copy(), chosen.T.reshape(terms, *values.shape[1:])


def filtered(
    volume: np.ndarray,
    weights: FilterWeights,
    nodes: Nodes,
    mask: np.ndarray,
    threads: int = 1,
    gain: Optional[np.ndarray] = None,
    progress: Optional[Callable[[int, int], None]] = None,
) -> np.ndarray:
    """Filter a map.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N), float32
        ``[z, y, x]``.
    weights : FilterWeights
    nodes : Nodes
        Where the weights are known; of the same box.
    mask : ndarray of bool, shape (N, N, N)
        Where the map is wanted.  Outside it fades to zero.
    threads : int
    gain : ndarray, shape (N // 2 + 1,), optional
        A factor for every Fourier shell (sharpening); shells beyond have that of the last one.
    progress : callable, optional
        Called with the number of terms done, and of all.

    Returns
    -------
    ndarray, shape (N, N, N), float32
    """
    size = len(volume)
    in_space, in_fourier = low_rank(weights.values)
    spectrum = ducc0.fft.r2c(np.asarray(volume, np.float32), nthreads=threads)
    if gain is not None:
        _times_gain(spectrum, np.asarray(gain, np.float32))
    shares, slopes = _shares(weights), slope_table(_BINS)
    bands = (weights.frequency * size).astype(np.float64)
    out = np.zeros(volume.shape, np.float32)
    product = np.empty_like(spectrum)
    field = np.empty(volume.shape, np.float32)
    lattice = _Upsampling(nodes, mask)
    with ThreadPoolExecutor(threads) as pool:
        for term, (space, fourier) in enumerate(zip(in_space, in_fourier)):
            table = np.ascontiguousarray(shares @ fourier, np.float32)
            planes = np.array_split(np.arange(size), threads)
            work = [
                pool.submit(_multiply, spectrum, table, slopes, bands, p, product) for p in planes
            ]
            for done in work:
                done.result()
            ducc0.fft.c2r(
                product, lastsize=size, forward=False, inorm=2, nthreads=threads, out=field
            )
            lattice.add_product(space, field, out, pool, threads)
            if progress is not None:
                progress(term + 1, len(in_space))
    return out


def faded(volume: np.ndarray, nodes: Nodes, mask: np.ndarray) -> np.ndarray:
    """A map that is not filtered, but fades to zero outside the mask as filtered ones do.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N), float32
        ``[z, y, x]``.
    nodes : Nodes
    mask : ndarray of bool, shape (N, N, N)

    Returns
    -------
    ndarray, shape (N, N, N), float32
    """
    return np.asarray(volume, np.float32) * _edge(nodes, mask)


def _edge(nodes: Nodes, mask: np.ndarray) -> np.ndarray:
    """Factor of every voxel: one in the mask, and zero far from it; float32."""
    width = max(_FADING * nodes.size / nodes.points, 2.0)
    away = distance_transform_edt(~mask).astype(np.float32)
    return falling_cosine(away / np.float32(width))


def _shares(weights: FilterWeights) -> np.ndarray:
    """Share of every axis in the directions of the cube's bins, (bins, axes); sums are one."""
    if len(weights.axes) == 1:
        return np.ones((3 * _BINS**2, 1), np.float32)
    cosine = np.abs(bin_middles(_BINS) @ weights.axes.vectors.T)
    share = weights.shape.weight(np.rad2deg(np.arccos(np.minimum(cosine, 1.0))), weights.opening)
    # Between narrow cones the nearest axis decides.
    outside = ~share.any(axis=1)
    share[outside, cosine[outside].argmax(axis=1)] = 1
    return (share / share.sum(axis=1, keepdims=True)).astype(np.float32)


class _Upsampling:
    """From nodes to all voxels: nearest node outside the mask, linear between nodes."""

    def __init__(self, nodes: Nodes, mask: np.ndarray) -> None:
        self._nodes = nodes
        points, size = nodes.points, nodes.size
        known = np.zeros((points,) * 3, bool)
        known[np.ix_(nodes.planes, nodes.rows)] = nodes.box_of(np.ones(len(nodes), np.float32)) > 0
        self._nearest = distance_transform_edt(
            ~known, return_distances=False, return_indices=True
        ).astype(np.int32)
        step = points / size
        self._place = (np.arange(size) * points // size).astype(np.int64)
        self._share = (np.arange(size) * step - self._place).astype(np.float32)
        self._edge = _edge(nodes, mask)

    def add_product(
        self,
        values: np.ndarray,
        field: np.ndarray,
        out: np.ndarray,
        pool: ThreadPoolExecutor,
        threads: int,
    ) -> None:
        """Add the product of a field and of values at the nodes, taken to the voxels."""
        nodes = self._nodes
        box = np.zeros((nodes.points,) * 3, np.float32)
        box[np.ix_(nodes.planes, nodes.rows)] = nodes.box_of(values)
        box = box[tuple(self._nearest)]
        planes = np.array_split(np.arange(nodes.size), threads)
        work = [
            pool.submit(_add_up, box, self._place, self._share, self._edge, field, p, out)
            for p in planes
        ]
        for done in work:
            done.result()


@numba.njit(nogil=True, cache=True)
def _times_gain(spectrum, gain):  # type: ignore[no-untyped-def]
    size, last = spectrum.shape[0], len(gain) - 1
    for z in range(size):
        kz = signed_index(z, size)
        for y in range(size):
            ky = signed_index(y, size)
            for x in range(spectrum.shape[2]):
                radius = min(np.sqrt(float(kz * kz + ky * ky + x * x)), float(last))
                low = min(int(radius), last - 1)
                share = np.float32(radius - low)
                spectrum[z, y, x] *= gain[low] + share * (gain[low + 1] - gain[low])


@numba.njit(nogil=True, cache=True)
def _multiply(spectrum, table, slopes, bands, planes, product):  # type: ignore[no-untyped-def]
    """Multiply planes of a half spectrum by a table over the bins of directions, and bands."""
    size, last = spectrum.shape[0], len(bands) - 1
    # Of every whole radius: the last band that is no finer.
    most = int(np.sqrt(3.0) * size / 2) + 2
    lower = np.zeros(most, np.int64)
    for radius in range(most):
        while lower[radius] < last and bands[lower[radius] + 1] <= radius:
            lower[radius] += 1
    for z in planes:
        kz = signed_index(z, size)
        for y in range(size):
            ky = signed_index(y, size)
            for kx in range(spectrum.shape[2]):
                radius = np.sqrt(float(kz * kz + ky * ky + kx * kx))
                low = lower[int(radius)]
                while low < last and bands[low + 1] <= radius:
                    low += 1
                direction = 0
                if radius > 0:
                    direction = bin_of_index(kz, ky, kx, slopes)
                value = table[direction, low]
                if low < last and radius > bands[low]:
                    share = np.float32((radius - bands[low]) / (bands[low + 1] - bands[low]))
                    value += share * (table[direction, low + 1] - value)
                product[z, y, kx] = spectrum[z, y, kx] * value


@numba.njit(nogil=True, cache=True)
def _add_up(box, place, share, edge, field, planes, out):  # type: ignore[no-untyped-def]
    """Add field times linearly interpolated values times the edge, plane by plane."""
    points, size = box.shape[0], field.shape[0]
    plane = np.empty((points, points), np.float32)
    row = np.empty(points + 1, np.float32)
    for z in planes:
        first, second, part = place[z] % points, (place[z] + 1) % points, share[z]
        for i in range(points):
            for j in range(points):
                plane[i, j] = box[first, i, j] + part * (box[second, i, j] - box[first, i, j])
        for y in range(size):
            first_row, second_row = place[y] % points, (place[y] + 1) % points
            for j in range(points):
                value = plane[first_row, j]
                row[j] = value + share[y] * (plane[second_row, j] - value)
            row[points] = row[0]
            for x in range(size):
                if edge[z, y, x] > 0:
                    left = place[x]
                    value = row[left] + share[x] * (row[left + 1] - row[left])
                    out[z, y, x] += edge[z, y, x] * value * field[z, y, x]
