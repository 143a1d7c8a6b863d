"""The form of the viewer: scales and slices, and a line with an eye for every figure."""

from __future__ import annotations

from typing import Dict

from pyworkflow.protocol import params

from ..chimerax import BARS, GLYPHS, colourings
from ..figures import FIGURES, shared_limits
from ..figures.drawing.style import (
    ANISOTROPY_COLOURS,
    RESOLUTION_COLOURS,
    TITLES,
    anisotropy_limits,
)
from ..files.loading import Results

__all__ = ["INPUT", "SLICE_AXES", "define", "figures_of", "scenes", "volumes"]

#: Axes that slices lie across, as ``choose_planes`` takes them, and as the form names them.
SLICE_AXES = {None: "x, y and z", "x": "x", "y": "y", "z": "z"}
#: The map that was measured, among the volumes to open.
INPUT = "input"
_SHOW = "show_"


def figures_of(results: Results) -> Dict[str, str]:
    """Parameters that are lines with an eye, and the figures that they show."""
    names = (name for name, kind in FIGURES.items() if kind.drawable(results))
    return {_SHOW + name.replace("-", "_"): name for name in names}


def volumes(results: Results) -> Dict[str, str]:
    """Volumes to open by name, and how the form calls them."""
    return {**{name: _called(name) for name in results.volumes}, INPUT: "Map that was measured"}


def scenes(results: Results) -> Dict[str, str]:
    """Scenes for ChimeraX by name, and how the form calls them."""
    called = {name: f"Map coloured by {_called(name)}" for name in colourings(results)}
    return {**called, BARS: "Bars along the finest axes", GLYPHS: "Ellipsoids of resolution"}


def define(form: params.Form, results: Results, volume_program: str) -> None:
    """Define all parameters.

    Parameters
    ----------
    form : Form
    results : Results
        Their percentiles inside the mask are the scales to begin with.
    volume_program : str
        What opens volumes here.
    """
    groups: Dict[str, Dict[str, str]] = {"slices": {}, "voxel": {}, "whole": {}}
    for param, name in figures_of(results).items():
        options = FIGURES[name].options
        group = next((option for option in ("slices", "voxel") if option in options), "whole")
        groups[group][param] = name
    # Tabs, for screens on which all lines together would not fit.
    form.addSection(label="Overview and axes")
    _add_whole(form.addGroup("The whole run"), groups["whole"])
    _add_voxel(form.addGroup("One voxel"), groups["voxel"])
    form.addSection(label="Slices")
    _add_scales(form.addGroup("Colours of maps"), results)
    _add_slices(form.addGroup("Slices"), groups["slices"], len(results.mask))
    form.addSection(label="Volumes and comparison")
    _add_volumes(form.addGroup("Volumes"), results, volume_program)
    _add_comparison(form.addGroup("Comparison with other runs"))


def _add_whole(group: params.Group, figures: Dict[str, str]) -> None:
    _add_figures(group, figures)
    group.addParam(
        "showReport",
        params.LabelParam,
        label="Report: all of this on one page",
        help="One file, *extra/report.html* of the run, that opens in any browser and can be "
        "mailed. To make it takes some seconds.",
    )


def _add_figures(group: params.Group, figures: Dict[str, str]) -> None:
    for param, name in figures.items():
        kind = FIGURES[name]
        group.addParam(param, params.LabelParam, label=kind.title, help=kind.caption)


def _add_scales(group: params.Group, results: Results) -> None:
    finest, coarsest = (round(limit, 2) for limit in shared_limits([results]))
    line = group.addLine(
        "Resolution",
        help="Ends of the scale in Å, and colours, for ADR, highest, lowest, radial, tangential "
        "and MonoRes. To begin with, the ends are the 2nd and the 98th percentile of all these "
        "maps together, over the voxels that are resolved. Press the wand to see the scale.",
    )
    line.addParam("lowest", params.FloatParam, default=finest, label="Finest (Å)")
    line.addParam("highest", params.FloatParam, default=coarsest, label="Coarsest (Å)")
    line.addParam("colorMap", params.StringParam, default=RESOLUTION_COLOURS, label="Colours")
    group.addParam(
        "sharedScale",
        params.BooleanParam,
        default=True,
        label="One scale for all of them?",
        help="*Yes*: the ends above, so that maps can be compared by eye.\n\n"
        "*No*: every figure by percentiles of its own.",
    )
    least, most = (round(limit, 2) for limit in anisotropy_limits(results))
    line = group.addLine(
        "Anisotropy",
        help="Ends of the scale in Å, and colours, for anisotropy. To begin with, from zero to "
        "the 98th percentile of voxels that are resolved. Also the brightness of finest axes.",
    )
    line.addParam("anisotropyLowest", params.FloatParam, default=least, label="From (Å)")
    line.addParam("anisotropyHighest", params.FloatParam, default=most, label="to (Å)")
    line.addParam(
        "anisotropyColorMap", params.StringParam, default=ANISOTROPY_COLOURS, label="Colours"
    )


def _add_slices(group: params.Group, figures: Dict[str, str], size: int) -> None:
    group.addParam(
        "sliceAxis",
        params.EnumParam,
        choices=list(SLICE_AXES.values()),
        default=0,
        display=params.EnumParam.DISPLAY_HLIST,
        label="Slices across",
        help="*x, y and z*: one slice across each axis, through the middle of the mask.\n\n"
        "*x*, *y* or *z*: several slices across this axis.",
    )
    group.addParam(
        "sliceNumbers",
        params.StringParam,
        default="",
        condition="sliceAxis > 0",
        label="Numbers of the slices",
        help=f"From 0 to {size - 1}, like 20,25,30 or 20-23. Empty: five, evenly through the mask.",
    )
    _add_figures(group, figures)


def _add_voxel(group: params.Group, figures: Dict[str, str]) -> None:
    line = group.addLine(
        "Voxel",
        help="Numbers of the voxel along x, y and z, counted from 0. Empty: the voxel of the mask "
        "that is closest to its middle.",
    )
    for side in "xyz":
        line.addParam(f"voxel{side.upper()}", params.IntParam, allowsNull=True, label=side)
    _add_figures(group, figures)


def _add_volumes(group: params.Group, results: Results, program: str) -> None:
    group.addParam(
        "volumeToOpen",
        params.EnumParam,
        choices=list(volumes(results).values()),
        default=list(volumes(results)).index("adr"),
        label="Open a volume",
        help=f"Opens in {program}: ChimeraX where Scipion finds it, else Scipion's own viewer.",
    )
    group.addParam(
        "sceneToOpen",
        params.EnumParam,
        choices=list(scenes(results).values()),
        default=list(scenes(results)).index("adr"),
        label="Open in ChimeraX",
        help="The map with colours and a key in Å; or, inside a transparent surface, short bars "
        "along the axis of finest resolution, or ellipsoids, long where it is coarse. "
        "Written to the folder *extra/chimerax* of the run; "
        "the scene opens in any ChimeraX.",
    )


def _add_comparison(group: params.Group) -> None:
    group.addParam(
        "otherRuns",
        params.MultiPointerParam,
        pointerClass="ProtMonoDir",
        allowsNull=True,
        label="Other runs",
        help="Finished runs to lay beside this one. Those that are selected in the project "
        "window (Ctrl and click) are here from the start.",
    )
    group.addParam(
        "showCompare",
        params.LabelParam,
        label="Compare",
        help="ADR on one scale, axes, curves, and a table of medians and slopes, run by run.",
    )


def _called(name: str) -> str:
    return TITLES.get(name, name.replace("_", " "))
