"""Simulated maps with known errors of angle, drawn at random.

Training and test share no atomic model and no seed: training has β-galactosidase and a ribosome,
the test a proteasome and a hemagglutinin.  Both have procedural particles, a new one for every
case.  Models are taken whole, as groups of neighbouring chains, whose surfaces are those of
proteins, and as pieces cut out of them.

Further particles are in neither: other models, whole, where their files are there, a few of them in
larger boxes.  They were simulated after all constants were fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List

import numpy as np

from monodir_plugin.simulation import Views

__all__ = ["BLURS", "FURTHER", "HALVES", "IMAGES", "MODELS", "VIEWS", "Case", "draw_cases"]

HALVES = ("training", "test", "further")

#: Models, by half of the study.
MODELS = {
    "training": ("1jyx_betagal.pdb", "4v5d_ribosome.cif.gz"),
    "test": ("3j9i_proteasome.pdb", "4o5n_ha_trimer.pdb"),
}
#: Further models, and their chains that make one particle; all chains where there is nothing.
FURTHER = {
    "1tii_enterotoxin.pdb": "",
    "2gtl_erythrocruorin.cif": "",
    "2xhe_unc18.cif": "",
    "3kpr_tcr.cif.gz": "A B C D E",
    "4jsv_mtor.pdb": "B D",
    "5ni1_hemoglobin.cif": "",
    "7cfn_gpcr.cif": "",
    "7ddo_ace2.pdb": "",
    "19hc_cytochrome.pdb.gz": "",
}
SIGMAS = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)
#: The order in which all further particles have these errors.
_FURTHER_SIGMAS = (4.0, 0.0, 3.0, 1.0, 0.5, 2.0)
SIZES, IMAGES = (48, 56, 64), (400, 800, 1200)
#: Side of the box of some further particles, and every how many they come, and when first.
_LARGE, _EVERY, _FIRST = 96, 25, 11
#: Standard deviations of the displacement of atoms, voxels: the same for all atoms, or proportional
#: to the distance from the centre and so large at the edge of the particle.  B-factors are
#: 8 pi² times their squares: 0.5 voxels of 1.5 Å are 44 Å², 1 voxel is 178 Å².
BLURS = {"none": (0.0,), "uniform": (0.5, 0.8), "growing outwards": (0.8, 1.2, 1.6)}
#: Noise of the images, smallest and largest.
NOISE = (0.2, 2.0)
#: The same for further particles: from stronger noise there is hardly an estimate.
_FURTHER_NOISE = (0.2, 0.6)
VIEWS = {
    "uniform": Views(),
    "preferred": Views(concentration=5.0),
    "missing cone": Views(tilts=(0.0, 50.0)),
}
_FIRST_SEED = {"training": 30_000, "test": 40_000, "further": 50_063}


@dataclass(frozen=True)
class Case:
    """One simulated experiment.

    Attributes
    ----------
    half : str
        "training", "test" or "further".
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
    cases: List[Case] = []
    particles = _particles(half, models)
    further = half == "further"
    noise = _FURTHER_NOISE if further else NOISE
    for number in range(count if particles else 0):
        seed = _FIRST_SEED[half] + number
        rng = np.random.default_rng(seed)
        b_factor = str(rng.choice(list(BLURS)))
        large = further and number % _EVERY == _FIRST
        cases.append(
            Case(
                half=half,
                particle=particles[number % len(particles)]
                if further
                else str(rng.choice(particles)),
                size=_LARGE if large else int(rng.choice(SIZES)),
                sigma=_FURTHER_SIGMAS[number // len(particles) % len(SIGMAS)]
                if further
                else SIGMAS[number % len(SIGMAS)],
                noise=float(np.exp(rng.uniform(*np.log(noise)))),
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
    if half == "further":
        return [f"whole {model}" for model in FURTHER if (models / model).is_file()]
    names = ["round", "elongated", "flat", "hollow"]
    for model in MODELS[half]:
        if (models / model).is_file():
            # Whole models are few; groups of their chains, and their pieces, are all different.
            names += 2 * [f"whole {model}", f"chains of {model}"] + [f"piece of {model}"]
    return names
