"""Test the views of simulated and real maps."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Iterator, List

import mrcfile
import numpy as np
import scipy.fft

from monodir_plugin.diagnosis.views.directional_noise_power import half_difference
from monodir_plugin.diagnosis.views.isotropy import DEGREES, Isotropy, isotropy
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.geometry.harmonics import even_harmonics
from monodir_plugin.numerics.solvent.region import off_the_particle
from monodir_plugin.simulation import Reconstructor, coverage_of_axes, project
from studies.harness import Record, Setting
from studies.isotropy.cases import SIZE, Case, cases, models_in, particle

__all__ = ["SOURCES", "measured"]

#: Where the noise is measured.
SOURCES = ("solvent", "half maps")
#: Maps with uniform views of each model, and maps of every other distribution of views.
_EACH, _POWER = 68, 12
#: Signal-to-noise ratios where coverage is one, of a Wiener filter that damps badly covered axes.
_RATIOS = (10.0, 3.0, 1.0, 0.3)
#: Real maps, and the number of their images where it is known.
_REAL = {"betagal_100_3.54A": None, "anisotropic_64_4.00A": 39_972}
#: Spatial frequencies up to which real maps are tested, cycles per voxel.
_FINEST = (0.5, 0.25, 0.15)


def measured(setting: Setting) -> Iterator[Record]:
    """One record for each map, source of noise, and knowledge of the number of images."""
    each, power = (2, 2) if setting.quick else (_EACH, _POWER)
    models = models_in(setting.models)
    known = {model: particle(model, setting.models) for model in models}
    for case in cases(each, power, models):
        density, mask = known[case.model]
        halves = _half_maps(case, density)
        yield from _outcomes(case, halves, mask)
        if case.study == "watson" and case.named == 2.0:
            yield from _damped(case, halves)
    yield from _real(setting.maps)


def _half_maps(case: Case, density: np.ndarray) -> List[np.ndarray]:
    """Two half maps, each from every other image."""
    rng = np.random.default_rng(case.seed)
    orientations = case.views.draw(case.images, rng)
    images = project(density, orientations)
    images += case.noise * images.std() * rng.standard_normal(images.shape, dtype=np.float32)
    return [
        Reconstructor(SIZE, orientations[part]).reconstruct(images[part])
        for part in (slice(0, None, 2), slice(1, None, 2))
    ]


@lru_cache(maxsize=None)
def _true_score(concentration: float) -> float:
    """Root mean square of the log of the coverage, degrees 2 to 6, from the density of views."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    log = np.log(coverage_of_axes(nodes, concentration))
    vectors = np.stack([np.sqrt(1 - nodes**2), np.zeros_like(nodes), nodes], axis=1)
    zonal = [even_harmonics(vectors, [degree])[:, degree] for degree in DEGREES]
    return float(np.sqrt(sum((weights / 2 @ (log * values)) ** 2 for values in zonal)))


def _outcomes(case: Case, halves: List[np.ndarray], mask: np.ndarray) -> Iterator[Record]:
    """Results of the test, from solvent and half maps, with the number of images and without."""
    volume = (halves[0] + halves[1]) / 2
    noises = (
        (volume, off_the_particle(volume, mask, None).region),
        (half_difference(*halves), distance_map(SIZE) < SIZE / 2),
    )
    truth = {}
    if case.study != "cone":
        truth["true_score"] = _true_score(case.views.concentration)
    for source, (noise, region) in zip(SOURCES, noises):
        for images in (case.images, None):
            found = isotropy(noise, region, images)
            yield {
                **_named(case),
                "source": source,
                "images_known": images is not None,
                **_tested(found),
                **truth,
                "effective": found.effective,
            }


def _named(case: Case) -> Record:
    return {
        "study": case.study,
        "model": case.model,
        "images": case.images,
        "noise": case.noise,
        "named": case.named,
        "seed": case.seed,
    }


def _tested(found: Isotropy) -> Record:
    return {
        "p_value": found.p_value,
        "p_degree_2": found.by_degree[2][1],
        "score": found.score,
        "low": found.interval[0],
        "high": found.interval[1],
    }


def _damped(case: Case, halves: List[np.ndarray]) -> Iterator[Record]:
    """The test on half maps whose badly covered axes were damped by a Wiener filter."""
    k = np.fft.fftfreq(SIZE)
    length = np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(SIZE) ** 2)
    length[0, 0, 0] = 1.0
    coverage = coverage_of_axes(k[:, None, None] / length, case.named)
    spectrum = scipy.fft.rfftn(half_difference(*halves))
    for ratio in _RATIOS:
        kept = coverage / (coverage + 1 / ratio)
        noise = scipy.fft.irfftn(spectrum * kept, s=(SIZE,) * 3)
        found = isotropy(noise, distance_map(SIZE) < SIZE / 2, case.images)
        yield {
            **_named(case),
            "study": "damped",
            "source": "half maps",
            "ratio": ratio,
            "p_value": found.p_value,
            "score": found.score,
            "tilt": found.noisiest[1],
        }


def _real(folder: Path) -> Iterator[Record]:
    """The test on real maps, in bands that end at several resolutions."""
    for name, images in _REAL.items():
        if not (folder / f"{name}.mrc").is_file():
            continue
        volume = mrcfile.read(folder / f"{name}.mrc").astype(np.float32)
        mask = mrcfile.read(folder / f"{name}_mask.mrc") >= 0.5
        region = off_the_particle(volume, mask, None).region
        for finest in _FINEST:
            found = isotropy(volume, region, images, finest=finest)
            yield {
                "study": "real",
                "model": name,
                "source": "solvent",
                **_tested(found),
                "effective": found.effective,
                "rot": found.noisiest[0],
                "tilt": found.noisiest[1],
                "power": found.noisiest[2],
                "finest": finest,
            }
