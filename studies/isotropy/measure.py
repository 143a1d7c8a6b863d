"""Calibration of the test of uniform views on simulated maps.

Size over uniform views of particles of several shapes, power against missing cones and preferred
views, and whether the interval of the score holds the truth.  Writes ``diagnosis_isotropy.csv``,
``figure_diagnosis_isotropy.png`` and ``diagnosis_isotropy.rst``::

    python -m benchmarks.calibrate_isotropy --models ../shared/models --output docs
"""

from __future__ import annotations

import argparse
import csv
import time
from functools import lru_cache
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

import mrcfile
import numpy as np
import scipy.fft
import scipy.stats
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from benchmarks.calibrate_isotropy_page import figure, report
from benchmarks.pictures import save_picture
from monodir_plugin.diagnosis.axial_power import half_difference
from monodir_plugin.diagnosis.isotropy import DEGREES, isotropy
from monodir_plugin.numerics.geometry import distance_map
from monodir_plugin.numerics.harmonics import even_harmonics
from monodir_plugin.numerics.masking import make_mask
from monodir_plugin.numerics.solvent import off_the_particle
from monodir_plugin.simulation import (
    Reconstructor,
    Views,
    blob_particle,
    coverage_of_axes,
    project,
)
from monodir_plugin.simulation.models import density_of_model

SIZE, SAMPLING = 48, 6.0
#: Semi-axes in voxels.
ELLIPSOIDS = {"rod": (4, 4, 16), "disc": (15, 15, 3)}
ATOMIC = {
    "β-galactosidase": "1jyx_betagal.pdb",
    "proteasome": "3j9i_proteasome.pdb",
    "HA trimer": "4o5n_ha_trimer.pdb",
}
#: Images and noise that uniform maps go through in turn.
CONDITIONS = [(images, noise) for images in (250, 500, 1000) for noise in (0.5, 2.0)]
CONES = (5, 10, 20, 30, 40)
#: Where more views meet in a coefficient, its noise power follows coverage more closely.
MANY_IMAGES = 2000
CONCENTRATIONS = (-2.0, -1.0, 0.5, 1.0, 2.0, 4.0)
#: Real maps of the folder beside the models, and the number of their images where it is known.
REAL = {"betagal_100_3.54A": None, "anisotropic_64_4.00A": 39_972}
#: Spatial frequencies up to which real maps are looked at, cycles per voxel.
FINEST = (0.5, 0.25, 0.15)
COLUMNS = (
    "study", "model", "images", "noise", "named", "seed", "source", "images_known", "p_value",
    "p_degree_2", "score", "low", "high", "true_score", "effective", "p_volumes",
    "angle_to_shape", "ratio", "tilt", "rot", "power", "finest",
)  # fmt: skip
#: Signal-to-noise ratios where coverage is one, of a Wiener filter that damps badly covered axes.
RATIOS = (10.0, 3.0, 1.0, 0.3)


class Case(NamedTuple):
    """One simulated map: what is imaged, how, and a name for its views."""

    study: str
    model: str
    images: int
    noise: float
    views: Views
    named: float
    seed: int


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
    grid = np.stack(np.indices((SIZE,) * 3)[::-1], axis=-1) - SIZE // 2
    turn = Rotation.from_euler("ZYZ", [20, 35, 0], degrees=True).as_matrix()
    mask = np.sum(((grid @ turn) / np.array(semi_axes)) ** 2, axis=-1) < 1
    places = np.random.default_rng(0).choice(np.flatnonzero(mask), 3000)
    atoms = np.bincount(places, minlength=SIZE**3).reshape(mask.shape).astype(np.float32)
    return gaussian_filter(atoms, 0.8), mask


def cases(each: int, power: int, models: List[str]) -> Iterator[Case]:
    """All maps: ``each`` with uniform views for each model, ``power`` for each other views."""
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


def half_maps(case: Case, density: np.ndarray) -> List[np.ndarray]:
    """Of every other image each."""
    rng = np.random.default_rng(case.seed)
    orientations = case.views.draw(case.images, rng)
    images = project(density, orientations)
    images += case.noise * images.std() * rng.standard_normal(images.shape, dtype=np.float32)
    return [
        Reconstructor(SIZE, orientations[part]).reconstruct(images[part])
        for part in (slice(0, None, 2), slice(1, None, 2))
    ]


