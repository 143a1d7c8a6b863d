"""Distances of an estimate from the oracle."""

from __future__ import annotations

from typing import Dict

import numpy as np
from scipy.stats import rankdata

from studies.truth.filters import GRID

__all__ = ["compare_maps", "compare_tables", "derived", "rank", "share_without_data", "values_of"]

#: Coarse limit, cycles per voxel: what a pair that is not resolved counts as.
COARSE = float(GRID[0])


def values_of(frequency: np.ndarray) -> np.ndarray:
    """Frequencies with the coarse limit where nothing is resolved, or something coarser is."""
    return np.maximum(frequency, np.float32(COARSE))


def derived(frequency: np.ndarray, sampling: float) -> Dict[str, np.ndarray]:
    """Maps of a table as the paper defines them.

    Parameters
    ----------
    frequency : ndarray, shape (axes, voxels)
        Cycles per voxel; 0: not resolved.
    sampling : float
        Voxel size, Å.

    Returns
    -------
    dict of str to ndarray, shape (voxels,)
        Å: ``highest`` (5 % quantile over the axes), ``lowest`` (95 %), ``adr`` their mean,
        ``anisotropy`` half of the 83 % less the 17 % quantile.
    """
    angstrom = sampling / values_of(frequency)
    low, q17, q83, high = np.quantile(angstrom, [0.05, 0.17, 0.83, 0.95], axis=0)
    return {
        "highest": low,
        "lowest": high,
        "adr": (low + high) / 2,
        "anisotropy": (q83 - q17) / 2,
    }


def compare_tables(found: np.ndarray, true: np.ndarray, sampling: float) -> Dict[str, float]:
    """Every distance of a table from the oracle's.

    Parameters
    ----------
    found, true : ndarray, shape (axes, voxels)
        Cycles per voxel; 0: not resolved.
    sampling : float
        Voxel size, Å.

    Returns
    -------
    dict of str to float
        ``error`` (mean absolute) and ``bias`` in cycles per voxel, ``error_per_A`` in 1/Å,
        ``rank`` of all pairs, ``rank_within_voxels``, ``rank_interaction``; ``error_`` of
        highest, lowest and adr in cycles per voxel and of anisotropy in Å,
        ``rank_anisotropy``; shares not resolved.
    """
    one, other = values_of(found), values_of(true)
    error = one - other
    result = {
        "error": float(np.abs(error).mean()),
        "error_per_A": float(np.abs(error).mean() / sampling),
        "bias": float(error.mean()),
        "rank": rank(one, other),
        "rank_within_voxels": _rank_within(one, other),
        "rank_interaction": rank(_interaction(one), _interaction(other)),
    }
    mine, theirs = derived(found, sampling), derived(true, sampling)
    for name in ("highest", "lowest", "adr"):
        step = sampling / mine[name] - sampling / theirs[name]
        result[f"error_{name}"] = float(np.abs(step).mean())
    result["error_anisotropy"] = float(np.abs(mine["anisotropy"] - theirs["anisotropy"]).mean())
    result["rank_anisotropy"] = rank(mine["anisotropy"], theirs["anisotropy"])
    result["unresolved"] = float(np.mean(found == 0))
    result["unresolved_oracle"] = float(np.mean(true == 0))
    return result


def compare_maps(found: np.ndarray, true: np.ndarray) -> Dict[str, float]:
    """Distances of a map without direction: error and bias in cycles per voxel, rank."""
    one, other = values_of(found), values_of(true)
    return {
        "error": float(np.abs(one - other).mean()),
        "bias": float((one - other).mean()),
        "rank": rank(one, other),
    }


def rank(one: np.ndarray, other: np.ndarray, most: int = 200_000) -> float:
    """Spearman's rank correlation of at most so many evenly spaced values; nan if one is flat."""
    stride = max(1, one.size // most)
    a, b = one.ravel()[::stride], other.ravel()[::stride]
    return _pearson(rankdata(a), rankdata(b))


def share_without_data(found: np.ndarray, empty: np.ndarray) -> float:
    """Share of the pairs along axes without data that an estimate calls resolved.

    Parameters
    ----------
    found : ndarray, shape (axes, voxels)
    empty : ndarray of bool, shape (axes,)

    Returns
    -------
    float
        NaN if every axis has data.
    """
    return float(np.mean(found[empty] > 0)) if empty.any() else float("nan")


def _rank_within(one: np.ndarray, other: np.ndarray) -> float:
    """Mean over the voxels of the rank correlation over the axes; flat voxels are left out."""
    a, b = (rankdata(each, axis=0) for each in (one, other))
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    norm = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    some = (b**2).sum(axis=0) > 0
    if not some.any():
        return float("nan")
    return float(np.mean(np.where(norm > 0, (a * b).sum(axis=0) / np.maximum(norm, 1e-9), 0)[some]))


def _interaction(values: np.ndarray) -> np.ndarray:
    """The values less the mean of their axis and the mean of their voxel, plus the mean of all."""
    return values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()


def _pearson(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / norm if norm > 0 else float("nan")
