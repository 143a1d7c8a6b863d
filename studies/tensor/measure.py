"""The tensors of resolution against phantoms blurred by known Gaussians.

    python -m benchmarks.calibrate_tensor --output docs [--work FOLDER]

Writes ``diagnosis_tensor.rst``, ``diagnosis_tensor.csv`` and ``figure_diagnosis_tensor.png``.
With ``--work`` the numbers of every phantom stay in a folder, and what is there is not measured
again: name a new one after a change of the program.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import tempfile
import time
from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np
from scipy.ndimage import uniform_filter
from scipy.spatial.transform import Rotation

from benchmarks.calibrate_tensor_page import draw, page
from benchmarks.pictures import save_picture
from monodir_plugin.diagnosis.tensor import (
    TensorFit,
    fit_tensors,
    fractional_anisotropy,
    principal,
)
from monodir_plugin.numerics.analysis import measure_table
from monodir_plugin.numerics.axes import AxisSet
from monodir_plugin.numerics.preparation import Settings, prepare
from monodir_plugin.numerics.table import ResolutionTable
from monodir_plugin.simulation import blurred_density

BOX, SAMPLING, AXES = 64, 1.5, 81
#: Standard deviations of the blur along its three axes, voxels.
BLURS: Dict[str, Tuple[float, float, float]] = {
    "alike, 0.6": (0.6, 0.6, 0.6),
    "alike, 1.0": (1.0, 1.0, 1.0),
    "0.8, 1.0, 1.25": (0.8, 1.0, 1.25),
    "0.6, 1.0, 1.6": (0.6, 1.0, 1.6),
    "0.6, 1.2, 2.4": (0.6, 1.2, 2.4),
}
NOISE = (0.02, 0.1, 0.2, 0.3)
#: Half axes of the particle in box sides: the second is a rod along z.
SHAPES = {"sphere": (0.27, 0.27, 0.27), "rod": (0.18, 0.18, 0.36)}
SEEDS = (1, 2, 3)
CUBES = (1, 3, 5, 9, 13)


def main() -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=Path("docs"), metavar="DIR")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep the numbers here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        records = measured(options.work or Path(scratch))
    save_picture(draw(records), options.output / "figure_diagnosis_tensor.png")
    write_records(records, options.output / "diagnosis_tensor.csv")
    (options.output / "diagnosis_tensor.rst").write_text(
        page(records, BOX, SAMPLING, AXES), encoding="utf-8"
    )


def measured(work: Path) -> List[dict]:
    """The record of every phantom."""
    work.mkdir(parents=True, exist_ok=True)
    records = []
    for blur, noise, shape, seed in itertools.product(BLURS, NOISE, SHAPES, SEEDS):
        path = work / f"{blur}_{noise}_{shape}_{seed}.json".replace(" ", "")
        if not path.is_file():
            path.write_text(json.dumps(record_of(blur, noise, shape, seed)), encoding="utf-8")
            print(path.stem, flush=True)
        records.append(json.loads(path.read_text(encoding="utf-8")))
    return records


def record_of(blur: str, noise: float, shape: str, seed: int) -> dict:
    """The tensors of one phantom, and how far they are off."""
    start = time.perf_counter()
    turn = Rotation.random(random_state=seed).as_matrix()
    covariance = turn @ np.diag(np.square(BLURS[blur])) @ turn.T
    volume, mask = blurred_density(BOX, covariance, noise, seed, SHAPES[shape])
    prepared = prepare(volume, mask, SAMPLING, Settings(directions=AXES))
    table = measure_table(prepared, AxisSet.icosahedral(AXES))
    fit = fit_tensors(table)
    found = fit.record()
    resolutions, axes = principal(fit.mean())
    return {
        "blur": blur,
        "noise": noise,
        "shape": shape,
        "seed": seed,
        "alike": len(set(BLURS[blur])) == 1,
        "anisotropy_of_blur": float(fractional_anisotropy(BLURS[blur])),
        "unresolved": found["unresolved_share"],
        "anisotropy": found["median_fractional_anisotropy"],
        "chance": found["median_chance_anisotropy"],
        "mean_anisotropy": float(fractional_anisotropy(resolutions)),
        "explained": found["median_explained_share"],
        "order4": found["median_order4_share"],
        "mean_principal": [float(v) for v in resolutions],
        "mean_angles": angles(axes, turn),
        "coarse_to_z": float(np.degrees(np.arccos(min(abs(axes[2, 2]), 1.0)))),
        "cube_angles": {str(side): cube_angles(fit, side, turn) for side in CUBES},
        "fits": fits(table, turn),
        "seconds": time.perf_counter() - start,
    }


def angles(axes: np.ndarray, turn: np.ndarray) -> List[float]:
    """Median degrees from the axes, (..., 3, 3), to those of the blur: fine, middle, coarse."""
    cosines = np.abs(np.einsum("...ki,ik->...k", axes, turn)).reshape(-1, 3)
    return [float(v) for v in np.median(np.degrees(np.arccos(np.minimum(cosines, 1.0))), axis=0)]


def cube_angles(fit: TensorFit, side: int, turn: np.ndarray) -> List[float]:
    """The same, for means of the tensors in a cube about every voxel, inside the mask."""
    mask = fit.volume(np.ones(len(fit.indices), np.float32))
    share = uniform_filter(mask, side)[mask > 0]
    columns = [uniform_filter(fit.volume(c), side)[mask > 0] / share for c in fit.components.T]
    return angles(principal(np.stack(columns, axis=1))[1], turn)


def fits(table: ResolutionTable, turn: np.ndarray) -> Dict[str, dict]:
    """Other ways: least squares of a quadratic form to R², R, its logarithm, 1/R and 1/R²."""
    x, y, z = table.axes.vectors.T
    solve = np.linalg.pinv(np.stack([x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z], axis=1))
    resolutions = table.resolutions().astype(float)
    quantities = {
        "R²": resolutions**2,
        "R": resolutions,
        "log R": np.log(resolutions),
        "1/R": -1 / resolutions,
        "1/R²": -(resolutions**-2),
    }
    found = {}
    for name, values in quantities.items():
        forms = values @ solve.T
        voxels, turned = _eigen(forms, turn)
        # Of R², 1/R and 1/R² a principal value has to have their sign, or is no resolution.
        lost = float(np.mean(np.any(voxels * np.sign(values.mean()) <= 0, axis=1)))
        mean = _eigen(forms.mean(axis=0), turn)[1]
        found[name] = {"voxels": turned, "mean": mean, "lost": lost}
    return found


def _eigen(forms: np.ndarray, turn: np.ndarray) -> Tuple[np.ndarray, List[float]]:
    """Eigenvalues, and median degrees of the eigenvectors from the axes of the blur."""
    xx, yy, zz, xy, xz, yz = np.moveaxis(forms, -1, 0)
    matrices = np.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], axis=-1)
    values, vectors = np.linalg.eigh(matrices.reshape(*forms.shape[:-1], 3, 3))
    return values, angles(np.swapaxes(vectors, -1, -2), turn)


def write_records(records: List[dict], path: Path) -> None:
    """Every phantom, a line each."""
    plain = [name for name, value in records[0].items() if not isinstance(value, (dict, list))]
    plain = [name for name in plain if name not in ("seconds", "coarse_to_z")]
    header = [*plain, *(f"mean_{axis}_deg" for axis in ("fine", "middle", "coarse"))]
    header += [f"cube_{side}_deg" for side in CUBES]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for record in records:
            cubes = (np.mean(record["cube_angles"][str(side)]) for side in CUBES)
            numbers = [*record["mean_angles"], *cubes]
            values = [record[name] for name in plain]
            writer.writerow(
                [f"{v:.4g}" if isinstance(v, float) else v for v in (*values, *numbers)]
            )


if __name__ == "__main__":
    main()
