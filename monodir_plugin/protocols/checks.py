"""What can be said about the input before anything is computed.

Faults are found from the form, from headers and from the extent of the mask, so that the form
answers at once; every value of every file is checked when the protocol starts.  For warnings the
map is read at every few voxels.
"""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Sequence, Tuple

import mrcfile
import numpy as np

from ..numerics.geometry import distance_map
from ..numerics.preparation import Settings, checked_settings
from ..numerics.presets import PRESETS
from ..numerics.solvent import ends_by_structure, noise_edge

__all__ = [
    "box_faults",
    "coarsest_faults",
    "frequencies_of",
    "input_warnings",
    "is_mrc",
    "mask_faults",
    "mrc_box",
    "plain_name",
    "sampling_faults",
    "settings_faults",
]

Box = Tuple[int, int, int]

_SMALLEST_VOXEL, _LARGEST_VOXEL = 0.1, 50.0
_SAME_VOXEL = 0.01
_FEW_FREQUENCIES = 5
_BLANK = 1e-4
#: Voxels that noise needs between the particle and the end of the box.
_THIN_SHELL = 8
#: Maps are looked through at about this many points a side.
_LOOK = 192


def plain_name(name: str) -> str:
    """A file name without the format that Scipion may add (``:mrc``)."""
    return name.split(":")[0]


def is_mrc(path: str) -> bool:
    """Whether a file says that it is MRC."""
    with Path(path).open("rb") as file:
        file.seek(208)
        return file.read(3) == b"MAP"


def mrc_box(path: str) -> Box:
    """Voxels of an MRC file along x, y and z."""
    with mrcfile.open(path, permissive=True, header_only=True) as file:
        header = file.header
        return int(header.nx), int(header.ny), int(header.nz)


def box_faults(boxes: Sequence[Tuple[str, Box]]) -> List[str]:
    """What is wrong with the boxes of the map (the first) and of what belongs to it."""
    (name, reference), *others = boxes
    faults = []
    if len(set(reference)) != 1:
        faults.append(f"{name}: its box {_text(reference)} is not a cube; pad or crop it to one.")
    for other, box in others:
        if box != reference:
            faults.append(
                f"{other}: its box {_text(box)} differs from that of the map, {_text(reference)}; "
                "bring both to the same box."
            )
    return faults


def sampling_faults(sampling: Optional[float], mask_sampling: Optional[float]) -> List[str]:
    """What is wrong with the voxel sizes of the map and of the mask (``None``: no mask)."""
    if sampling is None or not _SMALLEST_VOXEL <= sampling <= _LARGEST_VOXEL:
        return [f"Map: a voxel size of {sampling} Å makes no sense; import it with the right one."]
    if mask_sampling is not None and abs(mask_sampling - sampling) > _SAME_VOXEL * sampling:
        return [
            f"Mask: its voxels ({mask_sampling:g} Å) differ from those of the map "
            f"({sampling:g} Å); import it with the right size, or resample it."
        ]
    return []


def mask_faults(path: str, whole_box: bool) -> List[str]:
    """What is wrong with the extent of a mask.

    Parameters
    ----------
    path : str
        MRC file.
    whole_box : bool
        Whether a mask that fills the box is of use.
    """
    with mrcfile.mmap(path, permissive=True) as file:
        peak, least = float(file.data.max()), float(file.data.min())
        if file.data.dtype.itemsize == 1 and least < 0:
            # What such bytes mean is told when all of them are read.
            return []
    if not peak > 0:
        return ["Mask: it is empty; give one that is positive in the particle."]
    if least >= peak / 2 and not whole_box:
        return [
            "Mask: it fills the box and leaves no solvent to measure noise in; give a mask of "
            "the particle, or use half maps."
        ]
    return []


def settings_faults(settings: Settings, preset: str) -> List[str]:
    """What is wrong with the criterion or the significance."""
    try:
        checked_settings(settings, PRESETS[preset])
    except ValueError as error:
        text = str(error)
        return [f"{text[:1].upper()}{text[1:]}."]
    return []


def coarsest_faults(
    size: int, sampling: float, preset: str, coarsest: Optional[float]
) -> List[str]:
    """What is wrong with the coarsest resolution that is looked for (``None``: the preset's)."""
    finest, widest = 2 * sampling, size * sampling
    if coarsest is None:
        return []
    if finest < coarsest <= widest:
        try:
            frequencies_of(size, sampling, preset, coarsest)
            return []
        except ValueError:
            pass
    return [
        f"Coarsest resolution: {coarsest:g} Å does not lie well between two voxels "
        f"({finest:g} Å) and the box ({widest:g} Å)."
    ]


def frequencies_of(
    size: int, sampling: float, preset: str, coarsest: Optional[float]
) -> np.ndarray:
    """Spatial frequencies that will be looked at, cycles per voxel."""
    return PRESETS[preset].frequencies(size, sampling, coarsest, 1.0)


def input_warnings(
    map_path: str, mask_path: Optional[str], frequencies: int, halves: bool
) -> List[str]:
    """What makes results rough or a failure likely: a masked map, a tight box, few frequencies.

    Parameters
    ----------
    map_path : str
        MRC file.
    mask_path : str or None
        MRC file; ``None`` if the mask is to be made.
    frequencies : int
        Number of spatial frequencies that will be looked at.
    halves : bool
        Whether the noise comes from half maps.
    """
    warnings = []
    if frequencies < _FEW_FREQUENCIES:
        warnings.append(
            f"Only {frequencies} resolutions lie between the coarsest that is looked for and the "
            "finest that the voxels allow: results will be rough. Use smaller voxels, or look "
            "for coarser resolutions."
        )
    if not halves:
        warnings += _noise_warnings(map_path, mask_path)
    return warnings


def _noise_warnings(map_path: str, mask_path: Optional[str]) -> List[str]:
    volume, step = _thinned(map_path)
    size = volume.shape[0]
    radius = distance_map(size)
    if mask_path is None:
        inside = radius < 0.42 * size
    else:
        mask = _thinned(mask_path)[0]
        inside = mask >= mask.max() / 2
    inner = float(radius[inside].max())
    solvent = ~inside & (radius < size // 2)
    fix = "Give the map as it was before masking, or use its half maps."
    if solvent.any() and volume[solvent].std() <= _BLANK * volume[inside].std():
        return [
            "The map was masked: the solvent is blank, and there is no noise to compare with. "
            + fix
        ]
    warnings = []
    shell = solvent & (radius > inner)
    edge = noise_edge(volume, shell, radius)
    if edge < size // 2 and ends_by_structure(volume, inside, shell, radius, edge):
        edge = size // 2
    if edge < size // 2:
        warnings.append(
            f"The map was masked by a sphere: noise is measured inside a radius of {edge * step} "
            f"voxels only. {fix}"
        )
    if mask_path is not None and (min(edge, size // 2) - inner) * step < _THIN_SHELL:
        warnings.append(
            "The particle nearly fills the box: little solvent is left to measure noise in. A "
            "larger box, or half maps, would be better."
        )
    return warnings


def _thinned(path: str) -> Tuple[np.ndarray, int]:
    """A map at every few voxels, the central one among them, and how many."""
    with mrcfile.mmap(path, permissive=True) as file:
        size = file.data.shape[0]
        step = max(1, round(size / _LOOK))
        every = slice(size // 2 % step, None, step)
        return np.array(file.data[every, every, every], dtype=np.float32), step


def _text(box: Box) -> str:
    return " x ".join(str(n) for n in box)
