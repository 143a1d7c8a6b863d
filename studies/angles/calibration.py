"""Records that hold an estimate, and the constants that the training maps give."""

from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy as np
import scipy.stats
from scipy.optimize import minimize

from studies.harness import Record, column, some

__all__ = ["constants_of", "estimated"]

#: Degrees of freedom of Student's distribution of the deviations, in the fit of the constants.
_FREEDOM = 5.0


def estimated(records: Sequence[Record], **wanted: object) -> List[Record]:
    """Records with an estimate whose columns have the given values."""
    return [r for r in some(records, **wanted) if "reason" not in r]


def constants_of(records: Sequence[Record]) -> Tuple[float, float]:
    """Likeliest common deviation and relative error of the training maps, over both noises.

    Raises
    ------
    ValueError
        If no record has the fit behind its estimate.
    """
    fits = [r for r in records if r["half"] == "training" and "fit_squared" in r]
    if not fits:
        raise ValueError("the table has no columns of fits: measure again, without --keep")
    sigma2 = np.deg2rad(column(fits, "sigma")) ** 2
    squared, error, common = (
        column(fits, f"fit_{name}") for name in ("squared", "error", "common")
    )

    def cost(logs: np.ndarray) -> float:
        shared, relative = np.exp(logs)
        scale = np.sqrt(error**2 + (shared * common) ** 2 + (relative * sigma2) ** 2)
        chance = scipy.stats.t.logpdf((squared - sigma2) / scale, _FREEDOM) - np.log(scale)
        return -float(np.sum(chance))

    best = minimize(cost, np.log([0.03, 0.1]), method="Nelder-Mead").x
    return float(np.exp(best[0])), float(np.exp(best[1]))
