"""The page of the study: every number and verdict of it comes from the measurements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List

from studies.experiments.cases import ANGLES, NOISE
from studies.experiments.first import (
    GAP,
    KEPT,
    findings_by_default,
    findings_of_first,
    table_of_first,
)
from studies.experiments.measure import DEFAULT, PAPER, Estimate, Outcome
from studies.experiments.others import (
    findings_of_second,
    findings_of_third,
    table_of_second,
    table_of_third,
)
from studies.experiments.series import errors_of_angle
from studies.harness import filled

__all__ = ["Experiments", "page"]


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


def page(found: Experiments) -> str:
    """Text of the page, reStructuredText."""
    first, by_default = found.first[PAPER], found.first[DEFAULT]
    whole, no_top, only_top = first[:3]
    kept, covered = no_top.tilt <= KEPT, only_top.tilt > GAP
    good, poor = found.second[PAPER]
    return filled(
        __file__,
        axes=len(whole.results.axes),
        noise=NOISE,
        whole=whole,
        kept=no_top.coverage[kept].mean(),
        lost=no_top.coverage[~kept].mean(),
        beyond=only_top.coverage[covered].mean(),
        particle=whole.case.particle,
        first_table=table_of_first(first),
        first_findings=findings_of_first(first),
        default_table=table_of_first(by_default),
        default_findings=findings_by_default(by_default),
        least=min(ANGLES),
        most=max(ANGLES),
        errors=errors_of_angle(found.series, {each: found.shifted(each) for each in found.series}),
        good=good.case,
        poor=poor.case,
        second_table=table_of_second(found.second),
        second_findings=findings_of_second(found.second),
        tilted=found.third[PAPER][1].case,
        third_table=table_of_third(found.third),
        third_findings=findings_of_third(found.third),
    )