@lru_cache(maxsize=None)
def true_score(concentration: float) -> float:
    """Root mean square of the log of the coverage, degrees 2 to 6, from the density of views."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    log = np.log(coverage_of_axes(nodes, concentration))
    vectors = np.stack([np.sqrt(1 - nodes**2), np.zeros_like(nodes), nodes], axis=1)
    zonal = [even_harmonics(vectors, [degree])[:, degree] for degree in DEGREES]
    return float(np.sqrt(sum((weights / 2 @ (log * values)) ** 2 for values in zonal)))


def outcomes(case: Case, halves: List[np.ndarray], mask: np.ndarray) -> Iterator[Dict[str, object]]:
    """Of the test, from solvent and from half maps, with the number of images and without."""
    volume = (halves[0] + halves[1]) / 2
    sources = {
        "solvent": (volume, off_the_particle(volume, mask, None).region),
        "half maps": (half_difference(*halves), distance_map(SIZE) < SIZE / 2),
    }
    truth = true_score(case.views.concentration) if case.study != "cone" else ""
    for source, (noise, region) in sources.items():
        for images in (case.images, None):
            found = isotropy(noise, region, images)
            yield {
                **_named(case),
                "source": source,
                "images_known": images is not None,
                "p_value": found.p_value,
                "p_degree_2": found.by_degree[2][1],
                "score": found.score,
                "low": found.interval[0],
                "high": found.interval[1],
                "true_score": truth,
                "effective": found.effective,
            }


def _named(case: Case) -> Dict[str, object]:
    return {
        "study": case.study,
        "model": case.model,
        "images": case.images,
        "noise": case.noise,
        "named": case.named,
        "seed": case.seed,
    }


def damped(case: Case, halves: List[np.ndarray]) -> Iterator[Dict[str, object]]:
    """The test on half maps whose badly covered axes were damped by a Wiener filter."""
    k = np.fft.fftfreq(SIZE)
    length = np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(SIZE) ** 2)
    length[0, 0, 0] = 1.0
    coverage = coverage_of_axes(k[:, None, None] / length, case.named)
    spectrum = scipy.fft.rfftn(half_difference(*halves))
    for ratio in RATIOS:
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


def real(folder: Path) -> Iterator[Dict[str, object]]:
    """The test on real maps, in bands that end at several resolutions."""
    for name, images in REAL.items():
        if not (folder / f"{name}.mrc").is_file():
            continue
        volume = mrcfile.read(folder / f"{name}.mrc").astype(np.float32)
        mask = mrcfile.read(folder / f"{name}_mask.mrc") >= 0.5
        region = off_the_particle(volume, mask, None).region
        for finest in FINEST:
            found = isotropy(volume, region, images, finest=finest)
            yield {
                "study": "real",
                "model": name,
                "source": "solvent",
                "p_value": found.p_value,
                "p_degree_2": found.by_degree[2][1],
                "score": found.score,
                "low": found.interval[0],
                "high": found.interval[1],
                "effective": found.effective,
                "rot": found.noisiest[0],
                "tilt": found.noisiest[1],
                "power": found.noisiest[2],
                "finest": finest,
            }


def study(folder: Path, each: int, power: int) -> Iterator[Dict[str, object]]:
    """All records."""
    models = ["compact", *ELLIPSOIDS, *(n for n, f in ATOMIC.items() if (folder / f).is_file())]
    known = {model: particle(model, folder) for model in models}
    for case in cases(each, power, models):
        density, mask = known[case.model]
        halves = half_maps(case, density)
        yield from outcomes(case, halves, mask)
        if case.study == "watson" and case.named == 2.0:
            yield from damped(case, halves)
    yield from real(folder.parent / "maps")


def write_table(records: Iterator[Dict[str, object]], path: Path) -> None:
    """All records as CSV, as they come."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for record in records:
            writer.writerow(
                {k: f"{v:.5g}" if isinstance(v, float) else v for k, v in record.items()}
            )
            file.flush()


def read_table(path: Path) -> List[Dict[str, str]]:
    """Records of an earlier run."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main(arguments: Optional[List[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=Path("../shared/models"))
    parser.add_argument("--output", type=Path, default=Path("docs"))
    parser.add_argument("--maps", type=int, default=68, help="with uniform views, for each model")
    parser.add_argument("--power", type=int, default=12, help="for each distribution of views")
    parser.add_argument("--drawn", action="store_true", help="page and figure of the table there")
    chosen = parser.parse_args(arguments)
    table = chosen.output / "diagnosis_isotropy.csv"
    if not chosen.drawn:
        start = time.process_time()
        write_table(study(chosen.models, chosen.maps, chosen.power), table)
        print(f"{(time.process_time() - start) / 60:.1f} minutes of one core")
    records = read_table(table)
    save_picture(figure(records), chosen.output / "figure_diagnosis_isotropy.png")
    (chosen.output / "diagnosis_isotropy.rst").write_text(report(records), encoding="utf-8")


if __name__ == "__main__":
    main()
