"""Findings of ``monodir check`` on maps made from the data, and with detail from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterator, Optional, Tuple

import numpy as np

from monodir_plugin.numerics.filtering.support_by_mask import support_by_mask
from monodir_plugin.numerics.filtering.weights import FilterWeights
from monodir_plugin.numerics.geometry.crop import cropped
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem
from studies.filter.altered import (
    HELIX,
    altered,
    filled_cone,
    helices_turned,
    made_of_the_data,
    masked,
)
from studies.filter.cases import lacks_a_cone
from studies.harness import Record, Setting
from studies.truth.experiment import Experiment

__all__ = ["SHOWN", "supported"]

#: Maps whose shares are shown for every case; of tuning cases no others are measured.
SHOWN = ("filtered", "filtered, sharpened", "measured", "noise sharpened", "truth")


def supported(
    experiment: Experiment,
    problem: SnrProblem,
    weights: Dict[str, FilterWeights],
    setting: Setting,
    relion: Optional[np.ndarray] = None,
    tuning: bool = False,
) -> Iterator[Record]:
    """Shares that are not supported, of every map of a case; of a tuning case those shown."""
    inside = cropped(experiment.mask, problem.bands.size)

    def record(name: str, volume: np.ndarray) -> Record:
        enhanced, measured = (
            np.ascontiguousarray(cropped(box, problem.bands.size), np.float32)
            for box in (volume, experiment.mean)
        )
        # The function that ``monodir check`` calls.
        found = support_by_mask(
            enhanced, measured, problem, inside, setting.threads, weights["directional"]
        )
        return {
            "what": f"support: {name}",
            "share": found.share,
            "resolution_A": experiment.case.sampling / problem.resolution,
            "unlike_data": found.unlike_data,
            "unlike_locally": found.unlike_locally,
            "left_out": found.left_out,
            "beyond_data": found.beyond_data,
            "of_filtered": found.of_filtered,
            "beyond_of_measured": found.beyond_of_measured,
            "from_elsewhere": found.from_elsewhere,
            "amplified": found.amplified,
        }

    for name, volume, about in _maps(experiment, problem, weights, setting.models, relion):
        if name in SHOWN or not tuning:
            yield {**record(name, volume), **about}


def _maps(
    experiment: Experiment,
    problem: SnrProblem,
    weights: Dict[str, FilterWeights],
    models: Path,
    relion: Optional[np.ndarray],
) -> Iterator[Tuple[str, np.ndarray, Record]]:
    """Every map that is checked, with its name and further columns of its record."""
    nothing: Record = {}
    made = dict(made_of_the_data(experiment, problem, weights))
    plain = made["filtered"]
    for name, volume in (*made.items(), *masked(experiment, made)):
        yield name, volume, nothing
    if relion is not None:
        yield "RELION", relion, nothing
    yield "measured", experiment.mean, nothing
    yield "truth", experiment.clean, nothing
    yield "negative removed", np.maximum(plain, 0.0), nothing
    for name, volume in altered(experiment, problem, plain):
        yield name, volume, nothing
    for residues, volume in helices_turned(experiment, plain, models):
        yield HELIX, volume, {"residues": residues}
    if lacks_a_cone(experiment.case):
        for name, volume in filled_cone(experiment, plain, models):
            yield name, volume, nothing
