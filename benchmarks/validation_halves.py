"""Noise from half maps against noise from the solvent, where the solvent misleads."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Dict, List, Optional, Tuple

import numpy as np
from scipy.ndimage import distance_transform_edt

from benchmarks.validation_cases import Experiment
from benchmarks.validation_metric import distance
from benchmarks.validation_oracle import (
    ORACLES,
    REALISATIONS,
    SOME_AXES,
    oracles_of,
    settings_of,
)
from benchmarks.validation_study import FIRST
from monodir_plugin.numerics import AxisSet
from monodir_plugin.numerics.analysis import measure_table
from monodir_plugin.numerics.geometry import distance_map
from monodir_plugin.numerics.preparation import NoNoiseError, prepare
from monodir_plugin.numerics.presets import DEFAULT

__all__ = ["NOISES", "CHANGES", "both_noises"]

NOISES = ("solvent", "half maps")
#: Strength of the stronger noise over the weaker.
STRONGER = 1.5
#: Voxels over which noise changes about the particle's radius, and which a tight box leaves free.
_CHANGE, _FREE = 8.0, 2


def as_it_is(experiment: Experiment) -> Experiment:
    """Unchanged."""
    return experiment


def stronger_inside(experiment: Experiment) -> Experiment:
    """Noise that falls with the distance from the centre, about the particle's radius."""
    return replace(experiment, noise=experiment.noise * (1 + (STRONGER - 1) * _inside(experiment)))


def stronger_outside(experiment: Experiment) -> Experiment:
    """Noise that rises with the distance from the centre."""
    profile = STRONGER - (STRONGER - 1) * _inside(experiment)
    return replace(experiment, noise=experiment.noise * profile)


def premasked(edge: float) -> Callable[[Experiment], Experiment]:
    """Map and half maps multiplied by a mask that falls to zero within some voxels."""

    def change(experiment: Experiment) -> Experiment:
        away = np.clip(distance_transform_edt(~experiment.mask) / edge, 0, 1)
        weight = (0.5 * (1 + np.cos(np.pi * away))).astype(np.float32)
        return replace(experiment, clean=experiment.clean * weight, noise=experiment.noise * weight)

    return change


def tight_box(experiment: Experiment) -> Experiment:
    """A box that the particle nearly fills."""
    size = len(experiment.mask)
    reach = int(np.ceil(np.abs(np.argwhere(experiment.mask) - size // 2).max()))
    kept = slice(size // 2 - reach - _FREE, size // 2 + reach + _FREE)
    box = (kept, kept, kept)
    return replace(
        experiment,
        mask=experiment.mask[box],
        clean=experiment.clean[box],
        noise=experiment.noise[(slice(None), *box)],
    )


CHANGES: Dict[str, Callable[[Experiment], Experiment]] = {
    "as it is": as_it_is,
    "noise 1.5 times stronger inside": stronger_inside,
    "noise 1.5 times stronger outside": stronger_outside,
    "premasked, edge of 3 voxels": premasked(3.0),
    "premasked, edge of 8 voxels": premasked(8.0),
    "tight box": tight_box,
}


def both_noises(
    experiment: Experiment, level: float, axes: AxisSet = SOME_AXES, threads: int = 2
) -> List[Dict[str, object]]:
    """The default with either noise against both oracles of one experiment.

    Parameters
    ----------
    experiment : Experiment
        With two realisations of noise more than the oracles take: that of the map and that
        of the half maps' difference.
    level : float
        Standard deviations of the clean images.
    axes : AxisSet
    threads : int

    Returns
    -------
    list of dict
        ``noise``, ``oracle``, ``mean_rungs``, ``bias_rungs``, ``rank``, and ``told``: warnings
        of the program, or why it refused (then without numbers).
    """
    truth = oracles_of(experiment, DEFAULT, [level], threads, axes)
    records: List[Dict[str, object]] = []
    for name in NOISES:
        codes, told = _measured(experiment, level, name, axes, threads)
        for oracle in ORACLES:
            record: Dict[str, object] = {"noise": name, "oracle": oracle, "told": told}
            if codes is not None:
                error = distance(codes, truth[oracle, level], experiment.sampling, FIRST)
                record.update(
                    mean_rungs=error.mean_rungs, bias_rungs=error.bias_rungs, rank=error.rank
                )
            records.append(record)
    return records


def _measured(
    experiment: Experiment, level: float, noise: str, axes: AxisSet, threads: int
) -> Tuple[Optional[np.ndarray], List[str]]:
    """Codes of the sampled voxels, and warnings; no codes where the program refuses."""
    of_halves = None if noise == NOISES[0] else np.float32(level) * experiment.noise[REALISATIONS]
    try:
        prepared = prepare(
            experiment.map(level), experiment.mask, experiment.sampling, settings_of(experiment),
            DEFAULT, of_halves, threads,
        )  # fmt: skip
    except NoNoiseError as error:
        return None, [f"refused: {error}"]
    codes = measure_table(prepared, axes, threads).codes
    return codes[:, experiment.sampled[experiment.mask]], prepared.warnings


def _inside(experiment: Experiment) -> np.ndarray:
    """One in the middle of the particle, zero beyond it, by distance from the centre."""
    radius = distance_map(len(experiment.mask))
    reach = (3 * experiment.mask.sum() / (4 * np.pi)) ** (1 / 3)
    rise = np.clip((radius - reach) / _CHANGE + 0.5, 0, 1)
    return (0.5 * (1 + np.cos(np.pi * rise))).astype(np.float32)
