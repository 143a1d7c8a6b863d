"""The inputs of the command run: one map, two half maps, a job folder, or several of them."""

from __future__ import annotations

import argparse
import copy
import json
import logging
import shlex
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Callable, List, Sequence, Tuple, Union

import numpy as np

from ..constants import FIGURE_OF_MAPS, TABLE_OF_MAPS
from ..errors import InputError
from ..files.regular import check_regular
from ..files.run_folder.summary import without_nan
from ..numerics.reduction.table import at_coarse_limit
from ..workflows.measure.batch import (
    COLUMNS,
    Outcome,
    batch_folders,
    measure_all,
    table_row,
    write_comparison,
    write_table,
)
from ..workflows.measure.first_look import look_at, refuse_masks
from ..workflows.measure.inputs import Input, default_folder, find_input, group_half_maps
from ..workflows.measure.job import Job
from ..workflows.measure.run import run
from .commands.summary import print_summary
from .job_options import job_from
from .output import say, shown

__all__ = ["run_all"]

log = logging.getLogger("monodir")

#: Columns that the table on the terminal leaves out: they are long.
_ONLY_IN_FILE = ("folder", "error")
#: Columns in which the coarse limit means: not resolved.
_RESOLUTIONS = ("adr_A", "highest_A", "lowest_A")
#: Inputs of one run: names as the user gave them, and the options that hold for it.
_Request = Tuple[Tuple[str, ...], argparse.Namespace]


