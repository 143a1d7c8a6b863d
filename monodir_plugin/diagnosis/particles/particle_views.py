"""The views of the particles by their angles, beside those that were found from the map.

The coverage of an axis is the mean, over the directions within ``HALF_ANGLE`` of it, of how many
central slices pass through a direction.  So a slice counts by the length of its circle within
that cone: most if it holds the axis, and nothing if it only touches the cone.  A count of the
slices that come within some angle of the axis is another definition.  With the same angle the two
differ by 0.02 for 5000 uniform views, and by up to 0.1 at single axes for strong preferences
(relative to the mean over the axes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple, TypedDict

import numpy as np

from ...numerics.geometry.axes import AxisSet
from ...numerics.geometry.symmetry import NONE, rotations_of
from ..views.missing_views import HALF_ANGLE, MissingViews
from ..views.naming import angles, named
from ..views.view_density import ViewDensity, view_grid
from .compensation import RADIUS, Compensation, compensation
from .copies import drawn, with_copies
from .thinning import ENOUGH, Thinning, thinned_out

__all__ = ["ParticleViews", "particle_views"]

#: Views that are used at most, symmetric copies included.
_MOST = 100_000
_AT_ONCE = 20_000
#: A peak of views, degrees about it.
_ABOUT = 20.0
#: A rank correlation below this is no agreement.
_AGREES = 0.5
#: If an axis has less than the first of the mean coverage by one of map and angles, and more than
#: the second by the other, they cannot be of the same particles.
_BADLY, _WELL = 0.3, 0.6


class CompensationRecord(TypedDict):
    """Numbers of the sampling compensation factor."""

    scf_star: float
    by_chance: float
    not_sampled_share: float
    views: int
    radius: int


class ThinningRecord(TypedDict):
    """Numbers of the thinning; densities and coverages are relative."""

    worst_coverage_then: float
    removed_share: float
    removed_particles: int
    to_density: Optional[float]


class ParticlesRecord(TypedDict, total=False):
    """Numbers of the particles' views in ``summary.json``; coverage relative to the mean."""

    particles: int
    symmetry: str
    views: str
    worst_coverage: float
    worst_axis: List[float]
    worst_axis_from_map: Optional[float]
    best_coverage: float
    coverage: List[float]
    rank_correlation: Optional[float]
    disagrees: bool
    mismatch: Optional[str]
    compensation: Optional[CompensationRecord]
    thinning: ThinningRecord


