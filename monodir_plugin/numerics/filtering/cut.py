"""Recognise a map that was multiplied by a mask, and the edge of that mask.

A map that was multiplied by a mask is exactly constant outside of it, mostly zero.  Its density
ends at the cut, and that of the measured map does not: beside strong density they seem to differ.
They are compared in a window, which rises from zero at the cut, after the measured map has been
given the edge of the mask, as far as it can be read from the maps: their amplitudes at every
distance from the cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..geometry.soft_edges import rising_cosine, squared_distance

__all__ = ["Cut", "cut_of"]

#: Constant voxels differ from the corner of the box by no more than this share of the range.
_SAME = 1e-6
#: Radius of the smallest ball of constant voxels, voxels: fewer are no cut.
_BALL = 2
#: Width of the edge of the window.
_EDGE = 4.0
#: The edge of a mask is followed up to this distance from the cut.
_FURTHEST = 10


@dataclass(frozen=True)
class Cut:
    """A cut.

    Attributes
    ----------
    away : ndarray, shape (N, N, N), float32
        Distance of every voxel from the part that was cut away, voxels; at most 10.
    background : float
        Value of the map there.
    """

    away: np.ndarray
    background: float

    @property
    def window(self) -> np.ndarray:
        """Zero where the map was cut away, rising to one in four voxels; (N, N, N), float32."""
        return rising_cosine(self.away / np.float32(_EDGE))

    @property
    def left_out(self) -> np.ndarray:
        """Voxels that count for less than a half, (N, N, N), bool."""
        return self.away < _EDGE / 2

    def with_edge_of(self, volume: np.ndarray, like: np.ndarray) -> np.ndarray:
        """A map with the edge of the mask by which another one was multiplied.

        Parameters
        ----------
        volume, like : ndarray, shape (N, N, N)
            The map, and the one that was cut, less its background.

        Returns
        -------
        ndarray, shape (N, N, N), float32
        """
        bins = np.rint(self.away).astype(np.uint8).ravel()
        powers = [
            np.bincount(bins, np.square(values, dtype=np.float32).ravel())
            for values in (like, volume)
        ]
        there = np.flatnonzero((np.arange(len(powers[1])) > 0) & (powers[1] > 0))
        if not len(there):
            return np.zeros(volume.shape, np.float32)
        # Masks rise from their edge: a gain that falls again is chance.
        gain = np.maximum.accumulate(np.sqrt(powers[0][there] / powers[1][there]))
        edge = np.interp(self.away, there, gain / max(gain[-1], 1e-30)).astype(np.float32)
        return np.asarray(volume, np.float32) * edge


def cut_of(volume: np.ndarray, mask: np.ndarray) -> Optional[Cut]:
    """Recognise a mask by which a map was multiplied, if it cuts into another mask.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    mask : ndarray of bool, shape (N, N, N)
        Of the run.

    Returns
    -------
    Cut or None
        ``None``: the map was not cut within the mask or two voxels of it.
    """
    background = float(volume[0, 0, 0])
    limit = _SAME * float(np.ptp(volume))
    constant = np.abs(volume - np.float32(background)) <= limit
    inner = squared_distance(~constant, _BALL**2 + 1) > _BALL**2
    if not inner.any():
        return None
    # No ball fits into a corner: corners are at most this far from a ball.
    near = (2 * _BALL) ** 2
    gone = constant & (squared_distance(inner, near + 1) <= near)
    squared = squared_distance(gone, _FURTHEST**2)
    away = np.sqrt(np.arange(_FURTHEST**2 + 1, dtype=np.float32))[squared]
    found = Cut(away, background)
    return found if (found.left_out & mask).any() else None
