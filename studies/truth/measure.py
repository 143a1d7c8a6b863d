"""Every estimate of every case against the oracles: one record each."""

from __future__ import annotations

from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from monodir_plugin.numerics import NoNoiseError
from studies.harness import Cache, Checkout, Record, Setting
from studies.truth.cases import Case, axes_without_data
from studies.truth.experiment import Experiment, make_experiment, with_excess_noise
from studies.truth.filters import HARD, SOFT
from studies.truth.methods import baselines, program
from studies.truth.methods.estimators import OLD, SOURCES, Measured, estimate
from studies.truth.methods.relion import relion_version, with_relion
from studies.truth.metrics import (
    compare_maps,
    compare_tables,
    share_without_data,
    values_of,
)
from studies.truth.oracle import AXES, ROWS, oracle_of

__all__ = ["CRITERIA", "EXCESS", "ORACLES", "Estimate", "estimates_of", "measure_case"]

#: FSC values; oracles by name: filter, window, and failures in a row that end a resolution. The
#: first is that of the tables.
CRITERIA = (0.5, 0.33, 0.143)
ORACLES: Dict[str, tuple] = {
    "hard, 3 voxels": (HARD, 3.0, 1),
    "hard, two failures": (HARD, 3.0, 2),
    "hard, 0.75 of a wave": (HARD, "wave", 1),
    "soft, 3 voxels": (SOFT, 3.0, 1),
}
#: Noise power inside the particle over that of the solvent, in an additional test.
EXCESS = 1.32


class Estimate(NamedTuple):
    """An estimate by name: with directions, without, or both; functions of the criterion."""

    name: str
    table: Optional[Callable[[float], np.ndarray]]
    plain: Optional[Callable[[float], np.ndarray]]


def measure_case(case: Case, setting: Setting) -> List[Record]:
    """Records of all estimates of a case."""
    experiment = make_experiment(case, setting.models, setting.cache, setting.threads)
    records = list(_records(experiment, list(estimates_of(experiment, setting)), setting.cache))
    stronger = with_excess_noise(experiment, EXCESS)
    if program.has_criterion():
        found = [_of_program(stronger, setting, "default", "single map")]
        for record in _records(stronger, found, setting.cache, ("hard, 3 voxels",)):
            records.append({**record, "estimate": "default, single map, stronger noise inside"})
    return records


def estimates_of(
    experiment: Experiment, setting: Setting, published: bool = True
) -> Iterator[Estimate]:
    """All estimates that are compared: of the program, an earlier one, baselines and RELION.

    Parameters
    ----------
    experiment : Experiment
    setting : Setting
    published : bool
        Include the preset of that name, where it finds noise.
    """
    if program.has_criterion():
        for source in SOURCES:
            yield _of_program(experiment, setting, "default", source)
    for source in SOURCES if published else ():
        found = _of_program(experiment, setting, "published", source)
        if _possible(found):
            yield found
    if setting.checkout is not None:
        for source in SOURCES:
            found = _of_program(experiment, setting, "default", source, setting.checkout)
            yield found._replace(name=f"{OLD}, {source}")
    yield from _baselines(experiment)
    if relion_version() is not None:
        yield Estimate("RELION", None, lambda _: with_relion(experiment, setting.cache))


def _possible(one: Estimate) -> bool:
    """Whether an estimate finds any noise; that of the published preset lies far outside."""
    assert one.plain is not None
    try:
        one.plain(CRITERIA[0])
    except NoNoiseError:
        return False
    return True


def _of_program(
    experiment: Experiment,
    setting: Setting,
    preset: str,
    source: str,
    checkout: Optional[Checkout] = None,
) -> Estimate:
    def measured(criterion: float) -> Measured:
        return estimate(
            experiment, setting.cache, preset, source, criterion, checkout, setting.threads
        )

    return Estimate(
        f"{preset}, {source}",
        lambda criterion: measured(criterion).table[ROWS],
        lambda criterion: measured(criterion).without_cone,
    )


def _baselines(experiment: Experiment) -> Iterator[Estimate]:
    local = baselines.local_fsc(experiment)
    conical = baselines.conical_fsc(experiment)
    coned = baselines.coned_windowed_fsc(experiment)
    wide = baselines.local_fsc(experiment, baselines.WIDE)
    whole = baselines.map_fsc(experiment)
    shape = (len(AXES), len(experiment.voxels))

    def by_voxel(criterion: float) -> np.ndarray:
        return local.crossing(criterion, baselines.LOCAL.ended_by(criterion))

    def by_axis(criterion: float) -> np.ndarray:
        return conical.crossing(criterion, baselines.CONICAL.ended_by(criterion))

    yield Estimate(
        "local FSC x conical FSC",
        lambda c: baselines.product_of(wide, conical, whole, c),
        None,
    )
    yield Estimate(
        "FSC of coned halves, windowed",
        lambda c: coned.crossing(c, baselines.CONED.ended_by(c)),
        None,
    )
    yield Estimate(
        "conical FSC",
        lambda c: np.broadcast_to(
            conical.crossing(c, baselines.CONICAL.ended_by(c))[:, None], shape
        ),
        None,
    )
    yield Estimate("local FSC", lambda c: np.broadcast_to(by_voxel(c), shape), by_voxel)


def _records(
    experiment: Experiment,
    estimates: Sequence[Estimate],
    cache: Cache,
    oracles: Sequence[str] = tuple(ORACLES),
) -> Iterator[Record]:
    case = experiment.case
    whole = baselines.map_fsc(experiment)
    empty = axes_without_data(case, AXES.vectors)
    for name in oracles:
        filter_, window, failures = ORACLES[name]
        oracle = oracle_of(experiment, cache, filter_, window)
        for criterion in CRITERIA:
            true = oracle.table(criterion, failures)
            plain = oracle.without_cone(criterion, failures)
            about: Record = {
                "case": case.name,
                "criterion": criterion,
                "oracle": name,
                "map_fsc": float(whole.crossing(criterion)),
                "oracle_median": float(np.median(values_of(true))),
            }
            yield from _against(experiment, estimates, criterion, (true, plain), empty, about)


def _against(
    experiment: Experiment,
    estimates: Sequence[Estimate],
    criterion: float,
    truth: Tuple[np.ndarray, np.ndarray],
    empty: np.ndarray,
    about: Record,
) -> Iterator[Record]:
    true, plain = truth
    always = share_without_data(true, empty)
    for one in estimates:
        record: Record = {**about, "estimate": one.name}
        if one.table is not None:
            found = one.table(criterion)
            record.update(compare_tables(found, true, experiment.case.sampling))
            record["resolved_without_data"] = share_without_data(found, empty)
            record["resolved_without_data_oracle"] = always
            if experiment.flexible.any():
                record.update(_of_domains(experiment, found, true))
        if one.plain is not None:
            compared = compare_maps(one.plain(criterion), plain)
            record.update({f"plain_{key}": value for key, value in compared.items()})
        yield record


def _of_domains(experiment: Experiment, found: np.ndarray, true: np.ndarray) -> Record:
    """Median frequencies of the flexible domain and of the rest."""
    inside = experiment.flexible.ravel()[experiment.voxels]
    return {
        f"median_{domain}{suffix}": float(np.median(values_of(table)[:, chosen]))
        for domain, chosen in (("flexible", inside), ("rigid", ~inside))
        for suffix, table in (("", found), ("_oracle", true))
    }
