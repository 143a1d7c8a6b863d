"""Spatial frequency at which a map was low-passed.

Most deposited maps were low-passed.  Beyond the edge of the filter, particle and solvent hold
almost no power, and their ratio says nothing.  The edge is found in the radial power of the noise:
over a factor of 1.2 in frequency, noise falls by a small factor, and a filtered map by orders of
magnitude.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

__all__ = ["end_of_information", "filter_edge"]

#: A filter's edge: the power falls by this factor ...
_DROP = 20.0
#: ... while the frequency grows by this one ...
_SPAN = 1.2
#: ... and information ends where it has fallen to this fraction.
_LEFT = 0.1


def filter_edge(power: np.ndarray, first: int) -> Optional[int]:
    """Last shell before a filter's edge in a radial power spectrum.

    Parameters
    ----------
    power : ndarray
        Power by shell.
    first : int
        First shell at which an edge is sought.

    Returns
    -------
    int or None
        Last shell with at least a tenth of the power before the edge, or ``None`` if there is no
        edge.
    """
    ahead = np.maximum.accumulate(power[::-1])[::-1]
    shells = np.arange(first, len(power) - 1)
    beyond = np.minimum(np.ceil(shells * _SPAN).astype(int), len(power) - 1)
    fallen = ahead[beyond] < ahead[shells] / _DROP
    if not fallen.any():
        return None
    start = shells[np.argmax(fallen)]
    return int(np.flatnonzero(power >= _LEFT * ahead[start]).max())


def end_of_information(power: np.ndarray, coarsest: float) -> Optional[float]:
    """Spatial frequency at which a map was low-passed, from the power of its noise.

    Parameters
    ----------
    power : ndarray
        Radial power by shell, from 0 to Nyquist (``NoisePower.radial``).
    coarsest : float
        Lowest frequency at which an edge is sought, cycles per voxel.

    Returns
    -------
    float or None
        Cycles per voxel; ``None`` if the noise continues to Nyquist.
    """
    size = 2 * (len(power) - 1)
    edge = filter_edge(power, max(1, int(coarsest * size)))
    return None if edge is None else edge / size
