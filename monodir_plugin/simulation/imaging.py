"""A whole experiment: from a particle to the maps of a set of noisy images.

The reconstruction is linear in the images, so signal and noise are reconstructed
apart, and the map is their sum.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError
from .noise import image_noise
from .projection import project
from .reconstruction import Reconstructor
from .views import Views, misjudged

__all__ = ["Imaging", "Simulated", "simulate"]


@dataclass(frozen=True)
class Imaging:
    """Parameters of a simulated experiment.

    Attributes
    ----------
    images : int
        Number of projections, at least 2.
    views : Views
        How they are spread.
    noise : float
        Standard deviation of the noise of a pixel, in standard deviations of the
        clean projections: over all pixels of all images, solvent included.
    colour : float
        Power of the noise goes as spatial frequency to the minus ``colour``.
    angle_error : float
        Standard deviation of the errors of view angles, degrees, as in
        :func:`monodir_plugin.simulation.views.misjudged`.
    shift_error : float
        Standard deviation of the errors of the centre along x and y, voxels.
    seed : int
        Of all that is random.
    """

    images: int = 500
    views: Views = field(default_factory=Views)
    noise: float = 1.0
    colour: float = 0.0
    angle_error: float = 0.0
    shift_error: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.images < 2:
            raise InputError(f"{self.images} images: half maps need at least 2")
        if min(self.noise, self.angle_error, self.shift_error) < 0:
            raise InputError("noise and errors are standard deviations: give none below 0")


@dataclass(frozen=True)
class Simulated:
    """Maps of a simulated experiment, all float32 ``[z, y, x]``, shape (N, N, N).

    Attributes
    ----------
    imaging : Imaging
    orientations : Rotation
        As assumed by the reconstruction: without their errors.
    clean : ndarray
        Reconstruction of the images without noise, errors of angles and shifts included.
    noise : ndarray
        Reconstruction of their noise alone.
    half1, half2 : ndarray
        Of every other image, signal and noise.
    """

    imaging: Imaging
    orientations: Rotation
    clean: np.ndarray
    noise: np.ndarray
    half1: np.ndarray
    half2: np.ndarray

    @property
    def map(self) -> np.ndarray:
        """The map that an experimenter sees: of all images, signal and noise."""
        return self.clean + self.noise


def simulate(particle: np.ndarray, imaging: Imaging, threads: int = 1) -> Simulated:
    """Image a particle and reconstruct it.

    Parameters
    ----------
    particle : ndarray, shape (N, N, N)
        ``[z, y, x]``; it must fit a sphere of diameter N about the centre of the box.
    imaging : Imaging
    threads : int

    Returns
    -------
    Simulated
        The same for the same parameters, but for rounding.
    """
    # One stream for each kind of randomness: more noise changes nothing but the noise.
    spread, angles, centres, pixels = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(imaging.seed).spawn(4)
    )
    assumed = imaging.views.draw(imaging.images, spread)
    true = misjudged(assumed, imaging.angle_error, angles)
    shifts = centres.normal(scale=imaging.shift_error, size=(imaging.images, 2))
    signal = project(particle, true, shifts, threads)
    grains = image_noise(signal.shape, imaging.noise * signal.std(), imaging.colour, pixels)
    size = particle.shape[0]
    everything = Reconstructor(size, assumed, threads)
    clean, noise = everything.reconstruct(signal), everything.reconstruct(grains)
    halves = [
        Reconstructor(size, assumed[part], threads).reconstruct(signal[part] + grains[part])
        for part in (slice(0, None, 2), slice(1, None, 2))
    ]
    return Simulated(imaging, assumed, clean, noise, *halves)
