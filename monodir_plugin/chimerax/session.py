"""Write a scene: command file, objects, and the maps that it opens."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import List, NamedTuple, Optional, Union

import numpy as np

from ..errors import InputError
from ..figures.drawing.style import (
    Limits,
    checked_limits,
    colours_of,
    colours_of_map,
    default_limits,
    from_zero,
    shared_limits,
)
from ..figures.drawing.unresolved import at_limit
from ..files.atomic import atomic_path, real_path
from ..files.loading import Results, load_results
from ..files.maps import MapFile, read_map, write_map
from ..files.output_paths import check_folder
from ..numerics.geometry.crop import bounding_box
from ..numerics.reduction.result_maps import MAIN_MAP, RESULT_MAPS, label_of
from .bars import Bars, bars_text, choose_bars
from .bild import arrows_text
from .frame import Frame, frame_of
from .glyphs import Glyphs, choose_glyphs, glyphs_text
from .palette import BEYOND, Palette
from .script import key, opening, script
from .surface import REACH, beyond_mask, surface_level

__all__ = ["BARS", "GLYPHS", "colourings", "write_session"]

PathLike = Union[str, "os.PathLike[str]"]

#: Names of the scenes that show no map but bars along the finest axes, or ellipsoids.
BARS, GLYPHS = "bars", "glyphs"
#: Colours of both.
BAR_COLOURS = "plasma_r"
_DENSITY, _ARROWS_FILE = "density.mrc", "box_axes.bild"
_BARS_FILE, _GLYPHS_FILE = "bars.bild", "glyphs.bild"
_ARROW = 0.2
_SEE_THROUGH = f"volume #1 color {BEYOND} transparency 0.75"


class _Chosen(NamedTuple):
    """Limits and colours that the user chose; ``None``: those of the scene."""

    limits: Optional[Limits] = None
    colour_map: Optional[str] = None

    def of(self, palette: Palette) -> Palette:
        """A palette with the limits and colours that the user chose."""
        limits, name = self.limits or palette.limits, self.colour_map or palette.name
        return replace(palette, limits=limits, name=name)


@dataclass(frozen=True)
class _Drawn:
    """The parts of a scene: commands before and after the surface, and remarks."""

    opening: List[str]
    colouring: List[str]
    remarks: List[str]


def colourings(results: Results) -> List[str]:
    """Names of all scenes: the maps, those along the axes of ``--along``, bars and glyphs."""
    return [*results.volumes, BARS, GLYPHS]


def write_session(
    folder_of_results: PathLike,
    map_path: Optional[PathLike] = None,
    output_folder: Optional[PathLike] = None,
    colour_by: str = MAIN_MAP,
    limits: Optional[Limits] = None,
    colour_map: Optional[str] = None,
) -> Path:
    """Write a scene for ChimeraX.

    Parameters
    ----------
    folder_of_results : path
        Folder that ``monodir run`` finished.
    map_path : path, optional
        The density, such as a filtered map; by default the map that was measured, of half maps
        their mean.
    output_folder : path, optional
        Made if it does not exist; by default ``chimerax`` in the folder of results.
    colour_by : str
        One of :func:`colourings`: a map by name, whose values colour the surface, or
        ``"bars"``: a grey surface with bars along the axis of finest resolution, or
        ``"glyphs"``: with the ellipsoids of the tensors of resolution.
    limits : tuple of float, optional
        Values of the two ends of the colours, Å, or without a unit for ellipsoids; by default
        percentiles of the resolved values; for a map of resolution, those of all such maps.
    colour_map : str, optional
        Name of a colour map of Matplotlib.

    Returns
    -------
    Path
        The command file, ``<colour_by>.cxc``, absolute.  The files that it opens are beside it:
        objects, a copy of the map of resolution that is continued beyond the mask, and a copy of
        the density if ChimeraX would not place the density where it places the results.

    Raises
    ------
    InputError
        If results or map cannot be used, or there is no such map.
    """
    folder = Path(folder_of_results).absolute()
    results = load_results(folder)
    if colour_by not in colourings(results):
        raise InputError(
            f"--color-by {colour_by}: results {folder} have no such map; "
            f"choose one of {', '.join(colourings(results))}"
        )
    chosen = _Chosen(
        None if limits is None else checked_limits(limits, lambda: limits),
        None if colour_map is None else colours_of(colour_map, colour_map).name,
    )
    output = Path(output_folder).absolute() if output_folder is not None else folder / "chimerax"
    check_folder(output)
    density = results.read_density(map_path) if map_path is not None else results.read_density()
    grid = read_map(folder / RESULT_MAPS[MAIN_MAP].file, what="result")
    frame = frame_of(grid.path)
    if frame is None:
        raise InputError(f"result {grid.path}: ChimeraX cannot open it; run monodir again")
    scene = {BARS: _bars_scene, GLYPHS: _glyphs_scene}.get(colour_by, _map_scene)
    try:
        output.mkdir(parents=True, exist_ok=True)
        drawn = scene(results, colour_by, grid, frame, output, chosen)
        arrows = output / _ARROWS_FILE
        _write(arrows, _arrows(results.mask, frame))
        written = output / f"{colour_by}.cxc"
        text = script(
            f"{results.name}, {colour_by}",
            _place_density(results, density, map_path, grid, frame, output),
            surface_level(density.values, results.mask),
            [*drawn.opening, opening(arrows, "bild", "box axes")],
            drawn.colouring,
            drawn.remarks,
        )
        _write(written, text)
    except OSError as error:
        raise InputError(
            f"output {output}: writing failed ({error.strerror or error}); "
            "free disk space or name another folder"
        ) from error
    return written


def _place_density(
    results: Results,
    density: MapFile,
    given: Optional[PathLike],
    grid: MapFile,
    frame: Frame,
    output: Path,
) -> Path:
    """The file to open: the map, or a copy if ChimeraX would place the map elsewhere."""
    halves = given is None and bool(results.summary["parameters"]["noise_from_half_maps"])
    placed = None if halves else frame_of(density.path)
    if placed is not None and placed.coincides(frame, grid.values.shape[0]):
        return density.path.absolute()
    copy = output / _DENSITY
    for entry in (density.path, *(Path(entry["path"]) for entry in results.summary["inputs"])):
        if real_path(entry) == real_path(copy):
            raise InputError(
                f"output {output}: a copy of the density would replace the input {entry}; "
                "name another folder"
            )
    write_map(copy, density.values, grid)
    return copy


def _map_scene(
    results: Results, name: str, grid: MapFile, frame: Frame, output: Path, chosen: _Chosen
) -> _Drawn:
    """A surface coloured by a map of resolution."""
    path = output / f"{name}_beyond_mask.mrc"
    write_map(path, beyond_mask(results.volumes[name], results.mask), grid)
    palette = chosen.of(palette_of(results, name))
    title = f"{label_of(name)} (Å)"
    if palette.unresolved is not None and at_limit(results, results.values(name)).any():
        title += "; dark grey: not resolved"
    return _Drawn(
        opening=[opening(path, "mrc", name), "volume #2 hide"],
        colouring=[
            f"color sample #1 map #2 palette {palette.sampling()}",
            *key(palette, title),
        ],
        remarks=[
            f"Up to {REACH} voxels beyond the mask it has the colour of the nearest voxel inside;",
            "farther out it is grey. Values beyond an end of the key have the colour of that end.",
        ],
    )


def _bars_scene(
    results: Results, name: str, grid: MapFile, frame: Frame, output: Path, chosen: _Chosen
) -> _Drawn:
    """Bars inside a transparent surface."""
    bars = choose_bars(results.read_table(), results.volumes["highest"], results.volumes["lowest"])
    if not len(bars.voxels):
        raise InputError("bars: no voxel has an axis finer than the others; nothing can be shown")
    palette = chosen.of(bar_palette(bars))
    _write(output / _BARS_FILE, bars_text(bars, frame, palette))
    return _Drawn(
        opening=[opening(output / _BARS_FILE, "bild", name)],
        colouring=[
            _SEE_THROUGH,
            *key(palette, "Bars along the finest axis: lowest less highest (Å)"),
        ],
        remarks=[
            f"One voxel in {bars.every} along x, y and z has a bar, if it lies inside the mask and",
            "one of its axes is finer than another. Bars are longer and darker the larger the",
            "difference of lowest and highest resolution is. The mouse on a bar shows both,",
            "and the axis. A lowest resolution that is not resolved counts as the coarse limit:",
            "the difference is at least the one shown. Axes without data are left out.",
        ],
    )


def _glyphs_scene(
    results: Results, name: str, grid: MapFile, frame: Frame, output: Path, chosen: _Chosen
) -> _Drawn:
    """Ellipsoids inside a transparent surface."""
    glyphs = choose_glyphs(results.read_tensors())
    if not len(glyphs.voxels):
        raise InputError("glyphs: no voxel is resolved along any axis; nothing can be shown")
    palette = chosen.of(Palette(BAR_COLOURS, _glyph_limits(glyphs), unit=""))
    _write(output / _GLYPHS_FILE, glyphs_text(glyphs, frame, palette))
    return _Drawn(
        opening=[opening(output / _GLYPHS_FILE, "bild", name)],
        colouring=[
            _SEE_THROUGH,
            *key(palette, "Ellipsoids of resolution: fractional anisotropy"),
        ],
        remarks=[
            f"One voxel in {glyphs.every} along x, y and z inside the mask has an ellipsoid, of",
            "the mean tensor around it. It is long along directions of coarse resolution; all are",
            "on one scale. The mouse on it shows its principal resolutions and its coarsest axis.",
        ],
    )


def palette_of(results: Results, name: str) -> Palette:
    """The colours of a map: one scale for all maps of resolution, so that they can be compared."""
    entry = RESULT_MAPS.get(name)
    if entry is not None and not entry.is_resolution:
        return Palette(colours_of_map(name), default_limits(results, entry))
    coarsest = results.resolution_limits[1]
    return Palette(colours_of_map(name), shared_limits([results]), unresolved=coarsest)


def bar_palette(bars: Bars) -> Palette:
    """Colours from zero to the 98th percentile of the differences that are not lower bounds."""
    known = bars.difference[~bars.unresolved]
    return Palette(BAR_COLOURS, from_zero(known if len(known) else bars.difference))


def _glyph_limits(glyphs: Glyphs) -> Limits:
    """From zero to the 98th percentile of the values that are not lower bounds."""
    known = glyphs.anisotropy[~glyphs.unresolved]
    return from_zero(known if len(known) else glyphs.anisotropy)


def _arrows(mask: np.ndarray, frame: Frame) -> str:
    """Arrows along the axes of the box, from the lower corner of the mask."""
    side = mask.shape[0]
    corner = np.array([side.start for side in bounding_box(mask)][::-1], float)
    length = _ARROW * side * min(frame.step)
    return arrows_text(frame.positions(corner) - 0.5 * length, length)


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
