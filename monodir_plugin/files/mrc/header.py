"""The header of an MRC file, checked against the file before any value is read.

Format: Cheng et al., J. Struct. Biol. 192, 146 (2015), with the stamp by which IMOD marks signed
bytes from unsigned ones.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np

from ...errors import InputError
from .foreign import other_format

__all__ = [
    "HEADER_BYTES",
    "MrcHeader",
    "box_text",
    "check_size",
    "parse_header",
    "place_of",
    "right_angles",
]

HEADER_BYTES = 1024
#: Types of the values by mode; complex ones are refused.
_TYPES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_COMPLEX = (3, 4)
_LARGEST_MODE = 1000
_LARGEST_SIDE = 1 << 16
#: Bytes of an extended header, at most: FEI's take less than a MB.
_LARGEST_EXTENDED = 1 << 30
#: Machine stamps: the first byte of a file of little and of big end first.
_STAMPS = {0x44: "<", 0x11: ">"}
_IMOD_STAMP, _IMOD_SIGNED = 1146047817, 1
#: Cell angles are right angles within this many degrees.
_RIGHT = 0.5
#: Origins beyond this, Å, and first voxels beyond it, voxels, are taken to be invalid.
_FARTHEST = 1e6


@dataclass(frozen=True)
class MrcHeader:
    """The header of an MRC file that holds a map.

    Attributes
    ----------
    shape : tuple of int
        Sections, rows and columns, as stored.
    dtype : numpy.dtype
        Type of the stored values, with byte order.
    offset : int
        Byte of the first value.
    order : tuple of int
        Axes (1: x, 2: y, 3: z) along which columns, rows and sections run.
    counts : tuple of int
        Voxels of the unit cell along ``x, y, z``.
    cell, angles : tuple of float
        Sides in Å and angles in degrees of the unit cell.
    start : tuple of int
        First column, row and section.
    origin : tuple of float
        Å, ``x, y, z``.
    space_group : int
    letters : bool
        Whether the letters ``MAP`` stand where they should.
    signed_bytes : bool or None
        Whether bytes are signed; ``None``: the header does not say.
    """

    shape: Tuple[int, int, int]
    dtype: np.dtype
    offset: int
    order: Tuple[int, int, int]
    counts: Tuple[int, int, int]
    cell: Tuple[float, float, float]
    angles: Tuple[float, float, float]
    start: Tuple[int, int, int]
    origin: Tuple[float, float, float]
    space_group: int
    letters: bool
    signed_bytes: Optional[bool]

    @property
    def data_bytes(self) -> int:
        """Bytes that the values take."""
        return math.prod(self.shape) * self.dtype.itemsize


def parse_header(head: bytes, name: str, size: Optional[int]) -> MrcHeader:
    """Read a header; refuse all but cubic maps of real numbers.

    Parameters
    ----------
    head : bytes
        The first 1024 bytes of the file, unpacked; fewer if it is shorter.
    name : str
        What to call the file in messages.
    size : int or None
        Bytes of the file; ``None``: it is packed.

    Returns
    -------
    MrcHeader

    Raises
    ------
    InputError
        The message names the file and the fix.
    """
    letters = head[208:211] == b"MAP"
    if len(head) < HEADER_BYTES:
        if letters:
            raise _unreadable(name, "it ends within its header")
        raise _not_mrc(head, name, size)
    end = _byte_order(head)
    if end is None:
        if letters:
            box = " x ".join(str(side) for side in struct.unpack_from("<3i", head))
            raise _unreadable(name, f"its header gives {box} voxels")
        raise _not_mrc(head, name, size)
    columns, rows, sections, mode = struct.unpack_from(f"{end}4i", head)
    shape = (sections, rows, columns)
    extended = struct.unpack_from(f"{end}i", head, 92)[0]
    fits = size is None or size == HEADER_BYTES + extended + _bytes_of(shape, mode)
    if not letters and not (mode in _TYPES and columns > 0 and fits):
        raise _not_mrc(head, name, size)
    _check_mode(name, mode)
    if not 0 <= extended <= _LARGEST_EXTENDED:
        raise _unreadable(name, f"its header gives an extended header of {extended} bytes")
    counts = struct.unpack_from(f"{end}3i", head, 28)
    group = struct.unpack_from(f"{end}i", head, 88)[0]
    _check_box(name, shape, counts, group)
    return MrcHeader(
        shape=shape,
        dtype=np.dtype(end + _TYPES[mode]),
        offset=HEADER_BYTES + extended,
        order=_order(name, struct.unpack_from(f"{end}3i", head, 64)),
        counts=counts,
        cell=struct.unpack_from(f"{end}3f", head, 40),
        angles=struct.unpack_from(f"{end}3f", head, 52),
        start=struct.unpack_from(f"{end}3i", head, 16),
        origin=struct.unpack_from(f"{end}3f", head, 196),
        space_group=group,
        letters=letters,
        signed_bytes=_signed_bytes(head, end) if mode == 0 else None,
    )


def check_size(header: MrcHeader, name: str, size: int, more: bool = False) -> None:
    """Refuse a file that is shorter or longer than its header says.

    Parameters
    ----------
    header : MrcHeader
    name : str
        What to call the file in messages.
    size : int
        Bytes of the file, unpacked.
    more : bool
        Whether the file goes on after these, for an unknown number of bytes.

    Raises
    ------
    InputError
    """
    expected = header.offset + header.data_bytes
    if size < expected:
        narrow = {4: "16-bit numbers", 2: "bytes"}.get(header.dtype.itemsize)
        halved = 2 * (size - header.offset) == header.data_bytes and narrow is not None
        raise InputError(
            f"{name}: the file is truncated; copy or download it again ({size} bytes, and its "
            f"header gives {expected}{f', as if its values were {narrow}' if halved else ''})"
        )
    if size == expected and not more:
        return
    surplus = size - expected
    longer = "longer" if more else f"{surplus} bytes longer"
    wider = {1: "16-bit integers", 2: "32-bit reals"}.get(header.dtype.itemsize)
    if wider is not None and surplus == header.data_bytes and not more:
        raise InputError(
            f"{name}: the file is {longer} than its header says, as if its values were {wider} "
            "and the header named the wrong mode; correct the mode (byte 12) or save the map again"
        )
    raise InputError(
        f"{name}: the file is {longer} than its header says, so that values may lie off their "
        "place; if these bytes stand before the values, declare an extended header of their number "
        "(byte 92); if they stand behind, cut them off; or save the map again"
    )


def right_angles(header: MrcHeader, name: str, sampling_given: bool) -> None:
    """Refuse a cell whose angles are not right angles; angles of zero were never set."""
    angles = np.array(header.angles, float)
    if not np.isfinite(angles).all():
        if sampling_given:
            return
        raise InputError(
            f"{name}: the cell angles in its header are not numbers; give the voxel size with "
            "--sampling if the voxels are cubes"
        )
    if np.any(angles != 0) and np.any(np.abs(angles - 90) > _RIGHT):
        shown = ", ".join(f"{angle:g}" for angle in angles)
        raise InputError(
            f"{name}: its cell angles are {shown} degrees and not 90; resample the map on a grid "
            "of cubes, or correct the header"
        )


def place_of(
    header: MrcHeader,
) -> Tuple[Tuple[float, float, float], Tuple[int, int, int], Optional[str]]:
    """Origin in Å and first voxel along ``x, y, z``; and what was set to zero, if anything was."""
    origin, start, faults = header.origin, header.start, []
    if not all(math.isfinite(value) and abs(value) <= _FARTHEST for value in origin):
        shown = ", ".join(f"{value:g}" for value in origin)
        faults.append(f"the origin in its header ({shown}) is not a valid position")
        origin = (0.0, 0.0, 0.0)
    if any(abs(value) > _FARTHEST for value in start):
        faults.append(f"the first voxel in its header ({', '.join(map(str, start))}) is not valid")
        start = (0, 0, 0)
    by_axis = dict(zip(header.order, start))
    fault = f"{' and '.join(faults)}; zero is written into the results" if faults else None
    return origin, (by_axis[1], by_axis[2], by_axis[3]), fault


def box_text(shape: Tuple[int, ...]) -> str:
    """Voxels along x, y and z of an array ``[z, y, x]``, for messages."""
    return " x ".join(str(n) for n in shape[::-1])


def _byte_order(head: bytes) -> Optional[str]:
    """The byte order in which a header is plausible; that of its machine stamp is tried first."""
    stamped = _STAMPS.get(head[212], "<")
    for end in (stamped, ">" if stamped == "<" else "<"):
        *sides, mode = struct.unpack_from(f"{end}4i", head)
        if all(0 <= side <= _LARGEST_SIDE for side in sides) and 0 <= mode <= _LARGEST_MODE:
            return end
    return None


def _bytes_of(shape: Tuple[int, int, int], mode: int) -> int:
    return math.prod(shape) * np.dtype(_TYPES[mode]).itemsize if mode in _TYPES else -1


def _signed_bytes(head: bytes, end: str) -> Optional[bool]:
    """Whether bytes are signed, by IMOD's stamp or the extreme values in the header."""
    stamp, flags = struct.unpack_from(f"{end}2i", head, 152)
    if stamp == _IMOD_STAMP:
        return bool(flags & _IMOD_SIGNED)
    least, most = struct.unpack_from(f"{end}2f", head, 76)
    if 0 <= least < most and 127 < most <= 255:
        return False
    return True if -128 <= least < 0 < most <= 127 else None


