"""Write a scene: command file, objects, and the maps that it opens."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Union

import numpy as np

from ..errors import InputError
from ..figures.style import (
    ANISOTROPY_COLOURS,
    RESOLUTION_COLOURS,
    TITLES,
    Limits,
    anisotropy_limits,
    from_zero,
    shared_limits,
)
from ..figures.unresolved import at_limit
from ..files.atomic import atomic_path, real_path
from ..files.loading import Results, load_results
from ..files.maps import MapFile, read_map, write_map
from ..inputs import check_folder
from .bars import Bars, bars_text, choose_bars
from .bild import arrows_text
from .frame import Frame, frame_of
from .glyphs import Glyphs, choose_glyphs, glyphs_text
from .palette import BEYOND, Palette
from .script import key, opening, script
from .surface import REACH, beyond_mask, surface_level

__all__ = ["BARS", "GLYPHS", "colourings", "write_session"]

PathLike = Union[str, "os.PathLike[str]"]

#: Scenes of bars along the finest axes and of ellipsoids, in place of the name of a map.
BARS, GLYPHS = "bars", "glyphs"
#: Colours of both.
BAR_COLOURS = "plasma_r"
_DENSITY, _ARROWS_FILE = "density.mrc", "box_axes.bild"
_BARS_FILE, _GLYPHS_FILE = "bars.bild", "glyphs.bild"
_ARROW = 0.2
_SEE_THROUGH = f"volume #1 color {BEYOND} transparency 0.75"


@dataclass(frozen=True)
class _Drawn:
    """What the scenes differ in: commands before and after the surface, and remarks."""

    opening: List[str]
    colouring: List[str]
    remarks: List[str]


def colourings(results: Results) -> List[str]:
    """What a scene can show: maps by name, also those along axes asked for, bars and glyphs."""
    return [*results.volumes, BARS, GLYPHS]


def write_session(
    folder_of_results: PathLike,
    map_path: Optional[PathLike] = None,
    output_folder: Optional[PathLike] = None,
    colour_by: str = "adr",
) -> Path:
    """Write a scene for ChimeraX.

    Parameters
    ----------
    folder_of_results : path
        Folder that ``monodir run`` finished.
    map_path : path, optional
        The density; by default the map that was measured, of half maps their mean.
    output_folder : path, optional
        Made if missing; by default ``chimerax`` in the folder of results.
    colour_by : str
        One of :func:`colourings`: a map by name, whose values colour the surface, or
        ``"bars"``: a grey surface with bars along the axis of finest resolution, or
        ``"glyphs"``: with the ellipsoids of the tensors of resolution.

    Returns
    -------
    Path
        The command file, ``<colour_by>.cxc``, absolute.  Beside it lie the files it opens:
        objects, a copy of the map of resolution that goes on beyond the mask, and, where
        ChimeraX would place the density elsewhere than the results, a copy of that.

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
    output = Path(output_folder).absolute() if output_folder is not None else folder / "chimerax"
    check_folder(output)
    density = results.read_density(map_path) if map_path is not None else results.read_density()
    grid = read_map(folder / "adr.mrc", what="result")
    frame = frame_of(grid.path)
    if frame is None:
        raise InputError(f"result {grid.path}: ChimeraX cannot open it; run monodir again")
    scene = {BARS: _bars_scene, GLYPHS: _glyphs_scene}.get(colour_by, _map_scene)
    try:
        output.mkdir(parents=True, exist_ok=True)
        drawn = scene(results, colour_by, grid, frame, output)
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
            "make room or name another folder"
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
    """The file to open: the map itself if ChimeraX puts it where the results lie, else a copy."""
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


def _map_scene(results: Results, name: str, grid: MapFile, frame: Frame, output: Path) -> _Drawn:
    """A surface coloured by a map of resolution."""
    path = output / f"{name}_beyond_mask.mrc"
    write_map(path, beyond_mask(results.volumes[name], results.mask), grid)
    palette = palette_of(results, name)
    title = f"{TITLES.get(name, name.replace('_', ' '))} (Å)"
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
            "farther out it is grey. Values beyond the ends of the key have the colour of the end.",
        ],
    )


def _bars_scene(results: Results, name: str, grid: MapFile, frame: Frame, output: Path) -> _Drawn:
    """Bars in a surface that lets them through."""
    bars = choose_bars(results.read_table(), results.volumes["highest"], results.volumes["lowest"])
    if not len(bars.voxels):
        raise InputError("bars: no voxel has an axis finer than the others; nothing can be shown")
    palette = bar_palette(bars)
    _write(output / _BARS_FILE, bars_text(bars, frame, palette))
    return _Drawn(
        opening=[opening(output / _BARS_FILE, "bild", name)],
        colouring=[
            _SEE_THROUGH,
            *key(palette, "Bars along the finest axis: lowest less highest (Å)"),
        ],
        remarks=[
            f"Bars stand at one voxel in {bars.every} along x, y and z inside the mask, where one",
            "axis is finer than another. The longer and darker a bar, the finer is the highest",
            "resolution of its voxel than the lowest. The mouse on a bar shows both, and the axis.",
            "A lowest resolution that is not resolved counts as the coarse limit: the gain is at",
            "least what the bar shows. Axes without data are never the finest.",
        ],
    )


def _glyphs_scene(results: Results, name: str, grid: MapFile, frame: Frame, output: Path) -> _Drawn:
    """Ellipsoids in a surface that lets them through."""
    glyphs = choose_glyphs(results.read_tensors())
    if not len(glyphs.voxels):
        raise InputError("glyphs: no voxel is resolved along any axis; nothing can be shown")
    palette = Palette(BAR_COLOURS, _glyph_limits(glyphs), unit="")
    _write(output / _GLYPHS_FILE, glyphs_text(glyphs, frame, palette))
    return _Drawn(
        opening=[opening(output / _GLYPHS_FILE, "bild", name)],
        colouring=[
            _SEE_THROUGH,
            *key(palette, "Ellipsoids of resolution: fractional anisotropy"),
        ],
        remarks=[
            f"Ellipsoids stand at one voxel in {glyphs.every} along x, y and z inside the mask, of",
            "the mean tensor about it. They are long where the resolution is coarse, all on one",
            "scale. The mouse on one shows its principal resolutions and its coarsest axis.",
        ],
    )


def palette_of(results: Results, name: str) -> Palette:
    """The colours of a map: one scale for all maps of resolution, so that they compare."""
    if name == "anisotropy":
        return Palette(ANISOTROPY_COLOURS, anisotropy_limits(results))
    coarsest = results.resolution_limits[1]
    return Palette(RESOLUTION_COLOURS, shared_limits([results]), unresolved=coarsest)


def bar_palette(bars: Bars) -> Palette:
    """Colours from no gain to its 98th percentile, of voxels resolved along all axes if any are."""
    known = bars.gain[~bars.unresolved]
    return Palette(BAR_COLOURS, from_zero(known if len(known) else bars.gain))


def _glyph_limits(glyphs: Glyphs) -> Limits:
    """From zero to the 98th percentile, of voxels resolved along all axes if any are."""
    known = glyphs.anisotropy[~glyphs.unresolved]
    return from_zero(known if len(known) else glyphs.anisotropy)


def _arrows(mask: np.ndarray, frame: Frame) -> str:
    """Arrows of the box from the lower corner of the mask."""
    side = mask.shape[0]
    corner = np.array([int(np.min(p)) for p in np.nonzero(mask)][::-1], float)
    length = _ARROW * side * min(frame.step)
    return arrows_text(frame.positions(corner) - 0.5 * length, length)


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
