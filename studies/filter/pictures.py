"""Slices before and after the filter: a particle, noise alone, and a particle in a micelle."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Sequence, Tuple

import numpy as np
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from monodir_plugin.figures.drawing.style import TWO_COLUMNS, new_figure, styled
from monodir_plugin.numerics.filtering.weights import filter_weights
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem
from monodir_plugin.numerics.measurement.preparation import prepare
from studies.filter.cases import MICELLE
from studies.filter.filters import apply
from studies.harness import Setting
from studies.truth.cases import FINAL, QUICK
from studies.truth.experiment import Experiment, make_experiment

__all__ = ["in_micelle", "micelle_of", "noise_alone", "problem_of", "slices"]

#: The particle whose slices are shown.
_SHOWN = "proteasome-preferred"
#: Radius and half thickness of the torus, as shares of the box.
_RING, _TUBE = 0.27, 0.09
#: Density of the micelle over the standard deviation of the particle's.
_MEAN = 0.6
#: Disorder of the micelle: standard deviation over that of the noise of a half map.
_DISORDER = 2.0
_SIDES = ("z", "y", "x")
#: Inches of a row, and of the labels below the last one.
_ROW, _LABELS = 2.05, 0.3
#: Percentiles of the voxels that are drawn, at the ends of the scale.
_SCALE = (0.1, 99.9)


def slices(setting: Setting) -> Dict[str, Figure]:
    """The figures by their names."""
    shown = QUICK if setting.quick else next(case for case in FINAL if case.name == _SHOWN)
    particle = make_experiment(shown, setting.models, setting.cache, setting.threads)
    rows = {**_rows(particle, ("directional", "isotropic")), "noise-free map": particle.clean}
    found = {"validation_filter_slices": _figure(rows, particle.mask, shown.sampling)}

    rows = _rows(noise_alone(particle))
    found["validation_filter_noise"] = _figure(rows, particle.mask, shown.sampling)

    inside = in_micelle(setting)
    rows = {**_rows(inside), "noise-free map": inside.clean}
    found["validation_filter_micelle"] = _figure(rows, inside.mask, inside.case.sampling)
    return found


def noise_alone(experiment: Experiment) -> Experiment:
    """The same experiment without a particle: half maps of noise that is as strong."""
    first, second = (np.sqrt(2) * experiment.noises[number] for number in (1, 2))
    return replace(experiment, half1=first, half2=second, clean=np.zeros_like(experiment.clean))


def problem_of(experiment: Experiment, threads: int = 1) -> SnrProblem:
    """The problem of a run from the half maps."""
    problem = prepare(
        experiment.mean,
        experiment.mask,
        experiment.case.sampling,
        threads=threads,
        noise_map=experiment.difference,
    ).problem
    assert isinstance(problem, SnrProblem)
    return problem


def micelle_of(size: int) -> np.ndarray:
    """A torus about z, in the middle of the box, with a soft edge; shape (N, N, N), 0 to 1."""
    z, y, x = np.indices((size,) * 3) - size // 2
    across = (np.hypot(y, x) - _RING * size) ** 2 + z**2
    return gaussian_filter((across < (_TUBE * size) ** 2).astype(np.float32), 1.0)


def in_micelle(setting: Setting) -> Experiment:
    """A particle in a micelle, whose lipids differ from image to image.

    On average they are a smooth torus.  Their disorder adds noise there, of its own in each half
    map and in each further realisation.  The mask holds particle and micelle.
    """
    case = replace(MICELLE, model="blob", size=40, sampling=4.0) if setting.quick else MICELLE
    ring = micelle_of(case.size)

    def with_ring(density: np.ndarray, _: np.ndarray) -> np.ndarray:
        # The density of a model has a standard deviation of one inside its mask.
        return np.maximum(density, _MEAN * ring)

    made = make_experiment(
        case, setting.models, setting.cache, setting.threads, (f"micelle {_MEAN}", with_ring)
    )
    rng = np.random.default_rng(case.seed)
    spread = float(made.noises.std()) * _DISORDER

    def disorder(share: float) -> np.ndarray:
        return ring * rng.normal(scale=spread * share, size=ring.shape).astype(np.float32)

    noises = np.array([noise + disorder(1.0) for noise in made.noises])
    return replace(
        made,
        half1=made.half1 + disorder(np.sqrt(2)),
        half2=made.half2 + disorder(np.sqrt(2)),
        noises=noises,
        mask=made.mask | (ring > 0.5),
    )


def _rows(experiment: Experiment, kinds: Sequence[str] = ("directional",)) -> Dict[str, np.ndarray]:
    """A map whose noise is independent of the weights, and the filtered ones."""
    problem = problem_of(experiment)
    third = experiment.clean + experiment.noises[0]
    rows = {"before": third}
    for kind in kinds:
        rows[f"after ({kind})"] = apply(
            third, filter_weights(problem, kind), problem, experiment.mask
        )
    return rows


@styled
def _figure(rows: Dict[str, np.ndarray], mask: np.ndarray, sampling: float) -> Figure:
    """Slices through the middle across each axis, a row a map, on one grey scale."""
    size = len(mask)
    figure = new_figure(TWO_COLUMNS, _ROW * len(rows) + _LABELS)
    plots = figure.subplots(len(rows), 3, squeeze=False, sharex=True, sharey=True)
    drawn: List[List[np.ndarray]] = [
        [box.take(size // 2, axis) for axis in range(3)] for box in rows.values()
    ]
    low, high = np.percentile(np.concatenate([np.ravel(row) for row in drawn]), _SCALE)
    edges = (np.array([0, size]) - 0.5 - size // 2) * sampling
    centres = (np.arange(size) - size // 2) * sampling
    sides: Tuple[str, ...] = ("xy", "xz", "yz")
    for number, (line, name, images) in enumerate(zip(plots, rows, drawn), 1):
        for axis, (plot, image) in enumerate(zip(line, images)):
            shown = plot.imshow(
                image, cmap="gray_r", vmin=low, vmax=high, origin="lower", extent=(*edges, *edges)
            )
            inside = mask.take(size // 2, axis)
            plot.contour(centres, centres, inside, [0.5], colors="#D55E00", linewidths=0.8)
            plot.set_title(f"{name}, {_SIDES[axis]} = 0")
            if number == len(rows):
                plot.set_xlabel(f"{sides[axis][0]} (Å)")
            plot.set_ylabel(f"{sides[axis][1]} (Å)")
    bar = figure.colorbar(shown, ax=plots, extend="both", shrink=0.8, aspect=15 * len(rows))
    bar.set_label("Density (units of the map)")
    return figure
