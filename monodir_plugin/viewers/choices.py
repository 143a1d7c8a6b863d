"""What was chosen in the form of the viewer, as the options that figures take."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten
from typing import Any, Dict, List, Optional, Tuple

import matplotlib
from pyworkflow.project import Project
from pyworkflow.protocol import Protocol
from pyworkflow.utils import getListFromRangeString

from ..figures import FigureKind
from ..figures.drawing.style import RESOLUTION_MAPS, robust_limits
from ..files.loading import Results
from ..protocols import ProtMonoDir
from .form import SLICE_AXES

__all__ = [
    "faults",
    "map_path",
    "options_of",
    "options_of_comparison",
    "other_selected_runs",
    "voxel_of",
]

#: Figures that take the scale of maps of resolution, and those that take only its colours.
_OF_RESOLUTION = (*RESOLUTION_MAPS, "difference", "along")
_COLOURED = (*_OF_RESOLUTION, "overview", "voxel")
_OF_ANISOTROPY = ("anisotropy", "best-axis")
#: Characters of a name, two of which fit beside each other on a page.
_LONGEST_NAME = 32


def options_of(viewer: Protocol, kind: FigureKind, results: Results) -> Dict[str, Any]:
    """Options for a figure, those of them that it takes.

    Parameters
    ----------
    viewer : MonoDirViewer
        With the parameters of the form.
    kind : FigureKind
    results : Results

    Returns
    -------
    dict
    """
    chosen = {
        "axis": list(SLICE_AXES)[viewer.sliceAxis.get()],
        "slices": _slices(viewer),
        "voxel": voxel_of(viewer),
        "limits": _limits(viewer, kind.name, results),
        "cmap": _colours(viewer, kind.name),
        "map_path": map_path(viewer.protocol, results),
    }
    return {name: chosen[name] for name in kind.options}


def options_of_comparison(viewer: Protocol) -> Dict[str, Any]:
    """Options for the comparison of runs."""
    return {
        "axis": list(SLICE_AXES)[viewer.sliceAxis.get()],
        "slices": _slices(viewer),
        # Of two runs the other one may be coarser: the limits of this one would not do.
        "limits": None,
        "cmap": viewer.colorMap.get(),
    }


def faults(viewer: Protocol) -> List[str]:
    """What is wrong with the parameters of the form."""
    found = []
    for label, low, high, colours in (
        ("Resolution", viewer.lowest, viewer.highest, viewer.colorMap),
        (
            "Anisotropy",
            viewer.anisotropyLowest,
            viewer.anisotropyHighest,
            viewer.anisotropyColorMap,
        ),
    ):
        if low.get() is None or high.get() is None or not low.get() < high.get():
            found.append(f"{label}: two numbers are needed, the smaller one first.")
        if colours.get() not in matplotlib.colormaps:
            found.append(
                f"{label}: Matplotlib knows no colours named {colours.get()}; viridis and cividis "
                "are two."
            )
    try:
        _slices(viewer)
    except ValueError:
        found.append("Numbers of the slices: write them like 20,25,30 or 20-23.")
    given = [side.get() is not None for side in _voxel_params(viewer)]
    if any(given) and not all(given):
        found.append("Voxel: give x, y and z, or none of them.")
    return found


def voxel_of(viewer: Protocol) -> Optional[Tuple[int, ...]]:
    """The voxel that was named, ``x, y, z``."""
    voxel = tuple(side.get() for side in _voxel_params(viewer))
    return None if None in voxel else voxel


def map_path(run: ProtMonoDir, results: Results) -> Optional[str]:
    """Where the map lies now, if it is not where the summary says: projects are moved."""
    recorded = Path(str(results.summary["inputs"][0]["path"]))
    return None if recorded.is_file() else run.getMapFile()


def name_of(run: ProtMonoDir) -> str:
    """What to call a run in titles: its label, and a short name where that is Scipion's own."""
    label, usual = run.getRunName(), run.getClassLabel()
    if label.startswith(usual):
        label = f"MonoDir {run.strId()}{label[len(usual) :]}"
    return shorten(label, _LONGEST_NAME, placeholder="…")


def other_selected_runs(project: Project, run: ProtMonoDir) -> List[ProtMonoDir]:
    """Finished runs beside this one that are selected in the project window."""
    settings = project.getSettings()
    chosen = [] if settings is None else list(settings.runSelection)
    runs = [project.getProtocol(number) for number in chosen if number != run.getObjId()]
    return [other for other in runs if isinstance(other, ProtMonoDir) and other.isFinished()]


def _slices(viewer: Protocol) -> Optional[List[int]]:
    text = (viewer.sliceNumbers.get() or "").strip()
    if viewer.sliceAxis.get() == 0 or not text:
        return None
    return getListFromRangeString(text)


def _voxel_params(viewer: Protocol) -> Tuple[Any, ...]:
    return viewer.voxelX, viewer.voxelY, viewer.voxelZ


def _limits(viewer: Protocol, name: str, results: Results) -> Optional[Tuple[float, float]]:
    if name in _OF_ANISOTROPY:
        return viewer.anisotropyLowest.get(), viewer.anisotropyHighest.get()
    if name in _OF_RESOLUTION and viewer.sharedScale:
        return viewer.lowest.get(), viewer.highest.get()
    # Without limits a figure of one map takes those of all maps together.
    return robust_limits([results], [name]) if name in RESOLUTION_MAPS else None


def _colours(viewer: Protocol, name: str) -> Optional[str]:
    if name in _OF_ANISOTROPY:
        return viewer.anisotropyColorMap.get()
    return viewer.colorMap.get() if name in _COLOURED else None
