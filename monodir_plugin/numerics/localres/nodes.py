"""A coarse lattice of nodes on which smooth quantities are measured, and interpolation to voxels.

Power averaged over a window changes little from voxel to voxel.  Therefore it is measured on nodes
whose distance is somewhat less than the width of the window, and the resulting frequencies are
interpolated linearly to the voxels of the mask.
"""

from __future__ import annotations

import ducc0
import numba
import numpy as np

from ..fourier.partial_fourier import Lines, points_of, slabs
from ..parallel.buffers import Scratch

__all__ = ["Nodes"]


class Nodes:
    """Nodes about the voxels of a mask.

    Parameters
    ----------
    mask : ndarray of bool, shape (N, N, N)
        Voxels of interest, ``[z, y, x]``.
    spacing : float
        Largest distance of neighbouring nodes, voxels.

    Attributes
    ----------
    size : int
        Side of the box in voxels.
    points : int
        Nodes along a side of the whole box; node ``i`` lies at voxel ``i N / points``.
    planes, rows : ndarray of int
        Indices along z and y, ascending, of the planes and rows that hold nodes.
    place : ndarray, shape (nodes,), int32
        Flat index of every node in the box of these planes and rows and of all points along x.
    flat : ndarray, shape (voxels,), int64
        Flat index of every voxel of the mask.
    """

    def __init__(self, mask: np.ndarray, spacing: float) -> None:
        self.size = size = mask.shape[0]
        self.points = points = ducc0.fft.good_size(max(int(np.ceil(size / spacing)), 1))
        self.flat = np.flatnonzero(mask)
        needed = np.zeros((points,) * 3, bool)
        _mark(self.flat, size, needed)
        self.planes = np.flatnonzero(needed.any(axis=(1, 2)))
        self.rows = np.flatnonzero(needed.any(axis=(0, 2)))
        first, last = self.rows[0], self.rows[-1]
        together = last - first == len(self.rows) - 1
        # A slice needs no copy.
        self._rows = slice(first, last + 1) if together else self.rows
        part = needed[self.planes[:, None], self.rows]
        self.place = np.flatnonzero(part).astype(np.int32)
        self._shape = part.shape
        # For every row of voxels along x: its number in the box, and its start in the list.
        lines = self.flat // size
        starts = np.flatnonzero(np.diff(lines, prepend=-1))
        self._lines, self._starts = lines[starts], np.append(starts, len(self.flat))

    def __len__(self) -> int:
        return len(self.place)

    def values(self, lines: Lines, which: np.ndarray, scratch: Scratch) -> np.ndarray:
        """Values of a low-passed field at some of the nodes.

        Parameters
        ----------
        lines : Lines
            The field: ``points`` lines along z and y, at least in ``planes``.
        which : ndarray of int32
            Positions in the list of nodes.
        scratch : Scratch
            Buffers; the result lies in them and is valid until the next call.

        Returns
        -------
        ndarray, shape (len(which),), float32
        """
        box = scratch.empty("nodes", self._shape, np.float32)
        width = lines.coefficients.shape[2]
        held = self.points // 2 + 1
        for start, stop in slabs((len(self.planes), len(self.rows), held)):
            padded = scratch.empty("padded", (stop - start, len(self.rows), held), np.complex64)
            padded[:, :, :width] = lines.coefficients[start:stop, self._rows]
            padded[:, :, width:] = 0
            points_of(padded, box[start:stop])
        out = scratch.empty("values", (len(which),), np.float32)
        return np.take(box.ravel(), self.place[which], out=out, mode="clip")

    @property
    def mask(self) -> np.ndarray:
        """The voxels of interest, bool, shape (N, N, N)."""
        mask = np.zeros((self.size,) * 3, bool)
        mask.ravel()[self.flat] = True
        return mask

    @property
    def positions(self) -> np.ndarray:
        """Where the nodes lie, voxels ``[z, y, x]``, shape (3, nodes), float64."""
        z, y, x = np.unravel_index(self.place, self._shape)
        return np.stack([self.planes[z], self.rows[y], x]) * (self.size / self.points)

    def box_of(self, values: np.ndarray) -> np.ndarray:
        """Values of all nodes in the box of their planes and rows, float32; 0 elsewhere."""
        box = np.zeros(self._shape, np.float32)
        box.ravel()[self.place] = values
        return box

    def to_voxels(self, values: np.ndarray) -> np.ndarray:
        """Interpolate linearly from the nodes to the voxels.

        Parameters
        ----------
        values : ndarray, shape (nodes,), float32
            0 where there is no value.

        Returns
        -------
        ndarray, shape (voxels,), float32
            Weighted means over the nodes that have a value; 0 where these have less than half of
            the weight.
        """
        box = self.box_of(values)
        # Planes and rows are contiguous unless the mask crosses the border of the box.
        plane, row = (np.zeros(self.points, np.int32) for _ in range(2))
        plane[self.planes] = np.arange(len(self.planes))
        row[self.rows] = np.arange(len(self.rows))
        out = np.empty(len(self.flat), np.float32)
        _interpolate(self._lines, self._starts, self.flat, self.size, box, plane, row, out)
        return out


@numba.njit(nogil=True, cache=True)
def _mark(flat, size, needed):  # type: ignore[no-untyped-def]
    """Mark the eight nodes about every voxel."""
    points = len(needed)
    for voxel in flat:
        z, y, x = voxel // (size * size), voxel // size % size, voxel % size
        z, y, x = z * points // size, y * points // size, x * points // size
        for dz in range(2):
            for dy in range(2):
                for dx in range(2):
                    needed[(z + dz) % points, (y + dy) % points, (x + dx) % points] = True


@numba.njit(nogil=True, cache=True, fastmath=True)
def _interpolate(lines, starts, flat, size, box, plane, row, out):  # type: ignore[no-untyped-def]
    """Interpolate along z and y to one line of nodes for every row of voxels, then along x."""
    points = len(plane)
    step = np.float32(points / size)
    place, share = np.empty(size, np.int32), np.empty(size, np.float32)
    for x in range(size):
        place[x] = x * points // size
        share[x] = x * step - place[x]
    # Sums of values, and of the weights of nodes that have one; the first point is repeated last.
    sums, held = np.empty(points + 1, np.float32), np.empty(points + 1, np.float32)
    for line in range(len(lines)):
        z, y = lines[line] // size, lines[line] % size
        sums[:], held[:] = 0, 0
        for dz in range(2):
            along_z = box[plane[(place[z] + dz) % points]]
            for dy in range(2):
                weight = (share[z] if dz else 1 - share[z]) * (share[y] if dy else 1 - share[y])
                source = along_z[row[(place[y] + dy) % points]]
                for i in range(points):
                    sums[i] += weight * source[i]
                    held[i] += weight if source[i] > 0 else np.float32(0.0)
        sums[points], held[points] = sums[0], held[0]
        for i in range(starts[line], starts[line + 1]):
            x = flat[i] - lines[line] * size
            left, right = place[x], share[x]
            weight = held[left] * (1 - right) + held[left + 1] * right
            total = sums[left] * (1 - right) + sums[left + 1] * right
            out[i] = total / weight if weight >= 0.5 else np.float32(0.0)
