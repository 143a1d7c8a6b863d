"""Scipion images as files that the command line can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Optional

from pwem.emlib.image import ImageHandler
from pwem.objects import Image, Transform, Volume

from . import checks

__all__ = [
    "box_of",
    "convert",
    "file_errors",
    "halves_of",
    "is_readable",
    "like",
    "path_of",
    "symmetry_of",
]

#: Attributes in which plugins of refinements keep the point group of a map.
_SYMMETRIES = ("_rlnSymmetryGroup", "rlnSymmetryGroup", "symmetryGroup", "_symmetryGroup")


def path_of(image: Image) -> str:
    """Return the file of an image, without the format that Scipion may append to its name."""
    return checks.plain_name(image.getFileName())


def halves_of(volume: Volume) -> List[Volume]:
    """Return the half maps that are attached to a map, none or two."""
    if not volume.hasHalfMaps():
        return []
    return [Volume(location=name) for name in volume.getHalfMaps(asList=True)]


def symmetry_of(volume: Volume) -> Optional[str]:
    """Return the point group in the metadata of a map; ``None`` if there is none that is known."""
    for name in _SYMMETRIES:
        value: Any = getattr(volume, name, None)
        text = value.get() if hasattr(value, "get") else value
        if isinstance(text, str) and not checks.symmetry_errors(text):
            return text.strip() or None
    return None


def is_readable(image: Image) -> bool:
    """Whether the file can be read without conversion: it is MRC and contains one volume."""
    path = path_of(image)
    return checks.is_mrc(path) and (not image.getIndex() or len(set(checks.mrc_box(path))) == 1)


def box_of(image: Image) -> checks.Box:
    """Return the number of voxels along x, y and z."""
    return checks.mrc_box(path_of(image)) if is_readable(image) else tuple(image.getDim())


def file_errors(name: str, image: Image) -> List[str]:
    """Check that the file of an image exists and can be read or converted."""
    path = path_of(image)
    if not Path(path).is_file():
        return [checks.missing_file(name, path)]
    if not is_readable(image) and not _can_convert():
        return [
            f"{name}: {path} is not an MRC file of one volume, and without the library of Xmipp "
            "(package pyxmipp3) it cannot be converted; save it as MRC."
        ]
    return []


def convert(image: Image, output: Path) -> None:
    """Write an image as MRC with the library of Xmipp."""
    ImageHandler().convert(image, Volume(location=str(output)))


def like(output: Image, file: Path, volume: Volume) -> Image:
    """Set the file of an output, and copy sampling rate and origin of the input to it."""
    output.setFileName(str(file))
    output.setSamplingRate(volume.getSamplingRate())
    if volume.hasOrigin():
        origin = Transform()
        origin.copy(volume.getOrigin(), copyId=False)
        output.setOrigin(origin)
    return output


def _can_convert() -> bool:
    try:
        import xmippLib  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        return False
    return True
