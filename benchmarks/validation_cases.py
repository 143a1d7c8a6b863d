"""Simulated maps whose signal and noise are known apart, and more noise of the same kind.

A reconstruction is linear in its images, so the map of a case is ``clean + level * noise``
for every level, and fresh images of noise along the same views give fresh noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import numpy as np

from monodir_plugin.simulation import Particle, Reconstructor, Views, project
from monodir_plugin.simulation.noise import image_noise

__all__ = [
    "UNSEEN_VIEWS",
    "VIEWS",
    "Experiment",
    "make_experiment",
    "particles_of",
    "unseen_cases",
]

IMAGES = 500
SIZE = 64
#: How views are spread, by name.
VIEWS: Dict[str, Views] = {
    "uniform": Views(),
    "no side views": Views(tilts=(0.0, 70.0)),
    "missing cone": Views(tilts=(0.0, 50.0)),
}
#: Those of the cases that no rule was chosen on.
UNSEEN_VIEWS: Dict[str, Views] = {"preferred z": Views(concentration=3.0)}


@dataclass(frozen=True)
class Experiment:
    """A particle imaged along some views.

    Attributes
    ----------
    particle, views : str
        Names.
    sampling : float
        Voxel size, Å.
    mask : ndarray of bool, shape (N, N, N)
    clean : ndarray, shape (N, N, N), float32
        Reconstruction without noise.
    noise : ndarray, shape (n, N, N, N), float32
        Independent reconstructions of noise alone; a pixel's standard deviation is that of
        the clean images.
    """

    particle: str
    views: str
    sampling: float
    mask: np.ndarray
    clean: np.ndarray
    noise: np.ndarray

    @property
    def sampled(self) -> np.ndarray:
        """Every other voxel of the mask along x, y and z: neighbours say the same twice."""
        lattice = np.zeros_like(self.mask)
        lattice[::2, ::2, ::2] = True
        return self.mask & lattice

    def map(self, level: float, seed: int = -1) -> np.ndarray:
        """What an experimenter sees at a level of noise."""
        return self.clean + np.float32(level) * self.noise[seed]


def particles_of(models: Optional[Path], size: int = SIZE) -> Dict[str, Particle]:
    """The particles of the study; a second procedural one stands in for a missing model."""
    path = None if models is None else models / "1jyx_betagal.pdb"
    blob = Particle(None, size, 2.0)
    if path is None or not path.is_file():
        return {"blob": blob, "another blob": Particle(None, size, 2.0, seed=3)}
    return {"blob": blob, "β-gal": Particle(str(path), size, 4.5 * SIZE / size)}


def unseen_cases(models: Optional[Path], size: int = SIZE) -> List[Tuple[str, Particle, str]]:
    """Particles and views that no rule was chosen on; the proteasome where its model is there."""
    blob = Particle(None, size, 2.0, seed=2)
    cases = [("second blob", blob, "uniform"), ("second blob", blob, "preferred z")]
    path = None if models is None else models / "3j9i_proteasome.pdb"
    if path is not None and path.is_file():
        proteasome = Particle(str(path), size, 4.5 * SIZE / size)
        cases.append(("proteasome", proteasome, "preferred z"))
    return cases


def make_experiment(
    name: str, particle: Particle, views: str, seeds: int, threads: int = 2
) -> Experiment:
    """Image a particle without noise, and noise alone as often as asked for."""
    volume, mask = particle.density()
    spread, pixels = (np.random.default_rng(s) for s in np.random.SeedSequence(7).spawn(2))
    orientations = {**VIEWS, **UNSEEN_VIEWS}[views].draw(IMAGES, spread)
    images = project(volume, orientations, np.zeros((IMAGES, 2)), threads)
    reconstructor = Reconstructor(particle.size, orientations, threads)
    clean = reconstructor.reconstruct(images)
    sigma = float(images.std())
    noise = [
        reconstructor.reconstruct(image_noise(images.shape, sigma, 0.0, pixels))
        for _ in range(seeds)
    ]
    return Experiment(name, views, particle.sampling, mask, clean, np.array(noise))
