"""Distances between what an estimator reports and what an oracle says.

The metric, fixed before any rule was tried: the mean absolute error of R(r, d) in rungs
against each oracle, with a rank correlation that is not lower, on noise from low to high.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from monodir_plugin.numerics.presets import SPACING
from monodir_plugin.numerics.table import decode

__all__ = ["Distance", "distance", "rungs_passed"]


@dataclass(frozen=True)
class Distance:
    """How far an estimate is from an oracle.

    Attributes
    ----------
    mean_rungs : float
        Mean absolute error, rungs of the default ladder (0.02 cycles per voxel); a cell that is
        not resolved counts as one rung coarser than the coarse limit.
    median_rungs, median_angstrom : float
        Median absolute error.
    bias_rungs, bias_angstrom : float
        Mean of estimate less oracle: in rungs positive, in Å negative where the estimate is finer.
    rank : float
        Spearman's rank correlation; not a number where the oracle is one value everywhere.
    """

    mean_rungs: float
    median_rungs: float
    median_angstrom: float
    bias_rungs: float
    bias_angstrom: float
    rank: float


def rungs_passed(codes: np.ndarray, first: float) -> np.ndarray:
    """Position on a ladder in steps of the default's: 0 if not resolved, 1 at the first rung."""
    frequency = decode(codes)
    return np.where(frequency > 0, (frequency - first) / SPACING + 1, 0.0)


def distance(found: np.ndarray, true: np.ndarray, sampling: float, first: float) -> Distance:
    """Distance of codes from an oracle's.

    Parameters
    ----------
    found, true : ndarray of uint16
        Codes (:func:`monodir_plugin.numerics.table.encode`) of the same cells.
    sampling : float
        Voxel size, Å.
    first : float
        First rung, cycles per voxel: the coarse limit.
    """
    steps = rungs_passed(found, first) - rungs_passed(true, first)
    angstrom = in_angstrom(found, sampling, first) - in_angstrom(true, sampling, first)
    return Distance(
        float(np.abs(steps).mean()),
        float(np.median(np.abs(steps))),
        float(np.median(np.abs(angstrom))),
        float(steps.mean()),
        float(angstrom.mean()),
        rank_correlation(found.ravel(), true.ravel()),
    )


def in_angstrom(codes: np.ndarray, sampling: float, first: float) -> np.ndarray:
    """Resolution in Å; not resolved: the coarse limit."""
    frequency = decode(codes)
    return sampling / np.where(frequency > 0, frequency, np.float32(first))


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's, of a hundred thousand evenly chosen values at most."""
    stride = max(1, a.size // 100_000)
    a, b = a[::stride], b[::stride]
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(spearmanr(a, b)[0])
