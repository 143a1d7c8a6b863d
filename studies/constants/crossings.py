"""Other ways to find where the ratio of a pair crosses the criterion, for comparison."""

from __future__ import annotations

import numpy as np
from scipy.stats import gamma, norm

from monodir_plugin.numerics.localres import signal_to_noise
from monodir_plugin.numerics.localres.equal_axes import independent_in_mask
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem
from monodir_plugin.numerics.problem.sequential_test import SequentialTest

__all__ = ["MonotoneTest", "unbiased"]

#: Largest logarithm of a ratio over its threshold that counts in a monotone fit.
_MOST_LOG = 1.0
_TINY = 1e-6
#: Curves that are drawn for each true crossing, and number of true crossings.
_DRAWN, _SEED, _CROSSINGS = 400, 5, 25
#: Least ratio of a map of which a logarithm is taken.
_LEAST_SNR = 1e-3


class MonotoneTest:
    """The crossing of a fit that does not ascend, in place of a test that ends after failures.

    The least-squares fit of descending values to ``log(ratio / threshold)`` is positive up to the
    frequency at which the sum of these logarithms is largest.

    Parameters
    ----------
    voxels : int
    failures, interpolate : object
        Of :class:`SequentialTest`; not used.

    Attributes
    ----------
    running : ndarray of int32
        All voxels.
    frequency : ndarray, shape (voxels,), float32
        Cycles per voxel; 0: not resolved.
    """

    def __init__(self, voxels: int, failures: object, interpolate: object) -> None:
        self.running = np.arange(voxels, dtype=np.int32)
        self.frequency = np.zeros(voxels, np.float32)
        self._sum, self._most = np.zeros(voxels), np.zeros(voxels)
        self._ratio, self._rose = np.ones(voxels), np.zeros(voxels, bool)
        self._before = 0.0

    def step(
        self, values: np.ndarray, threshold: float, frequency: float, counts: bool = True
    ) -> None:
        """Take the values of the next frequency; see :meth:`SequentialTest.step`."""
        ratio = values / np.float64(threshold)
        log = np.clip(np.log(np.maximum(ratio, _TINY)), -_MOST_LOG, _MOST_LOG)
        self._sum += log if counts else np.maximum(log, 0.0)
        rose = (log > 0) & (self._sum >= self._most)
        crossed = self._rose & (ratio < 1)
        step = np.where(crossed, self._ratio - ratio, np.inf)
        between = self._before + (self._ratio - 1) / step * (frequency - self._before)
        self.frequency[crossed] = between[crossed]
        self.frequency[rose] = frequency
        self._most = np.where(rose, self._sum, self._most)
        self._ratio, self._rose, self._before = ratio, rose, frequency


def unbiased(problem: SnrProblem, found: np.ndarray) -> np.ndarray:
    """Resolutions without the bias of their median on a homogeneous map.

    The first crossing of a ratio that fluctuates comes early.  By how much is found by drawing
    curves about that of the map, with as many independent values as the window holds, and by
    testing them as voxels are tested.  Their ratios are scaled so that they cross the criterion
    at each frequency in turn.

    Parameters
    ----------
    problem : SnrProblem
    found : ndarray
        Cycles per voxel; 0: not resolved.

    Returns
    -------
    ndarray, float32
        Of the same shape.
    """
    bands, independent = problem.bands, problem.independent[:, None]
    frequency, criterion = bands.frequency, problem.criterion
    # The volume that a Gaussian window is worth.
    volume = (4 * np.pi) ** 1.5 * bands.window**3
    correlation = independent_in_mask(bands, volume, problem.opening, problem.shape)[1]
    values, vectors = np.linalg.eigh(correlation)
    normal = np.random.default_rng(_SEED).normal(size=(len(frequency), _DRAWN))
    share = norm.cdf((vectors * np.sqrt(np.maximum(values, 0.0))) @ normal)
    power = gamma.ppf(share, independent) / independent
    snr = np.minimum.accumulate(np.maximum(problem.snr_of_map(), _LEAST_SNR))
    true = np.geomspace(frequency[0], frequency[-1], _CROSSINGS)
    medians = []
    for crossing in true:
        there = np.exp(np.interp(np.log(crossing), np.log(frequency), np.log(snr)))
        expected = snr * criterion / there
        # As in the program, where no signal is expected.
        level = 1 + np.maximum(expected[:, None], signal_to_noise._LEAST_EXPECTED)
        measured = (2 * level - 1) / (independent * level**2)
        spread = (signal_to_noise.SPREAD * (level - 1) / level) ** 2
        weight = spread / (spread + measured)
        log_needed = (np.log(1 + criterion) - (1 - weight) * np.log(level)) / weight
        needed = np.exp(np.minimum(log_needed, signal_to_noise._MOST_LOG))
        test = SequentialTest(_DRAWN, signal_to_noise.FAILURES, True)
        for ratio, here in zip((1 + expected[:, None]) * power / needed, frequency):
            if not len(test.running):
                break
            test.step(ratio[test.running].astype(np.float32), 1.0, float(here))
        medians.append(np.median(test.frequency))
    # Ascending, so that they can be inverted.
    rising = np.maximum.accumulate(medians) + _TINY * np.arange(_CROSSINGS)
    return np.where(found > 0, np.maximum(np.interp(found, rising, true), found), 0).astype(
        np.float32
    )
