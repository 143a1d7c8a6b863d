"""Filter maps of the cases of the study of truth, and measure their distance from the truth."""

from __future__ import annotations

import shutil
from typing import Dict, Iterator, Optional, Tuple

import numpy as np

from monodir_plugin.numerics.filtering.weights import FilterWeights, filter_weights
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem
from studies.filter.atoms import at_positions, local_correlation, positions_of
from studies.filter.cases import CHECK_ONLY
from studies.filter.filters import FILTERS, all_weights, apply
from studies.filter.page import figures, page
from studies.filter.pictures import in_micelle, micelle_of, noise_alone, problem_of, slices
from studies.filter.real import real_map
from studies.filter.supported import supported
from studies.filter.truth import Truth, by_shell, truth_of
from studies.harness import Record, Setting, Study, save_picture
from studies.truth.cases import FINAL, MODELS, QUICK, TUNING
from studies.truth.experiment import Experiment, density_of, make_experiment
from studies.truth.methods.relion import PROGRAM, relion_filtered

__all__ = ["run"]

#: Radius of the ball in which maps are correlated with the model, voxels.
_BALL = 3.0


def run(setting: Setting) -> None:
    """Measure, and write the page, its table, its curves and its slices."""
    study = Study("validation/filter", _measured, page, figures)
    table = setting.table(study.page)
    kept = setting.keep and table.is_file()
    study.run(setting)
    if not kept:
        for name, figure in slices(setting).items():
            save_picture(figure, setting.picture(name))


def _measured(setting: Setting) -> Iterator[Record]:
    for case in (QUICK,) if setting.quick else (*TUNING, *FINAL, *CHECK_ONLY):
        experiment = make_experiment(case, setting.models, setting.cache, setting.threads)
        problem = problem_of(experiment, setting.threads)
        about: Record = {
            "case": case.name,
            "tuning": case in TUNING,
            "check_only": case in CHECK_ONLY,
        }
        weights = all_weights(problem)
        installed = shutil.which(PROGRAM) is not None
        relion = relion_filtered(experiment) if installed else None
        if case not in CHECK_ONLY:
            for record in _filtered(experiment, problem, weights, setting, relion):
                yield {**about, **record}
        for record in supported(experiment, problem, weights, setting, relion, case in TUNING):
            yield {**about, **record}
        print(case.name, flush=True)
    yield from _in_micelle(setting)
    yield from real_map(setting)


def _in_micelle(setting: Setting) -> Iterator[Record]:
    """Errors in the micelle, and in the particle where there is no micelle."""
    experiment = in_micelle(setting)
    problem, ring = problem_of(experiment), micelle_of(experiment.case.size) > 0.5
    third = experiment.clean + experiment.noises[0]
    weights = all_weights(problem)
    for name in FILTERS:
        found = third if name == "none" else apply(third, weights[name], problem, experiment.mask)
        error = (found - experiment.clean) ** 2
        of_all = np.mean(experiment.clean[experiment.mask] ** 2)
        yield {
            "case": "micelle",
            "what": name,
            "error": float(np.mean(error[experiment.mask & ~ring]) / of_all),
            "error_micelle": float(np.mean(error[ring]) / of_all),
        }


def _filtered(
    experiment: Experiment,
    problem: SnrProblem,
    weights: Dict[str, FilterWeights],
    setting: Setting,
    relion: Optional[np.ndarray],
) -> Iterator[Record]:
    """Errors, FSC and correlation at the atoms, of the map of every filter."""
    truth = truth_of(experiment)
    atoms = _Atoms(experiment, truth, setting)
    third = experiment.clean + experiment.noises[0]
    for name in FILTERS:
        one, own = (
            volume if name == "none" else apply(volume, weights[name], problem, truth.mask)
            for volume in (third, experiment.mean)
        )
        fsc, apart = truth.by_frequency(one)
        yield {
            "what": name,
            "error": truth.error(one),
            "error_own": truth.error(own, best_gain=True),
            "resolution_A": truth.resolution(fsc),
            **atoms.record(one),
            "sampling_A": truth.sampling,
            "fsc": " ".join(f"{value:.3f}" for value in fsc),
            "error_of_shells": " ".join(f"{value:.3g}" for value in apart),
        }
    if relion is not None:
        yield {"what": "RELION", "error_own": truth.error(relion, best_gain=True)}
    alone = problem_of(noise_alone(experiment), setting.threads)
    for name, known, its in (
        ("noise of the map", problem, weights["directional"]),
        ("noise alone", alone, filter_weights(alone)),
    ):
        noise = apply(experiment.noises[0], its, known, truth.mask)
        power = np.mean(noise[truth.mask] ** 2) / np.mean(experiment.noises[0][truth.mask] ** 2)
        yield {"what": name, "error": float(power)}


class _Atoms:
    """The atomic model of a case, if it has one."""

    def __init__(self, experiment: Experiment, truth: Truth, setting: Setting) -> None:
        case = experiment.case
        self._gains = {"atoms": truth.gain, "atoms_plain": (truth.gain > 0).astype(float)}
        self._model: Optional[Tuple[np.ndarray, np.ndarray]] = None
        if case.model in MODELS:
            positions = positions_of(setting.models / MODELS[case.model], case.size, case.sampling)
            # Without the blur of a flexible domain: the model is what is built.
            self._model = positions, density_of(case, setting.models)[0]

    def record(self, volume: np.ndarray) -> Record:
        """Mean and median correlation, with shells of equal power, and as the map is."""
        if self._model is None:
            return {}
        positions, density = self._model
        record: Record = {"atoms": positions.shape[1]}
        for name, gain in self._gains.items():
            found = by_shell(volume, gain) if name == "atoms" else volume
            correlation = local_correlation(found, by_shell(density, gain), _BALL)
            record[f"{name}_mean"], record[f"{name}_median"] = at_positions(correlation, positions)
        return record
