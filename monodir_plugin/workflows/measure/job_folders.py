"""Job folders of RELION and cryoSPARC: half maps, mask, number of images and symmetry.

In a folder of RELION, ``job.star`` (the options of the job, since RELION 3.1), ``postprocess.star``
if it names the half maps, the half maps and the number of rows of ``run_data.star`` are read; in a
folder of cryoSPARC, the names of the files
of the last iteration, the number of rows of its ``particles.cs`` and ``job.json``.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import numpy as np

from ...errors import InputError
from ...files.atomic import is_there
from ...files.half_map_names import are_pair
from ...numerics.geometry.symmetry import standard_name

__all__ = ["JobFolder", "read_job_folder"]

#: Folder of the jobs of post-processing.
_POST = "PostProcess"
_RELION_NAME = "run_half1_class001_unfil.mrc"
#: A refinement that was continued from an iteration has its number in the name.
_RELION_HALF = re.compile(r"(run(?:_ct\d+)?_)half1_class001_unfil\.mrc")
_CRYOSPARC_HALF = re.compile(r"(.*_)?volume_map_half_A\.mrc(\.gz|\.bz2)?")
_MAP = re.compile(r"\.(mrc|map|ccp4)(\.gz|\.bz2)?$", re.IGNORECASE)
#: Masks of cryoSPARC: the one of the refinement, which is the widest, comes first.
_CRYOSPARC_MASKS = (
    "volume_mask_refine",
    "volume_mask_fsc",
    "volume_mask_fsc_auto",
    "mask_refine",
    "mask_fsc",
    "mask",
)


@dataclass(frozen=True)
class JobFolder:
    """What a job folder says about a reconstruction.

    Attributes
    ----------
    path : Path
        The folder.
    program : str
        ``RELION`` or ``cryoSPARC``.
    halves : pair of Path
        The unfiltered half maps.
    mask : Path or None
        The mask of the job; ``None`` if it has none.
    images : int or None
        Number of particle images; ``None`` if it is not known, or if the particles are
        subtomograms.
    symmetry : str or None
        Point group, as the program names it.
    missing_mask : str or None
        The mask that the job names, if it is not there and no other is known.
    calibrated : str or None
        The voxel size in Å that a post-processing was given in place of that in the header.
    imposed : str or None
        The point group by its standard name, if its orientation is known: that of RELION, and of
        cryoSPARC only the cyclic groups.
    """

    path: Path
    program: str
    halves: Tuple[Path, Path]
    mask: Optional[Path] = None
    images: Optional[int] = None
    symmetry: Optional[str] = None
    missing_mask: Optional[str] = None
    calibrated: Optional[str] = None

    @property
    def imposed(self) -> Optional[str]:
        try:
            name = standard_name(self.symmetry or "")
        except ValueError:
            return None
        return name if self.program == "RELION" or name.startswith("C") else None

    def sentence(self) -> str:
        """Return what was taken from the folder, as one line."""
        parts = [f"half maps {self.halves[0]} and {self.halves[1]}"]
        lost = f" ({self.missing_mask} is missing)" if self.missing_mask else ""
        parts.append(f"mask {self.mask}" if self.mask else f"no mask{lost}")
        if self.images is not None:
            parts.append(f"{self.images} images")
        if self.symmetry is not None:
            used = "" if self.imposed else " (not used; give --symmetry)"
            parts.append(f"symmetry {self.symmetry}{used}")
        if self.calibrated is not None:
            parts.append(f"calibrated voxel size {self.calibrated} Å (not used; give --sampling)")
        return f"{self.program} job {self.path}: {', '.join(parts)}"


def read_job_folder(folder: Path) -> JobFolder:
    """Find the half maps, the mask, the number of images and the symmetry of a job.

    Parameters
    ----------
    folder : Path
        Folder of a refinement, reconstruction or post-processing.

    Returns
    -------
    JobFolder

    Raises
    ------
    InputError
        If the folder has no half maps and names none.
    """
    relion = _relion(folder)
    found = relion if relion is not None else _cryosparc(folder)
    if found is None:
        pair = _only_half_maps(folder)
        fix = "name a file in it" if pair is None else f"name its half maps {pair[0]} and {pair[1]}"
        raise InputError(
            f"map {folder}: it is a folder; {fix}, or a job folder with half maps of "
            f"RELION ({_RELION_NAME}) or cryoSPARC (*_volume_map_half_A.mrc)"
        )
    for half in found.halves:
        if not is_there(half):
            raise InputError(
                f"job folder {folder}: its half map {half} is missing; name both half maps with "
                "--half1 and --half2"
            )
    return found


def _only_half_maps(folder: Path) -> Optional[Tuple[Path, Path]]:
    """Return the half maps of a folder by their names, if there is one pair."""
    firsts = [path for path in sorted(folder.iterdir()) if _MAP.search(path.name)]
    pairs = [(path, other) for path in firsts for other in firsts if are_pair(path, other)]
    # Each pair is found from both of its files.
    return pairs[0] if len(pairs) == 2 else None


def _relion(folder: Path) -> Optional[JobFolder]:
    options = _job_options(folder / "job.star")
    # Without job.star if post-processing was not started from RELION's window.
    processed = _job_options(folder / "postprocess.star")
    # Post-processing and local resolution name a half map of the refinement.
    halves = [path for path in folder.iterdir() if _RELION_HALF.fullmatch(path.name)]
    if halves:
        first = max(halves, key=lambda path: _numbers(path.name.partition("half1")[0]))
    else:
        name = options.get("fn_in") or processed.get("_rlnUnfilteredMapHalf1", "")
        named = _in_project(folder, name)
        if named is None or "half1" not in named.name:
            return None
        first = named
    refinement = first.parent
    of_refinement = options if refinement == folder else _job_options(refinement / "job.star")
    masks = (
        (folder, options.get("fn_mask") or processed.get("_rlnMaskName", "")),
        (refinement, of_refinement.get("fn_mask", "")),
    )
    there = [path for path in (_in_project(where, name) for where, name in masks) if path]
    mask = there[0] if there else None
    missing = None if there else next((name for _, name in masks if name), None)
    second = first.with_name(first.name.replace("half1", "half2"))
    images = None
    if of_refinement.get("_rlnJobIsTomo", "0") == "0":
        prefix = first.name.partition("half1")[0]
        images = _particles(refinement / f"{prefix}data.star")
    symmetry = of_refinement.get("sym_name") or None
    calibrated = options.get("angpix", "") if folder.resolve().parent.name == _POST else ""
    return JobFolder(
        path=folder,
        program="RELION",
        halves=(first, second),
        mask=mask,
        images=images,
        symmetry=symmetry,
        missing_mask=missing,
        # The default is -1: the voxel size in the header.
        calibrated=calibrated if re.fullmatch(r"\d*\.?\d+", calibrated) else None,
    )


def _job_options(path: Path) -> Dict[str, str]:
    """Return the names and values of a file such as ``job.star``: all its lines of two words."""
    if not is_there(path):
        return {}
    options: Dict[str, str] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # an apostrophe in a value
            words = line.split()
        if len(words) == 2:
            options[words[0]] = words[1]
    return options


def _in_project(folder: Path, name: str) -> Optional[Path]:
    """Return the file that an option names relative to the project, if it exists.

    A job folder is ``PROJECT/TYPE/jobNNN``, or a link to it of another name.
    """
    if not name:
        return None
    path = folder.resolve().parents[1] / name if len(folder.resolve().parents) > 1 else Path(name)
    if not is_there(path):
        return None
    return path


def _particles(path: Path) -> Optional[int]:
    """Return the number of particles of ``run_data.star``; ``None`` for subtomograms."""
    if not is_there(path):
        return None
    block, rows, in_rows = "", 0, False
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            line = text.strip()
            if line.startswith("data_"):
                block, in_rows = line, False
            elif block not in ("data_particles", "data_", "data_images"):
                continue
            elif line.startswith("_"):
                in_rows = True
                if line.startswith(("_rlnTomoName", "_rlnTomoParticleName")):
                    return None
            elif in_rows and line and not line.startswith("#"):
                rows += 1
    return rows or None


def _cryosparc(folder: Path) -> Optional[JobFolder]:
    names = sorted(path.name for path in folder.iterdir())
    halves = [name for name in names if _CRYOSPARC_HALF.fullmatch(name)]
    if not halves:
        return None
    # The number of the iteration is the last number of the name.
    last = max(halves, key=_numbers)
    prefix, _, suffix = last.partition("volume_map_half_A")
    pair = folder / last, folder / f"{prefix}volume_map_half_B{suffix}"
    masks = [f"{prefix}{kind}.mrc" for kind in _CRYOSPARC_MASKS]
    mask = next((folder / name for name in masks if name in names), None)
    return JobFolder(
        path=folder,
        program="cryoSPARC",
        halves=pair,
        mask=mask,
        images=_rows(folder / f"{prefix}particles.cs"),
        symmetry=_symmetry(folder / "job.json"),
    )


def _numbers(name: str) -> List[int]:
    return [int(digits) for digits in re.findall(r"\d+", name)]


def _rows(path: Path) -> Optional[int]:
    """Return the number of rows of a ``.cs`` file, which is an array of NumPy."""
    if not is_there(path):
        return None
    try:
        return len(np.load(path, mmap_mode="r"))
    except (ValueError, OSError, TypeError):  # a compressed or damaged file
        return None


def _symmetry(path: Path) -> Optional[str]:
    """Return the symmetry that the parameters of a refinement of cryoSPARC name.

    Up to version 4 a parameter is ``params_spec.NAME.value``, from version 5 on
    ``spec.params.NAME`` (``cryosparc/models/job_spec.py`` of cryosparc-tools).
    """
    if not is_there(path):
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    for keys in (
        ("params_spec", "refine_symmetry", "value"),
        ("spec", "params", "refine_symmetry"),
    ):
        value = found
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and value:
            return value
    return None
