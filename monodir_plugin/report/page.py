"""The page: findings, figures and tables of a run in one HTML file."""

from __future__ import annotations

import html
import json
import os
from pathlib import Path
from string import Template
from typing import Iterable, Mapping, Optional, Sequence, Union

from ..diagnosis.sentences import sentences_of
from ..errors import InputError
from ..figures.directions.polar import states_of
from ..files.atomic import atomic_path
from ..files.loading import Results, load_results
from ..files.output_paths import check_file
from ..files.run_folder.verdict import verdict
from .axes_plot import axes_svg
from .findings import findings, grouped, meaning, median_of, parameters
from .pictures import Picture, pictures
from .slices import slice_data, window_of

__all__ = ["report_page", "write_report"]

_HERE = Path(__file__).parent
#: Figures with fewer pixels across have their caption beside them.
_NARROW = 600


def write_report(
    folder_of_results: Union[str, os.PathLike[str]], output: Union[str, os.PathLike[str]]
) -> Path:
    """Write the report of finished results.

    Parameters
    ----------
    folder_of_results : path
        Folder that ``monodir run`` finished.
    output : path
        File to write, ``.html``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the results cannot be used or the file cannot be written.
    """
    path = Path(output)
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"output {path}: name a file that ends in .html")
    results = load_results(Path(folder_of_results))
    check_file(path, [])
    text = report_page(results)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"output {path}: writing failed ({error.strerror or error}); "
            "make room or name another file"
        ) from error
    return path


def report_page(results: Results) -> str:
    """The whole page as text, without references to other files."""
    summary = results.summary
    return Template((_HERE / "page.html").read_text(encoding="utf-8")).substitute(
        title=f"MonoDir: {_safe(_heading(results))}",
        heading=_safe(_heading(results)),
        program=_safe(summary["program"]),
        style=(_HERE / "page.css").read_text(encoding="utf-8"),
        facts=_facts(results),
        verdict=_items(verdict(summary)),
        warnings=_warnings(summary["warnings"]),
        meaning=_safe(meaning(summary)),
        findings=_items(findings(summary)),
        diagnosis=_diagnosis(sentences_of(summary)),
        axes=axes_svg(results),
        thinned=_thinned(results),
        figures="\n".join(_figure(picture) for picture in pictures(results)),
        inputs=_rows(
            (
                entry["path"],
                entry.get("kind", ""),
                f"{entry['sampling_A']:g}",
                entry["sha256"],
            )
            for entry in summary["inputs"]
        ),
        parameters=_rows(parameters(summary)),
        notes=_notes(summary["notes"]),
        # "<" must not end the script element.
        data=json.dumps(slice_data(results), allow_nan=False).replace("<", "\\u003c"),
        script=(_HERE / "page.js").read_text(encoding="utf-8"),
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
        "Median ADR": _or_unresolved(median_of(summary, "adr")),
        "Not resolved": f"{100 * summary['unresolved_share']:.3g} % of voxel-axis pairs",
    }
    return "\n".join(
        f"<div><dt>{_safe(name)}</dt><dd>{_safe(value)}</dd></div>" for name, value in facts.items()
    )


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


def _figure(picture: Picture) -> str:
    title, caption = _safe(picture.title), _safe(picture.caption)
    width, height = picture.size
    shown = (
        f'<img src="{picture.source}" width="{width}" height="{height}" alt="{title}. {caption}">'
        if picture.source
        else f'<p class="caution">Not drawn: {_safe(picture.missing)}.</p>'
    )
    caution = (
        f'<p class="caution"><strong>Caution.</strong> {_safe(picture.caution)}</p>'
        if picture.caution
        else ""
    )
    kind = ' class="narrow"' if picture.source and width < _NARROW else ""
    return (
        f'<figure id="figure-{_safe(picture.name)}"{kind}>\n<h3>{title}</h3>\n{shown}\n'
        f"<figcaption><p>{caption}</p>{caution}</figcaption>\n</figure>"
    )


def _heading(results: Results) -> str:
    """Name of the map, or of both half maps."""
    entries = results.summary["inputs"]
    if not results.summary["parameters"]["noise_from_half_maps"]:
        return results.name
    return " and ".join(Path(entry["path"]).name for entry in entries[:2])


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
