"""Tables and findings of the paper's Figures 2 and 3, by analogy."""

from __future__ import annotations

from typing import Dict, List

import numpy as np

from studies.experiments.measure import BANDS, PAPER, Estimate, Outcome
from studies.experiments.words import angle_words, angstrom
from studies.harness import rst_table

__all__ = ["findings_of_second", "findings_of_third", "table_of_second", "table_of_third"]


def table_of_second(found: Dict[Estimate, List[Outcome]]) -> str:
    """Good and poor angles."""
    head = ["", "R from", "FSC", "ADR", "not res.", "tangential", "radial", "angular error (°)"]
    return rst_table(head, [_row(o) for outcomes in found.values() for o in outcomes])


def findings_of_second(found: Dict[Estimate, List[Outcome]]) -> str:
    """Bullet points on the slopes."""
    return "\n".join(_slopes(*outcomes) for outcomes in found.values())


def _row(outcome: Outcome) -> List[str]:
    return [
        outcome.case.label,
        outcome.estimate.name,
        f"{outcome.fsc_resolution:.2f}",
        f"{outcome.median('adr'):.2f}",
        f"{100 * outcome.unresolved:.1f} %",
        f"{outcome.slope('tangential'):.3f}",
        f"{outcome.slope('radial'):.3f}",
        angle_words(outcome),
    ]


def _slopes(good: Outcome, poor: Outcome) -> str:
    a, b = (o.slope("tangential") for o in (good, poor))
    rise = [o.slope("tangential") - o.slope("radial") for o in (good, poor)]
    return (
        f"* {good.estimate.name}: the tangential slope of the map with poor angles is {b:.3f} Å/Å, "
        f"that of the one with good angles {a:.3f}: "
        f"{'as the paper says' if b > a else 'unlike the paper'}. Tangential less radial slopes "
        f"are {rise[0]:+.3f} (good) and {rise[1]:+.3f} (poor)."
    )


def table_of_third(found: Dict[Estimate, List[Outcome]]) -> str:
    """Preferred views with and without a tilted stage."""
    head = [
        "stage", "R from", "ADR", "highest", "lowest", "aniso.", "not res.",
        *(f"{low}-{high}°" for low, high in BANDS), "no data", "rank, resol.", "rank, number",
    ]  # fmt: skip
    return rst_table(head, [_stage(o) for outcomes in found.values() for o in outcomes])


def findings_of_third(found: Dict[Estimate, List[Outcome]]) -> str:
    """Bullet points on what the tilt changes."""
    tilted = found[PAPER][1]
    return "\n".join([*(_filled(*outcomes) for outcomes in found.values()), _remaining(tilted)])


def _stage(outcome: Outcome) -> List[str]:
    medians = (outcome.median(name) for name in ("adr", "highest", "lowest", "anisotropy"))
    return [
        f"at {outcome.case.imaging.views.stage_tilt:g}°",
        outcome.estimate.name,
        *(f"{value:.2f}" for value in medians),
        f"{100 * outcome.unresolved:.1f} %",
        *(angstrom(outcome.band(*band)) for band in BANDS),
        f"{(~outcome.results.with_data).sum()} axes",
        f"{outcome.rank_of_resolution(outcome):.2f}",
        f"{outcome.rank_of_counts:.2f}",
    ]


def _filled(flat: Outcome, tilted: Outcome) -> str:
    near = BANDS[0]
    before, after = flat.band(*near), tilted.band(*near)
    wide, narrow = flat.median("anisotropy"), tilted.median("anisotropy")
    coverage = [o.coverage[o.tilt <= near[1]].mean() for o in (flat, tilted)]
    helps = after < before and narrow < wide
    words = [_words(value) for value in (before, after)]
    return (
        f"* {flat.estimate.name}: tilting takes the mean coverage of the axes within {near[1]} "
        f"degrees of z from {coverage[0]:.2f} to {coverage[1]:.2f}, their resolution from "
        f"{words[0]} to {words[1]}, and the median anisotropy from {wide:.1f} to {narrow:.1f} Å, "
        f"{'as' if helps else 'unlike what'} the theorem says."
    )


def _words(value: float) -> str:
    return f"{value:.1f} Å" if np.isfinite(value) else "not resolved"


def _remaining(tilted: Outcome) -> str:
    far = tilted.band(*BANDS[-1])
    after = tilted.band(*BANDS[0])
    stays = (
        "A cone of coarser axes stays, as the theorem says: the views of a tilted stage lie on a "
        "ring about z, and few of them lie across z."
        if after > far
        else "No cone of coarser axes is left."
    )
    return f"* With the tilted stage axes beyond {BANDS[-1][0]} degrees are at {far:.1f} Å. {stays}"