@dataclass(frozen=True)
class ParticleViews:
    """The views of particles, their coverage of axes, and a comparison with that of the map.

    Attributes
    ----------
    count : int
        Number of particles.
    known : MissingViews
        Coverage of the axes and density of the views by the particles' angles.
    compensation : Compensation or None
        ``None`` of few particles.
    thinning : Thinning
    from_map : ndarray or None, shape (axes,)
        Coverage that was found from the map; ``None`` if the map does not show it.
    """

    count: int
    known: MissingViews
    compensation: Optional[Compensation]
    thinning: Thinning
    from_map: Optional[np.ndarray]

    @property
    def correlation(self) -> Optional[float]:
        """Rank correlation over the axes of both coverages; ``None`` if there are not two."""
        if self.from_map is None or not np.ptp(self.from_map) or not np.ptp(self.known.coverage):
            return None
        # Loaded late: it takes long, and runs without angles do not need it.
        from scipy.stats import spearmanr

        return float(spearmanr(self.known.coverage, self.from_map)[0])

    @property
    def disagrees(self) -> bool:
        """Whether the map shows another pattern than the angles, which are not even.

        Even angles disagree where the map has an axis that is covered badly.
        """
        if self.mismatch is not None:
            return True
        correlation = self.correlation
        return self.known.kind != "even" and correlation is not None and correlation < _AGREES

    @property
    def mismatch(self) -> Optional[str]:
        """A sentence if the angles cannot be those of the map; ``None`` if they may be.

        The axis that one of the two covers worst is covered well by the other, and the rank
        correlation is low.
        """
        correlation, found = self.correlation, self.from_map
        if found is None or (correlation is not None and correlation >= _AGREES):
            return None
        known = self.known.coverage
        of_map, of_angles = int(np.argmin(found)), self.known.worst
        ending = "the file does not belong to this map, or to this orientation."
        if found[of_map] < _BADLY and known[of_map] > _WELL:
            return (
                f"The map has an axis with {max(found[of_map], 0):.2f} of the mean coverage, and "
                f"the angles give it {known[of_map]:.2f}: {ending}"
            )
        if known[of_angles] < _BADLY and found[of_angles] > _WELL:
            return (
                f"By the angles an axis has {known[of_angles]:.2f} of the mean coverage, and "
                f"the map gives it {found[of_angles]:.2f}: {ending}"
            )
        return None

    def record(self) -> ParticlesRecord:
        """Numbers for a summary."""
        known, worst = self.known, self.known.worst
        thinning, found = self.thinning, self.compensation
        of_factor: Optional[CompensationRecord] = None
        if found is not None:
            of_factor = {
                "scf_star": round(found.value, 3),
                "by_chance": round(found.by_chance, 3),
                "not_sampled_share": round(found.not_sampled, 4),
                "views": found.views,
                "radius": RADIUS,
            }
        correlation = self.correlation
        return {
            "particles": self.count,
            "symmetry": known.symmetry,
            "views": known.kind,
            "worst_coverage": round(float(known.coverage[worst]), 3),
            "worst_axis": list(angles(known.axes.upper().vectors[worst])),
            "worst_axis_from_map": (
                None if self.from_map is None else round(float(self.from_map[worst]), 3)
            ),
            "best_coverage": round(float(known.coverage.max()), 3),
            "coverage": np.round(known.coverage, 3).tolist(),
            "rank_correlation": None if correlation is None else round(correlation, 3),
            "disagrees": self.disagrees,
            "mismatch": self.mismatch,
            "compensation": of_factor,
            "thinning": {
                "worst_coverage_then": round(thinning.then, 3),
                "removed_share": round(thinning.removed, 3),
                "removed_particles": round(thinning.removed * self.count),
                "to_density": None if thinning.limit is None else round(thinning.limit, 2),
            },
        }

    def sentences(self) -> List[str]:
        """The findings in words."""
        said = [f"By the angles of {self.count} particles: {self.known.sentences()[0]}"]
        said.append(self._of_worst())
        agreement = self._of_agreement()
        said += [agreement] if agreement else []
        if self.compensation is None:
            said.append(
                "The sampling compensation factor (SCF*) is not given: there are too few particles."
            )
        else:
            said.append(self.compensation.sentence())
        said.append(self._of_thinning())
        return said

    def _of_worst(self) -> str:
        worst = self.known.worst
        where = named(self.known.axes.upper().vectors[worst])
        said = (
            f"The axis that these views cover least, {where}, has "
            f"{self.known.coverage[worst]:.2f} of the mean coverage"
        )
        if self.from_map is None:
            return f"{said}; the map itself does not show it."
        return f"{said}; {self.from_map[worst]:.2f} was found from the map."

    def _of_agreement(self) -> str:
        correlation, mismatch = self.correlation, self.mismatch
        if correlation is None:
            return mismatch or ""
        said = (
            "The rank correlation over the axes of the coverage by the angles and of that found "
            f"from the map is {correlation:.2f}"
        )
        if mismatch is not None:
            return f"{said}: they disagree. {mismatch}"
        if self.known.kind == "even":
            return f"{said}; both are compared with nearly even coverage, so that it means little."
        if self.disagrees:
            return (
                f"{said}: they disagree. Trust the angles if they belong to this map and to its "
                "orientation."
            )
        return f"{said}."

    def _of_thinning(self) -> str:
        found = self.thinning
        has = f"the worst axis has {found.before:.2f} of the mean coverage"
        if found.before >= ENOUGH:
            return f"No views need to be thinned out: {has}."
        views = self.known.views
        assert views is not None
        where = named(AxisSet(views.peak(_ABOUT)[None]).upper().vectors[0])
        if found.limit is None:
            return (
                f"Thinning out views does not help: {has}, and leaving out up to 80 % of the "
                "particles does not bring it to half; other views are missing."
            )
        return (
            f"Thinning out the most frequent views, most of them near {where}, to "
            f"{found.limit:.1f} times the uniform share leaves out "
            f"{found.removed * self.count:.0f} particles ({100 * found.removed:.0f} %): "
            f"{has}, and would have {found.then:.2f}. No axis gains signal by that."
        )


