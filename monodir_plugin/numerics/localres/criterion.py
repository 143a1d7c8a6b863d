"""Criteria as values of the Fourier shell correlation, and the ratio that they stand for.

With the ratio ``SNR`` of the powers of signal and noise in a map of all images, half of them have
``SNR / 2`` each, and their correlation is ``FSC = SNR / (SNR + 2)``.
"""

from __future__ import annotations

__all__ = ["CRITERION", "fsc_of_snr", "snr_of_fsc"]

#: That of cryoSPARC's and Bsoft's local resolution.
CRITERION = 0.5


def snr_of_fsc(fsc: float) -> float:
    """Signal-to-noise ratio of a map whose half maps have a correlation.

    Parameters
    ----------
    fsc : float
        Greater than 0 and less than 1.
    """
    if not 0 < fsc < 1:
        raise ValueError(f"a criterion of {fsc:g}: name an FSC value between 0 and 1, as 0.5")
    return 2 * fsc / (1 - fsc)


def fsc_of_snr(snr: float) -> float:
    """Correlation of half maps of a map with a signal-to-noise ratio."""
    return snr / (snr + 2)
