"""The two presets: records of all in which the default and the authors' program differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Optional

import numpy as np

from . import published, reductions
from .directional import RaceRules
from .ladder import FINEST_RUNG, Ladder, default_coarsest, even_ladder
from .reductions import ReductionRules
from .solvent import Solvent, off_the_particle, outside_the_largest_radius
from .window import particle_and_solvent, whole_box

__all__ = ["DEFAULT", "PRESETS", "PUBLISHED", "Preset"]

#: Distance of rungs, cycles per voxel.
SPACING = 0.02
FOOT = 0.1
#: Amplitudes are low-passed at this share of the rung's frequency.
POOLING = 0.5


@dataclass(frozen=True)
class Preset:
    """One way to measure.

    Attributes
    ----------
    name : str
    race : RaceRules
    significance : float
        Where the user names none.
    sampled_noise : bool
        Sample the noise's amplitude along every axis and fade amplitudes, instead of
        deriving its distribution from its power.
    stop_at_end : bool
        End the ladder where the information of the map ends.
    weak : float
        An axis ends when the mean amplitude of those left is below this
        multiple of the mean noise of the map without a cone at the first rung.
    margin : float
        Of the amplitude's grid: :class:`monodir_plugin.numerics.filters.Filters`.
    working_box : callable
        ``(mask) -> side`` of the part of the box, about its centre, that is worked on.
    ladder : callable
        ``(size, sampling, coarsest or None, finest) -> Ladder``; ``finest``
        in cycles per voxel.
    solvent : callable
        ``(volume, mask, noise radius or None) -> Solvent``: where the noise is.
    rules : ReductionRules
    """

    name: str
    race: RaceRules
    significance: float
    sampled_noise: bool
    stop_at_end: bool
    weak: float
    margin: float
    working_box: Callable[[np.ndarray], int]
    ladder: Callable[[int, float, Optional[float], float], Ladder]
    solvent: Callable[[np.ndarray, np.ndarray, Optional[float]], Solvent]
    rules: ReductionRules


def _default_ladder(size: int, sampling: float, coarsest: Optional[float], finest: float) -> Ladder:
    limit = coarsest or default_coarsest(size, sampling)
    return even_ladder(size, sampling / limit, min(finest, FINEST_RUNG), SPACING, FOOT, POOLING)


def _authors_ladder(size: int, sampling: float, coarsest: Optional[float], finest: float) -> Ladder:
    return published.authors_ladder(size, sampling, coarsest or published.COARSEST)


def _authors_solvent(
    volume: np.ndarray, mask: np.ndarray, noise_radius: Optional[float]
) -> Solvent:
    return outside_the_largest_radius(volume, mask, noise_radius, published.variance_cliff)


DEFAULT = Preset(
    name="default",
    race=RaceRules(corners=False, control="fdr", failures=4, interpolate=True, least_left=0.025),
    significance=0.995,
    sampled_noise=False,
    stop_at_end=True,
    weak=0.0,
    margin=1.0,
    working_box=particle_and_solvent,
    ladder=_default_ladder,
    solvent=off_the_particle,
    rules=ReductionRules(
        keep=reductions.every_axis,
        position=reductions.linear_position,
        votes=reductions.split_votes,
        line=reductions.narrow_line,
        plane=reductions.narrow_plane,
    ),
)

PUBLISHED = Preset(
    name="published",
    race=RaceRules(corners=True, control="cells", failures=2, interpolate=False, least_left=0.025),
    significance=0.95,
    sampled_noise=True,
    stop_at_end=False,
    weak=0.001 / 9,
    margin=0.7,
    working_box=whole_box,
    ladder=_authors_ladder,
    solvent=_authors_solvent,
    rules=ReductionRules(
        keep=published.drop_outliers,
        position=published.floor_position,
        votes=published.votes_within_tenth,
        line=published.axes_around,
        plane=published.axes_across,
    ),
)

PRESETS: Dict[str, Preset] = {preset.name: preset for preset in (DEFAULT, PUBLISHED)}
