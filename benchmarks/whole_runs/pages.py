"""The pages on performance, made from the measured tables."""

from __future__ import annotations

import math
from typing import Dict, List, Sequence, Tuple

from benchmarks.setting import beside_authors
from benchmarks.whole_runs.run_stages import STAGES
from benchmarks.whole_runs.watched import OTHER
from studies.harness import Record, filled, rst_table, some

__all__ = ["details_page", "gain_on", "users_page"]

#: Cores of the model.
_FEW, _MANY = 2, 16


def users_page(runs: Sequence[Record], machine: str) -> str:
    """The page for users: one table and one paragraph.

    Parameters
    ----------
    runs : sequence of dict
        Of :func:`benchmarks.whole_runs.growth.measured_records`.
    machine : str
        Processor and versions.
    """
    rows = []
    for plain, full in _pairs(runs):
        rows.append(
            (
                f"{plain['size']}³",
                f"{plain['voxels']}",
                _seconds(plain["seconds"]),
                _seconds(full["seconds"]),
                f"{max(plain['megabytes'], full['megabytes']):.0f} MiB",
                beside_authors(plain["size"], plain["seconds"] / plain["yardstick"])[1],
            )
        )
    head = ("box", "voxels of the mask", "measured", "and diagnosed", "memory", "times as fast")
    return filled(__file__, "page_users.rst", machine=machine, table=rst_table(head, rows))


def details_page(runs: Sequence[Record], starts: Sequence[Record], machine: str) -> str:
    """The page for developers.

    Parameters
    ----------
    runs : sequence of dict
        Of :func:`benchmarks.whole_runs.growth.measured_records`.
    starts : sequence of dict
        Of :func:`benchmarks.whole_runs.startup.measured_starts`.
    machine : str
        Processor and versions.
    """
    return filled(
        __file__,
        "page_details.rst",
        machine=machine,
        growth=_growth(runs),
        stages=_stages(runs),
        cores=_cores(runs),
        estimates=_estimates(runs),
        starts=rst_table(
            ("", "time", "time of all cores"),
            [(r["what"], f"{r['seconds']:.2f} s", f"{r['cpu_seconds']:.2f} s") for r in starts],
        ),
    )


def gain_on(
    one: Dict[str, float], two: Dict[str, float], few: int = _FEW, many: int = _MANY
) -> Tuple[Dict[str, float], Dict[str, float]]:
    """Seconds of stages with few and with many threads, by Amdahl's law.

    Parameters
    ----------
    one, two : dict of str to float
        Seconds of every stage with one thread and with two.
    few, many : int
        Numbers of threads.

    Returns
    -------
    with_few, with_many : dict of str to float
        Seconds of every stage.  The share that threads divide is ``2 (1 - two / one)``, at least 0
        and at most 1.
    """
    found = []
    for threads in (few, many):
        seconds = {}
        for name, alone in one.items():
            shared = min(max(2 * (1 - two[name] / alone), 0.0), 1.0) if alone > 0 else 0.0
            seconds[name] = alone * (1 - shared + shared / threads)
        found.append(seconds)
    return found[0], found[1]


def _pairs(runs: Sequence[Record]) -> List[Tuple[Record, Record]]:
    """Runs of a single map with two threads and the default preset: plain and diagnosed."""
    chosen = some(runs, preset="default", half_maps=0, threads=2)
    pairs = []
    for size in sorted({run["size"] for run in chosen}):
        of_size = some(chosen, size=size)
        pairs.append((some(of_size, diagnosed=0)[0], some(of_size, diagnosed=1)[0]))
    return pairs


def _growth(runs: Sequence[Record]) -> str:
    """Cost per N³ log2 N, and in yardsticks."""
    rows = []
    for plain, full in _pairs(runs):
        cells = []
        for run in (plain, full):
            unit = run["size"] ** 3 * math.log2(run["size"])
            without = run["seconds"] - run[f"{OTHER}: seconds"]
            cells += [
                f"{run['seconds']:.1f} s",
                f"{run['seconds'] / run['yardstick']:.0f}",
                f"{1e9 * run['seconds'] / unit:.0f}",
                f"{1e9 * without / unit:.0f}",
            ]
        rows.append((f"{plain['size']}³", f"{1e3 * plain['yardstick']:.1f} ms", *cells))
    columns = ("time", "yardsticks", "ns", "ns, stages")
    head = ("box", "yardstick", *columns, *(f"diagnosed: {name}" for name in columns))
    return rst_table(head, rows)


def _stages(runs: Sequence[Record]) -> str:
    """Seconds and memory of every stage of diagnosed runs with two threads."""
    names = (OTHER, *STAGES)
    rows = []
    for _, full in _pairs(runs):
        cells = [
            f"{full[f'{name}: seconds']:.2f} s, {full[f'{name}: megabytes']:.0f}" for name in names
        ]
        rows.append((f"{full['size']}³", *cells))
    return rst_table(("box", *names), rows)


def _cores(runs: Sequence[Record]) -> str:
    """Stages with one and with two threads, and in a model of more."""
    rows: List[Tuple[str, ...]] = []
    names = (OTHER, *STAGES)
    for _, two in _pairs(runs):
        alone = some(runs, preset="default", half_maps=0, threads=1, diagnosed=1, size=two["size"])
        if not alone:
            continue
        seconds = [{name: run[f"{name}: seconds"] for name in names} for run in (alone[0], two)]
        one, both = seconds
        few, many = gain_on(one, both)
        columns = [one, both, few, many]
        for table in columns:
            table["all"] = sum(table.values())
        for name in (*names, "all"):
            one, with_two, modelled, with_many = (table[name] for table in columns)
            gain = modelled / with_many if with_many > 0 else 1.0
            cells = (f"{cell:.2f} s" for cell in (one, with_two, with_many))
            rows.append((f"{two['size']}³", name, *cells, f"{gain:.1f}"))
    head = ("box", "stage", "1 thread", "2 threads", f"{_MANY} threads (model)", "gain from 2")
    return rst_table(head, rows)


def _estimates(runs: Sequence[Record]) -> str:
    """Memory and time as estimated before the run, beside what it took."""
    rows = [
        (
            run["preset"],
            f"{run['size']}³",
            "half maps" if run["half_maps"] else "solvent",
            "yes" if run["diagnosed"] else "no",
            str(run["threads"]),
            f"{run['megabytes']:.0f} MiB",
            f"{run['estimated_megabytes'] / run['megabytes']:.2f}",
            f"{run['seconds']:.1f} s",
            f"{run['estimated_seconds'] / run['seconds']:.2f}",
        )
        for run in runs
    ]
    head = (
        "preset",
        "box",
        "noise from",
        "diagnosed",
        "threads",
        "memory",
        "estimate / memory",
        "time",
        "estimate / time",
    )
    return rst_table(head, rows)


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
