"""The form of the viewer: colour scales, slices, and a line with an eye for every figure."""

from __future__ import annotations

from typing import Dict

from pyworkflow.protocol import params

from ..chimerax import BARS, GLYPHS, colourings
from ..figures import FIGURES, shared_limits
from ..figures.drawing.style import ANISOTROPY_COLOURS, RESOLUTION_COLOURS, anisotropy_limits
from ..files.loading import Results
from ..numerics.reduction.result_maps import MAIN_MAP, label_of
from .measured_map import MAP_LABEL, VOLUMES_TAB

__all__ = ["FILTERED", "INPUT", "SLICE_AXES", "define", "figures_of", "scenes", "volumes"]

#: Axes perpendicular to the slices: values of ``choose_planes`` and their names in the form.
SLICE_AXES = {None: "x, y and z", "x": "x", "y": "y", "z": "z"}
#: Name of the measured map among the volumes to open.
INPUT = "input"
#: Name of the filtered map among them.
FILTERED = "filtered"
_SHOW = "show_"


def figures_of(results: Results) -> Dict[str, str]:
    """Return the parameters that are lines with an eye, and the names of their figures."""
    names = (name for name, kind in FIGURES.items() if kind.drawable(results))
    return {_SHOW + name.replace("-", "_"): name for name in names}


def volumes(results: Results, filtered: bool) -> Dict[str, str]:
    """Return the volumes to open and their labels; ``filtered``: whether there is such a map."""
    maps = {name: label_of(name) for name in results.volumes}
    return {**maps, **({FILTERED: "Filtered map"} if filtered else {}), INPUT: "Measured map"}


def scenes(results: Results) -> Dict[str, str]:
    """Return the ChimeraX scenes and their labels."""
    labels = {name: f"Map coloured by {label_of(name)}" for name in colourings(results)}
    return {**labels, BARS: "Bars along the finest axes", GLYPHS: "Ellipsoids of resolution"}


def define(
    form: params.Form, results: Results, volume_program: str, filtered: bool, state: str = ""
) -> None:
    """Define all parameters.

    Parameters
    ----------
    form : Form
    results : Results
        Their percentiles inside the mask are the initial limits of the colour scales.
    volume_program : str
        The program that opens volumes here.
    filtered : bool
        Whether the run wrote a filtered map.
    state : str
        A sentence about a run that is not finished; empty if it is.
    """
    groups: Dict[str, Dict[str, str]] = {"slices": {}, "voxel": {}, "whole": {}}
    for param, name in figures_of(results).items():
        options = FIGURES[name].options
        group = next((option for option in ("slices", "voxel") if option in options), "whole")
        groups[group][param] = name
    # Three tabs, because all lines together do not fit on a small screen.
    form.addSection(label="Overview and axes")
    if state:
        form.addParam(
            "state",
            params.LabelParam,
            important=True,
            label=f"{state} Results may be of an earlier execution.",
        )
    _add_whole(form.addGroup("The whole run"), groups["whole"])
    _add_voxel(form.addGroup("One voxel"), groups["voxel"])
    form.addSection(label="Slices")
    _add_scales(form.addGroup("Colours of maps"), results)
    _add_slices(form.addGroup("Slices"), groups["slices"], len(results.mask), filtered)
    form.addSection(label=VOLUMES_TAB)
    _add_volumes(form.addGroup("Volumes"), results, volume_program, filtered)
    _add_comparison(form.addGroup("Comparison with other runs"))


def _add_whole(group: params.Group, figures: Dict[str, str]) -> None:
    _add_figures(group, figures)
    group.addParam(
        "showReport",
        params.LabelParam,
        label="Report: all results on one page",
        help="Writes the file *extra/report.html* of the run, and opens it in the browser. A small "
        "window shows how many figures are drawn. The file contains everything and can be sent to "
        "others.",
    )


def _add_figures(group: params.Group, figures: Dict[str, str]) -> None:
    for param, name in figures.items():
        kind = FIGURES[name]
        group.addParam(
            param,
            params.LabelParam,
            label=kind.title,
            help=f"{kind.caption}\n\n{kind.judged}".strip(),
        )


