"""Simulated maps of the study: particles of several shapes, seen along uneven views."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from monodir_plugin.numerics.geometry.mask import make_mask
from monodir_plugin.simulation import Views, blob_particle
from monodir_plugin.simulation.models import density_of_model

__all__ = ["SIZE", "Case", "cases", "models_in", "particle"]

SIZE, SAMPLING = 48, 6.0
#: Semi-axes in voxels.
ELLIPSOIDS = {"rod": (4, 4, 16), "disc": (15, 15, 3)}
ATOMIC = {
    "β-galactosidase": "1jyx_betagal.pdb",
    "proteasome": "3j9i_proteasome.pdb",
    "HA trimer": "4o5n_ha_trimer.pdb",
}
#: Numbers of images and noise levels of the uniform maps, taken in turn.
CONDITIONS = [(images, noise) for images in (250, 500, 1000) for noise in (0.5, 2.0)]
CONES = (5, 10, 20, 30, 40)
#: Number of images with which many views meet in a coefficient: noise power then follows coverage
#: more closely.
MANY_IMAGES = 2000
CONCENTRATIONS = (-2.0, -1.0, 0.5, 1.0, 2.0, 4.0)


class Case(NamedTuple):
    """One simulated map: the particle, the imaging, and a label of its views."""

    study: str
    model: str
    images: int
    noise: float
    views: Views
    named: float
    seed: int


def models_in(folder: Path) -> List[str]:
    """Names of the particles that need no atomic model, or whose model is in the folder."""
    return ["compact", *ELLIPSOIDS, *(n for n, f in ATOMIC.items() if (folder / f).is_file())]


def particle(model: str, folder: Path) -> Tuple[np.ndarray, np.ndarray]:
    """Density and mask of a model by name."""
    if model == "compact":
        return blob_particle(SIZE)
    if model in ELLIPSOIDS:
        return _ellipsoid(ELLIPSOIDS[model])
    density = density_of_model(folder / ATOMIC[model], SIZE, SAMPLING, 300.0)
    return density, make_mask(density, SAMPLING).values >= 0.5


def _ellipsoid(semi_axes: Tuple[int, int, int]) -> Tuple[np.ndarray, np.ndarray]:
    """Random atoms in a tilted ellipsoid."""
    grid = np.stack(list(np.indices((SIZE,) * 3)[::-1]), axis=-1) - SIZE // 2
    turn = Rotation.from_euler("ZYZ", [20, 35, 0], degrees=True).as_matrix()
    mask = np.sum(((grid @ turn) / np.array(semi_axes)) ** 2, axis=-1) < 1
    places = np.random.default_rng(0).choice(np.flatnonzero(mask), 3000)
    atoms = np.bincount(places, minlength=SIZE**3).reshape(mask.shape).astype(np.float32)
    return gaussian_filter(atoms, 0.8), mask


def cases(each: int, power: int, models: Sequence[str]) -> Iterator[Case]:
    """All maps: ``each`` with uniform views for a model, ``power`` for any other distribution."""
    seed = 0
    for model in models:
        for i in range(each):
            seed += 1
            yield Case("uniform", model, *CONDITIONS[i % len(CONDITIONS)], Views(), 0.0, seed)
    others = [("cone", float(cone), 500, Views(tilts=(0.0, 90.0 - cone))) for cone in CONES]
    others += [("watson", kappa, 500, Views(concentration=kappa)) for kappa in CONCENTRATIONS]
    others += [("many", kappa, MANY_IMAGES, Views(concentration=kappa)) for kappa in (2.0, 4.0)]
    for study, named, images, views in others:
        for i in range(power if study != "many" else power // 2):
            seed += 1
            yield Case(study, models[i % len(models)], images, 1.0, views, named, seed)
