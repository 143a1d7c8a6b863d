"""``docs/experiments.rst``: every number and verdict of it comes from the measurements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Sequence

import numpy as np

from benchmarks.experiment_cases import NOISES
from benchmarks.experiment_outcomes import BANDS, CONE, Outcome
from benchmarks.experiment_page_errors import errors_of_angle, told
from benchmarks.experiment_page_others import second, third
from benchmarks.validation_tables import figure, table

__all__ = ["Experiments", "report"]

#: Rank correlations from which on an order of axes agrees with the theorem, and does so weakly.
_AGREES, _WEAKLY = 0.7, 0.4
#: Angle to z, degrees, within which axes of (b) keep all their views, and within which none of
#: (c) have any.
_KEPT, _GAP = 50.0, 40.0

_HEAD = """\
The paper's experiments, simulated
==================================

All numbers, tables, figures and verdicts here are made by::

   python -m benchmarks.experiments --models ../shared/models --output docs

It simulates what Figures 1 to 3 of Vilas et al. (2020) show, with the simulator of
``docs/simulation.rst``, and measures it with the default preset and {axes} axes. 500 images each.
Noise is in standard deviations of the clean images over all their pixels.

*The level of noise.* A standard deviation of {high:g} needs a unit, and which one the paper means
is not known here. In ours, at noise {high:g}, {share_high:.0f} % of the cells (voxel, axis) of (a)
are not resolved even at {limit:.0f} Å, for at most 0.5 % of the voxels that pass may be noise. At
noise {low:g} it is {share_low:.0f} %. Both are shown; Figures 2 and 3 are at {low:g}.

What the Fourier slice theorem predicts
---------------------------------------
A view along ``p`` contributes the Fourier plane across it. So the coverage of an axis is the share
of views across it (1: views evenly spread), and the power of the noise along it goes as one over
that.

* (b) *Without views with tilt under 40 degrees* no axis is missing. Those within 50 degrees of z
  keep all of their views, and of the same number of images they get 1/cos 40° = 1.31 times the
  coverage of evenly spread views; those in the equator get less. In these images the means are
  {kept:.2f} within 50 degrees and {lost:.2f} beyond. This is no missing cone.
* (c) *With only the views within 50 degrees of z* no view lies across an axis within 40 degrees of
  z. That is a missing cone; the mean coverage beyond is {beyond:.2f}.

The paper and its program speak of *preferred directions*. A polar plot shows axes, not views: where
views are missing, the axes *across* them are coarser.

