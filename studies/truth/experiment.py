"""Maps of a case: signal and noise, reconstructed separately from the same views.

Reconstruction is linear in the images, so a map is the sum of the two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np
from scipy.ndimage import gaussian_filter

from monodir_plugin.numerics.geometry.soft_edges import soft_mask
from monodir_plugin.simulation import Particle, Reconstructor, project
from monodir_plugin.simulation.noise import image_noise
from studies.harness import Cache
from studies.truth.cases import MODELS, Case, draw_views, streams_of

__all__ = [
    "Experiment",
    "density_of",
    "image",
    "make_experiment",
    "sampled_voxels",
    "with_excess_noise",
]

#: Independent noise reconstructions that the oracle's noise power is the mean of.
REALISATIONS = 4
#: Share of the mask's voxels, at its +x end, that belong to the flexible domain.
_FLEXIBLE_SHARE = 0.3
#: Gaussian blur of the flexible domain, and width of its soft border, voxels.
_FLEXIBLE_BLUR, _FLEXIBLE_EDGE = 1.5, 2.0
#: Change this when an experiment with the same parameters would come out differently.
_VERSION = 1

Density = Tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Experiment:
    """Maps of a case, float32 ``[z, y, x]``, shape (N, N, N).

    Attributes
    ----------
    case : Case
    mask : ndarray of bool
        The particle.
    clean, noise : ndarray
        Reconstructions of all images without noise, and of their noise alone.
    half1, half2 : ndarray
        Reconstructions of every other image, signal and noise.
    noises : ndarray, shape (realisations, N, N, N)
        Further independent reconstructions of noise alone.
    flexible : ndarray of bool
        The flexible domain; empty where there is none.
    excess : float
        Power of ``noise`` inside the mask over that of ``noises``.
    """

    case: Case
    mask: np.ndarray
    clean: np.ndarray
    noise: np.ndarray
    half1: np.ndarray
    half2: np.ndarray
    noises: np.ndarray
    flexible: np.ndarray
    excess: float = 1.0

    @property
    def single(self) -> np.ndarray:
        """The map of all images, signal and noise."""
        return self.clean + self.noise

    @property
    def mean(self) -> np.ndarray:
        """Mean of the half maps."""
        return (self.half1 + self.half2) / 2

    @property
    def difference(self) -> np.ndarray:
        """Half of the difference of the half maps: the noise of their mean."""
        return (self.half1 - self.half2) / 2

    @property
    def voxels(self) -> np.ndarray:
        """Flat indices, in the whole box, of the voxels that are compared, shape (voxels,)."""
        return sampled_voxels(self.mask)


def with_excess_noise(experiment: Experiment, power: float) -> Experiment:
    """The same with stronger noise inside the mask than in the solvent; half maps unchanged.

    Parameters
    ----------
    experiment : Experiment
    power : float
        Factor of the noise power inside the mask.
    """
    gain = 1 + (np.sqrt(power) - 1) * soft_mask(experiment.mask, 4.0)
    noise = (experiment.noise * gain).astype(np.float32)
    return replace(experiment, noise=noise, excess=power)


def sampled_voxels(mask: np.ndarray) -> np.ndarray:
    """Flat indices of every other voxel of a mask along x, y and z, ascending."""
    lattice = np.zeros_like(mask)
    lattice[::2, ::2, ::2] = True
    return np.flatnonzero(mask & lattice)


def image(
    density: np.ndarray,
    mask: np.ndarray,
    case: Case,
    threads: int = 1,
    flexible: Optional[np.ndarray] = None,
    realisations: int = REALISATIONS,
) -> Experiment:
    """Image a density along the views of a case, and reconstruct signal and noise.

    Parameters
    ----------
    density : ndarray, shape (N, N, N)
    mask : ndarray of bool, shape (N, N, N)
    case : Case
    threads : int
    flexible : ndarray of bool, optional
    realisations : int
        Further reconstructions of noise alone.

    Returns
    -------
    Experiment
    """
    spread, pixels = streams_of(case)
    orientations = draw_views(case.views, case.images, spread)
    signal = project(density, orientations, threads=threads)
    sigma = case.noise * float(signal.std()) if signal.any() else case.noise
    grains = image_noise(signal.shape, sigma, 0.0, pixels)
    every = Reconstructor(case.size, orientations, threads)
    half1, half2 = (
        Reconstructor(case.size, orientations[part], threads).reconstruct(
            signal[part] + grains[part]
        )
        for part in (slice(0, None, 2), slice(1, None, 2))
    )
    noises = [
        every.reconstruct(image_noise(signal.shape, sigma, 0.0, pixels))
        for _ in range(realisations)
    ]
    nowhere = np.zeros_like(mask) if flexible is None else flexible
    clean, noise = every.reconstruct(signal), every.reconstruct(grains)
    return Experiment(case, mask, clean, noise, half1, half2, np.array(noises), nowhere)


def make_experiment(
    case: Case,
    models: Path,
    cache: Cache,
    threads: int = 1,
    change: Optional[Tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = None,
) -> Experiment:
    """Maps of a case, from the cache where they are there.

    Parameters
    ----------
    case : Case
    models : Path
        Folder of atomic models.
    cache : Cache
    threads : int
    change : (str, callable), optional
        Name, and ``(density, mask) -> density``: what is imaged instead of the particle.
    """

    def make() -> Dict[str, np.ndarray]:
        density, mask = density_of(case, models)
        flexible = np.zeros_like(mask)
        if case.flexible:
            density, flexible = _with_flexible_domain(density, mask)
        if change is not None:
            density = change[1](density, mask)
        made = image(density, mask, case, threads, flexible)
        names = ("mask", "clean", "noise", "half1", "half2", "noises", "flexible")
        return {name: getattr(made, name) for name in names}

    key = (case, _VERSION, change and change[0])
    stored: Dict[str, Any] = cache.arrays(f"maps-{case.name}", key, make)
    del stored["seconds"]
    return Experiment(case, **stored)


def density_of(case: Case, models: Path) -> Density:
    """Density and mask of the particle of a case; see Particle.density."""
    model = None if case.model == "blob" else str(models / MODELS[case.model])
    return Particle(model, case.size, case.sampling, seed=case.seed).density()


def _with_flexible_domain(density: np.ndarray, mask: np.ndarray) -> Density:
    """The density blurred at the particle's +x end, and that end of the mask."""
    x = np.broadcast_to(np.arange(mask.shape[2]), mask.shape)
    border = float(np.quantile(x[mask], 1 - _FLEXIBLE_SHARE))
    weight = 1 / (1 + np.exp(-(x - border) / (_FLEXIBLE_EDGE / 4)))
    blurred = gaussian_filter(density * weight, _FLEXIBLE_BLUR)
    changed = density * (1 - weight) + blurred
    return changed.astype(np.float32), mask & (x > border)
