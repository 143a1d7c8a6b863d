"""``docs/experiments.rst``: every number and verdict of it comes from the measurements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Sequence

import numpy as np

from benchmarks.experiment_cases import NOISE
from benchmarks.experiment_outcomes import BANDS, CONE, DEFAULT, PAPER, Estimate, Outcome
from benchmarks.experiment_page_errors import angle_words, errors_of_angle
from benchmarks.experiment_page_others import second, third
from studies.harness import image, rst_table

__all__ = ["Experiments", "report"]

#: Rank correlations from which on an order of axes agrees with the theorem, and does so weakly.
_AGREES, _WEAKLY = 0.7, 0.4
#: Angle to z, degrees, within which axes of (b) keep all their views, and within which none of
#: (c) have any.
_KEPT, _GAP = 50.0, 40.0
#: Two resolutions are alike within this ratio.
_ALIKE = 1.1

_HEAD = """\
The paper's experiments, simulated
==================================

All numbers, tables, figures and verdicts here are made by::

   python -m benchmarks.experiments --models ../shared/models --output docs

It simulates what Figures 1 to 3 of Vilas et al. (2020) show, with the simulator of
``docs/simulation.rst``, and measures it with the default preset and {axes} axes. 500 images each.

*The criterion.* The paper compares its resolutions with the FSC of half maps at 0.143. So all
figures here, but for one, are measured from the half maps with ``--criterion 0.143``. The tables
also have what the program reports without options, from the map alone with the criterion 0.5.

