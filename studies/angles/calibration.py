"""Records that hold an estimate, and the constants that the training maps give."""

from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy as np
import scipy.stats

from studies.harness import Record, column, some

__all__ = ["constants_of", "estimated"]

#: Shared and relative errors that are tried; beyond their ends they are not likely.
_SHARED, _RELATIVE = np.linspace(0.0, 0.2, 41), np.linspace(0.0, 0.4, 41)


def estimated(records: Sequence[Record], **wanted: object) -> List[Record]:
    """Records with an estimate whose columns have the given values."""
    return [r for r in some(records, **wanted) if "reason" not in r]


def constants_of(records: Sequence[Record], half: str = "training") -> Tuple[float, float]:
    """Shared and relative error of maps, with the noise of half maps.

    Few maps do not determine both: each explains much of what the other would.  Instead of the
    likeliest pair, the roots of the means of their squares are taken, over all pairs by their
    likelihood.  The noise of the solvent is left out, because it gives lower bounds only; hollow
    particles are, because no estimate is given for them.

    Parameters
    ----------
    records : sequence of Record
    half : str
        The half of the study.

    Returns
    -------
    shared, relative : float

    Raises
    ------
    ValueError
        If no record has the fit behind its estimate.
    """
    given = estimated(records, half=half, noise_from="half maps")
    fits = [r for r in given if "fit_squared" in r]
    if not fits:
        raise ValueError("the table has no columns of fits: measure again, without --keep")
    sigma2 = np.deg2rad(column(fits, "sigma")) ** 2
    squared, error, common, freedom = (
        column(fits, f"fit_{name}") for name in ("squared", "error", "common", "freedom")
    )
    known = error**2 + (_SHARED[:, None] * common) ** 2
    scale = np.sqrt(known[:, None] + (_RELATIVE[:, None] * sigma2) ** 2)
    many = (freedom * (known / error**2) ** 2)[:, None]
    chance = scipy.stats.t.logpdf((squared - sigma2) / scale, many) - np.log(scale)
    likelihood = chance.sum(axis=2)
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    shared = np.sqrt(weight.sum(axis=1) @ _SHARED**2)
    return float(shared), float(np.sqrt(weight.sum(axis=0) @ _RELATIVE**2))
