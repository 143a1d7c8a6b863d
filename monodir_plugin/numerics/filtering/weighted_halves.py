"""Whether a map is a weighted mean of the half maps, and which.

A refinement reconstructs its map from all images.  At every spatial frequency this is a mean of the
half maps, weighted by how many images of either half contribute there.  Where the halves are
unlike, by chance or because one has fewer images or fewer views, it is stronger than their plain
mean, which a run measures: of a coefficient that one half alone holds, the plain mean has half.
"""

from __future__ import annotations

from typing import Optional

import numpy as np
import scipy.fft

__all__ = ["weighted_halves"]

#: A map is a mean of the half maps if the best weights leave less than this share of its difference
#: from their plain mean.  Reconstructions of all images leave 0.03 to 0.28, sharpened maps, maps
#: with added noise and models 0.47 or more.
_LEFT = 0.35
_TINY = 1e-30


def weighted_halves(
    volume: np.ndarray, mean: np.ndarray, noise: np.ndarray, threads: int = 1
) -> Optional[np.ndarray]:
    """The mean of the half maps whose weights by Fourier coefficient fit a map best.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        On any grey scale.
    mean, noise : ndarray, shape (N, N, N)
        Half of the sum, and of the difference, of the half maps.
    threads : int

    Returns
    -------
    ndarray, shape (N, N, N), float32, or None
        ``None`` if the map is no such mean.
    """
    given, plain, apart = (
        scipy.fft.rfftn(np.asarray(values, np.float32), workers=threads)
        for values in (volume, mean, noise)
    )
    scale = float(np.vdot(plain, given).real / max(float(np.vdot(plain, plain).real), _TINY))
    if not scale > 0:
        return None
    given /= np.float32(scale)
    given -= plain
    before = float(np.vdot(given, given).real)
    # Weights of 0 and 1 are those of one half alone.
    product = given.real * apart.real + given.imag * apart.imag
    product /= np.maximum(apart.real**2 + apart.imag**2, np.float32(_TINY))
    apart *= np.clip(product, -1, 1)
    given -= apart
    if not float(np.vdot(given, given).real) < _LEFT * before:
        return None
    plain += apart
    found = scipy.fft.irfftn(plain, s=mean.shape, workers=threads)
    return np.asarray(found, np.float32)
