"""Errors and warnings about the input, found from the form, from headers and from the mask.

The command line has the same sentences for the same errors.

These checks are fast, because the form waits for them.  All values of all files are checked when
the protocol starts.  For the warnings the map is read at a subset of its voxels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import mrcfile
import numpy as np

from ...files.atomic import real_path
from ...files.mrc.masks import FULL, empty, wrong_box
from ...files.mrc.voxel_size import LARGEST_VOXEL, SAME_VOXEL, SMALLEST_VOXEL
from ...numerics.geometry.grid import distance_map
from ...numerics.geometry.symmetry import standard_name
from ...numerics.measurement.presets import PRESETS
from ...numerics.problem.settings import Settings, check_settings_for_map, checked_settings
from ...numerics.solvent.region import ends_by_structure, noise_edge

__all__ = [
    "EXCLUSION",
    "MASK",
    "box_errors",
    "coarsest_errors",
    "count_errors",
    "frequencies_of",
    "input_warnings",
    "is_mrc",
    "mask_errors",
    "missing_file",
    "mrc_box",
    "plain_name",
    "same_sampling",
    "settings_errors",
    "symmetry_errors",
    "voxel_errors",
]

#: Names of the masks in messages.
MASK, EXCLUSION = "Mask", "Exclusion mask"

Box = Tuple[int, int, int]

#: Fewer frequencies than this are warned about.
_FEW_FREQUENCIES = 5
#: Standard deviation of a masked solvent, relative to that of the particle.
_BLANK = 1e-4
#: Voxels between the particle and the edge of the noise region that a good noise estimate needs.
_THIN_SHELL = 8
#: Approximate number of points along each side at which a map is read.
_SUBSET_SIDE = 192


def plain_name(name: str) -> str:
    """Return a file name without the format that Scipion may append (``:mrc``)."""
    return name.split(":")[0]


def missing_file(name: str, path: str) -> str:
    """Return the sentence about a file that is not there.

    Imports only link to files: the path that the user knows is that to which the link leads.
    """
    place = real_path(Path(path)) if Path(path).is_symlink() else path
    return f"{name}: the file {place} is missing; put it back, or import it again."


def is_mrc(path: str) -> bool:
    """Whether the header of a file identifies it as MRC."""
    with Path(path).open("rb") as file:
        file.seek(208)
        return file.read(3) == b"MAP"


def mrc_box(path: str) -> Box:
    """Return the number of voxels of an MRC file along x, y and z."""
    with mrcfile.open(path, permissive=True, header_only=True) as file:
        header = file.header
        return int(header.nx), int(header.ny), int(header.nz)


def box_errors(boxes: Sequence[Tuple[str, Box]]) -> List[str]:
    """Check that the box of the map (the first) is a cube and that all boxes are equal.

    Parameters
    ----------
    boxes : sequence of (str, Box)
        Name of the input, and its number of voxels along x, y and z.
    """
    (name, reference), *others = boxes
    errors = []
    if len(set(reference)) != 1:
        errors.append(f"{name}: its box {_text(reference)} is not a cube; pad or crop it to one.")
    for other, box in others:
        if box == reference:
            continue
        if other in (MASK, EXCLUSION):
            errors.append(f"{other}: {wrong_box(box, reference, 'the map')}.")
        else:
            errors.append(
                f"{other}: its box {_text(box)} differs from that of the map, {_text(reference)}; "
                "bring both to the same box."
            )
    return errors


def voxel_errors(
    sampling: Optional[float], others: Sequence[Tuple[str, Optional[float]]]
) -> List[str]:
    """Check the voxel size of the map in Å, and those of other inputs with their names."""
    if sampling is None or not SMALLEST_VOXEL <= sampling <= LARGEST_VOXEL:
        return [
            f"Map: its voxel size of {sampling} Å is not between {SMALLEST_VOXEL:g} and "
            f"{LARGEST_VOXEL:g} Å; import it with the right one."
        ]
    return [
        f"{name}: its voxel size ({_number(given)} Å) differs from that of the map "
        f"({sampling:g} Å); import it with the right size, or resample it."
        for name, given in others
        if not same_sampling(given, sampling)
    ]


def same_sampling(given: Optional[float], expected: float) -> bool:
    """Whether two voxel sizes in Å are equal, within the rounding of headers."""
    return given is not None and abs(given - expected) <= SAME_VOXEL * expected


def mask_errors(path: str, whole_box: bool, name: str = MASK) -> List[str]:
    """Check that a mask is neither empty nor fills the box.

    Parameters
    ----------
    path : str
        MRC file.
    whole_box : bool
        Whether the mask may fill the box.
    name : str
        ``MASK`` or ``EXCLUSION``.
    """
    with mrcfile.mmap(path, permissive=True) as file:
        highest, lowest = float(file.data.max()), float(file.data.min())
        if file.data.dtype.itemsize == 1 and lowest < 0:
            # The meaning of such bytes is decided when all values are read.
            return []
    if not highest > 0:
        return [f"{name}: {empty(name.lower())}."]
    if lowest < highest / 2:
        return []
    if name == EXCLUSION:
        return [f"{name}: it fills the box; give a mask of what is neither particle nor noise."]
    return [] if whole_box else [f"{name}: {FULL}."]


def settings_errors(settings: Dict[str, Any], preset: str) -> List[str]:
    """Check the settings of the form, with the sentences of the library.

    Parameters
    ----------
    settings : dict
        Arguments of :class:`~monodir_plugin.numerics.Settings`.
    preset : str
        A key of :data:`~monodir_plugin.numerics.PRESETS`.
    """
    try:
        checked_settings(Settings(**settings), PRESETS[preset])
    except ValueError as error:
        return [_capitalised(error)]
    return []


def count_errors(*counts: Tuple[str, Optional[int], bool]) -> List[str]:
    """Check numbers of the form that must be at least 1.

    Parameters
    ----------
    *counts : (str, int or None, bool)
        Label, number, and whether the field may be empty.
    """
    errors = []
    for label, number, optional in counts:
        if number is None and optional:
            continue
        if number is None or number < 1:
            errors.append(f"{label}: at least 1{', or empty' if optional else ''}.")
    return errors


def symmetry_errors(name: str) -> List[str]:
    """Check the name of a point group; it may be empty."""
    if not name.strip():
        return []
    try:
        standard_name(name)
    except ValueError as error:
        return [f"Symmetry: {error}."]
    return []


def coarsest_errors(
    size: int, sampling: float, preset: str, coarsest: Optional[float]
) -> List[str]:
    """Check the coarsest resolution against the map.

    Parameters
    ----------
    size : int
        Side of the box, voxels.
    sampling : float
        Voxel size, Å.
    preset : str
    coarsest : float or None
        Å; ``None``: the value of the preset.
    """
    if coarsest is None:
        return []
    try:
        check_settings_for_map(Settings(coarsest=coarsest), size, sampling)
        frequencies_of(size, sampling, preset, coarsest)
    except ValueError as error:
        return [_capitalised(error)]
    return []


def frequencies_of(
    size: int, sampling: float, preset: str, coarsest: Optional[float]
) -> np.ndarray:
    """Return the spatial frequencies that will be tested, cycles per voxel."""
    return PRESETS[preset].frequencies(size, sampling, coarsest, 1.0)


def input_warnings(
    map_path: str, mask_path: Optional[str], frequencies: int, halves: bool
) -> List[str]:
    """Warn about input with which a run may fail or give inaccurate results.

    Parameters
    ----------
    map_path : str
        MRC file.
    mask_path : str or None
        MRC file; ``None`` if a mask will be made.
    frequencies : int
        Number of spatial frequencies that will be tested.
    halves : bool
        Whether the noise is measured from half maps.
    """
    warnings = []
    if frequencies < _FEW_FREQUENCIES:
        warnings.append(
            f"Only {frequencies} resolutions lie between the coarsest resolution and the finest "
            "that the voxel size allows, so that results will be inaccurate. Use smaller voxels, "
            "or a coarser coarsest resolution."
        )
    if not halves:
        warnings += _noise_warnings(map_path, mask_path)
    return warnings


def _noise_warnings(map_path: str, mask_path: Optional[str]) -> List[str]:
    volume, step = _subset(map_path)
    size = volume.shape[0]
    radius = distance_map(size)
    if mask_path is None:
        inside = radius < 0.42 * size
    else:
        mask = _subset(mask_path)[0]
        inside = mask >= mask.max() / 2
    inner = float(radius[inside].max())
    solvent = ~inside & (radius < size // 2)
    fix = "Give the map as it was before masking, or use its half maps."
    if solvent.any() and volume[solvent].std() <= _BLANK * volume[inside].std():
        return [f"The map was masked: its solvent is blank and contains no noise. {fix}"]
    warnings = []
    shell = solvent & (radius > inner)
    edge = noise_edge(volume, shell, radius)
    if edge < size // 2 and ends_by_structure(volume, inside, shell, radius, edge):
        edge = size // 2
    if edge < size // 2:
        warnings.append(
            "The map holds no noise outside a sphere (it was masked or padded): the noise is "
            f"measured only within a radius of {edge * step} voxels. {fix}"
        )
    if mask_path is not None and (min(edge, size // 2) - inner) * step < _THIN_SHELL:
        warnings.append(
            "The particle nearly fills the box, so that little solvent is left to measure the "
            "noise. Use a larger box, or half maps."
        )
    return warnings


def _subset(path: str) -> Tuple[np.ndarray, int]:
    """Read every n-th voxel of a map, the central voxel included; return the values and n."""
    with mrcfile.mmap(path, permissive=True) as file:
        size = file.data.shape[0]
        step = max(1, round(size / _SUBSET_SIDE))
        every = slice(size // 2 % step, None, step)
        return np.array(file.data[every, every, every], dtype=np.float32), step


def _number(value: Optional[float]) -> str:
    return "unknown" if value is None else f"{value:g}"


def _capitalised(error: ValueError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _text(box: Box) -> str:
    return " x ".join(str(n) for n in box)
