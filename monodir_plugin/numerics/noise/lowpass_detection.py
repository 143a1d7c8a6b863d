"""Where the information of a map ends.

Most deposited maps were low-passed.  Beyond the filter's edge particle and
solvent hold next to nothing, and a test of their ratio goes on passing.  The
edge shows in the radial power of the noise: real noise falls by a factor of a
few over a fifth of the spectrum, a filter by orders of magnitude.
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
        Shell from which on to look.

    Returns
    -------
    int or None
        Last shell with at least a tenth of the power in front of the edge, or
        ``None`` if there is no edge.
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
        Frequency from which on to look, cycles per voxel.

    Returns
    -------
    float or None
        Cycles per voxel; ``None`` if the noise goes on to Nyquist.
    """
    size = 2 * (len(power) - 1)
    edge = filter_edge(power, max(1, int(coarsest * size)))
    return None if edge is None else edge / size