def _check_mode(name: str, mode: int) -> None:
    if mode in _COMPLEX:
        raise InputError(
            f"{name}: it holds complex numbers, a transform; give the map in real space"
        )
    if mode not in _TYPES:
        raise InputError(
            f"{name}: MRC mode {mode} cannot be read; save the map as 32-bit reals (mode 2)"
        )


def _check_box(
    name: str, shape: Tuple[int, int, int], counts: Tuple[int, int, int], group: int
) -> None:
    sections, rows, _ = shape
    if 0 in shape:
        raise InputError(f"{name}: its header gives zero dimensions; give a map")
    if sections == 1:
        raise InputError(f"{name}: it is a 2D image; give a volume")
    # Counts of one voxel along all axes were never set.
    images = counts[2] == 1 and (counts != (1, 1, 1) or (group == 0 and rows != sections))
    if group >= 400 or images:
        raise InputError(
            f"{name}: it is a stack (space group {group}, {counts[2]} section(s) a volume), "
            "not one volume; extract the volume you mean"
        )
    if len(set(shape)) != 1:
        raise InputError(
            f"{name}: its box {box_text(shape)} is not a cube; pad or crop it to one, with "
            "real solvent if you can"
        )


def _order(name: str, order: Tuple[int, int, int]) -> Tuple[int, int, int]:
    if order == (0, 0, 0):
        return (1, 2, 3)
    if sorted(order) != [1, 2, 3]:
        raise InputError(
            f"{name}: its header names the axes {list(order)}, not some order of 1, 2, 3; "
            "correct the header"
        )
    return order


def _unreadable(name: str, why: str) -> InputError:
    return InputError(f"{name}: not a readable MRC file; give a map in MRC format ({why})")


def _not_mrc(head: bytes, name: str, size: Optional[int]) -> InputError:
    """Name of the other format and its converter, if it is recognised; else what is missing."""
    other = other_format(head, size)
    if other is not None:
        return InputError(f"{name}: {other}")
    plausible = len(head) >= HEADER_BYTES and _byte_order(head) is not None and any(head[:12])
    why = (
        "; its header lacks the letters 'MAP ' at byte 208, and its size is not the one the "
        "header gives"
    )
    return InputError(
        f"{name}: not an MRC file; give a map in MRC format{why if plausible else ''}"
    )
