"""Tables and findings of the paper's Figure 1."""

from __future__ import annotations

from typing import List, Sequence

import numpy as np

from studies.experiments.measure import BANDS, CONE, Outcome
from studies.experiments.words import angle_words, angstrom
from studies.harness import rst_table

__all__ = [
    "GAP",
    "KEPT",
    "findings_by_default",
    "findings_of_first",
    "table_of_first",
]

#: Rank correlations from which on an order of axes agrees with the theorem, and does so weakly.
_AGREES, _WEAKLY = 0.7, 0.4
#: Angle to z, degrees, within which axes of (b) keep all their views, and within which none of
#: (c) have any.
KEPT, GAP = 50.0, 40.0
#: Two resolutions are alike within this ratio.
_ALIKE = 1.1


def findings_of_first(outcomes: Sequence[Outcome]) -> str:
    """Bullet points on the half maps."""
    whole, no_top, only_top, *_ = outcomes
    return "\n".join(
        [
            _beside_fsc(outcomes),
            _theorem(whole, no_top, only_top),
            _views_not_axes(whole, no_top),
            _what_maps_show(whole, no_top, only_top),
            _within_the_gap(only_top),
            _chance(whole),
            *_fine_end(outcomes),
        ]
    )


def findings_by_default(outcomes: Sequence[Outcome]) -> str:
    """Bullet points on the maps of all images, measured without options."""
    whole, no_top, only_top, *_ = outcomes
    return "\n".join(
        [
            _beside_fsc(outcomes),
            _theorem(whole, no_top, only_top),
            _views_not_axes(whole, no_top),
            _within_the_gap(only_top),
            "* The angular error is estimated apart from R (see below); " + _angles(outcomes),
        ]
    )


def _angles(outcomes: Sequence[Outcome]) -> str:
    """What the angular error of every map is found to be."""
    if all(outcome.angles.reason is not None for outcome in outcomes):
        return "none of these maps gives an estimate."
    words = ", ".join(f"{angle_words(o)} in {o.case.title[:3]}" for o in outcomes)
    return f"it is, in degrees, {words}."


def table_of_first(outcomes: Sequence[Outcome]) -> str:
    """What is measured in every case."""
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
        *(angstrom(outcome.band(*band)) for band in BANDS),
        f"{outcome.rank_of_resolution(reference):.2f}",
        f"{outcome.rank_of_counts:.2f}",
        f"{outcome.slope('radial'):.3f}",
        f"{outcome.slope('tangential'):.3f}",
    ]


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
            "criterion is a coarser one (``docs/validation/scale.rst``). ADR is the mean of the "
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
        ("b", no_top, KEPT, 1, "which keep their views"),
        ("c", only_top, GAP, -1, "across which no view lies"),
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
    without, near = ~results.with_data, only_top.tilt <= GAP
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
        f" The {rim.sum()} {'other axes' if without.any() else 'axes'} within {GAP:g} degrees of "
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