"""

_COLUMNS = """\
From the left: ADR, axes (colour: mean resolution, dots: votes), mean resolution along each axis
against its coverage, means over shells with slopes. In the table: medians over voxels and means
over axes by their angle to z, in Å; rank correlations over axes of coverage with mean resolution
(as spatial frequency; for (b) and (c) over that of (a), which takes out the particle's own
anisotropy) and with votes; slopes in Å per Å.
"""


@dataclass(frozen=True)
class Experiments:
    """Outcomes of all cases; those of the first figure and of the series by noise."""

    first: Dict[float, List[Outcome]]
    series: Dict[float, List[Outcome]]
    second: List[Outcome]
    third: List[Outcome]

    def shifted(self, noise: float) -> Outcome:
        """The case of the first figure with errors of shift."""
        return next(o for o in self.first[noise] if o.case.imaging.shift_error > 0)


def report(found: Experiments) -> str:
    """The page as reStructuredText."""
    low, high = min(NOISES), max(NOISES)
    return "\n".join(
        [
            _head(found),
            _first(found.first[low], low),
            _more_noise(found.first[high], high),
            errors_of_angle(found.series, {noise: found.shifted(noise) for noise in found.series}),
            second(found.second),
            third(found.third),
        ]
    )


def _head(found: Experiments) -> str:
    low, high = min(NOISES), max(NOISES)
    whole, no_top, only_top = found.first[low][:3]
    kept, covered = no_top.tilt <= _KEPT, only_top.tilt > _GAP
    return _HEAD.format(
        axes=len(whole.results.axes),
        low=low,
        high=high,
        share_low=100 * whole.unresolved,
        share_high=100 * found.first[high][0].unresolved,
        limit=whole.coarsest,
        kept=no_top.coverage[kept].mean(),
        lost=no_top.coverage[~kept].mean(),
        beyond=only_top.coverage[covered].mean(),
    )


def _first(outcomes: Sequence[Outcome], noise: float) -> str:
    whole, no_top, only_top, *_ = outcomes
    particle = whole.case.particle
    title = f"Figure 1: β-galactosidase, {particle.size}³ voxels of {particle.sampling:.1f} Å"
    return "\n".join(
        [
            f"{title}\n{'-' * len(title)}",
            figure(f"figure_paper_1_noise_{noise:g}.png"),
            _COLUMNS,
            _table(outcomes, noise),
            _theorem(whole, no_top, only_top),
            _views_not_axes(whole, no_top),
            _what_maps_tell(whole, no_top, only_top),
            _within_the_gap(only_top),
            _chance(whole),
            *_fine_end(outcomes),
            "",
        ]
    )


def _more_noise(outcomes: Sequence[Outcome], noise: float) -> str:
    whole, no_top, only_top, *_ = outcomes
    return "\n".join(
        [
            f"At noise {noise:g}:\n",
            figure(f"figure_paper_1_noise_{noise:g}.png"),
            _table(outcomes, noise),
            f"Of the cells {100 * min(o.unresolved for o in outcomes):.0f} % and more are not "
            "resolved. What follows is of the few that are.\n",
            _theorem(whole, no_top, only_top),
            "* The angular error needs no resolution (*told*, below): in degrees it comes out as "
            + ", ".join(f"{told(o)} in {o.case.title[:3]}" for o in outcomes)
            + ".",
            "",
        ]
    )


def _table(outcomes: Sequence[Outcome], noise: float) -> str:
    head = [
        f"noise {noise:g}", "ADR", "highest", "lowest", "aniso.", "not res.",
        *(f"{low}-{high}°" for low, high in BANDS),
        "rank, resol.", "rank, votes", "radial", "tangential",
    ]  # fmt: skip
    return table(head, [_row(o, outcomes[0]) for o in outcomes])


def _row(outcome: Outcome, reference: Outcome) -> List[str]:
    medians = (outcome.median(name) for name in ("adr", "highest", "lowest", "anisotropy"))
    return [
        outcome.case.label,
        *(f"{value:.2f}" for value in medians),
        f"{100 * outcome.unresolved:.1f} %",
        *(f"{outcome.band(*band):.2f}" for band in BANDS),
        f"{outcome.rank_of_resolution(reference):.2f}",
        f"{outcome.rank_of_votes:.2f}",
        f"{outcome.slope('radial'):.3f}",
        f"{outcome.slope('tangential'):.3f}",
    ]


def _theorem(whole: Outcome, no_top: Outcome, only_top: Outcome) -> str:
    """Whether the axes of (b) and (c) are ordered as their coverage is."""
    lines = []
    for letter, outcome, limit, sign, which in (
        ("b", no_top, _KEPT, 1, "which keep their views"),
        ("c", only_top, _GAP, -1, "across which no view lies"),
    ):
        finer = outcome.finer_than(whole)
        within = outcome.tilt <= limit
        inner, outer = finer[within].mean(), finer[~within].mean()
        rank = outcome.rank_of_resolution(whole)
        verdict = _verdict(rank if sign * (inner - outer) > 0 else float("nan"))
        lines.append(
            f"* ({letter}) Along the axes within {limit:g} degrees of z, {which}, the mean "
            f"resolution is {inner:.2f} times that of (a) as a spatial frequency, along the others "
            f"{outer:.2f} times. The polar plot {verdict} the theorem (rank correlation of "
            f"coverage and resolution {rank:.2f})."
        )
    return "\n".join(lines)


def _verdict(rank: float) -> str:
    """A rank correlation in words; none where even the order of two groups is wrong."""
    if rank >= _AGREES:
        return "agrees with"
    return "agrees weakly with" if rank >= _WEAKLY else "does not agree with"


def _views_not_axes(whole: Outcome, no_top: Outcome) -> str:
    before, after = whole.band(*BANDS[0]), no_top.band(*BANDS[0])
    words = f"from {before:.2f} to {after:.2f} Å along axes within {BANDS[0][1]} degrees of z"
    if after >= before:
        return f"* Removing top views takes the mean resolution {words}, unlike the theorem."
    return (
        f"* Removing top views makes the axes near z *finer*, {words}. Who reads a polar plot as a "
        "plot of views reads it the wrong way round."
    )


def _what_maps_tell(whole: Outcome, no_top: Outcome, only_top: Outcome) -> str:
    adr, anisotropy = (
        " / ".join(f"{o.median(name):.1f}" for o in (whole, no_top, only_top))
        for name in ("adr", "anisotropy")
    )
    low, high = np.percentile(only_top.results.values("adr"), (5, 95))
    return (
        f"* Median ADR is {adr} Å in (a) / (b) / (c), median anisotropy {anisotropy} Å. In (c) "
        f"{100 * only_top.at_coarse_limit:.0f} % of the voxels have their ``lowest`` at the coarse "
        f"limit, {100 * whole.at_coarse_limit:.0f} % in (a); ADR is then half of that limit and "
        f"more (percentiles 5 and 95 in (c): {low:.1f} and {high:.1f} Å)."
    )


def _within_the_gap(only_top: Outcome) -> str:
    empty = only_top.coverage == 0
    rim = (only_top.coverage > 0) & (only_top.tilt <= _GAP)
    resolution = only_top.results.mean_resolution
    return (
        f"* In (c) {100 * only_top.unresolved_along[empty].mean():.1f} % of the cells of the "
        f"{empty.sum()} axes that no view's plane comes within {CONE:g} degrees of are not "
        f"resolved. The {rim.sum()} others within {_GAP:g} degrees of z have coverages of "
        f"{only_top.coverage[rim].min():.2f} to {only_top.coverage[rim].max():.2f} (taken within "
        f"{CONE:g} degrees), and come out at {resolution[rim].min():.1f} to "
        f"{resolution[rim].max():.1f} Å: part of the filter's cone about them lies outside of the "
        "gap, and what it holds is all that is seen."
    )


def _chance(whole: Outcome) -> str:
    rank = whole.rank_of_resolution(whole)
    low, high = whole.coverage.min(), whole.coverage.max()
    follows = "follows coverage" if rank >= _WEAKLY else "hardly follows coverage"
    return (
        f"* In (a), too, 500 random views are not quite even (coverage {low:.2f} to {high:.2f}), "
        f"and resolution {follows} (rank correlation {rank:.2f}). There is one set of views and "
        "one particle, so part of it may be chance."
    )


def _fine_end(outcomes: Sequence[Outcome]) -> List[str]:
    """A line on votes where most voxels reach the end of the ladder."""
    most = [o for o in outcomes if o.at_fine_end > 0.5]
    if not most:
        return []
    names = ", ".join(f"{o.case.title[:3]} {100 * o.at_fine_end:.0f} %" for o in most)
    return [
        f"* Along their finest axes most voxels reach the fine end of the ladder, "
        f"{most[0].results.ladder[0]:.2f} Å ({names}): there ``highest`` and votes say little."
    ]
