"""Correlation curves over Fourier shells: from sums over coefficients to a resolution."""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from ..numerics.fourier.directional_shell_sums import quotient

__all__ = ["correlation", "cross_products", "crossing", "pooled"]

#: Number of independent coefficients in a value of a curve, for which shells are pooled, and the
#: least standard deviation of the Gaussian that pools them, shells.
_ENOUGH, _NARROW = 50.0, 0.5
#: Independent coefficients with which a shell has its full weight in the search for the end of a
#: curve, and the number of such shells below the threshold that end it.
_FULL_WEIGHT, _END = 10.0, 3.0


def cross_products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Products of two half spectra from which their correlation is computed.

    Parameters
    ----------
    first, second : ndarray, shape (N, N, N // 2 + 1), complex64
        F and G.

    Returns
    -------
    ndarray, shape (3, N, N, N // 2 + 1), float32
        The real part of ``F conj(G)``, ``|F|²`` and ``|G|²``.
    """
    return np.stack(
        [
            first.real * second.real + first.imag * second.imag,
            first.real**2 + first.imag**2,
            second.real**2 + second.imag**2,
        ]
    )


def correlation(sums: np.ndarray) -> np.ndarray:
    """Correlation from sums of the three :func:`cross_products`; 0 where a map has no power.

    Parameters
    ----------
    sums : ndarray, shape (3, ...)

    Returns
    -------
    ndarray, shape (...), float64
    """
    return quotient(sums[0], np.sqrt(sums[1] * sums[2]))


def pooled(
    sums: np.ndarray, counts: np.ndarray, independent: float
) -> Tuple[np.ndarray, np.ndarray]:
    """Pool neighbouring shells where cones hold few independent coefficients.

    Sums are weighted by a Gaussian over shells that is just wide enough for fifty independent
    coefficients, but whose standard deviation is at most a sixth of the shell's radius.

    Parameters
    ----------
    sums : ndarray, shape (k, axes, shells)
        In cones, scaled so that all shells have about the same power.
    counts : ndarray, shape (axes, shells)
        Coefficients in cones.
    independent : float
        Ratio of the number of independent complex coefficients to that of all coefficients.

    Returns
    -------
    sums : ndarray
        Array of the same shape.
    numbers : ndarray, shape (axes, shells)
        Effective number of coefficients in the pooled sums.
    """
    number = np.arange(counts.shape[1])
    held = np.maximum(independent * counts.mean(axis=0), 1e-3)
    width = np.clip(_ENOUGH / held / np.sqrt(2 * np.pi), _NARROW, np.maximum(number / 6, _NARROW))
    weight = np.exp(-0.5 * ((number[:, None] - number) / width[:, None]) ** 2)
    return sums @ weight.T, quotient((counts @ weight.T) ** 2, counts @ (weight**2).T)


def crossing(fsc: np.ndarray, threshold: float, numbers: Optional[np.ndarray] = None) -> np.ndarray:
    """Shell at which curves fall below a threshold and stay below it.

    Every shell has a score, from 1 well above the threshold over 0 at it to -1 well below it;
    shells of few coefficients have smaller scores.  A curve ends when the sum of its scores has
    fallen from its highest value by that of three shells, and the crossing lies where the sum was
    highest.  A single shell below the threshold, before others above it, does not end a curve, and
    shells beyond the end are ignored.  (Without an end, the crossing is that of the decreasing
    step function that fits the scores best.)

    In simulations of known signal-to-noise ratio the mean of the crossing is right within 0.8
    shells if cones hold at least six independent coefficients in its shell, where the first
    crossing is up to 13 shells too early; with fewer of them it is right within 1.5 shells.

    Parameters
    ----------
    fsc : ndarray, shape (n, shells)
        Curves from shell 0 on, which is ignored.
    threshold : float
    numbers : ndarray, shape (n, shells), optional
        Independent coefficients in every shell; default: at least ten in each.

    Returns
    -------
    ndarray, shape (n,), float64
        Shell, interpolated; 1 where a curve begins below the threshold, and the last shell where it
        never falls below it.
    """
    score = np.clip((fsc - threshold) / min(threshold, 1 - threshold), -1.0, 1.0)
    if numbers is not None:
        score *= np.minimum(numbers / _FULL_WEIGHT, 1.0)
    score[:, 0] = 0.0
    total = np.cumsum(score, axis=1)
    ended = np.maximum.accumulate(total, axis=1) - total >= _END
    last = np.where(np.logical_or.accumulate(ended, axis=1), -np.inf, total).argmax(axis=1)
    rows = np.arange(len(fsc))
    before, after = fsc[rows, last], fsc[rows, np.minimum(last + 1, fsc.shape[1] - 1)]
    fallen = (last > 0) & (last < fsc.shape[1] - 1)
    share = np.divide(before - threshold, before - after, out=np.zeros(len(fsc)), where=fallen)
    return np.maximum(last + share, 1.0)
