"""Read and check the form of the viewer: its parameters as options of figures."""

from __future__ import annotations

from textwrap import shorten
from typing import Any, Dict, List, Optional, Tuple

import matplotlib
from pyworkflow.project import Project
from pyworkflow.protocol import Protocol
from pyworkflow.utils import getListFromRangeString

from ..chimerax import BARS, GLYPHS
from ..figures import FigureKind
from ..figures.drawing.style import robust_limits
from ..files.loading import Results
from ..numerics.reduction.result_maps import ANISOTROPY, RESOLUTION, RESULT_MAPS
from ..protocols import ProtMonoDir
from .form import SLICE_AXES
from .measured_map import map_path

__all__ = [
    "form_errors",
    "name_of",
    "options_of",
    "options_of_comparison",
    "options_of_scene",
    "other_selected_runs",
    "voxel_of",
]

#: Largest length of the name of a run: two names fit side by side on a page.
_LONGEST_NAME = 32


def options_of(viewer: Protocol, kind: FigureKind, results: Results) -> Dict[str, Any]:
    """Return the options that a figure takes, with the values of the form.

    Parameters
    ----------
    viewer : MonoDirViewer
        It has the parameters of the form.
    kind : FigureKind
    results : Results

    Returns
    -------
    dict
        Keyword arguments of :func:`monodir_plugin.figures.draw_figure`.
    """
    values = {
        "axis": list(SLICE_AXES)[viewer.sliceAxis.get()],
        "slices": _slices(viewer),
        "voxel": voxel_of(viewer),
        "limits": _limits(viewer, kind.limits_from, kind.name, results),
        "cmap": _colours(viewer, kind.colours_from),
        "map_path": map_path(viewer, results),
    }
    return {name: values[name] for name in kind.options}


def options_of_scene(viewer: Protocol, name: str, results: Results) -> Dict[str, Any]:
    """Return limits and colours of a ChimeraX scene, as :func:`write_session` takes them.

    Parameters
    ----------
    viewer : MonoDirViewer
    name : str
        One of :func:`monodir_plugin.chimerax.colourings`. The form has no limits for bars and
        ellipsoids: their colours show quantities of their own.
    results : Results
    """
    if name in (BARS, GLYPHS):
        return {}
    # Maps along single axes are not in the registry; they are maps of resolution.
    kind = RESULT_MAPS[name].kind if name in RESULT_MAPS else RESOLUTION
    return {
        "limits": _limits(viewer, kind, name, results),
        "colour_map": _colours(viewer, kind),
    }


def options_of_comparison(viewer: Protocol) -> Dict[str, Any]:
    """Return the options of the comparison of runs."""
    return {
        "axis": list(SLICE_AXES)[viewer.sliceAxis.get()],
        "slices": _slices(viewer),
        # The form has the limits of this run; the other run may be coarser.
        "limits": None,
        "cmap": viewer.colorMap.get(),
    }


def form_errors(viewer: Protocol) -> List[str]:
    """Check the parameters of the form."""
    errors = []
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
            errors.append(f"{label}: give two numbers, the smaller one first.")
        if colours.get() not in matplotlib.colormaps:
            errors.append(
                f"{label}: Matplotlib has no colour map {colours.get()}; examples are viridis and "
                "cividis."
            )
    try:
        _slices(viewer)
    except ValueError:
        errors.append("Numbers of the slices: write them as in 20,25,30 or 20-23.")
    given = [side.get() is not None for side in _voxel_params(viewer)]
    if any(given) and not all(given):
        errors.append("Voxel: give x, y and z, or none of them.")
    return errors


def voxel_of(viewer: Protocol) -> Optional[Tuple[int, ...]]:
    """Return the voxel of the form, ``x, y, z``; ``None`` if the fields are empty."""
    voxel = tuple(side.get() for side in _voxel_params(viewer))
    return None if None in voxel else voxel


def name_of(run: Protocol) -> str:
    """Return the name of a run for titles: its label, or a short form of the default label."""
    label, usual = run.getRunName(), run.getClassLabel()
    if label.startswith(usual):
        label = f"MonoDir {run.strId()}{label[len(usual) :]}"
    return shorten(label, _LONGEST_NAME, placeholder="…")


def other_selected_runs(project: Project, run: ProtMonoDir) -> List[ProtMonoDir]:
    """Return the other finished runs that are selected in the project window."""
    settings = project.getSettings()
    selected = [] if settings is None else list(settings.runSelection)
    runs = [project.getProtocol(number) for number in selected if number != run.getObjId()]
    return [other for other in runs if isinstance(other, ProtMonoDir) and other.isFinished()]


def _slices(viewer: Protocol) -> Optional[List[int]]:
    text = (viewer.sliceNumbers.get() or "").strip()
    if viewer.sliceAxis.get() == 0 or not text:
        return None
    return getListFromRangeString(text)


def _voxel_params(viewer: Protocol) -> Tuple[Any, ...]:
    return viewer.voxelX, viewer.voxelY, viewer.voxelZ


def _limits(
    viewer: Protocol, kind: str, name: str, results: Results
) -> Optional[Tuple[float, float]]:
    """Return the limits of the form for a kind of map; ``None``: the figure has its own."""
    if kind == ANISOTROPY:
        return viewer.anisotropyLowest.get(), viewer.anisotropyHighest.get()
    if kind == RESOLUTION and viewer.sharedScale:
        return viewer.lowest.get(), viewer.highest.get()
    # The default limits of a resolution map are those of all resolution maps together.
    return robust_limits([results], [name]) if name in results.volumes else None


def _colours(viewer: Protocol, kind: str) -> Optional[str]:
    if kind == ANISOTROPY:
        return viewer.anisotropyColorMap.get()
    return viewer.colorMap.get() if kind == RESOLUTION else None