def run_all(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Measure the map or the maps that the options name; return the exit status.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of the command; it also parses the lines of the list.
    options : argparse.Namespace

    Raises
    ------
    InputError
        If one map is to be measured and cannot be, or the list cannot be read.
    """
    requests = _requests(parser, options)
    if len(requests) > 1 or options.batch is not None:
        return _run_several(requests, options)
    names, _ = requests[0]
    if options.json:
        (outcome,) = measure_all([(_label(names, options), partial(_only_job, names, options))])
        _print_json(outcome)
        if outcome.error is not None:
            raise InputError(outcome.error)
    else:
        job = _only_job(names, options)
        print_summary(run(job), job.output)
    return 0


def _only_job(names: Sequence[str], options: argparse.Namespace) -> Job:
    """Return the job of the only input."""
    found = _find(names, options)
    return _job(found, options, options.output or default_folder(found))


def _requests(parser: argparse.ArgumentParser, options: argparse.Namespace) -> List[_Request]:
    """Return the inputs of each run with its options."""
    halves = options.half1 or options.half2
    _refuse_single(options, "--single")
    if options.batch is not None and halves:
        raise InputError("--batch: name half maps in the lines of the list")
    # Maps beside --half1, and no input at all, are refused when the input is looked for.
    single = not options.maps and options.batch is None
    groups = [tuple(options.maps)] if halves or single else _grouped(options)
    requests: List[_Request] = [(names, options) for names in groups]
    return requests if options.batch is None else requests + _listed(parser, options)


def _refuse_single(options: argparse.Namespace, what: str) -> None:
    """Refuse ``--single`` beside half maps: the other half would be used all the same."""
    if options.single and (options.half1 or options.half2):
        raise InputError(
            f"{what}: it measures one map alone; name the map without --half1 and --half2"
        )


def _grouped(options: argparse.Namespace) -> List[Tuple[str, ...]]:
    """Return the names of each run."""
    if options.single:
        return [(name,) for name in options.maps]
    return group_half_maps(options.maps)


def _listed(parser: argparse.ArgumentParser, options: argparse.Namespace) -> List[_Request]:
    """Return the inputs of the lines of a list, which hold arguments of the command."""
    path = options.batch
    try:
        check_regular(path, f"batch {path}", "the list")
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise InputError(f"batch {path}: there is no such file; check the name") from error
    except IsADirectoryError as error:
        raise InputError(
            f"batch {path}: it is a folder; give a text file with a map in each line"
        ) from error
    except OSError as error:
        raise InputError(f"batch {path}: {error.strerror}; give a text file") from error
    except UnicodeError as error:
        raise InputError(f"batch {path}: it is not text; list maps in a text file") from error
    requests: List[_Request] = []
    for number, line in enumerate(lines, 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise InputError(f"batch {path}, line {number}: {error}; close the quotes") from error
        if not words:
            continue
        own = copy.copy(options)
        own.maps, own.batch, own.output = [], None, None
        try:
            parser.parse_args(words, own)
        except SystemExit as error:
            raise InputError(f"batch {path}: line {number} was not understood: {line}") from error
        _refuse_single(own, f"batch {path}, line {number}: --single")
        groups = [tuple(own.maps)] if own.half1 or own.half2 else _grouped(own)
        if len(groups) != 1 or own.batch is not None:
            raise InputError(
                f"batch {path}, line {number}: name one map, two half maps or one job folder"
            )
        requests.append((groups[0], own))
    if not requests:
        raise InputError(f"batch {path}: it lists no maps; write one per line")
    return requests


def _find(names: Sequence[str], options: argparse.Namespace) -> Input:
    """Return the input of a run, and log the files that were found in addition to those named."""
    found = find_input(names, options.half1, options.half2, options.single)
    if found.note:
        log.warning(found.note)
    return found


def _job(found: Input, options: argparse.Namespace, output: Path) -> Job:
    """Return the job of an input; options that were given replace those of a job folder."""
    own = copy.copy(options)
    own.map = found.map
    own.half1, own.half2 = found.halves or (None, None)
    own.mask = options.mask or found.mask
    own.images = options.images or found.images
    own.symmetry = options.symmetry or found.symmetry
    job = job_from(own, output, options.diagnosis)
    return replace(job, doubts=(found.doubt,)) if found.doubt else job


def _run_several(requests: Sequence[_Request], options: argparse.Namespace) -> int:
    """Measure several maps and write their table; return 1 if one of them failed, else 0."""
    refuse_masks(options.maps, options.mask)
    found = [_find_or_error(names, own) for names, own in requests]
    # Before hours go into the others.
    for entry in found:
        if isinstance(entry, InputError):
            say(f"monodir: {shown(str(entry))}\n", sys.stderr)
    inputs = [entry for entry in found if isinstance(entry, Input)]
    folders = batch_folders(inputs, options.output)
    left = iter(folders)
    jobs: List[Tuple[str, Callable[[], Job]]] = []
    for entry, (names, own) in zip(found, requests):
        if isinstance(entry, Input):
            folder = next(left)
            # -o of the command is the folder of all; -o in a line of the list is that of the map.
            folder = folder if own is options else own.output or folder
            jobs.append((_label(names, own), partial(_job, entry, own, folder)))
        else:
            jobs.append((_label(names, own), partial(_fail, entry)))
    table = (options.output or folders[0].parent) / TABLE_OF_MAPS if folders else None
    outcomes: List[Outcome] = []
    running = measure_all(jobs)
    for number, (entry, (label, _)) in enumerate(zip(found, jobs), 1):
        usable = isinstance(entry, Input)
        if usable:
            say(f"map {number} of {len(jobs)}: {shown(label)}\n", sys.stderr)
        outcome = next(running)
        outcomes.append(outcome)
        # After every map: the table is there if the command is interrupted.
        if table is not None:
            write_table(table, outcomes)
        if outcome.error is not None and usable:
            say(f"monodir: {shown(str(outcome.error))}\n", sys.stderr)
        if options.json:
            _print_json(outcome)
    if not options.json:
        _print_table(outcomes)
    if table is not None:
        where = sys.stderr if options.json else sys.stdout
        print(f"table in {table}", file=where)
        figure = table.with_name(FIGURE_OF_MAPS)
        if write_comparison(figure, outcomes):
            print(f"maps side by side in {figure}", file=where)
    failed = [outcome.name for outcome in outcomes if outcome.error is not None]
    if failed:
        counts = f"{len(failed)} of {len(outcomes)}"
        say(f"monodir: {counts} maps failed: {shown(', '.join(failed))}\n", sys.stderr)
    return 1 if failed else 0


def _find_or_error(names: Sequence[str], options: argparse.Namespace) -> Union[Input, InputError]:
    try:
        found = _find(names, options)
        look_at(found)
        return found
    except InputError as error:
        return error


def _fail(error: InputError) -> Job:
    raise error


def _label(names: Sequence[str], options: argparse.Namespace) -> str:
    """Return the input as the user named it."""
    return " ".join(names or [half for half in (options.half1, options.half2) if half])


def _print_json(outcome: Outcome) -> None:
    record = table_row(outcome)
    record["warnings"] = None if outcome.summary is None else outcome.summary["warnings"]
    print(json.dumps(without_nan(record), ensure_ascii=False), flush=True)


def _print_table(outcomes: Sequence[Outcome]) -> None:
    """Print the numbers of all maps, in Å where they are resolutions."""
    keys = [key for key in COLUMNS if key not in _ONLY_IN_FILE]
    rows = [[COLUMNS[key] for key in keys]]
    for outcome in outcomes:
        values = table_row(outcome)
        rows.append([_shown(key, values[key], outcome) for key in keys])
    widths = [max(len(row[k]) for row in rows) for k in range(len(keys))]
    for row in rows:
        cells = [f"{row[0]:<{widths[0]}}"]
        cells += [f"{text:>{width}}" for text, width in zip(row[1:], widths[1:])]
        print("  ".join(cells))
    print("medians over the mask in Å; unresolved: share of the voxel-axis pairs")


def _shown(key: str, value: object, outcome: Outcome) -> str:
    if isinstance(value, (float, np.floating)):
        if outcome.summary is not None and key in _RESOLUTIONS:
            coarsest = max(outcome.summary["found"]["frequencies_A"])
            if at_coarse_limit(value, coarsest):
                return "not resolved"
        return f"{100 * value:.1f} %" if key == "unresolved_share" else f"{value:.2f}"
    return "-" if value is None else str(value)
