"""Numbers as words."""

from __future__ import annotations

import numpy as np

from studies.experiments.measure import Outcome

__all__ = ["angle_words", "angstrom"]


def angle_words(outcome: Outcome) -> str:
    """The estimate of the angular error, in a few words."""
    angles = outcome.angles
    if angles.reason is not None or angles.low is None:
        return "no estimate"
    if angles.high is None:
        return f"at least {angles.low:.2f}" if angles.low > 0 else "none detected"
    if not angles.low > 0:
        return f"below {angles.high:.2f}"
    return f"{angles.sigma:.2f} ({angles.low:.2f} to {angles.high:.2f})"


def angstrom(value: float) -> str:
    """A resolution in Å, as a cell of a table."""
    return f"{value:.2f}" if np.isfinite(value) else "not res."
