"""Where the measured map lies now, and the map that a ChimeraX scene draws.

Scipion imports maps as links: a map that is moved or deleted leaves the project without it. Most
figures do not need it.
"""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional

from pwem.objects import Volume
from pyworkflow.protocol import Protocol

from ..errors import InputError
from ..files.atomic import real_path
from ..files.loading import Results
from ..protocols.inputs import images
from ..protocols.inputs.checks import same_sampling

__all__ = ["MAP_LABEL", "VOLUMES_TAB", "check_map", "drawn_map", "map_path"]

#: Labels of the field with the path of the map, and of the tab with this field.
MAP_LABEL, VOLUMES_TAB = "Measured map is now at", "Volumes and comparison"
_MAP_WORDS = "The measured map", "its present path"


def map_path(viewer: Protocol, results: Results) -> Optional[str]:
    """Return the present path of the map: of the form, or found in the project.

    ``None`` if all maps are where they were when they were measured, or if the map is not found.
    """
    given = (viewer.mapFile.get() or "").strip()
    if given:
        return given
    if not _missing(results):
        return None
    # A project may have been moved after the run, and a converted map lies in the folder of the
    # run.
    converted = Path(viewer.protocol.getResultsFolder(), Path(_recorded(results)[0]).name)
    return next((path for path in (_of_project(viewer), str(converted)) if _is_file(path)), None)


def check_map(viewer: Protocol, results: Results) -> None:
    """Check that the map is found.

    Raises
    ------
    InputError
        If it is not; the message says how to point to the map.
    """
    path = map_path(viewer, results)
    if path is not None:
        if not _is_file(path):
            raise InputError(f"{MAP_LABEL}: there is no file {path}; correct the path.")
        return
    missing = _missing(results)
    if missing:
        # The path that the user knows is the one to which the link of the import leads.
        place = real_path(Path(missing[0]))
        halves = results.summary["parameters"]["noise_from_half_maps"]
        what, wanted = ("A half map", "the path of the map") if halves else _MAP_WORDS
        raise InputError(
            f"{what} is no longer at {place}: it was moved or deleted after the run. "
            f"Give {wanted} in the field '{MAP_LABEL}' of the tab '{VOLUMES_TAB}'. "
            "Figures that do not show the map itself do not need it."
        )


def drawn_map(viewer: Protocol, results: Results) -> Optional[str]:
    """Return the path of the map that a scene draws; ``None``: the measured map, where it was.

    Raises
    ------
    InputError
        If the map is not found, is not an MRC file, or has another voxel size.
    """
    volume: Optional[Volume] = viewer.mapToColour.get()
    if volume is None:
        check_map(viewer, results)
        return map_path(viewer, results)
    path = images.path_of(volume)
    if not _is_file(path):
        raise InputError(f"Map to colour: the file {path} is missing; choose another map.")
    if not images.is_readable(volume):
        raise InputError(f"Map to colour: {path} is not an MRC file of one volume; convert it.")
    # The header of a file may have another voxel size than Scipion, which is the one that counts.
    if not same_sampling(volume.getSamplingRate(), results.sampling):
        raise InputError(
            f"Map to colour: its voxel size ({volume.getSamplingRate():g} Å) differs from that of "
            f"the measured map ({results.sampling:g} Å); choose a map on the same grid."
        )
    return str(Path(path).absolute())


def _recorded(results: Results) -> List[str]:
    """Paths at which the map, or both half maps, were measured."""
    halves = results.summary["parameters"]["noise_from_half_maps"]
    return [str(entry["path"]) for entry in results.summary["inputs"][: 2 if halves else 1]]


def _missing(results: Results) -> List[str]:
    return [path for path in _recorded(results) if not _is_file(path)]


def _of_project(viewer: Protocol) -> Optional[str]:
    try:
        path: Optional[str] = viewer.protocol.getMapFile()
    except OSError:
        # The symbolic link that the import made is broken.
        return None
    return path


def _is_file(path: Optional[str]) -> bool:
    return path is not None and Path(path).is_file()
