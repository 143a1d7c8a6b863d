"""The registry of result maps: what every map of a run is, and how it is reduced from the table.

Files, summary, curves, figures, report, viewer, Scipion outputs and help texts go through
:data:`RESULT_MAPS`.  A new map is one function and one record in this module
(``docs/extend/result_map.rst``).

Definitions are those of Vilas et al. 2020, Results and Methods, all in Å.  Which axes count as
radial or tangential, and by how much, is a choice of the preset
(:class:`.reductions.ReductionRules`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Optional

import numpy as np

from .axis_statistics import MIDDLE_TWO_THIRDS, VoxelResolutions

__all__ = [
    "ANISOTROPY",
    "HIGHEST",
    "MAIN_MAP",
    "RESOLUTION",
    "RESULT_MAPS",
    "ResultMap",
    "curve_maps",
    "displayed_maps",
    "label_of",
    "resolution_names",
]

#: Kinds of maps.  Maps of resolution share one scale, finer resolution upwards, and take the
#: coarse limit where a voxel is not resolved.  Maps of anisotropy begin at zero.
RESOLUTION, ANISOTROPY = "resolution", "anisotropy"
#: Quantiles over the axes that are the highest and the lowest resolution.
HIGHEST, LOWEST = 0.05, 0.95
#: The map that is shown first.
MAIN_MAP = "adr"

_DEPENDS_ON_CENTRE = (
    "It depends on the centre. If the particle turns about another point, radial and tangential "
    "resolution mix."
)


@dataclass(frozen=True)
class ResultMap:
    """One map of a run.

    Attributes
    ----------
    name : str
        Name of the file without its suffix, of the figure, and key of the summary.
    title : str
        In menus and as heading.
    label : str
        In legends, at scales and in tables.
    definition : str
        What a value is, as a phrase without a unit, for lists of files.
    description : str
        What the map shows, in a sentence or two, for captions.
    kind : {"resolution", "anisotropy"}
        Which scale and colours it has.
    reduce : callable, optional
        ``reduce(voxels: VoxelResolutions) -> ndarray, shape (voxels,)``; ``None`` if the map is not
        reduced from the table but measured apart from it.
    unit : str
    caution : str
        What not to conclude from the map, for the report.
    scipion_output : str
        Name of the protocol's output; empty: ``name``.
    has_curve : bool
        Whether figures show its means over shells.
    needs_centre : bool
        Whether it depends on the centre of the particle.
    in_report : bool
        Whether the report has a figure of its own of it.
    bound_share : float, optional
        Share of unresolved axes of a voxel from which on its value is only a lower bound; ``None``
        where there is no such share.
    """

    name: str
    title: str
    label: str
    definition: str
    description: str
    kind: str
    reduce: Optional[Callable[[VoxelResolutions], np.ndarray]]
    unit: str = "Å"
    caution: str = ""
    scipion_output: str = ""
    has_curve: bool = False
    needs_centre: bool = False
    in_report: bool = True
    bound_share: Optional[float] = None

    def __post_init__(self) -> None:
        if self.kind not in (RESOLUTION, ANISOTROPY):
            raise ValueError(f"result map {self.name}: kind {self.kind} is unknown")

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.mrc"

    @property
    def output(self) -> str:
        """Name of the protocol's output."""
        return self.scipion_output or self.name

    @property
    def short_label(self) -> str:
        """The label without the word "resolution", where all that is labelled is resolution."""
        return self.label.replace(" resolution", "")

    @property
    def is_resolution(self) -> bool:
        """Whether values are resolutions: smaller is finer, the coarse limit means unresolved."""
        return self.kind == RESOLUTION


def _highest(voxels: VoxelResolutions) -> np.ndarray:
    return voxels.quantile(HIGHEST)


def _lowest(voxels: VoxelResolutions) -> np.ndarray:
    return voxels.quantile(LOWEST)


def _adr(voxels: VoxelResolutions) -> np.ndarray:
    return (voxels.quantile(HIGHEST) + voxels.quantile(LOWEST)) / 2


def _anisotropy(voxels: VoxelResolutions) -> np.ndarray:
    low, high = (voxels.quantile(quantile) for quantile in MIDDLE_TWO_THIRDS)
    return (high - low) / 2


def _radial(voxels: VoxelResolutions) -> np.ndarray:
    return voxels.mean(voxels.radial_weights)


