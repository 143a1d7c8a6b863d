"""The strength of the noise that is found, over that of the noise that is there."""

from __future__ import annotations

from typing import Dict, List, Optional

import numpy as np

from benchmarks.validation_cases import Experiment
from benchmarks.validation_halves import CHANGES, NOISES
from benchmarks.validation_oracle import REALISATIONS, SIGNIFICANCE, SOME_AXES, settings_of
from benchmarks.validation_race import amplitudes_of
from monodir_plugin.numerics import AxisSet
from monodir_plugin.numerics.cone import half_cone
from monodir_plugin.numerics.directional import DirectionalProblem
from monodir_plugin.numerics.levelling import level
from monodir_plugin.numerics.preparation import NoNoiseError, prepare
from monodir_plugin.numerics.scratch import Scratch
from monodir_plugin.numerics.spectrum import spectrum_of, unit_gain

__all__ = ["noise_found"]

#: Realisations of the true noise; the amplitudes of a mask are many.
_TRUE = 6


def noise_found(
    experiment: Experiment, strength: float, axes: AxisSet = SOME_AXES, threads: int = 2
) -> Dict[str, Dict[str, Optional[List[float]]]]:
    """Thresholds found over those of the noise inside the mask, by change and source of the noise.

    Parameters
    ----------
    experiment : Experiment
        With a realisation of noise more than the oracles take: that of the half maps' difference.
    strength : float
        Noise, standard deviations of the clean images.
    axes : AxisSet
    threads : int

    Returns
    -------
    dict
        Over axes and rungs: median of the ratio, its 5th and 95th percentile, and root mean square
        of its logarithm; ``None`` where the program refuses.
    """
    found: Dict[str, Dict[str, Optional[List[float]]]] = {}
    for name, change in CHANGES.items():
        changed = change(experiment)
        found[name] = {}
        for noise in NOISES:
            halves = np.float32(strength) * changed.noise[REALISATIONS]
            try:
                prepared = prepare(
                    changed.map(strength), changed.mask, changed.sampling, settings_of(changed),
                    noise_map=halves if noise == NOISES[1] else None, threads=threads,
                )  # fmt: skip
            except NoNoiseError:
                found[name][noise] = None
                continue
            log = _log_ratios(prepared.problem, changed, strength, axes)
            ratio = np.exp(np.quantile(log, [0.5, 0.05, 0.95]))
            found[name][noise] = [*map(float, ratio), float(np.sqrt(np.mean(log**2)))]
    return found


def _log_ratios(
    problem: DirectionalProblem, experiment: Experiment, strength: float, axes: AxisSet
) -> np.ndarray:
    """Logarithm of the threshold found over the true one, (axes, rungs)."""
    gain = unit_gain(experiment.map(strength))
    spectra = [spectrum_of(np.float32(strength) * n, gain) for n in experiment.noise[:_TRUE]]
    spectra = [level(spectrum, problem.gains) for spectrum in spectra]
    scratch, rows = Scratch(), []
    for axis in axes:
        cones = [half_cone(spectrum, axis, problem.cone / 2, False) for spectrum in spectra]
        along, row = problem.noise.along(axis), []
        for rung in range(len(problem.filters.ladder)):
            there = amplitudes_of(cones, problem.filters, rung, problem.voxels, scratch)
            threshold = along.tails(rung, None, scratch).quantile(SIGNIFICANCE)
            row.append(np.log(threshold / np.quantile(there, SIGNIFICANCE)))
        rows.append(row)
    return np.array(rows)
