"""A whole experiment: noisy images of a particle, and the maps reconstructed from them.

The reconstruction is linear in the images, so that signal and noise are reconstructed separately;
the map is their sum.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..numerics.checks.numbers import is_finite, is_whole, shown
from .noise import image_noise
from .particle import check_seed
from .projection import project
from .reconstruction import Reconstructor
from .views import Views, with_angular_errors

__all__ = ["Imaging", "Simulated", "simulate"]

#: Parts of a simulation whose end is reported: the images, the map and each half map.
_STEPS = 4


@dataclass(frozen=True)
class Imaging:
    """Parameters of a simulated experiment.

    Attributes
    ----------
    images : int
        Number of projections, at least 2.
    views : Views
        Distribution of the views.
    noise : float
        Standard deviation of the noise of a pixel, in units of the standard deviation of the
        noise-free projections over all pixels of all images, including solvent.
    colour : float
        The noise power is proportional to the spatial frequency to the power of ``-colour``.
    angle_error : float
        Standard deviation of the angular errors, degrees, as in
        :func:`monodir_plugin.simulation.views.with_angular_errors`.
    shift_error : float
        Standard deviation of the errors of the centre along x and y, voxels.
    seed : int
        Seed of all random numbers.

    Raises
    ------
    InputError
        If a value is of another type, or outside its range.
    """

    images: int = 500
    views: Views = field(default_factory=Views)
    noise: float = 1.0
    colour: float = 0.0
    angle_error: float = 0.0
    shift_error: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not (is_whole(self.images) and self.images >= 2):
            raise InputError(f"number of images {shown(self.images)}: half maps need at least 2")
        if not isinstance(self.views, Views):
            raise InputError(f"views of {self.views}: give a record of the class Views")
        for deviation in (self.noise, self.angle_error, self.shift_error):
            if not (is_finite(deviation) and deviation >= 0):
                raise InputError(
                    "a standard deviation of noise, angular or shift errors is "
                    f"{shown(deviation)}; give 0 or more"
                )
        if not is_finite(self.colour):
            raise InputError(f"a noise colour of {shown(self.colour)}: give a number, such as 0")
        check_seed(self.seed)


@dataclass(frozen=True)
class Simulated:
    """Maps of a simulated experiment, all float32 ``[z, y, x]``, shape (N, N, N).

    Attributes
    ----------
    imaging : Imaging
    orientations : Rotation
        Those that the reconstruction assumes, without the angular errors.
    clean : ndarray
        Reconstruction of the images without noise, but with angular and shift errors.
    noise : ndarray
        Reconstruction of the noise alone.
    half1, half2 : ndarray
        Reconstructions of every other image, with signal and noise.
    """

    imaging: Imaging
    orientations: Rotation
    clean: np.ndarray
    noise: np.ndarray
    half1: np.ndarray
    half2: np.ndarray

    @property
    def map(self) -> np.ndarray:
        """Reconstruction of all images, with signal and noise."""
        return self.clean + self.noise


def _silent(done: int, total: int) -> None:
    """Show no progress."""


def simulate(
    particle: np.ndarray,
    imaging: Imaging,
    threads: int = 1,
    progress: Callable[[int, int], None] = _silent,
) -> Simulated:
    """Simulate images of a particle and reconstruct maps from them.

    Parameters
    ----------
    particle : ndarray, shape (N, N, N)
        ``[z, y, x]``; it must fit into a sphere of diameter N about the centre of the box.
    imaging : Imaging
    threads : int
    progress : callable
        ``progress(done, total)`` is called after the images, the map and each half map are made.

    Returns
    -------
    Simulated
        The same parameters give the same maps, except for rounding.
    """
    # Separate random streams, so that for example the noise level does not change the views.
    spread, angles, centres, pixels = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(imaging.seed).spawn(4)
    )
    assumed = imaging.views.draw(imaging.images, spread)
    true = with_angular_errors(assumed, imaging.angle_error, angles)
    shifts = centres.normal(scale=imaging.shift_error, size=(imaging.images, 2))
    signal = project(particle, true, shifts, threads)
    sigma = imaging.noise * signal.std()
    grains = image_noise(signal.shape, sigma, imaging.colour, pixels)
    progress(1, _STEPS)
    size = particle.shape[0]
    of_all = Reconstructor(size, assumed, threads)
    clean, noise = of_all.reconstruct(signal), of_all.reconstruct(grains)
    progress(2, _STEPS)
    halves = []
    for step, part in ((3, slice(0, None, 2)), (4, slice(1, None, 2))):
        half = Reconstructor(size, assumed[part], threads)
        halves.append(half.reconstruct(signal[part] + grains[part]))
        progress(step, _STEPS)
    return Simulated(imaging, assumed, clean, noise, *halves)
