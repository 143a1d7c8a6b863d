"""Energies of the Riesz transforms of a band, summed over regions.

The three transforms are computed a few planes at a time and added up at once, so that no field is
stored.  Their spectrum fills a ball about frequency zero, and only its coefficients are
transformed: along z those that differ from zero, along y those of few kx, along x the rows that
a region needs.  The values are those of an inverse transform of the whole half spectrum.
"""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from math import isqrt
from typing import Dict, Optional, Tuple

import ducc0
import numba
import numpy as np

from ...numerics.fourier.lattice import signed_indices
from ...numerics.geometry.crop import bounding_box
from ...numerics.parallel.chunking import in_slabs

__all__ = ["Regions", "ShellEnergies", "riesz_energies"]

#: Pairs of components, in the order of sums: xx, yy, zz, xy, xz, yz.
_ROWS, _COLUMNS = np.array([0, 1, 2, 0, 0, 1]), np.array([0, 1, 2, 1, 2, 2])


@dataclass(frozen=True)
class Regions:
    """Voxels over which energies are summed.

    Attributes
    ----------
    shells : ndarray, shape (N, N, N), int8
        Shell of a voxel plus one; 0: in none.
    count : int
        Number of shells.
    apart : ndarray of bool, shape (N, N, N), or None
        Voxels of another region: the solvent.
    """

    shells: np.ndarray
    count: int
    apart: Optional[np.ndarray] = None

    def places(self) -> Tuple[slice, ...]:
        """The part of the box that holds all of them."""
        inside = self.shells > 0
        if self.apart is not None:
            inside |= self.apart
        return bounding_box(inside)


@dataclass(frozen=True)
class ShellEnergies:
    """Sums over the voxels ``r`` of shells, of a field of vectors ``v``.

    Attributes
    ----------
    whole : ndarray, shape (shells,), float64
        Of v².
    radial : ndarray, shape (shells,), float64
        Of the squared component along u, the unit vector from the centre of the box.
    turned : ndarray, shape (shells, 3, 3), float64
        Of v² u u'.
    moments : ndarray, shape (shells, 3, 3), float64
        Of v v'.
    apart : ndarray, shape (3, 3), float64
        Mean of v v' over the other region; NaN without one.
    """

    whole: np.ndarray
    radial: np.ndarray
    turned: np.ndarray
    moments: np.ndarray
    apart: np.ndarray


def riesz_energies(
    spectrum: np.ndarray, table: np.ndarray, regions: Regions, threads: int = 1
) -> ShellEnergies:
    """Sums of the energies of the Riesz transforms of a band.

    Parameters
    ----------
    spectrum : ndarray, shape (N, N, N // 2 + 1), complex64
    table : ndarray, float32
        The filter of the band over the length of the frequency in lattice units, for every squared
        length from 0 on; zero from its end on, which lies before Nyquist's frequency.
    regions : Regions
    threads : int

    Returns
    -------
    ShellEnergies
        It does not depend on the number of threads.
    """
    size = len(spectrum)
    planes, rows, _ = regions.places()
    with ThreadPoolExecutor(threads) as pool:
        both = _along_z(spectrum, table, planes, pool)
        found: Dict[int, Tuple[np.ndarray, np.ndarray]] = {}

        def slab(first: int, stop: int) -> None:
            where = slice(planes.start + first, planes.start + stop)
            vectors = _along_y_and_x(both[:, first:stop], rows, size)
            shells = regions.shells[where, rows]
            found[first] = np.zeros((regions.count, 14)), np.zeros(7)
            corner = np.array([where.start, rows.start, 0]) - size // 2
            _add_shells(vectors, shells, corner, found[first][0])
            if regions.apart is not None:
                _add_apart(vectors, regions.apart[where, rows], found[first][1])

        in_slabs(slab, planes.stop - planes.start, pool)
    # In one order, so that the last digits do not depend on the threads.
    order = sorted(found)
    by_shell = np.sum([found[first][0] for first in order], axis=0)
    apart = np.sum([found[first][1] for first in order], axis=0)
    with np.errstate(invalid="ignore"):
        mean = apart[:6] / apart[6]
    return ShellEnergies(
        by_shell[:, 0],
        by_shell[:, 1],
        _symmetric(by_shell[:, 2:8]),
        _symmetric(by_shell[:, 8:14]),
        _symmetric(mean),
    )


def _symmetric(values: np.ndarray) -> np.ndarray:
    """Matrices (..., 3, 3) of components (..., 6)."""
    found = np.empty((*values.shape[:-1], 3, 3))
    found[..., _ROWS, _COLUMNS] = found[..., _COLUMNS, _ROWS] = values
    return found