def _tangential(voxels: VoxelResolutions) -> np.ndarray:
    return voxels.mean(voxels.tangential_weights)


_MAPS = (
    ResultMap(
        "highest",
        "Highest resolution",
        "Highest resolution",
        "5th percentile of the resolution over the axes",
        "The resolution along the finest axes of every voxel (5th percentile over the axes).",
        RESOLUTION,
        _highest,
        caution="It picks the finest of many axes, so chance contributes to it. At the fine limit "
        "it means: at least as fine as this.",
        scipion_output="highestResolution",
        has_curve=True,
    ),
    ResultMap(
        "lowest",
        "Lowest resolution",
        "Lowest resolution",
        "95th percentile of the resolution over the axes",
        "The resolution along the coarsest axes of every voxel (95th percentile over the axes).",
        RESOLUTION,
        _lowest,
        caution="Hatched voxels are coarser than the coarse limit along their coarsest axes, or "
        "have no data there. Where a twentieth of the axes have no data, all voxels are hatched.",
        scipion_output="lowestResolution",
        has_curve=True,
    ),
    ResultMap(
        MAIN_MAP,
        "Average directional resolution (ADR)",
        "ADR",
        "average directional resolution: mean of the highest and the lowest",
        "The mean of the highest and the lowest resolution over all axes, at every voxel. Where "
        "the lowest is not resolved it counts as the coarse limit, and the true ADR is coarser.",
        RESOLUTION,
        _adr,
        caution="This is the mean of two ends: voxels of the same ADR may differ along every axis. "
        "Where the lowest resolution is not resolved, the true ADR is coarser.",
    ),
    ResultMap(
        "anisotropy",
        "Anisotropy",
        "Anisotropy",
        "half of the 83rd less the 17th percentile over the axes",
        "Half of the 83rd less the 17th percentile over the axes: 0 where all axes are alike. "
        "Where 17 % of the axes or more are not resolved it is a lower bound, and hatched.",
        ANISOTROPY,
        _anisotropy,
        caution="It is small where all axes are equally fine, and also where all of them lie at "
        "the same limit. Look at the highest and the lowest resolution beside it.",
        bound_share=MIDDLE_TWO_THIRDS[0],
    ),
    ResultMap(
        "radial",
        "Radial resolution",
        "Radial resolution",
        "resolution along the radial direction, from the centre to the voxel",
        "The resolution along the radial direction, from the centre to every voxel.",
        RESOLUTION,
        _radial,
        caution=_DEPENDS_ON_CENTRE,
        scipion_output="radialResolution",
        has_curve=True,
        needs_centre=True,
    ),
    ResultMap(
        "tangential",
        "Tangential resolution",
        "Tangential resolution",
        "mean resolution over the directions perpendicular to the radial one",
        "The mean resolution over the directions perpendicular to the radial direction.",
        RESOLUTION,
        _tangential,
        caution=_DEPENDS_ON_CENTRE,
        scipion_output="tangentialResolution",
        has_curve=True,
        needs_centre=True,
    ),
    ResultMap(
        "monores",
        "Resolution without directions (MonoRes)",
        "MonoRes",
        "resolution without directions (MonoRes), for comparison",
        "The resolution measured without a cone, for comparison.",
        RESOLUTION,
        None,
        scipion_output="monoresResolution",
        has_curve=True,
        # The figure of the difference to ADR shows it.
        in_report=False,
    ),
)

#: All maps of a run by name, in the order of the columns of files.
RESULT_MAPS: Dict[str, ResultMap] = {entry.name: entry for entry in _MAPS}


def displayed_maps() -> List[ResultMap]:
    """All maps in the order in which they are shown: the main map first."""
    return sorted(RESULT_MAPS.values(), key=lambda entry: entry.name != MAIN_MAP)


def resolution_names() -> List[str]:
    """Names of the maps of resolution, which share one scale, in the order of display."""
    return [entry.name for entry in displayed_maps() if entry.is_resolution]


def curve_maps() -> List[ResultMap]:
    """Maps that are drawn as radial curves: first those that depend on the centre."""
    chosen = (entry for entry in RESULT_MAPS.values() if entry.has_curve)
    return sorted(chosen, key=lambda entry: not entry.needs_centre)


def label_of(name: str) -> str:
    """The label of a map; a map along an axis of ``--along`` has its name as label."""
    return RESULT_MAPS[name].label if name in RESULT_MAPS else name.replace("_", " ")
