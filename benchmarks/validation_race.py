"""The race along an axis replayed on amplitudes that are kept, by rules of many kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Union

import numpy as np

from monodir_plugin.numerics.amplitude import coned_amplitude
from monodir_plugin.numerics.cone import HalfCone
from monodir_plugin.numerics.discoveries import threshold_of
from monodir_plugin.numerics.filters import Filters
from monodir_plugin.numerics.interpolation import VoxelRows, at_voxels
from monodir_plugin.numerics.noise import NoiseSample
from monodir_plugin.numerics.noise_tails import Tails
from monodir_plugin.numerics.race import Race
from monodir_plugin.numerics.scratch import Scratch

__all__ = ["NEVER", "Noise", "Rule", "amplitudes_of", "passed", "raced"]

#: More failures than there are rungs.
NEVER = 99
Noise = Union[Tails, NoiseSample]


@dataclass(frozen=True)
class Rule:
    """How voxels pass rungs, and leave.

    Attributes
    ----------
    control : str
        One of :data:`monodir_plugin.numerics.discoveries.CONTROLS`.
    significance : float
        What the control says it is.
    failures : int
        Failures in a row after which a voxel leaves.
    among_running : bool
        Count as tested only those still in the race.
    floor : float
        A voxel passes the first rung, whatever the others do, where the chance of noise is
        below this; half of it at the next rung, and so on.  0: none.
    """

    control: str
    significance: float
    failures: int = 4
    among_running: bool = False
    floor: float = 0.0

    def threshold(self, rung: int, noise: Noise, amplitude: np.ndarray, tested: int) -> float:
        """Amplitude that a voxel must exceed at a rung; ``tested`` began the race."""
        tested = len(amplitude) if self.among_running else tested
        found = threshold_of(self.control, self.significance, noise, amplitude, tested)
        if self.floor > 0:
            found = min(found, noise.quantile(1 - self.floor * 0.5**rung))
        return found


def amplitudes_of(
    cones: Sequence[HalfCone], filters: Filters, rung: int, voxels: VoxelRows, scratch: Scratch
) -> np.ndarray:
    """Amplitudes at a rung for several maps, not faded.

    Returns
    -------
    ndarray, shape (cones, voxels), float32
    """
    everyone = np.arange(len(voxels), dtype=np.int32)
    out = np.empty((len(cones), len(voxels)), np.float32)
    for row, cone in zip(out, cones):
        lines = coned_amplitude(cone, filters, rung, None, scratch)
        row[:] = at_voxels(lines, voxels, everyone, scratch)
    return out


def raced(
    amplitudes: np.ndarray, noise: Sequence[Noise], rungs: np.ndarray, rule: Rule
) -> np.ndarray:
    """Spatial frequency that every voxel reaches.

    Parameters
    ----------
    amplitudes : ndarray, shape (rungs, voxels), float32
    noise : sequence of Tails or NoiseSample
        Of every rung.
    rungs : ndarray, shape (rungs,)
        Cycles per voxel.
    rule : Rule

    Returns
    -------
    ndarray, shape (voxels,), float32
        Cycles per voxel; 0 where no rung is passed.
    """
    voxels = amplitudes.shape[1]
    race = Race(voxels, rule.failures, True)
    for rung, frequency in enumerate(rungs):
        if len(race.running) == 0:
            break
        amplitude = amplitudes[rung, race.running]
        race.step(amplitude, rule.threshold(rung, noise[rung], amplitude, voxels), frequency)
    return race.frequency


def passed(amplitudes: np.ndarray, noise: Sequence[Noise], rule: Rule) -> np.ndarray:
    """Which voxels pass every rung's test by itself, without a race; shape as the amplitudes'."""
    voxels = amplitudes.shape[1]
    levels: List[float] = [
        rule.threshold(rung, noise[rung], amplitude, voxels)
        for rung, amplitude in enumerate(amplitudes)
    ]
    return amplitudes > np.array(levels)[:, None]
