"""Simulated maps with known errors of angle, drawn at random.

Training and test share no particle and no seed: training has procedural particles and
pieces of β-galactosidase, the test other procedural particles and pieces of the other
models.  Every case has a particle of its own, but for models taken whole.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from monodir_plugin.diagnosis.angular_error import damping_in
from monodir_plugin.numerics.geometry import distance_map
from monodir_plugin.simulation import Imaging, Particle, Views, simulate

__all__ = ["MODELS", "Case", "draw_cases", "measure"]

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
#: Voxels an atom of procedural particles; radius of a piece, of the side of its box.
_VOXELS_AN_ATOM, _PIECE = 90, 0.40


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


def draw_cases(half: str, count: int, models: Optional[Path]) -> List[Case]:
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


def measure(case: Case, models: Optional[Path], scratch: Path) -> Dict[str, object]:
    """Fit a case by the solvent's noise and by that of half maps.

    What is simulated is kept in the folder ``scratch``: it does not depend on the estimator.

    Returns
    -------
    dict
        The case and, by name of the noise, the fit or the reason why there is none.
    """
    path = scratch / f"{case.half}_{case.seed}.npz"
    if not path.is_file():
        np.savez(path, **_simulated(case, models, scratch))
    with np.load(path) as made:
        volume, noise, mask = made["map"], made["noise"], made["mask"]
        sampling = float(made["sampling"])
    fits = {
        "solvent": damping_in(volume, mask, sampling),
        "half maps": damping_in(volume, mask, sampling, noise),
    }
    found = {name: fit if isinstance(fit, str) else asdict(fit) for name, fit in fits.items()}
    return {**asdict(case), "sampling": sampling, **found}


def _simulated(case: Case, models: Optional[Path], scratch: Path) -> Dict[str, object]:
    """Map, half of the difference of the half maps, mask and voxel size."""
    volume, mask, sampling = _density(case, models, scratch)
    imaging = Imaging(
        images=case.images, views=VIEWS[case.views], noise=case.noise, colour=case.colour,
        angle_error=case.sigma, shift_error=case.shift, seed=case.seed,
    )  # fmt: skip
    made = simulate(volume, imaging)
    noise = (made.half1 - made.half2) / 2
    return {"map": made.map, "noise": noise, "mask": mask, "sampling": sampling}


def _particles(half: str, models: Optional[Path]) -> List[str]:
    names = ["round", "elongated", "flat", "hollow"]
    for model in MODELS[half]:
        if models is not None and (models / model).is_file():
            names += [f"piece of {model}", f"whole {model}"]
            # Whole models are few; their pieces are all different.
            names += [f"piece of {model}"] if half == "test" else 3 * [f"piece of {model}"]
    return names


def _density(
    case: Case, models: Optional[Path], scratch: Path
) -> Tuple[np.ndarray, np.ndarray, float]:
    """Map, mask and voxel size (Å)."""
    if "." not in case.particle:
        return (*_shaped(case.particle, case.size, case.seed), 2.0)
    kind, name = case.particle.rsplit(" ", 1)
    path, radius = _piece(models / name, kind == "piece of", case.seed, scratch)
    sampling = radius / (_PIECE * case.size) if kind == "piece of" else radius / (0.42 * case.size)
    volume, mask = Particle(str(path), case.size, sampling).density()
    return volume, mask, sampling


def _shaped(shape: str, size: int, seed: int) -> Tuple[np.ndarray, np.ndarray]:
    """A procedural particle of a shape, and its mask, as :func:`simulation.blob_particle`."""
    rng = np.random.default_rng(seed)
    radii = {"elongated": (0.42, 0.24, 0.24), "flat": (0.2, 0.38, 0.38)}.get(shape, (0.32,) * 3)
    grid = np.meshgrid(*(np.arange(size) - size // 2,) * 3, indexing="ij")
    distance = np.sqrt(sum((g / (r * size)) ** 2 for g, r in zip(grid, radii)))
    lumps = gaussian_filter(rng.normal(size=(size,) * 3), 0.06 * size)
    mask = distance < 0.9 * (1 + 0.12 * lumps / lumps.std())
    mask &= distance_map(size) < 0.46 * size
    matter = mask & (distance > 0.45) if shape == "hollow" else mask
    places = rng.choice(np.flatnonzero(matter), size=max(3000, size**3 // _VOXELS_AN_ATOM))
    volume = np.bincount(places, minlength=size**3).reshape(mask.shape).astype(np.float32)
    volume = gaussian_filter(volume, 0.8)
    return volume / volume[mask].std(), mask


def _piece(model: Path, cut: bool, seed: int, scratch: Path) -> Tuple[Path, float]:
    """A file with the residues in an ellipsoid about a random atom, or with all; radius in Å.

    Whole residues, and no sphere: a smooth surface at one distance from the centre is one large
    radial wave, and no particle has it.
    """
    import gemmi

    structure = gemmi.read_structure(str(model))
    structure.setup_entities()
    structure.remove_ligands_and_waters()
    residues = [(r, np.array([list(a.pos) for a in r])) for m in structure for c in m for r in c]
    if not cut:
        positions = np.concatenate([p for _, p in residues])
        centre = positions.mean(axis=0)
        return model, float(np.linalg.norm(positions - centre, axis=1).max())
    rng = np.random.default_rng(seed)
    middles = np.array([p.mean(axis=0) for _, p in residues])
    radii = rng.uniform(30.0, 48.0) * np.array([0.8, 1.0, 1.3])
    offsets = Rotation.random(random_state=seed).apply(middles - rng.choice(middles))
    near = np.linalg.norm(offsets / radii, axis=1) <= 1
    piece = gemmi.Structure()
    piece.add_model(gemmi.Model(1))
    chain = gemmi.Chain("A")
    for number, ((residue, _), keep) in enumerate(zip(residues, near), start=1):
        if keep:
            residue.seqid = gemmi.SeqId(str(number))
            chain.add_residue(residue)
    piece[0].add_chain(chain)
    path = scratch / f"piece_{seed}.cif"
    piece.make_mmcif_document().write_file(str(path))
    kept = np.concatenate([p for (_, p), keep in zip(residues, near) if keep])
    return path, float(np.linalg.norm(kept - kept.mean(axis=0), axis=1).max())
