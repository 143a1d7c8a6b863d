"""The race along every axis: from spectra to the rows of the table R(r, d)."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Callable, List, Optional

import numpy as np

from .amplitude import coned_amplitude
from .axes import AxisSet
from .cone import half_cone
from .effective import corrected_quantile
from .fade import Fade
from .filters import Filters
from .interpolation import VoxelRows, at_voxels
from .noise import NoiseRegion, threshold
from .race import Race
from .scratch import Scratch
from .table import encode

__all__ = ["AxisRun", "DirectionalProblem", "TooLittleNoiseError", "race_along", "race_axes"]

#: A quantile of fewer values says nothing.
FEWEST_NOISE_VALUES = 100


class TooLittleNoiseError(ValueError):
    """The noise region holds too few points to set a threshold."""


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
    voxels : VoxelRows
        Voxels of the mask.
    region : NoiseRegion
        Where the noise is sampled.
    filters : Filters
        Ladder and filters.
    pooling : Filters
        The same with the low-pass filter of the amplitudes that are tested; that of the noise is
        in ``filters``.
    fade : Fade
    carried, carried_pooled : ndarray, shape (rungs, points), float32
        Fading by radius as each rung's filter leaves it (that of ``filters``, that of
        ``pooling``), divided out; of no points to leave it in.
    modes : ndarray, shape (rungs,)
        Independent noise values per voxel, to correct the quantile for few of
        them; infinite to take it as it is.
    cone : float
        Full opening of the cone, degrees.
    corners : bool
        Keep coefficients beyond the sphere of radius Nyquist.
    significance : float
        Quantile of the noise that a voxel must exceed.
    interpolate : bool
        Interpolate the crossing of the threshold.
    least_left : float
        An axis ends when a smaller share of the voxels is left.
    least_amplitude : float
        An axis ends when the mean amplitude of those left is smaller.
    """

    spectrum: np.ndarray
    noise_spectrum: Optional[np.ndarray]
    voxels: VoxelRows
    region: NoiseRegion
    filters: Filters
    pooling: Filters
    fade: Fade
    carried: np.ndarray
    carried_pooled: np.ndarray
    modes: np.ndarray
    cone: float
    corners: bool
    significance: float
    interpolate: bool
    least_left: float
    least_amplitude: float


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


def race_along(problem: DirectionalProblem, axis: np.ndarray) -> AxisRun:
    """Race all voxels along one axis.

    Parameters
    ----------
    problem : DirectionalProblem
    axis : ndarray, shape (3,)
        Unit vector, ``x, y, z``.

    Returns
    -------
    AxisRun

    Raises
    ------
    TooLittleNoiseError
        If the noise region holds hardly a point within its angle of the axis.
    """
    half = problem.cone / 2
    signal_cone = half_cone(problem.spectrum, axis, half, problem.corners)
    noise_cone = None
    if problem.noise_spectrum is not None:
        noise_cone = half_cone(problem.noise_spectrum, axis, half, problem.corners)
    region = problem.region.along(axis)
    voxels = len(problem.voxels)
    race = Race(voxels, problem.interpolate)
    scratch = Scratch()
    thresholds: List[float] = []
    for rung, frequency in enumerate(problem.filters.ladder.frequency):
        if len(race.running) < max(problem.least_left * voxels, 1):
            break
        lines = coned_amplitude(signal_cone, problem.pooling, rung, problem.fade, scratch)
        if lines is None:
            break
        pooled = problem.carried_pooled[rung]
        amplitude = at_voxels(lines, problem.voxels, race.running, pooled, scratch)
        if amplitude.mean() < problem.least_amplitude:
            break
        if noise_cone is not None:
            lines = coned_amplitude(noise_cone, problem.filters, rung, problem.fade, scratch)
        elif problem.pooling is not problem.filters:
            lines = coned_amplitude(signal_cone, problem.filters, rung, problem.fade, scratch)
        noise = region.sample(lines, problem.carried[rung], scratch)
        if noise.values.size < FEWEST_NOISE_VALUES:
            raise TooLittleNoiseError(
                f"only {noise.values.size} points of noise near the axis "
                f"{axis[0]:.2f}, {axis[1]:.2f}, {axis[2]:.2f}"
            )
        quantile = corrected_quantile(problem.significance, noise.volume * problem.modes[rung])
        thresholds.append(threshold(noise.values, quantile))
        race.step(amplitude, thresholds[-1], float(frequency))
    return AxisRun(encode(race.frequency), np.array(thresholds))


def race_axes(
    problem: DirectionalProblem,
    axes: AxisSet,
    threads: int = 1,
    progress: Optional[Callable[[int], None]] = None,
) -> np.ndarray:
    """Race all voxels along every axis, one axis a thread.

    Parameters
    ----------
    problem : DirectionalProblem
    axes : AxisSet
    threads : int
    progress : callable, optional
        Called with the number of axes just finished.

    Returns
    -------
    ndarray, shape (axes, voxels), uint16
        Rows of the table.
    """
    codes = np.zeros((len(axes), len(problem.voxels)), np.uint16)

    def fill(row: int) -> None:
        codes[row] = race_along(problem, axes.vectors[row]).codes

    with ThreadPoolExecutor(threads) as pool:
        pending = {pool.submit(fill, row) for row in range(len(axes))}
        try:
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for finished in done:
                    finished.result()
                if progress is not None:
                    progress(len(done))
        finally:
            for waiting in pending:
                waiting.cancel()
    return codes
