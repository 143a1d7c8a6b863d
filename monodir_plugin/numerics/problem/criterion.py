"""Criteria as values of the Fourier shell correlation, and the ratios that they stand for.

If the map of all images has the signal-to-noise ratio ``SNR``, its half maps have ``SNR / 2`` each,
and their correlation is ``FSC = SNR / (SNR + 2)``.
"""

from __future__ import annotations

from ..checks.numbers import is_number, shown

__all__ = ["CRITERION", "fsc_of_snr", "snr_of_fsc"]

#: The criterion of the local resolution in cryoSPARC and Bsoft.
CRITERION = 0.5


def snr_of_fsc(fsc: float) -> float:
    """Signal-to-noise ratio of a map whose half maps have a correlation.

    Parameters
    ----------
    fsc : float
        Greater than 0 and less than 1.

    Raises
    ------
    ValueError
        If it is not a number between them.
    """
    if not (is_number(fsc) and 0 < fsc < 1):
        raise ValueError(
            f"a criterion of {shown(fsc)}: give an FSC value between 0 and 1, such as 0.5"
        )
    return 2 * fsc / (1 - fsc)


def fsc_of_snr(snr: float) -> float:
    """Correlation of the half maps of a map with a signal-to-noise ratio."""
    return snr / (snr + 2)