def _along_z(spectrum: np.ndarray, table: np.ndarray, planes: slice, pool: Executor) -> np.ndarray:
    """A band, and the band times kz, transformed along z to some planes, (2, planes, ky, kx)."""
    size, reach = len(spectrum), isqrt(len(table) - 1)
    # In the order of a transform: 0 to reach, and then -reach to -1.
    low = np.r_[0 : reach + 1, size - reach : size]
    ky = signed_indices(size)[low].astype(np.float32)
    across = (ky[:, None] ** 2 + np.arange(reach + 1, dtype=np.float32) ** 2).astype(np.int64)
    both = np.zeros((2, size, len(low), reach + 1), np.complex64)
    scale = np.complex64(-1j / size**3)
    closed = np.append(table, np.float32(0))
    for place, kz in zip(low, ky):
        gain = closed[np.minimum(across + int(kz) ** 2, len(table))]
        plane = both[0, place]
        np.multiply(spectrum[place, low, : reach + 1], gain * scale, out=plane)
        np.multiply(plane, kz, out=both[1, place])

    # In place, to save memory.
    def transform(first: int, stop: int) -> None:
        part = both[:, :, first:stop]
        ducc0.fft.c2c(part, axes=(1,), forward=False, out=part)

    in_slabs(transform, len(low), pool)
    return both[:, planes]


def _along_y_and_x(both: np.ndarray, rows: slice, size: int) -> np.ndarray:
    """The Riesz transforms of some planes, in some rows, (3, planes, rows, N), x, y, z."""
    count, width = both.shape[1], both.shape[3]
    reach = width - 1
    k = np.arange(width, dtype=np.float32)
    half = np.zeros((3, count, size, size // 2 + 1), np.complex64)
    for ends, kept, ky in (
        (slice(0, width), slice(0, width), k),
        (slice(size - reach, size), slice(width, None), k[:0:-1] * np.float32(-1)),
    ):
        band = both[0][:, kept]
        np.multiply(band, k, out=half[0, :, ends, :width])
        np.multiply(band, ky[:, None], out=half[1, :, ends, :width])
        half[2, :, ends, :width] = both[1][:, kept]
    low = half[..., :width]
    ducc0.fft.c2c(low, axes=(2,), forward=False, out=low)
    return ducc0.fft.c2r(half[:, :, rows], axes=(3,), lastsize=size, forward=False)


@numba.njit(nogil=True, cache=True)
def _add_shells(vectors, shells, corner, sums):  # type: ignore[no-untyped-def]
    for z in range(shells.shape[0]):
        for y in range(shells.shape[1]):
            for x in range(shells.shape[2]):
                shell = shells[z, y, x] - 1
                if shell < 0:
                    continue
                a, b, c = vectors[0, z, y, x], vectors[1, z, y, x], vectors[2, z, y, x]
                a, b, c = np.float64(a), np.float64(b), np.float64(c)
                dx = np.float64(x + corner[2])
                dy = np.float64(y + corner[1])
                dz = np.float64(z + corner[0])
                square = dx * dx + dy * dy + dz * dz
                over = 1 / square if square > 0 else 0.0
                whole = a * a + b * b + c * c
                along = a * dx + b * dy + c * dz
                own = sums[shell]
                own[0] += whole
                own[1] += along * along * over
                whole *= over
                own[2] += whole * dx * dx
                own[3] += whole * dy * dy
                own[4] += whole * dz * dz
                own[5] += whole * dx * dy
                own[6] += whole * dx * dz
                own[7] += whole * dy * dz
                own[8] += a * a
                own[9] += b * b
                own[10] += c * c
                own[11] += a * b
                own[12] += a * c
                own[13] += b * c


@numba.njit(nogil=True, cache=True, fastmath=True)
def _add_apart(vectors, inside, sums):  # type: ignore[no-untyped-def]
    """Sums of the products of components, and the number of voxels, without branches."""
    for z in range(inside.shape[0]):
        for y in range(inside.shape[1]):
            xx, yy, zz, xy, xz, yz, count = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0
            for x in range(inside.shape[2]):
                share = np.float32(inside[z, y, x])
                a = vectors[0, z, y, x] * share
                b = vectors[1, z, y, x] * share
                c = vectors[2, z, y, x] * share
                xx += np.float64(a) * a
                yy += np.float64(b) * b
                zz += np.float64(c) * c
                xy += np.float64(a) * b
                xz += np.float64(a) * c
                yz += np.float64(b) * c
                count += inside[z, y, x]
            sums[0] += xx
            sums[1] += yy
            sums[2] += zz
            sums[3] += xy
            sums[4] += xz
            sums[5] += yz
            sums[6] += count
