"""What the estimators need to know of the noise of a map.

``docs/extend/noise_model.rst`` shows how to add a noise model.
"""

from __future__ import annotations

from typing import Callable, Protocol

import numpy as np

__all__ = ["MakeNoiseModel", "NoiseModel"]


class NoiseModel(Protocol):
    """Power of the noise of a map.

    :class:`.noise_power.NoisePower` is the model of both presets: measured where the map holds
    noise alone.
    """

    @property
    def power(self) -> np.ndarray:
        """Expected squared modulus of every Fourier coefficient of a box full of the noise.

        Shape (N, N, N // 2 + 1), float32, in squared units of the map times its gain, for the
        unnormalised transform: white noise of variance 1 has ``N**3``.  The array is writable: the
        estimator whitens it in place.
        """

    @property
    def radial(self) -> np.ndarray:
        """Mean of the power over Fourier shells, shape (N // 2 + 1,), float64."""


#: ``(volume, region, gain, threads) -> NoiseModel``: volume (N, N, N), the map or half of the
#: difference of half maps; region bool (N, N, N), where it holds noise alone; gain, the factor that
#: is applied to the map before it is transformed; threads, the number of threads.
MakeNoiseModel = Callable[[np.ndarray, np.ndarray, float, int], NoiseModel]
