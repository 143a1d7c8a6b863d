"""The table R(r, d): resolution at every voxel of a mask along every axis.

Resolutions are stored as spatial frequencies in two bytes, one row for each axis, so
that 500 000 voxels and 81 axes take 81 MB.  All maps but MonoRes are reductions
of this table (:mod:`.result_maps`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Tuple, Union

import numpy as np

from ..fourier.frequency_limits import NYQUIST
from ..geometry.axes import AxisSet

__all__ = ["AT_LIMIT", "ResolutionTable", "at_coarse_limit", "box_of", "decode", "encode"]

#: Share of the coarse limit within which a resolution is at it: codes and files are rounded.
AT_LIMIT = 1e-4
_FULL_SCALE = np.iinfo(np.uint16).max


def encode(frequency: np.ndarray) -> np.ndarray:
    """Spatial frequencies (cycles per voxel, 0 to 0.5) as two-byte codes; 0: not resolved."""
    return np.rint(np.asarray(frequency) * (_FULL_SCALE / NYQUIST)).astype(np.uint16)


def decode(codes: np.ndarray) -> np.ndarray:
    """Spatial frequencies, cycles per voxel, float32, of two-byte codes."""
    return codes * np.float32(NYQUIST / _FULL_SCALE)


def at_coarse_limit(values: Any, coarsest: float) -> Any:
    """Whether resolutions are the coarse limit or beyond, which means: not resolved.

    Parameters
    ----------
    values : float or ndarray
        Å.
    coarsest : float
        The coarse limit, Å.

    Returns
    -------
    bool or ndarray of bool, of the shape of ``values``
    """
    return values >= coarsest * (1 - AT_LIMIT)


@dataclass(frozen=True)
class ResolutionTable:
    """Resolution at every voxel of a mask along every axis.

    Attributes
    ----------
    codes : ndarray, shape (axes, voxels), uint16
        Coded spatial frequency (:func:`decode`); 0 where the voxel is not
        resolved along the axis.
    axes : AxisSet
        The axes, in the order of the rows.
    indices : ndarray, shape (voxels,), int64
        Flat index of every voxel in the ``[z, y, x]`` box, ascending.
    shape : tuple of int
        Shape of the box.
    sampling : float
        Voxel size in Å.
    frequencies : ndarray, shape (n,)
        Spatial frequencies at which the resolution was measured, cycles per voxel.
    with_data : ndarray of bool, shape (axes,)
        Whether the map holds data along each axis; where it does not, no voxel is resolved.
    """

    codes: np.ndarray
    axes: AxisSet
    indices: np.ndarray
    shape: Tuple[int, int, int]
    sampling: float
    frequencies: np.ndarray
    with_data: np.ndarray

    @property
    def coarsest(self) -> float:
        """Coarse limit in Å: what a pair that is not resolved takes in statistics."""
        return float(self.sampling / self.frequencies[0])

    def resolutions(self, voxels: Union[slice, np.ndarray] = slice(None)) -> np.ndarray:
        """Resolutions in Å, float32, shape (voxels, axes); unresolved: the coarse limit.

        ``voxels`` chooses some of them: a slice, or their rows in the order of ``indices``.
        """
        # Codes are transposed before they are decoded: they have half the bytes.
        frequency = decode(np.ascontiguousarray(self.codes[:, voxels].T))
        frequency[frequency == 0] = np.float32(self.frequencies[0])
        return np.divide(np.float32(self.sampling), frequency, out=frequency)

    def unresolved_share(self) -> float:
        """Share of the pairs of a voxel and an axis that are not resolved."""
        return 1 - np.count_nonzero(self.codes) / self.codes.size

    def axis_resolution(self) -> np.ndarray:
        """Median over the voxels of the resolution along each axis, Å, float64.

        NaN where at least half of the voxels are not resolved.
        """
        middle = np.array([_median_code(row) for row in self.codes], float)
        frequency = np.where(middle > 0, middle, np.nan) * (NYQUIST / _FULL_SCALE)
        return self.sampling / frequency

    def volume(self, values: np.ndarray, out: Optional[np.ndarray] = None) -> np.ndarray:
        """One value for each voxel as a box, float32, zero outside the mask.

        ``out`` is a box of an earlier call that is overwritten.
        """
        return box_of(values, self.indices, self.shape, out)


def box_of(
    values: np.ndarray,
    indices: np.ndarray,
    shape: Tuple[int, ...],
    out: Optional[np.ndarray] = None,
) -> np.ndarray:
    """One value for each of some voxels as a box, float32, zero elsewhere.

    Parameters
    ----------
    values : ndarray, shape (voxels,)
    indices : ndarray, shape (voxels,)
        Flat indices in the ``[z, y, x]`` box.
    shape : tuple of int
    out : ndarray, optional
        Box of an earlier call with the same voxels, which is overwritten.

    Returns
    -------
    ndarray, shape ``shape``, float32
    """
    box = np.zeros(shape, np.float32) if out is None else out
    box.ravel()[indices] = values
    return box


def _median_code(codes: np.ndarray) -> int:
    """The lower median of some codes."""
    counts = np.bincount(codes, minlength=_FULL_SCALE + 1)
    return int(np.searchsorted(np.cumsum(counts), (len(codes) + 1) // 2))
