"""Positions at which ChimeraX shows the voxels of an MRC file.

Its rule (``map_data/src/mrc/mrc_format.py`` of ChimeraX): the first voxel lies at the
header's ORIGIN unless that is all zeros or not usable; else at NXSTART, NYSTART and NZSTART
times the voxel size, unless those are implausibly large; else at zero.  That is for files
opened in the format ``mrc``.  Files named ``.map`` or ``.ccp4`` are opened in the format
``ccp4``, for which ORIGIN is ignored, unless the format is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

import numpy as np
from mrcfile.dtypes import HEADER_DTYPE

__all__ = ["Frame", "frame_of"]

_MODES = (0, 1, 2, 6, 12)
#: Starts beyond this many boxes are assumed to be uninitialised.
_FARTHEST_START = 10
_LARGEST_SIDE = 65536
_ROTATED = b"Chimera rotation: "


@dataclass(frozen=True)
class Frame:
    """A grid of voxels in physical space.

    Attributes
    ----------
    origin : tuple of float
        Centre of the first voxel, Å, ``x, y, z``.
    step : tuple of float
        Voxel size along ``x, y, z``, Å.
    """

    origin: Tuple[float, float, float]
    step: Tuple[float, float, float]

    def positions(self, voxels: np.ndarray) -> np.ndarray:
        """Physical positions in Å, ``x, y, z``, of voxels ``x, y, z``; shape (..., 3)."""
        return np.asarray(self.origin) + np.asarray(voxels, float) * np.asarray(self.step)

    def coincides(self, other: Frame, side: int) -> bool:
        """Whether all voxels of a box have the same positions, to a hundredth of a voxel."""
        corners = np.array([[0] * 3, [side] * 3])
        apart = np.abs(self.positions(corners) - other.positions(corners))
        return bool(np.all(apart < 0.01 * np.asarray(other.step)))


def frame_of(path: Path) -> Optional[Frame]:
    """The frame in which ChimeraX opens a file in its format ``mrc``.

    Parameters
    ----------
    path : Path
        An existing file.

    Returns
    -------
    Frame or None
        ``None`` if ChimeraX would not show the file as the plain upright box that this program
        read from it: the file is compressed, of an older format, of a data type that ChimeraX
        does not read, skewed or rotated.
    """
    with path.open("rb") as file:
        raw = file.read(HEADER_DTYPE.itemsize)
    if len(raw) < HEADER_DTYPE.itemsize:
        return None
    header = np.frombuffer(raw, HEADER_DTYPE)[0]
    if not 0 < header["nx"] < _LARGEST_SIDE:
        header = np.frombuffer(raw, HEADER_DTYPE.newbyteorder())[0]
    if not _is_plain(header):
        return None
    cell = np.array([header["cella"][k] for k in "xyz"], float)
    intervals = np.array([header[k] for k in ("mx", "my", "mz")], float)
    usable = np.all(cell > 0) and np.all(intervals > 0)
    step = cell / intervals if usable else np.ones(3)
    return Frame(_triple(_origin(header, step)), _triple(step))


def _is_plain(header: np.void) -> bool:
    angles = [float(header["cellb"][k]) for k in ("alpha", "beta", "gamma")]
    upright = all(a == 90 for a in angles) or min(angles) <= 0
    rotated = any(bytes(label).startswith(_ROTATED) for label in header["label"])
    return header["map"] == b"MAP " and int(header["mode"]) in _MODES and upright and not rotated


def _origin(header: np.void, step: np.ndarray) -> np.ndarray:
    origin = np.array([header["origin"][k] for k in "xyz"], float)
    if origin.any() and np.isfinite(origin).all() and np.all(origin + step != origin):
        return origin
    order = [int(header[k]) - 1 for k in ("mapc", "mapr", "maps")]
    if sorted(order) != [0, 1, 2]:
        order = [0, 1, 2]
    starts, sides = np.zeros(3), [int(header[k]) for k in ("nx", "ny", "nz")]
    starts[order] = [int(header[k]) for k in ("nxstart", "nystart", "nzstart")]
    limit = _FARTHEST_START * max(*sides, *(int(header[k]) for k in ("mx", "my", "mz")))
    return starts * step if np.abs(starts).max() <= limit else np.zeros(3)


def _triple(values: np.ndarray) -> Tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z
