"""Read MRC files of maps and masks with checks of header and values, and write maps."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import os
import warnings
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import List, Optional, Tuple, Union

import mrcfile
import numpy as np
from mrcfile.mrcfile import MrcFile

from ..constants import VERSION
from ..errors import InputError
from .atomic import atomic_path, is_there

__all__ = ["MapFile", "as_mask", "check_independent", "read_half_maps", "read_map", "write_map"]

PathLike = Union[str, "os.PathLike[str]"]

_SMALLEST_VOXEL, _LARGEST_VOXEL = 0.1, 50.0
_SAME_VOXEL = 0.01
_HEADER = 1024
#: Share of voxels at the limits of an integer type above which values count as clipped.
_CLIPPED = 1e-4
#: Standard deviation of the difference of half maps, relative to that of a half map, below which
#: they count as identical.
_LEAST_DIFFERENCE = 1e-4
#: Bytes that are read at once for a checksum.
_BLOCK = 1 << 20


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
    """

    path: Path
    values: np.ndarray
    sampling: float
    origin: Tuple[float, float, float]
    start: Tuple[int, int, int]
    sha256: str

    def without_values(self) -> MapFile:
        """Return a copy without values, to free memory."""
        return replace(self, values=np.zeros((0, 0, 0), np.float32))


