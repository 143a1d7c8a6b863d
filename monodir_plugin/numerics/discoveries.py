"""How strict the test at a rung is: cell by cell, or by the share of false discoveries.

At every rung and along every axis all voxels are tested at once.  With a fixed chance of
error for each cell, a map of noise alone passes it as often as that chance says, and where
little is resolved most of what passes is noise.  The step-up rule of Benjamini and Hochberg
(J. R. Stat. Soc. B 57, 289, 1995) finds the lowest threshold at which the expected number of
passing noise cells is at most a given share of the number that pass; it holds for cells
that depend on each other positively, as neighbours do.  That of Benjamini and Yekutieli (Ann.
Statist. 29, 1165, 2001) holds for any dependence and is stricter.

Voxels that have left the race count as tested, and as failed.
"""

from __future__ import annotations

from typing import Union

import numba
import numpy as np

from .noise import NoiseSample
from .noise_tails import Tails

__all__ = ["CONTROLS", "threshold_of"]

#: ``cells``: each cell by itself; ``fdr``: Benjamini-Hochberg; ``fdr-any``: Benjamini-Yekutieli.
CONTROLS = ("cells", "fdr", "fdr-any")
_TURNS = 4


def threshold_of(
    control: str,
    significance: float,
    noise: Union[Tails, NoiseSample],
    amplitude: np.ndarray,
    tested: int,
) -> float:
    """Amplitude that a voxel must exceed.

    Parameters
    ----------
    control : str
        One of :data:`CONTROLS`.
    significance : float
        ``cells``: share of the noise that stays below; else one less the share of
        false discoveries.
    noise : Tails or NoiseSample
        Distribution of the noise's amplitude, or a sample of it.
    amplitude : ndarray, float32
        Amplitudes of the voxels still in the race.
    tested : int
        Number of voxels that began it.

    Returns
    -------
    float
        Infinite where nothing is to pass.
    """
    if control == "cells":
        return noise.quantile(significance)
    rate = 1 - significance
    if control == "fdr-any":
        rate /= np.sum(1 / np.arange(1.0, tested + 1))
    tails = noise.tails() if isinstance(noise, NoiseSample) else noise
    return _step_up(amplitude, tested, rate, tails.first, tails.step, tails.chances)


@numba.njit(nogil=True, cache=True)
def _step_up(amplitude, tested, rate, first, step, chances):  # type: ignore[no-untyped-def]
    """Lowest of the tabulated thresholds whose chance is at most its share of passing cells."""
    last = len(chances) - 1
    if not step > 0:
        return np.inf
    # In turns, for most values fall into the last bin, and each would wait for the one before.
    counts = np.zeros((_TURNS, last + 1), np.int64)
    steps, most = 1 / step, float(last)
    for i in range(len(amplitude)):
        if amplitude[i] >= first:
            counts[i % _TURNS, int(min((amplitude[i] - first) * steps, most))] += 1
    above = counts.sum(axis=0)
    for i in range(last - 1, -1, -1):
        above[i] += above[i + 1]
    for i in range(last + 1):
        if chances[i] <= rate and above[i] * rate >= chances[i] * tested and above[i] > 0:
            return first + i * step
    return np.inf
