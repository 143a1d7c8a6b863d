"""Count the pairs and the medians whose interval holds the oracle's value, and write the page."""

from __future__ import annotations

from typing import Iterator, List, Optional, Sequence, Tuple

import numpy as np

from monodir_plugin.numerics import AxisSet, Settings
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem
from monodir_plugin.numerics.localres.uncertainty import median_axis_interval, median_interval
from monodir_plugin.numerics.measurement.analysis import measure_table
from monodir_plugin.numerics.measurement.preparation import Prepared, prepare
from monodir_plugin.numerics.reduction.table import ResolutionTable, decode
from studies.harness import Record, Setting, Study, filled, rst_table
from studies.truth.cases import FINAL, QUICK, Case
from studies.truth.experiment import Experiment, make_experiment
from studies.truth.filters import HARD, SOFT
from studies.truth.oracle import ROWS, oracle_of

__all__ = ["run"]

_CRITERIA = (0.5, 0.143)
_AXES = AxisSet(AxisSet.icosahedral(46).vectors[ROWS])
#: Side of the blocks of the jackknife over the width of the window, as in a run.
_BLOCK = 4.0
#: The two medians of a run, by what the table calls them.
_MEDIANS = {"medians": "mask", "median axis": "axis"}
#: Pairs so near the limits of the grid are left out: their intervals are cut there.
_NEAR = 0.03


def _measured(setting: Setting) -> Iterator[Record]:
    for case in (QUICK,) if setting.quick else FINAL:
        yield from _of_case(case, setting)


def _of_case(case: Case, setting: Setting) -> Iterator[Record]:
    experiment = make_experiment(case, setting.models, setting.cache, setting.threads)
    oracles = [oracle_of(experiment, setting.cache, f) for f in (HARD, SOFT)]
    for criterion in _CRITERIA:
        truths = [oracle.table(criterion) for oracle in oracles]
        for source in ("half maps", "single map"):
            halves = source == "half maps"
            volume = experiment.mean if halves else experiment.single
            noise = experiment.difference if halves else None
            prepared, table = _run(experiment, volume, noise, criterion, setting.threads)
            row: Record = {"case": case.name, "criterion": criterion, "from": source}
            for name, true in zip(("hard", "soft"), truths):
                row[name] = _covered(prepared, table, experiment, true)
            row["width"] = _width(prepared, table)
            yield row
        yield from _medians(experiment, criterion, setting.threads)


def _run(
    experiment: Experiment,
    volume: np.ndarray,
    noise: Optional[np.ndarray],
    criterion: float,
    threads: int,
) -> Tuple[Prepared, ResolutionTable]:
    sampling = experiment.case.sampling
    settings = Settings(directions=46, coarsest=10 * sampling, criterion=criterion)
    prepared = prepare(
        volume, experiment.mask, sampling, settings, noise_map=noise, threads=threads
    )
    return prepared, measure_table(prepared, _AXES, threads)


def _problem(prepared: Prepared) -> SnrProblem:
    """The problem of the default preset."""
    assert isinstance(prepared.problem, SnrProblem)
    return prepared.problem


def _ends(prepared: Prepared, frequency: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    grid = prepared.problem.frequencies
    low, high = _problem(prepared).intervals()
    return np.interp(frequency, grid, low), np.interp(frequency, grid, high)


def _covered(
    prepared: Prepared, table: ResolutionTable, experiment: Experiment, true: np.ndarray
) -> float:
    """Share of the pairs, off the limits of the grid, whose interval holds the oracle's value."""
    grid = prepared.problem.frequencies
    found = decode(table.codes)[:, np.isin(table.indices, experiment.voxels)]
    low, high = _ends(prepared, found)
    first, last = grid[0] * (1 + _NEAR), grid[-1] * (1 - _NEAR)
    off = (found > first) & (found < last) & (true > first) & (true < last)
    return float(np.mean((true >= low) & (true <= high), where=off)) if off.any() else float("nan")


def _width(prepared: Prepared, table: ResolutionTable) -> float:
    """Median of half the width over the value."""
    found = decode(table.codes)
    found = found[found > 0]
    low, high = _ends(prepared, found)
    return float(np.median((high - low) / (2 * found))) if len(found) else float("nan")


def _medians(experiment: Experiment, criterion: float, threads: int) -> Iterator[Record]:
    """Medians over mask and axes, for every realisation of the noise of one set of views.

    A run states two: the median over the mask of the medians over the axes, and the median axis.
    """
    of_mask: List[Tuple[float, float, float]] = []
    of_axes: List[Tuple[float, float, float]] = []
    for noise in (experiment.noise, *experiment.noises):
        prepared, table = _run(experiment, experiment.clean + noise, None, criterion, threads)
        values = np.median(table.resolutions(), axis=1)
        block = _BLOCK * _problem(prepared).bands.window
        ends = median_interval(values, table.indices, table.shape, block)
        of_mask.append((float(np.median(values)), *ends))
        of_axes.append(_median_axis(table, block))
    for kind, found in zip(_MEDIANS, (of_mask, of_axes)):
        medians, low, high = np.array(found).T
        middle = medians.mean()
        yield {
            "case": experiment.case.name,
            "criterion": criterion,
            "from": kind,
            "held": int(np.sum((low <= middle) & (middle <= high))),
            "of": len(found),
            "scatter_A": float(np.std(medians, ddof=1)),
            "half_width_A": float(np.mean(high - low) / 2),
        }


def _median_axis(table: ResolutionTable, block: float) -> Tuple[float, float, float]:
    """The median axis and the ends of its interval, Å, as in ``summary.json``."""
    middle = float(np.nanmedian(table.axis_resolution()))
    width = median_axis_interval(table.codes, table.indices, table.shape, block)
    return middle, middle / (1 + width), middle / max(1 - width, 1e-3)


def _page(records: Sequence[Record], _: Setting) -> str:
    pairs = [
        [
            str(r["case"]),
            f"{r['criterion']:g}",
            str(r["from"]),
            *(f"{100 * float(r[name]):.0f} %" for name in ("hard", "soft")),
            f"±{100 * float(r['width']):.0f} %",
        ]
        for r in records
        if r["from"] not in _MEDIANS
    ]
    medians = [r for r in records if r["from"] in _MEDIANS]
    rows = [
        [
            str(r["case"]),
            f"{r['criterion']:g}",
            _MEDIANS[str(r["from"])],
            f"{r['held']} of {r['of']}",
            f"{r['scatter_A']:.2f}",
            f"{r['half_width_A']:.2f}",
        ]
        for r in medians
    ]
    head = ["case", "FSC", "median", "held", "scatter, Å", "half width, Å"]
    return filled(
        __file__,
        pairs=rst_table(["case", "FSC", "from", "hard", "soft", "width"], pairs),
        medians=rst_table(head, rows),
        of_mask=_held([r for r in medians if r["from"] == "medians"]),
        of_axes=_held([r for r in medians if r["from"] == "median axis"]),
    )


def _held(medians: Sequence[Record]) -> str:
    """How many intervals of all held the mean."""
    held, of = (sum(int(r[key]) for r in medians) for key in ("held", "of"))
    return f"{held} of {of}"


run = Study("validation/intervals", _measured, _page).run
