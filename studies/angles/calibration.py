"""Records that hold an estimate, and the constants that the training maps give."""

from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy as np
import scipy.stats
from scipy.optimize import minimize

from studies.harness import Record, column, some

__all__ = ["constants_of", "estimated"]


def estimated(records: Sequence[Record], **wanted: object) -> List[Record]:
    """Records with an estimate whose columns have the given values."""
    return [r for r in some(records, **wanted) if "reason" not in r]


def constants_of(records: Sequence[Record]) -> Tuple[float, float]:
    """Likeliest shared and relative error of the training maps, with the noise of half maps.

    The noise of the solvent is left out, because it gives lower bounds only; hollow particles are,
    because no estimate is given for them.

    Raises
    ------
    ValueError
        If no record has the fit behind its estimate.
    """
    given = estimated(records, half="training", noise_from="half maps")
    fits = [r for r in given if "fit_squared" in r]
    if not fits:
        raise ValueError("the table has no columns of fits: measure again, without --keep")
    sigma2 = np.deg2rad(column(fits, "sigma")) ** 2
    squared, error, common, freedom = (
        column(fits, f"fit_{name}") for name in ("squared", "error", "common", "freedom")
    )

    def cost(logs: np.ndarray) -> float:
        shared, relative = np.exp(logs)
        known = error**2 + (shared * common) ** 2
        scale = np.sqrt(known + (relative * sigma2) ** 2)
        many = freedom * (known / error**2) ** 2
        chance = scipy.stats.t.logpdf((squared - sigma2) / scale, many) - np.log(scale)
        return -float(np.sum(chance))

    best = minimize(cost, np.log([0.05, 0.1]), method="Nelder-Mead").x
    return float(np.exp(best[0])), float(np.exp(best[1]))
