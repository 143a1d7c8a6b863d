"""The presets: each is a record of all choices in which measurements differ.

A new noise model, cone shape or estimator is a new preset: a copy of one below with another
function (``docs/extend/noise_model.rst``, ``docs/extend/cone_shape.rst``), listed in ``PRESETS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Optional

import numpy as np

from ..fourier.frequency_limits import default_coarsest
from ..geometry.crop import particle_and_solvent, whole_box
from ..localres.bands import FINEST, frequency_grid
from ..localres.snr_setup import snr_problem
from ..noise.noise_model import MakeNoiseModel
from ..noise.noise_power import noise_power
from ..problem.criterion import CRITERION
from ..problem.directional_problem import MakeProblem
from ..published import xmipp_compat
from ..published.amplitude_setup import amplitude_test
from ..published.amplitude_test import SIGNIFICANCE
from ..reduction import reductions
from ..reduction.reductions import ReductionRules
from ..solvent.region import Solvent, off_the_particle, outside_the_largest_radius

__all__ = ["DEFAULT", "PRESETS", "PUBLISHED", "Preset"]


@dataclass(frozen=True)
class Preset:
    """One way to measure.

    Attributes
    ----------
    name : str
    criterion : float or None
        FSC value at which the resolution ends unless the user names another; ``None``: the preset
        has no such setting.
    significance : float or None
        The same for the quantile of the noise.
    working_box : callable
        ``(mask) -> side`` of the part of the box, about its centre, that is worked on, voxels.
    solvent : callable
        ``(volume, mask, noise_radius or None, exclude or None) -> Solvent``: where the noise is,
        without half maps.
    noise : callable
        ``(volume, region, gain, threads) -> NoiseModel`` (:mod:`.noise_model`).
    frequencies : callable
        ``(size, sampling, coarsest or None, finest) -> ndarray``: spatial frequencies to test, in
        cycles per voxel as ``finest`` is; ``coarsest`` in Å.
    problem : callable
        ``(ProblemInput) -> DirectionalProblem`` (:mod:`.directional_problem`).
    rules : ReductionRules
        How the table is reduced to maps.
    costs : str
        The preset whose measured time and memory are used to estimate those of this one:
        ``default`` or ``published``.  A copy of a preset has its costs.
    """

    name: str
    criterion: Optional[float]
    significance: Optional[float]
    working_box: Callable[[np.ndarray], int]
    solvent: Callable[[np.ndarray, np.ndarray, Optional[float], Optional[np.ndarray]], Solvent]
    noise: MakeNoiseModel
    frequencies: Callable[[int, float, Optional[float], float], np.ndarray]
    problem: MakeProblem
    rules: ReductionRules
    costs: str


def _default_grid(
    size: int, sampling: float, coarsest: Optional[float], finest: float
) -> np.ndarray:
    limit, end = coarsest or default_coarsest(size, sampling), min(finest, FINEST)
    if not sampling / limit < end:
        raise ValueError(
            f"no frequency fits between the coarsest resolution, {limit:.3g} Å, and the finest "
            f"one, {sampling / end:.3g} Å"
        )
    return frequency_grid(sampling / limit, end)


def _authors_grid(
    size: int, sampling: float, coarsest: Optional[float], finest: float
) -> np.ndarray:
    return xmipp_compat.authors_frequency_grid(
        size, sampling, coarsest or xmipp_compat.COARSEST
    ).frequency


def _authors_solvent(
    volume: np.ndarray,
    mask: np.ndarray,
    noise_radius: Optional[float],
    exclude: Optional[np.ndarray] = None,
) -> Solvent:
    return outside_the_largest_radius(
        volume, mask, noise_radius, xmipp_compat.variance_cliff, exclude
    )


DEFAULT = Preset(
    name="default",
    criterion=CRITERION,
    significance=None,
    working_box=particle_and_solvent,
    solvent=off_the_particle,
    noise=noise_power,
    frequencies=_default_grid,
    problem=snr_problem,
    rules=ReductionRules(
        keep=reductions.every_axis,
        position=reductions.linear_position,
        counts=reductions.split_counts,
        radial=reductions.gaussian_along,
        tangential=reductions.gaussian_across,
    ),
    costs="default",
)

PUBLISHED = Preset(
    name="published",
    criterion=None,
    significance=SIGNIFICANCE,
    working_box=whole_box,
    solvent=_authors_solvent,
    noise=noise_power,
    frequencies=_authors_grid,
    problem=amplitude_test,
    rules=ReductionRules(
        keep=xmipp_compat.drop_outliers,
        position=xmipp_compat.floor_position,
        counts=xmipp_compat.counts_within_tenth,
        radial=xmipp_compat.axes_around,
        tangential=xmipp_compat.axes_across,
    ),
    costs="published",
)

PRESETS: Dict[str, Preset] = {preset.name: preset for preset in (DEFAULT, PUBLISHED)}
