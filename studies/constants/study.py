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
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem
from monodir_plugin.numerics.measurement.analysis import measure_table
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.problem.sequential_test import SequentialTest
from monodir_plugin.numerics.reduction.table import decode
from studies.constants.crossings import MonotoneTest, unbiased
from studies.harness import Record, Setting, Study, filled, rst_table
from studies.locality.study import LEAKING, by_distance, half_along
from studies.truth.cases import QUICK, TUNING, Case
from studies.truth.experiment import Experiment, make_experiment
from studies.truth.filters import HARD, SOFT
from studies.truth.methods import baselines
from studies.truth.metrics import compare_maps, values_of
from studies.truth.oracle import ROWS, oracle_of

__all__ = ["run"]

_CRITERIA = (0.5, 0.143)
_AXES = AxisSet(AxisSet.icosahedral(46).vectors[ROWS])
#: Homogeneous maps from even views, other than those of the page on the scale.
_EVEN: Tuple[Case, ...] = (
    Case("even-HA", "HA", 64, 3.6, 1.4, seed=141),
    Case("even-ribosome", "ribosome", 64, 5.6, 2.8, seed=143),
    Case("even-blob", "blob", 64, 4.0, 1.4, seed=144),
)


#: Stands for the estimate in the rows of the soft oracle.
_SOFT = "soft oracle"


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
    crossing : str
        "first"; "unbiased": without the bias of its median (:func:`.crossings.unbiased`);
        "monotone": of a fit that does not ascend (:class:`.crossings.MonotoneTest`).
    """

    cone: float = 26.0
    band: float = 0.16
    window: float = 1.1
    spread: float = 1.0
    failures: int = 2
    crossing: str = "first"


#: The program's first; then those that differ in one or two, combinations, and other crossings.
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
    Constants(band=0.13, window=1.0),
    Constants(band=0.12, window=0.9),
    Constants(band=0.1, window=0.8),
    Constants(24.0, 0.13, 0.9),
    Constants(30.0, 0.12, 0.9),
    Constants(30.0, 0.1, 0.9),
    Constants(30.0, 0.13),
    Constants(30.0, 0.13, spread=0.8),
    Constants(28.0, 0.14, spread=0.8),
    Constants(34.0, 0.11),
    Constants(band=0.13, window=1.0, failures=1),
    Constants(band=0.12, window=0.9, spread=1.4, failures=1),
    Constants(30.0, 0.13, spread=0.8, failures=1),
    Constants(crossing="unbiased"),
    Constants(failures=1, crossing="unbiased"),
    Constants(30.0, 0.12, 1.0, failures=1, crossing="unbiased"),
    Constants(crossing="monotone"),
    Constants(band=0.12, window=0.9, crossing="monotone"),
)


Truth = Dict[float, Dict[str, np.ndarray]]


class _World(NamedTuple):
    """What is measured with every set of constants.

    Attributes
    ----------
    known : list of (Experiment, truth)
        Tuning cases, and tables of the oracles by criterion and name.
    half : Experiment
        One half of a particle is imaged.
    axis : int
        The axis of the box along which the other half is empty.
    even : list of (Experiment, Correlations)
        Homogeneous maps and their FSC.
    """

    known: List[Tuple[Experiment, Truth]]
    half: Experiment
    axis: int
    even: List[Tuple[Experiment, baselines.Correlations]]


def _measured(setting: Setting) -> Iterator[Record]:
    def make(case: Case) -> Experiment:
        return make_experiment(case, setting.models, setting.cache, setting.threads)

    cases = (QUICK,) if setting.quick else TUNING
    experiments = [make(case) for case in cases]
    known = [(e, _truth(e, setting)) for e in experiments]
    case, axis = (QUICK, 2) if setting.quick else LEAKING
    change = (f"half along {axis}", half_along(axis))
    half = make_experiment(case, setting.models, setting.cache, setting.threads, change)
    even = [make(case) for case in ((QUICK,) if setting.quick else _EVEN)]
    world = _World(known, half, axis, [(e, baselines.map_fsc(e)) for e in even])
    for constants in _TRIED[:2] if setting.quick else _TRIED:
        for row in _with(constants, world, setting.threads):
            yield {**constants._asdict(), **row}
    yield from _of_soft_oracle(known)


def _of_soft_oracle(known: Sequence[Tuple[Experiment, Truth]]) -> Iterator[Record]:
    """Distances of the soft oracle, which knows the signal, from the hard one."""
    for criterion in _CRITERIA:
        rows = [_distances(t[criterion]["soft"], t[criterion]) for _, t in known]
        means = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
        yield {"crossing": _SOFT, "criterion": criterion, **means}


def _with(constants: Constants, world: _World, threads: int) -> Iterator[Record]:
    """Distances from the oracles, mean over the cases, leakage and medians, by criterion."""
    test = MonotoneTest if constants.crossing == "monotone" else SequentialTest
    with ExitStack() as stack:
        for target, name, value in (
            (bands, "_OF_RESOLUTION", constants.band),
            (bands, "_WINDOW", constants.window),
            (signal_to_noise, "SPREAD", constants.spread),
            (signal_to_noise, "FAILURES", constants.failures),
            (signal_to_noise, "SequentialTest", test),
        ):
            stack.enter_context(patch.object(target, name, value))
        for criterion in _CRITERIA:
            rows = [
                _distances(_table(e, criterion, constants, threads), truth[criterion])
                for e, truth in world.known
            ]
            table = _table(world.half, criterion, constants, threads)
            leaking = by_distance(world.half, table, world.axis)
            yield {
                "criterion": criterion,
                **{key: float(np.mean([row[key] for row in rows])) for key in rows[0]},
                "leak_8_12": leaking["8-12"],
                "leak_beyond_12": leaking["beyond 12"],
                **{
                    f"over_fsc_{e.case.model}": float(whole.crossing(criterion))
                    / float(np.median(values_of(_table(e, criterion, constants, threads))))
                    for e, whole in world.even
                },
            }


def _truth(experiment: Experiment, setting: Setting) -> Truth:
    """Tables of the hard oracle, ended by one failure and by two, and of the soft one."""
    hard, soft = (oracle_of(experiment, setting.cache, filter_) for filter_ in (HARD, SOFT))
    return {
        c: {"hard": hard.table(c), "two": hard.table(c, 2), "soft": soft.table(c)}
        for c in _CRITERIA
    }


def _distances(table: np.ndarray, truth: Dict[str, np.ndarray]) -> Dict[str, float]:
    """Error, bias and rank of pairs against every oracle."""
    return {
        f"{key}_{name}": value
        for name, true in truth.items()
        for key, value in compare_maps(table, true).items()
    }


def _table(
    experiment: Experiment, criterion: float, constants: Constants, threads: int
) -> np.ndarray:
    """Resolutions from half maps as frequencies, cycles per voxel, shape (axes, voxels)."""
    settings = Settings(
        directions=46,
        coarsest=10 * experiment.case.sampling,
        # The angle of the edge is proportional to the opening.
        cone=constants.cone / soft_cone._REACH,
        criterion=criterion,
    )
    prepared = prepare(
        experiment.mean,
        experiment.mask,
        experiment.case.sampling,
        settings,
        noise_map=experiment.difference,
        threads=threads,
    )
    measured = measure_table(prepared, _AXES, threads)
    found = decode(measured.codes)[:, np.isin(measured.indices, experiment.voxels)]
    if constants.crossing == "unbiased":
        assert isinstance(prepared.problem, SnrProblem)
        found = unbiased(prepared.problem, found)
    return found


def _page(records: Sequence[Record], _: Setting) -> str:
    parts: List[str] = []
    medians = [key for key in records[0] if key.startswith("over_fsc_")]
    head = [
        "cone", "band", "window", "spread", "failures", "crossing", "hard", "hard, two failures",
        "soft", "leak, %", "median R over FSC",
    ]  # fmt: skip
    for criterion in _CRITERIA:
        rows = [_row(r, medians) for r in records if r["criterion"] == criterion]
        parts += [f"FSC {criterion:g}:", "", rst_table(head, rows)]
    return filled(__file__, even=", ".join(_words(c) for c in _EVEN), tables="\n".join(parts))


def _row(record: Record, medians: Sequence[str]) -> List[str]:
    """Cells of a line; "-" stands for what a record does not have."""
    leak = ("leak_8_12", "leak_beyond_12")
    return [
        f"{record['cone']:g}°" if "cone" in record else "-",
        *(
            f"{record[key]:g}" if key in record else "-"
            for key in ("band", "window", "spread", "failures")
        ),
        str(record["crossing"]),
        *(
            " / ".join(
                format(record[f"{key}_{name}"], form)
                for key, form in (("error", ".3f"), ("bias", "+.3f"), ("rank", ".3f"))
            )
            for name in ("hard", "two", "soft")
        ),
        " / ".join(f"{100 * float(record[key]):.1f}" for key in leak if key in record) or "-",
        " / ".join(f"{record[key]:.2f}" for key in medians if key in record) or "-",
    ]


def _words(case: Case) -> str:
    return f"{case.model} with noise {case.noise:g}"


run = Study("validation/constants", _measured, _page).run