def particle_views(
    views: np.ndarray,
    axes: AxisSet,
    symmetry: str = NONE,
    found: Optional[MissingViews] = None,
) -> ParticleViews:
    """Coverage of axes by the views of particles.

    Parameters
    ----------
    views : ndarray, shape (particles, 3)
        Projection directions in the frame of the map, unit vectors ``x, y, z``
        (:func:`monodir_plugin.files.particle_angles.read_views`).
    axes : AxisSet
    symmetry : str
        Name of the particle's point group (:mod:`monodir_plugin.numerics.geometry.symmetry`).
    found : MissingViews, optional
        The coverage of the same axes that was found from the map.

    Returns
    -------
    ParticleViews
        Coverage is that of cones of ``HALF_ANGLE`` about the axes, as the map's coverage is.

    Raises
    ------
    ValueError
        If there are no views, or no such group.
    """
    if len(views) == 0:
        raise ValueError("there are no views")
    group = rotations_of(symmetry)
    copies = with_copies(drawn(views, max(_MOST // len(group), 1)), group)
    by_bin, counts, density = _binned(copies, axes)
    coverage = by_bin.sum(axis=1)
    # A few views may pass through no cone.
    coverage /= max(float(coverage.mean()), np.finfo(float).tiny)
    nothing = np.zeros(len(axes), bool)
    known = MissingViews(
        axes=axes,
        from_noise=None,
        from_signal=None,
        slope=np.nan,
        slope_error=np.nan,
        band=(np.nan, np.nan),
        source="angles",
        reason="the angles of the particles are given",
        empty=nothing,
        views=density,
        coverage=coverage,
        symmetry=symmetry,
    )
    from_map = None if found is None or found.views is None else found.coverage
    return ParticleViews(
        count=len(views),
        known=known,
        compensation=compensation(views, group),
        thinning=thinned_out(by_bin, counts, density.values),
        from_map=from_map,
    )


def _binned(copies: np.ndarray, axes: AxisSet) -> Tuple[np.ndarray, np.ndarray, ViewDensity]:
    """Contributions of views to the coverage of axes, their number by bin, and their density.

    A bin is all directions that are closer to a view of the grid, or to its opposite, than to
    others.
    """
    from scipy.sparse import csr_matrix

    grid, shares = view_grid()
    by_bin = np.zeros((len(axes), len(grid)))
    counts = np.zeros(len(grid))
    for first in range(0, len(copies), _AT_ONCE):
        part = copies[first : first + _AT_ONCE]
        nearest = np.abs(part @ grid.vectors.T).argmax(axis=1)
        row = np.arange(len(part))
        members = csr_matrix((np.ones(len(part)), (row, nearest)), (len(part), len(grid)))
        added = _share_in_cone(part @ axes.vectors.T)
        by_bin += (members.T @ added).T
        counts += np.bincount(nearest, minlength=len(grid))
    density = counts / counts.sum() / shares
    return by_bin, counts, ViewDensity(grid, shares, density, float(np.count_nonzero(counts)))


def _share_in_cone(cosine: np.ndarray) -> np.ndarray:
    """Share of the circle of a central slice that lies within ``HALF_ANGLE`` of an axis.

    Parameters
    ----------
    cosine : ndarray
        Cosine of the angle between view and axis: the sine of that between slice and axis.
    """
    nearest = np.sqrt(np.maximum(1 - cosine**2, np.finfo(float).tiny))
    # The spherical Pythagorean theorem; the circle enters the cone, and its opposite, once.
    along = np.minimum(np.cos(np.deg2rad(HALF_ANGLE)) / nearest, 1.0)
    share: np.ndarray = 2 * np.arccos(along) / np.pi
    return share
