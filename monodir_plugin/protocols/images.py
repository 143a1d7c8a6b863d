"""Scipion's images as files that the command line can read."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional

from pwem.emlib.image import ImageHandler
from pwem.objects import Image, Transform, Volume

from . import checks

__all__ = [
    "box_of",
    "convert",
    "file_faults",
    "halves_of",
    "is_readable",
    "like",
    "path_of",
    "symmetry_of",
]

#: Attributes in which plugins of refinements keep the point group of a map.
_SYMMETRIES = ("_rlnSymmetryGroup", "rlnSymmetryGroup", "symmetryGroup", "_symmetryGroup")


def path_of(image: Image) -> str:
    """File of an image, without the format that Scipion may add to its name."""
    return checks.plain_name(image.getFileName())


def halves_of(volume: Volume) -> List[Volume]:
    """The half maps that are attached to a map, none or two."""
    if not volume.hasHalfMaps():
        return []
    return [Volume(location=name) for name in volume.getHalfMaps(asList=True)]


def symmetry_of(volume: Volume) -> Optional[str]:
    """The point group in a map's metadata; ``None`` where there is none that is known here."""
    for name in _SYMMETRIES:
        value = getattr(volume, name, None)
        text = value.get() if hasattr(value, "get") else value
        if isinstance(text, str) and not checks.symmetry_faults(text):
            return text.strip() or None
    return None


def is_readable(image: Image) -> bool:
    """Whether the file can be read as it is: MRC, and of one volume."""
    path = path_of(image)
    return checks.is_mrc(path) and (not image.getIndex() or len(set(checks.mrc_box(path))) == 1)


def box_of(image: Image) -> checks.Box:
    """Voxels along x, y and z."""
    return checks.mrc_box(path_of(image)) if is_readable(image) else tuple(image.getDim())


def file_faults(name: str, image: Image) -> List[str]:
    """What is wrong with the file of an image."""
    path = path_of(image)
    if not Path(path).is_file():
        return [f"{name}: the file {path} is missing."]
    if not is_readable(image) and not _can_convert():
        return [
            f"{name}: {path} is not an MRC file of one volume, and without Xmipp's library (the "
            "package pyxmipp3) it cannot be converted; save it as one."
        ]
    return []


def convert(image: Image, output: Path) -> None:
    """Write an image as MRC, with Xmipp's library."""
    ImageHandler().convert(image, Volume(location=str(output)))


def like(output: Image, file: Path, volume: Volume) -> Image:
    """An output with its file, and with sampling rate and origin of the input."""
    output.setFileName(str(file))
    output.setSamplingRate(volume.getSamplingRate())
    if volume.hasOrigin():
        origin = Transform()
        origin.copy(volume.getOrigin(), copyId=False)
        output.setOrigin(origin)
    return output


def _can_convert() -> bool:
    try:
        import xmippLib  # noqa: F401
    except ImportError:
        return False
    return True
