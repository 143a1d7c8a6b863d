"""The files that a run leaves in its folder, and the Scipion outputs that are made from them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Dict, List

from ..files.run_folder import diagnosis, parts, results, tensor
from ..numerics.reduction.result_maps import displayed_maps

__all__ = ["FILES", "FILTERED", "MAPS", "expected_files", "part_path"]

#: Output maps of the protocol, and the names of their files.
MAPS = {entry.output: entry.file for entry in displayed_maps()}
#: All files of a run in the folder ``extra``, as the command line names them.
FILES = {
    **MAPS,
    "mask": results.MASK,
    "directions": results.DIRECTIONS,
    "radialProfile": results.PROFILE,
    "table": results.TABLE,
    "summary": results.SUMMARY,
    "figure": results.FIGURE,
    "tensor": tensor.TENSOR,
    "fractionalAnisotropy": tensor.ANISOTROPY,
    "views": diagnosis.VIEWS,
    "conicalFsc": diagnosis.CONICAL_FSC,
    "conicalCurves": diagnosis.CURVES,
    "filteredVolume": "filtered.mrc",
    "filteredFigure": "filtered.png",
}
#: Keys of the files that a step of their own writes, the map first.
FILTERED = ("filteredVolume", "filteredFigure")
#: Files that the diagnosis always writes, and files that it writes only for half maps.
_DIAGNOSIS = ("tensor", "fractionalAnisotropy")
_DIAGNOSIS_OF_HALF_MAPS = ("conicalFsc", "conicalCurves")
#: Files that the step may not write: the mask exists before, the views are written only if the
#: map determines them, and the filtered map is written later.
_OPTIONAL = ("mask", "views", *FILTERED)


def expected_files(diagnose: bool, half_maps: bool) -> List[str]:
    """Return the keys of the files that the step that combines the parts must have written.

    Parameters
    ----------
    diagnose : bool
        Whether the map is diagnosed.
    half_maps : bool
        Whether the noise is measured from half maps.
    """
    absent = set(_OPTIONAL)
    if not diagnose:
        absent.update(_DIAGNOSIS)
    if not (diagnose and half_maps):
        absent.update(_DIAGNOSIS_OF_HALF_MAPS)
    return [key for key in FILES if key not in absent]


def part_path(extra: Path, settings: Dict[str, Any], *rows: int) -> Path:
    """Return the file of a part.

    The folder of the parts depends on the settings, so that parts of other settings are never
    used.

    Parameters
    ----------
    extra : Path
        The folder ``extra`` of the run.
    settings : dict
        Everything that the results depend on.
    *rows : int
        First axis of the part and the axis after its last; none: the part without directions.
    """
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    name = parts.rows_name(*rows) if rows else parts.REST
    return extra / f"parts_{digest[:12]}" / name
