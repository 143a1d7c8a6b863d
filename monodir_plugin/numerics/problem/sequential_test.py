"""Sequential test of the voxels of a mask, from the coarsest frequency to the finest.

A voxel passes a frequency if its value exceeds a threshold.  After two failures in a row it is
decided: its resolution is the last frequency that it passed (Vilas et al. 2018, Structure 26; 2020,
Methods).  In the default preset the crossing of the threshold is interpolated between the last
frequency that was passed and the first one that failed, so that resolutions are continuous.  There,
a pass after a failure counts only if the value exceeds the threshold by at least the factor by
which the value before fell below it.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["SequentialTest", "UNRESOLVED"]

#: Spatial frequency of a voxel that passed no frequency.
UNRESOLVED = 0.0


class SequentialTest:
    """State of a test.

    Parameters
    ----------
    voxels : int
        Number of voxels.
    failures : int
        Failures in a row after which a voxel is decided.
    interpolate : bool
        Interpolate the crossing of the threshold, and compare a pass with the failure before it.

    Attributes
    ----------
    running : ndarray of int32
        Positions of the undecided voxels.
    """

    def __init__(self, voxels: int, failures: int, interpolate: bool) -> None:
        self.running = np.arange(voxels, dtype=np.int32)
        self._allowed = failures
        self._interpolate = interpolate
        self._frequency = np.full(voxels, UNRESOLVED, np.float32)
        # State of the undecided voxels, in their order, so that a step reads memory once.
        self._reached = np.full(voxels, UNRESOLVED, np.float32)
        self._failures = np.zeros(voxels, np.uint8)
        self._ratio = np.ones(voxels, np.float32)
        self._before = 0.0

    @property
    def frequency(self) -> np.ndarray:
        """Last frequency that each voxel passed, cycles per voxel, float32 (voxels,); 0: none."""
        self._frequency[self.running] = self._reached[: len(self.running)]
        return self._frequency

    def step(
        self, values: np.ndarray, threshold: float, frequency: float, counts: bool = True
    ) -> None:
        """Test the undecided voxels at the next frequency.

        Parameters
        ----------
        values : ndarray, shape (undecided,), float32
            In the order of ``running``.
        threshold : float
            A value passes if it is larger.
        frequency : float
            Spatial frequency, cycles per voxel.
        counts : bool
            Whether a failure counts.
        """
        state = self._reached, self._failures, self._ratio
        _test(values, threshold, frequency, self._before, self._interpolate, *state)
        if not counts:
            self._failures[: len(self.running)] = 0
        left = _stay(self.running, self._allowed, self._frequency, *state)
        self.running = self.running[: int(left)]
        self._before = frequency


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _test(  # type: ignore[no-untyped-def]
    values, threshold, frequency, last_frequency, interpolate, reached, failures, ratio
):
    """Update the state of voxels with their values at a frequency."""
    inverse = np.float32(1 / threshold) if threshold > 0 else np.float32(0.0)
    threshold, here = np.float32(threshold), np.float32(frequency)
    before = np.float32(last_frequency)
    for i in range(len(values)):
        now, last = values[i] * inverse, ratio[i]
        crossed = interpolate & (reached[i] > 0) & (last >= 1) & (last > now)
        share = (last - 1) / (last - now) if crossed else np.float32(0.0)
        failed = before + share * (here - before) if crossed else reached[i]
        passed = values[i] > threshold
        if interpolate & (failures[i] > 0):
            passed &= now * last >= 1
        reached[i] = here if passed else failed
        failures[i] = 0 if passed else failures[i] + 1
        ratio[i] = now


@numba.njit(nogil=True, cache=True)
def _stay(running, allowed, frequency, reached, failures, ratio):  # type: ignore[no-untyped-def]
    """Move the undecided voxels to the front; returns their number.

    Indices are unsigned: for signed ones the compiler adds a check for negative indices.
    """
    left, count, one = np.uint64(0), np.uint64(len(running)), np.uint64(1)
    while left < count and failures[left] < allowed:
        left += one
    for i in range(left, count):
        voxel, missed = running[i], failures[i]
        running[left], failures[left] = voxel, missed
        reached[left], ratio[left] = reached[i], ratio[i]
        if missed >= allowed:
            frequency[voxel] = reached[left]
        else:
            left += one
    return left
