"""Maps that were made from the data alone, and maps with detail from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterator, Tuple

import numpy as np
from scipy.ndimage import distance_transform_edt

from monodir_plugin.numerics.filtering.sharpening import sharpening_gain
from monodir_plugin.numerics.filtering.weights import FilterWeights
from monodir_plugin.numerics.geometry.soft_edges import soft_mask
from monodir_plugin.numerics.localres.signal_to_noise import SnrProblem
from studies.filter.filters import apply
from studies.filter.helices import helices_of, turned_helix
from studies.filter.truth import by_shell, shells_of
from studies.truth.cases import MODELS
from studies.truth.experiment import Experiment, density_of

__all__ = [
    "ALTERED",
    "FILLED",
    "HELIX",
    "OF_THE_DATA",
    "altered",
    "filled_cone",
    "helices_turned",
    "made_of_the_data",
    "masked",
]

_MASKS = ("hard mask", "soft mask")
OF_THE_DATA = ("filtered", "filtered, sharpened", "global filter", "low-passed", *_MASKS)
#: Width of the soft edge of a mask, and depth in the mask of the run at which it begins, voxels.
_SOFT, _WITHIN = 5.0, 2.0
#: By the name of a map: side of the block that is turned, as a share of the box.
_BLOCKS = {"large block turned": 1 / 5, "small block turned": 1 / 10}
#: Blocks of each size that are turned in a case, one in each map.
_PLACES = 3
ALTERED = (*_BLOCKS, "noise sharpened")
HELIX = "helix turned"
#: Helices that are turned in a case, one in each map.
_HELICES = 5
FILLED = ("cone filled: noise", "cone filled: turned", "cone filled: truth")

Named = Iterator[Tuple[str, np.ndarray]]


def made_of_the_data(
    experiment: Experiment, problem: SnrProblem, weights: Dict[str, FilterWeights]
) -> Named:
    """Maps in which nothing comes from elsewhere, and no noise is amplified."""
    mask, mean = experiment.mask, experiment.mean
    plain = apply(mean, weights["directional"], problem, mask)
    yield "filtered", plain
    # As the option --sharpen: amplitudes grow up to the map's own resolution, there by e².
    frequency = np.arange(experiment.case.size) / experiment.case.size
    gain = sharpening_gain(8 / problem.resolution**2, frequency, 1 / problem.resolution)
    sharp = apply(by_shell(mean, gain), weights["directional"], problem, mask)
    yield "filtered, sharpened", sharp
    yield "global filter", apply(mean, weights["global"], problem, mask)
    low = 1 / (1 + (frequency / problem.resolution) ** 16)
    yield "low-passed", by_shell(mean, low)


def masked(experiment: Experiment, made: Dict[str, np.ndarray]) -> Named:
    """Maps made from the data that are multiplied by masks.

    The masks are that of the run, which is hard, the same with a soft edge that begins within the
    particle, and the half of either, which ends in the middle of the particle.
    """
    mask = experiment.mask
    half = mask.copy()
    half[:, :, len(mask) // 2 :] = False
    for name, whole in (("filtered", half), ("filtered, sharpened", mask)):
        yield _MASKS[0], made[name] * whole
        within = distance_transform_edt(whole) > _WITHIN
        yield _MASKS[1], made[name] * soft_mask(within, _SOFT)


def altered(experiment: Experiment, problem: SnrProblem, plain: np.ndarray) -> Named:
    """The filtered map with a block turned by 90 degrees, and the noise amplified."""
    size = len(plain)
    rng = np.random.default_rng(experiment.case.seed)
    inside = np.argwhere(experiment.mask)
    for name, share in _BLOCKS.items():
        half = round(size * share / 2)
        for place in rng.choice(inside, _PLACES, replace=False):
            start = np.clip(place - half, 0, size - 2 * half)
            block = tuple(slice(one, one + 2 * half) for one in start)
            turned = plain.copy()
            turned[block] = np.rot90(turned[block], axes=(0, 1))
            yield name, turned
    boost = np.exp(2.5 * np.minimum(np.arange(size) / size / problem.resolution, 2.0) ** 2)
    yield "noise sharpened", by_shell(experiment.mean, boost)


def helices_turned(
    experiment: Experiment, plain: np.ndarray, models: Path
) -> Iterator[Tuple[int, np.ndarray]]:
    """The filtered map with a random helix of its model turned; the number of residues first."""
    case = experiment.case
    if case.model not in MODELS:
        return
    found = helices_of(models / MODELS[case.model], case.size, case.sampling)
    rng = np.random.default_rng(case.seed)
    for which in rng.choice(len(found), min(_HELICES, len(found)), replace=False):
        yield found[which].residues, turned_helix(plain, found[which], case.sampling, rng)


def filled_cone(experiment: Experiment, plain: np.ndarray, models: Path) -> Named:
    """The filtered map whose missing cone is filled with what the data do not hold.

    The fill has the power that each shell has outside of the cone: of noise inside the mask, of the
    particle turned by 90 degrees about z, and of the particle itself.
    """
    case = experiment.case
    size, shells = case.size, shells_of(case.size)
    ((_, views),) = case.views
    k = np.fft.fftfreq(size) * size
    length = np.maximum(shells, 1)
    cone = np.abs(k)[:, None, None] > np.cos(np.deg2rad(90 - views.tilts[1])) * length
    outside, spectrum = ~cone, np.fft.rfftn(plain)
    density, _ = density_of(case, models)
    noise = np.random.default_rng(case.seed).normal(size=plain.shape)
    sources = (noise, np.rot90(density, axes=(1, 2)), density)
    edge = soft_mask(experiment.mask, 4.0)

    def level(values: np.ndarray, where: np.ndarray) -> np.ndarray:
        """Mean power of some coefficients of every shell."""
        power = np.bincount(shells[where], np.abs(values[where]) ** 2, minlength=shells.max() + 1)
        return power / np.maximum(np.bincount(shells[where], minlength=len(power)), 1)

    wanted = level(spectrum, outside)
    for name, source in zip(FILLED, sources):
        fill = np.fft.rfftn(source * edge)
        gain = np.sqrt(wanted / np.maximum(level(fill, cone), 1e-30))
        both = np.where(cone, spectrum + gain[shells] * fill, spectrum)
        yield name, np.fft.irfftn(both, s=plain.shape).astype(np.float32)
