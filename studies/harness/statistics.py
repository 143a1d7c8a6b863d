"""Intervals of measured shares."""

from __future__ import annotations

from typing import Tuple

import scipy.stats

__all__ = ["binomial_interval"]


def binomial_interval(hits: int, count: int) -> Tuple[float, float]:
    """The 95 % interval of a share (Clopper and Pearson, Biometrika 26, 404, 1934).

    Parameters
    ----------
    hits, count : int

    Returns
    -------
    low, high : float
    """
    found = scipy.stats.binomtest(int(hits), int(count)).proportion_ci(0.95, "exact")
    return float(found.low), float(found.high)
