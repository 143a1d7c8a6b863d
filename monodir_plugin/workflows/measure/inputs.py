"""The inputs named on the command line: a map, two half maps, or a job folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

import monodir_plugin

from ...errors import InputError
from ...files.atomic import is_there
from ...files.half_map_names import are_pair, common_name, other_half, plain_stem
from .job_folders import read_job_folder

__all__ = [
    "Input",
    "completed_half_maps",
    "default_folder",
    "find_input",
    "group_half_maps",
    "outside_program",
]

#: Added to the name of a map, or of a job, for the folder of its results.
_ENDING = "_monodir"
_EITHER = "give either a MAP, or both --half1 and --half2"


@dataclass(frozen=True)
class Input:
    """The map or the half maps of one run, and what a job folder says about them.

    Attributes
    ----------
    map : str or None
        The map; ``None`` if there are half maps.
    halves : pair of str or None
        The half maps.
    mask : str or None
        The mask that a job folder names.
    images : int or None
        Number of particle images, according to a job folder.
    symmetry : str or None
        Point group that was imposed, according to a job folder.
    name : str
        Name for the folder of the results: that of the map, of the job, or what the names of the
        half maps have in common.
    parent : Path
        The folder of the map or of the half maps, or the folder that holds the job folder.
    note : str or None
        The files that were found in addition to those named, as one line.
    doubt : str or None
        Why the input may not be what the user means, as a sentence.
    """

    map: Optional[str]
    halves: Optional[Tuple[str, str]]
    name: str
    parent: Path
    mask: Optional[str] = None
    images: Optional[int] = None
    symmetry: Optional[str] = None
    note: Optional[str] = None
    doubt: Optional[str] = None


def group_half_maps(names: Sequence[str]) -> List[Tuple[str, ...]]:
    """Group file names: two that are named as half maps of one reconstruction are one input.

    Parameters
    ----------
    names : sequence of str
        Maps, half maps or folders, in any order.

    Returns
    -------
    list of tuple of str
        One name or two names per input, in the order of the first names.
    """
    groups: List[Tuple[str, ...]] = []
    left = list(names)
    while left:
        name = left.pop(0)
        other = next((text for text in left if are_pair(Path(name), Path(text))), None)
        if other is None:
            groups.append((name,))
        else:
            left.remove(other)
            groups.append((name, other))
    return groups


def find_input(
    names: Sequence[str] = (),
    half1: Optional[str] = None,
    half2: Optional[str] = None,
    single: bool = False,
) -> Input:
    """Return the input that the names of one run mean.

    Parameters
    ----------
    names : sequence of str
        A map, a job folder, or two half maps.
    half1, half2 : str, optional
        The half maps; if only one is given, the other one is found by its name.
    single : bool
        Whether one name is that of a map, even if it looks like that of a half map.

    Raises
    ------
    InputError
        If it is not clear what to measure.
    """
    if bool(names) == bool(half1 or half2):
        raise InputError(_EITHER)
    if not names:
        halves, note = completed_half_maps(half1, half2)
        return _half_maps(halves, note)
    if len(names) == 2:
        return _half_maps((names[0], names[1]), f"{names[0]} and {names[1]} are used as half maps")
    path = Path(names[0])
    if path.is_dir() and not single:
        return _job(path)
    other = None if single else other_half(path)
    if other is not None and is_there(other) and is_there(path):
        note = f"{path} is used with the other half map {other}; to measure it alone, add --single"
        return _half_maps((names[0], str(other)), note)
    doubt = None
    if other is not None:
        doubt = (
            f"{path.name} has the name of a half map and its partner, {other.name}, is not beside "
            "it: measured alone, it comes out too coarse; give --half2, or --single if this is "
            "meant"
        )
    return Input(names[0], None, plain_stem(path), path.parent, doubt=doubt)


def completed_half_maps(
    half1: Optional[str], half2: Optional[str]
) -> Tuple[Tuple[str, str], Optional[str]]:
    """Return two half maps, of which one may be found by the name of the other.

    Returns
    -------
    halves : pair of str
    note : str or None
        Which half map was found.

    Raises
    ------
    InputError
        If only one is given and there is no file with the name of the other one.
    """
    if half1 and half2:
        return (half1, half2), None
    given = str(half1 or half2)
    other = other_half(Path(given))
    if other is None:
        raise InputError(f"{_EITHER}; the name {given} does not say which file is the other half")
    if not is_there(other):
        raise InputError(f"{_EITHER}; the other half of {given} would be {other}, which is missing")
    note = f"{given} is used with the other half map {other}"
    return ((given, str(other)) if half1 else (str(other), given)), note


def default_folder(found: Input) -> Path:
    """Return the folder of the results if none is given: beside the input, named after it.

    It is in the current folder instead if the input lies in the package or in a copy of its
    repository.

    Raises
    ------
    InputError
        If the current folder lies there, too.
    """
    return outside_program(found.parent, f"the results of {found.name}") / (
        f"{found.name}{_ENDING}"
    )


def outside_program(parent: Path, what: str) -> Path:
    """Return a folder, or the current one if it lies in the package or in a copy of its repository.

    Raises
    ------
    InputError
        If the current folder lies there, too; ``what`` says what would be written.
    """
    for folder in (parent, Path()):
        if not _in_program(folder):
            return folder
    raise InputError(
        f"{what} would be written into the folder of the program; name another place with -o"
    )


def _in_program(folder: Path) -> bool:
    """Whether a folder lies in the package, or in any copy of its repository."""
    package, folder = Path(monodir_plugin.__file__).resolve().parent, folder.resolve()
    # The program may be installed elsewhere, while the user works in the copy it came from.
    return any(
        place == package
        or all((place / name).exists() for name in ("pyproject.toml", package.name))
        for place in (folder, *folder.parents)
    )


def _half_maps(halves: Tuple[str, str], note: Optional[str]) -> Input:
    path = Path(halves[0])
    return Input(None, halves, common_name(path), path.parent, note=note)


def _job(path: Path) -> Input:
    found = read_job_folder(path)
    return Input(
        map=None,
        halves=(str(found.halves[0]), str(found.halves[1])),
        name=path.absolute().name,
        parent=path.absolute().parent if path.name in ("", "..") else path.parent,
        mask=str(found.mask) if found.mask else None,
        images=found.images,
        symmetry=found.imposed,
        note=found.sentence(),
    )
