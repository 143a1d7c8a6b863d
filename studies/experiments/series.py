"""Tables and findings of the errors of angle and shift."""

from __future__ import annotations

from typing import Dict, List, Sequence

import numpy as np

from studies.experiments.cases import ANGLES
from studies.experiments.measure import PAPER, Estimate, Outcome
from studies.experiments.words import angle_words
from studies.harness import rst_table

__all__ = ["errors_of_angle"]

#: Share of pairs not resolved beyond which the coarse limit shapes the curves.
_POOR = 0.5


def errors_of_angle(series: Dict[Estimate, List[Outcome]], shifted: Dict[Estimate, Outcome]) -> str:
    """Tables and bullet points, by estimate."""
    parts: List[str] = []
    for estimate, outcomes in series.items():
        parts += [
            _table(outcomes, shifted[estimate]),
            f"From {_from(estimate)}:\n",
            _tilt(outcomes),
            _radial(outcomes),
            _lift(outcomes, shifted[estimate]),
            "",
        ]
    parts += ["Estimates of the angular error:\n", _estimated(series[PAPER], shifted[PAPER]), ""]
    return "\n".join(parts)


def _from(estimate: Estimate) -> str:
    return f"the {estimate.name}" if estimate.halves else f"the {estimate.name} (the default)"


def _table(outcomes: Sequence[Outcome], shifted: Outcome) -> str:
    head = [
        outcomes[0].estimate.name,
        "FSC",
        "ADR",
        "not res.",
        "tangential",
        "radial",
        "at 0",
        "angular error (°)",
    ]
    rows = [
        _row(f"{angle:g}°" if angle else "no error", outcome)
        for angle, outcome in zip(ANGLES, outcomes)
    ]
    return rst_table(head, [*rows, _row("shifts of 1 voxel", shifted)])


def _row(name: str, outcome: Outcome) -> List[str]:
    return [
        name,
        f"{outcome.fsc_resolution:.2f}",
        f"{outcome.median('adr'):.2f}",
        f"{100 * outcome.unresolved:.1f} %",
        f"{outcome.slope('tangential'):.3f}",
        f"{outcome.slope('radial'):.3f}",
        f"{outcome.centre('tangential'):.2f}",
        angle_words(outcome),
    ]


def _tilt(outcomes: Sequence[Outcome]) -> str:
    slopes = np.array([o.slope("tangential") for o in outcomes])
    steepest = int(slopes.argmax())
    words = f"* The tangential slope goes from {slopes[0]:.3f} to {slopes[-1]:.3f}"
    if (np.diff(slopes) > 0).all():
        return f"{words} and grows at every step, as the paper says."
    if steepest == len(slopes) - 1:
        return f"{words}, largest at the end but not growing at every step."
    lost = 100 * outcomes[steepest + 1].unresolved
    why = (
        f", where {lost:.0f} % of the pairs and more are not resolved: a small slope of a map that "
        "is poor everywhere says nothing about its angles"
        if lost > 100 * _POOR
        else ""
    )
    return (
        f"{words}. It is largest, {slopes[steepest]:.3f}, at {ANGLES[steepest]:g} degrees, and "
        f"falls beyond{why}."
    )


def _radial(outcomes: Sequence[Outcome]) -> str:
    radial = [o.slope("radial") for o in outcomes]
    rise = max(radial) - radial[0]
    slopes = [o.slope("tangential") for o in outcomes]
    other = max(slopes) - slopes[0]
    return (
        f"* The radial slope, {radial[0]:.3f} without errors, is at most {max(radial):.3f}: "
        f"a rise of {rise:.3f}, where the tangential one rises by {other:.3f}. "
        + ("It shows errors of angle less." if rise < other else "It shows errors of angle, too.")
    )


def _lift(outcomes: Sequence[Outcome], shifted: Outcome) -> str:
    whole = outcomes[0]
    lift = shifted.centre("tangential") - whole.centre("tangential")
    slopes = np.array([o.slope("tangential") for o in outcomes])
    change = shifted.slope("tangential") - slopes[0]
    share = change / (slopes.max() - slopes[0])
    holds = lift > 0 and abs(share) < 0.5
    flattened = (
        f" But {100 * shifted.unresolved:.0f} % of the pairs are then not resolved, and those "
        "flatten every curve."
        if shifted.unresolved > _POOR
        else ""
    )
    return (
        f"* Shifts of 1 voxel take the tangential curve from {whole.centre('tangential'):.1f} to "
        f"{shifted.centre('tangential'):.1f} Å at the centre, and its slope from {slopes[0]:.3f} "
        f"to {shifted.slope('tangential'):.3f}, {100 * share:.0f} % of what errors of angle do at "
        f"most. They {'lift' if holds else 'do not just lift'} it, "
        f"{'as' if holds else 'unlike what'} the paper says.{flattened}"
    )


def _lowest(outcome: Outcome) -> float:
    """The lower end of an angular error that was estimated, degrees."""
    low = outcome.angles.low
    assert low is not None
    return low


def _highest(outcome: Outcome) -> float:
    """The upper end of an angular error, degrees; infinite where there is none."""
    high = outcome.angles.high
    return float("inf") if high is None else high


def _estimated(outcomes: Sequence[Outcome], shifted: Outcome) -> str:
    """For how many maps the interval holds the error, and which errors differ from zero."""
    pairs = [(a, o) for a, o in zip(ANGLES, outcomes) if o.angles.reason is None]
    if not pairs:
        reasons = dict.fromkeys(o.angles.reason or "" for o in outcomes)
        return f"* There is no estimate from any of the maps: {'; '.join(reasons)}."
    held = [a for a, o in pairs if _lowest(o) <= a <= _highest(o)]
    missed = [f"{a:g}" for a, _ in pairs if a not in held]
    found = [f"{a:g}" for a, o in pairs if _lowest(o) > 0]
    lost = [f"{a:g}" for a, o in zip(ANGLES, outcomes) if o.angles.reason is not None]
    lines = [
        "* The lower bound or the interval of the angular error holds the true one for "
        f"{len(held)} of {len(pairs)} maps"
        + (f" (not for {', '.join(missed)} degrees)" if missed else "")
        + (f"; there is no estimate for {', '.join(lost)} degrees" if lost else "")
        + f". The estimate differs significantly from zero at {', '.join(found) or 'none of these'}"
        + (" degrees." if found else "."),
    ]
    if shifted.angles.reason is None:
        lines.append(
            "With shifts and no error of angle the finding is "
            f"{angle_words(shifted)}{' degrees' if _lowest(shifted) > 0 else ''}."
        )
    return " ".join(lines)
