"""Measure the tuning cases and a half-empty map with other constants, and write the page.

The final tables are made of other models, seeds, views and noise (``studies run truth``).
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple
from unittest.mock import patch

import numpy as np

from monodir_plugin.numerics import AxisSet, Settings
from monodir_plugin.numerics.fourier import soft_cone
from monodir_plugin.numerics.localres import bands, signal_to_noise
from monodir_plugin.numerics.measurement.analysis import measure_table
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.reduction.table import decode
from studies.harness import Record, Setting, Study, filled, rst_table
from studies.locality.study import LEAKING, by_distance, half_along
from studies.truth.cases import QUICK, TUNING
from studies.truth.experiment import Experiment, make_experiment
from studies.truth.filters import HARD, SOFT
from studies.truth.metrics import compare_tables
from studies.truth.oracle import ROWS, Oracle, oracle_of

__all__ = ["run"]

_CRITERIA = (0.5, 0.143)
_AXES = AxisSet(AxisSet.icosahedral(46).vectors[ROWS])


class Constants(NamedTuple):
    """The constants that are chosen.

    Attributes
    ----------
    cone : float
        Angle at which the weight of a cone of 30 degrees has fallen to zero, degrees.
    band : float
        Half-width over the map's own spatial frequency.
    window : float
        Standard deviation over the map's own resolution.
    spread : float
        Deviation of the logarithm of ratios from the expected one; 30: no shrinkage.
    failures : int
        In a row, that end a resolution.
    """

    cone: float = 26.0
    band: float = 0.16
    window: float = 1.1
    spread: float = 1.0
    failures: int = 2


#: The chosen ones first; each of the others differs in one or two.
_TRIED: Tuple[Constants, ...] = (
    Constants(),
    Constants(cone=20.0),
    Constants(cone=30.0),
    Constants(band=0.1),
    Constants(band=0.12),
    Constants(band=0.2),
    Constants(window=0.8),
    Constants(window=1.4),
    Constants(band=0.12, window=1.4),
    Constants(spread=0.7),
    Constants(spread=1.4),
    Constants(spread=30.0),
    Constants(failures=1),
    Constants(failures=3),
)


def _measured(setting: Setting) -> Iterator[Record]:
    cases = (QUICK,) if setting.quick else TUNING
    tried = _TRIED[:2] if setting.quick else _TRIED
    known = [
        (e, [oracle_of(e, setting.cache, f) for f in (HARD, SOFT)])
        for e in (make_experiment(c, setting.models, setting.cache, setting.threads) for c in cases)
    ]
    case, axis = (QUICK, 2) if setting.quick else LEAKING
    change = (f"half along {axis}", half_along(axis))
    half = make_experiment(case, setting.models, setting.cache, setting.threads, change)
    for constants in tried:
        for row in _with(constants, known, half, axis, setting.threads):
            yield {**constants._asdict(), **row}


def _with(
    constants: Constants,
    known: Sequence[Tuple[Experiment, List[Oracle]]],
    half: Experiment,
    axis: int,
    threads: int,
) -> Iterator[Record]:
    """Distances from both oracles, mean over the cases, and leakage, for every criterion."""
    with ExitStack() as stack:
        for target, name, value in (
            (soft_cone, "_REACH", constants.cone / 30),
            (bands, "_OF_RESOLUTION", constants.band),
            (bands, "_WINDOW", constants.window),
            (signal_to_noise, "SPREAD", constants.spread),
            (signal_to_noise, "FAILURES", constants.failures),
        ):
            stack.enter_context(patch.object(target, name, value))
        for criterion in _CRITERIA:
            rows = []
            for experiment, oracles in known:
                table = _table(experiment, criterion, threads)
                row: Dict[str, float] = {}
                for name, oracle in zip(("hard", "soft"), oracles):
                    true = oracle.table(criterion)
                    found = compare_tables(table, true, experiment.case.sampling)
                    for key in ("error", "bias", "rank", "error_highest"):
                        row[f"{key}_{name}"] = found[key]
                rows.append(row)
            leaking = by_distance(half, _table(half, criterion, threads), axis)
            yield {
                "criterion": criterion,
                **{key: float(np.mean([row[key] for row in rows])) for key in rows[0]},
                "leak_8_12": leaking["8-12"],
                "leak_beyond_12": leaking["beyond 12"],
            }


def _table(experiment: Experiment, criterion: float, threads: int) -> np.ndarray:
    """Resolutions from half maps as frequencies, cycles per voxel, shape (axes, voxels)."""
    settings = Settings(directions=46, coarsest=10 * experiment.case.sampling, criterion=criterion)
    prepared = prepare(
        experiment.mean,
        experiment.mask,
        experiment.case.sampling,
        settings,
        noise_map=experiment.difference,
        threads=threads,
    )
    found = measure_table(prepared, _AXES, threads)
    return decode(found.codes)[:, np.isin(found.indices, experiment.voxels)]


def _page(records: Sequence[Record], _: Setting) -> str:
    parts: List[str] = []
    head = [
        "cone", "band", "window", "spread", "failures", "hard: error", "bias", "rank",
        "soft: error", "bias", "rank", "8-12", "beyond 12",
    ]  # fmt: skip
    for criterion in _CRITERIA:
        rows = [
            [
                f"{r['cone']:g}°",
                *(f"{r[key]:g}" for key in ("band", "window", "spread", "failures")),
                *(
                    f"{r[f'{key}_{name}']:{'+' if key == 'bias' else ''}.3f}"
                    for name in ("hard", "soft")
                    for key in ("error", "bias", "rank")
                ),
                *(f"{100 * float(r[key]):.1f} %" for key in ("leak_8_12", "leak_beyond_12")),
            ]
            for r in records
            if r["criterion"] == criterion
        ]
        parts += [f"FSC {criterion:g}:", "", rst_table(head, rows)]
    return filled(__file__, tables="\n".join(parts))


run = Study("validation/constants", _measured, _page).run
