"""Distances between what an estimator reports and what an oracle says.

The metric, fixed before any rule was tried: the mean absolute error of R(r, d) in rungs
against each oracle, with a rank correlation that is not lower, on noise from low to high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict

import numpy as np
from scipy.stats import spearmanr

from monodir_plugin.numerics.analysis import Analysis
from monodir_plugin.numerics.presets import DEFAULT, SPACING
from monodir_plugin.numerics.reductions import reduce_table
from monodir_plugin.numerics.table import ResolutionTable, decode, encode

__all__ = [
    "MAPS",
    "Distance",
    "Measured",
    "compared",
    "distance",
    "measured_of",
    "reduced",
    "rungs_passed",
]

MAPS = ("highest", "lowest", "adr", "anisotropy")


@dataclass(frozen=True)
class Distance:
    """How far an estimate is from an oracle.

    Attributes
    ----------
    mean_rungs : float
        Mean absolute error, rungs of the default ladder (0.02 cycles per voxel); a cell that is
        not resolved counts as one rung coarser than the coarse limit.  Not a number for anisotropy.
    median_rungs, median_angstrom : float
        Median absolute error.
    bias_rungs, bias_angstrom : float
        Mean of estimate less oracle: in rungs positive, in Å negative where the estimate is finer.
    rank : float
        Spearman's rank correlation; not a number where one of the two is the same everywhere.
    """

    mean_rungs: float
    median_rungs: float
    median_angstrom: float
    bias_rungs: float
    bias_angstrom: float
    rank: float


@dataclass(frozen=True)
class Measured:
    """What is compared, of the same voxels.

    Attributes
    ----------
    codes : ndarray, shape (axes, n), uint16
        Rows of a table.
    monores : ndarray, shape (n,), uint16
        Coded likewise.
    maps : dict of str to ndarray
        Highest, lowest, ADR and anisotropy in Å, shape (n,).
    """

    codes: np.ndarray
    monores: np.ndarray
    maps: Dict[str, np.ndarray]


def measured_of(found: Analysis, sampled: np.ndarray) -> Measured:
    """What an estimator found in some of the voxels of its mask (a box of bool)."""
    chosen = sampled.ravel()[found.table.indices]
    values = found.reduced.maps()
    first = found.table.rungs[0]
    finer = found.monores < found.table.sampling / first * (1 - 1e-6)
    monores = np.where(finer, found.table.sampling / found.monores, 0.0)
    return Measured(
        found.table.codes[:, chosen],
        encode(monores)[chosen],
        {name: values[name][chosen] for name in MAPS},
    )


def reduced(table: ResolutionTable) -> Dict[str, np.ndarray]:
    """The maps of a table by the paper's definitions, Å."""
    maps = reduce_table(table, DEFAULT.rules, np.zeros(3)).maps()
    return {name: maps[name] for name in MAPS}


def compared(found: Measured, true: Measured, sampling: float, first: float) -> Dict[str, Distance]:
    """Distances of the table ("R"), its maps and MonoRes.

    Parameters
    ----------
    found, true : Measured
    sampling : float
        Voxel size, Å.
    first : float
        First rung, cycles per voxel: the coarse limit.
    """
    out = {
        "R": distance(found.codes, true.codes, sampling, first),
        "monores": distance(found.monores, true.monores, sampling, first),
    }
    for name in MAPS:
        one, other = found.maps[name], true.maps[name]
        if name == "anisotropy":
            steps = np.full(1, np.nan)
        else:
            steps = (sampling / one - sampling / other) / SPACING
        out[name] = _summary(steps, one - other, rank_correlation(-one, -other))
    return out


def rungs_passed(codes: np.ndarray, first: float) -> np.ndarray:
    """Position on a ladder in steps of the default's: 0 if not resolved, 1 at the first rung."""
    frequency = decode(codes)
    return np.where(frequency > 0, (frequency - first) / SPACING + 1, 0.0)


def distance(found: np.ndarray, true: np.ndarray, sampling: float, first: float) -> Distance:
    """Distance of codes from an oracle's codes of the same cells; parameters as above."""
    steps = rungs_passed(found, first) - rungs_passed(true, first)
    angstrom = _angstrom(found, sampling, first) - _angstrom(true, sampling, first)
    return _summary(steps, angstrom, rank_correlation(found.ravel(), true.ravel()))


def _summary(steps: np.ndarray, angstrom: np.ndarray, rank: float) -> Distance:
    return Distance(
        float(np.abs(steps).mean()),
        float(np.median(np.abs(steps))),
        float(np.median(np.abs(angstrom))),
        float(steps.mean()),
        float(angstrom.mean()),
        rank,
    )


def _angstrom(codes: np.ndarray, sampling: float, first: float) -> np.ndarray:
    frequency = decode(codes)
    return sampling / np.where(frequency > 0, frequency, np.float32(first))


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's, of a hundred thousand evenly chosen values at most."""
    stride = max(1, a.size // 100_000)
    a, b = a[::stride], b[::stride]
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(spearmanr(a, b)[0])
