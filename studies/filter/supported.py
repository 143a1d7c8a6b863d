"""What ``monodir check`` says of maps made of the data, and of maps with detail from elsewhere."""

from __future__ import annotations

from typing import Dict, Iterator, Optional

import numpy as np

from monodir_plugin.numerics.filtering.support import support_of
from monodir_plugin.numerics.filtering.weights import FilterWeights
from monodir_plugin.numerics.geometry.crop import cropped
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem
from studies.filter.altered import altered, filled_cone, made_of_the_data
from studies.filter.cases import lacks_a_cone
from studies.harness import Record, Setting
from studies.truth.experiment import Experiment

__all__ = ["supported"]


def supported(
    experiment: Experiment,
    problem: SnrProblem,
    weights: Dict[str, FilterWeights],
    setting: Setting,
    relion: Optional[np.ndarray] = None,
) -> Iterator[Record]:
    """Shares that are not supported, of every map of a case."""

    def record(name: str, volume: np.ndarray) -> Record:
        enhanced, measured = (
            np.ascontiguousarray(cropped(box, problem.bands.size), np.float32)
            for box in (volume, experiment.mean)
        )
        found = support_of(enhanced, measured, problem, setting.threads, weights["directional"])
        return {
            "what": f"support: {name}",
            "share": found.share,
            "unlike_data": found.unlike_data,
            "beyond_data": found.beyond_data,
            "of_filtered": found.of_filtered,
            "beyond_of_measured": found.beyond_of_measured,
            "from_elsewhere": found.from_elsewhere,
            "amplified": found.amplified,
        }

    plain = None
    for name, volume in made_of_the_data(experiment, problem, weights):
        plain = volume if plain is None else plain
        yield record(name, volume)
    assert plain is not None
    if relion is not None:
        yield record("RELION", relion)
    yield record("measured", experiment.mean)
    yield record("truth", experiment.clean)
    yield record("negative removed", np.maximum(plain, 0.0))
    for name, volume in altered(experiment, problem, plain):
        yield record(name, volume)
    if lacks_a_cone(experiment.case):
        for name, volume in filled_cone(experiment, plain, setting.models):
            yield record(name, volume)
