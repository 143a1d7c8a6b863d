"""Runs of this version and of an earlier one on an experiment, from half maps or a single map."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Dict, NamedTuple, Optional

import numpy as np

import monodir_plugin
from studies.harness import Cache, Checkout
from studies.harness.cache import hash_of_sources
from studies.truth.experiment import Experiment
from studies.truth.methods import program

__all__ = ["OLD", "SOURCES", "Measured", "estimate"]

#: Where noise comes from.
SOURCES = ("half maps", "single map")
#: Name of the default preset of an earlier checkout.
OLD = "old detector"


class Measured(NamedTuple):
    """Frequencies in cycles per voxel at an experiment's voxels; 0: not resolved.

    Attributes
    ----------
    table : ndarray, shape (46, voxels)
    without_cone : ndarray, shape (voxels,)
    seconds : float
        Time of the measurement.
    """

    table: np.ndarray
    without_cone: np.ndarray
    seconds: float


def estimate(
    experiment: Experiment,
    cache: Cache,
    preset: str,
    source: str,
    criterion: float = 0.5,
    checkout: Optional[Checkout] = None,
    threads: int = 1,
) -> Measured:
    """The results of the program on an experiment, from the cache if they are there.

    Parameters
    ----------
    experiment : Experiment
    cache : Cache
    preset : str
        "default" or "published".
    source : str
        One of :data:`SOURCES`.
    criterion : float
        FSC value.
    checkout : Checkout, optional
        An earlier program to run instead of this one.
    threads : int
    """
    halves = source == "half maps"
    # Without a criterion, results for all criteria are the same.
    asked = checkout is None and preset == "default" and program.has_criterion()
    version = checkout.commit if checkout else _version()
    given = (
        experiment.mean if halves else experiment.single,
        experiment.mask,
        experiment.case.sampling,
        preset,
        criterion if asked else 0.5,
        experiment.difference if halves else None,
        threads,
    )
    key = (experiment.case, _sum(given[0]), preset, source, criterion if asked else None, version)
    kind = f"{'old' if checkout else preset}-{experiment.case.name}-{source.split()[0]}"
    stored = cache.arrays(
        kind, key, lambda: program.measure(*given) if checkout is None else _run(checkout, given)
    )
    places = np.searchsorted(stored["indices"], experiment.voxels)
    return Measured(
        stored["table"][:, places], stored["without_cone"][places], float(stored["seconds"])
    )


def _run(checkout: Checkout, given: tuple) -> Dict[str, np.ndarray]:
    """Measure in a process that imports the checkout's program."""
    names = ("volume", "mask", "sampling", "preset", "criterion", "noise_map", "threads")
    values = dict(zip(names, given))
    if values["noise_map"] is None:
        values["noise_map"] = np.zeros(0)
    environment = {**os.environ, "PYTHONPATH": str(checkout.folder)}
    with tempfile.TemporaryDirectory() as scratch:
        source, target = (str(Path(scratch) / name) for name in ("given.npz", "found.npz"))
        np.savez(source, **values)
        command = [sys.executable, program.__file__, source, target]
        subprocess.run(command, check=True, env=environment, cwd=scratch)
        with np.load(target) as found:
            return dict(found)


def _sum(volume: np.ndarray) -> float:
    """A number that differs between the maps of one case."""
    return float(np.sum(volume.astype(float) ** 2))


@lru_cache(maxsize=1)
def _version() -> str:
    return hash_of_sources(Path(monodir_plugin.__file__).parent / "numerics")
