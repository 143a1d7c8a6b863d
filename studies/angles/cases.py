"""Simulated maps with known errors of angle, drawn at random.

Training and test share no particle and no seed: training has procedural particles and
pieces of β-galactosidase, the test other procedural particles and pieces of the other
models.  Every case has a particle of its own, but for models taken whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List

import numpy as np

from monodir_plugin.simulation import Views

__all__ = ["HALVES", "MODELS", "VIEWS", "Case", "draw_cases"]

HALVES = ("training", "test")

#: Models, by half of the study.
MODELS = {
    "training": ("1jyx_betagal.pdb",),
    "test": ("3j9i_proteasome.pdb", "4o5n_ha_trimer.pdb", "4v5d_ribosome.cif.gz"),
}
SIGMAS = (0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
SIZES, SHARES = (48, 64, 80), (0.2, 0.6, 0.2)
VIEWS = {
    "uniform": Views(),
    "preferred": Views(concentration=5.0),
    "missing cone": Views(tilts=(0.0, 50.0)),
}
_FIRST_SEED = {"training": 10_000, "test": 20_000}


@dataclass(frozen=True)
class Case:
    """One simulated experiment.

    Attributes
    ----------
    half : str
        "training" or "test".
    particle : str
        "round", "elongated", "flat", "hollow", "piece of" or "whole" and a model.
    size, images, seed : int
    sigma, noise, colour, shift : float
        As in :class:`monodir_plugin.simulation.Imaging`.
    views : str
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
    seed: int


def draw_cases(half: str, count: int, models: Path) -> List[Case]:
    """Cases of one half of the study; the first few are the same for a larger count."""
    cases = []
    for number in range(count):
        seed = _FIRST_SEED[half] + number
        rng = np.random.default_rng(seed)
        # Noise of the training and of the test is spread differently, and so are the images.
        low, high, images = (0.3, 3.0, (500, 1000)) if half == "training" else (0.4, 4.0, (700,))
        cases.append(
            Case(
                half=half,
                particle=str(rng.choice(_particles(half, models))),
                size=int(rng.choice(SIZES, p=SHARES)),
                sigma=float(SIGMAS[number % len(SIGMAS)]),
                noise=float(np.exp(rng.uniform(np.log(low), np.log(high)))),
                colour=float(rng.choice([0.0, 1.0]) if half == "test" else 0.0),
                shift=float(rng.choice([0.0, 0.0, rng.uniform(0.2, 1.0)])),
                images=int(rng.choice(images)),
                views=str(rng.choice(list(VIEWS), p=[0.6, 0.2, 0.2])),
                seed=seed,
            )
        )
    return cases


def _particles(half: str, models: Path) -> List[str]:
    names = ["round", "elongated", "flat", "hollow"]
    for model in MODELS[half]:
        if (models / model).is_file():
            names += [f"piece of {model}", f"whole {model}"]
            # Whole models are few; their pieces are all different.
            names += [f"piece of {model}"] if half == "test" else 3 * [f"piece of {model}"]
    return names
