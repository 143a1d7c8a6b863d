"""The two presets: records of all in which the default and the authors' program differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Optional

import numpy as np

from ..fourier.frequency_limits import default_coarsest
from ..geometry.crop import particle_and_solvent, whole_box
from ..noise.solvent import Solvent, off_the_particle, outside_the_largest_radius
from ..published import xmipp_compat
from ..reduction import reductions
from ..reduction.reductions import ReductionRules
from .bands import FINEST, frequency_grid

__all__ = ["DEFAULT", "PRESETS", "PUBLISHED", "Preset"]


@dataclass(frozen=True)
class Preset:
    """One way to measure.

    Attributes
    ----------
    name : str
    by_amplitude : bool
        Test amplitudes against those of the noise (:mod:`.amplitude_test`), instead of measuring
        the ratio of signal and noise (:mod:`.signal_to_noise`).
    working_box : callable
        ``(mask) -> side`` of the part of the box, about its centre, that is worked on.
    frequencies : callable
        ``(size, sampling, coarsest or None, finest) -> ndarray``: spatial frequencies that are
        looked at, ``finest`` and values in cycles per voxel.
    solvent : callable
        ``(volume, mask, noise radius or None) -> Solvent``: where the noise is.
    rules : ReductionRules
    """

    name: str
    by_amplitude: bool
    working_box: Callable[[np.ndarray], int]
    frequencies: Callable[[int, float, Optional[float], float], np.ndarray]
    solvent: Callable[[np.ndarray, np.ndarray, Optional[float]], Solvent]
    rules: ReductionRules


def _default_grid(
    size: int, sampling: float, coarsest: Optional[float], finest: float
) -> np.ndarray:
    limit = coarsest or default_coarsest(size, sampling)
    return frequency_grid(sampling / limit, min(finest, FINEST))


def _authors_grid(
    size: int, sampling: float, coarsest: Optional[float], finest: float
) -> np.ndarray:
    return xmipp_compat.authors_frequency_grid(
        size, sampling, coarsest or xmipp_compat.COARSEST
    ).frequency


def _authors_solvent(
    volume: np.ndarray, mask: np.ndarray, noise_radius: Optional[float]
) -> Solvent:
    return outside_the_largest_radius(volume, mask, noise_radius, xmipp_compat.variance_cliff)


DEFAULT = Preset(
    name="default",
    by_amplitude=False,
    working_box=particle_and_solvent,
    frequencies=_default_grid,
    solvent=off_the_particle,
    rules=ReductionRules(
        keep=reductions.every_axis,
        position=reductions.linear_position,
        counts=reductions.split_counts,
        line=reductions.narrow_line,
        plane=reductions.narrow_plane,
    ),
)

PUBLISHED = Preset(
    name="published",
    by_amplitude=True,
    working_box=whole_box,
    frequencies=_authors_grid,
    solvent=_authors_solvent,
    rules=ReductionRules(
        keep=xmipp_compat.drop_outliers,
        position=xmipp_compat.floor_position,
        counts=xmipp_compat.counts_within_tenth,
        line=xmipp_compat.axes_around,
        plane=xmipp_compat.axes_across,
    ),
)

PRESETS: Dict[str, Preset] = {preset.name: preset for preset in (DEFAULT, PUBLISHED)}
