"""A first look at the inputs of several runs, before the first of them is measured.

Only headers are read, and of the values as many as are needed to see that they are not those of a
mask.
"""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Sequence

from ...errors import InputError
from ...files.atomic import is_there
from ...files.maps import check_there
from ...files.mrc.data import read_header, read_pieces
from .inputs import Input

__all__ = ["look_at", "looks_like_mask", "refuse_masks"]

#: Least number of voxels with the largest value, over those between it and zero.  In a mask these
#: are those of the soft edge; a density has its largest value at one voxel or few.
_LEAST_FULL = 0.02


def look_at(found: Input) -> None:
    """Refuse an input if one of its files is missing or is no map, by their headers.

    Raises
    ------
    InputError
    """
    what = "map" if found.halves is None else "half map"
    for name in found.halves or (str(found.map),):
        read_header(check_there(name, what), what)


def refuse_masks(names: Sequence[str], mask: Optional[str]) -> None:
    """Refuse a mask among the maps that the user named.

    Parameters
    ----------
    names : sequence of str
        Maps, half maps and folders; what cannot be read is left for later.
    mask : str or None
        The mask that was given besides.

    Raises
    ------
    InputError
    """
    for name in names:
        path = Path(name)
        try:
            is_mask = is_there(path) and not path.is_dir() and looks_like_mask(path)
        except InputError:
            continue
        if is_mask:
            fix = f"give it with --mask {name}"
            if mask is not None:
                fix = f"leave it out, as the mask is {mask}"
            raise InputError(f"map {name}: it looks like a mask and not like a map; {fix}")


def looks_like_mask(path: Path) -> bool:
    """Whether a file holds zeros, many voxels of one other value, and at most few between.

    Reading ends at the first negative value, so that of most maps one piece is read.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InputError
        If the file is no map that can be read.
    """
    voxels = zeros = full = 0
    most = 0.0
    for piece in read_pieces(path, "map"):
        least, largest = float(piece.min()), float(piece.max())
        # Values that are not numbers compare as false.
        if not 0 <= least <= largest:
            return False
        if largest > most:
            most, full = largest, 0
        voxels += piece.size
        zeros += int((piece == 0).sum())
        full += int((piece == most).sum()) if most else 0
    between = voxels - zeros - full
    return bool(zeros and full) and full >= _LEAST_FULL * between
