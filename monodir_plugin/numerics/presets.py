"""The two presets: records of all in which the default and the authors' program differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Optional

import numpy as np

from . import published, reductions
from .effective import modes_per_voxel
from .fade import Fade, carried_inwards
from .ladder import FINEST_RUNG, Ladder, default_coarsest, even_ladder
from .reductions import ReductionRules
from .solvent import Solvent, beyond_the_particle, outside_the_largest_radius
from .window import particle_and_solvent, whole_box

__all__ = ["DEFAULT", "PRESETS", "PUBLISHED", "Preset"]

#: Distance of rungs, cycles per voxel.
SPACING = 0.02
FOOT = 0.1


@dataclass(frozen=True)
class Preset:
    """One way to measure.

    Attributes
    ----------
    name : str
    corners : bool
        Keep Fourier coefficients beyond the sphere of radius Nyquist.
    interpolate : bool
        Interpolate the crossing of the threshold between rungs.
    normalise : bool
        Divide the fading at the sphere out again, and correct the quantile of
        the noise for few independent values.
    pooling : float
        Low-pass filter of the amplitudes that are tested, over the spatial frequency of the
        rung; less than one pools evidence from neighbouring voxels.  The noise's is one.
    stop_at_end : bool
        End the ladder where the information of the map ends.
    least_left : float
        An axis ends when a smaller share of the voxels is left in the race.
    weak : float
        An axis ends when the mean amplitude of those left is below this
        multiple of the mean noise of the map without a cone at the first rung.
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
    corners: bool
    interpolate: bool
    normalise: bool
    pooling: float
    stop_at_end: bool
    least_left: float
    weak: float
    working_box: Callable[[np.ndarray], int]
    ladder: Callable[[int, float, Optional[float], float], Ladder]
    solvent: Callable[[np.ndarray, np.ndarray, Optional[float]], Solvent]
    rules: ReductionRules

    def carried(self, fade: Fade, ladder: Ladder) -> np.ndarray:
        """Fading to divide out, per rung; of no points where it stays in."""
        if self.normalise:
            return carried_inwards(fade, ladder)
        return np.zeros((len(ladder), 0), np.float32)

    def modes(self, ladder: Ladder, half_angle: float, power: np.ndarray) -> np.ndarray:
        """Independent noise values per voxel and rung; infinite where they are not asked for."""
        if self.normalise:
            return modes_per_voxel(ladder, half_angle, power)
        return np.full(len(ladder), np.inf)


def _default_ladder(size: int, sampling: float, coarsest: Optional[float], finest: float) -> Ladder:
    limit = coarsest or default_coarsest(size, sampling)
    return even_ladder(size, sampling / limit, min(finest, FINEST_RUNG), SPACING, FOOT)


def _authors_ladder(size: int, sampling: float, coarsest: Optional[float], finest: float) -> Ladder:
    return published.authors_ladder(size, sampling, coarsest or published.COARSEST)


def _authors_solvent(
    volume: np.ndarray, mask: np.ndarray, noise_radius: Optional[float]
) -> Solvent:
    return outside_the_largest_radius(volume, mask, noise_radius, published.variance_cliff)


DEFAULT = Preset(
    name="default",
    corners=False,
    interpolate=True,
    normalise=True,
    pooling=1.0,
    stop_at_end=True,
    least_left=0.025,
    weak=0.0,
    working_box=particle_and_solvent,
    ladder=_default_ladder,
    solvent=beyond_the_particle,
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
    corners=True,
    interpolate=False,
    normalise=False,
    pooling=1.0,
    stop_at_end=False,
    least_left=0.025,
    weak=0.001 / 9,
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
