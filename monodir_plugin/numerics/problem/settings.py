"""Settings of a measurement, checked when they are made.

The command line and the protocol show the sentences of the errors raised here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Optional, Protocol, Tuple, Union

import numpy as np

from ..checks.numbers import are_finite, is_finite, is_number, shown
from ..geometry.axes import check_count
from .criterion import snr_of_fsc

__all__ = [
    "DEFAULT_SETTINGS",
    "Settings",
    "check_cone",
    "check_settings_for_map",
    "checked_settings",
]

#: Openings of the cone, degrees: a narrower cone holds too few coefficients, a wider one has no
#: direction.
NARROWEST_CONE, WIDEST_CONE = 10.0, 90.0

Centre = Union[str, Tuple[float, float, float]]


def check_cone(opening: float) -> None:
    """Refuse a full opening of the cone, degrees, that is too narrow or too wide."""
    if opening is None:
        raise ValueError("the cone has no opening: give 10 to 90 degrees")
    if not (is_number(opening) and NARROWEST_CONE <= opening <= WIDEST_CONE):
        raise ValueError(
            f"a cone opening of {shown(opening)} is not between {NARROWEST_CONE:g} and "
            f"{WIDEST_CONE:g} degrees"
        )


def _is_centre(centre: Any) -> bool:
    if isinstance(centre, str):
        return centre in ("box", "mask")
    return are_finite(centre, 3)


def _is_positive(value: Any) -> bool:
    return is_finite(value) and value > 0


@dataclass(frozen=True)
class Settings:
    """What the user may choose.

    Attributes
    ----------
    directions : int
        Number of axes: 46, 81, 126 or 181.
    cone : float
        Full opening of the cone about an axis, degrees, 10 to 90.  In the default preset weights
        fall to zero at 26/30 of it from the axis; in the published one the edge is at half of it.
    criterion : float or None
        FSC value at which the resolution ends, between 0 and 1; ``None``: 0.5.  Default preset
        only.
    significance : float or None
        Quantile of the noise's amplitude that a voxel must exceed, between 0 and 1; ``None``:
        0.95.  Published preset only.
    coarsest : float or None
        Coarsest resolution that is tested, Å; ``None``: the preset's.
    noise_radius : float or None
        Radius in voxels beyond which there is no noise; ``None``: found.
    centre : tuple of float, or "box", or "mask"
        Centre for radial and tangential resolution, voxels ``x, y, z``.

    Raises
    ------
    ValueError
        If a value is of another type, or outside its range.  What depends on the preset or on the
        map is checked by :func:`checked_settings` and :func:`check_settings_for_map`.
    """

    directions: int = 81
    cone: float = 30.0
    criterion: Optional[float] = None
    significance: Optional[float] = None
    coarsest: Optional[float] = None
    noise_radius: Optional[float] = None
    centre: Centre = "box"

    def __post_init__(self) -> None:
        for field in fields(self):
            value: Any = getattr(self, field.name)
            if isinstance(value, (np.ndarray, np.generic)):
                # Plain numbers, because settings are written as JSON.
                object.__setattr__(self, field.name, value.tolist())
        check_count(self.directions)
        check_cone(self.cone)
        if self.criterion is not None:
            snr_of_fsc(self.criterion)
        value = self.significance
        if value is not None and not (is_number(value) and 0 < value < 1):
            raise ValueError(f"a significance of {shown(value)}: give one between 0 and 1")
        if self.coarsest is not None and not _is_positive(self.coarsest):
            raise ValueError(
                f"a coarsest resolution of {shown(self.coarsest)} Å: give a positive number of Å"
            )
        if self.noise_radius is not None and not _is_positive(self.noise_radius):
            raise ValueError(
                f"a noise radius of {shown(self.noise_radius)}: give a positive number of voxels"
            )
        if not _is_centre(self.centre):
            raise ValueError(f"a centre of {self.centre}: give voxels x, y, z, or box, or mask")


DEFAULT_SETTINGS = Settings()


class PresetSettings(Protocol):
    """Settings of a preset; ``None`` for those that it does not have."""

    @property
    def name(self) -> str:
        """Name of the preset."""

    @property
    def criterion(self) -> Optional[float]:
        """FSC value at which the resolution ends."""

    @property
    def significance(self) -> Optional[float]:
        """Quantile of the noise."""


def checked_settings(settings: Settings, preset: PresetSettings) -> Settings:
    """Settings with the preset's values where the user gave none.

    Raises
    ------
    ValueError
        If the settings are no such record, or a setting is not one of the preset's.
    """
    if not isinstance(settings, Settings):
        raise ValueError(f"settings {settings}: give a record of the class Settings")
    if preset.criterion is None and settings.criterion is not None:
        raise ValueError(
            f"the preset {preset.name} has no FSC criterion; give a significance, or use the "
            "default preset"
        )
    if preset.significance is None and settings.significance is not None:
        raise ValueError(
            f"the preset {preset.name} has no significance; give an FSC criterion, or use the "
            "published preset"
        )
    return replace(
        settings,
        criterion=preset.criterion if settings.criterion is None else settings.criterion,
        significance=(
            preset.significance if settings.significance is None else settings.significance
        ),
    )


def check_settings_for_map(settings: Settings, size: int, sampling: float) -> None:
    """Refuse settings that do not fit a map.

    Parameters
    ----------
    settings : Settings
    size : int
        Side of the box, voxels.
    sampling : float
        Voxel size, Å.

    Raises
    ------
    ValueError
        If the coarsest resolution is finer than two voxels or coarser than the box, or if the
        noise radius or the centre lies outside the box.
    """
    limit, radius, centre = settings.coarsest, settings.noise_radius, settings.centre
    if limit is not None and not 2 * sampling < limit <= size * sampling:
        raise ValueError(
            f"a coarsest resolution of {limit:g} Å: give one between two voxels, "
            f"{2 * sampling:g} Å, and the box, {size * sampling:g} Å"
        )
    if radius is not None and radius > size / 2:
        raise ValueError(
            f"a noise radius of {radius:g} voxels lies outside the box of {size} voxels: "
            f"give at most {size / 2:g}"
        )
    if not isinstance(centre, str) and not all(0 <= c < size for c in centre):
        raise ValueError(f"the centre lies outside the box of {size} voxels: give voxels x, y, z")
