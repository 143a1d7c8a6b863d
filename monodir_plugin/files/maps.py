"""Read MRC files of maps with checks of header and values, and write maps."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Optional, Sequence, Tuple, Union

import mrcfile
import numpy as np
from mrcfile.mrcfile import MrcFile

from ..constants import VERSION
from ..errors import InputError
from ..numerics.checks.arrays import NOT_FINITE
from ..numerics.geometry.moments import mean_and_deviation
from .atomic import atomic_path, is_there
from .checksum import sha256_of
from .mrc.data import read_header, read_values
from .mrc.header import box_text, place_of, right_angles
from .mrc.values import check_values
from .mrc.voxel_size import SAME_VOXEL, voxel_size

__all__ = [
    "MapFile",
    "check_independent",
    "check_there",
    "read_half_maps",
    "read_map",
    "write_map",
]

PathLike = Union[str, "os.PathLike[str]"]

#: Standard deviation of the difference of half maps, relative to that of a half map, below which
#: they count as identical.
_LEAST_DIFFERENCE = 1e-4
#: Bytes of free memory per voxel that are needed to read a map.
_LEAST_MEMORY = 8
#: Bytes of zeros that are not written: a page of memory.
_HOLE = 4096
_NO_LETTERS = "its header lacks the letters 'MAP ' at byte 208; it was read, because its size fits"


@dataclass(frozen=True)
class MapFile:
    """A cubic map that was read from a file.

    Attributes
    ----------
    path : Path
    values : ndarray, shape (N, N, N), float32
        ``[z, y, x]``.
    sampling : float
        Voxel size, Å.
    origin : tuple of float
        Origin in the header, Å, ``x, y, z``.
    start : tuple of int
        ``nxstart, nystart, nzstart`` of the header in the order ``x, y, z``.
    sha256 : str
        SHA-256 checksum of the file.
    warnings : tuple of str
        Sentences on what is in doubt about the file, and what was decided.
    signed_bytes : bool or None
        Whether a file of bytes says that they are signed; ``None``: it does not say.
    byte_values : bool
        Whether it is a file of bytes.
    kind : str
        What it was read as: ``map``, ``half map``, ``mask`` or ``exclusion mask``.
    """

    path: Path
    values: np.ndarray
    sampling: float
    origin: Tuple[float, float, float]
    start: Tuple[int, int, int]
    sha256: str
    warnings: Tuple[str, ...] = ()
    signed_bytes: Optional[bool] = None
    byte_values: bool = False
    kind: str = "map"

    def without_values(self) -> MapFile:
        """Return a copy without values, to free memory."""
        return replace(self, values=np.zeros((0, 0, 0), np.float32))


def read_map(
    path: PathLike,
    sampling: Optional[float] = None,
    what: str = "map",
    unless_given: Optional[float] = None,
    memory: int = _LEAST_MEMORY,
    known: bool = False,
) -> MapFile:
    """Read a cubic map from an MRC file, plain, gzipped or bzip2ed.

    Parameters
    ----------
    path : path
        A trailing ``:mrc``, which Scipion appends to file names, is removed.
    sampling : float, optional
        Voxel size in Å that replaces the voxel size of the header.
    what : str
        Kind of the file in messages, such as ``map`` or ``mask``.
    unless_given : float, optional
        Voxel size in Å if the header has none.
    memory : int
        Bytes per voxel that must be free before the values are read.
    known : bool
        Whether the values were checked when they were measured.

    Returns
    -------
    MapFile

    Raises
    ------
    InputError
        If the file cannot be used; the message names the file and the fix.
    """
    path = check_there(path, what)
    name = f"{what} {path}"
    header = read_header(path, what)
    right_angles(header, name, sampling is not None)
    size, decided = voxel_size(header, name, sampling, unless_given)
    origin, start, moved = place_of(header)
    values = _in_standard_order(read_values(path, what, memory)[0], header.order)
    if not np.isfinite([values.min(), values.max()]).all():
        raise InputError(f"{name}: it {NOT_FINITE}")
    doubts = [] if known or what.endswith("mask") else check_values(name, values, header)
    found = [decided, moved, *doubts]
    if not header.letters:
        found.insert(0, _NO_LETTERS)
    return MapFile(
        path=path,
        values=np.ascontiguousarray(values),
        sampling=size,
        origin=origin,
        start=start,
        sha256=sha256_of(path),
        warnings=tuple(f"{name}: {text}" for text in found if text),
        signed_bytes=header.signed_bytes,
        byte_values=header.dtype.itemsize == 1,
        kind=what,
    )


def check_there(path: PathLike, what: str) -> Path:
    """Return the path of a file that is there.

    Parameters
    ----------
    path : path
        A trailing ``:mrc``, which Scipion appends to file names, is removed.
    what : str
        Kind of the file in messages.

    Raises
    ------
    InputError
        If there is no such file, or it is a folder.
    """
    given = str(path)
    path = Path(given[: -len(":mrc")] if given.endswith(":mrc") else given)
    if not is_there(path):
        raise InputError(f"{what} {path}: there is no such file; check the name")
    if path.is_dir():
        raise InputError(f"{what} {path}: it is a folder; name a file in it")
    return path


def read_half_maps(
    first: PathLike,
    second: PathLike,
    sampling: Optional[float] = None,
    memory: int = _LEAST_MEMORY,
) -> Tuple[MapFile, MapFile]:
    """Read two half maps with equal boxes and voxel sizes.

    Raises
    ------
    InputError
        If a file cannot be used, boxes or voxel sizes differ, or the half maps are identical.
    """
    one = read_map(first, sampling, "half map", memory=memory)
    two = read_map(second, sampling, "half map", memory=memory)
    if one.path.samefile(two.path):
        raise InputError(
            f"half maps {one.path} and {two.path} are identical, one file given twice; "
            "give the two independent halves"
        )
    if one.values.shape != two.values.shape:
        raise InputError(
            f"half map {two.path}: its box {box_text(two.values.shape)} differs from that of "
            f"{one.path}, {box_text(one.values.shape)}; give the two halves of one refinement"
        )
    if abs(one.sampling - two.sampling) > SAME_VOXEL * one.sampling:
        raise InputError(
            f"half map {two.path}: its voxels ({two.sampling:g} Å) differ from those of "
            f"{one.path} ({one.sampling:g} Å); give the right size with --sampling"
        )
    check_independent(one, two, slice(None))
    return one, two


def check_independent(one: MapFile, two: MapFile, where: Union[slice, np.ndarray]) -> None:
    """Raise InputError if two half maps differ only by a constant in the selected voxels."""
    difference = mean_and_deviation(one.values[where] - two.values[where])[1]
    if difference <= _LEAST_DIFFERENCE * mean_and_deviation(one.values)[1]:
        place = "" if isinstance(where, slice) else " inside the mask"
        raise InputError(
            f"half maps {one.path} and {two.path} are identical{place}; "
            "give the two independent halves"
        )


def write_map(path: Path, values: np.ndarray, like: MapFile) -> None:
    """Write a map as MRC (float32) with the voxel size and origin of another map, atomically.

    The header contains no time stamp, so that equal maps are equal files.
    """
    with atomic_path(path) as temporary, _new(temporary) as file:
        file.set_data(np.ascontiguousarray(values, dtype=np.float32))
        file.set_volume()
        file.voxel_size = like.sampling
        file.header.origin = like.origin
        file.header.label = b""
        file.header.label[0] = f"MonoDir {VERSION}"
        file.header.nlabl = 1
        file.header.nxstart, file.header.nystart, file.header.nzstart = like.start


class _Plain(MrcFile):
    """An MRC file whose statistics take one plane of memory, and zeros no time to write.

    mrcfile's own statistics need one more copy of the volume.
    """

    def update_header_stats(self) -> None:
        self.header.dmin, self.header.dmax = self.data.min(), self.data.max()
        self.header.dmean, self.header.rms = mean_and_deviation(self.data)

    def flush(self) -> None:
        # The holes of an empty file are zeros; those of an older content would be that content.
        self._iostream.seek(0)
        self._iostream.truncate()
        self._iostream.write(self.header)
        self._iostream.write(self.extended_header)
        _write_with_holes(self._iostream, self.data)
        self._iostream.flush()


def _write_with_holes(file: IO[bytes], values: np.ndarray) -> None:
    """Write an array at the end of a file, and pass over zeros, which then read as zeros.

    Nine tenths of a result are zeros beyond the mask.  Where the file system knows holes, they
    take no place on the disk either.
    """
    content = values.reshape(-1).view(np.uint8)
    whole = len(content) // _HOLE * _HOLE
    # Not equality with 0, which holds for a negative zero, too.
    filled = content[:whole].reshape(-1, _HOLE).max(axis=1) > 0
    ends = np.flatnonzero(np.diff(np.concatenate([[False], filled, [False]]).astype(np.int8)))
    at = file.tell()
    for first, stop in _HOLE * ends.reshape(-1, 2):
        file.seek(at + first)
        file.write(content[first:stop].data)
    file.seek(at + whole)
    file.write(content[whole:].data)
    file.truncate()


def _new(path: Path) -> MrcFile:
    """Create a file, compressed according to its suffix."""
    packing = {".gz": "gzip", ".bz2": "bzip2"}.get(path.suffix)
    return mrcfile.new(path, None, packing, True) if packing else _Plain(path, "w+", True)


def _in_standard_order(data: np.ndarray, order: Sequence[int]) -> np.ndarray:
    """The box as ``[z, y, x]``, whatever the order of the file is."""
    stored = [3 - axis for axis in order[::-1]]
    return np.transpose(data, [stored.index(k) for k in range(3)])
