"""Draw figures of finished results into files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Optional, Sequence

from matplotlib.figure import Figure

from ..figures import check_suffix, compare, draw_figure, findings, save_figure
from ..figures.comparison import Finding
from ..files.atomic import disk_errors
from ..files.lists import write_csv
from ..files.loading import load_results, named_by_folder
from ..files.output_paths import check_file

__all__ = ["compare_runs", "distinct_names", "plot"]


def plot(
    folder: Path, what: str, output: Path, dpi: Optional[float] = None, **options: Any
) -> None:
    """Draw one figure of finished results into a file.

    Parameters
    ----------
    folder : Path
        The results of a run.
    what : str
        A key of :data:`monodir_plugin.figures.FIGURES`.
    output : Path
        The file; its suffix determines the format.
    dpi : float, optional
        Dots per inch of a PNG file.
    **options
        Options of :func:`monodir_plugin.figures.draw_figure`.

    Raises
    ------
    InputError
        If the results or the options cannot be used; then nothing is written.
    """
    check_suffix(output)
    check_file(output, [])
    _save(draw_figure(what, named_by_folder(load_results(folder), folder), **options), output, dpi)


def distinct_names(folders: Sequence[Path]) -> List[str]:
    """Return the names of folders, with as many of their parents as make all of them differ."""
    paths = [folder.absolute() for folder in folders]
    names = [path.name for path in paths]
    for length in range(2, max(len(path.parts) for path in paths) + 1):
        if len(set(names)) == len(set(paths)):
            break
        names = ["/".join(path.parts[-length:]) for path in paths]
    return names


def compare_runs(
    folders: Sequence[Path],
    output: Path,
    dpi: Optional[float] = None,
    csv_path: Optional[Path] = None,
    names: Optional[Sequence[str]] = None,
    **options: object,
) -> List[Finding]:
    """Draw the results of several runs side by side into a file.

    Parameters
    ----------
    folders : sequence of Path
        The results of two or more runs.
    output : Path
        The file; its suffix determines the format.
    dpi : float, optional
        Dots per inch of a PNG file.
    csv_path : Path, optional
        A CSV file to which the table of the figure is written.
    names : sequence of str, optional
        Names of the runs in figure and table; default: their folders, in the figure without the
        parents that they have in common.
    **options
        Options of :func:`monodir_plugin.figures.compare`.

    Returns
    -------
    list of Finding
        The rows of the table.

    Raises
    ------
    InputError
        If the results or the options cannot be used; then nothing is written.
    """
    check_suffix(output)
    for path in (output, *([csv_path] if csv_path else [])):
        check_file(path, [])
    results = [load_results(folder) for folder in folders]
    headings = [str(folder) for folder in folders] if names is None else list(names)
    table = findings(results)
    figure = compare(results, distinct_names(folders) if names is None else names, **options)
    if csv_path is not None:
        with disk_errors(csv_path):
            csv_path.parent.mkdir(parents=True, exist_ok=True)
            rows = [(row.what, row.unit, *row.values) for row in table]
            write_csv(csv_path, ["quantity", "unit", *headings], rows)
    _save(figure, output, dpi)
    return table


def _save(figure: Figure, output: Path, dpi: Optional[float]) -> None:
    with disk_errors(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        save_figure(figure, output, dpi)
