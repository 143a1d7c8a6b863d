"""What the command line does with finished results: figures of them, as functions."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Sequence

from matplotlib.figure import Figure

from ..figures import check_suffix, compare, draw_figure, findings, save_figure
from ..figures.comparison import Finding
from ..files.atomic import disk_errors
from ..files.lists import write_csv
from ..files.loading import load_results
from .job import check_file

__all__ = ["compare_runs", "plot"]


def plot(
    folder: Path, what: str, output: Path, dpi: Optional[float] = None, **options: object
) -> None:
    """Draw one figure of finished results into a file.

    Parameters
    ----------
    folder : Path
        Of a run.
    what : str
        A name in :data:`monodir_plugin.figures.FIGURES`.
    output : Path
        Its suffix tells the format.
    dpi : float, optional
    **options
        As for :func:`monodir_plugin.figures.draw_figure`.

    Raises
    ------
    InputError
        If the results or the options cannot be used; nothing has been written then.
    """
    check_suffix(output)
    check_file(output, [])
    _save(draw_figure(what, load_results(folder), **options), output, dpi)


def compare_runs(
    folders: Sequence[Path],
    output: Path,
    dpi: Optional[float] = None,
    listed: Optional[Path] = None,
    **options: object,
) -> List[Finding]:
    """Draw finished results side by side into a file.

    Parameters
    ----------
    folders : sequence of Path
        Of two or more runs.
    output : Path
        Its suffix tells the format.
    dpi : float, optional
    listed : Path, optional
        A list (.csv) to write, of what the figure's table holds.
    **options
        As for :func:`monodir_plugin.figures.compare`.

    Returns
    -------
    list of Finding
        The table.

    Raises
    ------
    InputError
        If the results or the options cannot be used; nothing has been written then.
    """
    check_suffix(output)
    for path in (output, *([listed] if listed else [])):
        check_file(path, [])
    results = [load_results(folder) for folder in folders]
    names = [str(folder) for folder in folders]
    lines = findings(results)
    figure = compare(results, names, **options)
    if listed is not None:
        with disk_errors(listed):
            listed.parent.mkdir(parents=True, exist_ok=True)
            rows = [(line.what, line.unit, *line.values) for line in lines]
            write_csv(listed, ["quantity", "unit", *names], rows)
    _save(figure, output, dpi)
    return lines


def _save(figure: Figure, output: Path, dpi: Optional[float]) -> None:
    with disk_errors(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        save_figure(figure, output, dpi)
