"""The page: findings, figures and tables of a run in one HTML file."""

from __future__ import annotations

import html
import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Dict, Iterable, Iterator, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from ..diagnosis.sentences import sentences_of
from ..errors import InputError
from ..figures.directions.polar import spread_sentence, states_of
from ..files.atomic import atomic_path
from ..files.loading import Results, load_results, named_by_folder
from ..files.output_paths import check_file
from ..files.run_folder.summary import Summary
from ..files.run_folder.verdict import verdict
from .axes_plot import axes_svg
from .filtered import FilteredMap, read_filtered
from .findings import findings, grouped, meaning, median_of, parameters
from .pictures import Picture, Progress, overview_picture, pictures, silent
from .scene import HOW_TO_GET, compressed_library, scene_data
from .slices import slice_data, window_of

__all__ = ["report_page", "write_report"]

_HERE = Path(__file__).parent / "web"
#: Figures with fewer pixels across have their caption beside them.
_NARROW = 600
_NO_SCENE = (
    f"There is no three-dimensional view, because Plotly is not installed: {HOW_TO_GET}, then "
    "write the report again."
)
_NO_MAP = "There is no three-dimensional view, because the map could not be read."
_SCRIPTS = ("page.js", "surface.js", "scene.js")
_SECTIONS = ("Findings", "Diagnosis", "Axes", "Slices", "Figures", "Inputs", "Parameters")


def write_report(
    folder_of_results: Union[str, os.PathLike[str]],
    output: Union[str, os.PathLike[str]],
    filtered: Optional[Union[str, os.PathLike[str]]] = None,
    progress: Progress = silent,
    name: Optional[str] = None,
) -> Path:
    """Write the report of finished results.

    Parameters
    ----------
    folder_of_results : path
        Folder that ``monodir run`` finished.
    output : path
        File to write, ``.html``.
    filtered : path, optional
        The map that ``monodir filter`` wrote for these results; default: ``filtered.mrc`` in the
        folder, if there is one.
    progress : callable
        ``progress(done, total)`` is called before the first figure and after each.
    name : str, optional
        Name of the run in titles; default: that of the folder, and that of the map.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the results or the filtered map cannot be used, or the file cannot be written.
    """
    path = Path(output)
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"output {path}: name a file that ends in .html")
    results = load_results(Path(folder_of_results))
    if name is None:
        results = named_by_folder(results, Path(folder_of_results))
    else:
        results = replace(results, name=name)
    check_file(path, [])
    found = read_filtered(Path(folder_of_results), results, filtered)
    text = report_page(results, found, progress)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"output {path}: writing failed ({error.strerror or error}); "
            "free disk space or name another file"
        ) from error
    return path


def report_page(
    results: Results, filtered: Optional[FilteredMap] = None, progress: Progress = silent
) -> str:
    """The whole page as text, without references to other files.

    Parameters
    ----------
    results : Results
    filtered : FilteredMap, optional
        A filtered map, shown beside the map that was measured.
    progress : callable
        ``progress(done, total)`` is called before the first figure and after each.
    """
    summary = results.summary
    drawn = list(pictures(results, progress))
    scene, library = _scene(results, filtered)
    return Template((_HERE / "page.html").read_text(encoding="utf-8")).substitute(
        title=f"MonoDir: {_safe(results.name)}",
        heading=_safe(results.name),
        program=_safe(summary["program"]),
        style=(_HERE / "page.css").read_text(encoding="utf-8"),
        facts=_facts(results),
        verdict=_items(verdict(summary)),
        warnings=_warnings(summary["warnings"]),
        meaning=_safe(meaning(summary)),
        findings=_items(findings(summary)),
        diagnosis=_diagnosis(sentences_of(summary)),
        overview=_figure(overview_picture(results), titled=False),
        contents=_links(_contents(filtered)),
        axes=axes_svg(results),
        scene=scene,
        spread=_safe(spread_sentence(results, marked=False)),
        thinned=_thinned(results),
        filtered="" if filtered is None else _filtered(filtered),
        list=_links((f"figure-{picture.name}", picture.title) for picture in drawn),
        figures="\n".join(_figure(picture) for picture in drawn),
        inputs=_rows(
            (
                entry["path"],
                entry.get("kind", ""),
                f"{entry['sampling_A']:g}" if "sampling_A" in entry else "",
                entry["sha256"],
            )
            for entry in summary["inputs"]
        ),
        parameters=_rows(parameters(summary)),
        notes=_notes(summary["notes"]),
        data=_json(slice_data(results)),
        library=library,
        script="\n".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS),
    )


def _json(data: object) -> str:
    # "<" must not end the script element.
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")


def _contents(filtered: Optional[FilteredMap]) -> Iterator[Tuple[str, str]]:
    """Anchors and titles of the sections."""
    for title in _SECTIONS:
        yield f"section-{title.lower()}", title
        if title == "Slices" and filtered is not None:
            yield "section-filtered", "Filtered map"


def _links(anchors: Iterable[Tuple[str, str]]) -> str:
    return "\n".join(
        f'<li><a href="#{_safe(name)}">{_safe(title)}</a></li>' for name, title in anchors
    )


def _densities(results: Results, filtered: Optional[FilteredMap]) -> Dict[str, np.ndarray]:
    """The maps whose surface can be shown, by title."""
    found: Dict[str, np.ndarray] = {}
    # The figure of the map says why it cannot be read.
    with suppress(InputError):
        found["Measured map"] = results.read_density().values
    if filtered is not None and filtered.values is not None:
        found["Filtered map"] = filtered.values
    return found


