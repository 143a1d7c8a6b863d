"""The voxel size of a map, from its header or as given."""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from ...errors import InputError
from .header import MrcHeader

__all__ = ["LARGEST_VOXEL", "SAME_VOXEL", "SMALLEST_VOXEL", "voxel_size"]

#: Voxel sizes that differ by a smaller share are the same.
SAME_VOXEL = 0.01
#: Voxel sizes that are given and lie outside this range, Å, are refused.
SMALLEST_VOXEL, LARGEST_VOXEL = 0.1, 50.0
#: Finer voxels in a header are more likely to be nm; cryo-EM's finest have 0.3 to 0.5 Å.
_SMALLEST_BELIEVED = 0.3
#: A size that is given is doubtful if it differs from that of the header by more than this factor;
#: calibration changes it by some per cent.  Many headers without a size say 1 Å.
_UNLIKE, _UNSET = 1.5, 1.0
#: Range in which one of two readings of a header must lie for it to be used.
_USUAL = (0.3, 20.0)


def voxel_size(
    header: MrcHeader,
    name: str,
    sampling: Optional[float] = None,
    unless_given: Optional[float] = None,
) -> Tuple[float, Optional[str]]:
    """Voxel size in Å, and what was decided on the way if it is in doubt.

    Parameters
    ----------
    header : MrcHeader
    name : str
        What to call the file in messages.
    sampling : float, optional
        Size in Å that replaces that of the header.
    unless_given : float, optional
        Size in Å for a header that has none.

    Raises
    ------
    InputError
        If there is no size, or none that makes sense.
    """
    if sampling is not None:
        size = float(sampling)
        if not SMALLEST_VOXEL <= size <= LARGEST_VOXEL:
            raise InputError(
                f"--sampling {size:g}: give a voxel size between {SMALLEST_VOXEL:g} and "
                f"{LARGEST_VOXEL:g} Å"
            )
        return size, None if unless_given is not None else _unlike_header(header, size)
    counts, cell = np.array(header.counts, float), np.array(header.cell, float)
    if np.any(counts <= 0) or not np.all(cell > 0) or not np.isfinite(cell).all():
        if unless_given is not None:
            return unless_given, None
        raise InputError(f"{name}: its header has no voxel size; give it with --sampling")
    sizes, decided = cell / counts, None
    if header.counts == (1, 1, 1):
        sizes = _of_single_counts(header, name, cell)
        decided = (
            "the counts of voxels in its header (mx, my, mz) are 1, and its voxels are taken to "
            f"be of {sizes.mean():g} Å; give their size with --sampling if that is wrong"
        )
    if np.ptp(sizes) > SAME_VOXEL * sizes.mean():
        raise InputError(
            f"{name}: its voxels are not cubes ({', '.join(f'{s:g}' for s in sizes)} Å); "
            "resample the map, or give the size with --sampling"
        )
    size = float(np.round(sizes.mean(), 6))
    if 0.1 * _SMALLEST_BELIEVED <= size < _SMALLEST_BELIEVED:
        raise InputError(
            f"{name}: voxels of {size:g} Å are finer than any of a cryo-EM map (of {size:g} nm "
            f"they would be {10 * size:g} Å); give their size with --sampling"
        )
    if not _SMALLEST_BELIEVED <= size <= LARGEST_VOXEL:
        raise InputError(
            f"{name}: voxels of {size:g} Å make no sense; give their size with --sampling"
        )
    return size, decided


def _unlike_header(header: MrcHeader, size: float) -> Optional[str]:
    """What to say of a size that is given if the header has one that is far from it."""
    counts, cell = np.array(header.counts, float), np.array(header.cell, float)
    if np.any(counts <= 1) or not np.all(cell > 0) or not np.isfinite(cell).all():
        return None
    sizes = cell / counts
    read = float(np.round(sizes.mean(), 6))
    believed = np.ptp(sizes) <= SAME_VOXEL * read and _SMALLEST_BELIEVED <= read <= LARGEST_VOXEL
    if not believed or abs(read - _UNSET) < SAME_VOXEL or 1 / _UNLIKE < size / read < _UNLIKE:
        return None
    return (
        f"its header says that its voxels are of {read:g} Å, and the size that was given with "
        f"--sampling, {size:g} Å, was used: all resolutions are {size / read:.3g} times those of "
        "the header's size; check which one is right"
    )


def _of_single_counts(header: MrcHeader, name: str, cell: np.ndarray) -> np.ndarray:
    """Voxels of a header whose cell is one voxel, or the whole box with counts never set."""
    low, high = _USUAL
    readings = [cell, cell / header.shape[0]]
    usual = [sizes for sizes in readings if low <= sizes.min() and sizes.max() <= high]
    if len(usual) != 1:
        raise InputError(
            f"{name}: the counts of voxels in its header (mx, my, mz) are 1, and its voxel size "
            "cannot be computed from them; give it with --sampling"
        )
    return usual[0]