*The level of noise.* The paper's noise has a standard deviation of {noise:g}, in a unit that is not
known here. Here it is {noise:g} standard deviations of the clean images over all their pixels. With
it the masked half maps of (a) correlate by 0.143 at {at_low:.2f} Å and by 0.5 at {at_half:.2f} Å.

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
From the left: ADR; axes (colour: resolution; hatched: most voxels not resolved, or no data; dots:
number of voxels that are finest along the axis, hollow without data); resolution of each axis
against its coverage (triangles on the lower edge: axes without data, and those along which most
voxels are not resolved); means over shells with slopes. The resolution of an axis is the median
over the voxels. In the table: FSC of the masked half maps at the criterion, medians over voxels
(MonoRes: without a cone), and medians over axes by their angle to z, in Å; share of the pairs
(voxel, axis) that are not resolved; rank correlations over axes of coverage with resolution (as
spatial frequency, 0 where not resolved; for (b) and (c) over that of (a), which takes out the
particle's own anisotropy) and with the number of voxels that are finest along the axis; slopes in Å
per Å.
"""

_DEFAULT = """\
The same maps with the program's defaults
-----------------------------------------
Without options, from the map of all images alone, R ends at FSC 0.5:
"""


@dataclass(frozen=True)
class Experiments:
    """Outcomes of all cases, by estimate."""

    first: Dict[Estimate, List[Outcome]]
    series: Dict[Estimate, List[Outcome]]
    second: Dict[Estimate, List[Outcome]]
    third: Dict[Estimate, List[Outcome]]

    def shifted(self, estimate: Estimate) -> Outcome:
        """The case of the first figure with errors of shift."""
        return next(o for o in self.first[estimate] if o.case.imaging.shift_error > 0)


def report(found: Experiments) -> str:
    """The page as reStructuredText."""
    return "\n".join(
        [
            _head(found),
            _first(found.first[PAPER]),
            _by_default(found.first[DEFAULT]),
            errors_of_angle(found.series, {each: found.shifted(each) for each in found.series}),
            second(found.second),
            third(found.third),
        ]
    )


def _head(found: Experiments) -> str:
    whole, no_top, only_top = found.first[PAPER][:3]
    kept, covered = no_top.tilt <= _KEPT, only_top.tilt > _GAP
    return _HEAD.format(
        axes=len(whole.results.axes),
        noise=NOISE,
        at_low=whole.fsc[0],
        at_half=whole.fsc[1],
        kept=no_top.coverage[kept].mean(),
        lost=no_top.coverage[~kept].mean(),
        beyond=only_top.coverage[covered].mean(),
    )


def _first(outcomes: Sequence[Outcome]) -> str:
    whole, no_top, only_top, *_ = outcomes
    particle = whole.case.particle
    title = (
        f"Figure 1: β-galactosidase, {particle.size}³ voxels of {particle.sampling:.1f} Å, "
        "at FSC 0.143"
    )
    return "\n".join(
        [
            f"{title}\n{'-' * len(title)}",
            image("figure_paper_1.png"),
            _COLUMNS,
            _table(outcomes),
            _beside_fsc(outcomes),
            _theorem(whole, no_top, only_top),
            _views_not_axes(whole, no_top),
            _what_maps_show(whole, no_top, only_top),
            _within_the_gap(only_top),
            _chance(whole),
            *_fine_end(outcomes),
            "",
        ]
    )


def _by_default(outcomes: Sequence[Outcome]) -> str:
    whole, no_top, only_top, *_ = outcomes
    return "\n".join(
        [
            _DEFAULT,
            image("figure_paper_1_default.png"),
            _table(outcomes),
            _beside_fsc(outcomes),
            _theorem(whole, no_top, only_top),
            _views_not_axes(whole, no_top),
            _within_the_gap(only_top),
            "* The angular error is estimated apart from R (see below); it is, in degrees, "
            + ", ".join(f"{angle_words(o)} in {o.case.title[:3]}" for o in outcomes)
            + ".",
            "",
        ]
    )


def _table(outcomes: Sequence[Outcome]) -> str:
    head = [
        outcomes[0].estimate.name,
        "FSC", "MonoRes", "ADR", "highest", "lowest", "aniso.", "not res.",
        *(f"{low}-{high}°" for low, high in BANDS),
        "rank, resol.", "rank, number", "radial", "tangential",
    ]  # fmt: skip
    return rst_table(head, [_row(o, outcomes[0]) for o in outcomes])


def _row(outcome: Outcome, reference: Outcome) -> List[str]:
    medians = (
        outcome.median(name) for name in ("monores", "adr", "highest", "lowest", "anisotropy")
    )
    return [
        outcome.case.label,
        f"{outcome.fsc_resolution:.2f}",
        *(f"{value:.2f}" for value in medians),
        f"{100 * outcome.unresolved:.1f} %",
        *(_angstrom(outcome.band(*band)) for band in BANDS),
        f"{outcome.rank_of_resolution(reference):.2f}",
        f"{outcome.rank_of_counts:.2f}",
        f"{outcome.slope('radial'):.3f}",
        f"{outcome.slope('tangential'):.3f}",
    ]


def _angstrom(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "not res."


def _beside_fsc(outcomes: Sequence[Outcome]) -> str:
    """Local resolution without a cone, the median axis, and ADR of (a) beside its FSC."""
    whole = outcomes[0]
    found = whole.median("monores"), whole.band(0, 90), whole.median("adr")
    plain, axis, adr = (value / whole.fsc_resolution for value in found)
    why = ""
    if 1 / _ALIKE <= plain <= _ALIKE < axis:
        why = (
            " Without a cone the local resolution is on the scale of the FSC. With one, few "
            "independent values lie in cone, band and window, so that the ratio of signal and "
            "noise fluctuates with frequency, and the first frequency at which it is below the "
            "criterion is a coarser one (``docs/validation_scale.rst``). ADR is the mean of the "
            "extremes over the axes."
        )
    return (
        f"* In (a) the FSC of the half maps gives {whole.fsc_resolution:.2f} Å. The median of the "
        f"local resolution without a cone (``monores``) is {found[0]:.2f} Å, {plain:.2f} times as "
        f"much, the median axis is at {found[1]:.2f} Å ({axis:.2f} times), and the median ADR is "
        f"{found[2]:.2f} Å ({adr:.2f} times).{why}"
    )


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
            f"* ({letter}) Along the axes within {limit:g} degrees of z, {which}, the "
            f"resolution is {inner:.2f} times that of (a) as a spatial frequency (mean over the "
            f"axes, 0 where not resolved), along the others {outer:.2f} times. The polar plot "
            f"{verdict} the theorem (rank correlation of coverage and resolution {rank:.2f})."
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
        return f"* Removing top views takes the resolution {words}, unlike the theorem."
    return (
        f"* Removing top views makes the axes near z *finer*, {words}. Reading a polar plot as a "
        "plot of views would reverse the conclusion."
    )


def _what_maps_show(whole: Outcome, no_top: Outcome, only_top: Outcome) -> str:
    adr, anisotropy = (
        " / ".join(f"{o.median(name):.1f}" for o in (whole, no_top, only_top))
        for name in ("adr", "anisotropy")
    )
    text = (
        f"* Median ADR is {adr} Å in (a) / (b) / (c), median anisotropy {anisotropy} Å. In (c) "
        f"{100 * only_top.at_coarse_limit:.0f} % of the voxels have their ``lowest`` at the coarse "
        f"limit ({only_top.coarsest:.0f} Å), {100 * whole.at_coarse_limit:.0f} % in (a)."
    )
    if only_top.at_coarse_limit > 0.5:
        low, high = np.percentile(only_top.results.values("adr"), (5, 95))
        text += (
            " ADR is then the mean of that limit and ``highest`` (percentiles 5 and 95 in (c): "
            f"{low:.1f} and {high:.1f} Å), and says more about the limit than about the map."
        )
    return text


def _within_the_gap(only_top: Outcome) -> str:
    results, coverage = only_top.results, only_top.coverage
    without, near = ~results.with_data, only_top.tilt <= _GAP
    if without.any():
        text = (
            f"* In (c) {without.sum()} axes are reported as without data. Their coverage (taken "
            f"within {CONE:g} degrees) is at most {coverage[without].max():.2f}."
        )
    else:
        text = "* In (c) no axis is reported as without data."
    rim = near & ~without
    if not rim.any():
        return text
    text += (
        f" The {rim.sum()} {'other axes' if without.any() else 'axes'} within {_GAP:g} degrees of "
        f"z have coverages of {coverage[rim].min():.2f} to {coverage[rim].max():.2f}."
    )
    seen = results.axis_resolution[rim & np.isfinite(results.axis_resolution)]
    lost = int(rim.sum()) - len(seen)
    if lost:
        text += f" Along {lost} of them most voxels are not resolved."
    if not len(seen):
        return text
    span = f"{seen.min():.1f} to {seen.max():.1f} Å" if len(seen) > 1 else f"{seen[0]:.1f} Å"
    which = "They are at"
    if lost:
        which = "The other is at" if len(seen) == 1 else f"The other {len(seen)} are at"
    return (
        f"{text} {which} {span}: part of the filter's cone reaches out of the gap, and what it "
        "holds there is measured."
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
    """A line on cases in which most voxels reach the finest frequency."""
    most = [o for o in outcomes if o.at_fine_limit > 0.5]
    if not most:
        return []
    names = ", ".join(f"{o.case.title[:3]} {100 * o.at_fine_limit:.0f} %" for o in most)
    return [
        f"* Along their finest axes most voxels reach the finest resolution that was looked for, "
        f"{most[0].finest:.2f} Å ({names}): there ``highest``, and along which axis a voxel is "
        "finest, say little."
    ]