def read_map(
    path: PathLike,
    sampling: Optional[float] = None,
    what: str = "map",
    unless_given: Optional[float] = None,
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

    Returns
    -------
    MapFile

    Raises
    ------
    InputError
        If the file cannot be used; the message names the file and the fix.
    """
    name = str(path)
    path = Path(name[: -len(":mrc")] if name.endswith(":mrc") else name)
    if not is_there(path):
        raise InputError(f"{what} {path}: there is no such file; check the name")
    if path.is_dir():
        raise InputError(f"{what} {path}: it is a folder; name a file in it")
    data, header = _read(path, what)
    _check_kind(path, what, data, header)
    order = _order(path, what, header)
    values = _in_standard_order(data, order)
    _check_values(path, what, values)
    starts = dict(zip(order, (header.nxstart, header.nystart, header.nzstart)))
    return MapFile(
        path=path,
        values=np.ascontiguousarray(values, dtype=np.float32),
        sampling=_voxel_size(path, what, header, sampling, unless_given),
        origin=(float(header.origin.x), float(header.origin.y), float(header.origin.z)),
        start=(int(starts[1]), int(starts[2]), int(starts[3])),
        sha256=_checksum(path),
    )


def read_half_maps(
    first: PathLike, second: PathLike, sampling: Optional[float] = None
) -> Tuple[MapFile, MapFile]:
    """Read two half maps with equal boxes and voxel sizes.

    Raises
    ------
    InputError
        If a file cannot be used, boxes or voxel sizes differ, or the half maps are identical.
    """
    one = read_map(first, sampling, "half map")
    two = read_map(second, sampling, "half map")
    if one.values.shape != two.values.shape:
        raise InputError(
            f"half map {two.path}: its box {_box(two.values)} differs from that of {one.path}, "
            f"{_box(one.values)}; give the two halves of one refinement"
        )
    if abs(one.sampling - two.sampling) > _SAME_VOXEL * one.sampling:
        raise InputError(
            f"half map {two.path}: its voxels ({two.sampling:g} Å) differ from those of "
            f"{one.path} ({one.sampling:g} Å); give the right size with --sampling"
        )
    check_independent(one, two, slice(None))
    return one, two


def check_independent(one: MapFile, two: MapFile, where: Union[slice, np.ndarray]) -> None:
    """Raise InputError if two half maps differ only by a constant in the selected voxels."""
    difference = np.std(one.values[where] - two.values[where], dtype=np.float64)
    if difference <= _LEAST_DIFFERENCE * np.std(one.values, dtype=np.float64):
        place = "" if isinstance(where, slice) else " inside the mask"
        raise InputError(
            f"half maps {one.path} and {two.path} are identical{place}; "
            "give the two independent halves"
        )


def as_mask(mask: MapFile, reference: MapFile, whole_box: bool) -> Tuple[np.ndarray, Optional[str]]:
    """Binarise a mask at half of its maximum and check that it matches a map.

    Parameters
    ----------
    mask : MapFile
        The mask; its values may have any scale.
    reference : MapFile
        The map to which the mask belongs.
    whole_box : bool
        Whether the mask may fill the box.

    Returns
    -------
    mask : ndarray of bool, shape (N, N, N)
    note : str or None
        A sentence about the threshold, if the values are not only zeros and ones.

    Raises
    ------
    InputError
        If boxes or voxel sizes differ, or the mask is empty or fills the box.
    """
    if mask.values.shape != reference.values.shape:
        raise InputError(
            f"mask {mask.path}: its box {_box(mask.values)} differs from that of the map "
            f"{reference.path}, {_box(reference.values)}; make the mask on the same grid"
        )
    if abs(mask.sampling - reference.sampling) > _SAME_VOXEL * reference.sampling:
        raise InputError(
            f"mask {mask.path}: its voxels ({mask.sampling:g} Å) differ from those of the map "
            f"{reference.path} ({reference.sampling:g} Å); correct the header, or give the size "
            "of both with --sampling"
        )
    peak = float(mask.values.max())
    if peak <= 0:
        raise InputError(
            f"mask {mask.path}: it is empty; give one that is positive in the particle"
        )
    inside = mask.values >= peak / 2
    if inside.all() and not whole_box:
        raise InputError(
            f"mask {mask.path}: it fills the box and leaves no solvent; give a mask of the "
            "particle, or half maps"
        )
    binary = ((mask.values == 0) | (mask.values == 1)).all()
    note = None
    if not binary:
        note = f"mask {mask.path}: not of zeros and ones, binarised at {peak / 2:g}"
    return inside, note


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
    """An MRC file that computes its statistics plane by plane.

    mrcfile's own statistics need one more copy of the volume.
    """

    def update_header_stats(self) -> None:
        total = squares = 0.0
        for plane in self.data:
            values = plane.ravel().astype(np.float64)
            total += values.sum()
            squares += np.square(values, out=values).sum()
        mean = total / self.data.size
        self.header.dmin, self.header.dmax = self.data.min(), self.data.max()
        self.header.dmean = mean
        self.header.rms = np.sqrt(max(squares / self.data.size - mean**2, 0.0))


def _new(path: Path) -> MrcFile:
    """Create a file, compressed according to its suffix."""
    packing = {".gz": "gzip", ".bz2": "bzip2"}.get(path.suffix)
    return mrcfile.new(path, None, packing, True) if packing else _Plain(path, "w+", True)


def _read(path: Path, what: str) -> Tuple[np.ndarray, np.recarray]:
    try:
        head = _head(path)
        if head[208:211] != b"MAP":
            raise InputError(f"{what} {path}: not an MRC file; give a map in MRC format")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with mrcfile.open(path, permissive=True) as file:
                data, header = file.data, file.header
                room = file.header.nx.item() * file.header.ny.item() * file.header.nz.item()
    except EOFError as error:
        raise InputError(_truncated(path, what)) from error
    except InputError:
        raise
    except (ValueError, OSError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise InputError(
                f"{what} {path}: it cannot be read ({error.strerror}); check the file"
            ) from error
        raise InputError(
            f"{what} {path}: not a readable MRC file; give a map in MRC format "
            f"({_first_line(error)})"
        ) from error
    if data is None:
        mode = int(header.mode)
        if mode in (0, 1, 2, 4, 6, 12):
            raise InputError(_truncated(path, what))
        if mode == 3:
            raise InputError(_transform(path, what))
        raise InputError(
            f"{what} {path}: MRC mode {mode} cannot be read; save the map as 32-bit reals (mode 2)"
        )
    if data.size == 0:
        raise InputError(f"{what} {path}: its header gives zero dimensions; give a map")
    if data.size < room:
        raise InputError(_truncated(path, what))
    return data, header


def _head(path: Path) -> bytes:
    """Return the header as bytes: it is checked before memory is allocated for the values."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
    for magic, unpacking in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open)):
        if head.startswith(magic):
            with unpacking(path, "rb") as file:
                return file.read(_HEADER)
    return head


