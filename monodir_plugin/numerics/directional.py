"""The race along every axis: from spectra to the rows of the table R(r, d)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Dict, Iterator, List, Optional, Tuple, Union

import numpy as np

from .amplitude import coned_amplitude
from .axes import AxisSet
from .cone import half_cone
from .discoveries import common_chance, counts_by_chance, threshold_of
from .fade import Fade
from .filters import Filters
from .interpolation import VoxelRows, at_voxels, planes_about
from .noise import NoiseSample, SampledNoise
from .noise_tails import PowerNoise, Tails
from .race import Race
from .scratch import Scratch
from .table import encode
from .workers import in_workers

__all__ = [
    "AxisRun",
    "DirectionalProblem",
    "RaceRules",
    "chances_together",
    "race_along",
    "raced_axes",
]


Note = Callable[[int, Union[Tails, NoiseSample], np.ndarray], None]


@dataclass(frozen=True)
class RaceRules:
    """How voxels race.

    Attributes
    ----------
    corners : bool
        Keep Fourier coefficients beyond the sphere of radius Nyquist.
    control : str
        What the significance says: one of :data:`monodir_plugin.numerics.discoveries.CONTROLS`.
    failures : int
        Failures in a row after which a voxel leaves.
    interpolate : bool
        Interpolate the crossing of the threshold between rungs.
    least_left : float
        An axis ends when a smaller share of the voxels is left in the race.
    """

    corners: bool
    control: str
    failures: int
    interpolate: bool
    least_left: float


@dataclass(frozen=True)
class DirectionalProblem:
    """All that the race along an axis needs.

    Attributes
    ----------
    spectrum : ndarray, shape (N, N, N // 2 + 1), complex64
        Half spectrum of the map.
    noise_spectrum : ndarray or None
        Half spectrum of a map of noise alone (half of the difference of the
        half maps); ``None`` if the noise is that of the map itself.
    gains : ndarray, shape (N // 2 + 1,), or None
        By which both were multiplied, by Fourier shell (:mod:`.levelling`); ``None``: as they are.
    region : ndarray of bool, shape (N, N, N)
        Where the noise is.
    noise : SampledNoise or PowerNoise
        What is known of it along axes.
    voxels : VoxelRows
        Voxels of the mask.
    filters : Filters
        Ladder and filters.
    unpooled : Filters
        The same with the low-pass filter of MonoRes.
    fade : Fade or None
        Fading of the amplitude.
    cone : float
        Full opening of the cone, degrees.
    significance : float
        What ``rules.control`` says it is.
    rules : RaceRules
    least_amplitude : float
        An axis ends when the mean amplitude of those left is smaller.
    chances : ndarray, shape (rungs,), or None
        Chance with which noise is to pass, where all axes are tested together
        (:func:`chances_together`).
    """

    spectrum: np.ndarray
    noise_spectrum: Optional[np.ndarray]
    gains: Optional[np.ndarray]
    region: np.ndarray
    noise: Union[SampledNoise, PowerNoise]
    voxels: VoxelRows
    filters: Filters
    unpooled: Filters
    fade: Optional[Fade]
    cone: float
    significance: float
    rules: RaceRules
    least_amplitude: float
    chances: Optional[np.ndarray] = None


@dataclass(frozen=True)
class AxisRun:
    """Outcome of the race along one axis.

    Attributes
    ----------
    codes : ndarray, shape (voxels,), uint16
        Row of the table.
    thresholds : ndarray, float64
        Threshold of every rung that was tried, in units of the map.
    """

    codes: np.ndarray
    thresholds: np.ndarray


def race_along(
    problem: DirectionalProblem,
    axis: np.ndarray,
    note: Optional[Note] = None,
    scratch: Optional[Scratch] = None,
) -> AxisRun:
    """Race all voxels along one axis.

    Parameters
    ----------
    problem : DirectionalProblem
    axis : ndarray, shape (3,)
        Unit vector, ``x, y, z``.
    note : callable, optional
        Called with every rung, the noise there, and the amplitudes of the running voxels.
    scratch : Scratch, optional
        Memory to work in, used again along other axes.

    Returns
    -------
    AxisRun

    Raises
    ------
    TooLittleNoiseError
        If the noise is sampled and the region holds hardly a point near the axis.
    """
    rules, voxels = problem.rules, len(problem.voxels)
    cone = half_cone(problem.spectrum, axis, problem.cone / 2, rules.corners)
    noise = problem.noise.along(axis)
    race = Race(voxels, rules.failures, rules.interpolate)
    scratch = scratch or Scratch()
    thresholds: List[float] = []

    def wanted(depth: int) -> np.ndarray:
        about, sampled = planes_about(problem.voxels, race.running, depth), noise.planes(depth)
        return np.union1d(about, sampled) if len(sampled) else about

    for rung, frequency in enumerate(problem.filters.ladder.frequency):
        if len(race.running) < max(rules.least_left * voxels, 1):
            break
        lines = None  # Gives back memory that may have to grow.
        lines = coned_amplitude(cone, problem.filters, rung, problem.fade, scratch, wanted)
        if lines is None:
            break
        amplitude = at_voxels(lines, problem.voxels, race.running, scratch)
        if problem.least_amplitude > 0 and amplitude.mean() < problem.least_amplitude:
            break
        tails = noise.tails(rung, lines, scratch)
        if note is not None:
            note(rung, tails, amplitude)
        chance = None if problem.chances is None else problem.chances[rung]
        level = threshold_of(rules.control, problem.significance, tails, amplitude, voxels, chance)
        thresholds.append(level)
        race.step(amplitude, level, float(frequency))
    return AxisRun(encode(race.frequency), np.array(thresholds))


def chances_together(problem: DirectionalProblem, axes: AxisSet, threads: int = 1) -> np.ndarray:
    """Chances with which noise is to pass, for control of all axes together.

    Parameters
    ----------
    problem : DirectionalProblem
    axes : AxisSet
        Those that are counted, in a race in which each controls its own discoveries.
    threads : int

    Returns
    -------
    ndarray, shape (rungs,), float64
        0 where nothing is to pass.
    """
    alone = replace(problem, rules=replace(problem.rules, control="fdr"))
    rungs = len(problem.filters.ladder)

    def along(row: int) -> Dict[int, np.ndarray]:
        passing: Dict[int, np.ndarray] = {}

        def note(rung: int, noise: Union[Tails, NoiseSample], amplitude: np.ndarray) -> None:
            passing[rung] = counts_by_chance(noise, amplitude)

        race_along(alone, axes.vectors[row], note, scratch)
        return passing

    scratch = Scratch()
    found = dict(in_workers(along, len(axes), threads))
    tested = len(axes) * len(problem.voxels)
    # In the order of axes: else the last digits would hang on who is finished first.
    sums = [sum(found[row].get(rung, 0.0) for row in range(len(axes))) for rung in range(rungs)]
    return np.array([common_chance(np.atleast_1d(s), tested, problem.significance) for s in sums])


def raced_axes(
    problem: DirectionalProblem, axes: AxisSet, threads: int = 1
) -> Iterator[Tuple[int, np.ndarray]]:
    """Race all voxels along every axis, several axes at once.

    Parameters
    ----------
    problem : DirectionalProblem
    axes : AxisSet
    threads : int

    Yields
    ------
    row : int
        Which axis, in the order in which they are finished; begun they are in their own.
    codes : ndarray, shape (voxels,), uint16
        Its row of the table.

    Raises
    ------
    TooLittleNoiseError
        As for :func:`race_along`.
    LostWorkerError
        If one of the processes that race is killed.
    """
    scratch = Scratch()

    def raced(row: int) -> np.ndarray:
        return race_along(problem, axes.vectors[row], scratch=scratch).codes

    return in_workers(raced, len(axes), threads)
