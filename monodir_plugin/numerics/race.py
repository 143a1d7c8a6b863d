"""The race of the voxels of a mask up the ladder, along one axis.

A voxel passes a rung if its amplitude exceeds the threshold of the noise.  It
leaves the race after two failures in a row, with the resolution of the last
rung passed (Vilas et al. 2018, Structure 26; 2020, Methods).  Neighbouring rungs of a dense
ladder fail together, so there more failures are needed to say as much.  By default the
crossing of the threshold is interpolated between the last rung passed and the
first one failed, so that resolutions are continuous.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["Race", "UNRESOLVED"]

#: Spatial frequency of a voxel that never passed a rung.
UNRESOLVED = 0.0


class Race:
    """State of a race.

    Parameters
    ----------
    voxels : int
        Number of voxels that start.
    failures : int
        Failures in a row after which a voxel leaves.
    interpolate : bool
        Interpolate the crossing of the threshold.

    Attributes
    ----------
    running : ndarray of int32
        Positions of the voxels still in the race.
    """

    def __init__(self, voxels: int, failures: int, interpolate: bool) -> None:
        self.running = np.arange(voxels, dtype=np.int32)
        self._allowed = failures
        self._interpolate = interpolate
        self._frequency = np.full(voxels, UNRESOLVED, np.float32)
        # Of the running voxels, in their order, so that a step goes through memory once.
        self._reached = np.full(voxels, UNRESOLVED, np.float32)
        self._failures = np.zeros(voxels, np.uint8)
        self._ratio = np.ones(voxels, np.float32)
        self._rung_before = 0.0

    @property
    def frequency(self) -> np.ndarray:
        """Spatial frequency each voxel has reached, cycles per voxel, float32; 0 if none."""
        self._frequency[self.running] = self._reached[: len(self.running)]
        return self._frequency

    def step(self, amplitude: np.ndarray, threshold: float, rung: float) -> None:
        """Let the running voxels try a rung.

        Parameters
        ----------
        amplitude : ndarray, float32
            Amplitude of each running voxel.
        threshold : float
            What it must exceed.
        rung : float
            Spatial frequency of the rung, cycles per voxel.
        """
        state = self._reached, self._failures, self._ratio
        _try(amplitude, threshold, rung, self._rung_before, self._interpolate, *state)
        left = _stay(self.running, self._allowed, self._frequency, *state)
        self.running = self.running[: int(left)]
        self._rung_before = rung


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _try(  # type: ignore[no-untyped-def]
    amplitude, threshold, rung, rung_before, interpolate, reached, failures, ratio
):
    """Try a rung."""
    inverse = np.float32(1 / threshold) if threshold > 0 else np.float32(0.0)
    threshold, rung, before = np.float32(threshold), np.float32(rung), np.float32(rung_before)
    for i in range(len(amplitude)):
        now, last = amplitude[i] * inverse, ratio[i]
        crossed = interpolate & (failures[i] == 0) & (reached[i] > 0) & (last > now)
        share = (last - 1) / (last - now) if crossed else np.float32(0.0)
        failed = before + share * (rung - before) if crossed else reached[i]
        passed = amplitude[i] > threshold
        reached[i] = rung if passed else failed
        failures[i] = 0 if passed else failures[i] + 1
        ratio[i] = now


@numba.njit(nogil=True, cache=True)
def _stay(running, allowed, frequency, reached, failures, ratio):  # type: ignore[no-untyped-def]
    """Move those that stay to the front; returns how many.

    Places without a sign: of the others the compiler asks whether they count from the end.
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
