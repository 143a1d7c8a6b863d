"""Measure several maps, one after the other, in one process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from ...errors import InputError
from ...files.atomic import disk_errors
from ...files.lists import write_csv
from ...files.run_folder.summary import Summary
from ..process_tuning import return_free_memory
from .inputs import Input, default_folder
from .job import Job
from .run import run

__all__ = [
    "COLUMNS",
    "SIDE_BY_SIDE",
    "Outcome",
    "batch_folders",
    "measure_all",
    "table_row",
    "write_comparison",
    "write_table",
]

#: Maps that fit side by side on a figure that can be read.
SIDE_BY_SIDE = 6

#: Columns of the table: key, and heading on the terminal.
COLUMNS = {
    "map": "map",
    "adr_A": "ADR",
    "highest_A": "highest",
    "lowest_A": "lowest",
    "anisotropy_A": "anisotropy",
    "median_axis_A": "median axis",
    "ratio_of_axes": "ratio of axes",
    "unresolved_share": "unresolved",
    "axes_without_data": "axes without data",
    "folder": "folder",
    "error": "error",
}
_MEDIANS = ("adr", "highest", "lowest", "anisotropy")


@dataclass(frozen=True)
class Outcome:
    """The outcome of one map.

    Attributes
    ----------
    name : str
        The map, half maps or job folder as the user named them.
    folder : Path or None
        The folder of the results; ``None`` if the input was not understood.
    summary : dict or None
        The summary of the run; ``None`` if it failed.
    error : str or None
        Why it failed, as a sentence.
    """

    name: str
    folder: Optional[Path]
    summary: Optional[Summary]
    error: Optional[str] = None


def measure_all(jobs: Sequence[Tuple[str, Callable[[], Job]]]) -> Iterator[Outcome]:
    """Measure maps one after the other; a map that cannot be measured does not stop the others.

    Parameters
    ----------
    jobs : sequence of (str, function)
        The name of each map, and a function that returns its job or raises InputError.

    Yields
    ------
    Outcome
        One per job, as soon as it is finished.
    """
    for name, job_of in jobs:
        job: Optional[Job] = None
        summary: Optional[Summary] = None
        error: Optional[str] = None
        try:
            job = job_of()
            summary = run(job)
        except InputError as problem:
            error = str(problem)
        except MemoryError:
            error = f"{name}: there is not enough memory; use fewer --threads, or bin the map"
        return_free_memory()
        yield Outcome(name, job.output if job else None, summary, error)


def batch_folders(inputs: Sequence[Input], parent: Optional[Path]) -> List[Path]:
    """Return a folder for the results of each of several inputs; no two are the same.

    Parameters
    ----------
    inputs : sequence of Input
    parent : Path or None
        The folder that holds them; ``None``: each is beside its input.

    Returns
    -------
    list of Path
        Named after the input.  Inputs with the same name get the name of their folder before it,
        and a number if that is the same, too.
    """
    names = [found.name for found in inputs]
    folders: List[Path] = []
    for found in inputs:
        name = found.name
        if parent is None:
            folder = default_folder(found)
        else:
            if names.count(name) > 1:
                name = f"{found.parent.absolute().name}_{name}".lstrip("_")
            folder = parent / name
        number, free = 1, folder
        while free.absolute() in [other.absolute() for other in folders]:
            number += 1
            free = folder.with_name(f"{folder.name}_{number}")
        folders.append(free)
    return folders


def table_row(outcome: Outcome) -> Dict[str, object]:
    """Return the values of :data:`COLUMNS` for one map; those of a failed run are ``None``."""
    row: Dict[str, object] = dict.fromkeys(COLUMNS)
    row.update(map=outcome.name, error=outcome.error)
    row["folder"] = None if outcome.folder is None else str(outcome.folder)
    summary = outcome.summary
    if summary is not None:
        row.update({f"{name}_A": summary["median_A"][name] for name in _MEDIANS})
        row["median_axis_A"] = summary["axes"]["median_A"]
        row["ratio_of_axes"] = summary["axes"]["ratio"]
        row["unresolved_share"] = summary["unresolved_share"]
        row["axes_without_data"] = len(summary["axes_without_data"])
    return row


def write_table(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the table of all maps as CSV, one line per map; missing values are empty.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [["" if v is None else v for v in table_row(o).values()] for o in outcomes]
        write_csv(path, list(COLUMNS), rows)


def write_comparison(path: Path, outcomes: Sequence[Outcome]) -> bool:
    """Draw the maps that were measured side by side into a file, if there are two or more.

    Returns
    -------
    bool
        Whether the figure was drawn.  It has the first six maps.

    Raises
    ------
    InputError
        If the file cannot be written, or a result cannot be read.
    """
    measured = [outcome for outcome in outcomes if outcome.summary is not None and outcome.folder]
    if len(measured) < 2:
        return False
    # Matplotlib is loaded late: no module may be loading while a measurement forks.
    from ..plot import compare_runs

    shown = measured[:SIDE_BY_SIDE]
    folders = [outcome.folder for outcome in shown if outcome.folder is not None]
    compare_runs(folders, path)
    return True
