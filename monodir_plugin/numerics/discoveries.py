"""How strict the test at a rung is: cell by cell, or by the share of false discoveries.

At every rung and along every axis all voxels are tested at once.  With a fixed chance of
error for each cell, a map of noise alone passes it as often as that chance says, and where
little is resolved most of what passes is noise.  The step-up rule of Benjamini and Hochberg
(J. R. Stat. Soc. B 57, 289, 1995) finds the lowest threshold at which the expected number of
passing noise cells is at most a given share of the number that pass; it holds for cells
that depend on each other positively, as neighbours do.  That of Benjamini and Yekutieli (Ann.
Statist. 29, 1165, 2001) holds for any dependence and is stricter.

Along one axis that share is held for that axis.  Of all axes together it need not be: where
nothing is resolved each of them has its own chance of a discovery, and all that pass are false.
So the voxels of all axes can be tested together, too.  Amplitudes along different axes are not
of one scale; the chances with which noise exceeds them are.

Voxels that have left the race count as tested, and as failed.
"""

from __future__ import annotations

from typing import Optional, Union

import numba
import numpy as np

from .noise import NoiseSample
from .noise_tails import Tails

__all__ = ["CONTROLS", "common_chance", "counts_by_chance", "threshold_of"]

#: ``cells``: each cell by itself; ``fdr``: Benjamini-Hochberg; ``fdr-any``: Benjamini-Yekutieli;
#: ``fdr-all``: Benjamini-Hochberg for all axes together.
CONTROLS = ("cells", "fdr", "fdr-any", "fdr-all")
#: Chances, descending, at which the voxels of all axes are counted together.
_CHANCES = np.geomspace(0.5, 1e-6, 256)
_TURNS = 4


def threshold_of(
    control: str,
    significance: float,
    noise: Union[Tails, NoiseSample],
    amplitude: np.ndarray,
    tested: int,
    chance: Optional[float] = None,
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
    chance : float, optional
        For ``fdr-all``: the chance with which noise is to pass (:func:`common_chance`).

    Returns
    -------
    float
        Infinite where nothing is to pass.
    """
    if control == "cells":
        return noise.quantile(significance)
    if control == "fdr-all":
        return noise.quantile(1 - chance) if chance else np.inf
    rate = 1 - significance
    if control == "fdr-any":
        rate /= np.sum(1 / np.arange(1.0, tested + 1))
    tails = _tails_of(noise)
    above = _above(amplitude, tails.first, tails.step, len(tails.chances))
    lowest = _step_up(above, tested, rate, tails.chances)
    return np.inf if lowest is None else tails.first + lowest * tails.step


def counts_by_chance(noise: Union[Tails, NoiseSample], amplitude: np.ndarray) -> np.ndarray:
    """Numbers of cells that noise would exceed with at most given chances, float64.

    Parameters
    ----------
    noise, amplitude
        As for :func:`threshold_of`.
    """
    tails = _tails_of(noise)
    above = _above(amplitude, tails.first, tails.step, len(tails.chances))
    return np.interp(-np.log(_CHANCES), -np.log(tails.chances), above)


def common_chance(passing: np.ndarray, tested: int, significance: float) -> float:
    """Chance with which noise is to pass a rung where all axes are tested together.

    Parameters
    ----------
    passing : ndarray
        Sum over the axes of what :func:`counts_by_chance` counts.
    tested : int
        Number of cells.
    significance : float
        One less the share of false discoveries.

    Returns
    -------
    float
        0 where nothing is to pass.
    """
    lowest = _step_up(passing, tested, 1 - significance, _CHANCES)
    return 0.0 if lowest is None else float(_CHANCES[lowest])


def _tails_of(noise: Union[Tails, NoiseSample]) -> Tails:
    return noise.tails() if isinstance(noise, NoiseSample) else noise


def _step_up(above: np.ndarray, tested: int, rate: float, chances: np.ndarray) -> Optional[int]:
    """Which is the first of the descending chances that is at most its share of passing cells."""
    good = (chances <= rate) & (above * rate >= chances * tested) & (above > 0)
    return int(np.argmax(good)) if good.any() else None


@numba.njit(nogil=True, cache=True)
def _above(amplitude, first, step, count):  # type: ignore[no-untyped-def]
    """How many exceed each of evenly spaced thresholds."""
    last = count - 1
    if not step > 0:
        return np.zeros(count, np.int64)
    # In turns, for most values fall into the last bin, and each would wait for the one before.
    counts = np.zeros((_TURNS, last + 1), np.int64)
    steps, most = 1 / step, float(last)
    for i in range(len(amplitude)):
        if amplitude[i] >= first:
            counts[i % _TURNS, int(min((amplitude[i] - first) * steps, most))] += 1
    above = np.zeros(count, np.int64)
    for i in range(last, -1, -1):
        for turn in range(_TURNS):
            above[i] += counts[turn, i]
        if i < last:
            above[i] += above[i + 1]
    return above
