"""Which views are missing: coverage of axes, the views that explain it, and what to do.

Two measurements of the coverage (:mod:`.measured_coverage`) are compared.  Where they agree, the
one from the noise power is used, which has the smaller error.  Where they contradict each other,
the map was filtered differently along different axes, as by the regularisation of a refinement,
and the one from the ratio of signal to noise is used.  Otherwise the views are not determined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
from scipy.spatial.transform import Rotation

from ...numerics.geometry.axes import AxisSet
from ...numerics.geometry.symmetry import NONE, rotations_of
from ...numerics.solvent.region import NoNoiseError
from .few_views import NO_LIMIT, UpperLimit, upper_limit
from .measured_coverage import MeasuredCoverage, of_copies
from .naming import angles, middle_of, named
from .noise_and_signal import measure
from .pattern import ABOUT, even_in_words, in_words, pattern_of, second_line
from .stage_tilt import TILTS, StageTilts, tilts_of
from .view_density import Cones, ViewDensity, fitted_views, resampled_views
from .which_coverage import (
    choose_coverage,
    compared,
    empty_cones,
    even_unless_filtered,
    next_to,
    signal_is_kept,
)

__all__ = ["MissingViews", "missing_views", "no_views"]

#: Half the opening of the cones, degrees.
HALF_ANGLE = 15.0
#: An axis is badly covered below this part of the mean, and a stage is tilted to reach it.
BADLY = 0.5
#: Coverage is nearly even where every axis has between these parts of the mean.
_NEARLY_EVEN = (0.7, 1.4)
#: Axes whose coverage is larger than the worst by no more than this are as badly covered.
_AS_BAD = 0.08
#: Fits of the views from which the interval of a tilt's effect comes.
_DRAWN = 20


@dataclass(frozen=True)
class MissingViews:
    """Coverage of axes and the views behind it.

    Attributes
    ----------
    axes : AxisSet
    from_noise, from_signal : MeasuredCoverage or None
        The two measurements; None where there is nothing to measure.
    slope, slope_error : float
        Slope of the logarithm of the second against that of the first: 1 where they agree; NaN
        where there are not two.
    band : tuple of float
        Coarsest and finest resolution between which the noise was measured, Å.
    source : str
        ``noise``, ``signal``, or ``none`` where the map does not determine it; ``angles`` if the
        views are those of the particles.
    reason : str
        Why, in words.
    empty : ndarray of bool, shape (axes,)
        Axes whose cones are nearly empty.
    views : ViewDensity or None
        The views that explain the coverage; None where they are not determined.
    coverage : ndarray, shape (axes,)
        By these views, 1 is the mean; NaN where they are not determined.
    tilts : StageTilts or None
        What tilting the stage would do; None where they are not determined.
    symmetry : str
        The particle's point group, as in :mod:`monodir_plugin.numerics.geometry.symmetry`.
    limit : UpperLimit
        Whether the worst coverage is an upper limit.
    """

    axes: AxisSet
    from_noise: Optional[MeasuredCoverage]
    from_signal: Optional[MeasuredCoverage]
    slope: float
    slope_error: float
    band: Tuple[float, float]
    source: str
    reason: str
    empty: np.ndarray
    views: Optional[ViewDensity]
    coverage: np.ndarray
    tilts: Optional[StageTilts] = None
    symmetry: str = NONE
    limit: UpperLimit = NO_LIMIT

    @property
    def kind(self) -> str:
        """``even``, ``preferred`` (views near a line), ``avoided`` (few near it) or ``unknown``."""
        if self.views is None:
            return "unknown"
        least, most = _NEARLY_EVEN
        if self.coverage.min() >= least and self.coverage.max() <= most:
            return "even"
        return pattern_of(self.views, self._group())[0]

    @property
    def line(self) -> np.ndarray:
        """Unit vector ``x, y, z`` of the line that views prefer or avoid.

        With a symmetry, its copies are preferred or avoided as well.
        """
        assert self.views is not None
        line = pattern_of(self.views, self._group())[1]
        return AxisSet(line[None]).upper().vectors[0]

    @property
    def second(self) -> Optional[np.ndarray]:
        """Unit vector ``x, y, z`` of another line that views prefer; None if there is none."""
        if self.views is None or self.kind != "preferred":
            return None
        return second_line(self.views, self.line, self._group())

    def _group(self) -> Rotation:
        return rotations_of(self.symmetry)

    @property
    def worst(self) -> int:
        """Index of the axis with the lowest coverage."""
        return int(np.argmin(self.coverage))

    def _badly_covered(self) -> np.ndarray:
        """The middle of the axes that are covered about as badly as the worst, or the worst."""
        worst = self.axes.upper().vectors[self.worst]
        if self.coverage[self.worst] >= BADLY:
            return worst
        alike = self.coverage <= self.coverage[self.worst] + _AS_BAD
        middle = middle_of(self.axes, alike)
        return middle if alike[int(self.axes.closest(middle))] else worst

    def stage_tilt(self) -> Tuple[float, float]:
        """The tilt of the stage that helps, and the worst coverage then.

        Returns
        -------
        tilt : float
            Degrees: 0 if no axis is badly covered, else the smallest that leaves none, by the lower
            end of its interval, else the best one up to 60.
        coverage : float
            Coverage of the worst axis, 1 is the mean.
        """
        tilts = self.tilted
        if tilts is None:
            return 0.0, float(self.coverage.min())
        best = tilts.advised(BADLY)
        return float(TILTS[best]), float(tilts.worst[best])

    @property
    def tilted(self) -> Optional[StageTilts]:
        """``tilts``; where they were not kept, those of the views alone."""
        if self.tilts is None and self.views is not None:
            return tilts_of(self.views, (), self.axes, HALF_ANGLE)
        return self.tilts

    def record(self) -> Dict[str, Any]:
        """Numbers for a summary: coverage and density relative to the mean, degrees, Å."""
        found: Dict[str, Any] = {
            "views": self.kind,
            "source": self.source,
            "reason": self.reason,
            "empty_axes": int(self.empty.sum()),
        }
        if np.isfinite(self.slope):
            found["slope_of_signal_on_noise"] = [round(self.slope, 2), round(self.slope_error, 2)]
        if self.views is None:
            return found
        rot, tilt = angles(self.axes.upper().vectors[self.worst])
        stage, then = self.stage_tilt()
        found.update(
            between=[round(end, 2) for end in self.band],
            worst_coverage=round(float(self.coverage.min()), 3),
            **self.limit.record(),
            worst_axis=[rot, tilt],
            best_coverage=round(float(self.coverage.max()), 3),
            coverage=np.round(self.coverage, 3).tolist(),
            parameters=round(self.views.parameters, 1),
            symmetry=self.symmetry,
            stage_tilt=stage,
            worst_coverage_then=round(then, 3),
            worst_coverage_then_interval=self._interval_then(),
        )
        if self.even_unless_filtered:
            found["even_unless_filtered"] = True
        if self.kind != "even":
            found.update(
                line=list(angles(self.line)),
                density_along=round(self.views.near(self.line, ABOUT), 2),
                density_across=round(self.views.across(self.line, ABOUT), 2),
            )
        if self.second is not None:
            found.update(
                second_line=list(angles(self.second)),
                density_along_second=round(self.views.near(self.second, ABOUT), 2),
            )
        return found

    def _interval_then(self) -> List[float]:
        tilts = self.tilted
        assert tilts is not None
        best = tilts.advised(BADLY)
        return [round(float(tilts.low[best]), 3), round(float(tilts.high[best]), 3)]

    def sentences(self) -> List[str]:
        """The findings in words."""
        if self.views is None:
            return [f"The missing views cannot be determined from this map: {self.reason}."]
        said = [self._of_views()]
        if self.empty.any():
            said.append(
                f"The cones about {self.empty.sum()} of {len(self.axes)} axes, around "
                f"{named(middle_of(self.axes, self.empty))}, are nearly empty: no views "
                "cover them, or a filter removed their content."
            )
        if self.kind != "even":
            said.append(self._of_axes())
        coarse, fine = self.band
        said.append(
            f"This is based on {_SOURCES[self.source]}, between {coarse:.0f} and {fine:.1f} Å: "
            f"{self.reason}."
        )
        if self.coverage.min() < BADLY and self.limit.if_fewer():
            said.append(self.limit.if_fewer())
        return said

    def _of_views(self) -> str:
        views = self.views
        assert views is not None
        if self.kind == "even":
            known = {"noise": self.from_noise, "signal": self.from_signal}.get(self.source)
            other = self.from_signal if self.even_unless_filtered else None
            return even_in_words(self.coverage, None if self.symmetry == NONE else known, other)
        return in_words(views, self.kind, self.line, self.second, self.symmetry)

    @property
    def even_unless_filtered(self) -> bool:
        """Whether they are even, but may not be if the map was filtered along its axes."""
        copies = len(self._group())
        from_noise = self.kind == "even" and self.source == "noise"
        return from_noise and even_unless_filtered(self.from_signal, copies)

    def _of_axes(self) -> str:
        worst = self.coverage.min()
        where = named(self._badly_covered())
        if worst >= BADLY:
            return (
                f"No axis is badly covered: the worst, {where}, has {worst:.2f} of the mean "
                "coverage; the stage need not be tilted."
            )
        tilts = self.tilted
        assert tilts is not None
        best = tilts.advised(BADLY)
        then = f"{tilts.worst[best]:.2f} ({tilts.low[best]:.2f} to {tilts.high[best]:.2f})"
        if self.limit.applies:
            return self.limit.badly(where, worst, TILTS[best], tilts.worst[best])
        end = (
            f"tilting the stage by about {TILTS[best]:.0f} degrees would raise this to {then}"
            if tilts.low[best] >= BADLY
            else f"a stage tilted by {TILTS[best]:.0f} degrees would raise this to {then}"
        )
        return (
            f"The axes near {where} are badly covered ({worst:.2f} of the mean coverage); {end}, "
            "with particles at every azimuth on the grid."
        )


_SOURCES = {
    "noise": "the power of noise along axes",
    "signal": "signal over noise along axes",
    "angles": "the angles of the particles",
}


def missing_views(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    axes: AxisSet,
    halves: Optional[Tuple[np.ndarray, np.ndarray]] = None,
    threads: int = 1,
    symmetry: str = NONE,
    images: Optional[int] = None,
    solvent: Optional[np.ndarray] = None,
    exclude: Optional[np.ndarray] = None,
    power: Optional[np.ndarray] = None,
) -> MissingViews:
    """Estimate from a map's spectra from which views it was reconstructed.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``.
    mask : ndarray of bool, shape (N, N, N)
        The particle.
    sampling : float
        Voxel size, Å.
    axes : AxisSet
        At least three, not all in a plane.
    halves : tuple of ndarray, optional
        The half maps; without them the noise is taken from the solvent.
    threads : int
    symmetry : str
        Name of the particle's point group (:mod:`monodir_plugin.numerics.geometry.symmetry`).
    images : int, optional
        Number of images of the map.
    solvent : ndarray of bool, shape (N, N, N), optional
        Where the map holds noise alone; without it and without half maps it is found.
    exclude : ndarray of bool, shape (N, N, N), optional
        Voxels that are neither particle nor noise.
    power : ndarray, shape (N // 2 + 1,), optional
        Mean power of the solvent by Fourier shell (:func:`.noise_power`), where it is known.

    Returns
    -------
    MissingViews
    """
    try:
        measured = measure(volume, mask, axes, HALF_ANGLE, halves, threads, solvent, exclude, power)
    except NoNoiseError as fault:
        return no_views(axes, str(fault))
    copies = len(rotations_of(symmetry))
    noise = of_copies(measured.noise, copies)
    signal = None if measured.signal is None else of_copies(measured.signal, copies)
    side = len(mask) * sampling
    band = (side / measured.first, side / measured.last)
    empty = empty_cones(noise, signal)
    full = ~next_to(empty, axes)
    slope, error = compared(noise, signal, full, HALF_ANGLE, copies)
    kept = signal_is_kept(noise, signal, full, HALF_ANGLE, copies)
    source, reason = choose_coverage(noise, signal, slope, error, kept, copies)
    views, coverage = None, np.full(len(axes), np.nan)
    known = noise if source == "noise" or signal is None else signal
    # Signal over noise is small in an empty cone, or has no meaning: there it is left out, too.
    nothing = empty
    tilts, limit = None, NO_LIMIT
    if source != "none":
        values, used = np.where(nothing, 0.0, known.values), nothing | ~next_to(nothing, axes)
        group = None if symmetry == NONE else rotations_of(symmetry)
        cones = Cones(axes, HALF_ANGLE, of_noise=True, symmetry=group)
        views = fitted_views(cones, values, known.error, used)
        others = resampled_views(cones, values, known.error, used, views, _DRAWN)
        tilts = tilts_of(views, others, axes, HALF_ANGLE)
        coverage = views.coverage(axes, HALF_ANGLE)
        coverage /= coverage.mean()
        if source == "noise":
            worst = float(coverage.min())
            limit = upper_limit(worst, measured.last, copies, images, halves is None)
    return MissingViews(
        axes,
        noise,
        signal,
        slope,
        error,
        band,
        source,
        reason,
        empty,
        views,
        coverage,
        tilts,
        symmetry,
        limit,
    )


def no_views(axes: AxisSet, reason: str) -> MissingViews:
    """The finding that the views are not determined, with its reason."""
    nothing = np.full(len(axes), np.nan)
    none = np.zeros(len(axes), bool)
    return MissingViews(
        axes, None, None, np.nan, np.nan, (np.nan, np.nan), "none", reason, none, None, nothing
    )
