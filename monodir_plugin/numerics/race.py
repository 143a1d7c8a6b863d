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
    frequency : ndarray, shape (voxels,), float32
        Spatial frequency reached so far, cycles per voxel; 0 if none.
    """

    def __init__(self, voxels: int, failures: int, interpolate: bool) -> None:
        self.running = np.arange(voxels, dtype=np.int32)
        self.frequency = np.full(voxels, UNRESOLVED, np.float32)
        self._allowed = failures
        self._interpolate = interpolate
        self._failures = np.zeros(voxels, np.uint8)
        self._ratio = np.ones(voxels, np.float32)
        self._rung_before = 0.0

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
        left = _step(
            self.running,
            amplitude,
            threshold,
            rung,
            self._rung_before,
            self._allowed,
            self._interpolate,
            self._failures,
            self._ratio,
            self.frequency,
        )
        self.running = self.running[:left]
        self._rung_before = rung


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _step(  # type: ignore[no-untyped-def]
    running,
    amplitude,
    threshold,
    rung,
    rung_before,
    allowed,
    interpolate,
    failures,
    ratio,
    frequency,
):
    """Try a rung in place; returns how many stay, moved to the front of ``running``."""
    left = 0
    inverse = np.float32(1 / threshold) if threshold > 0 else np.float32(0.0)
    rung, before = np.float32(rung), np.float32(rung_before)
    for i in range(len(running)):
        voxel = running[i]
        now, last = amplitude[i] * inverse, ratio[voxel]
        reached, failed = frequency[voxel], failures[voxel]
        crossing = reached
        if interpolate:
            inside = (failed == 0) & (reached > 0) & (last > now)
            share = (last - 1) / (last - now) if inside else np.float32(0.0)
            crossing = before + share * (rung - before) if inside else reached
        passed = amplitude[i] > threshold
        frequency[voxel] = rung if passed else crossing
        failures[voxel] = 0 if passed else failed + 1
        ratio[voxel] = now
        running[left] = voxel
        left += passed | (failed + 1 < allowed)
    return left