def _truncated(path: Path, what: str) -> str:
    return f"{what} {path}: the file is truncated; copy or download it again"


def _transform(path: Path, what: str) -> str:
    return f"{what} {path}: it holds complex numbers, a transform; give the map in real space"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _check_kind(path: Path, what: str, data: np.ndarray, header: np.recarray) -> None:
    if np.iscomplexobj(data):
        raise InputError(_transform(path, what))
    group, sections = int(header.ispg), int(header.mz)
    if data.ndim == 2:
        raise InputError(f"{what} {path}: it is a 2D image; give a volume")
    if data.ndim != 3 or group >= 400 or (sections == 1 and int(header.nz) > 1):
        raise InputError(
            f"{what} {path}: it is a stack (space group {group}, {sections} section(s) a volume), "
            "not one volume; extract the volume you mean"
        )
    if len(set(data.shape)) != 1:
        raise InputError(
            f"{what} {path}: its box {_box(data)} is not a cube; pad or crop it to one, with "
            "real solvent if you can"
        )
    if np.issubdtype(data.dtype, np.integer) and what != "mask":
        limits = np.iinfo(data.dtype)
        clipped = np.mean((data == limits.max) | ((data == limits.min) & (limits.min < 0)))
        if clipped > _CLIPPED:
            raise InputError(
                f"{what} {path}: {100 * clipped:.2g} % of its {data.dtype} values lie at the "
                "limits of the type and were clipped; save the map as 32-bit reals (mode 2)"
            )


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def _order(path: Path, what: str, header: np.recarray) -> List[int]:
    """Return the axes (1: x, 2: y, 3: z) of columns, rows and sections."""
    order = [int(header.mapc), int(header.mapr), int(header.maps)]
    if order == [0, 0, 0]:
        return [1, 2, 3]
    if sorted(order) != [1, 2, 3]:
        raise InputError(
            f"{what} {path}: its header names the axes {order}, not some order of 1, 2, 3; "
            "correct the header"
        )
    return order


def _in_standard_order(data: np.ndarray, order: List[int]) -> np.ndarray:
    """Return the values as ``[z, y, x]`` for any axis order of the file."""
    stored = [3 - axis for axis in order[::-1]]
    return np.transpose(data, [stored.index(k) for k in range(3)])


def _check_values(path: Path, what: str, values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise InputError(
            f"{what} {path}: it holds values that are not numbers (NaN or infinite); "
            "make the map again, or replace them"
        )
    if what != "mask" and values.min() == values.max():
        raise InputError(f"{what} {path}: every voxel has the same value; give another file")


def _voxel_size(
    path: Path,
    what: str,
    header: np.recarray,
    sampling: Optional[float],
    unless_given: Optional[float],
) -> float:
    if sampling is not None:
        size = float(sampling)
        if not _SMALLEST_VOXEL <= size <= _LARGEST_VOXEL:
            raise InputError(f"--sampling {size:g}: a voxel of this size in Å makes no sense")
        return size
    counts = np.array([int(header.mx), int(header.my), int(header.mz)], float)
    cell = np.array([float(header.cella[k]) for k in "xyz"])
    if np.any(counts <= 0) or np.any(cell <= 0):
        if unless_given is not None:
            return unless_given
        raise InputError(f"{what} {path}: its header has no voxel size; give it with --sampling")
    sizes = cell / counts
    if np.ptp(sizes) > _SAME_VOXEL * sizes.mean():
        raise InputError(
            f"{what} {path}: its voxels are not cubes ({', '.join(f'{s:g}' for s in sizes)} Å); "
            "resample the map, or give the size with --sampling"
        )
    size = float(np.round(sizes.mean(), 6))
    if not _SMALLEST_VOXEL <= size <= _LARGEST_VOXEL:
        raise InputError(
            f"{what} {path}: voxels of {size:g} Å make no sense; give their size with --sampling"
        )
    return size


def _box(values: np.ndarray) -> str:
    return " x ".join(str(n) for n in values.shape[::-1])
