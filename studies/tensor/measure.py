"""Fit tensors to the resolutions of phantoms that were blurred by known Gaussians."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

import numpy as np
from scipy.ndimage import uniform_filter
from scipy.spatial.transform import Rotation

import monodir_plugin
from monodir_plugin.diagnosis.tensor import TensorFit, fit_tensors, fractional_anisotropy, principal
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.measurement.analysis import measure_table
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.problem.settings import Settings
from monodir_plugin.numerics.reduction.table import ResolutionTable
from monodir_plugin.simulation import blurred_density
from studies.harness import Record, Setting
from studies.harness.cache import hash_of_sources

__all__ = ["AXES", "BOX", "CUBES", "FITS", "SAMPLING", "measured"]

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
#: Sides of the cubes over which tensors are averaged, voxels.
CUBES = (1, 3, 5, 9, 13)
#: Functions of R that a quadratic form is fitted to by least squares.
FITS = ("R²", "R", "log R", "1/R", "1/R²")


def measured(setting: Setting) -> Iterator[Record]:
    """The record of every phantom."""
    program = hash_of_sources(Path(monodir_plugin.__file__).parent)
    seeds = SEEDS[:1] if setting.quick else SEEDS
    for blur, noise, shape, seed in itertools.product(BLURS, NOISE, SHAPES, seeds):
        named = {"blur": blur, "noise": noise, "shape": shape, "seed": seed}
        numbers = setting.cache.arrays(
            "tensor",
            (program, BOX, SAMPLING, AXES, *named.values()),
            lambda: _numbers_of(blur, noise, shape, seed),  # noqa: B023 (called at once)
        )
        print(*named.values(), flush=True)
        yield {
            **named,
            "alike": len(set(BLURS[blur])) == 1,
            **{name: float(value) for name, value in numbers.items()},
        }


def _numbers_of(blur: str, noise: float, shape: str, seed: int) -> Dict[str, np.ndarray]:
    """The tensors of one phantom, and their errors."""
    turn = Rotation.random(random_state=seed).as_matrix()
    covariance = turn @ np.diag(np.square(BLURS[blur])) @ turn.T
    volume, mask = blurred_density(BOX, covariance, noise, seed, SHAPES[shape])
    prepared = prepare(volume, mask, SAMPLING, Settings(directions=AXES))
    table = measure_table(prepared, AxisSet.icosahedral(AXES))
    fit = fit_tensors(table)
    found = fit.record()
    resolutions, axes = principal(fit.mean())
    numbers = {
        "anisotropy_of_blur": fractional_anisotropy(np.array(BLURS[blur])),
        "unresolved": found["unresolved_share"],
        "anisotropy": found["median_fractional_anisotropy"],
        "chance": found["median_chance_anisotropy"],
        "mean_anisotropy": fractional_anisotropy(resolutions),
        "explained": found["median_explained_share"],
        "order4": found["median_order4_share"],
        **{f"mean_{n}_deg": a for n, a in zip(("fine", "middle", "coarse"), _angles(axes, turn))},
        **{f"cube_{side}_deg": _cube_error(fit, side, turn) for side in CUBES},
        "coarse_to_z_deg": np.degrees(np.arccos(min(abs(axes[2, 2]), 1.0))),
        **_other_fits(table, turn),
    }
    return {name: np.array(value) for name, value in numbers.items()}


def _angles(axes: np.ndarray, turn: np.ndarray) -> List[float]:
    """Median degrees from the axes, (..., 3, 3), to those of the blur: fine, middle, coarse."""
    cosines = np.abs(np.einsum("...ki,ik->...k", axes, turn)).reshape(-1, 3)
    return [float(v) for v in np.median(np.degrees(np.arccos(np.minimum(cosines, 1.0))), axis=0)]


def _cube_error(fit: TensorFit, side: int, turn: np.ndarray) -> float:
    """Mean of the three angles, where tensors are averaged over a cube about every voxel."""
    mask = fit.volume(np.ones(len(fit.indices), np.float32))
    share = uniform_filter(mask, side)[mask > 0]
    columns = [uniform_filter(fit.volume(c), side)[mask > 0] / share for c in fit.components.T]
    return float(np.mean(_angles(principal(np.stack(columns, axis=1))[1], turn)))


def _other_fits(table: ResolutionTable, turn: np.ndarray) -> Dict[str, float]:
    """Errors of the axes where a quadratic form is fitted to functions of R by least squares."""
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
    found: Dict[str, float] = {}
    for name, values in quantities.items():
        forms = values @ solve.T
        voxels, turned = _eigen(forms, turn)
        # Of R², 1/R and 1/R² a principal value has to have their sign, or is no resolution.
        lost = float(np.mean(np.any(voxels * np.sign(values.mean()) <= 0, axis=1)))
        mean = _eigen(forms.mean(axis=0), turn)[1]
        found.update(
            {
                f"{name}, voxels_deg": float(np.mean(turned)),
                f"{name}, mean_deg": float(np.mean(mean)),
                f"{name}, lost": lost,
            }
        )
    return found


def _eigen(forms: np.ndarray, turn: np.ndarray) -> Tuple[np.ndarray, List[float]]:
    """Eigenvalues, and median degrees of the eigenvectors from the axes of the blur."""
    xx, yy, zz, xy, xz, yz = np.moveaxis(forms, -1, 0)
    matrices = np.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], axis=-1)
    values, vectors = np.linalg.eigh(matrices.reshape(*forms.shape[:-1], 3, 3))
    return values, _angles(np.swapaxes(vectors, -1, -2), turn)