def _add_scales(group: params.Group, results: Results) -> None:
    finest, coarsest = (round(limit, 2) for limit in shared_limits([results]))
    line = group.addLine(
        "Resolution",
        help="Limits of the colour scale in Å and colour map of all resolution maps (ADR, highest, "
        "lowest, radial, tangential, MonoRes). Initially the limits are the 2nd and the 98th "
        "percentile over the resolved voxels of these maps together. Press the wand to see the "
        "colour scale.",
    )
    line.addParam("lowest", params.FloatParam, default=finest, label="Finest (Å)")
    line.addParam("highest", params.FloatParam, default=coarsest, label="Coarsest (Å)")
    line.addParam("colorMap", params.StringParam, default=RESOLUTION_COLOURS, label="Colours")
    group.addParam(
        "sharedScale",
        params.BooleanParam,
        default=True,
        label="Same limits for all resolution maps?",
        help="*Yes*: the limits above, so that maps can be compared by eye.\n\n"
        "*No*: percentiles of each map.",
    )
    least, most = (round(limit, 2) for limit in anisotropy_limits(results))
    line = group.addLine(
        "Anisotropy",
        help="Limits of the colour scale in Å and colour map of the anisotropy. Initially the "
        "limits are zero and the 98th percentile over the resolved voxels. They also determine "
        "how strong colours are in the figure of the finest axes.",
    )
    line.addParam("anisotropyLowest", params.FloatParam, default=least, label="From (Å)")
    line.addParam("anisotropyHighest", params.FloatParam, default=most, label="to (Å)")
    line.addParam(
        "anisotropyColorMap", params.StringParam, default=ANISOTROPY_COLOURS, label="Colours"
    )


def _add_slices(group: params.Group, figures: Dict[str, str], size: int, filtered: bool) -> None:
    group.addParam(
        "sliceAxis",
        params.EnumParam,
        choices=list(SLICE_AXES.values()),
        default=0,
        display=params.EnumParam.DISPLAY_HLIST,
        label="Slices perpendicular to",
        help="*x, y and z*: one slice perpendicular to each axis, through the middle of the "
        "mask.\n\n*x*, *y* or *z*: several slices perpendicular to this axis.",
    )
    group.addParam(
        "sliceNumbers",
        params.StringParam,
        default="",
        condition="sliceAxis > 0",
        label="Numbers of the slices",
        help=f"From 0 to {size - 1}, as in 20,25,30 or 20-23. Empty: five slices, evenly spaced "
        "through the mask.",
    )
    _add_figures(group, figures)
    if filtered:
        group.addParam(
            "showFiltered",
            params.LabelParam,
            label="Filtered map: before and after",
            help="Slices of the measured map and of the map filtered by voxel and axis, on one "
            "grey scale.",
        )


def _add_voxel(group: params.Group, figures: Dict[str, str]) -> None:
    line = group.addLine(
        "Voxel",
        help="Indices of the voxel along x, y and z, counted from 0. Empty: the voxel of the mask "
        "that is closest to the middle of the mask.",
    )
    for side in "xyz":
        line.addParam(f"voxel{side.upper()}", params.IntParam, allowsNull=True, label=side)
    _add_figures(group, figures)


def _add_volumes(group: params.Group, results: Results, program: str, filtered: bool) -> None:
    names, drawn = volumes(results, filtered), scenes(results)
    group.addParam(
        "volumeToOpen",
        params.EnumParam,
        choices=list(names.values()),
        default=list(names).index(MAIN_MAP),
        label="Open a volume",
        help=f"Opens in {program}. Scipion uses ChimeraX if it is installed, otherwise its own "
        "viewer.",
    )
    group.addParam(
        "sceneToOpen",
        params.EnumParam,
        choices=list(drawn.values()),
        default=list(drawn).index(MAIN_MAP),
        label="Open in ChimeraX",
        help="Writes a scene into the folder *extra/chimerax* of the run and opens it: the map "
        "coloured by a resolution map, with a key in Å; or a transparent surface with short bars "
        "along the finest axes, or with ellipsoids that are long along coarse axes. Limits and "
        "colours are those of the tab *Slices*; bars and ellipsoids have their own.",
    )
    group.addParam(
        "mapToColour",
        params.PointerParam,
        pointerClass="Volume",
        allowsNull=True,
        label="Map to colour",
        help="The map whose surface the scene shows, on the grid of the measured map, such as a "
        "sharpened one. If the run wrote a filtered map, it is chosen. Empty: the measured map.",
    )
    group.addParam(
        "mapFile",
        params.FileParam,
        default="",
        label=MAP_LABEL,
        help="Path of the map that was measured, if it was moved after the run. Empty: where it "
        "was. Only slices of the map, and scenes that show it, need it.",
    )


def _add_comparison(group: params.Group) -> None:
    group.addParam(
        "otherRuns",
        params.MultiPointerParam,
        pointerClass="ProtMonoDir",
        allowsNull=True,
        label="Other runs",
        help="Finished runs to compare with this one. Runs that are selected in the project window "
        "(Ctrl and click) are already listed.",
    )
    group.addParam(
        "showCompare",
        params.LabelParam,
        label="Compare",
        help="Draws slices of ADR on one colour scale, polar plots, radial curves, and a table of "
        "medians and slopes, side by side.",
    )
