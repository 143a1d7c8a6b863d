"""Estimators against oracles, case by case."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Dict, Iterator, List, Mapping, Sequence, Tuple

import numpy as np

from benchmarks.validation_cases import Experiment
from benchmarks.validation_metric import Measured, compared, distance, measured_of, reduced
from benchmarks.validation_oracle import (
    DIRECTIONS,
    ORACLES,
    REALISATIONS,
    oracles_of,
    oracles_without_cone,
    settings_of,
)
from monodir_plugin.numerics import AxisSet, analyse
from monodir_plugin.numerics.presets import DEFAULT, PRESETS, Preset
from monodir_plugin.numerics.table import ResolutionTable

__all__ = ["COARSE", "ESTIMATORS", "FIRST", "HALVES", "LEVELS", "records_of"]

#: Noise of a pixel in standard deviations of the clean images.
LEVELS = {"low": 0.25, "middle": 1.0, "high": 2.0}
COARSE = "always coarse"
#: The coarse limit of :func:`settings_of`, cycles per voxel.
FIRST = 0.1
#: Beside the presets the default with each cell tested by itself, and with noise of half maps.
HALVES = "half maps"
ESTIMATORS: Dict[str, Preset] = {
    **PRESETS,
    "cell by cell": replace(
        DEFAULT,
        name="cell by cell",
        race=replace(DEFAULT.race, control="cells"),
        significance=0.95,
    ),
    HALVES: DEFAULT,
}


def records_of(
    experiments: Sequence[Experiment],
    threads: int = 2,
    own_ladder: bool = False,
    estimators: Mapping[str, Preset] = ESTIMATORS,
    levels: Mapping[str, float] = LEVELS,
) -> Iterator[dict]:
    """One record for each case, estimator, oracle and quantity.

    Parameters
    ----------
    experiments : sequence of Experiment
        With a realisation of noise more for each level than the oracles take.
    threads : int
    own_ladder : bool
        Hold ``published`` against an oracle of its own amplitude and ladder as well
        (oracle names end in ", own ladder").
    estimators : mapping of str to Preset
    levels : mapping of str to float
        Noise by name, standard deviations of the clean images.

    Yields
    ------
    dict
        ``particle``, ``views``, ``noise``, ``estimator``, ``oracle``, ``quantity``, shares of
        cells not resolved, and the fields of
        :class:`benchmarks.validation_metric.Distance`.
    """
    for experiment in experiments:
        values = list(levels.values())
        truth = _truths(experiment, DEFAULT, values, threads)
        own = _truths(experiment, PRESETS["published"], values, threads) if own_ladder else {}
        for seed, (noise, level) in enumerate(levels.items()):
            for oracle in ORACLES:
                yield _always_coarse(experiment, noise, oracle, truth[oracle, level])
            for name, preset in estimators.items():
                yield from _of_estimator(
                    experiment, noise, level, REALISATIONS + seed, name, preset,
                    {**{o: truth[o, level] for o in ORACLES},
                     **({f"{o}, own ladder": own[o, level] for o in ORACLES}
                        if own and name == "published" else {})},
                    threads,
                )  # fmt: skip


def _of_estimator(  # type: ignore[no-untyped-def]
    experiment, noise, level, seed, name, preset, truths: Dict[str, Measured], threads
) -> List[dict]:
    # Half of the difference of half maps is noise of the same strength, and independent.
    noise_map = np.float32(level) * experiment.noise[seed - 1] if name == HALVES else None
    found = analyse(
        experiment.map(level, seed), experiment.mask, experiment.sampling,
        settings_of(experiment), preset, noise_map, threads=threads,
    )  # fmt: skip
    measured = measured_of(found, experiment.sampled)
    records = []
    for oracle, truth in truths.items():
        distances = compared(measured, truth, experiment.sampling, FIRST)
        records += [
            {
                "particle": experiment.particle,
                "views": experiment.views,
                "noise": noise,
                "estimator": name,
                "oracle": oracle,
                "quantity": quantity,
                "unresolved": float(np.mean(measured.codes == 0)),
                "unresolved_oracle": float(np.mean(truth.codes == 0)),
                **asdict(distance),
            }
            for quantity, distance in distances.items()
        ]
    return records


def _always_coarse(
    experiment: Experiment, noise: str, oracle: str, truth: Measured
) -> Dict[str, object]:
    """The record of an estimator that never resolves anything: what is to be beaten."""
    error = distance(np.zeros_like(truth.codes), truth.codes, experiment.sampling, FIRST)
    return {
        "particle": experiment.particle,
        "views": experiment.views,
        "noise": noise,
        "estimator": COARSE,
        "oracle": oracle,
        "quantity": "R",
        "unresolved": 1.0,
        "unresolved_oracle": float(np.mean(truth.codes == 0)),
        **asdict(error),
    }


def _truths(
    experiment: Experiment, preset: Preset, levels: Sequence[float], threads: int
) -> Dict[Tuple[str, float], Measured]:
    """What should be measured, by name of the oracle and level of noise."""
    tables = oracles_of(experiment, preset, levels, threads)
    monores = oracles_without_cone(experiment, preset, levels, threads)
    out = {}
    for key, codes in tables.items():
        table = ResolutionTable(
            codes=codes,
            axes=AxisSet.icosahedral(DIRECTIONS),
            indices=np.flatnonzero(experiment.sampled),
            shape=experiment.mask.shape,
            sampling=experiment.sampling,
            rungs=np.array([FIRST]),
        )
        out[key] = Measured(codes, monores[key], reduced(table))
    return out