def _scene(results: Results, filtered: Optional[FilteredMap]) -> Tuple[str, str]:
    """The three-dimensional view as elements of the page: its place, and its library and data."""
    library, densities = compressed_library(), _densities(results, filtered)
    why = _NO_SCENE if library is None else "" if densities else _NO_MAP
    if why:
        return f'<p id="scene" class="caution">{_safe(why)}</p>', ""
    place = (_HERE / "scene.html").read_text(encoding="utf-8")
    return place, (
        f'<script type="application/json" id="scene-data">'
        f"{_json(scene_data(results, densities))}</script>\n"
        f'<script type="application/gzip" id="scene-library">{library}</script>'
    )


def _filtered(filtered: FilteredMap) -> str:
    return (
        '<section aria-labelledby="filtered-title" id="section-filtered">\n'
        f'<h2 id="filtered-title">Filtered map</h2>\n{_figure(filtered.picture)}\n</section>'
    )


def _facts(results: Results) -> str:
    summary = results.summary
    side = summary["box_px"]
    facts = {
        "Voxel size": f"{results.sampling:g} Å",
        "Box": f"{side} voxels, {side * results.sampling:.4g} Å",
        "Mask": f"{grouped(summary['mask_voxels'])} voxels",
        "Axes": _axes(results),
        "Preset": summary["parameters"]["preset"],
        "Median axis": _or_unresolved(summary["axes"]["median_A"]),
        **_interval_of_axis(summary),
        "Median ADR": _or_unresolved(median_of(summary, "adr")),
        "Not resolved": f"{100 * summary['unresolved_share']:.3g} % of voxel-axis pairs",
    }
    return "\n".join(
        f"<div><dt>{_safe(name)}</dt><dd>{_safe(value)}</dd></div>" for name, value in facts.items()
    )


def _interval_of_axis(summary: Summary) -> Dict[str, str]:
    """The interval of the median axis; nothing where it is not known."""
    interval = summary["axes"].get("median_interval_A")
    if not interval:
        return {}
    return {"Median axis, 90 % interval": f"{interval[0]:.3g} to {interval[1]:.3g} Å"}


def _axes(results: Results) -> str:
    states = states_of(results)
    kinds = ((states.unresolved, "mostly not resolved"), (states.without_data, "without data"))
    others = [f"{which.sum()} {state}" for which, state in kinds if which.any()]
    return f"{len(results.axes)}" + (f" ({', '.join(others)})" if others else "")


def _or_unresolved(value: Optional[float]) -> str:
    return "not resolved" if value is None else f"{value:.3g} Å"


def _warnings(texts: Sequence[str]) -> str:
    if not texts:
        return "<p>The run gave no warnings.</p>"
    return (
        '<div class="warnings" id="warnings"><h3>Warnings</h3>\n'
        f"<ul>\n{_items(_sentence(text) for text in texts)}\n</ul></div>"
    )


def _diagnosis(sentences: Mapping[str, Sequence[str]]) -> str:
    if not sentences:
        return "<p>The run has no diagnosis.</p>"
    return "\n".join(
        f"<h3>{_safe(title)}</h3>\n<ul>\n{_items(texts)}\n</ul>"
        for title, texts in sentences.items()
    )


def _notes(texts: Sequence[str]) -> str:
    return f"<h3>Notes of the run</h3>\n<ul>\n{_items(texts)}\n</ul>" if texts else ""


def _thinned(results: Results) -> str:
    every = window_of(results.mask).every
    return (
        "Every voxel is shown." if every == 1 else f"One voxel in {every} along each side is shown."
    )


def _figure(picture: Picture, titled: bool = True) -> str:
    title, caption = _safe(picture.title), _safe(picture.caption)
    width, height = picture.size
    shown = (
        f'<div class="scroll"><img src="{picture.source}" width="{width}" height="{height}" '
        f'alt="{title}. {caption}"></div>'
        if picture.source
        else f'<p class="caution">Not drawn: {_safe(picture.missing)}.</p>'
    )
    caution = (
        f'<p class="caution"><strong>Caution.</strong> {_safe(picture.caution)}</p>'
        if picture.caution
        else ""
    )
    kind = ' class="narrow"' if picture.source and width < _NARROW else ""
    heading = f"<h3>{title}</h3>\n" if titled else ""
    judged = f"<p><strong>How to judge it.</strong> {_safe(picture.judged)}</p>" * bool(
        picture.judged
    )
    return (
        f'<figure id="figure-{_safe(picture.name)}"{kind}>\n{heading}{shown}\n'
        f"<figcaption><p>{caption}</p>{judged}{caution}</figcaption>\n</figure>"
    )


def _items(texts: Iterable[str]) -> str:
    # No line break between a number and its unit.
    return "\n".join(f"<li>{_safe(text).replace(' Å', '&nbsp;Å')}</li>" for text in texts)


def _rows(rows: Iterable[Sequence[str]]) -> str:
    lines = []
    for first, *others in rows:
        cells = "".join(f"<td>{_safe(cell)}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{_safe(first)}</th>{cells}</tr>')
    return "\n".join(lines)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _safe(text: str) -> str:
    return html.escape(str(text))
