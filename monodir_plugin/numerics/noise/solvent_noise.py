"""The solvent of a map with the power of its noise, measured once for everything that needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..fourier.spectrum import unit_gain
from ..parallel.threads import in_threads
from ..solvent.region import Solvent, off_the_border, off_the_particle
from .noise_power import NoisePower, noise_power

__all__ = ["SolventNoise", "solvent_noise"]


@dataclass(frozen=True)
class SolventNoise:
    """Solvent, its noise, and the particle beside it.

    Attributes
    ----------
    solvent : Solvent
    noise : NoisePower
        Power of the map in the solvent, with the map's gain (:func:`.unit_gain`).
    particle : NoisePower
        The same inside the mask, off the border of the box.
    """

    solvent: Solvent
    noise: NoisePower
    particle: NoisePower


def solvent_noise(
    volume: np.ndarray,
    mask: np.ndarray,
    exclude: Optional[np.ndarray] = None,
    threads: int = 1,
) -> SolventNoise:
    """Find the solvent off the particle, and measure the power there and inside the mask.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``.
    mask : ndarray of bool, shape (N, N, N)
        The particle.
    exclude : ndarray of bool, shape (N, N, N), optional
        Voxels that are neither particle nor noise.
    threads : int

    Returns
    -------
    SolventNoise

    Raises
    ------
    NoNoiseError
        If the solvent holds no noise.
    """
    solvent = off_the_particle(volume, mask, None, exclude, threads)
    gain = unit_gain(volume)

    def power(region: np.ndarray) -> NoisePower:
        return noise_power(volume, region, gain)

    noise, particle = in_threads(power, (solvent.region, off_the_border(mask)), threads)
    return SolventNoise(solvent, noise, particle)
