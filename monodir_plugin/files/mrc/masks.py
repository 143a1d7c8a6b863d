"""Masks from files: of any scale, of bytes with or without a sign, on the grid of a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

import numpy as np

from ...errors import InputError
from ..maps import MapFile
from .header import box_text
from .voxel_size import SAME_VOXEL

__all__ = ["EXCLUSION", "FULL", "GivenMask", "as_mask", "empty", "wrong_box"]

#: Kind of the file that says what is neither particle nor noise.
EXCLUSION = "exclusion mask"

#: A mask has one value outside; more voxels have it than have any one value of a density.
_LEAST_OUTSIDE = 0.02
#: A box that lies this many voxels from another one's lies elsewhere.
_ELSEWHERE = 0.5


#: End of the message on a mask of the whole box.
FULL = "it fills the box and leaves no solvent; give a mask of the particle, or half maps"


def empty(kind: str) -> str:
    """Return the end of the message on a mask without a positive value, by its kind."""
    part = "what is neither particle nor noise" if kind == EXCLUSION else "the particle"
    return f"it is empty; give one that is positive in {part}"


def wrong_box(box: Tuple[int, ...], reference: Tuple[int, ...], of: str) -> str:
    """Return the end of the message on a mask with another box; ``of`` names the map."""
    return (
        f"its box {box_text(box)} differs from that of {of}, {box_text(reference)}; make the mask "
        "on the same grid"
    )


@dataclass(frozen=True)
class GivenMask:
    """A mask that fits a map.

    Attributes
    ----------
    inside : ndarray of bool, shape (N, N, N)
    notes : list of str
        What was done to a mask that is not of zeros and ones.
    warnings : list of str
        What is in doubt about it, and what was decided.
    """

    inside: np.ndarray
    notes: List[str]
    warnings: List[str]


def as_mask(mask: MapFile, reference: MapFile, whole_box: bool) -> GivenMask:
    """A mask as booleans that fits a map.

    Parameters
    ----------
    mask : MapFile
        Values of any scale; binarised at half of the maximum.  Its ``kind`` is ``mask``, or
        :data:`EXCLUSION`.
    reference : MapFile
        The map it is for.
    whole_box : bool
        Whether a mask that fills the box is of use.

    Returns
    -------
    GivenMask

    Raises
    ------
    InputError
        If shape or voxel size differ, or the mask is empty or fills the box.
    """
    excluded = mask.kind == EXCLUSION
    name = f"{mask.kind} {mask.path}"
    if mask.values.shape != reference.values.shape:
        boxes = mask.values.shape, reference.values.shape
        raise InputError(f"{name}: {wrong_box(*boxes, f'the map {reference.path}')}")
    if abs(mask.sampling - reference.sampling) > SAME_VOXEL * reference.sampling:
        raise InputError(
            f"{name}: its voxels ({mask.sampling:g} Å) differ from those of the map "
            f"{reference.path} ({reference.sampling:g} Å); correct the header, or give the size "
            "of both with --sampling"
        )
    values, note = mask.values, None
    if mask.byte_values and values.min() < 0:
        values, note = _of_bytes(name, values)
    peak = float(values.max())
    if peak <= 0:
        raise InputError(f"{name}: {empty(mask.kind)}")
    inside = values >= peak / 2
    if inside.all() and not whole_box:
        raise InputError(f"{name}: {FULL}")
    binary = ((values == 0) | (values == 1)).all()
    notes = [f"{name}: {note}"] if note else []
    if not binary:
        notes.append(f"{name}: not of zeros and ones, binarised at {peak / 2:g}")
    doubts = [_density(values, inside, excluded), _elsewhere(mask, reference)]
    return GivenMask(inside, notes, [*mask.warnings, *(f"{name}: {d}" for d in doubts if d)])


def _of_bytes(name: str, values: np.ndarray) -> Tuple[np.ndarray, str]:
    """A mask of bytes some of which are negative, as values from 0 on.

    Unsigned bytes from 128 to 255 read as -128 to -1; IMOD takes 128 off when it stores signed
    ones.  What most voxels hold is outside.
    """
    found, counts = np.unique(values, return_counts=True)
    unsigned = np.where(values < 0, values + 256, values)
    if len(found) == 2:
        # Zero is outside whatever the sign is; else the larger one is inside.
        inside = found[found != 0][0] if 0 in found else found.max()
        outside = found[found != inside][0]
        two = f"{outside:g} and {inside:g}"
        return (values == inside).astype(np.float32), f"bytes of {two}: the second is inside"
    outside = found[np.argmax(counts)]
    if outside == 0:
        return unsigned, "bytes, some of them negative, read as unsigned ones (0 to 255)"
    if outside == found.min():
        return values - outside, f"bytes from {outside:g} on, of which {outside:g} is outside"
    raise InputError(
        f"{name}: it holds bytes (mode 0) from {found.min():g} to {found.max():g}, of which none "
        "is plainly outside; save it as 32-bit reals (mode 2) of zeros and ones"
    )


def _density(values: np.ndarray, inside: np.ndarray, excluded: bool) -> Optional[str]:
    """A warning of a mask that looks like a density map."""
    if not values.min() < 0:
        return None
    # Nearly all voxels of a mask have the value outside; no value of a density has many voxels.
    middle = np.median(values)
    if max(np.mean(values == middle), np.mean(values == 0)) > _LEAST_OUTSIDE:
        return None
    done, fix = ("excluded", "") if excluded else ("measured", ", or none to have one made")
    return (
        f"it looks like a density map and not like a mask ({100 * np.mean(values < 0):.0f} % of "
        f"its values are negative): its {int(inside.sum())} voxels above half of the maximum are "
        f"{done}; give a mask{fix}"
    )


def _elsewhere(mask: MapFile, reference: MapFile) -> Optional[str]:
    """A warning of a mask whose header puts its box elsewhere than the map's."""
    place = _place(mask)
    # Many programs write no place, and mean the grid of the map.
    if not place.any():
        return None
    apart = (place - _place(reference)) / reference.sampling
    if np.abs(apart).max() <= _ELSEWHERE:
        return None
    shown = ", ".join(f"{a:.4g}" for a in apart)
    return (
        f"its header puts its box {shown} voxels (x, y, z) from that of the map: it was used as if "
        "the boxes were one; resample it on the grid of the map if it does not fit"
    )


def _place(file: MapFile) -> np.ndarray:
    """Where a box begins, Å: its origin, or else its first voxel."""
    origin = np.array(file.origin)
    return origin if origin.any() else file.sampling * np.array(file.start, float)
