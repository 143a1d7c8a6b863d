"""The files that a run leaves in its folder, and the Scipion outputs that are made from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

import numpy as np
from pwem.objects import SetOfFSCs, Volume, VolumeMask

from ..files.loading import Results
from ..files.run_folder import diagnosis, results, tensor
from ..numerics.reduction.result_maps import displayed_maps
from ..objects import (
    SetOfMonoDirAxes,
    SetOfMonoDirViews,
    axes_from_csv,
    stored_curves,
    stored_views,
)
from .inputs import images

__all__ = [
    "CLASSES",
    "FILES",
    "FILTERED",
    "MAPS",
    "expected_files",
    "made_outputs",
    "no_views",
    "output_names",
    "range_text",
]

#: Output maps of the protocol, and the names of their files.
MAPS = {entry.output: entry.file for entry in displayed_maps()}
#: All outputs of the protocol, and their classes.
CLASSES = {
    **dict.fromkeys(MAPS, Volume),
    "mask": VolumeMask,
    "directions": SetOfMonoDirAxes,
    "views": SetOfMonoDirViews,
    "conicalFsc": SetOfFSCs,
    "filteredVolume": Volume,
}
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
#: The set of views in the folder of the run.
_VIEWS = "views.sqlite"
#: Keys of the files that a step of their own writes, the map first.
FILTERED = ("filteredVolume", "filteredFigure")
#: Files that the diagnosis always writes.
_DIAGNOSIS = ("tensor", "fractionalAnisotropy")
#: Files that the step may not write: the mask exists before, the views are written only if the
#: map determines them, the FSC in cones only of half maps that fit each other, and the filtered map
#: is written later.
_OPTIONAL = ("mask", "views", "conicalFsc", "conicalCurves", *FILTERED)


def expected_files(diagnose: bool) -> List[str]:
    """Return the keys of the files that the step that combines the parts must have written.

    Parameters
    ----------
    diagnose : bool
        Whether the map is diagnosed.
    """
    absent = set(_OPTIONAL)
    if not diagnose:
        absent.update(_DIAGNOSIS)
    return [key for key in FILES if key not in absent]


def output_names(mask_made: bool, diagnosed: bool, half_maps: bool, filtered: bool) -> List[str]:
    """Return the names of the outputs that a run may have.

    Parameters
    ----------
    mask_made : bool
        Whether the mask is made from the map.
    diagnosed : bool
        Whether the map is diagnosed.
    half_maps : bool
        Whether the noise is measured from half maps.
    filtered : bool
        Whether the filtered map is written.
    """
    wanted = {
        "mask": mask_made,
        "views": diagnosed,
        "conicalFsc": diagnosed and half_maps,
        "filteredVolume": filtered,
    }
    return [name for name in CLASSES if wanted.get(name, True)]


def made_outputs(
    found: Results, names: List[str], extra: Path, databases: Path, volume: Volume, run: str
) -> Dict[str, Any]:
    """Make the outputs of a run from its files.

    Labels have the minimum, the median and the maximum over the mask in Å, and the number of the
    run, because Scipion shows them in place of the names of run and output.

    Parameters
    ----------
    found : Results
        Of the run.
    names : list of str
        Outputs that the run may have (:func:`output_names`).
    extra : Path
        Folder of the files.
    databases : Path
        Folder for the SQLite files of sets.
    volume : Volume
        The map that was measured: voxel size and origin of the outputs.
    run : str
        Number of the run, for labels.

    Returns
    -------
    dict of str to object
        In the order of ``CLASSES``.  ``views`` is missing where the map does not determine them.
    """
    outputs: Dict[str, Any] = {}
    labels: Dict[str, str] = {}
    for entry in displayed_maps():
        outputs[entry.output] = images.like(Volume(), extra / entry.file, volume)
        labels[entry.output] = f"{entry.short_label}: {range_text(found.values(entry.name))}"
    if "mask" in names:
        outputs["mask"] = images.like(VolumeMask(), extra / FILES["mask"], volume)
        labels["mask"] = f"mask made from the map: {int(found.mask.sum())} voxels"
    outputs["directions"] = axes_from_csv(
        extra / FILES["directions"], databases / "directions.sqlite"
    )
    known = found.axis_resolution[~np.isnan(found.axis_resolution)]
    labels["directions"] = f"{len(found.axes)} axes: {range_text(known)}"
    if "views" in names and (extra / FILES["views"]).exists():
        views = found.read_views().views
        assert views is not None, "only estimated views are written"
        outputs["views"] = stored_views(views, databases / _VIEWS)
        labels["views"] = (
            f"density of views: {views.values.min():.2f} to {views.values.max():.2f} of the mean"
        )
    if "conicalFsc" in names and (extra / FILES["conicalFsc"]).exists():
        conical = found.read_conical_fsc()
        outputs["conicalFsc"] = stored_curves(conical, databases / "conical_fsc.sqlite")
        along = conical.resolution[0]
        labels["conicalFsc"] = f"FSC in cones at 0.143: {range_text(along[~np.isnan(along)])}"
    if "filteredVolume" in names:
        outputs["filteredVolume"] = images.like(Volume(), extra / FILES["filteredVolume"], volume)
        labels["filteredVolume"] = "map filtered by voxel and axis"
    for name, output in outputs.items():
        output.setObjLabel(f"{labels[name]} (run {run})")
    return outputs


def no_views(databases: Path, run: str) -> SetOfMonoDirViews:
    """Make the output ``views`` of a continued run that had one and does not determine it now."""
    views = stored_views(None, databases / _VIEWS)
    views.setObjLabel(f"density of views: the map does not determine it (run {run})")
    return views


def range_text(values: np.ndarray) -> str:
    """Return minimum, maximum and median of values in Å, for labels.

    Parameters
    ----------
    values : ndarray, shape (values,)
        Å.
    """
    if not len(values):
        return "not resolved"
    # The sum with 0.0 turns -0.0, which rounding leaves of small negative values, into 0.0.
    low, high, middle = (
        round(float(value), 2) + 0.0 for value in (values.min(), values.max(), np.median(values))
    )
    return f"{low:.2f} to {high:.2f} Å, median {middle:.2f} Å"
