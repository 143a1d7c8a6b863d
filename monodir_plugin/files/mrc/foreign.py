"""Formats that are not read, by their first bytes: what they are and what converts them."""

from __future__ import annotations

import math
import struct
from typing import Optional

__all__ = ["other_format"]

#: First bytes of a file, what it is, and what to do.
_MAGIC = (
    (b"\x28\xb5\x2f\xfd", "it is packed with zstd; unpack it with zstd -d"),
    (b"\xfd7zXZ\x00", "it is packed with xz; unpack it with xz -d"),
    (b"\x04\x22\x4d\x18", "it is packed with lz4; unpack it with lz4 -d"),
    (b"\x1f\x9d", "it is packed with compress; unpack it with uncompress"),
    (b"PK\x03\x04", "it is a zip archive; unpack it with unzip"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive; unpack it with 7z x"),
    (b"\x89HDF\r\n\x1a\n", "it is an HDF5 file; convert it with EMAN2: e2proc3d.py FILE map.mrc"),
    (b"II*\x00", "it is a TIFF file; convert it with IMOD: tif2mrc FILE map.mrc"),
    (b"MM\x00*", "it is a TIFF file; convert it with IMOD: tif2mrc FILE map.mrc"),
    (b"\x93NUMPY", "it is an array of NumPy; save it with mrcfile.write(name, array, voxel_size=)"),
    (b"\x89PNG", "not an MRC file; give a map in MRC format, this is a picture (PNG)"),
)
_EM_TYPES = {1: 1, 2: 2, 4: 4, 5: 4, 8: 8, 9: 8}
_EM_HEADER, _EM_MACHINES = 512, 7
_CONVERTER = "convert it with EMAN2: e2proc3d.py FILE map.mrc, or Bsoft: bimg FILE map.mrc"


def other_format(head: bytes, size: Optional[int]) -> Optional[str]:
    """The format of a file that is not MRC, and a program that converts it.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    size : int or None
        Bytes of the file; ``None``: unknown.

    Returns
    -------
    str or None
        The end of a sentence whose subject is the file; ``None`` if the format is not known.
    """
    for magic, advice in _MAGIC:
        if head.startswith(magic):
            return advice
    if _is_em(head, size):
        return f"it is an EM file (TOM, Dynamo); {_CONVERTER}"
    if _is_spider(head, size):
        return f"it is a SPIDER file; {_CONVERTER}"
    return None


def _is_em(head: bytes, size: Optional[int]) -> bool:
    """The EM format has no magic: a known type, and a size that fits it."""
    if len(head) < _EM_HEADER or size is None:
        return False
    if head[0] >= _EM_MACHINES or head[3] not in _EM_TYPES:
        return False
    for end in "<>":
        sides = struct.unpack_from(f"{end}3i", head, 4)
        room = _EM_HEADER + math.prod(sides) * _EM_TYPES[head[3]]
        if all(side > 0 for side in sides) and room == size:
            return True
    return False


def _is_spider(head: bytes, size: Optional[int]) -> bool:
    """Of SPIDER's header, all reals: slices, rows, type, columns and bytes of the header."""
    if len(head) < 104 or size is None:
        return False
    for end in "<>":
        words = struct.unpack_from(f"{end}26f", head)
        slices, rows, kind, columns, header = (words[i] for i in (0, 1, 4, 11, 21))
        whole = all(math.isfinite(w) and w == int(w) and w > 0 for w in (slices, rows, columns))
        if whole and kind in (1, 3) and header + 4 * slices * rows * columns == size:
            return True
    return False
