"""Simulated maps with known errors of angle, drawn at random.

Training and test share no atomic model and no seed: training has β-galactosidase and a ribosome,
the test a proteasome and a hemagglutinin.  Both have procedural particles, a new one for every
case.  Models are taken whole, as groups of neighbouring chains, whose surfaces are those of
proteins, and as pieces cut out of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List

import numpy as np

from monodir_plugin.simulation import Views

__all__ = ["BLURS", "HALVES", "IMAGES", "MODELS", "VIEWS", "Case", "draw_cases"]

HALVES = ("training", "test")

#: Models, by half of the study.
MODELS = {
    "training": ("1jyx_betagal.pdb", "4v5d_ribosome.cif.gz"),
    "test": ("3j9i_proteasome.pdb", "4o5n_ha_trimer.pdb"),
}
SIGMAS = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)
SIZES, IMAGES = (48, 56, 64), (400, 800, 1200)
#: Standard deviations of the displacement of atoms, voxels: the same for all atoms, or proportional
#: to the distance from the centre and so large at the edge of the particle.  B-factors are
#: 8 pi² times their squares: 0.5 voxels of 1.5 Å are 44 Å², 1 voxel is 178 Å².
BLURS = {"none": (0.0,), "uniform": (0.5, 0.8), "growing outwards": (0.8, 1.2, 1.6)}
#: Noise of the images, smallest and largest.
NOISE = (0.2, 2.0)
VIEWS = {
    "uniform": Views(),
    "preferred": Views(concentration=5.0),
    "missing cone": Views(tilts=(0.0, 50.0)),
}
_FIRST_SEED = {"training": 30_000, "test": 40_000}


@dataclass(frozen=True)
class Case:
    """One simulated experiment.

    Attributes
    ----------
    half : str
        "training" or "test".
    particle : str
        "round", "elongated", "flat", "hollow"; or "whole", "chains of" or "piece of" and a model.
    size, images, seed : int
    sigma, noise, colour, shift : float
        As in :class:`monodir_plugin.simulation.Imaging`.
    views : str
    b_factor : str
        Which atoms are displaced, one of ``BLURS``.
    blur : float
        Their displacement, voxels.
    """

    half: str
    particle: str
    size: int
    sigma: float
    noise: float
    colour: float
    shift: float
    images: int
    views: str
    b_factor: str
    blur: float
    seed: int


def draw_cases(half: str, count: int, models: Path) -> List[Case]:
    """Cases of one half of the study; the first few are the same for a larger count."""
    cases = []
    particles = _particles(half, models)
    for number in range(count):
        seed = _FIRST_SEED[half] + number
        rng = np.random.default_rng(seed)
        b_factor = str(rng.choice(list(BLURS)))
        cases.append(
            Case(
                half=half,
                particle=str(rng.choice(particles)),
                size=int(rng.choice(SIZES)),
                sigma=float(SIGMAS[number % len(SIGMAS)]),
                noise=float(np.exp(rng.uniform(*np.log(NOISE)))),
                colour=float(rng.choice([0.0, 1.0])),
                shift=float(rng.choice([0.0, 0.0, rng.uniform(0.2, 1.0)])),
                images=int(rng.choice(IMAGES)),
                views=str(rng.choice(list(VIEWS), p=[0.6, 0.2, 0.2])),
                b_factor=b_factor,
                blur=float(rng.choice(BLURS[b_factor])),
                seed=seed,
            )
        )
    return cases


def _particles(half: str, models: Path) -> List[str]:
    names = ["round", "elongated", "flat", "hollow"]
    for model in MODELS[half]:
        if (models / model).is_file():
            # Whole models are few; groups of their chains, and their pieces, are all different.
            names += 2 * [f"whole {model}", f"chains of {model}"] + [f"piece of {model}"]
    return names
